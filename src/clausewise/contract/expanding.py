"""Schemas with every `$ref` put in place, for one direction, keyword by keyword.

What is no keyword of JSON Schema, or has a value that no keyword has, costs itself alone.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from clausewise.contract.definitions import Definition, Definitions
from clausewise.contract.discriminators import Discriminators, Shape
from clausewise.contract.documents import Documents
from clausewise.contract.expanding_keywords import KeywordReader, error_at, with_shape
from clausewise.contract.foreign import FOREIGN, foreign_names
from clausewise.contract.keywords import (
    KEYWORDS,
    REFERENCES,
    UNSENDABLE,
    Direction,
)
from clausewise.contract.origins import Origins
from clausewise.contract.schema_size import DEEPEST_SCHEMA, size_of
from clausewise.contract.surroundings import Surroundings
from clausewise.cutting import brief
from clausewise.errors import ContractError

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
                reader = _Expander(documents, direction, references)
                return reader.document(node, resolver, tag), reader.origins
            except _TooMuchError as error:
                problem = error.problem
    raise problem or ContractError(_TOO_DEEP)


class _TooMuchError(Exception):
    """More schemas, or deeper ones, than are laid out."""

    def __init__(self, problem: ContractError) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Expander:
    """Lays out one message. `references` bounds how deep references within references go."""

    def __init__(self, documents: Documents, direction: Direction, references: int | None) -> None:
        self.documents = documents
        self.direction = direction
        self.references = references
        self.most = MOST_IN_PLACE if references == 0 else MOST_SCHEMAS[direction]
        self.origins = Origins(documents)
        self.discriminators = Discriminators(documents)
        self.named = self.discriminators if direction == "request" else None
        self.keywords = KeywordReader(
            documents, self.origins, self.discriminators, direction, self.expand
        )
        # The names of the schemas that are referred to.
        self.used: set[str] = set()
        # The schemas around, by identity and whether their heirs stand for them, with their depth.
        self._open: dict[tuple[int, bool], int] = {}
        self._expanded = 0

    def document(self, node: Any, resolver: Any, tag: str | None) -> dict[str, Any]:
        """The schema of a whole message."""
        document = self.expand(
            node, Surroundings(resolver, node, tag=tag, references=self.references)
        )
        # Only members are for one direction (OpenAPI 3.1, section 4.8.24.1), no whole message.
        document.pop(FOREIGN[self.direction], None)
        if self.used:
            definitions = Definitions.of(self.documents).around(self.used, self._written_down)
            document = self.origins.derived(document, {"$defs": definitions})
        return document

    def _written_down(self, one: Definition) -> tuple[dict[str, Any], frozenset[str]]:
        reader = _Expander(self.documents, one.direction, 0)
        document = reader.expand(one.node, one.around)
        return document, frozenset(reader.used)

    def expand(self, node: Any, around: Surroundings) -> dict[str, Any]:
        """One schema with all that it refers to."""
        self._expanded += 1
        if self._expanded > self.most:
            raise _TooMuchError(self._wrong(node, f"grows beyond {self.most} schemas"))
        if node is True:
            return {}
        if node is False:
            return {"not": {}}
        if not isinstance(node, dict):
            raise self._wrong(around.component, f"a schema is an object, not {brief(repr(node))}")
        if len(self._open) > DEEPEST_SCHEMA:
            raise _TooMuchError(self._wrong(node, _TOO_DEEP))
        heirs = self._heirs_of(node, around)
        key = (id(node), bool(heirs))
        if key in self._open:
            if around.descents == self._open[key]:
                result: dict[str, Any] = {}
                self.origins.note(result, node)
                self.origins.ignore(result, node, "$ref", "leads in a circle, back to itself")
                return result
            return self._defer(node, around)
        self._open[key] = around.descents
        result = self._heirs(node, heirs, around) if heirs else self._expand(node, around)
        del self._open[key]
        return result

    def _wrong(self, node: Any, problem: str) -> ContractError:
        first = next(iter(node), "") if isinstance(node, dict) else ""
        return error_at(problem, self.documents.source(node, first))

    def _defer(self, node: dict[str, Any], around: Surroundings) -> dict[str, Any]:
        """A reference to a schema that is written down once, beside the document."""
        key = (id(node), self.direction, around.foreign, tuple(map(id, around.scope)))
        name = Definitions.of(self.documents).name(key, self.direction, node, around)
        self.used.add(name)
        made = {"$ref": f"#/$defs/{name}"}
        # What it promises is written in the schema that it leads to.
        self.origins.note(made, node, {"$ref": next(iter(node), "")})
        return made

    def _expand(self, node: dict[str, Any], around: Surroundings) -> dict[str, Any]:
        """A schema, with what its reference leads to."""
        own, (named, base) = node.get("x-source"), self.documents.within(around.resolver, node)
        if named is not None:
            around = replace(around, resolver=base).entering(named)
        if isinstance(own, str):
            around = replace(around, tag=own)
        marked = foreign_names(self.documents, node, around.resolver, self.direction)
        if not marked <= around.foreign:
            around = replace(around, foreign=around.foreign | marked)
        reference = next((key for key in REFERENCES if key in node), None)
        if reference is None:
            return self._shaped(node, around)
        try:
            contents, base = self._follow(node, reference, around)
        except ContractError as error:
            if self.direction == "request" and around.needed:
                raise
            return self._nowhere(self.keywords.read(node, around), node, reference, error)
        beside = node.keys() - {reference}
        if beside <= _REMARKS:
            remarks = {key: node[key] for key in beside & KEYWORDS.keys()}
            remarks = {key: it for key, it in remarks.items() if KEYWORDS[key].form(it) is None}
            return self.origins.derived(self._target(contents, around, base), remarks)
        # What stands beside a `$ref` stays where it is: `unevaluatedProperties` sees all around it.
        result = self.keywords.read(node, around)
        part = self._target(contents, replace(around, in_place=True), base)
        made = self.origins.derived(result, {"allOf": [*result.get("allOf", ()), part]})
        self.keywords.open_what_nobody_keeps(made)
        return made

    def _nowhere(
        self, result: dict[str, Any], node: dict[str, Any], keyword: str, error: ContractError
    ) -> dict[str, Any]:
        """What is left of a reference to nothing: any value of a reply, none that is ever sent."""
        if self.direction == "request":
            result = self.origins.derived(result, {"not": {}, UNSENDABLE: True})
        self.origins.ignore(result, node, keyword, error.problem.removeprefix(f"{keyword} "))
        return result

    def _follow(self, node: dict[str, Any], keyword: str, around: Surroundings) -> tuple[Any, Any]:
        contents, base = self.documents.follow(around.resolver, node, keyword)
        if keyword == "$dynamicRef":
            contents, base = self._by_way(node[keyword], around, contents, base)
        if isinstance(contents, dict) and "openapi" in contents and keyword != "$ref":
            # The root of a document of OpenAPI is no schema: the one that is meant is around here.
            return around.component, around.resolver
        if not isinstance(contents, dict | bool):
            raise error_at(
                f"{keyword} leads to what is no schema", self.documents.source(node, keyword)
            )
        return contents, base

    def _by_way(self, ref: str, around: Surroundings, contents: Any, base: Any) -> tuple[Any, Any]:
        """What a `$dynamicRef` leads to: the first of its name on the way here (2020-12, 8.2.3.2).

        `contents` is what it leads to as a `$ref`, and that is it where this has no such name.
        """
        name = ref.partition("#")[2]
        if isinstance(contents, dict) and contents.get("$dynamicAnchor") == name:
            # Imported here: only documents with names need `referencing`.
            from clausewise.contract.resources import anchored_in

            for resource in around.scope:
                found = anchored_in(resource, name)
                if found is not None:
                    return found, self.documents.within(base, resource)[1]
        return contents, base

    def _target(self, contents: Any, around: Surroundings, resolver: Any) -> dict[str, Any]:
        around = replace(around, resolver=resolver, component=contents)
        if around.references is None or around.in_place or isinstance(contents, bool):
            return self.expand(contents, around)
        if any(key in contents for key in REFERENCES):
            return self.expand(contents, around)
        if around.references == 0 and around.descents:
            return self._defer(contents, around)
        return self.expand(contents, replace(around, references=max(around.references - 1, 0)))

    def _heirs_of(self, node: dict[str, Any], around: Surroundings) -> list[Shape]:
        if self.named is None or around.is_shaped or "discriminator" not in node:
            return []
        return self.named.heirs(node, around.resolver)

    def _heirs(
        self, node: dict[str, Any], heirs: list[Shape], around: Surroundings
    ) -> dict[str, Any]:
        """One of the schemas that inherit from this one: the one that its discriminator names."""
        inner = replace(around, in_place=True, needed=False, is_shaped=True)
        branches = []
        for heir in heirs:
            branch = self.expand(heir.node, replace(inner, resolver=heir.resolver))
            branches.append(with_shape(self.origins, branch, heir))
        result = {"oneOf": branches}
        self.origins.note(result, node, {"oneOf": "discriminator"}, around.tag)
        return result

    def _shaped(self, node: dict[str, Any], around: Surroundings) -> dict[str, Any]:
        """A schema, with what discriminators ask of requests in the words of JSON Schema."""
        shapes = []
        if self.named is not None and not around.is_shaped:
            shapes = self.named.names(node, around.resolver)
        result = self.keywords.read(node, replace(around, is_shaped=True) if shapes else around)
        for shape in shapes:
            result = with_shape(self.origins, result, shape)
        return result


_TOO_DEEP = f"is nested deeper than {DEEPEST_SCHEMA} levels, $ref by $ref; make it flatter"
