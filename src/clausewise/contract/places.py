"""The places of a message, laid out.

A place gathers every schema fragment that speaks of one instance pointer: through `$ref`,
`allOf` and repeated mention. Alternatives (`oneOf`, `anyOf`) keep places of their own, one a
branch. `*` in a pointer stands for any array item or free key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from clausewise.contract.foreign import FOREIGN
from clausewise.contract.formats import is_remark
from clausewise.contract.keywords import (
    ASSERTIONS,
    COUNTS,
    KEYWORDS,
    NAMES,
    NOTES,
    SHAPE,
    UNSENDABLE,
    Direction,
)
from clausewise.contract.place import Choice, Extra, Place, Promise
from clausewise.contract.schemas import Ignored, Schema
from clausewise.pointer import escape


def read_places(schema: Schema, direction: Direction, pointer: str = "", site: str = "") -> Place:
    """Lay out the places of one message; those of one schema are laid out once.

    `pointer` and `site` are where the message and its schema stand in a whole that it is a part of.
    """
    key = f"places {direction} {pointer} {site}"
    if key not in schema.memo:
        schema.memo[key] = _PlaceReader(schema, direction, site).whole(pointer, site)
    place: Place = schema.memo[key]
    return place


_Fragment = tuple[str, dict[str, Any]]


class _PlaceReader:
    def __init__(self, schema: Schema, direction: Direction, site: str) -> None:
        self.schema = schema
        self.definitions = schema.document.get("$defs")
        self.direction = direction
        self.ignored: dict[str, list[Ignored]] = {}
        for one in schema.ignored:
            if one.lost and _makes_a_clause(one.keyword):
                at = f"{site}{one.pointer}"
                self.ignored.setdefault(at.rpartition("/")[0], []).append(replace(one, pointer=at))
        # By identity, whether an object of the schema refers to another.
        self._refers: dict[int, bool] = {}

    def whole(self, pointer: str, site: str) -> Place:
        """The place of the whole schema; where that was put together, of its parts' places."""
        body = {key: value for key, value in self.schema.document.items() if key != "$defs"}
        if not self.schema.parts:
            return self.read(pointer, [(site, body)])
        place = Place(pointer, site, self.rule(body))
        self._read_keywords(place, site, body)
        for name, part in self.schema.parts.items():
            step = escape(name)
            place.members[name] = read_places(
                part, self.direction, f"{pointer}/{step}", f"{site}/properties/{step}"
            )
        return place

    def rule(self, parts: dict[str, Any]) -> dict[str, Any]:
        """A self-contained schema of these keywords."""
        if self.definitions and self._has_references(parts):
            return {**parts, "$defs": self.definitions}
        return parts

    def _has_references(self, node: Any) -> bool:
        inner = node.values() if isinstance(node, dict) else node
        return (isinstance(node, dict) and "$ref" in node) or any(
            self._has_references_within(part) for part in inner if isinstance(part, dict | list)
        )

    def _has_references_within(self, node: Any) -> bool:
        """The same of what the schema has, found out once."""
        known = self._refers.get(id(node))
        if known is None:
            known = self._refers[id(node)] = self._has_references(node)
        return known

    def read(self, pointer: str, fragments: list[_Fragment]) -> Place:
        fragments = list(_flat(fragments))
        bodies = [body for _, body in fragments]
        whole = bodies[0] if len(bodies) == 1 else {"allOf": bodies}
        place = Place(pointer, fragments[0][0], self.rule(whole))
        for site, body in fragments:
            self._read_keywords(place, site, body)
            for note in NOTES:
                # Of a reply, what is read-only is nothing special.
                if note in body and not (note == "readOnly" and self.direction == "reply"):
                    place.notes.setdefault(note, body[note])
        if self.direction == "reply" and place.notes.get("writeOnly"):
            marked = next(site for site, body in fragments if "writeOnly" in body)
            place.hidden = Promise(pointer, "writeOnly", True, f"{marked}/writeOnly")
        self._read_members(place, fragments)
        self._read_items(place, fragments)
        self._read_choices(place, fragments)
        self._hide_in_branches(place)
        return place

    def _hide_in_branches(self, place: Place) -> None:
        """What the whole object marks for the other direction, no branch asks anything of."""
        foreign = FOREIGN[self.direction]
        for name, member in place.members.items():
            if member.notes.get(foreign):
                for choice in place.choices:
                    for branch in choice.branches:
                        branch.members.pop(name, None)

    def _read_keywords(self, place: Place, site: str, body: dict[str, Any]) -> None:
        pointer = place.pointer
        ignored = self.ignored.get(site, ())
        for one in ignored:
            place.untestable += (_untestable(pointer, one),)
        lost = {one.keyword for one in ignored} | ({"not"} if UNSENDABLE in body else set())
        if "type" in body:
            rule = {"type": body["type"]}
            place.types += (Promise(pointer, "type", body["type"], f"{site}/type", rule),)
        for keyword in ASSERTIONS:
            if keyword not in body or keyword in lost or _says_nothing(keyword, body[keyword]):
                continue
            together = {keyword: body[keyword]}
            for companion in KEYWORDS[keyword].companions:
                if companion in body and keyword.startswith("unevaluated"):
                    together[companion] = _names_only(companion, body[companion])
                elif companion in body:
                    together[companion] = body[companion]
            rule = self.rule(together)
            promise = Promise(pointer, keyword, body[keyword], f"{site}/{keyword}", rule)
            place.assertions += (promise,)
        self._read_required(place, site, body)
        self._read_closed(place, site, body)

    def _read_required(self, place: Place, site: str, body: dict[str, Any]) -> None:
        for name in body.get("required") or []:
            promises = place.required.setdefault(name, [])
            if SHAPE not in body:  # of a discriminator no document says that it is required
                at = f"{site}/required/{escape(name)}"
                member = f"{place.pointer}/{escape(name)}"
                promises.append(Promise(member, "required", name, at, {"required": [name]}))

    def _read_closed(self, place: Place, site: str, body: dict[str, Any]) -> None:
        pointer = place.pointer
        for keyword in ("additionalProperties", "items"):
            if body.get(keyword) is False:
                beside = ("properties", "patternProperties", "prefixItems")
                closed: dict[str, Any] = {keyword: False}
                closed |= {key: _names_only(key, body[key]) for key in beside if key in body}
                promise = Promise(pointer, keyword, False, f"{site}/{keyword}", closed)
                place.assertions += (promise,)

    def _read_members(self, place: Place, fragments: list[_Fragment]) -> None:
        found: dict[str, list[_Fragment]] = {}
        for site, body in fragments:
            named = body.get("properties") or {}
            patterns = body.get("patternProperties") or {}
            for name, inner in named.items():
                found.setdefault(name, []).append((f"{site}/properties/{escape(name)}", inner))
            free = f"{place.pointer}/*"
            for pattern, inner in patterns.items():
                at = f"{site}/patternProperties/{escape(pattern)}"
                inside = self.read(free, [(at, inner)])
                place.extras += (Extra(frozenset(), (), pattern, inside),)
            extra = body.get("additionalProperties")
            if isinstance(extra, dict) and extra:
                inside = self.read(free, [(f"{site}/additionalProperties", extra)])
                place.extras += (Extra(frozenset(named), tuple(patterns), None, inside),)
        for name, inner_fragments in found.items():
            place.members[name] = self.read(f"{place.pointer}/{escape(name)}", inner_fragments)

    def _read_items(self, place: Place, fragments: list[_Fragment]) -> None:
        """Items by position, then all others; a fragment's `items` begins after its own prefix."""
        most = max(len(body.get("prefixItems") or []) for _, body in fragments)
        for index in range(most + 1):
            found: list[_Fragment] = []
            for site, body in fragments:
                prefix = body.get("prefixItems") or []
                if index < len(prefix):
                    found.append((f"{site}/prefixItems/{index}", prefix[index]))
                elif isinstance(body.get("items"), dict):
                    found.append((f"{site}/items", body["items"]))
            if index < most:
                inner = self.read(f"{place.pointer}/{index}", found or [("", {})])
                place.prefix += (inner,)
            elif found:
                place.items = self.read(f"{place.pointer}/*", found)

    def _read_choices(self, place: Place, fragments: list[_Fragment]) -> None:
        for site, body in fragments:
            for keyword in ("oneOf", "anyOf"):
                if keyword not in body:
                    continue
                at = f"{site}/{keyword}"
                branches = [
                    self.read(place.pointer, [(f"{at}/{index}", inner)])
                    for index, inner in enumerate(body[keyword])
                ]
                discriminators = _discriminators(branches)
                for name in discriminators:
                    for branch in branches:
                        _merge_into_enum(branch.members.get(name))
                rule = self.rule({keyword: body[keyword]})
                promise = Promise(place.pointer, keyword, body[keyword], at, rule)
                told = body.get(NAMES) if keyword == "oneOf" else None
                names = (told["member"], told["values"]) if told else None
                choice = Choice(keyword, promise, branches, discriminators, names)
                place.choices += (choice,)


