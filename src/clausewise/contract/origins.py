"""Where each keyword of a schema that was put together came from, told when somebody asks.

A message has thousands of keywords, and few of them are ever looked up. So for each object of the
finished schema only the object that it was made of is kept; a JSON Pointer into the schema then
leads to the file and the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.contract.documents import Documents
from clausewise.contract.keywords import NOTES
from clausewise.contract.source import Source
from clausewise.contract.unknown import mark
from clausewise.cutting import brief
from clausewise.pointer import escape, step_into, unescape

T = TypeVar("T")


class Ignored(Struct, frozen=True):
    """A keyword that could not be read, or that nobody can check.

    `pointer` is its JSON Pointer in the schema of the message, `value` what is written there,
    `reason` the end of a sentence about the keyword, and `source` where it stands. `lost` tells
    whether its clause is not tested; else it was read as it was meant.
    """

    pointer: str
    keyword: str
    value: Any
    reason: str
    source: Source | None
    lost: bool

    def __str__(self) -> str:
        return f"`{brief(self.keyword)}` {brief(self.reason)}"


class _Origin(Struct):
    """Of one object of the schema: the objects it was made of, each with the keys that changed."""

    # Kept, so that nothing else is ever known by its identity.
    made: dict[str, Any]
    parts: list[tuple[dict[str, Any], Mapping[str, str]]] = field(default_factory=list)
    tag: str | None = None
    ignored: list[Ignored] = field(default_factory=list)


class Origins:
    """What the objects of one schema were made of."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self._of: dict[int, _Origin] = {}
        self._has_ignored = False
        self._has_tags = False

    def note(
        self,
        made: dict[str, Any],
        part: dict[str, Any],
        spelt: Mapping[str, str] | None = None,
        tag: str | None = None,
    ) -> None:
        """Note what an object was made of; `spelt` has the keys of it that are others there."""
        origin = self._origin(made)
        origin.parts.append((part, spelt or {}))
        origin.tag = tag
        self._has_tags = self._has_tags or tag is not None

    def derived(self, made: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
        """The same object with more in it."""
        result = {**made, **more}
        old, new = self._origin(made), self._origin(result)
        new.parts, new.tag, new.ignored = list(old.parts), old.tag, list(old.ignored)
        return result

    def ignore(
        self,
        made: dict[str, Any],
        part: dict[str, Any],
        keyword: str,
        reason: str,
        lost: bool = True,
        at: str | None = None,
    ) -> None:
        """Note that a keyword of `part` is not in the object that was made of it."""
        self._has_ignored = True
        if lost and (keyword == "format" or keyword not in NOTES):
            mark(made, keyword if at is None else "", f"`{brief(keyword)}` {brief(reason)}")
        source = self.documents.source(part, keyword)
        pointer = at or f"/{escape(keyword)}"
        told = Ignored(pointer, keyword, part.get(keyword), reason, source, lost)
        self._origin(made).ignored.append(told)

    def lose(self, made: dict[str, Any], keyword: str, reason: str) -> None:
        """Take a keyword out of an object that was made, and note that it is ignored."""
        parts = (part for part, _ in reversed(self._origin(made).parts) if keyword in part)
        part = next(parts, {keyword: made[keyword]})
        del made[keyword]
        self.ignore(made, part, keyword, reason)

    def ignored(self, document: dict[str, Any]) -> tuple[Ignored, ...]:
        """All that was ignored in a finished schema, with pointers into it."""
        if not self._has_ignored:
            return ()
        found = []
        for site, node in _objects(document):
            origin = self._of.get(id(node))
            for one in origin.ignored if origin is not None else ():
                found.append(replace(one, pointer=site + one.pointer))
        return tuple(found)

    def told(
        self, document: dict[str, Any]
    ) -> tuple[Mapping[str, Source], Mapping[str, str], Mapping[str, str]]:
        """By pointer: where keywords are written, the tags of schemas, how patterns are written.

        Tags are of the documents that a schema was taken from (`x-source`).
        """
        walk = _Walk(document)
        return (
            _Lazy(document, lambda site: self._source(walk, site)),
            _Lazy(document, lambda site: self._tag(walk, site)) if self._has_tags else {},
            _Lazy(document, lambda site: self._written(walk, site)),
        )

    def _origin(self, made: dict[str, Any]) -> _Origin:
        origin = self._of.get(id(made))
        if origin is None:
            origin = self._of[id(made)] = _Origin(made)
        return origin

    def _source(self, walk: _Walk, site: str) -> Source | None:
        holder, key = walk.holder(site)
        origin = self._of.get(id(holder))
        for part, spelt in reversed(origin.parts) if origin is not None else ():
            source = self.documents.source(part, spelt.get(key, key))
            if source is not None:
                return source
        return None

    def _written(self, walk: _Walk, site: str) -> str | None:
        holder, _ = walk.holder(site)
        origin = self._of.get(id(holder))
        for part, _ in reversed(origin.parts) if origin is not None else ():
            if isinstance(part.get("pattern"), str):
                text: str = part["pattern"]
                return text
        return None

    def _tag(self, walk: _Walk, site: str) -> str | None:
        """The tag of the schema at a pointer, and of no other around it."""
        origin = self._of.get(id(walk.at(site)))
        return origin.tag if origin is not None else None


class _Lazy(Mapping[str, T]):
    """What a function tells of pointers into a schema, without those it tells nothing of."""

    def __init__(self, document: dict[str, Any], look: Callable[[str], T | None]) -> None:
        self._document = document
        self._look = look

    def __getitem__(self, site: str) -> T:
        value = self._look(site)
        if value is None:
            raise KeyError(site)
        return value

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        for site, node in _objects(self._document):
            for at in (site, *(f"{site}/{escape(key)}" for key in node)):
                if at in self:
                    yield at
            names = node.get("required")
            for name in names if isinstance(names, list) else ():
                if f"{site}/required/{escape(name)}" in self:
                    yield f"{site}/required/{escape(name)}"

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Below(Mapping[str, T]):
    """What is told of the members of an object, by pointers into the object.

    `members` are by the pointer of each member's schema; `own` is what is told besides.
    """

    def __init__(self) -> None:
        self.members: dict[str, Mapping[str, T]] = {}
        self.own: dict[str, T] = {}

    def __getitem__(self, site: str) -> T:
        if site in self.own:
            return self.own[site]
        at = "/".join(site.split("/", 3)[:3])
        return self.members[at][site.removeprefix(at)]

    def __bool__(self) -> bool:
        return bool(self.own) or any(self.members.values())

    def __iter__(self) -> Iterator[str]:
        yield from self.own
        for at, inner in self.members.items():
            yield from (f"{at}{site}" for site in inner if f"{at}{site}" not in self.own)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _objects(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a schema with its pointer, the outer ones first."""
    open_: list[tuple[str, Any]] = [("", document)]
    while open_:
        site, node = open_.pop()
        if isinstance(node, dict):
            yield site, node
            open_ += [(f"{site}/{escape(key)}", inner) for key, inner in node.items()]
        elif isinstance(node, list):
            open_ += [(f"{site}/{index}", inner) for index, inner in enumerate(node)]


class _Walk:
    """Finds what stands at pointers into one schema; neighbours share the way to them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._known: dict[str, Any] = {"": document}
        self._document = document

    def at(self, site: str) -> Any:
        """What stands at a pointer, or ABSENT."""
        if site in self._known:
            return self._known[site]
        around, _, step = site.rpartition("/")
        node = step_into(self.at(around), unescape(step))
        if len(self._known) > _MOST_KNOWN:
            self._known = {"": self._document}
        self._known[site] = node
        return node

    def holder(self, site: str) -> tuple[Any, str]:
        """The object that a pointer leads into last, and the key of it that leads on."""
        around, _, step = site.rpartition("/")
        node = self.at(around)
        while around and not isinstance(node, dict):
            around, _, step = around.rpartition("/")
            node = self.at(around)
        return node, unescape(step)


# Pointers that are kept for those that come next.
_MOST_KNOWN = 2_000
