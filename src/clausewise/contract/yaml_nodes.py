"""YAML and JSON as nodes that know their lines; aliases are followed, and bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from clausewise.contract.source import DEEPEST, MOST_NODES
from clausewise.cutting import brief
from clausewise.errors import ContractError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Node(Struct, eq=False):
    """A value as it is written: a scalar's text, the items of a list, or the pairs of a mapping."""

    line: int
    column: int
    tag: str | None
    plain: bool = False
    text: str | None = None
    items: list[Node] | None = None
    pairs: list[tuple[Node, Node]] | None = None


class Composer:
    """Turns the events of the YAML parser into nodes; an alias is the node that it names."""

    def __init__(self, text: str, name: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._name = name
        self._anchors: dict[str, Node] = {}
        self._depth = 0
        self._composed = 0

    def compose(self) -> Node | None:
        """The root node, or None of an empty document."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise ContractError("has a second document", self._name, _line(event))
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event)
        return root

    def _node(self, event: Any) -> Node:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                named = brief(repr(event.anchor))
                raise ContractError(f"there is no anchor {named}", self._name, line)
            return self._anchors[event.anchor]
        self._composed += 1
        if self._composed > MOST_NODES:
            problem = f"grows beyond {MOST_NODES} nodes; split it into files"
            raise ContractError(problem, self._name, line)
        node = Node(line, int(event.start_mark.column) + 1, event.tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if isinstance(event, yaml.ScalarEvent):
            node.text = event.value
            node.plain = event.implicit[0]
            return node
        self._depth += 1
        if self._depth > DEEPEST:
            raise ContractError("is nested too deeply", self._name, line)
        inner = list(self._inside())
        self._depth -= 1
        if isinstance(event, yaml.SequenceStartEvent):
            node.items = inner
        else:
            node.pairs = list(zip(inner[::2], inner[1::2], strict=True))
        return node

    def _inside(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield self._node(event)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
