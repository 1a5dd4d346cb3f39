"""Documented examples: of a parameter, of a content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clausewise.contract.message import MessagePart
from clausewise.contract.nodes import Base, Nodes
from clausewise.errors import ContractError
from clausewise.pointer import ABSENT


def examples_in(nodes: Nodes, node: Any, base: Base) -> Iterator[tuple[str, Any]]:
    """Documented values by name; what is no Example Object is a value itself."""
    listed = node.get("examples")
    if isinstance(listed, list):
        yield from ((str(number), value) for number, value in enumerate(listed, 1))
    elif isinstance(listed, dict):
        for name in listed:
            try:
                example, _ = nodes.resolve(listed[name], base, listed, name)
            except ContractError:
                continue
            # One that only names its URL (`externalValue`) is not fetched.
            for key in ("value", "dataValue"):
                if key in example:
                    yield str(name), example[key]
                    break


def _documented(nodes: Nodes, node: Any, base: Base) -> Iterator[Any]:
    if node.get("example") is not None:
        yield node["example"]
    for _, value in examples_in(nodes, node, base):
        yield value


def example_for(nodes: Nodes, node: Any, message: MessagePart, base: Base) -> Any:
    """The first documented value that keeps the schema, or ABSENT."""
    values = list(_documented(nodes, node, base))
    values += message.schema.document.get("examples") or []
    return next((value for value in values if message.accepts(value)), ABSENT)
