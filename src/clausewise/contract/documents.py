"""YAML and JSON files as plain data that still knows its lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from clausewise.errors import ContractError

# A contract has some thousands of nodes; aliases that multiply them are an attack (or a mistake).
MOST_NODES = 500_000

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _CoreLoader(_Base):  # type: ignore[misc]  # the C loader has no stubs
    """The safe loader with the scalars of YAML 1.2: no dates, and `no` and `on` are strings."""


_CoreLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
        or (tag == "tag:yaml.org,2002:bool" and first in "tTfF")
    ]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is written: a file relative to the pack, and a line from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class Document:
    """One file: its data, and for each mapping (by identity) the line of every key."""

    path: Path
    name: str
    data: Any
    lines: dict[int, dict[str, int]] = field(default_factory=dict)


class Library:
    """Every document of one pack, read on demand and kept.

    `root` bounds what a `$ref` may reach; nothing is fetched over a network.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._documents: dict[Path, Document] = {}
        self._lines: dict[int, tuple[str, dict[str, int]]] = {}
        self._registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]

    def read(self, path: Path) -> Document:
        """Read one file. Raises ContractError when it is missing or not YAML or JSON."""
        path = path.resolve()
        if path not in self._documents:
            document = _parse(path, self._name(path))
            self._documents[path] = document
            for key, lines in document.lines.items():
                self._lines[key] = (document.name, lines)
        return self._documents[path]

    def source(self, mapping: Any, key: str) -> Source | None:
        """Where `key` of this very mapping is written, or None for data made elsewhere."""
        found = self._lines.get(id(mapping))
        if found is None or key not in found[1]:
            return None
        return Source(found[0], found[1][key])

    def resolver(self, path: Path) -> Any:
        """A `referencing` resolver whose base is this file."""
        resource = DRAFT202012.create_resource(self.read(path).data)
        return self._registry.with_resource(path.resolve().as_uri(), resource).resolver(
            path.resolve().as_uri()
        )

    def follow(self, resolver: Any, mapping: dict[str, Any]) -> tuple[Any, Any]:
        """The contents and the new resolver behind `mapping["$ref"]`.

        Raises ContractError, with the line of the `$ref`, when it leads nowhere or out of the pack.
        """
        ref = mapping["$ref"]
        at = self.source(mapping, "$ref")
        file, line = (at.file, at.line) if at else (None, None)
        if not isinstance(ref, str):
            raise ContractError(f"$ref is a string, here it is {ref!r}", file, line)
        try:
            resolved = resolver.lookup(ref)
        except Unresolvable as error:
            cause = error.__cause__ or error.__context__
            why = f": {cause}" if isinstance(cause, ContractError) else ""
            raise ContractError(f"$ref {ref!r} leads nowhere{why}", file, line) from error
        return resolved.contents, resolved.resolver

    def _name(self, path: Path) -> str:
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return str(path)

    def _retrieve(self, uri: str) -> Resource[Any]:
        parts = urlsplit(uri)
        if parts.scheme != "file":
            raise NoSuchResource(ref=uri) from ContractError(
                "remote documents are not fetched; keep a copy in the pack"
            )
        path = Path(unquote(parts.path)).resolve()
        if not path.is_relative_to(self.root):
            raise NoSuchResource(ref=uri) from ContractError(f"it lies outside {self.root}")
        try:
            return DRAFT202012.create_resource(self.read(path).data)
        except ContractError as error:
            raise NoSuchResource(ref=uri) from error


def _parse(path: Path, name: str) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContractError(f"cannot be read: {error.strerror}", name) from error
    except UnicodeDecodeError as error:
        raise ContractError(f"is not UTF-8: {error.reason}", name) from error
    document = Document(path, name, None)
    loader = _CoreLoader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            document.data = _Builder(loader, document).build(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContractError(
            f"is not YAML: {error.problem}", name, mark.line + 1 if mark else None
        ) from error
    except RecursionError as error:
        raise ContractError("is nested too deeply", name) from error
    finally:
        loader.dispose()
    return document


class _Builder:
    """Turns YAML nodes into data, noting lines; counts what it builds."""

    def __init__(self, loader: Any, document: Document) -> None:
        self._loader = loader
        self._document = document
        self._built = 0
        self._open: set[int] = set()

    def build(self, node: Any) -> Any:
        self._built += 1
        line = node.start_mark.line + 1
        if self._built > MOST_NODES:
            raise ContractError(f"grows beyond {MOST_NODES} nodes", self._document.name, line)
        if isinstance(node, yaml.ScalarNode):
            return self._loader.construct_object(node)
        if id(node) in self._open:
            raise ContractError("an alias contains itself", self._document.name, line)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(item) for item in node.value]
            return self._mapping(node)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any) -> dict[str, Any]:
        self._loader.flatten_mapping(node)
        data: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                raise ContractError("a key must be a plain word", self._document.name, line)
            if key in data:
                raise ContractError(f"key {key!r} stands twice", self._document.name, line)
            data[key] = self.build(value_node)
            lines[key] = line
        self._document.lines[id(data)] = lines
        return data
