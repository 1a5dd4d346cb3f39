"""Clauses: the promises of an operation, each with a stable id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from clausewise.contract.ids import clause_id
from clausewise.contract.keywords import COUNTS, KEYWORDS
from clausewise.contract.levels import level_of
from clausewise.contract.message import MessagePart
from clausewise.contract.place import Place, Promise
from clausewise.contract.schemas import Direction, Schema
from clausewise.contract.source import Source
from clausewise.options import Level
from clausewise.pointer import escape, unescape

Group = Literal["request", "reply", "envelope", "transport", "rules"]
# A list of values that is longer is no sentence that anybody reads; all have some hundreds.
MOST_LISTED = 1_000
GROUPS: tuple[Group, ...] = ("request", "reply", "envelope", "transport", "rules")


class Clause(Struct, frozen=True):
    """One documented promise that can be kept or broken by itself.

    `part` is the message it is about (`request`, `path`, `query`, `200`, `4XX`, …) or the kind of
    promise (`auth`, `status`, `rule`). `pointer` is where the value stands in the message.
    `sites` are the keywords in the message's schema that together say it; `sources` where each
    is written; `documented` the tags of the documents it came from. `at` is where it stands in the
    whole request, for clauses of requests. A soft clause warns only; `untestable` says why nothing
    can be known of one. `value` is what the keyword says, as the documents have it: 1920 of
    `maximum`, the list of an `enum`; None where the promise has no value of its own. Where several
    schemas say the keyword of one place, it is what the first one says. `declared_level` is the
    level of fidelity that a rule says it is about.
    """

    id: str
    operation: str
    part: str
    pointer: str | None
    keyword: str
    group: Group
    promise: str
    sources: tuple[Source, ...] = ()
    documented: str | None = None
    sites: tuple[str, ...] = ()
    soft: bool = False
    at: str | None = None
    untestable: str | None = None
    value: Any = None
    declared_level: Level | None = None

    def __hash__(self) -> int:
        return hash(self.id)  # a value may be a list

    @property
    def level(self) -> Level:
        """The level of fidelity that it belongs to."""
        return self.declared_level or level_of(self.part, self.keyword)

    @property
    def source(self) -> Source | None:
        """Where it is written first."""
        return self.sources[0] if self.sources else None

    @property
    def short_id(self) -> str:
        """The id within its operation."""
        return self.id.removeprefix(f"{self.operation}:")


class ClausePlace(NamedTuple):
    """Where a pointer of a message stands in clause ids: part, pointer there, and its name."""

    part: str
    pointer: str | None
    name: str


def message_clauses(
    operation: str,
    message: MessagePart,
    address: Callable[[str, str], ClausePlace | None],
) -> Iterator[Clause]:
    """The clauses of one message, in document order.

    `address` says of a pointer and keyword how ids name it; None for what is no promise.
    """
    direction = message.direction
    for one in _said_by(message.place, message.schema, direction, ""):
        named = address(one.pointer, one.keyword)
        if named is None:
            continue
        yield Clause(
            id=clause_id(operation, named.part, named.pointer, one.keyword),
            operation=operation,
            part=named.part,
            pointer=named.pointer,
            keyword=one.keyword,
            group=_group(named.part, named.pointer or "", direction),
            promise=f"{named.name} {one.promise}",
            sources=one.sources,
            documented=one.documented,
            sites=one.sites,
            at=one.pointer if direction == "request" else None,
            untestable=one.untestable,
            value=one.value,
        )


class _Said(NamedTuple):
    """What clauses of one schema say, whichever operation they belong to."""

    pointer: str
    keyword: str
    promise: str
    sources: tuple[Source, ...]
    documented: str | None
    sites: tuple[str, ...]
    untestable: str | None
    value: Any


def _said_by(place: Place, schema: Schema, direction: Direction, site: str) -> list[_Said]:
    """The clauses of one schema, made once: many operations may share it.

    `site` is where the schema stands in the whole that it is a part of.
    """
    key = f"clauses of {direction} {id(place)}"
    if key not in schema.memo:
        if schema.parts:
            found = _said_by_parts(place, schema, direction, site)
        else:
            found = _grouped(_in_order(place, direction), schema, site)
        schema.memo[key] = place, found
    said: list[_Said] = schema.memo[key][1]
    return said


def _said_by_parts(place: Place, schema: Schema, direction: Direction, site: str) -> list[_Said]:
    """The clauses of an object that was put together: its own, then those of each member."""
    found = _grouped(place.promises(), schema, site)
    for name, part in schema.parts.items():
        member = place.members[name]
        left_out = direction == "request" and name not in place.required
        if left_out and not member.notes.get("readOnly") and not _is_barred(member):
            found += _grouped([_optional(member)], schema, site)
        found += _said_by(member, part, direction, f"{site}/properties/{escape(name)}")
    return found


def _grouped(promises: Iterable[Promise], schema: Schema, site: str) -> list[_Said]:
    """A clause for each place and keyword of promises."""
    found: dict[tuple[str, str], list[Promise]] = {}
    for promise in promises:
        found.setdefault(promise.key, []).append(promise)
    return [_said_of(some, schema, site) for some in found.values()]


def _said_of(promises: list[Promise], schema: Schema, around: str) -> _Said:
    testable = [promise for promise in promises if promise.untestable is None]
    pointer, keyword = promises[0].key
    sites = tuple(dict.fromkeys(promise.site for promise in testable or promises))
    # Where they stand in the schema itself.
    own = [site.removeprefix(around) for site in sites]
    return _Said(
        pointer,
        keyword,
        _text(keyword, testable or promises, schema.written, around),
        tuple(_sources(schema, own)),
        _tag(schema, own[0]),
        sites,
        None if testable else promises[0].untestable,
        _value(keyword, testable) if testable else promises[0].value,
    )


# Promises that no keyword says, or whose keyword has nothing to say of this place.
_WITHOUT_VALUE = ("required", "optional", "readOnly", "writeOnly", "$ref")


def _value(keyword: str, promises: list[Promise]) -> Any:
    """What a keyword says. An enum that several schemas make together has the values of all."""
    if keyword in _WITHOUT_VALUE:
        return None
    return _values_of(promises) if keyword == "enum" else promises[0].value


def _values_of(promises: list[Promise]) -> list[Any]:
    """The values of an enum, each once; a `const` of a branch is one of them."""
    values: dict[str, Any] = {}
    for promise in promises:
        for item in promise.value if promise.site.endswith("/enum") else [promise.value]:
            values.setdefault(json.dumps(item, sort_keys=True), item)
    return list(values.values())


def _in_order(place: Place, direction: Direction) -> Iterator[Promise]:
    """Every promise of a message: a place's own ones, then its members'."""
    foreign = "readOnly" if direction == "request" else "writeOnly"
    seen: set[int] = set()

    def at(place: Place, around: frozenset[str] = frozenset()) -> Iterator[Promise]:
        if id(place) in seen:
            return
        seen.add(id(place))
        if place.notes.get(foreign):
            if place.hidden is not None:
                yield place.hidden
            return
        yield from place.promises()
        for choice in place.choices:
            for branch in choice.branches:
                yield from branch.promises()
        for name, member in place.members.items():
            left_out = name not in place.required and name not in around
            may_be = not member.notes.get(foreign) and not _is_barred(member)
            if direction == "request" and left_out and may_be:
                yield _optional(member)
            yield from at(member)
        for extra in place.extras:
            yield from at(extra.place)
        for item in (*place.prefix, *([place.items] if place.items else [])):
            yield from at(item)
        for choice in place.choices:
            for branch in choice.branches:
                yield from at(branch, around | place.members.keys() | place.required.keys())

    return at(place)


def _is_barred(member: Place) -> bool:
    """Whether a member may never be there: that it may be left out says nothing then."""
    return member.schema.get("not") == {} and not member.untestable


def _optional(member: Place) -> Promise:
    # The site is the member's own entry: dropping it drops what is said of the member.
    nowhere = next((p.untestable for p in member.untestable if p.keyword == "$ref"), None)
    return Promise(member.pointer, "optional", None, member.site, {}, nowhere)


def _sources(schema: Schema, sites: Iterable[str]) -> Iterator[Source]:
    for site in sites:
        source = schema.sources.get(site)
        if source is not None:
            yield source


def _tag(schema: Schema, site: str) -> str | None:
    """The nearest enclosing `x-source`."""
    while schema.tags:
        tag = schema.tags.get(site)
        if tag is not None or not site:
            return tag
        site = site.rpartition("/")[0]
    return None


def _group(part: str, pointer: str, direction: Direction) -> Group:
    if part == "path":
        return "transport"
    if part.endswith(":header"):
        return "transport"
    if direction == "request":
        return "request"
    # The envelope is what stands around the data, and all of an error.
    if pointer.count("/") <= 1 or not part.startswith("2"):
        return "envelope"
    return "reply"


def pointer_name(pointer: str) -> str:
    """A pointer as people read it."""
    return unescape(pointer) if pointer else "the body"


def _text(keyword: str, promises: list[Promise], written: Mapping[str, str], around: str) -> str:
    """A promise in words, as the end of a sentence about the value."""
    value: Any = promises[0].value
    if promises[0].untestable is not None and keyword != "optional":
        return f"keeps `{keyword}`"
    if keyword == "pattern":
        value = written.get(promises[0].site.removeprefix(around), value)
    if keyword == "type":
        return (
            f"is {_or(['null' if word == 'null' else _article(word) for word in _types(promises)])}"
        )
    if keyword == "enum":
        values = dict.fromkeys(map(_said, _values_of(promises)))
        told = [*islice(values, MOST_LISTED)]
        if len(values) > len(told):
            told.append(f"one of {len(values) - len(told)} more")
        return f"is {_or(told)}"
    if keyword == "required":
        return "is required"
    if keyword == "optional":
        return "may be left out"
    if keyword == "writeOnly":
        return "never comes back"
    if keyword == "oneOf":
        return f"has exactly one of {len(value)} documented forms"
    phrase = KEYWORDS[keyword].phrase if keyword in KEYWORDS else None
    if phrase is not None:
        # Of one of a kind there is no plural.
        plural = "s" if keyword in COUNTS and value != 1 else ""
        return f"{phrase.format(_said(value))}{plural}"
    return f"keeps `{keyword}`"


def _types(promises: list[Promise]) -> list[str]:
    """The types that the first schema of a place allows, and the other branches of its choice."""
    first = promises[0].site.split("/")
    found: dict[str, None] = {}
    for promise in promises:
        site = promise.site.split("/")
        apart = next((n for n, (a, b) in enumerate(zip(first, site, strict=False)) if a != b), 0)
        if promise is promises[0] or first[apart - 1] in ("anyOf", "oneOf"):
            value = promise.value
            found |= dict.fromkeys([value] if isinstance(value, str) else value)
    return list(found)


def _said(value: Any) -> str:
    """A value as the documents write it; what is no plain word as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _or(words: list[str]) -> str:
    if not words:
        return "nothing at all"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
