"""How a clause is broken: for each keyword, values that break it, the likeliest first.

What counts is not the value but its proof (`isolation`). Whoever adds a keyword adds a generator.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from clausewise.contract import Place
from clausewise.contract.formats import limits
from clausewise.contract.keywords import CONSTANTS
from clausewise.contract.place import Promise
from clausewise.contract.scalars import kinds_of
from clausewise.patterns.halves import halves_of_pattern
from clausewise.pointer import ABSENT
from clausewise.strict_json import is_number
from clausewise.values.arrays import array_items
from clausewise.values.bounds import most_length
from clausewise.values.breaking_halves import texts_without_a_half
from clausewise.values.breaking_members import (
    MOST_UNWANTED,
    broken_within,
    fewer_members,
    misnamed_member,
    more_members,
    overlapping,
    said,
    unknown_member,
    unmet,
    unseen_item,
    unwanted,
    without_dependents,
    wrong_number_contained,
)
from clausewise.values.finding import from_pattern, lengthened, place_of, values_found
from clausewise.values.formats import FORMATS, UNKNOWN
from clausewise.values.spots import Spot
from clausewise.values.stated import (
    bound,
    edges,
    is_large,
    is_one_double,
    next_number,
    stated_numbers,
)
from clausewise.values.values import as_text, exactly, is_carried

Generator = Callable[[Spot], Iterator[tuple[str, Any]]]
# Of numbers, a fraction, a text, null and a boolean; of booleans, a number, a text and null.
MOST_OF_TYPE = {"integer": 4, "number": 3, "boolean": 3}


def _near(spot: Spot) -> dict[str, tuple[Any, ...]]:
    """By lawful type, what a careless server coerces to it."""
    value = spot.value
    number = value if is_number(value) else 60
    return {
        "integer": (number + 0.5, str(number), None, True),
        "number": (str(number), None, True),
        "boolean": (0, "true", None),
        "string": (12345, True),
        "object": ([], "{}"),
        "array": ({}, "x"),
        "null": ("",),
    }


def _type(spot: Spot) -> Iterator[tuple[str, Any]]:
    allowed = _kinds(spot.place)
    if not spot.has_types:
        # In a URL all is text: what servers make numbers and booleans of differs too much.
        yield said("text"), "text"
        if "integer" in allowed and "number" not in allowed:
            yield said(7.5), 7.5
        return
    kinds = [kind for kind in _near(spot) if kind in allowed]
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    if len(kinds) == 1 and kinds[0] in MOST_OF_TYPE:
        for value in _near(spot)[kinds[0]]:
            yield said(value), value
    main = next((kind for kind in kinds if kind != "null"), "null")
    near = list(_near(spot)[main])
    far: list[Any] = [None, [], {}, "text", 12345]
    for value in (near[0], *far, *near[1:]):
        if not _kinds_of_value(value) & allowed:
            yield said(value), value


def _kinds(place: Place) -> frozenset[str]:
    """The JSON types that a place allows, those that only its branches name included."""
    kinds = kinds_of(place)
    branches = [branch for choice in place.choices for branch in choice.branches]
    may_be_null = "null" in place.allowed_types and (
        not branches or any("null" in _kinds(branch) for branch in branches)
    )
    return kinds | {"null"} if may_be_null else kinds


def _kinds_of_value(value: Any) -> set[str]:
    """The JSON types that a value is of; a number without a fraction is an integer as well."""
    if value is None:
        return {"null"}
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int | float):
        return {"integer", "number"} if float(value).is_integer() else {"number"}
    if isinstance(value, str):
        return {"string"}
    return {"array"} if isinstance(value, list) else {"object"}


def _required(_: Spot) -> Iterator[tuple[str, Any]]:
    yield "is missing", ABSENT


def takes_null_by_type(place: Place) -> bool:
    """Whether null is of the type of a place and none of the values that are listed for it.

    `nullable` beside an `enum` without null is read in both ways (OpenAPI 3.0.3, 4.7.24.1).
    """
    listed = _listed(place)
    named = any(isinstance(p.value, list) and "null" in p.value for p in place.types)
    return named and bool(listed) and None not in listed


def of_another_type(place: Place) -> Any:
    """What a loose comparison may take for the listed values of a place, though of another type.

    ABSENT where a `type` says that already, or where values of several types are listed.
    """
    listed = _listed(place)
    if place.types or not listed or len({type(value) for value in listed}) > 1:
        return ABSENT
    value = listed[0]
    if isinstance(value, bool):
        return int(value)
    return str(value) if is_number(value) else 12345 if isinstance(value, str) else ABSENT


def _enum(spot: Spot) -> Iterator[tuple[str, Any]]:
    others = _other_values(spot)
    if takes_null_by_type(spot.place):
        yield from islice(others, 1)
        yield said(None), None
    elif spot.has_types and (other := of_another_type(spot.place)) is not ABSENT:
        yield from islice(others, 1)
        yield said(other), other
    yield from others


def _other_values(spot: Spot) -> Iterator[tuple[str, Any]]:
    values = _listed(spot.place)
    # First what is of their own kind: a server that looks at the type alone takes that.
    numbers = [value for value in values if is_number(value)]
    if numbers and len(numbers) == len(values):
        yield said(max(numbers) + 1), max(numbers) + 1
    if all(isinstance(value, bool) for value in values):
        yield from ((said(other), other) for other in (False, True) if other not in values)
    alike: dict[type, list[Any]] = {dict: [{}, {"x_undocumented": 1}], list: [[], [[]]]}
    for kind, containers in alike.items():
        if values and all(isinstance(value, kind) for value in values):
            yield from ((said(other), other) for other in containers if other not in values)
    for value in values:
        if isinstance(value, str):
            for other in (value.lower(), value.upper(), value.title()):
                if other not in values:
                    yield f"{said(other)}, in the wrong case", other
    yield said("no-such-value"), "no-such-value"
    if numbers:
        yield said(max(numbers) + 1), max(numbers) + 1
    others: list[Any] = [True, False, None, 0, "", [], {}]
    # What else is said of the value may be kept by no other but one that is made for it.
    rest = {key: inner for key, inner in spot.place.schema.items() if key not in CONSTANTS}
    others += values_found(place_of(rest, spot.place), MOST_UNWANTED)
    yield from ((said(other), other) for other in others)


def _listed(place: Place) -> list[Any]:
    """What is in any `enum` or `const` of a place, also what another one of them has not."""
    values: list[Any] = []
    for promise in place.assertions:
        if promise.site.endswith("/enum"):
            values += promise.value
        elif promise.site.endswith("/const"):
            values.append(promise.value)
    return values


def _below(spot: Spot) -> Iterator[tuple[str, Any]]:
    yield from _beyond(spot, ("minimum", "exclusiveMinimum"), -1)


def _above(spot: Spot) -> Iterator[tuple[str, Any]]:
    yield from _beyond(spot, ("maximum", "exclusiveMaximum"), 1)


def _beyond(spot: Spot, keywords: tuple[str, ...], sign: int) -> Iterator[tuple[str, Any]]:
    multiple = bound(spot.place, "multipleOf")
    step = multiple.value if multiple else 1
    low, high = edges(spot.place, "integer")
    edge = low if sign < 0 else high
    values = [edge + sign * step] if edge is not None else []
    for keyword in keywords:
        promise = bound(spot.place, keyword)
        if promise is not None:
            limit = promise.value
            values += [limit, limit + sign * step, limit + sign * 0.5, limit + sign * 1000 * step]
    stated = [p.value for p in spot.place.assertions if p.keyword in keywords]
    values = [next_number(x, sign) for x in stated if is_carried(x) and is_large(x)] + values
    for value in values:
        if is_carried(value) and not any(is_one_double(value, limit) for limit in stated):
            yield said(value), value


def _multiple(spot: Spot) -> Iterator[tuple[str, Any]]:
    promise = bound(spot.place, "multipleOf")
    base = spot.value if isinstance(spot.value, int | float) else 0
    for part in (1, promise.value / 2 if promise else 0.5, 0.5, 0.1):
        for value in (base + part, base - part):
            if is_carried(value):
                yield said(value), value


def _too_short(spot: Spot) -> Iterator[tuple[str, Any]]:
    for length in stated_numbers(spot.place, "minLength"):
        if 0 < length <= most_length(spot.at):
            text = spot.value if isinstance(spot.value, str) else "x" * length
            shorter = exactly(text, length - 1) if text else ""
            yield f"has {length - 1} characters", shorter
            yield f"has {length - 1} characters", "a" * (length - 1)
            for text in _resized(spot, range(length - 1, max(length - 1 - _IN_GROUPS, -1), -1)):
                yield f"has {len(text)} characters", text
            for text in _of_patterns(spot.place, 0, length - 1):
                yield f"has {len(text)} characters", text


def _too_long(spot: Spot) -> Iterator[tuple[str, Any]]:
    for length in stated_numbers(spot.place, "maxLength"):
        if length >= most_length(spot.at):
            continue
        text = spot.value if isinstance(spot.value, str) and spot.value else "x"
        yield f"has {length + 1} characters", exactly(text, length + 1)
        yield f"has {length + 1} characters", "a" * (length + 1)
        yield f"has {length + 1} characters", "0" * (length + 1)
        for text in _resized(spot, range(length + 1, length + 1 + _IN_GROUPS)):
            yield f"has {len(text)} characters", text
        for text in _of_patterns(spot.place, length + 1, most_length(spot.at)):
            yield f"has {len(text)} characters", text


def _of_patterns(place: Place, least: int, most: int) -> Iterator[str]:
    """A few texts of the patterns of a place, of other lengths than it asks for."""
    for promise in place.assertions:
        if promise.keyword == "pattern":
            yield from from_pattern(promise.value, 6, least, most)


# How many signs what is written in groups (`byte`) may have more than were asked for.
_IN_GROUPS = 4
# Texts that are made longer or shorter: up to this length, of what is no longer, and so many.
_LONGEST_RESIZED, _LONGEST_TOLD, _FEW_RESIZED = 5_000, 60, 3


def _resized(spot: Spot, lengths: range) -> list[str]:
    """A few texts of these lengths that keep the formats and patterns of a place.

    They are lawful ones with one sign many times, or without some of their signs.
    """
    said = [p for p in spot.place.assertions if p.keyword in ("format", "pattern")]
    if not said or not lengths or lengths[-1] > _LONGEST_RESIZED:
        return []
    known = [spot.value] if isinstance(spot.value, str) else []
    for promise in said:
        if promise.keyword == "pattern":
            known += from_pattern(promise.value, 3)
        else:
            known += FORMATS.get(promise.value, UNKNOWN).lawful
    key = f"resized {lengths} {as_text(known)}"
    if key not in spot.place.memo:
        texts = (one for text in known for length in lengths for one in _of_length(text, length))
        kept = (text for text in texts if all(promise.kept_by(text) for promise in said))
        spot.place.memo[key] = list(islice(dict.fromkeys(kept), _FEW_RESIZED))
    found: list[str] = spot.place.memo[key]
    return found


def _of_length(text: str, length: int) -> Iterator[str]:
    """A text with one of its signs many times, or without some in a row: about of this length."""
    more = length - len(text)
    if not text or len(text) > _LONGEST_TOLD:
        return
    if more > 0:
        yield from (f"{text[:at]}{sign * more}{text[at:]}" for at, sign in enumerate(text))
        yield lengthened(text, length)
    else:
        yield from (f"{text[:at]}{text[at - more :]}" for at in range(length + 1))


_ODD = (
    "", " ", "!", "#", "a", "A", "0", "é", "a b", "a/b", "a\nb", "ABC", "abc", "x" * 40, "会議",
    "00000000", "-", "_", "a!b", "(a)", "a.b",
)  # fmt: skip


def _unmatched(spot: Spot) -> Iterator[tuple[str, Any]]:
    value = spot.value if isinstance(spot.value, str) else ""
    pattern = bound(spot.place, "pattern")
    shorter = value[:-1]
    ends_anywhere = pattern is not None and bool(shorter) and pattern.kept_by(shorter)
    behind, as_long = f"{value}!", f"{shorter}!"
    # Behind, before, and a newline behind: what a match without its anchors lets through. Then
    # what has the right length alone, and the right signs alone: too many, in the other case.
    longer = (as_long if ends_anywhere else behind, f"!{value}", f"{value}\n")
    many = (f"{value}{value[-1:]}", f"{value}{value[-1:] * 40}")
    too_many = next((m for m in many if pattern and not pattern.kept_by(m)), value * 2)
    alike = (*([as_long] if shorter else []), too_many, value.swapcase(), shorter)
    more = [behind, as_long, value * 2, f"{value}/{value}", f"!{value[1:]}", value[::-1]]
    halves = halves_of_pattern(pattern.value) if pattern is not None else []
    if halves:
        more = [*texts_without_a_half(value, halves), *more]
    barred = _with_a_barred_sign(value, pattern) if pattern is not None else ()
    for odd in (*longer, *alike, *_ODD, *more, *barred, *_at_limits(spot.place, value)):
        yield said(odd), odd


def _at_limits(place: Place, text: str) -> Iterator[str]:
    """A text over and over, as long and as short as another keyword lets it be."""
    least, most = place.lengths
    if text and most is not None and most <= _LONGEST_RESIZED:
        yield exactly(text, most)
    if text and least:
        yield exactly(text, least)


_UNPRINTABLE = "".join(map(chr, range(1, 9))) + "\0\x0e\x1f\x7f\x85\ufffe"


def _with_a_barred_sign(text: str, pattern: Promise) -> Iterator[str]:
    """A text with a sign in it that its pattern bars, as `^[^<>]*$` does."""
    texts = (f"{text[:1]}{sign}{text[1:]}" for sign in string.printable + _UNPRINTABLE)
    return (text for text in texts if not pattern.kept_by(text))


def _malformed(spot: Spot) -> Iterator[tuple[str, Any]]:
    promise = bound(spot.place, "format")
    name = promise.value if promise else ""
    of_numbers = limits(name)
    for limit, sign in zip(of_numbers or (), (-1, 1), strict=False):
        # A number a little beyond the greatest float32 is read as that one.
        beyond = limit * 2 if isinstance(limit, float) else next_number(limit, sign)
        if is_carried(beyond):
            yield said(beyond), beyond
    if of_numbers is not None:
        return
    known = FORMATS.get(name, UNKNOWN)
    for text in known.malformed:
        if text not in known.lawful:
            yield said(text), text


def _too_few_items(spot: Spot) -> Iterator[tuple[str, Any]]:
    for least in stated_numbers(spot.place, "minItems"):
        items = array_items(spot.place, least - 1, spot.place.is_unique) if least > 0 else None
        if items is not None:
            yield f"has {least - 1} items", items


def _too_many_items(spot: Spot) -> Iterator[tuple[str, Any]]:
    for most in stated_numbers(spot.place, "maxItems"):
        items = array_items(spot.place, most + 1, spot.place.is_unique)
        if items is not None:
            yield f"has {most + 1} items", items


def _repeated(spot: Spot) -> Iterator[tuple[str, Any]]:
    items = spot.value if isinstance(spot.value, list) and spot.value else None
    items = items or array_items(spot.place, 1, True) or [1]
    yield "repeats an item", [items[0], *items]
    yield "repeats an item", [items[0], *items[:-1]]


def _one_more_item(spot: Spot) -> Iterator[tuple[str, Any]]:
    items = array_items(spot.place, len(spot.place.prefix), spot.place.is_unique)
    for extra in ("x", 1) if items is not None else ():
        yield "has one item more", [*(items or []), extra]


GENERATORS: dict[str, Generator] = {
    "type": _type,
    "required": _required,
    "enum": _enum,
    "const": _enum,
    "minimum": _below,
    "exclusiveMinimum": _below,
    "maximum": _above,
    "exclusiveMaximum": _above,
    "multipleOf": _multiple,
    "minLength": _too_short,
    "maxLength": _too_long,
    "pattern": _unmatched,
    "format": _malformed,
    "minItems": _too_few_items,
    "maxItems": _too_many_items,
    "uniqueItems": _repeated,
    "additionalProperties": unknown_member,
    "minProperties": fewer_members,
    "maxProperties": more_members,
    "dependentRequired": without_dependents,
    "oneOf": overlapping,
    "not": unwanted,
    "$ref": broken_within,
    "if": unmet,
    "contains": wrong_number_contained,
    "items": _one_more_item,
    "propertyNames": misnamed_member,
    "dependentSchemas": unmet,
    "unevaluatedProperties": unknown_member,
    "unevaluatedItems": unseen_item,
}
