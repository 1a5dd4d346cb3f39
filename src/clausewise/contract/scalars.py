"""Scalars in parameters and forms: the text of a value, and the value that a text is read as."""

from __future__ import annotations

import json
from typing import Any

from clausewise.contract.place import Place
from clausewise.pointer import ABSENT
from clausewise.strict_json import value_or_text

# Types whose values are written as they are in JSON.
WRITTEN_BARE = {"boolean", "integer", "number"}


def kinds_of(place: Place | None) -> frozenset[str]:
    """The JSON types that a value can have, found through choices and lists of values."""
    if place is None:
        return frozenset({"string"})
    if "kinds" not in place.memo:
        place.memo["kinds"] = _kinds(place)
    kinds: frozenset[str] = place.memo["kinds"]
    return kinds


def _kinds(place: Place) -> frozenset[str]:
    kinds = set(place.allowed_types) - {"null"}
    for choice in place.choices:
        branches = [kinds_of(branch) for branch in choice.branches]
        if branches:
            kinds &= frozenset().union(*branches)
    for promise in place.assertions:
        if promise.site.endswith("/enum") and isinstance(promise.value, list):
            kinds &= {kind for value in promise.value for kind in _kinds_of_value(value)}
        elif promise.site.endswith("/const"):
            kinds &= _kinds_of_value(promise.value)
    return frozenset(kinds)


def _kinds_of_value(value: Any) -> set[str]:
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int | float):
        return {"integer", "number"}
    if isinstance(value, str):
        return {"string"}
    if isinstance(value, list):
        return {"array"}
    return {"object"} if isinstance(value, dict) else set()


def item_of(place: Place, at: int) -> Place | None:
    """The place of an item of an array."""
    for reading in place.readings():
        if at < len(reading.prefix):
            return reading.prefix[at]
        if reading.items is not None:
            return reading.items
    return None


def member_of(place: Place, name: str) -> Place | None:
    """The place of a member of an object."""
    for reading in place.readings():
        if name in reading.members:
            return reading.members[name]
        for extra in reading.extras:
            if extra.speaks_of(name):
                return extra.place
    return None


def member_names(place: Place) -> list[str]:
    """The names of the documented members of an object."""
    return [name for reading in place.readings() for name in reading.members]


def has_free_names(place: Place) -> bool:
    """Whether a schema says what members are that it does not name."""
    return any(reading.extras for reading in place.readings())


def scalar_text(value: Any) -> str | None:
    """The text of a scalar; None for null, arrays and objects."""
    if value is None or isinstance(value, list | dict):
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair is no character
        return None
    return text


def read_scalar(place: Place | None, text: str) -> Any:
    """A scalar; the text itself where its type is open, or it is of none of the types.

    Where texts and others may stand in one place, a text that is none of those that may is read as
    what else it may be: `7` is no word of an `enum` beside `integer`.
    """
    kinds = kinds_of(place)
    if "string" in kinds and (place is None or not kinds & WRITTEN_BARE or place.fits(text)):
        return text
    value = value_or_text(text)
    if isinstance(value, bool):
        return value if "boolean" in kinds else text
    if isinstance(value, int | float):
        return value if kinds & {"integer", "number"} else text
    return text


def same(one: Any, other: Any) -> bool:
    """JSON equality that tells true from 1 and 1.0 from 1; the order of members is none."""
    if type(one) is not type(other) or one is ABSENT:
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    # Of floats, 0.0 is not -0.0.
    return repr(one) == repr(other) if isinstance(one, float) else bool(one == other)
