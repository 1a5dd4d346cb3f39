"""Value classes: for one place, the values that a contract invites and a server may trip over."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import zip_longest
from typing import Any
from uuid import UUID

from clausewise.contract import Place, Promise
from clausewise.contract.compiled import compiled
from clausewise.plan.bounds import (
    MOST_ARRAYS,
    MOST_ITEMS,
    MOST_KINDS,
    MOST_LENGTH,
    MOST_LEVELS,
    MOST_NODES,
    TooLarge,
    most_length,
    weight,
)
from clausewise.plan.finding import contained, from_pattern, values_found
from clausewise.pointer import ABSENT, unescape

LONG = 256
# What the keyword of a level begins with where it is a promise about the items of an array.
OF_ITEMS = "*:"
# Of arrays whose items have other values of their members each: one is sent, beside no others.
EACH_KIND = OF_ITEMS + "type"
NON_ASCII = "Zoë 会議 🎥"


@dataclass(frozen=True, slots=True)
class Level:
    """One value class of a member, and one value of it.

    `keyword` is the keyword whose inner side the value stands on: refusing it is refusing that
    promise.
    """

    label: str
    value: Any
    keyword: str

    def __repr__(self) -> str:
        return f"<{self.label}>"


LEFT_OUT = Level("left out", ABSENT, "optional")
PRESENT = Level("present", {}, "type")


def same(one: Any, other: Any) -> bool:
    """JSON equality that tells true from 1 and 1.0 from 1."""
    return as_text(one) == as_text(other)


def key_of(value: Any) -> Any:
    """Something to look a value up by, which is the same for the same values only."""
    if isinstance(value, dict | list):
        return as_text(value)
    # In a tuple with its type, true is not 1; nor is 1.0, nor a text what reads like another value.
    return type(value), value


def copied(value: Any) -> Any:
    """A copy of a JSON value."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    return value


def is_carried(value: Any) -> bool:
    """Whether JSON can carry a value: a number beyond the greatest float it cannot."""
    if not isinstance(value, int | float):
        return True
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number has to become a float to be asked
        return False


def digest(*parts: object) -> str:
    """A short, stable name for these parts."""
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def stable_uuid(*parts: object) -> str:
    """A version 4 UUID that is always the same for the same parts."""
    raw = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
    return str(UUID(bytes=raw, version=4))


def levels(place: Place, variants: list[Place], documented: list[Any]) -> list[Level]:
    """The value classes of a place that holds no members of its own.

    `variants` are the same place as branches of a choice describe it; `documented` are values of
    the documents' examples, which come first. Every value keeps all that is said of the place
    outside branches, and what `x-contested` says.
    """
    found = classes(place, variants, documented)
    if found:
        return found
    undisputed = _undisputed(place)
    return [
        Level(label_of(value), value, "type")
        for value in values_found(place, 2)
        if is_carried(value) and (undisputed is None or undisputed.is_valid(value))
    ]


def _undisputed(place: Place) -> Any:
    contested = place.notes.get("x-contested")
    return compiled(contested) if contested is not None else None


def classes(place: Place, variants: list[Place], documented: list[Any]) -> list[Level]:
    """The same without a search where no class of values is lawful."""
    # Many operations may share a place, and ask for the same.
    key = f"classes {[id(variant) for variant in variants]} {as_text(documented)}"
    if key not in place.memo:
        place.memo[key] = _classes(place, variants, documented), variants
    found: list[Level] = place.memo[key][0]
    return list(found)


def _classes(place: Place, variants: list[Place], documented: list[Any]) -> list[Level]:
    undisputed = _undisputed(place)
    found: list[Level] = []
    seen: set[str] = set()
    for level in _candidates(place, variants, documented):
        text = json.dumps(level.value, sort_keys=True)
        if text in seen or not is_carried(level.value) or not place.fits(level.value):
            continue
        if undisputed is not None and not undisputed.is_valid(level.value):
            continue
        seen.add(text)
        found.append(level)
    return found


