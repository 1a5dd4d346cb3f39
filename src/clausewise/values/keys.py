"""Free keys: names for members that a schema does not name, and what it says of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from clausewise.contract import Place
from clausewise.contract.place import Extra, Promise
from clausewise.pointer import escape
from clausewise.values.finding import from_pattern, mined, place_of, texts_of_format

# A free key has to have some name; a pack may say a better one with `x-key`.
FREE_KEY = "default"
# The most free keys that an object is given because of `minProperties`.
MOST_KEYS = 50
# Of keys that `propertyNames` lists, each is to be taken; so many are sent.
MOST_LISTED_KEYS = 8
SHORT_NAMES = (
    "a",
    "b",
    "A",
    "x",
    "1",
    "ab",
    "AB",
    "ABC",
    "XYZ",
    "abc",
    "x-a",
    "x_a",
    "key",
    "en",
    "US",
)


def free_keys(place: Place, named: int) -> list[str]:
    """Names for free members: one for all that is said of some, more where some are needed.

    Where they are listed, each of them is one.
    `named` is how many members have a name already.
    """
    least = max([p.value for p in _of_object(place) if p.keyword == "minProperties"], default=0)
    said = [extra for extra in place.extras if extra.only is None]
    by_pattern = [extra for extra in place.extras if extra.only is not None]
    wanted = min(max(least - named, 0), MOST_KEYS)
    if said:
        wanted = max(wanted, 1, min(len(_listed(place)), MOST_LISTED_KEYS))
    names = names_for(place, wanted)
    for extra in by_pattern:
        if not any(extra.speaks_of(name) for name in names):
            drawn = from_pattern(extra.only or "", 3)
            free = (name for name in drawn if name not in place.members)
            names += islice((name for name in free if may_be_called(place, name)), 1)
    return names


def names_for(place: Place, wanted: int) -> list[str]:
    """So many names for free members, or as many as are known."""
    by_pattern = [extra for extra in place.extras if extra.only is not None]
    names: list[str] = []
    for name in _names(place, by_pattern, wanted) if wanted else ():
        if name not in names and name not in place.members and may_be_called(place, name):
            names.append(name)
            if len(names) >= wanted:
                break
    return names


def _of_object(place: Place) -> Iterator[Promise]:
    yield from place.assertions
    for choice in place.choices:
        for branch in choice.branches:
            yield from _of_object(branch)


def _names(place: Place, by_pattern: list[Extra], wanted: int) -> Iterator[str]:
    """What free keys may be called, likeliest first."""
    yield place.notes.get("x-key", FREE_KEY)
    for promise in place.assertions:
        if promise.keyword == "propertyNames" and isinstance(promise.value, dict):
            yield from (name for name in mined(promise.value) if isinstance(name, str))
            if isinstance(promise.value.get("pattern"), str):
                yield from from_pattern(promise.value["pattern"], wanted + 2)
            yield from texts_of_format(promise.value.get("format"))
    for extra in by_pattern:
        drawn = from_pattern(extra.only or "", wanted + 2)
        yield from drawn
        # Where the pattern has no end, others of it.
        yield from (f"{name}{number}" for name in drawn[:1] for number in range(1, wanted + 1))
    yield from SHORT_NAMES
    yield from (f"key-{number}" for number in range(1, wanted + 1))


def _listed(place: Place) -> list[Any]:
    """The names that free members may have, where they are listed."""
    told = [p.value for p in place.assertions if p.keyword == "propertyNames"]
    return next((one["enum"] for one in told if isinstance(one, dict) and "enum" in one), [])


def may_be_called(place: Place, name: str) -> bool:
    """Whether nothing that is always said of an object forbids a member of this name."""
    for promise in place.assertions:
        if promise.keyword == "propertyNames" and not promise.kept_by({name: None}):
            return False
        if promise.keyword == "additionalProperties" and not promise.kept_by({name: None}):
            return False
    return True


def place_of_key(place: Place, name: str) -> Place | None:
    """What is said of a free key of this name; None where it is nothing that has a place."""
    told = [extra.place for extra in place.extras if extra.speaks_of(name)]
    if not told and place.extras:
        return Place(f"{place.pointer}/*", "", {})
    if len(told) > 1:
        whole = place_of({"allOf": [inner.schema for inner in told]}, place)
        whole.pointer = told[0].pointer
        return whole
    return told[0] if told else Place(f"{place.pointer}/{escape(name)}", "", {})


def named_aside(place: Place) -> dict[str, Place]:
    """Members that only conditions speak of, with what they say of them."""
    found: dict[str, Place] = {}
    for part in conditional(place):
        for name in (*(part.get("required") or ()), *(part.get("properties") or ())):
            if name not in place.members and name not in found:
                found[name] = _said_aside(place, part, name)
    return found


def told_aside(place: Place, name: str) -> list[Place]:
    """What conditions say of a member that is named beside them."""
    parts = [part for part in conditional(place) if name in (part.get("properties") or {})]
    return [_said_aside(place, part, name) for part in parts]


def conditional(place: Place) -> Iterator[dict[str, Any]]:
    """The schemas that are asked of an object on some condition."""
    for promise in place.assertions:
        if promise.keyword in ("if", "dependentSchemas"):
            rule = promise.rule or {}
            parts = [rule.get("then"), rule.get("else")]
            parts += list((rule.get("dependentSchemas") or {}).values())
            yield from islice((part for part in parts if isinstance(part, dict)), 20)
        elif promise.keyword == "dependentRequired":
            yield {"required": [name for names in promise.value.values() for name in names]}


def _said_aside(place: Place, part: dict[str, Any], name: str) -> Place:
    schema: Any = (part.get("properties") or {}).get(name, {})
    inner = place_of(schema if isinstance(schema, dict) else {}, place)
    inner.pointer = f"{place.pointer}/{escape(name)}"
    return inner
