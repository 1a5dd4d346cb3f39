"""Limits: values that are refused for nothing but how great, how small or how long they are."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from clausewise.contract.keywords import CONSTANTS, KEYWORDS, OF_NUMBERS, Limit
from clausewise.diagnosis.probing import Cause
from clausewise.pointer import look
from clausewise.record.ledger import Blame, Entry
from clausewise.strict_json import is_number
from clausewise.values.bodies import BodyModel

# A text of more characters is refused for its length rather than for what it says.
_LONG_TEXT = 64


def beyond(
    blame: Blame,
    entries: Sequence[Entry],
    taken: Callable[[str], list[object]],
    clauses: Container[str],
) -> Blame | None:
    """A blame on a number that lies beyond all that were `taken` at its place, as one on its limit.

    A server that has a nearer limit refuses whatever is beyond it, the documented one too. Where
    the contract has none on that side it only warns. None where the number is not refused for its
    size.
    """
    number = _number_of(blame, entries)
    if number is None or blame.crashed:
        return None
    known = [value for value in taken(blame.levels[0][0]) if is_number(value)]
    place = blame.clause.rpartition(":")[0]
    listed = any(f"{place}:{one}" in clauses for one in CONSTANTS)
    for keywords, outside, how in (
        (_limits("most"), all(number > value for value in known), "great"),
        (_limits("least"), all(number < value for value in known), "small"),
    ):
        limit = next((f"{place}:{one}" for one in keywords if f"{place}:{one}" in clauses), None)
        if known and outside and not listed:
            unsaid = f"the document sets no limit on how {how} the number is"
            return replace(blame, clause=limit) if limit else replace(blame, soft=unsaid)
    return None


def undocumented(cause: Cause, model: BodyModel) -> str | None:
    """Why it only warns that a long text is refused: documents rarely say how long is long."""
    values = [look(cause.entry.case.value, at) for at in cause.levels]
    texts = [value for value in values if isinstance(value, str)]
    limits = {p.keyword for at in cause.levels for p in model.factors[at].place.assertions}
    long = texts and all(len(text) > _LONG_TEXT for text in texts)
    if long and not limits & {"maxLength", *CONSTANTS, "pattern", "format"}:
        return "the document sets no limit on how long the text is"
    return None


def _limits(side: Limit) -> list[str]:
    """The keywords that bound a number from one side."""
    return [name for name, k in KEYWORDS.items() if name in OF_NUMBERS and k.limit == side]


def _number_of(blame: Blame, entries: Sequence[Entry]) -> int | float | None:
    if len(blame.levels) != 1:
        return None
    value = look(entries[blame.entry - 1].case.value, blame.levels[0][0])
    return value if is_number(value) else None
