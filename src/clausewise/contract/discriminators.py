"""Discriminators: what a member's value says of the schema that is meant.

OpenAPI has them as a hint beside `oneOf`, `anyOf` and inheritance by `allOf` (3.1.1, Discriminator
Object): a value is a key of `mapping`, else the name of a schema. A reply keeps its schema without
them, or with them: where several branches of a `oneOf` fit it, the one that is named is meant. A
request that means what it says has the right value, so here they become `enum`s.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.contract.documents import Documents
from clausewise.errors import ContractError


class Shape(Struct, frozen=True):
    """What a discriminator asks of a schema: one of `values` in `member`, or none of `barred`.

    `owner` is the schema that has the discriminator; `node` is the schema it is asked of, and
    `resolver` the base of its references. `is_required` tells that the schema requires the member
    anyway. Barred is what names the other branches, of one that is meant by whatever names none
    (OpenAPI 3.2, `defaultMapping`).
    """

    member: str
    values: tuple[str, ...]
    owner: dict[str, Any]
    node: Any
    resolver: Any
    is_required: bool
    barred: tuple[str, ...] = ()


class _Components(Struct):
    """The named schemas of one document."""

    resolver: Any
    listed: dict[str, Any]
    # By identity: the name, the schema, and what it inherits from by `allOf`.
    names: dict[int, str] = field(default_factory=dict)
    heirs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    parents: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


class Discriminators:
    """Reads the discriminators of the documents of one pack."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents

    def branches(self, node: dict[str, Any], keyword: str, resolver: Any) -> dict[int, Shape]:
        """By index, what the discriminator beside a `oneOf` or `anyOf` asks of its branches."""
        member = _member(node)
        if member is None:
            return {}
        mapped = self._mapped(node, resolver)
        found: dict[int, Shape] = {}
        for index, branch in enumerate(node[keyword]):
            target, base = self._target(branch, resolver)
            if target is None or not self._is_open(target, base, member):
                continue
            values = tuple(value for value, named in mapped if named is target)
            if not values:
                name = self._components(base).names.get(id(target)) or _last(branch["$ref"])
                values = (name,)
            if not self._denies(target, base, member, values):
                found[index] = self._shape(member, values, node, target, base)
        default = self._default(node, resolver)
        others = tuple(v for one in found.values() if one.node is not default for v in one.values)
        return {
            index: replace(one, barred=others) if one.node is default else one
            for index, one in found.items()
        }

    def heirs(self, node: dict[str, Any], resolver: Any) -> list[Shape]:
        """The schemas that inherit from this one and that its discriminator tells apart."""
        member = _member(node)
        if member is None or "oneOf" in node or "anyOf" in node:
            return []
        components = self._components(resolver)
        mapped = self._mapped(node, components.resolver)
        found: dict[int, Shape] = {}
        open_ = list(components.heirs.get(id(node), ()))
        while open_:
            heir = open_.pop(0)
            if id(heir) in found or heir is node:
                continue
            values = self._values(mapped, heir, components)
            if values and not self._denies(heir, components.resolver, member, values):
                found[id(heir)] = self._shape(member, values, node, heir, components.resolver)
            open_ += components.heirs.get(id(heir), ())
        return list(found.values())

    def names(self, node: dict[str, Any], resolver: Any) -> list[Shape]:
        """What the discriminators that a schema inherits ask of it, or its own without heirs."""
        member = _member(node)
        if member is not None and "oneOf" not in node and "anyOf" not in node:
            values = tuple(key for key in _mapping(node) if isinstance(key, str))
            return [self._shape(member, values, node, node, resolver)] if values else []
        if not isinstance(node.get("allOf"), list):
            return []
        components = self._components(resolver)
        found = []
        for parent in self._ancestors(node, components):
            inherited = _member(parent)
            if inherited is None or "oneOf" in parent or "anyOf" in parent:
                continue
            mapped = self._mapped(parent, components.resolver)
            values = self._values(mapped, node, components)
            if values and not self._denies(node, resolver, inherited, values):
                found.append(self._shape(inherited, values, parent, node, resolver))
        return found

    def _shape(
        self, member: str, values: tuple[str, ...], owner: dict[str, Any], node: Any, resolver: Any
    ) -> Shape:
        required = any(
            isinstance(part.get("required"), list) and member in part["required"]
            for part, _ in self.documents.composing(node, resolver, ("allOf",))
        )
        return Shape(member, values, owner, node, resolver, required)

    def _ancestors(self, node: dict[str, Any], components: _Components) -> Iterator[dict[str, Any]]:
        seen: set[int] = set()
        open_ = list(components.parents.get(id(node), ()))
        while open_:
            parent = open_.pop()
            if id(parent) not in seen:
                seen.add(id(parent))
                yield parent
                open_ += components.parents.get(id(parent), ())

    def _values(
        self, mapped: list[tuple[str, Any]], node: dict[str, Any], components: _Components
    ) -> tuple[str, ...]:
        """The values that name a schema; with a mapping, what it does not name is none of them."""
        values = tuple(value for value, named in mapped if named is node)
        if mapped or id(node) not in components.names:
            return values
        return (components.names[id(node)],)

    def _mapped(self, owner: dict[str, Any], resolver: Any) -> list[tuple[str, Any]]:
        """The values that a mapping has, each with the schema that it names."""
        return [
            (value, self._named(named, resolver) if isinstance(named, str) else None)
            for value, named in _mapping(owner).items()
        ]

    def _default(self, owner: dict[str, Any], resolver: Any) -> Any:
        """The schema that is meant by values that name none (OpenAPI 3.2, `defaultMapping`)."""
        named = owner["discriminator"].get("defaultMapping")
        return self._named(named, resolver) if isinstance(named, str) else None

    def _named(self, named: str, resolver: Any) -> Any:
        """The schema that a mapping names, by its name or as a reference."""
        components = self._components(resolver)
        if named in components.listed:
            return self._target(components.listed[named], components.resolver, True)[0]
        return self._target({"$ref": named}, resolver)[0]

    def _target(self, branch: Any, resolver: Any, inline: bool = False) -> tuple[Any, Any]:
        """The schema at the end of a row of references, and its base; None for one of no name."""
        for _ in range(20):
            if not isinstance(branch, dict):
                break
            if not isinstance(branch.get("$ref"), str):
                return (branch, resolver) if inline else (None, resolver)
            try:
                branch, resolver = self.documents.follow(resolver, branch)
            except ContractError:
                break
            inline = True
        return None, resolver

    def _is_open(self, node: dict[str, Any], resolver: Any, member: str) -> bool:
        """Whether a schema may have this member, and does not say itself which values it has."""
        closed = False
        known = False
        for part, _ in self.documents.composing(node, resolver, ("allOf",)):
            members = part.get("properties")
            inner = members.get(member) if isinstance(members, dict) else None
            if isinstance(inner, dict):
                known = True
                if "const" in inner or "enum" in inner:
                    return False
            closed = closed or part.get("additionalProperties") is False
        return known or not closed

    def _denies(self, node: Any, resolver: Any, member: str, values: tuple[str, ...]) -> bool:
        """Whether a schema allows none of these values: then its own ones tell it apart."""
        for part, base in self.documents.composing(node, resolver, ("allOf",)):
            members = part.get("properties")
            inner = members.get(member) if isinstance(members, dict) else None
            for one, _ in self.documents.composing(inner, base, ("allOf",)):
                stated = [one["const"]] if "const" in one else one.get("enum")
                if isinstance(stated, list) and not any(value in stated for value in values):
                    return True
        return False

    def _components(self, resolver: Any) -> _Components:
        try:
            found = resolver.lookup("#/components/schemas")
            listed, base = found.contents, found.resolver
        except Exception:  # a document of schemas alone has none
            return _Components(resolver, {})
        if not isinstance(listed, dict):
            return _Components(resolver, {})
        key = ("components", id(listed))
        if key not in self.documents.memo:
            self.documents.memo[key] = self._index(listed, base)
        components: _Components = self.documents.memo[key]
        return components

    def _index(self, listed: dict[str, Any], resolver: Any) -> _Components:
        components = _Components(resolver, listed)
        for name, node in listed.items():
            if not isinstance(node, dict):
                continue
            components.names[id(node)] = name
            parts = node.get("allOf")
            # With nothing of its own, it is another name of the same schema.
            if not isinstance(parts, list) or (len(parts) == 1 and "properties" not in node):
                continue
            for part in parts:
                parent, _ = self._target(part, resolver)
                if parent is not None:
                    components.heirs.setdefault(id(parent), []).append(node)
                    components.parents.setdefault(id(node), []).append(parent)
        return components


def _member(node: dict[str, Any]) -> str | None:
    """The member that a schema's discriminator is about."""
    named = node.get("discriminator")
    member = named.get("propertyName") if isinstance(named, dict) else None
    return member if isinstance(member, str) else None


def _mapping(node: dict[str, Any]) -> dict[str, Any]:
    mapping = node["discriminator"].get("mapping")
    return mapping if isinstance(mapping, dict) else {}


def _last(reference: str) -> str:
    """The name that a reference ends with: of a pointer, or of a file."""
    name = reference.rpartition("/")[2]
    return name.partition(".")[0] if "#" not in reference else name
