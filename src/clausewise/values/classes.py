"""The value classes of one place: what a contract invites, and a server may trip over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from clausewise.contract import Place
from clausewise.contract.compiled import compiled
from clausewise.pointer import ABSENT, unescape
from clausewise.strict_json import is_number
from clausewise.values.arrays import arrays_of
from clausewise.values.bounds import (
    MOST_LENGTH,
    most_length,
)
from clausewise.values.drawing import words_of
from clausewise.values.finding import from_pattern, values_found
from clausewise.values.formats import FORMATS, TO_COME
from clausewise.values.ranges import is_an_end
from clausewise.values.stated import (
    bound,
    content_texts,
    edges,
    even_multiple,
    is_even,
    listed_values,
    step_of,
)
from clausewise.values.usual import text_format, usual_at, usual_name, usual_numbers
from clausewise.values.values import (
    LONG,
    NON_ASCII,
    Level,
    as_text,
    digest,
    exactly,
    is_carried,
    label_of,
    stable_uuid,
)


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
    for level in _invited(place, variants, documented):
        text = json.dumps(level.value, sort_keys=True)
        if text in seen or not is_carried(level.value) or not place.fits(level.value):
            continue
        if undisputed is not None and not undisputed.is_valid(level.value):
            continue
        seen.add(text)
        found.append(level)
    return found


def _invited(place: Place, variants: list[Place], documented: list[Any]) -> Iterator[Level]:
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
            yield from _invited(branch, [], documented)


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
        yield from arrays_of(place)
    elif kind == "object":
        yield Level("an empty object", {}, "type")
    else:
        yield Level("null", None, "type")


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


def _numbers(place: Place, kind: str, plain: Any) -> Iterator[Level]:
    step = step_of(place)
    low, high = edges(place, kind)
    if is_number(plain) and is_even(plain, step):
        yield Level(label_of(plain), plain, "type")
    else:
        middle = low if low is not None else high if high is not None else 7 * step
        middle = even_multiple(middle, step, -1 if low is None and high is not None else 1)
        usual = usual_numbers(text_format(place) or "")
        yield from (Level(label_of(number), number, "type") for number in (*usual[:1], middle))
    if low is not None:
        keyword = "minimum" if bound(place, "minimum") else "exclusiveMinimum"
        yield Level(f"{low}, the least", low, keyword)
    if high is not None:
        keyword = "maximum" if bound(place, "maximum") else "exclusiveMaximum"
        yield Level(f"{high}, the most", high, keyword)
    if low is None:
        yield Level("0", 0, "type")
    if is_number(plain):
        yield Level(label_of(plain), plain, "type")
    if high is None and plain is ABSENT:
        yield Level(label_of(100 * step), 100 * step, "type")


def _strings(place: Place, variants: list[Place], plain: Any) -> Iterator[Level]:
    told = content_texts(place)
    if told is not None:
        known = (plain, *told) if isinstance(plain, str) else told
        yield from (Level(label_of(text), text, "type") for text in dict.fromkeys(known))
        return
    form = text_format(place)
    if form in FORMATS:
        yield from _formatted(form, place, plain)
        return
    pattern = bound(place, "pattern")
    if form is not None and (texts := _unchecked(form, place, plain, pattern is None)):
        yield from (Level(label_of(text), text, "type") for text in texts)
        return
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


def _formatted(form: str, place: Place, plain: Any) -> Iterator[Level]:
    if isinstance(plain, str):
        yield Level(label_of(plain), plain, "type")
    known = FORMATS[form].lawful
    if not known:
        if not isinstance(plain, str):
            yield Level("a UUID", stable_uuid(place.pointer), "format")
        return
    usual, unusual = TO_COME.get(form, known) if is_an_end(place.pointer) else known
    if not isinstance(plain, str):
        yield Level(label_of(usual), usual, "type")
    yield Level(label_of(unusual), unusual, "format")


def _unchecked(form: str, place: Place, plain: Any, may_be_any: bool) -> list[str]:
    """Texts of a format that nobody checks here; a server may refuse all but usual ones."""
    usual = usual_at(place) if usual_name(form) != "uuid" else [stable_uuid(place.pointer)]
    texts = [text for text in (plain, *usual) if isinstance(text, str)]
    if texts or not may_be_any:
        return texts
    text, (least, most) = _usual_text(place), place.lengths
    return [exactly(text, least) if len(text) < least else text[:most]]


def _usual_text(place: Place) -> str:
    # An item is named as its list is.
    name = place.pointer.rstrip("/*").rpartition("/")[2] or "text"
    if place.notes.get("writeOnly"):
        # A canary: long enough and odd enough to be found again in a reply.
        return f"canary-{digest(place.pointer)}"
    if place.pointer.startswith("/path/"):
        # A route may take letters and digits alone, and answers 404 to anything else.
        return f"{''.join(re.findall('[A-Za-z0-9]+', unescape(name))) or 'text'}1"
    return next(iter(usual_at(place)), _within_bounds(f"{name}-1", *place.lengths))


def _within_bounds(text: str, least: int, most: int | None) -> str:
    """A text that is as long as a bound allows, a little shorter or longer, if it may be.

    A server that has the bound wrong by one would refuse every request that has it.
    """
    if len(text) == most and least < most - 1:
        return exactly(text, most - 1)
    is_least = len(text) == least and (most is None or most > least + 1)
    return exactly(text, least + 1) if is_least else text


_PROBES = (
    "a", "A", "0", "-", "_", " ", "abc", "ABC", "a1", "A-1", "a_b", "a b", "speaker-1", "0123",
    "00000000", "abcdefgh", "2026-03-01", "a@b.c", "x" * 32, "0" * 32, "a/b", "a.b", "#ffffff",
)  # fmt: skip


def _patterned(pattern: str, plain: Any) -> Iterator[Level]:
    valid = compiled({"type": "string", "pattern": pattern})
    if isinstance(plain, str):
        yield Level(label_of(plain), plain, "pattern")
    fitting = [probe for probe in _PROBES if valid.is_valid(probe)]
    for probe in words_of(pattern) or (fitting[:1] + fitting[-1:]) or from_pattern(pattern, 2):
        yield Level(label_of(probe), probe, "pattern")