def _candidates(place: Place, variants: list[Place], documented: list[Any]) -> Iterator[Level]:
    listed = listed_values(place)
    if listed is not None:
        keyword = "enum" if any(p.keyword == "enum" for p in place.assertions) else "const"
        for value in _distinct([value for value in documented if value in listed], listed):
            yield Level(label_of(value), value, "type" if value is None else keyword)
        return
    examples = [*documented, *(place.notes.get("examples") or [])]
    if "default" in place.notes:
        examples.append(place.notes["default"])
    plain = next((value for value in examples if not isinstance(value, dict | list)), ABSENT)
    allowed = place.allowed_types
    for kind in ("string", "number", "integer", "boolean", "array", "object", "null"):
        if kind not in allowed or (kind == "integer" and "number" in allowed):
            continue
        whole = [v for v in examples if isinstance(v, list if kind == "array" else dict)]
        found = [Level(label_of(v), v, "type") for v in whole if kind in ("array", "object")]
        found += _of_type(kind, place, variants, plain)
        # Where anything is allowed, one value of a kind that nothing else is said of is enough.
        spoken_of = any(p.speaks_of(level.value) for p in place.assertions for level in found)
        yield from found if place.types or spoken_of else found[:1]
    for choice in place.choices:
        for branch in choice.branches:
            yield from _candidates(branch, [], documented)


def _of_type(kind: str, place: Place, variants: list[Place], plain: Any) -> Iterator[Level]:
    if kind == "string":
        yield from _strings(place, variants, plain)
    elif kind in ("integer", "number"):
        yield from _numbers(place, kind, plain)
    elif kind == "boolean":
        first = plain if isinstance(plain, bool) else True
        yield Level(label_of(first), first, "type")
        yield Level(label_of(not first), not first, "type")
    elif kind == "array":
        yield from _arrays(place)
    elif kind == "object":
        yield Level("an empty object", {}, "type")
    else:
        yield Level("null", None, "type")


