"""Nodes of YAML as values of JSON, with the line of every key."""

from __future__ import annotations

import re
from typing import Any

from clausewise.contract.json_values import finite, whole
from clausewise.contract.source import DEEPEST, FAR, MOST_NODES, Document
from clausewise.contract.yaml_nodes import Node
from clausewise.cutting import brief, cut
from clausewise.errors import ContractError


class Builder:
    """Turns nodes into data, noting lines; counts what it builds."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._built = 0
        self._open: set[int] = set()
        self._merging: set[int] = set()
        self._merged: dict[int, dict[str, tuple[Node, Node]]] = {}

    def build(self, node: Node) -> Any:
        """The value of a node. Raises ContractError for what JSON has no value for."""
        self._count(1, node)
        if node.text is not None:
            return self._scalar(node, node.text)
        if node.tag not in (None, f"{_TAG}map", f"{_TAG}seq"):
            raise self._wrong(f"the tag {brief(str(node.tag))} means nothing in JSON", node)
        if id(node) in self._open:
            raise self._wrong("an alias contains itself", node)
        if len(self._open) >= DEEPEST:  # by aliases: each line of it is flat
            raise self._wrong("is nested too deeply", node)
        self._open.add(id(node))
        try:
            if node.items is not None:
                return [self.build(item) for item in node.items]
            return self._mapping(node)
        finally:
            self._open.discard(id(node))

    def _count(self, more: int, node: Node) -> None:
        self._built += more
        if self._built > MOST_NODES:
            raise self._wrong(f"grows beyond {MOST_NODES} nodes", node)

    def _scalar(self, node: Node, text: str) -> Any:
        kind = node.tag
        if kind is None and node.plain:
            kind = next((tag for tag, form in _CORE if form.fullmatch(text)), None)
        if kind in (None, "!", f"{_TAG}str"):
            return text
        try:
            value = _SCALARS[kind](text)
        except KeyError:
            raise self._wrong(f"the tag {brief(str(kind))} means nothing in JSON", node) from None
        except ValueError:
            raise self._wrong(f"{cut(text, 40)} is not a value of JSON", node) from None
        return value

    def _mapping(self, node: Node) -> dict[str, Any]:
        data: dict[str, Any] = {}
        pairs = self._pairs(node)
        for key, (_, value) in pairs.items():
            data[key] = self.build(value)
        self._document.lines[id(data)] = {key: named.line for key, (named, _) in pairs.items()}
        far = {key: n.column for key, (n, _) in pairs.items() if n.column > FAR}
        if far:
            self._document.columns[id(data)] = far
        return data

    def _pairs(self, node: Node) -> dict[str, tuple[Node, Node]]:
        """The pairs of a mapping, those of its merge keys included; its own ones win."""
        if id(node) in self._merged:
            return self._merged[id(node)]
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        for key_node, value in node.pairs or []:
            key = key_node.text
            if key is None:
                raise self._wrong("a key must be a plain word", key_node)
            if key == "<<" and key_node.plain:
                for other in [value] if value.items is None else value.items:
                    merged = {**self._mergeable(other), **merged}
                    self._count(len(merged), other)
            else:
                if key in own:
                    self._document.twice.append((key, key_node.line))
                own[key] = (key_node, value)
        self._merged[id(node)] = {**merged, **own}
        return self._merged[id(node)]

    def _mergeable(self, other: Node) -> dict[str, tuple[Node, Node]]:
        if other.pairs is None:
            raise self._wrong("only mappings can be merged with <<", other)
        if id(other) in self._open or id(other) in self._merging:
            raise self._wrong("an alias contains itself", other)
        if len(self._merging) >= DEEPEST:
            raise self._wrong("is nested too deeply", other)
        self._merging.add(id(other))
        pairs = self._pairs(other)
        self._merging.discard(id(other))
        return pairs

    def _wrong(self, problem: str, node: Node) -> ContractError:
        return ContractError(problem, self._document.name, node.line)


# The core schema of YAML 1.2 (section 10.3.2): no dates, no sexagesimals, `no` and `on` are words.
_TAG = "tag:yaml.org,2002:"
_CORE = tuple(
    (f"{_TAG}{tag}", re.compile(form))
    for tag, form in (
        ("null", r"null|Null|NULL|~|"),
        ("bool", r"true|True|TRUE|false|False|FALSE"),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
        ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
        ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"),
    )
)


def _int(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2])
    return whole(text) if base is None else whole(text[2:], base)


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_SCALARS: dict[str | None, Any] = {
    f"{_TAG}null": lambda _: None,
    f"{_TAG}bool": _bool,
    f"{_TAG}int": _int,
    f"{_TAG}float": finite,
}
