"""A schema of one message, with every `$ref` put in place and bound to one direction.

OpenAPI says that `required` together with `readOnly` binds replies only, and together with
`writeOnly` requests only (3.1, section 4.8.24.1). The mark and the `required` may stand in
different branches of one composed object, so the names are gathered from the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from jsonschema_rs import ValidationError

from clausewise.contract.compiled import compiled
from clausewise.contract.documents import Library, Source
from clausewise.errors import ContractError

Direction = Literal["request", "reply"]

# Far more than any message has: every `$ref` is put in place, so they multiply.
MOST_SCHEMAS = 50_000

IN_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
IN_PLACE = ("not", "if", "then", "else")
_MAPS = ("properties", "patternProperties", "dependentSchemas")
_LISTS = (*IN_PLACE_LISTS, "prefixItems")
_SINGLE = (
    *IN_PLACE,
    "items",
    "additionalProperties",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "x-contested",
)
_FOREIGN = {"request": "readOnly", "reply": "writeOnly"}
# What may stand beside a `$ref` without asking anything of a value.
_REMARKS = {"description", "summary", "title", "default", "examples", "deprecated", "x-source"}
# Keywords that are about documents, not about values.
_APART = ("$ref", "$defs", "definitions", "$schema", "$id", "$anchor", "$comment", "x-source")
# What depends on how a validation went its way through documents: no place of a value has it.
_DYNAMIC = ("$dynamicRef", "$recursiveRef")


@cache
def escape(token: str) -> str:
    """One step of a JSON Pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """The reverse of `escape`."""
    return token.replace("~1", "/").replace("~0", "~")


@dataclass(slots=True)
class Schema:
    """A self-contained JSON Schema 2020-12 document and where each keyword of it was written.

    `sources` maps JSON Pointers into `document` to a Source; a member of `required` has the
    pointer `…/required/NAME`. `tags` has, by the same pointers, the documents a fact came from
    (`x-source`).
    """

    document: dict[str, Any]
    sources: dict[str, Source] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def without(self, sites: Iterable[str]) -> dict[str, Any]:
        """The document with the keywords at these sites gone.

        A `oneOf` that holds such a site (or is one) becomes an `anyOf`: with a promise dropped,
        its branches may overlap.
        """
        document = deepcopy(self.document)
        loosened: set[str] = set()
        for site in sites:
            steps = site.split("/")[1:]
            for depth, step in enumerate(steps):
                if step == "oneOf" and _holds_schema(steps[:depth]):
                    loosened.add("/".join(["", *steps[: depth + 1]]))
            if steps[-1] != "oneOf":
                _remove(document, [unescape(step) for step in steps])
        for site in sorted(loosened, key=len, reverse=True):
            steps = [unescape(step) for step in site.split("/")[1:-1]]
            parent = _walk(document, steps)
            branches = parent.pop("oneOf")
            parent.setdefault("allOf", []).append({"anyOf": branches})
        return document


def _holds_schema(steps: list[str]) -> bool:
    """Whether a pointer names a schema, so that a next step `oneOf` is a keyword, not a member."""
    return not steps or steps[-1] not in (*_MAPS, "required")


def _walk(document: Any, steps: list[str]) -> Any:
    for step in steps:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def _remove(document: Any, steps: list[str]) -> None:
    parent = _walk(document, steps[:-1])
    if isinstance(parent, list):
        if steps[-1] in parent:
            parent.remove(steps[-1])
    else:
        parent.pop(steps[-1], None)


def read_schema(
    library: Library, resolver: Any, node: Any, direction: Direction, tag: str | None = None
) -> Schema:
    """Read the schema `node` for messages of one direction.

    `resolver` is the base of its `$ref`s; `tag` is the `x-source` it inherits. Raises
    ContractError for a dangling `$ref` or a keyword of the wrong form.
    """
    reader = _Reader(library, direction)
    document = reader.expand(node, resolver, "", frozenset(), tag)
    for at, contested in (("", document), *reader.contested):
        _check(reader, contested, at)
    if reader.cyclic:
        document = {**document, "$defs": reader.cyclic}
    return Schema(document, reader.sources, reader.tags)


