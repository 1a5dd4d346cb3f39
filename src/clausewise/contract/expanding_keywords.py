"""The keywords of one schema, with the schemas in their values laid out.

What is no keyword of JSON Schema, or has a value that no keyword has, costs itself alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from clausewise.contract.compiled import compiled
from clausewise.contract.discriminators import Discriminators, Shape
from clausewise.contract.documents import Documents
from clausewise.contract.formats import is_checked, is_remark
from clausewise.contract.keywords import (
    COUNTS,
    DATA,
    EXCLUSIVE,
    KEYWORDS,
    NAMES,
    REFERENCES,
    SHAPE,
    Direction,
    distinct,
)
from clausewise.contract.misspelt import meant_by
from clausewise.contract.origins import Origins
from clausewise.contract.schema_size import DEEPEST_SCHEMA, is_deep
from clausewise.contract.source import Source
from clausewise.contract.surroundings import Surroundings
from clausewise.cutting import brief
from clausewise.errors import ContractError
from clausewise.patterns.parts import UntranslatableError
from clausewise.patterns.translating import translated
from clausewise.pointer import escape

# Of these, `true` and `false` stay what they are.
_OPEN = ("additionalProperties", "unevaluatedProperties", "unevaluatedItems", "items")
_OPPOSITE = {bound: exclusive for exclusive, bound in EXCLUSIVE.items()}
_OWN: dict[str, Any] = {"x-contested": dict | bool, "x-key": str}
_OWN_FORMS = {"x-contested": "a schema", "x-key": "a text"}


class KeywordReader:
    """Reads the keywords of schemas of one message; `expand` lays out a schema within a value."""

    def __init__(
        self,
        documents: Documents,
        origins: Origins,
        discriminators: Discriminators,
        direction: Direction,
        expand: Callable[[Any, Surroundings], dict[str, Any]],
    ) -> None:
        self.documents = documents
        self.origins = origins
        self.discriminators = discriminators
        self.named = discriminators if direction == "request" else None
        self._expand = expand

    def read(self, node: dict[str, Any], around: Surroundings) -> dict[str, Any]:
        """All keywords of a schema but its references."""
        result: dict[str, Any] = {}
        if isinstance(node.get("items"), list):
            node = self._tuple(result, node)
        self.origins.note(result, node, None, around.tag)
        barred = _barred(node)
        for key, value in node.items():
            if key not in KEYWORDS or key in REFERENCES:
                if (meant := meant_by(key, "a schema")) is not None:
                    told = f"is not read in a schema: is `{meant}` meant?"
                    self.origins.ignore(result, node, key, told, lost=False)
                continue
            problem = barred.get(key) or KEYWORDS[key].form(value)
            if key in _OWN and not isinstance(value, _OWN[key]):
                told = f"`{key}` is {_OWN_FORMS[key]}, not {brief(repr(value))}"
                raise error_at(told, self.documents.source(node, key))
            if problem is None and key in DATA and is_deep(value):
                problem = f"is nested deeper than {DEEPEST_SCHEMA} levels"
            if key in EXCLUSIVE and isinstance(value, bool):
                self._exclusive(result, node, key)
            elif problem is not None:
                self.origins.ignore(result, node, key, problem)
            elif node.get(_OPPOSITE.get(key, "")) is not True:
                self._keyword(result, node, key, around)
        if "enum" in result and _lists_items(node):
            self._enum_of_items(result, node, around)
        if "example" in node and "examples" not in result and not is_deep(node["example"]):
            # OpenAPI's own keyword, deprecated in 3.1 (section 4.8.24.1) and in use all the same.
            result["examples"] = [node["example"]]
        self.open_what_nobody_keeps(result)
        return result

    def open_what_nobody_keeps(self, result: dict[str, Any]) -> None:
        """Leave closed objects open within an `allOf` whose other parts need what they forbid.

        No value keeps that. Whoever closes a part means the whole.
        """
        parts = list(_all_of(result)) if "allOf" in result else []
        needed = {name for part in parts for name in part.get("required", ())}
        for part in parts:
            if part.get("additionalProperties") is False:
                forbidden = sorted(name for name in needed if not is_named(part, name))
                if forbidden:
                    told = f"would forbid {brief(repr(forbidden[0]))}, which is required beside it"
                    self.origins.lose(part, "additionalProperties", told)

    def _tuple(self, result: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
        """A schema that lists its `items`, as drafts before 2020-12 do, in the words of today."""
        spelt = {"prefixItems": "items", "items": "additionalItems"}
        self.origins.note(result, node, spelt)
        told = "has a list of schemas; it is read as `prefixItems`"
        self.origins.ignore(result, node, "items", told, lost=False)
        made = {key: inner for key, inner in node.items() if key not in spelt.values()}
        made["prefixItems"] = node["items"]
        if "additionalItems" in node:
            made["items"] = node["additionalItems"]
        self.documents.adopt(made, node)
        return made

    def _enum_of_items(
        self, result: dict[str, Any], node: dict[str, Any], around: Surroundings
    ) -> None:
        """Read a list of values that no array is in as that of the items: no other can be meant."""
        part = {"enum": result.pop("enum")}
        self.origins.note(part, node, None, around.tag)
        items = result.get("items", {})
        result["items"] = self.origins.derived(items, {"allOf": [*items.get("allOf", ()), part]})
        told = "lists no array; it is read as that of the items"
        self.origins.ignore(result, node, "enum", told, lost=False)

    def _exclusive(self, result: dict[str, Any], node: dict[str, Any], key: str) -> None:
        """Read a boolean bound as OpenAPI 3.0 means it."""
        bound = EXCLUSIVE[key]
        if bound not in node or KEYWORDS[bound].form(node[bound]) is not None:
            self.origins.ignore(result, node, key, f"is a number, not {node[key]!r}")
            return
        if node[key] is True:
            result[key] = node[bound]
        told = f"is a number, not {node[key]!r}; it is read as OpenAPI 3.0 has it"
        self.origins.ignore(result, node, key, told, lost=False)

    def _keyword(
        self, result: dict[str, Any], node: dict[str, Any], key: str, around: Surroundings
    ) -> None:
        """Read a keyword whose value has the right form."""
        value = node[key]
        inner = KEYWORDS[key].inner
        if inner == "one":
            least = node.get("minItems") if key == "items" else 0
            needed = isinstance(least, int | float) and least > 0
            result[key] = value
            if not isinstance(value, bool) or key not in _OPEN:
                result[key] = self._expand(
                    value, around.within(key, needed=needed or KEYWORDS[key].in_place)
                )
            elif value:
                result[key] = {}
        elif inner == "list":
            self._list(result, node, key, around)
        elif inner == "map":
            self._map(result, node, key, around)
        elif key == "required":
            result[key] = distinct(name for name in value if name not in around.foreign)
            if len(set(value)) < len(value):
                self.origins.ignore(result, node, key, "has a name twice", lost=False)
        elif key == "pattern":
            try:
                result[key] = translated(value)
            except UntranslatableError as error:
                self.origins.ignore(result, node, key, str(error))
        elif key == "dependentRequired":
            result[key] = {name: distinct(names) for name, names in value.items()}
        else:
            result[key] = int(value) if key in COUNTS else value
            if key == "type" and isinstance(value, list):
                result[key] = distinct(value)
            if key == "format" and not is_checked(value) and not is_remark(value):
                self.origins.ignore(result, node, key, f"is {value}, which nobody checks")

    def _list(
        self, result: dict[str, Any], node: dict[str, Any], key: str, around: Surroundings
    ) -> None:
        shapes: dict[int, Shape] = {}
        if self.named is not None and key in ("oneOf", "anyOf"):
            shapes = self.named.branches(node, key, around.resolver)
        elif key == "oneOf":
            self._note_names(result, node, around)
        is_single = key != "prefixItems" and len(node[key]) == 1
        inner = around.within(key, needed=key == "allOf" or is_single)
        result[key] = []
        for index, branch in enumerate(node[key]):
            if not isinstance(branch, dict | bool):
                told = f"has a member that is no schema: {brief(repr(branch))}"
                self.origins.ignore(result, node, key, told)
                result[key].append({})
            elif index in shapes:
                made = self._expand(branch, replace(inner, is_shaped=True))
                result[key].append(with_shape(self.origins, made, shapes[index]))
            else:
                result[key].append(self._expand(branch, inner))

    def _note_names(
        self, result: dict[str, Any], node: dict[str, Any], around: Surroundings
    ) -> None:
        """Leave beside a reply's `oneOf` which values of its discriminator name which branch."""
        shapes = self.discriminators.branches(node, "oneOf", around.resolver)
        if shapes:
            values = [
                list(shapes[n].values) if n in shapes else [] for n in range(len(node["oneOf"]))
            ]
            result[NAMES] = {"member": next(iter(shapes.values())).member, "values": values}

    def _map(
        self, result: dict[str, Any], node: dict[str, Any], key: str, around: Surroundings
    ) -> None:
        found: dict[str, Any] = {}
        spelt: dict[str, str] = {}
        required = node.get("required")
        needed = set(_texts(required)) if key == "properties" else set()
        optional, demanded = around.within(key, needed=False), around.within(key, needed=True)
        for name, inner, resolver in self._named(result, node, key, around):
            kept = name
            if key == "patternProperties":
                try:
                    kept = translated(name)
                except UntranslatableError as error:
                    self.origins.ignore(
                        result, node, key, f"has {brief(repr(name))}, and it {error}"
                    )
                    continue
                spelt[kept] = name
            if isinstance(inner, dict | bool):
                chosen = demanded if name in needed else optional
                found[kept] = self._expand(inner, replace(chosen, resolver=resolver))
                continue
            told = f"is no schema: {brief(repr(inner))}"
            at = f"/{key}/{escape(kept)}"
            self.origins.ignore(result, node[key], name, told, at=at)
            found[kept] = {}
        result[key] = found
        self.origins.note(found, node[key], spelt, None)

    def _named(
        self, result: dict[str, Any], node: dict[str, Any], key: str, around: Surroundings
    ) -> list[tuple[str, Any, Any]]:
        """What a keyword has by name; where all of it is a `$ref` to nothing, that is told."""
        try:
            return list(self.documents.named(node, key, around.resolver))
        except ContractError as error:
            self.origins.ignore(result, node, key, error.problem)
            return []


