"""OpenAPI 3.0 schemas in the words of 3.1: `nullable`, boolean exclusive bounds, `example`."""

from __future__ import annotations

from typing import Any

_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
# Values, not descriptions: nothing in them is a keyword.
_DATA = {"example", "examples", "default", "enum", "value"}
# Objects whose keys are names that somebody chose, never keywords.
_NAMED = {
    "callbacks", "content", "encoding", "headers", "links", "parameters", "paths", "properties",
    "requestBodies", "responses", "schemas", "securitySchemes", "variables",
}  # fmt: skip
# What tells a schema from the other objects that may have an `example`.
_OF_SCHEMAS = {"type", "enum", "format", "properties", "items", "allOf", "oneOf", "anyOf"}

_OF_PATHS = {"get", "put", "post", "delete", "options", "head", "patch", "trace", "parameters"}


def modernised(node: Any, named: bool = False) -> None:
    """Rewrite a 3.0 document, or a part of one, in place, so that it keeps its line numbers.

    `nullable` widens `type` and `enum` (3.0.3, section 4.7.24.1: it needs a `type` beside it);
    what stands beside a `$ref` means nothing there (4.7.23). `named` says that the keys of this
    object are names.
    """
    if isinstance(node, list):
        for item in node:
            modernised(item)
        return
    if not isinstance(node, dict):
        return
    # A path item is the one object with a `$ref` that may have more.
    if not named and isinstance(node.get("$ref"), str) and not node.keys() & _OF_PATHS:
        for key in node.keys() - {"$ref"}:
            del node[key]
        return
    for key, value in node.items():
        if named or key not in _DATA:
            modernised(value, named=not named and key in _NAMED)
    if not named:
        _rewrite(node)


def _rewrite(node: dict[str, Any]) -> None:
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
        if isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
    if isinstance(node.get("nullable"), bool):
        del node["nullable"]
    for exclusive, bound in _BOUNDS.items():
        if node.get(exclusive) is True and bound in node:
            node[exclusive] = node.pop(bound)
        elif isinstance(node.get(exclusive), bool):
            del node[exclusive]
    if "example" in node and "schema" not in node and node.keys() & _OF_SCHEMAS:
        node.setdefault("examples", [node.pop("example")])
