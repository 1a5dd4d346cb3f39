"""Limits: values that are refused for nothing but how great, how small or how long they are."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from msgspec.structs import replace

from clausewise.contract.ids import without_keyword
from clausewise.contract.keywords import CONSTANTS, KEYWORDS, OF_NUMBERS, OF_TEXTS, Limit
from clausewise.diagnosis.probing import Cause
from clausewise.pointer import look
from clausewise.record.ledger import Blame, Entry
from clausewise.strict_json import is_number
from clausewise.values.bodies import BodyModel

# A text of more characters is refused for its length rather than for what it says.
_LONG_TEXT = 64
# A number that is greater, or negative, is refused for its size rather than for what it counts.
_GREAT_NUMBER = 10_000


def beyond(
    blame: Blame,
    entries: Sequence[Entry],
    taken: Callable[[str], list[object]],
    clauses: Container[str],
    told: Container[str],
) -> Blame | None:
    """A blame on a value that lies beyond all that were `taken` at its place, as one on its limit.

    A server that has a nearer limit refuses whatever is beyond it, the documented one too. Where
    the contract has none on how great a number is it only warns. A text is refused for its length
    where that limit is among those that are `told` already. None for what is refused otherwise.
    """
    value = _value_of(blame, entries)
    place = without_keyword(blame.clause)
    if blame.crashed:
        return None
    if isinstance(value, str):
        passed = limits_passed(value, taken(blame.levels[0][0]))
        limit = next((f"{place}:{one}" for one in passed if f"{place}:{one}" in told), None)
        return replace(blame, clause=limit) if limit else None
    if not is_number(value):
        return None
    known = [one for one in taken(blame.levels[0][0]) if is_number(one)]
    listed = any(f"{place}:{one}" in clauses for one in CONSTANTS)
    for keywords, outside, how in (
        (_limits("most"), all(value > one for one in known), "great"),
        (_limits("least"), all(value < one for one in known), "small"),
    ):
        limit = next((f"{place}:{one}" for one in keywords if f"{place}:{one}" in clauses), None)
        if known and outside and not listed:
            unsaid = f"the document sets no limit on how {how} the number is"
            return replace(blame, clause=limit) if limit else replace(blame, soft=unsaid)
    return None


def limits_passed(value: object, taken: Sequence[object]) -> tuple[str, ...]:
    """The keywords that limit values on the side on which one lies beyond all that were taken.

    Of numbers it is how great they are, of texts how long.
    """
    keywords = OF_TEXTS if isinstance(value, str) else OF_NUMBERS
    size = _size(value)
    known = [_size(one) for one in taken if isinstance(one, str) is isinstance(value, str)]
    sizes = [one for one in known if one is not None]
    if not sizes or size is None:
        return ()
    if all(size > one for one in sizes):
        return tuple(_limits("most", keywords))
    return tuple(_limits("least", keywords)) if all(size < one for one in sizes) else ()


def _size(value: object) -> int | float | None:
    if isinstance(value, str):
        return len(value)
    return value if is_number(value) else None


def longest_in(value: object, encoding: str) -> int:
    """How many bytes a text, or the longest text of a list, has in an encoding; 0 without one."""
    held = value if isinstance(value, list) else [value]
    texts = (one for one in held if isinstance(one, str))
    return max((len(text.encode(encoding, "surrogatepass")) for text in texts), default=0)


def undocumented(cause: Cause, model: BodyModel) -> str | None:
    """Why it only warns that a long text, or a far-off number, is refused.

    Documents rarely say how long is long, nor that nobody has a page -3.
    """
    values = [look(cause.entry.case.value, at) for at in cause.levels]
    if values and all(is_number(value) and _is_far_off(value) for value in values):
        sides = {_limits_beyond(value) for value in values}
        stated = {p.keyword for at in cause.levels for p in model.factors[at].place.assertions}
        free = not any(stated & {*side, *CONSTANTS} for side in sides)
        return "the document sets no limit on how small or great the number is" if free else None
    texts = [value for value in values if isinstance(value, str)]
    limits = {p.keyword for at in cause.levels for p in model.factors[at].place.assertions}
    long = texts and all(len(text) > _LONG_TEXT for text in texts)
    if long and not limits & {"maxLength", *CONSTANTS, "pattern", "format"}:
        return "the document sets no limit on how long the text is"
    return None


def _is_far_off(number: float) -> bool:
    return number < 0 or number > _GREAT_NUMBER


def _limits_beyond(number: float) -> tuple[str, ...]:
    """The keywords that could have told of a far-off number."""
    return tuple(_limits("least" if number < 0 else "most"))


def _limits(side: Limit, keywords: Container[str] = OF_NUMBERS) -> list[str]:
    """The keywords that bound a number, or the length of a text, from one side."""
    return [name for name, k in KEYWORDS.items() if name in keywords and k.limit == side]


def _value_of(blame: Blame, entries: Sequence[Entry]) -> object:
    """The one value that is to blame; None where there are several."""
    if len(blame.levels) != 1:
        return None
    return look(entries[blame.entry - 1].case.value, blame.levels[0][0])