def _check(reader: _Reader, document: dict[str, Any], at: str) -> None:
    """Hold a schema against the metaschema. Raises ContractError with the keyword's line."""
    try:
        compiled({**document, "$defs": reader.cyclic} if reader.cyclic else document)
    except ValidationError as error:
        where = "".join(f"/{escape(str(step))}" for step in error.instance_path)
        raise wrong(reader.sources, f"{at}{where}", error.message) from None


def wrong(sources: dict[str, Source], at: str, problem: str) -> ContractError:
    """An error about a pointer, with the line of it or of the nearest keyword around it."""
    while at and at not in sources:
        at = at.rpartition("/")[0]
    source = sources.get(at)
    name = at.rpartition("/")[2]
    said = f"`{unescape(name)}`: {problem}" if name else problem
    return ContractError(said, source.file if source else None, source.line if source else None)


class _Reader:
    def __init__(self, library: Library, direction: Direction) -> None:
        self.library = library
        self.foreign = _FOREIGN[direction]
        self.sources: dict[str, Source] = {}
        self.tags: dict[str, str] = {}
        self.cyclic: dict[str, Any] = {}
        self.contested: list[tuple[str, dict[str, Any]]] = []
        self._open: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._named = 0
        self._expanded = 0

    def expand(
        self, node: Any, resolver: Any, at: str, foreign: frozenset[str], tag: str | None
    ) -> dict[str, Any]:
        self._expanded += 1
        if self._expanded > MOST_SCHEMAS:
            raise wrong(self.sources, at, f"grows beyond {MOST_SCHEMAS} schemas")
        if node is True:
            return {}
        if node is False:
            return {"not": {}}
        if not isinstance(node, dict):
            raise wrong(self.sources, at, f"a schema is an object, not {node!r}")
        if id(node) in self._open:
            return self._cycle(node, at)
        self._open[id(node)] = at
        result = self._expand(node, resolver, at, foreign, tag)
        del self._open[id(node)]
        name = self._names.pop(id(node), None)
        if name is not None:
            self.cyclic[name] = deepcopy(result)
        return result

    def _cycle(self, node: dict[str, Any], at: str) -> dict[str, Any]:
        if not _descends(at.removeprefix(self._open[id(node)])):
            raise wrong(self.sources, at, "the schema is nothing but itself: $ref in a circle")
        if id(node) not in self._names:
            self._named += 1
            self._names[id(node)] = f"cycle{self._named}"
        return {"$ref": f"#/$defs/{self._names[id(node)]}"}

    def _expand(
        self,
        node: dict[str, Any],
        resolver: Any,
        at: str,
        foreign: frozenset[str],
        tag: str | None,
    ) -> dict[str, Any]:
        tag = node.get("x-source", tag)
        if tag is not None:
            self.tags[at] = tag
        if "$ref" not in node:
            foreign = foreign | self._marked(node, resolver, ())
            return self._keywords(node, resolver, at, foreign, tag)
        contents, inner = self.library.follow(resolver, node)
        beside = node.keys() - {"$ref"}
        if beside <= _REMARKS:
            remarks = {key: node[key] for key in beside - {"x-source"}}
            return {**self.expand(contents, inner, at, foreign, tag), **remarks}
        # What stands beside a `$ref` stays where it is: `unevaluatedProperties` sees all around it.
        foreign = foreign | self._marked(node, resolver, ())
        result = self._keywords(node, resolver, at, foreign, tag)
        parts = result.get("allOf", [])
        part = self.expand(contents, inner, f"{at}/allOf/{len(parts)}", foreign, tag)
        return {**result, "allOf": [*parts, part]}

    def _keywords(
        self,
        node: dict[str, Any],
        resolver: Any,
        at: str,
        foreign: frozenset[str],
        tag: str | None,
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in node.items():
            here = f"{at}/{escape(key)}"
            self._note(here, node, key)
            if key in _DYNAMIC:
                raise wrong(self.sources, here, f"{key} is not supported; use $ref")
            if key == "required" and isinstance(value, list):
                result[key] = self._required(value, node, here, foreign)
            elif key in _MAPS and isinstance(value, dict):
                inner = foreign if key == "dependentSchemas" else frozenset[str]()
                result[key] = self._map(value, resolver, here, inner, tag)
            elif key in _LISTS and isinstance(value, list):
                inner = foreign if key in IN_PLACE_LISTS else frozenset[str]()
                result[key] = [
                    self.expand(item, resolver, f"{here}/{index}", inner, tag)
                    for index, item in enumerate(value)
                ]
            elif key in _SINGLE and isinstance(value, dict | bool):
                inner = foreign if key in IN_PLACE else frozenset[str]()
                result[key] = self._single(key, value, resolver, here, inner, tag)
                if key == "x-contested":
                    self.contested.append((here, result[key]))
            elif key not in _APART:
                result[key] = value
        return result

    def _single(
        self, key: str, value: Any, resolver: Any, at: str, foreign: frozenset[str], tag: str | None
    ) -> Any:
        if key in ("additionalProperties", "unevaluatedProperties", "unevaluatedItems", "items"):
            if value is True:
                return {}
            if value is False:
                return False
        return self.expand(value, resolver, at, foreign, tag)

    def _map(
        self,
        value: dict[str, Any],
        resolver: Any,
        at: str,
        foreign: frozenset[str],
        tag: str | None,
    ) -> dict[str, Any]:
        result = {}
        for name, inner in value.items():
            here = f"{at}/{escape(name)}"
            self._note(here, value, name)
            result[name] = self.expand(inner, resolver, here, foreign, tag)
        return result

    def _required(
        self, names: list[str], node: dict[str, Any], at: str, foreign: frozenset[str]
    ) -> list[str]:
        kept = [name for name in names if name not in foreign]
        for name in kept:
            self._note(f"{at}/{escape(name)}", node, "required")
        return kept

    def _note(self, at: str, mapping: dict[str, Any], key: str) -> None:
        source = self.library.source(mapping, key)
        if source is not None:
            self.sources[at] = source

    def _marked(self, node: Any, resolver: Any, seen: tuple[int, ...]) -> frozenset[str]:
        """Names that are marked for the other direction anywhere in this composed object."""
        if not isinstance(node, dict) or id(node) in seen:
            return frozenset()
        seen = (*seen, id(node))
        names: set[str] = set()
        if "$ref" in node:
            names |= self._marked(*self.library.follow(resolver, node), seen)
        for name, member in _object(node.get("properties")).items():
            if self._is_foreign(member, resolver, ()):
                names.add(name)
        for keyword in IN_PLACE_LISTS:
            for branch in _list(node.get(keyword)):
                names |= self._marked(branch, resolver, seen)
        for keyword in IN_PLACE:
            names |= self._marked(node.get(keyword), resolver, seen)
        return frozenset(names)

    def _is_foreign(self, node: Any, resolver: Any, seen: tuple[int, ...]) -> bool:
        if not isinstance(node, dict) or id(node) in seen:
            return False
        if node.get(self.foreign) is True:
            return True
        seen = (*seen, id(node))
        if "$ref" in node and self._is_foreign(*self.library.follow(resolver, node), seen):
            return True
        return any(self._is_foreign(part, resolver, seen) for part in _list(node.get("allOf")))


def _descends(way: str) -> bool:
    """Whether a way through a schema leads into a value, not only to more about the same one."""
    steps = iter(way.split("/")[1:])
    for step in steps:
        if step in (*IN_PLACE_LISTS, "dependentSchemas"):
            next(steps, None)
        elif step not in IN_PLACE:
            return True
    return False


def _object(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