def with_shape(origins: Origins, result: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """A branch of a choice, with the values of the discriminator that name it."""
    said: dict[str, Any] = {"enum": list(shape.values)}
    if shape.barred:
        said = {"not": {"enum": list(shape.barred)}}
    origins.note(said, shape.owner, dict.fromkeys(said, "discriminator"), None)
    part: dict[str, Any] = {"properties": {shape.member: said}, SHAPE: True}
    if not shape.is_required and not shape.barred:
        part["required"] = [shape.member]
    return origins.derived(result, {"allOf": [*result.get("allOf", ()), part]})


def _barred(node: dict[str, Any]) -> dict[str, str]:
    """Keywords that nobody can check, since nobody knows which names are left over for them."""
    for name in _object(node.get("patternProperties")):
        try:
            translated(name)
        except UntranslatableError as error:
            reason = f"goes without checks: beside it, {brief(repr(name))} {error}"
            return dict.fromkeys(("additionalProperties", "unevaluatedProperties"), reason)
    return {}


def _lists_items(node: dict[str, Any]) -> bool:
    """Whether an array has a list of values that are none."""
    return node.get("type") == "array" and not any(isinstance(one, list) for one in node["enum"])


def _all_of(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A finished schema and all that it says of the same value by `allOf`."""
    yield schema
    for part in schema.get("allOf", ()):
        yield from _all_of(part)


def is_named(schema: dict[str, Any], name: str) -> bool:
    """Whether a closed object has a member of this name."""
    patterns = schema.get("patternProperties") or {}
    return name in (schema.get("properties") or {}) or any(
        compiled({"pattern": pattern}).is_valid(name) for pattern in patterns
    )


def _texts(node: Any) -> list[str]:
    return [name for name in node if isinstance(name, str)] if isinstance(node, list) else []


def _object(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def error_at(problem: str, source: Source | None) -> ContractError:
    """An error with its file and line, where those are known."""
    return ContractError(problem, source.file if source else None, source.line if source else None)
