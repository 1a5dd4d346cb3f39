"""Reading needs: which places of an operation's requests name things, and of which kinds.

Told from paths, names and schemas. A name without a noun (`id`) is of what it stands below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from clausewise.contract import Contract, Operation, Parameter, Place
from clausewise.contract.path_templates import path_names
from clausewise.links.destroying import name_words
from clausewise.links.handed_on import LinkedValue
from clausewise.links.needs import Collection, Need, bare
from clausewise.links.nouns import SUFFIXES, noun_named, noun_of
from clausewise.pointer import ABSENT, escape
from clausewise.values.usual import text_format

# A member of a body or a query is taken for a name of a thing only with one of these.
PLAIN_SUFFIXES = frozenset({"id", "ids", "uuid", "guid", "ref", "slug"})
# So deep in a body names of other things are looked for: a large one has thousands further in.
_DEPTH = 3
# The format of what names one thing alone, whatever it is called.
_UNIQUE = "uuid"


class NeedReader:
    """Reads what the requests of operations name, by the collections of their contract."""

    def __init__(
        self,
        contract: Contract,
        collections: Mapping[str, Collection],
        told: Sequence[LinkedValue],
        at: Callable[[str], list[Operation]],
        is_made: Callable[[str], bool],
    ) -> None:
        """`told` is what the document's own links hand on.

        `at` gives the operations of a bare path, `is_made` whether anything makes things of a
        collection.
        """
        self._contract = contract
        self._collections = collections
        self._told = told
        self._at = at
        self._is_made = is_made
        self._by_noun: dict[str, list[str]] = {}
        # By a parameter at the end of a path, its noun before it or not: path and parameter.
        self._by_parameter: dict[str, list[tuple[str, str]]] = {}
        for path, collection in collections.items():
            self._by_noun.setdefault(collection.noun, []).append(path)
            for operation in at(f"{path}/{{}}")[:1]:
                name = path_names(operation.path)[-1]
                for known in dict.fromkeys((noun_of(name), collection.noun + noun_of(name))):
                    self._by_parameter.setdefault(known, []).append((path, name))

    def needs_of(self, operation: Operation) -> Iterator[Need]:
        """What the requests of an operation name, path parameters first."""
        names = path_names(operation.path)
        by_place = {(p.location, p.name): p for p in operation.parameters}
        for position, name in enumerate(names):
            parameter = by_place.get(("path", name))
            if parameter is not None:
                yield self._of_path(operation, parameter, position)
        told = {(t.part, t.name) for t in self._told if t.operation == operation.id}
        for (location, name), parameter in by_place.items():
            schema, at = parameter.message.schema.document, f"/{escape(name)}"
            called = name
            if location == "query" and parameter.required and name.lower() in PLAIN_SUFFIXES:
                # `/pet?id=` names a pet as `/pet?petId=` does.
                called = f"{noun_of(bare(operation.path).rpartition('/')[2])}_{name}"
            found = [
                replace(need, name=name)
                for need in self._by_name(operation.id, location, at, called, schema)
            ]
            if location in ("query", "header", "cookie"):
                if not found and (location, name) in told:
                    found = [Need(operation.id, location, at, name, (), None, schema)]
                yield from found
        if operation.body is not None:
            members = {place.pointer: place for place in _outer(operation.body.place, _DEPTH)}
            for place in members.values():
                yield from self._of_member(operation.id, place)

    def _of_path(self, operation: Operation, parameter: Parameter, position: int) -> Need:
        """A path parameter: of the collection of its noun, else of the one that it stands below."""
        parts = bare(operation.path).split("{}")
        around = "{}".join(parts[: position + 1]).rstrip("/")
        found = [around] if around in self._collections else []
        noun, _ = noun_named(parameter.name)
        other = [path for path in self._by_noun.get(noun, ()) if path != around] if noun else []
        if found and (not noun or self._collections[around].noun == noun or not other):
            other = []
        schema = parameter.message.schema.document
        listed = is_listed(parameter) and not self._is_said_by(parts[: position + 1], parameter)
        return Need(
            operation.id,
            "path",
            f"/{escape(parameter.name)}",
            parameter.name,
            () if listed else (*other, *found),
            around,
            schema,
            listed or parameter.example is not ABSENT,
            listed,
        )

    def _is_said_by(self, parts: list[str], parameter: Parameter) -> bool:
        """Whether things say a path parameter themselves, that name them with the ones before it.

        `POST /files` with `name` and `ext` makes what `/files/{name}.{ext}` is about. `parts` are
        those of the path that lead to the parameter.
        """
        first = len(parts) - 1
        while first > 0 and parts[first] == "/":
            first -= 1
        makers = (
            self._at("{}".join(parts[: first + 1]).rstrip("/")) if first < len(parts) - 1 else []
        )
        bodies = [one.body for one in makers if one.method == "POST" and one.body is not None]
        return any(parameter.name in body.place.members for body in bodies)

    def _of_member(self, operation: str, place: Place) -> Iterator[Need]:
        steps = place.pointer.split("/")[1:]
        if not steps:
            return
        # The items of `member_ids` name members.
        name = steps[-1] if steps[-1] != "*" else steps[-2] if len(steps) > 1 else ""
        if steps[-1] == "*" and not name.lower().endswith("s"):
            return
        kinds = place.allowed_types
        if not kinds & {"string", "integer"} or kinds & {"object", "array"}:
            return
        found = list(self._by_name(operation, "request", place.pointer, name, True))
        noun, suffix = noun_named(name)
        if not found and noun and text_format(place) == _UNIQUE:
            found = self._by_its_format(operation, place.pointer, name)
        yield from found
        around = [step for step in steps[:-1] if step != "*"]
        if noun or suffix not in PLAIN_SUFFIXES or not around:
            return
        # `kernel: {id}` names a kernel as `kernel_id` does, but for what is sent to kernels
        # themselves: there it is the thing that the request is about.
        own = bare(self._contract.operations[operation].path)
        for need in self._by_name(
            operation, "request", place.pointer, f"{noun_of(around[-1])}_{name}", True
        ):
            others = tuple(
                path for path in need.collections if not f"{own}/".startswith(f"{path}/")
            )
            if others:
                yield replace(need, collections=others)

    def _by_name(
        self, operation: str, part: str, pointer: str, name: str, schema: Any
    ) -> Iterator[Need]:
        noun, suffix = noun_named(name)
        paths = self._by_noun.get(noun, ())
        # `sourceNoteId` names a note as `noteId` does, by its last words.
        words = name_words(name)[1:-1] if part != "path" and suffix in PLAIN_SUFFIXES else ()
        while words and not paths:
            paths = self._by_noun.get(noun_of("_".join(words)), ())
            words = words[1:]
        if noun and suffix in PLAIN_SUFFIXES and paths:
            yield Need(operation, part, pointer, name, tuple(paths), None, schema)
        elif part != "path" and noun and noun_of(name) not in SUFFIXES:
            yield from self._by_what_it_is_called(operation, part, pointer, name, schema)

    def _by_what_it_is_called(
        self, operation: str, part: str, pointer: str, name: str, schema: Any
    ) -> Iterator[Need]:
        """`product_sku` names what `/products/{sku}` does; `sku` or `product` may, or be any text.

        What is sent to things themselves is about those, not about others of their kind.
        """
        whole, own = "".join(noun_named(name)), bare(self._contract.operations[operation].path)
        known = [(path, called) for path, called in self._by_parameter.get(whole, ())]
        known += [(path, "") for path in self._by_noun.get(whole, ())]
        for path, called in known:
            if not f"{own}/".startswith(f"{path}/"):
                guessed = whole in (noun_of(called), self._collections[path].noun)
                place = (operation, part, pointer, name)
                yield Need(*place, (path,), None, schema, called=called, guessed=guessed)
                return

    def _by_its_format(self, operation: str, pointer: str, name: str) -> list[Need]:
        """`owner`, a UUID, may name a thing of any collection whose things go by UUIDs."""
        own = bare(self._contract.operations[operation].path)
        paths = [
            path
            for path in self._collections
            if not f"{own}/".startswith(f"{path}/") and self._is_made(path)
            if any(text_format(p.place) == _UNIQUE for p in self._named_at(path))
        ]
        schema = {"type": "string", "format": _UNIQUE}
        if not paths:
            return []
        place = (operation, "request", pointer, name)
        return [Need(*place, tuple(paths), None, schema, guessed=True, by_format=True)]

    def _named_at(self, collection: str) -> list[Parameter]:
        """What the path of a thing calls it: one parameter, or none."""
        for operation in self._at(f"{collection}/{{}}")[:1]:
            name = path_names(operation.path)[-1]
            return [p for p in operation.located("path") if p.name == name]
        return []


def is_listed(parameter: Parameter) -> bool:
    """Whether all values of a parameter are known: it names no thing that comes and goes."""
    schema = parameter.message.schema.document
    return "enum" in schema or "const" in schema


def _outer(place: Place, depth: int) -> Iterator[Place]:
    """A place and those in it, so many steps deep."""
    yield place
    for choice in place.choices:
        for branch in choice.branches:
            yield from _outer(branch, depth)
    if depth > 0:
        for inner in (*place.members.values(), *([place.items] if place.items else [])):
            yield from _outer(inner, depth - 1)
