"""Limits of numbers: values that are refused for nothing but how great, or how small, they are."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from clausewise.pointer import look
from clausewise.record.ledger import Blame, Entry
from clausewise.strict_json import is_number

_UPPER = ("maximum", "exclusiveMaximum")
_LOWER = ("minimum", "exclusiveMinimum")


def beyond(
    blame: Blame,
    entries: Sequence[Entry],
    taken: Callable[[str], list[object]],
    clauses: Container[str],
) -> Blame | None:
    """A blame on a number that lies beyond all that were `taken` at its place, as one on its limit.

    A server that has a nearer limit refuses whatever is beyond it, the documented one too. None
    where the number is not refused for its size, or the contract has no limit on that side.
    """
    number = _number_of(blame, entries)
    if number is None or blame.crashed:
        return None
    known = [value for value in taken(blame.levels[0][0]) if is_number(value)]
    place = blame.clause.rpartition(":")[0]
    for keywords, outside in (
        (_UPPER, all(number > value for value in known)),
        (_LOWER, all(number < value for value in known)),
    ):
        limit = next((f"{place}:{one}" for one in keywords if f"{place}:{one}" in clauses), None)
        if known and outside and limit is not None:
            return replace(blame, clause=limit)
    return None


def _number_of(blame: Blame, entries: Sequence[Entry]) -> int | float | None:
    if len(blame.levels) != 1:
        return None
    value = look(entries[blame.entry - 1].case.value, blame.levels[0][0])
    return value if is_number(value) else None
