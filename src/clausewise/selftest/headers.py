"""Faults about the headers of replies: each documented clause of one broken by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from clausewise.contract import Clause, DocumentedReply, Operation, Parameter, ask
from clausewise.exchange import Response
from clausewise.pointer import ABSENT, steps_of
from clausewise.selftest.echo import value_of
from clausewise.selftest.fault import After, Fault, with_header

# Texts that are no lawful value of most schemas, the plainest ones first.
_WRONG = ("x", "", "no such value", "-1", "999999999999", "1.5", "true", "x" * 3000, "a,b,c,d,e,f")
_NOT_BROKEN = ("optional",)


def header_faults(operation: Operation) -> Iterator[Fault]:
    """One fault for every clause about the headers of a reply."""
    for reply in operation.replies.values():
        for clause in operation.clauses.values():
            if clause.part != f"{reply.part}:header" or clause.keyword in _NOT_BROKEN:
                continue
            name = steps_of(clause.pointer or "/")[0]
            parameter = next((p for p in reply.headers if p.name == name), None)
            if parameter is not None:
                word = "is missing" if clause.keyword == "required" else "is broken"
                after = _breaking(operation, reply, parameter, clause)
                fault = f"{clause.id} {word}"
                yield Fault(fault, "reply", operation.id, (clause.id,), after=after)


def _breaking(
    operation: Operation, reply: DocumentedReply, parameter: Parameter, clause: Clause
) -> After:
    change = _change(reply, parameter, clause)

    def after(_: Any, response: Response) -> Response:
        documented = operation.reply_for(response.status)
        if change is None or documented is None or documented.part != reply.part:
            return response
        return change(response)

    return after


def _change(
    reply: DocumentedReply, parameter: Parameter, clause: Clause
) -> Callable[[Response], Response] | None:
    """What breaks the clause in a reply; None where nothing is known that does."""
    name = parameter.name
    if clause.keyword == "required" and clause.pointer == f"/{name}":
        return lambda response: with_header(response, name, None)
    for text in _texts(parameter):
        if _breaks(reply, parameter, clause, text):
            return partial(with_header, name=name, value=text)
    return None


def _texts(parameter: Parameter) -> Iterable[str]:
    right = value_of(parameter)
    yield from _WRONG
    if isinstance(right, int | float) and not isinstance(right, bool):
        yield from (str(right + 10**9), str(right - 10**9), str(right + 0.5))
    elif isinstance(right, str):
        yield from (f"{right}!/", right[:1], right.swapcase())
    elif isinstance(right, list):
        yield ",".join([str(item) for item in right] * 50)


def _breaks(reply: DocumentedReply, parameter: Parameter, clause: Clause, text: str) -> bool:
    """Whether a text breaks the clause, and is sent as it is."""
    if reply.header is None or text != text.strip():
        return False
    value = parameter.read([(parameter.name, text)])
    if value is ABSENT:
        return False
    key = (clause.pointer, clause.keyword)
    answers = ask(reply.header.place, {parameter.name: value})
    return any(answer.promise.key == key and answer.kept is False for answer in answers)
