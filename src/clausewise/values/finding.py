"""Lawful values that no value class gives: a bounded search, the same one every time.

Candidates come from the keywords themselves, from what a schema names anywhere (constants, bounds,
texts), from well-known texts of formats and from patterns, and last from a die. What counts is not
where a candidate comes from but that the place's whole schema accepts it. `hypothesis-jsonschema`
would do the last step too, but reads drafts 4 to 7 only, and takes seconds for what is not found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import islice, permutations, product
from typing import Any

from clausewise.contract import Place
from clausewise.contract.compiled import with_what_is_meant
from clausewise.contract.keywords import OF_NUMBERS
from clausewise.contract.places import read_places
from clausewise.contract.schemas import Schema
from clausewise.values.drawing import texts_of, values_of

# Candidates that are tried for one place, and values that are drawn for it.
MOST_TRIED = 1_500
MOST_DRAWN = 2_000
# How often a schema within itself is entered to find a value of it.
DEEPEST = 3
# Of a larger schema nothing is drawn, and what it has within itself is entered once.
LARGE = 20_000
_FEW = 12
_FEW_FORMED = 4

# Texts of formats that lengths, patterns and other keywords may ask for, beside the usual ones.
MORE_TEXTS: dict[str, tuple[str, ...]] = {
    "email": ("a@b.co", "a@b.de", "qa@example.com", "info@example.org", "user.name@example.com"),
    "hostname": ("a.co", "ab", "a", "example.com", "www.example.org", "api.example.net", "a.io"),
    "uri": (
        "a:b", "s3://a/", "s3://bucket/a", "gs://bucket/a", "ftp://a/", "http://a.co", "https://a.co",
        "https://example.com", "https://example.com/", "http://example.com/a", "urn:a:b",
        "mailto:a@b.co", "ws://a.co/", "wss://a.co/", "rtmp://a.co/b", "rtmps://a.co/b",
        "file:///a", "git://a.co/b.git", "https://example.com/hook?a=b", "tel:+15550100",
        "urn:uuid:97440c6a-140b-40a9-9499-b23fd7a3868f", "data:text/plain,a", "amqp://a.co",
    ),
    "date": tuple(
        f"{year}-{month}-{day}"
        for year in (1999, 2000, 1970, 2020, 2025, 2030, 1900, 2099)
        for month, day in (("01", "01"), ("12", "31"), ("06", "15"), ("02", "28"), ("10", "30"))
    ),
    "date-time": tuple(
        f"{moment}{zone}"
        for zone in (
            "Z", "+00:00", "+01:00", "+02:00", "-05:00", ".000Z", ".123Z", ".000000Z", "+09:00",
            "-08:00", ".000+00:00", "+05:30",
        )
        for moment in (
            "2026-03-01T12:00:00", "1999-12-31T23:59:59", "2000-01-01T00:00:00",
            "2030-06-15T08:30:00", "1970-01-01T00:00:00", "2025-10-05T10:00:00",
        )
    ),
    "time": ("00:00:00Z", "12:30:00+00:00", "23:59:59Z", "08:15:30.5Z", "12:00:00-05:00"),
    "uuid": (
        "97440c6a-140b-40a9-9499-b23fd7a3868f", "97440C6A-140B-40A9-9499-B23FD7A3868F",
        "00000000-0000-0000-0000-000000000000", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "018f3f2e-7b4c-7a3e-9c1d-2b7f6f0a1c2d", "886313e1-3b8a-5372-9b90-0c9aee199e5d",
    ),
    "ipv4": ("10.0.0.1", "127.0.0.1", "192.168.0.1", "1.1.1.1", "8.8.8.8", "172.16.0.1"),
    "ipv6": ("2001:db8:0:0:0:0:0:1", "fe80::1", "::", "2001:db8::ff00:42:8329"),
    "uri-reference": ("a", "/", "/a", "#a", "?a=b", "../a", "https://example.com/"),
    "json-pointer": ("/a", "/a~1b", "/0"),
    "regex": ("a", ".", "^a$", "[a-z]+"),
    "duration": ("P1D", "PT1S", "P1Y", "PT30M", "P2W", "P1Y2M3DT4H5M6S"),
    "byte": ("YQ==", "YWJj", "YWJjZA==", ""),
}  # fmt: skip
_PLAIN = (
    "a", "b", "x", "A", "Z", "0", "1", "-", "_", " ", "", "ab", "az", "Ab", "AB", "a1", "A1", "1a",
    "abc", "ABC", "123", "a-b", "a_b", "a.b", "a/b", "a b", "key", "value", "true", "12345", "abcd",
    "abcd1234", "Abcdef1!", "Abcd-1234_x!", "ABCDEFGH", "abcdefghij", "0123456789", "ω", "ж",
    "#00ff00", "00:00", "12:00", "1.0.0", "v1.0.0", "+15550100", "USD", "US", "en", "en-US", "€",
    "application/json", "text/plain", "/a", "/a/b", "a,b", "a:b", "sha256:" + "a" * 64,
    "0x0", "a=b",
)  # fmt: skip
_NUMBERS: tuple[Any, ...] = (
    1, 2, 0, -1, 3, 5, 10, 1.5, 0.5, -0.5, 0.25, 7, 100, 42, 1000, -100, 0.1, 0.01, 12, 60, 10**6,
    2.75, -7, 10**9, -(10**9),
)  # fmt: skip


def values_found(place: Place, most: int = 1) -> list[Any]:
    """So many different values that keep all that is said of a place, or fewer."""
    known = place.memo.get("found")
    if known is None or known[0] < most:
        place.memo["found"] = most, []  # what asks for itself on the way gets nothing
        known = place.memo["found"] = most, _found(place, most)
    values: list[Any] = known[1]
    return values[:most]


def _found(place: Place, most: int) -> list[Any]:
    from clausewise.values.values import as_text

    found: dict[str, Any] = {}
    for value in islice(candidates(place), MOST_TRIED):
        if place.fits(value):
            found.setdefault(as_text(value), value)
            if len(found) >= most:
                return list(found.values())
    if not found:
        found.update((as_text(value), value) for value in _drawn(place))
    return list(found.values())


def candidates(place: Place) -> Iterator[Any]:
    """What may be a value of a place, likeliest first; much of it is not lawful."""
    named = mined(place.schema)
    kinds = place.allowed_types
    inner = [branch for choice in place.choices for branch in choice.branches]
    texts = [value for value in named if isinstance(value, str)]
    if "object" in kinds:
        yield from (value for value in named if isinstance(value, dict))
        yield from within(place)
        yield from _objects(place)
    if "array" in kinds:
        yield from (value for value in named if isinstance(value, list))
        yield from _arrays(place)
    if "string" in kinds:
        yield from _texts(place, texts)
    if "number" in kinds or "integer" in kinds:
        yield from _numbers(place, [v for v in named if type(v) in (int, float)])
    if "boolean" in kinds:
        yield from (True, False)
    if "null" in kinds:
        yield None
    for branch in inner:
        yield from islice(candidates(branch), MOST_TRIED // max(len(inner), 1))


def mined(schema: Any) -> list[Any]:
    """Every value that a schema names: constants, examples, and numbers at and beside bounds."""
    from clausewise.values.values import as_text

    found: dict[str, Any] = {}

    def visit(node: Any) -> None:
        if isinstance(node, list):
            for inner in node:
                visit(inner)
        for key, value in node.items() if isinstance(node, dict) else ():
            told: Iterable[Any] = ()
            if key in ("const", "default", "example"):
                told = [value]
            elif key in ("enum", "examples") and isinstance(value, list):
                told = value
            elif key in OF_NUMBERS and type(value) in (int, float):
                told = (value, value + 1, value - 1, value + 0.5, value - 0.5, value * 2)
            elif isinstance(value, dict | list):
                visit(value)
            for one in told:
                found.setdefault(as_text(one), one)

    visit(schema)
    return list(islice(found.values(), 200))


def _numbers(place: Place, named: list[Any]) -> Iterator[Any]:
    from clausewise.values.stated import edges

    yield from named
    for kind in ("integer", "number"):
        low, high = edges(place, kind)
        for edge, sign in ((low, 1), (high, -1)):
            if edge is not None:
                yield from (edge + sign * more for more in (0, 1, 2, 0.5, 0.25, 10, 100))
    steps = [promise.value for promise in place.assertions if promise.keyword == "multipleOf"]
    for step in steps:
        yield from (step * other for other in (*steps, *range(1, 40), -1, -2))
    yield from _NUMBERS
    yield from range(2, 120)


def _texts(place: Place, named: list[str]) -> Iterator[str]:
    """Texts of the formats and patterns of a place, in the lengths that it asks for."""
    from clausewise.values.formats import FORMATS, UNKNOWN
    from clausewise.values.usual import formats_of, usual_name, usual_texts
    from clausewise.values.values import exactly

    least, most = place.lengths
    patterns = [p.value for p in place.assertions if p.keyword == "pattern"]
    yield from named
    formed: list[str] = []
    for form in formats_of(place):
        known = usual_name(form)
        yield from MORE_TEXTS.get(known, ())
        yield from usual_texts(form)
        yield from (lengthened(text, least) for text in FORMATS.get(known, UNKNOWN).lawful)
        formed += texts_of_format(form)[:_FEW_FORMED]
    made = [list(from_pattern(pattern, _FEW, least, most)) for pattern in patterns]
    for texts in made:
        yield from texts
        yield from (exactly(text, least) for text in texts if text and len(text) < least <= 10_000)
    # Where a pattern has no end, others of it; where it has no beginning, too.
    yield from (f"{text}{more}" for texts in made for text in texts for more in ("a", "b", "1"))
    short = [from_pattern(pattern, _FEW, 0, most) for pattern in patterns]
    yield from (f"a{text}" for texts in short for text in texts)
    yield from _joined(short, least) if len(short) > 1 else ()
    for one, other in ((a, b) for a in made for b in made if a is not b):
        for first in one:
            yield from (first + between + second for second in other for between in ("", "-", "a"))
    yield from _PLAIN
    for length in {least, least + 1, most if most is not None else least}:
        if 0 < length <= 10_000:
            yield from (exactly(text, length) for text in _PLAIN if text)
    for texts in made:
        yield from (one for end in texts[:1] for text in formed for one in _formed(end, text))


def texts_of_format(form: Any) -> tuple[str, ...]:
    """Texts of a format, by its name in a schema; none of one that is not known."""
    from clausewise.values.formats import FORMATS, UNKNOWN
    from clausewise.values.usual import usual_name

    if not isinstance(form, str):
        return ()
    known = usual_name(form)
    return (*FORMATS.get(known, UNKNOWN).lawful, *MORE_TEXTS.get(known, ()))


def _formed(said: str, text: str) -> Iterator[str]:
    """What a pattern says, with a part of a text of a format after, before or within it."""
    yield from (said + text[at:] for at in range(len(text)))
    for at in range(len(said) + 1):
        parts = (text[at:end] for end in range(at + 1, len(text) + 1))
        yield from (said[:at] + part + said[at:] for part in parts)


def _joined(several: list[list[str]], least: int) -> Iterator[str]:
    """Texts of several patterns in a row, in each order; up to a length, more after the first."""
    for order in permutations(several[:4]):
        for first, *others in islice(product(*order), 4):
            rest = "".join(others)
            room = least - len(first) - len(rest)
            if not 0 < room <= 10_000:
                yield first + rest
            else:
                yield from (f"{first}{more * room}{rest}" for more in (first[-1:], rest[:1], "a"))


def lengthened(text: str, least: int) -> str:
    """A text of a format with more in the middle, where most formats have room."""
    room = max(least - len(text), 0)
    if not 0 < room < 10_000:
        return text
    filling = ".".join(["a" * 30] * (room // 31 + 1))[: room + 1].strip(".")
    before, at, after = text.partition("@")
    if at:
        return f"{before}@{filling}a.{after}"
    return f"{text.partition('#')[0]}/{filling}" if "/" in text else f"{filling}a.{text}"


def from_pattern(pattern: str, most: int, least: int = 0, longest: int | None = None) -> list[str]:
    """Texts of a pattern, of a length, the shortest first; none where none are known."""
    fitting = [
        text
        for text in texts_of(pattern)
        if least <= len(text) and (longest is None or len(text) <= longest)
    ]
    return fitting[:most]


# By the text of a schema, what was drawn for it: many operations ask for the same in vain.
_known: OrderedDict[str, list[Any]] = OrderedDict()


def _drawn(place: Place) -> list[Any]:
    """The last resort: values that are put together at random of all that the schema names."""
    _, text = with_what_is_meant(place.schema)
    if len(text) > LARGE:
        return []
    if text not in _known:
        _known[text] = _drawn_anew(place)
        if len(_known) > 1_000:
            _known.popitem(last=False)
    return _known[text]


def _drawn_anew(place: Place) -> list[Any]:
    texts = [text for pattern in _patterns(place.schema) for text in from_pattern(pattern, 3)]
    scalars = [*mined(place.schema), *_NUMBERS[:12], *texts, "a", "b1", "", True, False, None]
    names = [*_names(place.schema), *texts, "a", "b", "c"]
    return next(([v] for v in values_of(scalars, names, MOST_DRAWN) if place.fits(v)), [])


def _patterns(node: Any) -> list[str]:
    """The first few expressions that a schema has anywhere, those of names included."""
    found: list[str] = []
    for key, value in node.items() if isinstance(node, dict) else ():
        if key == "pattern" and isinstance(value, str):
            found.append(value)
        elif key == "patternProperties" and isinstance(value, dict):
            found += value
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            found += _patterns(inner)
    return found[:6]


def _names(node: Any) -> list[str]:
    """The names of members that a schema speaks of anywhere."""
    found: list[str] = []
    if isinstance(node, dict):
        properties, required = node.get("properties"), node.get("required")
        found += properties if isinstance(properties, dict) else ()
        found += (
            (name for name in required if isinstance(name, str))
            if isinstance(required, list)
            else ()
        )
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            found += _names(inner)
    return list(dict.fromkeys(found))[:40]


def _objects(place: Place) -> Iterator[Any]:
    """Objects as the model of bodies finds them."""
    from clausewise.values.bodies import BodyModel
    from clausewise.values.members import members_of
    from clausewise.values.values import Level

    if not members_of(place):
        yield {}
        return
    model = BodyModel(place, {})
    least = model.completed({}, place.fits)
    if least is not None:
        yield model.build(least)
        for at, factor in islice(model.factors.items(), 40):
            for level in factor.levels[:4]:
                yield model.build(model.assigned({**least, at: level}))
        for at, factor in islice(model.factors.items(), _FEW):
            for value in [] if factor.container else values_found(factor.place, 3 * _FEW):
                other = Level("its own value", value, "type")
                yield model.build(model.assigned({**least, at: other}))


def _arrays(place: Place) -> Iterator[Any]:
    """Arrays of the sizes that a place asks for, with what it has to contain."""
    from clausewise.values.arrays import array_items

    least = max([p.value for p in place.assertions if p.keyword == "minItems"], default=0)
    unique = place.is_unique
    for size in (least, least + 1, 1, 0, len(place.prefix)):
        items = array_items(place, size, unique)
        if items is not None:
            yield items


def contained(place: Place) -> list[Any]:
    """What an array has to begin with so that it contains what `contains` asks for."""
    held: list[Any] = []
    for promise in place.assertions:
        rule = promise.rule or {}
        least = rule.get("minContains", 1)
        if promise.keyword != "contains" or not 0 < least <= 1_000:
            continue
        if sum(1 for item in held if _fits(promise.value, place, item)) >= least:
            continue
        both = [promise.value, *([place.items.schema] if place.items is not None else [])]
        inner = place_of({"allOf": both} if len(both) > 1 else both[0], place)
        unique = place.is_unique
        values = values_found(inner, least if unique else 1)
        if values:
            held += [values[index % len(values)] for index in range(least)]
    return held


def _fits(schema: Any, around: Place, value: Any) -> bool:
    return place_of(schema, around).fits(value)


def place_of(schema: Any, around: Place) -> Place:
    """A schema that is not laid out as a place, as one; `$ref`s are those of the place around."""
    definitions = around.schema.get("$defs")
    document = (
        {**schema, "$defs": definitions} if definitions and isinstance(schema, dict) else schema
    )
    key = f"place {id(schema)}"
    if key not in around.memo:
        made = read_places(Schema(document if isinstance(document, dict) else {}), "request")
        _deepen(made, around.memo.get("depth", 0))
        # The schema is kept with it: its identity is the key.
        around.memo[key] = made, schema
    place: Place = around.memo[key][0]
    return place


def _deepen(place: Place, depth: int) -> None:
    for inner in place.walk():
        inner.memo["depth"] = depth


_entered: OrderedDict[tuple[int, int], tuple[Any, Place]] = OrderedDict()


def within(place: Place) -> Iterator[Any]:
    """Values of the schema around that a `$ref` leads back to, entered a few times at most."""
    for target in targets(place):
        yield from values_found(target, 3)


def targets(place: Place) -> Iterator[Place]:
    """The schemas around that the `$ref`s of a place lead back to, entered a few times at most."""
    depth = place.memo.get("depth", 0) + 1
    definitions = place.schema.get("$defs")
    for promise in place.assertions:
        if promise.keyword != "$ref" or not isinstance(definitions, dict):
            continue
        name = str(promise.value).rpartition("/")[2]
        target = definitions.get(name)
        if not isinstance(target, dict) or depth > (1 if len(str(target)) > LARGE else DEEPEST):
            continue
        # All messages have it alike: of what stands beside it, only what it refers to counts.
        key = (id(target), depth)
        if key not in _entered:
            schema, _ = with_what_is_meant({**target, "$defs": definitions})
            made = read_places(Schema(schema), "request")
            _deepen(made, depth)
            _entered[key] = target, made
            if len(_entered) > 1_000:
                _entered.popitem(last=False)
        yield _entered[key][1]