def _names_only(keyword: str, value: Any) -> Any:
    """What a keyword says of which members and items there are; of their values others speak."""
    if keyword in ("properties", "patternProperties"):
        return {name: {} for name in value}
    if keyword == "prefixItems":
        return [{} for _ in value]
    if keyword == "allOf":
        return [{key: _names_only(key, inner) for key, inner in part.items()} for part in value]
    return value


def _makes_a_clause(keyword: str) -> bool:
    closes = ("type", "additionalProperties", "items", "oneOf", "anyOf")
    return keyword.endswith("Ref") or keyword in ASSERTIONS or keyword in closes


def _untestable(pointer: str, ignored: Ignored) -> Promise:
    # All other names of a reference make the clause of one.
    keyword = "$ref" if ignored.keyword.endswith("Ref") else ignored.keyword
    return Promise(pointer, keyword, ignored.value, ignored.pointer, untestable=str(ignored))


def _says_nothing(keyword: str, value: Any) -> bool:
    """Whether every value keeps a keyword of this value."""
    if keyword == "format":
        return is_remark(value)
    if keyword == "uniqueItems":
        return value is False
    return keyword in COUNTS and KEYWORDS[keyword].limit == "least" and value == 0


def _flat(fragments: list[_Fragment]) -> Iterator[_Fragment]:
    """The fragments with every `allOf` opened up."""
    for site, body in fragments:
        yield site, body
        parts = body.get("allOf") or []
        yield from _flat([(f"{site}/allOf/{index}", part) for index, part in enumerate(parts)])


def _values(place: Place | None) -> tuple[str, ...] | None:
    """The values that `const` or `enum` leaves at a place, as JSON."""
    for promise in place.assertions if place else []:
        if promise.site.endswith("/const"):
            return (json.dumps(promise.value),)
        if promise.site.endswith("/enum"):
            return tuple(json.dumps(value) for value in promise.value)
    return None


def _discriminators(branches: list[Place]) -> tuple[str, ...]:
    names: dict[str, set[tuple[str, ...]]] = {}
    counts: dict[str, int] = {}
    for branch in branches:
        for name, member in branch.members.items():
            values = _values(member)
            if values is not None:
                names.setdefault(name, set()).add(values)
                counts[name] = counts.get(name, 0) + 1
    return tuple(name for name, sets in names.items() if counts[name] > 1 and len(sets) > 1)


def _merge_into_enum(place: Place | None) -> None:
    """A discriminator's `const` in a branch is a part of one promise: the set of its values."""
    for promise in place.assertions if place else []:
        if promise.keyword == "const":
            promise.keyword = "enum"