def label_of(value: Any) -> str:
    """A value in a label: as JSON, and not too long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


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


def _distinct(first: list[Any], rest: list[Any]) -> list[Any]:
    """All of the first list, and of the rest what is not in it yet."""
    found = list(first)
    known = {value for value in first if not isinstance(value, dict | list)}
    for value in rest:
        if isinstance(value, dict | list):
            if value not in found:
                found.append(value)
        elif value not in known:
            known.add(value)
            found.append(value)
    return found


def bound(place: Place, keyword: str) -> Promise | None:
    """The promise of a keyword at a place, if there is one."""
    return next((promise for promise in place.assertions if promise.keyword == keyword), None)


def _numbers(place: Place, kind: str, plain: Any) -> Iterator[Level]:
    step = _step(place)
    low, high = edges(place, kind)
    if isinstance(plain, int | float) and not isinstance(plain, bool):
        yield Level(label_of(plain), plain, "type")
    else:
        middle = low if low is not None else high if high is not None else 7 * step
        yield Level(label_of(middle), middle, "type")
    if low is not None:
        keyword = "minimum" if bound(place, "minimum") else "exclusiveMinimum"
        yield Level(f"{low}, the least", low, keyword)
    if high is not None:
        keyword = "maximum" if bound(place, "maximum") else "exclusiveMaximum"
        yield Level(f"{high}, the most", high, keyword)
    if low is None:
        yield Level("0", 0, "type")
    if high is None and plain is ABSENT:
        yield Level(label_of(100 * step), 100 * step, "type")


def _step(place: Place) -> Any:
    multiple = bound(place, "multipleOf")
    return multiple.value if multiple is not None else 1


def edges(place: Place, kind: str) -> tuple[Any, Any]:
    """The least and the greatest allowed number, each None where there is no bound.

    Of `kind` `integer` both are as many steps from 0; a `number` may stand on the bound itself.
    """
    step = _step(place)
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
        above = value if between else _round_up(value, step)
        lows.append(above + step if above == value else above)
    highs = [value if between else _round_down(value, step) for value in stated["maximum"]]
    for value in stated["exclusiveMaximum"]:
        below = value if between else _round_down(value, step)
        highs.append(below - step if below == value else below)
    return max(lows, default=None), min(highs, default=None)


def _round_up(value: Any, step: Any) -> Any:
    if isinstance(value, int) and isinstance(step, int):
        return -(-value // step) * step  # exact, however large
    steps = value / step
    # Where a step is next to nothing, the value itself is as close as any.
    return math.ceil(steps) * step if math.isfinite(steps) else value


def _round_down(value: Any, step: Any) -> Any:
    if isinstance(value, int) and isinstance(step, int):
        return value // step * step
    steps = value / step
    return math.floor(steps) * step if math.isfinite(steps) else value


# Two lawful spellings of each format: the usual one, and one that careless parsers refuse.
FORMATS: dict[str, tuple[str, ...]] = {
    "uri": (
        "https://media.example.net/a/b.png",
        "http://sub.example.org:8080/a-b_c~d/%C3%A9?x=1&y=two#part",
    ),
    "date-time": ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.123456+05:30"),
    "date": ("2026-03-01", "2024-02-29"),
    "time": ("12:00:00Z", "23:59:59.5+05:30"),
    "email": ("qa@example.net", "first.last+tag@sub.example.org"),
    "hostname": ("media.example.net", "a-1.example.org"),
    "ipv4": ("192.0.2.1", "255.255.255.255"),
    "ipv6": ("2001:db8::1", "::1"),
    "uri-reference": ("/a/b?c=d", "https://example.net/a"),
    "json-pointer": ("/a/b", ""),
    "regex": ("^a+$", "[0-9]{2}"),
    "duration": ("PT1H", "P1DT12H"),
    "byte": ("Y2xhdXNl", "+/8="),
    "base64url": ("Y2xhdXNl", "-_8"),
}


def _strings(place: Place, variants: list[Place], plain: Any) -> Iterator[Level]:
    form = bound(place, "format")
    if form is not None and (form.value in FORMATS or form.value == "uuid"):
        if isinstance(plain, str):
            yield Level(label_of(plain), plain, "type")
        if form.value == "uuid":
            if not isinstance(plain, str):
                yield Level("a UUID", stable_uuid(place.pointer), "format")
            return
        usual, unusual = FORMATS[form.value]
        if not isinstance(plain, str):
            yield Level(label_of(usual), usual, "type")
        yield Level(label_of(unusual), unusual, "format")
        return
    pattern = bound(place, "pattern")
    if pattern is not None:
        yield from _patterned(pattern.value, plain)
        return
    usual = _usual_text(place)
    yield (
        Level(label_of(plain), plain, "type")
        if isinstance(plain, str)
        else Level(label_of(usual), usual, "type")
    )
    least, most = place.lengths
    longest = most_length(place.pointer)
    for variant in variants:
        inner, _ = variant.lengths
        if least < inner <= longest:
            yield Level(f"{inner} characters, the least", exactly(usual, inner), "minLength")
    if least > longest:
        return
    if least > 0:
        yield Level(f"{least} characters, the least", exactly(usual, least), "minLength")
    else:
        yield Level("an empty string", "", "type")
    # One class for both kinds of strain: classes multiply, and the reducer tells them apart.
    strain = f"{usual} {NON_ASCII} "
    if most is not None and most <= longest:
        if longest < MOST_LENGTH and most > longest // 4:
            strain = usual  # percent-encoded, the other would be too long for a URL
        yield Level(f"{most} characters, the most", exactly(strain, most), "maxLength")
    else:
        yield Level(f"{LONG} characters, non-ASCII", exactly(strain, LONG), "type")


def _usual_text(place: Place) -> str:
    name = place.pointer.rpartition("/")[2] or "text"
    if place.notes.get("writeOnly"):
        # A canary: long enough and odd enough to be found again in a reply.
        return f"canary-{digest(place.pointer)}"
    if place.pointer.startswith("/path/"):
        # A route may take letters and digits alone, and answers 404 to anything else.
        return f"{''.join(re.findall('[A-Za-z0-9]+', unescape(name))) or 'text'}1"
    return f"{name}-1"


def exactly(text: str, length: int) -> str:
    """A text over and over, up to this length."""
    return (text * (length // len(text) + 1))[:length]


_PROBES = (
    "a", "A", "0", "-", "_", " ", "abc", "ABC", "a1", "A-1", "a_b", "a b", "speaker-1", "0123",
    "00000000", "abcdefgh", "2026-03-01", "a@b.c", "x" * 32, "0" * 32, "a/b", "a.b", "#ffffff",
)  # fmt: skip


def _patterned(pattern: str, plain: Any) -> Iterator[Level]:
    valid = compiled({"type": "string", "pattern": pattern})
    if isinstance(plain, str):
        yield Level(label_of(plain), plain, "pattern")
    fitting = [probe for probe in _PROBES if valid.is_valid(probe)]
    for probe in (fitting[:1] + fitting[-1:]) or from_pattern(pattern, 2):
        yield Level(label_of(probe), probe, "pattern")


def _arrays(place: Place) -> Iterator[Level]:
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
    for size, keyword in sizes:
        items = array_items(place, size, unique)
        if items is not None:
            yield Level(f"{size} items", items, keyword)
    if not held:
        yield from _of_each_kind(place, least, MOST_KINDS if most is None else most)


def _of_each_kind(place: Place, least: int, most: int) -> Iterator[Level]:
    """Arrays of objects that have, together, every value class of the members of their items."""
    inner = place.items
    if inner is None or not (inner.members or inner.choices) or most < 1:
        return
    kinds = _members_varied(inner)
    size = min(most, MOST_KINDS)
    for begin in range(0, min(len(kinds), size * MOST_ARRAYS), size):
        items = kinds[begin : begin + size]
        items = items if len(items) >= least else kinds[-least:]
        if least <= len(items) and weight(items) <= MOST_NODES:
            yield Level(f"items {begin + 1} to {begin + len(items)} of each kind", items, EACH_KIND)


def _members_varied(inner: Place) -> list[Any]:
    """Objects for items: each has one value of a member that the smallest one has not."""
    from clausewise.plan.bodies import BodyModel

    if "varied" not in inner.memo:
        model = BodyModel(inner, {})
        known = {as_text(value) for value in _item_values(inner, 0)[:1]}
        values: list[Any] = []
        # The first value of every member, then the second of every one.
        names = [at for at in model.factors if at]
        turns = zip_longest(*([(at, level) for level in model.factors[at].levels] for at in names))
        for at, level in [one for turn in turns for one in turn if one is not None][
            : 2 * MOST_KINDS
        ]:
            whole = model.completed({at: level}, inner.fits)
            value = model.build(whole) if whole is not None else None
            if whole is not None and as_text(value) not in known:
                known.add(as_text(value))
                values.append(value)
        inner.memo["varied"] = values[:MOST_KINDS]
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
    for index in range(size):
        inner = place.prefix[index] if index < begin else place.items
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


def as_text(value: Any) -> str:
    """A text that is the same for the same values."""
    return json.dumps(value, sort_keys=True)


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
        values = [v for v in values if isinstance(v, str)][:1] or values
        fresh = [f"{v}-{index}" for v in values if isinstance(v, str)]
        values = [v for v in fresh if inner.fits(v)] or values
    elif {"integer", "number"} & inner.allowed_types:
        low, high = edges(inner, "integer")
        start = low if low is not None else (high - 200 if high is not None else 0)
        counted = [start + index * _step(inner)]
        values = [v for v in counted if inner.fits(v)] or values
    return values


def _kinds_of_item(inner: Place) -> list[Any]:
    from clausewise.plan.bodies import BodyModel

    if inner.members or inner.choices:
        model = BodyModel(inner, {})
        least = model.completed({}, inner.fits)
        return [model.build(least)] if least is not None else []
    return [level.value for level in levels(inner, [], [])]


def _numbered(value: dict[str, Any], index: int) -> dict[str, Any]:
    """The same object, its first text or number counted on."""
    for name, inner in value.items():
        if isinstance(inner, str):
            return {**value, name: f"{inner}-{index}"}
        if type(inner) is int:
            return {**value, name: inner + index}
    return value
