"""A schema of one message, with every `$ref` put in place and bound to one direction.

OpenAPI says that `required` together with `readOnly` binds replies only, and together with
`writeOnly` requests only (3.1, section 4.8.24.1). The mark and the `required` may stand in
different branches of one composed object, so the names are gathered from the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from jsonschema_rs import ValidationError

from clausewise.contract.compiled import compiled
from clausewise.contract.documents import Library, Source, brief
from clausewise.contract.expressions import MOST_COUNTED, counted
from clausewise.errors import ContractError
from clausewise.pointer import escape, unescape

Direction = Literal["request", "reply"]

# Far more than any message has: every `$ref` is put in place, so they multiply.
MOST_SCHEMAS = 50_000
# No message is that deep. What walks schemas takes some stack for each level, jsonschema the most,
# and jsonschema-rs takes none deeper than 255, where a `oneOf` that is loosened counts twice.
DEEPEST_SCHEMA = 100

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
# The most parts that speak of one value, by `$ref` and in branches.
MOST_PARTS = 2_000
# Numbers that count something; `5.0` is 5 there (2020-12 core, section 4.2.2).
_COUNTS = (
    "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
    "minContains", "maxContains",
)  # fmt: skip
# Keywords of our own that more than a note is made of.
_OWN: dict[str, Any] = {"x-contested": dict | bool, "x-key": str}
_OWN_FORMS = {"x-contested": "a schema", "x-key": "a text"}
# What depends on how a validation went its way through documents: no place of a value has it.
_DYNAMIC = ("$dynamicRef", "$recursiveRef")


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
    whole = {**document, "$defs": reader.cyclic} if reader.cyclic else document
    if _is_deep(whole):
        raise wrong(reader.sources, at, _TOO_DEEP)
    for place, pattern in _patterns(whole, at):
        if counted(pattern) > MOST_COUNTED:
            raise wrong(reader.sources, place, _TOO_COUNTED)
    try:
        compiled(whole)
    except ValidationError as error:
        where = "".join(f"/{escape(str(step))}" for step in error.instance_path)
        raise wrong(reader.sources, f"{at}{where}", error.message) from None
    except ValueError as error:  # a `$ref` in a value that nothing is expected to be, say
        raise wrong(reader.sources, at, str(error)) from None


_TOO_DEEP = f"is nested deeper than {DEEPEST_SCHEMA} levels, $ref by $ref; make it flatter"


_TOO_COUNTED = (
    f"has counts within counts that multiply beyond {MOST_COUNTED:,}, which takes too long on long "
    "texts; write it with `*` or `+`, and the length as maxLength"
)


def _patterns(node: Any, at: str) -> Iterator[tuple[str, str]]:
    """The regular expressions of a schema, each with its pointer."""
    if isinstance(node, list):
        for number, part in enumerate(node):
            yield from _patterns(part, f"{at}/{number}")
    elif isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield f"{at}/pattern", node["pattern"]
        named = node.get("patternProperties")
        for pattern in named if isinstance(named, dict) else ():
            yield f"{at}/patternProperties/{escape(pattern)}", pattern
        for name, part in node.items():
            yield from _patterns(part, f"{at}/{escape(name)}")


def _is_deep(node: Any) -> bool:
    """Whether data has more levels than schemas may have, constants and examples included."""
    level = [node]
    for _ in range(DEEPEST_SCHEMA + 2):
        inner = (part.values() if isinstance(part, dict) else part for part in level)
        level = [value for part in inner for value in part if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def wrong(sources: dict[str, Source], at: str, problem: str) -> ContractError:
    """An error about a pointer, with the line of it or of the nearest keyword around it."""
    while at and at not in sources:
        at = at.rpartition("/")[0]
    source = sources.get(at)
    name = at.rpartition("/")[2]
    problem = brief(problem)
    said = f"`{brief(unescape(name))}`: {problem}" if name else problem
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
        self._foreign_names: dict[int, frozenset[str]] = {}
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
            raise wrong(self.sources, at, f"a schema is an object, not {brief(repr(node))}")
        if len(self._open) > DEEPEST_SCHEMA or at.count("/") > DEEPEST_SCHEMA:
            raise wrong(self.sources, at, _TOO_DEEP)
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
            foreign = foreign | self._marked(node, resolver)
            return self._keywords(node, resolver, at, foreign, tag)
        if at not in self.sources:
            self._note(at, node, "$ref")
        contents, inner = self.library.follow(resolver, node)
        beside = node.keys() - {"$ref"}
        if beside <= _REMARKS:
            remarks = {key: node[key] for key in beside - {"x-source"}}
            return {**self.expand(contents, inner, at, foreign, tag), **remarks}
        # What stands beside a `$ref` stays where it is: `unevaluatedProperties` sees all around it.
        foreign = foreign | self._marked(node, resolver)
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
            elif key in _COUNTS and isinstance(value, float) and value.is_integer():
                result[key] = int(value)
            elif key in _OWN and not isinstance(value, _OWN[key]):
                raise wrong(self.sources, here, f"is {_OWN_FORMS[key]}, not {value!r}")
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
        kept = [name for name in names if not isinstance(name, str) or name not in foreign]
        for name in filter(lambda name: isinstance(name, str), kept):
            self._note(f"{at}/{escape(name)}", node, "required")
        return kept

    def _note(self, at: str, mapping: dict[str, Any], key: str) -> None:
        source = self.library.source(mapping, key)
        if source is not None:
            self.sources[at] = source

    def _marked(self, node: dict[str, Any], resolver: Any) -> frozenset[str]:
        """Names that are marked for the other direction anywhere in this composed object."""
        if id(node) not in self._foreign_names:
            names: set[str] = set()
            for part, base in self._composing(node, resolver, (*IN_PLACE_LISTS, *IN_PLACE)):
                for name, member in _object(part.get("properties")).items():
                    if name not in names and self._is_foreign(member, base):
                        names.add(name)
            self._foreign_names[id(node)] = frozenset(names)
        return self._foreign_names[id(node)]

    def _is_foreign(self, node: Any, resolver: Any) -> bool:
        parts = self._composing(node, resolver, ("allOf",))
        return any(part.get(self.foreign) is True for part, _ in parts)

    def _composing(
        self, node: Any, resolver: Any, keywords: tuple[str, ...]
    ) -> Iterator[tuple[dict[str, Any], Any]]:
        """A schema and all that speaks of the same value by `$ref` and these keywords.

        Each part comes once, with the base of its `$ref`s, however many ways lead to it.
        """
        seen: set[int] = set()
        open_ = [(node, resolver)]
        while open_:
            part, base = open_.pop()
            if not isinstance(part, dict) or id(part) in seen:
                continue
            seen.add(id(part))
            if len(seen) > MOST_PARTS:
                problem = f"more than {MOST_PARTS} schemas, $ref by $ref, speak of one value"
                source = self.library.source(node, next(iter(node), ""))
                file, line = (source.file, source.line) if source else (None, None)
                raise ContractError(f"{problem}; make it flatter", file, line)
            yield part, base
            if "$ref" in part:
                open_.append(self.library.follow(base, part))
            for keyword in keywords:
                inner = part.get(keyword)
                open_ += [(one, base) for one in (inner if isinstance(inner, list) else [inner])]


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
