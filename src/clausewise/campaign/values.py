"""Values of a case, by part and pointer: putting one there, and whether the case is about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from clausewise.contract import Operation
from clausewise.pack.given import GivenValue
from clausewise.plan.cases import Case, encode
from clausewise.plan.forms import form_of
from clausewise.plan.values import Level
from clausewise.pointer import ABSENT, escape, look, put, steps_of


def with_value(
    operation: Operation,
    case: Case,
    part: str,
    pointer: str,
    value: Any,
    *,
    add: bool = False,
    keeps_level: bool = False,
) -> Case:
    """The case with a value at a place, where it has the place and is not about it.

    `add` puts it there too where only the last step of the pointer is missing; `keeps_level` says
    that the value stands where the planned one stood: at the same limits.
    """
    if is_about(case, part, pointer):
        return case
    if part == "path":
        name = steps_of(pointer)[0]
        return replace(case, path={**case.path, name: str(value)})
    if part == "query" and case.part != "query":
        query = _placed(dict(case.query), pointer, value, add)
        return case if query is None else replace(case, query=query)
    if part != case.part or case.value is ABSENT:
        return case
    whole = _placed(case.value, pointer, value, add)
    content = _content(operation, case, whole) if whole is not None else None
    if whole is None or content is None:
        return case
    levels = dict(case.levels)
    for at in levels:
        if _matches(pointer, at) and (add or levels[at].value is not ABSENT):
            # What is sent in a planned value's stead leans on its type alone.
            keyword = levels[at].keyword if keeps_level else "type"
            levels[at] = Level(levels[at].label, value, keyword)
    return replace(case, value=whole, content=content, levels=levels)


def with_given(operation: Operation, case: Case, given: Iterable[GivenValue]) -> Case:
    """The case with what the user gave for its query and its body."""
    for one in given:
        if one.part in ("query", "request") and one.is_for(operation.id):
            case = with_value(operation, case, one.part, one.pointer, one.value, add=True)
    return case


def value_at(case: Case, part: str, pointer: str) -> Any:
    """What a case has at a place, or ABSENT."""
    if part == "path":
        return case.path.get(steps_of(pointer)[0], ABSENT)
    if part == "query" and case.part != "query":
        return look(dict(case.query), pointer)
    return look(case.value, pointer) if part == case.part and case.value is not ABSENT else ABSENT


def is_about(case: Case, part: str, pointer: str) -> bool:
    """Whether a case probes what stands at, in or around a place."""
    if case.kind == "scenario":
        return True
    if part == case.part and case.change is not None:
        at = case.change.at
        if (
            at == pointer
            or f"{at}/".startswith(f"{pointer}/")
            or f"{pointer}/".startswith(f"{at}/")
        ):
            return True
    if part == "path" and steps_of(pointer)[0] in case.path:
        return True
    return case.expect == "refused" and any(
        f":{part}#{pointer}:" in probe or f":{part}#{pointer}/" in probe for probe in case.probes
    )


def _content(operation: Operation, case: Case, value: Any) -> bytes | None:
    """The bytes of a changed value; a body that was sent in another form than JSON stays."""
    if case.part == "query":
        return form_of(operation).written(value)
    if case.content is not None and case.content != encode(case.value):
        return None
    return encode(value)


def _matches(pointer: str, at: str) -> bool:
    pattern, steps = steps_of(pointer), steps_of(at)
    return len(pattern) == len(steps) and all(
        p in ("*", s) for p, s in zip(pattern, steps, strict=True)
    )


def _placed(whole: Any, pointer: str, value: Any, add: bool) -> Any:
    """The value with another one wherever the pointer leads to; None where that is nowhere."""
    places = list(_places(whole, steps_of(pointer), "", add))
    for at in places:
        whole = put(whole, at, value)
    return whole if places else None


def _places(whole: Any, steps: list[str], at: str, add: bool) -> Iterator[str]:
    if not steps:
        yield at
        return
    first, *rest = steps
    if isinstance(whole, list) and first == "*":
        for index, inner in enumerate(whole):
            yield from _places(inner, rest, f"{at}/{index}", add)
    elif isinstance(whole, dict):
        names = list(whole) if first == "*" else [first] if first in whole else []
        for name in names:
            yield from _places(whole[name], rest, f"{at}/{escape(name)}", add)
        if not names and not rest and add and first != "*":
            yield f"{at}/{escape(first)}"
