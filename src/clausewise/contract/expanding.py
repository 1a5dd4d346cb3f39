"""Schemas with every `$ref` put in place, for one direction, keyword by keyword.

What is no keyword of JSON Schema, or has a value that no keyword has, costs itself alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clausewise.contract.definitions import Definition, Definitions
from clausewise.contract.discriminators import Discriminators, Shape
from clausewise.contract.documents import Documents
from clausewise.contract.foreign import foreign_names
from clausewise.contract.formats import is_checked, is_remark
from clausewise.contract.keywords import (
    COUNTS,
    DATA,
    KEYWORDS,
    NAMES,
    SHAPE,
    UNSENDABLE,
    Direction,
    distinct,
)
from clausewise.contract.origins import Origins
from clausewise.contract.pattern_parts import UntranslatableError
from clausewise.contract.patterns import translated
from clausewise.contract.schema_size import DEEPEST_SCHEMA, is_deep, size_of
from clausewise.contract.source import Source
from clausewise.contract.spot import Spot
from clausewise.cutting import brief
from clausewise.errors import ContractError
from clausewise.pointer import escape

# Of one message, so many schemas are laid out; where there are more, those that are many
# references deep are each asked as a whole. Replies are many, and nothing is made up for them.
MOST_SCHEMAS = {"request": 1_000, "reply": 300}
# What one schema may still have in place, by references that speak of one value.
MOST_IN_PLACE = 20_000
# References within references that are laid out where a message is larger than that: as many of
# these as it allows.
REFERENCES_WITHIN = (8, 4, 2, 1, 0)

# What may stand beside a `$ref` without asking anything of a value.
_REMARKS = {"description", "summary", "title", "default", "examples", "deprecated", "x-source"}
# Other names of a reference. Only the way that a validation took through documents could tell
# them from `$ref`, and only where two schemas have one anchor.
REFERENCES = ("$ref", "$recursiveRef", "$dynamicRef")
# Of these, `true` and `false` stay what they are.
_OPEN = ("additionalProperties", "unevaluatedProperties", "unevaluatedItems", "items")
# OpenAPI 3.0 has a boolean here, which says what the bound beside it means.
_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
# What says less of a value, the more is said within it, and the keywords that go with it.
_TURNING = {
    "not": ("not",),
    "oneOf": ("oneOf", NAMES),
    "if": ("if", "then", "else"),
    "contains": ("contains", "minContains", "maxContains"),
}
_LEFT_OVER = ("unevaluatedProperties", "unevaluatedItems")
_UNKNOWN_REST = "goes without checks: what stands beside it cannot be read, and may know more"
_OWN: dict[str, Any] = {"x-contested": dict | bool, "x-key": str}
_OWN_FORMS = {"x-contested": "a schema", "x-key": "a text"}


def expanded(
    documents: Documents, resolver: Any, node: Any, direction: Direction, tag: str | None
) -> tuple[dict[str, Any], Origins]:
    """The finished schema of a message, and where its keywords came from.

    Where it is too much, it is laid out down to fewer references within references. Raises
    ContractError where that is too much as well, or where nothing lawful could be sent.
    """
    most = MOST_SCHEMAS[direction]
    problem: ContractError | None = None
    # All of it first, unless it is plain that this would be too much.
    ways = (None, *REFERENCES_WITHIN)
    for references in ways:
        told = 2 if references is None else references
        bound = (4 if references is None else 2) * most
        if references == 0 or size_of(documents, node, resolver, told, bound) < bound:
            try:
                reader = _Reader(documents, direction, references)
                return reader.document(node, resolver, tag), reader.origins
            except _TooMuchError as error:
                problem = error.problem
    raise problem or ContractError(_TOO_DEEP)


class _TooMuchError(Exception):
    """More schemas, or deeper ones, than are laid out."""

    def __init__(self, problem: ContractError) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Reader:
    """Lays out one message. `references` bounds how deep references within references go."""

    def __init__(self, documents: Documents, direction: Direction, references: int | None) -> None:
        self.documents = documents
        self.direction = direction
        self.references = references
        self.most = MOST_IN_PLACE if references == 0 else MOST_SCHEMAS[direction]
        self.origins = Origins(documents)
        self.discriminators = Discriminators(documents)
        self.named = self.discriminators if direction == "request" else None
        # The names of the schemas that are referred to.
        self.used: set[str] = set()
        # How deep in values something stood that may know members or items nobody else knows.
        self._gaps: list[int] = []
        # The schemas around, by identity and whether their heirs stand for them, with their depth.
        self._open: dict[tuple[int, bool], int] = {}
        self._expanded = 0

    def document(self, node: Any, resolver: Any, tag: str | None) -> dict[str, Any]:
        """The schema of a whole message."""
        document = self.expand(node, Spot(resolver, node, tag=tag, references=self.references))
        if self.used:
            definitions = Definitions.of(self.documents).around(self.used, self._written_down)
            document = self.origins.derived(document, {"$defs": definitions})
        return document

    def _written_down(self, one: Definition) -> tuple[dict[str, Any], frozenset[str]]:
        reader = _Reader(self.documents, one.direction, 0)
        document = reader.expand(one.node, one.spot)
        return document, frozenset(reader.used)

    def expand(self, node: Any, spot: Spot) -> dict[str, Any]:
        """One schema with all that it refers to."""
        self._expanded += 1
        if self._expanded > self.most:
            raise _TooMuchError(self._wrong(node, f"grows beyond {self.most} schemas"))
        if node is True:
            return {}
        if node is False:
            return {"not": {}}
        if not isinstance(node, dict):
            raise self._wrong(spot.component, f"a schema is an object, not {brief(repr(node))}")
        if len(self._open) > DEEPEST_SCHEMA:
            raise _TooMuchError(self._wrong(node, _TOO_DEEP))
        heirs = self._heirs_of(node, spot)
        key = (id(node), bool(heirs))
        if key in self._open:
            if spot.descents == self._open[key]:
                result: dict[str, Any] = {}
                self.origins.note(result, node)
                self.origins.ignore(result, node, "$ref", "leads in a circle, back to itself")
                return result
            return self._defer(node, spot)
        self._open[key] = spot.descents
        result = self._heirs(node, heirs, spot) if heirs else self._expand(node, spot)
        del self._open[key]
        return result

    def _wrong(self, node: Any, problem: str) -> ContractError:
        first = next(iter(node), "") if isinstance(node, dict) else ""
        return _error(problem, self.documents.source(node, first))

    def _defer(self, node: dict[str, Any], spot: Spot) -> dict[str, Any]:
        """A reference to a schema that is written down once, beside the document."""
        key = (id(node), self.direction, spot.foreign)
        name = Definitions.of(self.documents).name(key, self.direction, node, spot)
        self.used.add(name)
        return {"$ref": f"#/$defs/{name}"}

    def _expand(self, node: dict[str, Any], spot: Spot) -> dict[str, Any]:
        before = len(self._gaps)
        result = self._composed(node, spot)
        if spot.descents in self._gaps[before:]:
            for key in _LEFT_OVER:
                if result.pop(key, None) is not None:
                    self.origins.ignore(result, node, key, _UNKNOWN_REST)
        return result

    def _composed(self, node: dict[str, Any], spot: Spot) -> dict[str, Any]:
        """A schema, with what its reference leads to."""
        own = node.get("x-source")
        if isinstance(own, str):
            spot = replace(spot, tag=own)
        marked = foreign_names(self.documents, node, spot.resolver, self.direction)
        if not marked <= spot.foreign:
            spot = replace(spot, foreign=spot.foreign | marked)
        reference = next((key for key in REFERENCES if key in node), None)
        if reference is None:
            return self._shaped(node, spot)
        try:
            contents, base = self._follow(node, reference, spot)
        except ContractError as error:
            if self.direction == "request" and spot.needed:
                raise
            self._gaps.append(spot.descents)
            return self._nowhere(self._keywords(node, spot), node, reference, error)
        beside = node.keys() - {reference}
        if beside <= _REMARKS:
            remarks = {key: node[key] for key in beside & KEYWORDS.keys()}
            remarks = {key: it for key, it in remarks.items() if KEYWORDS[key].form(it) is None}
            return self.origins.derived(self._target(contents, spot, base), remarks)
        # What stands beside a `$ref` stays where it is: `unevaluatedProperties` sees all around it.
        result = self._keywords(node, spot)
        part = self._target(contents, replace(spot, in_place=True), base)
        return self.origins.derived(result, {"allOf": [*result.get("allOf", ()), part]})

    def _nowhere(
        self, result: dict[str, Any], node: dict[str, Any], keyword: str, error: ContractError
    ) -> dict[str, Any]:
        """What is left of a reference to nothing: any value of a reply, none that is ever sent."""
        if self.direction == "request":
            result = self.origins.derived(result, {"not": {}, UNSENDABLE: True})
        self.origins.ignore(result, node, keyword, error.problem.removeprefix(f"{keyword} "))
        return result

    def _follow(self, node: dict[str, Any], keyword: str, spot: Spot) -> tuple[Any, Any]:
        contents, base = self.documents.follow(spot.resolver, node, keyword)
        if isinstance(contents, dict) and "openapi" in contents and keyword != "$ref":
            # The root of a document of OpenAPI is no schema: the one that is meant is around here.
            return spot.component, spot.resolver
        if not isinstance(contents, dict | bool):
            raise _error(
                f"{keyword} leads to what is no schema", self.documents.source(node, keyword)
            )
        return contents, base

    def _target(self, contents: Any, spot: Spot, resolver: Any) -> dict[str, Any]:
        spot = replace(spot, resolver=resolver, component=contents)
        if spot.references is None or spot.in_place or isinstance(contents, bool):
            return self.expand(contents, spot)
        if any(key in contents for key in REFERENCES):
            return self.expand(contents, spot)
        if spot.references == 0 and spot.descents:
            return self._defer(contents, spot)
        return self.expand(contents, replace(spot, references=max(spot.references - 1, 0)))

    def _heirs_of(self, node: dict[str, Any], spot: Spot) -> list[Shape]:
        if self.named is None or spot.is_shaped or "discriminator" not in node:
            return []
        return self.named.heirs(node, spot.resolver)

    def _heirs(self, node: dict[str, Any], heirs: list[Shape], spot: Spot) -> dict[str, Any]:
        """One of the schemas that inherit from this one: the one that its discriminator names."""
        inner = replace(spot, in_place=True, needed=False, is_shaped=True)
        branches = [
            self._with_shape(self.expand(heir.node, replace(inner, resolver=heir.resolver)), heir)
            for heir in heirs
        ]
        result = {"oneOf": branches}
        self.origins.note(result, node, {"oneOf": "discriminator"}, spot.tag)
        return result

    def _shaped(self, node: dict[str, Any], spot: Spot) -> dict[str, Any]:
        """A schema, with what discriminators ask of requests in the words of JSON Schema."""
        shapes = []
        if self.named is not None and not spot.is_shaped:
            shapes = self.named.names(node, spot.resolver)
        result = self._keywords(node, replace(spot, is_shaped=True) if shapes else spot)
        for shape in shapes:
            result = self._with_shape(result, shape)
        return result

    def _with_shape(self, result: dict[str, Any], shape: Shape) -> dict[str, Any]:
        one_of = {"enum": list(shape.values)}
        self.origins.note(one_of, shape.owner, {"enum": "discriminator"}, None)
        part: dict[str, Any] = {"properties": {shape.member: one_of}, SHAPE: True}
        if not shape.is_required:
            part["required"] = [shape.member]
        return self.origins.derived(result, {"allOf": [*result.get("allOf", ()), part]})

    def _keywords(self, node: dict[str, Any], spot: Spot) -> dict[str, Any]:
        result: dict[str, Any] = {}
        self.origins.note(result, node, None, spot.tag)
        barred = _barred(node)
        turned: list[str] = []
        for key, value in node.items():
            if key not in KEYWORDS or key in REFERENCES:
                continue
            lost = self.origins.lost
            problem = barred.get(key) or KEYWORDS[key].form(value)
            if key in _OWN and not isinstance(value, _OWN[key]):
                told = f"`{key}` is {_OWN_FORMS[key]}, not {brief(repr(value))}"
                raise _error(told, self.documents.source(node, key))
            if problem is None and key in DATA and is_deep(value):
                problem = f"is nested deeper than {DEEPEST_SCHEMA} levels"
            if key in _EXCLUSIVE and isinstance(value, bool):
                self._exclusive(result, node, key)
            elif problem is not None:
                self.origins.ignore(result, node, key, problem)
            elif node.get(_OPPOSITE.get(key, "")) is not True:
                self._keyword(result, node, key, spot)
                if self.origins.lost > lost and key in _TURNING:
                    turned.append(key)
        for key in turned:
            self._turn(result, node, key, spot)
        if "example" in node and "examples" not in result and not is_deep(node["example"]):
            # OpenAPI's own keyword, deprecated in 3.1 (section 4.8.24.1) and in use all the same.
            result["examples"] = [node["example"]]
        return result

    def _turn(self, result: dict[str, Any], node: dict[str, Any], key: str, spot: Spot) -> None:
        """Leave out what asks for more where something within it asks for less than it should."""
        if key == "contains" and "maxContains" not in node:
            return
        inner = result[key]
        for name in _TURNING[key]:
            result.pop(name, None)
        if key == "oneOf":  # that some branch fits is asked for all the same
            some = {"anyOf": inner}
            self.origins.note(some, node, {"anyOf": "oneOf"})
            result["allOf"] = [*result.get("allOf", ()), some]
        else:
            self._gaps.append(spot.descents)
        self.origins.ignore(result, node, key, "goes without checks: what is in it cannot be read")

    def _exclusive(self, result: dict[str, Any], node: dict[str, Any], key: str) -> None:
        """Read a boolean bound as OpenAPI 3.0 means it."""
        bound = _EXCLUSIVE[key]
        if bound not in node or KEYWORDS[bound].form(node[bound]) is not None:
            self.origins.ignore(result, node, key, f"is a number, not {node[key]!r}")
            return
        if node[key] is True:
            result[key] = node[bound]
        told = f"is a number, not {node[key]!r}; it is read as OpenAPI 3.0 has it"
        self.origins.ignore(result, node, key, told, lost=False)

    def _keyword(self, result: dict[str, Any], node: dict[str, Any], key: str, spot: Spot) -> None:
        """Read a keyword whose value has the right form."""
        value = node[key]
        inner = KEYWORDS[key].inner
        if inner == "one":
            least = node.get("minItems") if key == "items" else 0
            needed = isinstance(least, int | float) and least > 0
            result[key] = value
            if not isinstance(value, bool) or key not in _OPEN:
                result[key] = self.expand(value, spot.within(key, needed or KEYWORDS[key].in_place))
            elif value:
                result[key] = {}
        elif inner == "list":
            self._list(result, node, key, spot)
        elif inner == "map":
            self._map(result, node, key, spot)
        elif key == "required":
            result[key] = distinct(name for name in value if name not in spot.foreign)
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

    def _list(self, result: dict[str, Any], node: dict[str, Any], key: str, spot: Spot) -> None:
        shapes: dict[int, Shape] = {}
        if self.named is not None and key in ("oneOf", "anyOf"):
            shapes = self.named.branches(node, key, spot.resolver)
        elif key == "oneOf":
            self._note_names(result, node, spot)
        inner = spot.within(key, key == "allOf" or (key != "prefixItems" and len(node[key]) == 1))
        result[key] = []
        for index, branch in enumerate(node[key]):
            if not isinstance(branch, dict | bool):
                told = f"has a member that is no schema: {brief(repr(branch))}"
                self.origins.ignore(result, node, key, told)
                result[key].append({})
            elif index in shapes:
                made = self.expand(branch, replace(inner, is_shaped=True))
                result[key].append(self._with_shape(made, shapes[index]))
            else:
                result[key].append(self.expand(branch, inner))

    def _note_names(self, result: dict[str, Any], node: dict[str, Any], spot: Spot) -> None:
        """Leave beside a reply's `oneOf` which values of its discriminator name which branch."""
        shapes = self.discriminators.branches(node, "oneOf", spot.resolver)
        if shapes:
            values = [
                list(shapes[n].values) if n in shapes else [] for n in range(len(node["oneOf"]))
            ]
            result[NAMES] = {"member": next(iter(shapes.values())).member, "values": values}

    def _map(self, result: dict[str, Any], node: dict[str, Any], key: str, spot: Spot) -> None:
        found: dict[str, Any] = {}
        spelt: dict[str, str] = {}
        required = node.get("required")
        needed = set(_texts(required)) if key == "properties" else set()
        optional, demanded = spot.within(key, False), spot.within(key, True)
        for name, inner in node[key].items():
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
                found[kept] = self.expand(inner, demanded if name in needed else optional)
                continue
            told = f"is no schema: {brief(repr(inner))}"
            at = f"/{key}/{escape(kept)}"
            self.origins.ignore(result, node[key], name, told, at=at)
            found[kept] = {}
        result[key] = found
        self.origins.note(found, node[key], spelt, None)


_TOO_DEEP = f"is nested deeper than {DEEPEST_SCHEMA} levels, $ref by $ref; make it flatter"
_OPPOSITE = {bound: exclusive for exclusive, bound in _EXCLUSIVE.items()}


def _barred(node: dict[str, Any]) -> dict[str, str]:
    """Keywords that nobody can check, since nobody knows which names are left over for them."""
    for name in _object(node.get("patternProperties")):
        try:
            translated(name)
        except UntranslatableError as error:
            reason = f"goes without checks: beside it, {brief(repr(name))} {error}"
            return dict.fromkeys(("additionalProperties", "unevaluatedProperties"), reason)
    return {}


def _texts(node: Any) -> list[str]:
    return [name for name in node if isinstance(name, str)] if isinstance(node, list) else []


def _object(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _error(problem: str, source: Source | None) -> ContractError:
    return ContractError(problem, source.file if source else None, source.line if source else None)
