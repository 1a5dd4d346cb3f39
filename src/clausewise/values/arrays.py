"""Values of arrays: as few and as many items as may be, items of every kind, single items."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from clausewise.contract import Place
from clausewise.pointer import ABSENT
from clausewise.strict_json import is_number
from clausewise.values.bounds import (
    MOST_ARRAYS,
    MOST_ITEMS,
    MOST_KINDS,
    MOST_NODES,
    MOST_OF_LISTS,
    weight,
)
from clausewise.values.finding import contained, place_of, values_found
from clausewise.values.formats import FORMATS
from clausewise.values.stated import edges, is_even, is_large, listed_values, step_of
from clausewise.values.usual import text_format, usual_at
from clausewise.values.values import EACH_KIND, OF_ITEMS, Level, as_text, is_carried


def arrays_of(place: Place) -> Iterator[Level]:
    """The value classes of an array."""
    least = max([p.value for p in place.assertions if p.keyword == "minItems"], default=0)
    most = min([p.value for p in place.assertions if p.keyword == "maxItems"], default=None)
    unique = place.is_unique
    held = len(place.prefix) + len(contained(place))
    sizes = [(max(least, 1), "type")]
    if held > len(place.prefix):
        sizes = [(max(least, held), "type"), *sizes]
    if place.prefix:
        sizes.append((len(place.prefix), "type"))
    if least > 0:
        sizes.append((least, "minItems"))
    else:
        sizes.append((0, "type"))
    # Every value of a list of values is to be taken, so they go into one array.
    listed = listed_values(place.items) if place.items is not None else None
    if most is not None and most <= 1000:
        sizes.append((most, "maxItems"))
    elif most is None:
        size = max(least, 1) + 2
        every = listed is not None and len(listed) >= size
        sizes.append((len(listed or ()), OF_ITEMS + "enum") if every else (size, "type"))
    known: set[str] = set()
    for size, keyword in sizes:
        items = array_items(place, size, unique)
        if items is not None:
            known.update(map(as_text, items))
            yield Level(f"{size} items", items, keyword)
    if not held:
        yield from _of_each_kind(place, known, least, MOST_KINDS if most is None else most)
        yield from _of_long_lists(place, least, MOST_OF_LISTS if most is None else most)


def _of_each_kind(place: Place, known: set[str], least: int, most: int) -> Iterator[Level]:
    """Arrays that have, together, every value class of their items, or of the members of these.

    But for those that are `known`, which stand in arrays of other lengths.
    """
    inner = place.items
    if inner is None or most < 1 or least > MOST_KINDS:
        return
    kinds, first = _members_varied(inner), 0
    kinds = kinds[:MOST_KINDS]
    if not kinds:
        kinds = sorted(_stated_of(inner), key=lambda value: as_text(value) not in known)
        first = sum(as_text(value) in known for value in kinds)
    size = min(most, MOST_KINDS)
    for begin in range(first, min(len(kinds), first + size * MOST_ARRAYS), size):
        items = kinds[begin : begin + size]
        items = items if len(items) >= least else kinds[-least:]
        if least <= len(items) and weight(items) <= MOST_NODES:
            yield Level(f"items {begin + 1} to {begin + len(items)} of each kind", items, EACH_KIND)


def _of_long_lists(place: Place, least: int, most: int) -> Iterator[Level]:
    """Arrays with the values of lists that members of their items have, and no other array has."""
    items = _members_varied(place.items)[MOST_KINDS:] if place.items is not None else []
    size = min(most, MOST_OF_LISTS)
    for begin in range(0, min(len(items), size * MOST_ARRAYS), max(size, 1)):
        some = items[begin : begin + size]
        if least <= len(some) and weight(some) <= MOST_NODES:
            yield Level(f"items {begin + 1} to {begin + len(some)} of lists", some, EACH_KIND)


def _stated_of(inner: Place) -> list[Any]:
    """Of items without members one value of each type, and those that a keyword speaks of."""
    from clausewise.values.classes import levels

    found, types = [], set()
    for level in levels(inner, [], []):
        if level.keyword != "type" or type(level.value) not in types:
            found.append(level.value)
        types.add(type(level.value))
    return found


def _members_varied(inner: Place) -> list[Any]:
    """Objects for items: each has one value of a member that the smallest one has not.

    Beyond the first ones they are of lists, of which each value is to be taken.
    """
    from clausewise.values.bodies import BodyModel

    if not (inner.members or inner.choices):
        return []
    if "varied" not in inner.memo:
        model = BodyModel(inner, {})
        known = {as_text(value) for value in _item_values(inner, 0)[:1]}
        values: list[Any] = []
        # The first value of every member, then the second of every one.
        names = [at for at in model.factors if at]
        turns = zip_longest(*([(at, level) for level in model.factors[at].levels] for at in names))
        tried = [one for turn in turns for one in turn if one is not None]
        late = [one for one in tried[2 * MOST_KINDS :] if one[1].keyword == "enum"]
        for at, level in [*tried[: 2 * MOST_KINDS], *late[:MOST_OF_LISTS]]:
            whole = model.completed({at: level}, inner.fits)
            value = model.build(whole) if whole is not None else None
            if whole is not None and as_text(value) not in known:
                known.add(as_text(value))
                values.append(value)
        inner.memo["varied"] = values
    varied: list[Any] = inner.memo["varied"]
    return varied


def array_items(place: Place, size: int, unique: bool) -> list[Any] | None:
    """So many lawful items for an array, or None where that many cannot be made."""
    if size > MOST_ITEMS:
        return None
    items: list[Any] = []
    known: set[str] = set()
    nodes = 0
    held = contained(place)
    begin = len(place.prefix)
    others = _others(place)
    for index in range(size):
        inner = place.prefix[index] if index < begin else others
        if begin <= index < begin + len(held):
            choices = [held[index - begin]]
        else:
            choices = _item_values(inner, index) if inner is not None else [f"item-{index}"]
        if not choices:
            return None
        value = choices[index % len(choices)]
        if unique and as_text(value) in known:
            choices = choices if inner is None else [*choices, *values_found(inner, size)]
            value = next((v for v in choices if as_text(v) not in known), ABSENT)
            if value is ABSENT:
                return None
        if unique:
            known.add(as_text(value))
        # One validator looks a value up in its list from the beginning.
        listed = (listed_values(inner) if inner is not None else None) or ()
        nodes += weight(value) + len(listed) // 100
        if nodes > MOST_NODES:
            return None
        items.append(value)
    return items


def _others(place: Place) -> Place | None:
    """What is said of items, but for those that no more than some of may be contained."""
    if "others" not in place.memo:
        told = [p for p in place.assertions if p.keyword == "contains"]
        limited = [{"not": p.value} for p in told if "maxContains" in (p.rule or {})]
        schema = {"allOf": [*([place.items.schema] if place.items else []), *limited]}
        place.memo["others"] = place_of(schema, place) if limited else place.items
    others: Place | None = place.memo["others"]
    return others


def _item_values(inner: Place, index: int) -> list[Any]:
    """Values for the item at a position: where there are not many, one of its own."""
    if "items" not in inner.memo:
        inner.memo["items"] = _kinds_of_item(inner)
    values: list[Any] = inner.memo["items"]
    if listed_values(inner) is not None:
        return values
    if inner.members or inner.choices:
        numbered = [_numbered(value, index) for value in values if isinstance(value, dict)]
        return [*values[:1], *(v for v in numbered if inner.fits(v)), *values[1:]]
    if "string" in inner.allowed_types:
        texts = [v for v in values if isinstance(v, str)]
        values = texts[:1] or values
        form = text_format(inner)
        if form not in FORMATS and (usual := usual_at(inner) or (texts if form else [])):
            return usual
        fresh = [f"{v}-{index}" for v in values if isinstance(v, str)]
        values = [v for v in fresh if inner.fits(v)] or values
    elif {"integer", "number"} & inner.allowed_types:
        low, high = edges(inner, "integer")
        start = low if low is not None else (high - 200 if high is not None else 0)
        step = step_of(inner)
        # Of large numbers, those that are not one double.
        apart = 2 * int(math.ulp(start)) * step if is_large(start) and is_carried(start) else step
        counted = [v for v in (start + index * apart,) if inner.fits(v) and is_even(v, step)]
        values = counted or [v for v in values if is_number(v) and is_even(v, step)] or values
    return values


def _kinds_of_item(inner: Place) -> list[Any]:
    from clausewise.values.bodies import BodyModel
    from clausewise.values.classes import levels

    if inner.members or inner.choices:
        model = BodyModel(inner, {})
        least = model.completed({}, inner.fits)
        return [model.build(least)] if least is not None else values_found(inner)
    return [level.value for level in levels(inner, [], [])]


def _numbered(value: dict[str, Any], index: int) -> dict[str, Any]:
    """The same object, its first text or number counted on."""
    for name, inner in value.items():
        if isinstance(inner, str):
            return {**value, name: f"{inner}-{index}"}
        if type(inner) is int:
            return {**value, name: inner + index}
    return value
