"""What a place states of its values: single promises, closed lists, the bounds of numbers."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from clausewise.contract import Place
from clausewise.contract.media_types import media_type
from clausewise.contract.place import Promise
from clausewise.contract.samples import SAMPLES
from clausewise.values.bounds import (
    MOST_LEVELS,
    TooLarge,
)
from clausewise.values.finding import place_of, values_found
from clausewise.values.formats import FORMATS
from clausewise.values.values import is_carried

# So many multiples are looked at for one that is a multiple however it is told.
_SOON = 20
# Every whole number up to here is a double.
_EXACT = 2**53


def bound(place: Place, keyword: str) -> Promise | None:
    """The promise of a keyword at a place, if there is one."""
    return next((promise for promise in place.assertions if promise.keyword == keyword), None)


def stated_numbers(place: Place, keyword: str) -> list[int]:
    """The limits that a keyword states at a place; 1 where it states none."""
    return [p.value for p in place.assertions if p.keyword == keyword] or [1]


def listed_values(place: Place) -> list[Any] | None:
    """The values that every `enum` and `const` at the place allows, or None for no list.

    Raises TooLarge for more than are ever sent.
    """
    if "listed" not in place.memo:
        place.memo["listed"] = _listed_values(place)
    found: list[Any] | None = place.memo["listed"]
    return found


def _listed_values(place: Place) -> list[Any] | None:
    lists = []
    for promise in place.assertions:
        if promise.site.endswith("/const"):
            lists.append([promise.value])
        elif promise.site.endswith("/enum"):
            lists.append(list(promise.value))
    if not lists:
        return None
    if max(map(len, lists)) > MOST_LEVELS:
        raise TooLarge(f"{place.pointer or 'the body'} has more than {MOST_LEVELS} values")
    return [value for value in lists[0] if all(value in other for other in lists[1:])]


def edges(place: Place, kind: str) -> tuple[Any, Any]:
    """The least and the greatest allowed number, each None where there is no bound.

    Of `kind` `integer` both are as many steps from 0; a `number` may stand on the bound itself.
    """
    step = step_of(place)
    between = kind == "number" and bound(place, "multipleOf") is None
    stated = {
        keyword: [p.value for p in place.assertions if p.keyword == keyword]
        for keyword in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
    }
    bottom = max(stated["minimum"] + stated["exclusiveMinimum"], default=None)
    top = min(stated["maximum"] + stated["exclusiveMaximum"], default=None)
    if between and bottom is not None and top is not None:
        step = min(1, (top - bottom) / 4) or 1
    lows = [value if between else _round_up(value, step) for value in stated["minimum"]]
    for value in stated["exclusiveMinimum"]:
        lows.append(_past(value, value if between else _round_up(value, step), step, 1))
    highs = [value if between else _round_down(value, step) for value in stated["maximum"]]
    for value in stated["exclusiveMaximum"]:
        highs.append(_past(value, value if between else _round_down(value, step), step, -1))
    return max(lows, default=None), min(highs, default=None)


def _past(limit: Any, edge: Any, step: Any, sign: int) -> Any:
    """An edge that is not on an exclusive limit, nor on the same double."""
    edge = edge + sign * step if edge == limit else edge
    if edge != limit and not is_one_double(edge, limit):
        return edge
    return (_round_up if sign > 0 else _round_down)(next_number(limit, sign), step)


def is_large(number: Any) -> bool:
    """Whether a number is beyond those of which every whole one is a double."""
    return not -_EXACT <= number <= _EXACT


def next_number(limit: Any, sign: int) -> Any:
    """The next number beyond a limit, which a server that reads doubles tells from it."""
    if not is_large(limit):
        return limit + sign
    beyond = math.nextafter(float(limit), math.inf * sign)
    return int(beyond) if isinstance(limit, int) and math.isfinite(beyond) else beyond


def is_one_double(value: Any, limit: Any) -> bool:
    """Whether a value is not told from a large limit by who reads numbers as doubles."""
    large = is_large(limit) and is_carried(limit)
    return large and value != limit and float(value) == float(limit)


def step_of(place: Place) -> Any:
    """The step that numbers at a place are multiples of; 1 where nothing is said."""
    multiple = bound(place, "multipleOf")
    return multiple.value if multiple is not None else 1


def is_even(value: Any, step: Any) -> bool:
    """Whether a division of doubles tells that a number is a multiple, as it does not of 0.07.

    Who divides that by 0.01 gets 7.000000000000001, and may refuse it.
    """
    if isinstance(step, int):
        return True
    quotient = value / step
    return not math.isfinite(quotient) or quotient == int(quotient)


def even_multiple(value: Any, step: Any, sign: int) -> Any:
    """A multiple that is one however it is divided: that value, or one soon after or before it."""
    if is_even(value, step):
        return value
    first = round(value / step)
    several = (_times(first + sign * more, step) for more in range(_SOON))
    return next((one for one in several if is_even(one, step)), value)


def _times(many: int, step: Any) -> Any:
    """So many steps, as they are written: three of 0.1 are 0.3."""
    return float(Decimal(repr(step)) * many) if isinstance(step, float) else many * step


def _round_up(value: Any, step: Any) -> Any:
    if isinstance(value, int) and isinstance(step, int):
        return -(-value // step) * step  # exact, however large
    steps = value / step
    # Where a step is next to nothing, the value itself is as close as any.
    return _times(math.ceil(steps), step) if math.isfinite(steps) else value


def _round_down(value: Any, step: Any) -> Any:
    if isinstance(value, int) and isinstance(step, int):
        return value // step * step
    steps = value / step
    return _times(math.floor(steps), step) if math.isfinite(steps) else value


# Texts of what `contentEncoding` names, by the format that says the same.
_ENCODED = {
    "base64": FORMATS["byte"].lawful,
    "base64url": FORMATS["base64url"].lawful,
    "base16": ("0fA9", "00"),
}


def content_texts(place: Place) -> tuple[str, ...] | None:
    """Texts that are what `contentEncoding` and `contentMediaType` tell of a place.

    None where they tell nothing, or nothing that is known. They assert nothing (2020-12 validation,
    section 8), but a sensible client sends nothing else, nor in JSON what breaks `contentSchema`.
    """
    encoding, kind = place.notes.get("contentEncoding"), place.notes.get("contentMediaType")
    if isinstance(encoding, str) and encoding.lower() in _ENCODED:
        return _ENCODED[encoding.lower()]
    if not isinstance(kind, str) or encoding is not None:
        return None
    if media_type(kind).is_json:
        schema = place.notes.get("contentSchema")
        if not schema:
            return "{}", '{"a":[1]}'
        return tuple(map(json.dumps, values_found(place_of(schema, place), 2))) or None
    sample = SAMPLES.get(media_type(kind).kind)
    return (sample,) if sample is not None else None
