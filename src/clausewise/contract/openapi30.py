"""OpenAPI 3.0 schemas in the words of 3.1: `nullable`, boolean exclusive bounds, `example`."""

from __future__ import annotations

from typing import Any

_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def modernised(node: Any) -> None:
    """Rewrite a whole 3.0 document in place, so that it keeps its line numbers.

    `nullable` widens `type` and `enum` (3.0.3, section 4.7.24.1: it needs a `type` beside it).
    """
    if isinstance(node, list):
        for item in node:
            modernised(item)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key not in ("example", "examples", "default", "enum", "value"):
            modernised(value)
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
        if isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
    node.pop("nullable", None) if isinstance(node.get("nullable"), bool) else None
    for exclusive, bound in _BOUNDS.items():
        if node.get(exclusive) is True and bound in node:
            node[exclusive] = node.pop(bound)
        elif isinstance(node.get(exclusive), bool):
            del node[exclusive]
