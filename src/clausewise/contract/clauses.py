"""Clauses: the promises of an operation, each with a stable id (design, section 1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple

from clausewise.contract.documents import Source
from clausewise.contract.ids import clause_id
from clausewise.contract.message import Message
from clausewise.contract.places import Place, Promise
from clausewise.contract.schemas import Direction, Schema
from clausewise.pointer import unescape

Group = Literal["request", "reply", "envelope", "transport", "rules"]
# A list of values that is longer is no sentence that anybody reads; all have some hundreds.
MOST_LISTED = 1_000
GROUPS: tuple[Group, ...] = ("request", "reply", "envelope", "transport", "rules")


@dataclass(frozen=True, slots=True)
class Clause:
    """One documented promise that can be kept or broken by itself.

    `part` is the message it is about (`request`, `path`, `query`, `200`, `4XX`, …) or the kind of
    promise (`auth`, `status`, `rule`). `pointer` is where the value stands in the message.
    `sites` are the keywords in the message's schema that together say it; `sources` where each
    is written; `documented` the tags of the documents it came from. `at` is where it stands in the
    whole request, for clauses of requests. A soft clause warns only; `untestable` says why nothing
    can be known of one.
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

    @property
    def source(self) -> Source | None:
        """Where it is written first."""
        return self.sources[0] if self.sources else None

    @property
    def short_id(self) -> str:
        """The id within its operation."""
        return self.id.removeprefix(f"{self.operation}:")


class Address(NamedTuple):
    """Where a pointer of a message stands in clause ids: part, pointer there, and its name."""

    part: str
    pointer: str | None
    name: str


def message_clauses(
    operation: str,
    message: Message,
    address: Callable[[str, str], Address | None],
) -> Iterator[Clause]:
    """The clauses of one message, in document order.

    `address` says of a pointer and keyword how ids name it; None for what is no promise.
    """
    schema, direction = message.schema, message.direction
    promises_by_key: dict[tuple[str, str], list[Promise]] = {}
    for promise in _in_order(message.place, direction):
        promises_by_key.setdefault(promise.key, []).append(promise)
    for (at, keyword), promises in promises_by_key.items():
        named = address(at, keyword)
        if named is None:
            continue
        sites = tuple(dict.fromkeys(promise.site for promise in promises))
        yield Clause(
            id=clause_id(operation, named.part, named.pointer, keyword),
            operation=operation,
            part=named.part,
            pointer=named.pointer,
            keyword=keyword,
            group=_group(named.part, named.pointer or "", direction),
            promise=_text(named.name, keyword, promises),
            sources=tuple(_sources(schema, sites)),
            documented=_tag(schema, sites[0]),
            sites=sites,
            at=at if direction == "request" else None,
        )


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
            if direction == "request" and left_out and not member.notes.get(foreign):
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


def _optional(member: Place) -> Promise:
    # The site is the member's own entry: dropping it drops what is said of the member.
    return Promise(member.pointer, "optional", None, member.site, {})


def _sources(schema: Schema, sites: Iterable[str]) -> Iterator[Source]:
    for site in sites:
        if site in schema.sources:
            yield schema.sources[site]


def _tag(schema: Schema, site: str) -> str | None:
    """The nearest enclosing `x-source`."""
    while True:
        if site in schema.tags:
            return schema.tags[site]
        if not site:
            return None
        site = site.rpartition("/")[0]


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


_PHRASES = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "pattern": "matches the pattern {}",
    "format": "a valid {}",
    "const": "always {}",
    "uniqueItems": "free of repeated items",
}
_COUNTED = {
    "minLength": ("at least", "character"),
    "maxLength": ("at most", "character"),
    "minItems": ("at least", "item"),
    "maxItems": ("at most", "item"),
    "minProperties": ("at least", "member"),
    "maxProperties": ("at most", "member"),
}


def _text(name: str, keyword: str, promises: list[Promise]) -> str:
    value: Any = promises[0].value
    if keyword == "type":
        words = [value] if isinstance(value, str) else list(value)
        return f"{name} is {_or(['null' if word == 'null' else _article(word) for word in words])}"
    if keyword == "enum":
        values: dict[str, None] = {}
        for promise in promises:
            for item in promise.value if promise.site.endswith("/enum") else [promise.value]:
                values[_said(item)] = None
        told = [*islice(values, MOST_LISTED)]
        if len(values) > len(told):
            told.append(f"one of {len(values) - len(told)} more")
        return f"{name} is {_or(told)}"
    if keyword == "required":
        return f"{name} is required"
    if keyword == "optional":
        return f"{name} may be left out"
    if keyword == "writeOnly":
        return f"{name} never comes back"
    if keyword == "oneOf":
        return f"{name} has exactly one of {len(value)} documented forms"
    if keyword == "additionalProperties":
        return f"{name} has no undocumented members"
    if keyword in _COUNTED:
        limit, unit = _COUNTED[keyword]
        return f"{name} has {limit} {value} {unit}{'' if value == 1 else 's'}"
    if keyword in _PHRASES:
        joint = "" if keyword == "pattern" else "is "
        return f"{name} {joint}{_PHRASES[keyword].format(_said(value))}"
    if keyword == "$ref":
        return f"{name} is once more what stands around it"
    return f"{name} keeps `{keyword}`"


def _said(value: Any) -> str:
    """A value as the documents write it; what is no plain word as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _or(words: list[str]) -> str:
    if not words:
        return "nothing at all"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
