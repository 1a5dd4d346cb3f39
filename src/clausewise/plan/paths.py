"""Cases about path values: odd ones that a server has to answer, and ids that nobody was given."""

from __future__ import annotations

from collections.abc import Iterator

from clausewise.contract import Parameter
from clausewise.contract.operation_clauses import UNKNOWN
from clausewise.contract.scalars import kinds_of
from clausewise.plan.cases import Case
from clausewise.plan.ground import Ground
from clausewise.pointer import escape, put
from clausewise.values.stated import listed_values
from clausewise.values.values import digest, stable_uuid

# What servers that put texts together stumble over: a quote ends a string of SQL, a space and what
# is not ASCII are percent-encoded, a percent sign is decoded once too often.
ODD = ("it's", 'a "b" é 50%25')
# Many take 0 for no number at all, and the other one is beyond what most databases keep.
ODD_NUMBERS = (0, 2**63)


def path_cases(ground: Ground) -> Iterator[Case]:
    """Odd values of free path parameters, and ids that nobody was given."""
    for parameter in ground.operation.located("path"):
        yield from _unknown(ground, parameter)
        yield from _odd(ground, parameter)


def _at(parameter: Parameter) -> str:
    return f"/path/{escape(parameter.name)}"


def _odd(ground: Ground, parameter: Parameter) -> Iterator[Case]:
    """Whether such a value exists is not known: only what no reply may be is judged."""
    if listed_values(parameter.place) is not None:
        return
    kinds = kinds_of(parameter.place)
    texts: tuple[str | int, ...] = ODD if "string" in kinds else ()
    for text in texts or (ODD_NUMBERS if kinds & {"integer", "number"} else ()):
        value = put(ground.least_with_body(), _at(parameter), text)
        if ground.lawful(value):
            yield ground.plain(
                "odd",
                "either",
                f"{parameter.name} is {text!r}",
                value=value,
                # With such a path, that it is accepted tells nothing of what else it has.
                levels={},
                pinned=frozenset({_at(parameter)}),
            )


def unknown_value(parameter: Parameter) -> str:
    """A value of a parameter that nobody was given."""
    return stable_uuid("nobody was given this", parameter.name)


def values_of_nobody(parameter: Parameter) -> tuple[str, ...]:
    """The texts of a parameter that nobody was given, whatever its schema is.

    The number fits 32 bits, and whoever counts from 1 up has hardly come so far.
    """
    number = 1_100_000_000 + int(digest("nobody was given this", parameter.name), 16) % 10**9
    return unknown_value(parameter), str(number), f"nobody-{number}"


def _unknown(ground: Ground, parameter: Parameter) -> Iterator[Case]:
    operation = ground.operation
    clause = f"{operation.id}:path#/{escape(parameter.name)}:{UNKNOWN}"
    if clause not in operation.requested:
        return
    for nobody in values_of_nobody(parameter)[:2]:
        read = parameter.read([(parameter.name, nobody)])
        if parameter.message.accepts(read):
            yield ground.plain(
                "transport",
                "refused",
                f"a {parameter.name} that nobody was given",
                probes=(clause,),
                value=put(ground.least_value(), _at(parameter), read),
                pinned=frozenset({_at(parameter)}),
            )
            return
    ground.unplanned[clause] = "no value of its form is known that nobody was given"
