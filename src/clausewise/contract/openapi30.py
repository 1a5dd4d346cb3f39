"""OpenAPI 3.0 schemas in the words of 3.1: `nullable`, boolean exclusive bounds, `example`."""

from __future__ import annotations

from typing import Any

from clausewise.contract.keywords import EXCLUSIVE

# Values, not descriptions: nothing in them is a keyword.
_DATA = {"example", "examples", "default", "enum", "value"}
# Objects whose keys are names that somebody chose, never keywords.
_NAMED = {
    "callbacks", "content", "definitions", "encoding", "headers", "links", "parameters", "paths",
    "properties", "requestBodies", "responses", "schemas", "securitySchemes", "variables",
}  # fmt: skip
# What tells a schema from the other objects that may have an `example`.
_OF_SCHEMAS = {"type", "enum", "format", "properties", "items", "allOf", "oneOf", "anyOf"}

_OF_PATHS = {"get", "put", "post", "delete", "options", "head", "patch", "trace", "parameters"}


# Until 3.0.3 nothing said whether `nullable` allows a null that an `enum` does not list.
_OPEN_NULL = ("3.0.0", "3.0.1", "3.0.2")


def modernised(node: Any, version: str) -> None:
    """Rewrite a document of OpenAPI 3.0.x, or a part of one, in place: its lines stay known.

    `nullable` widens `type` and nothing else, and means nothing without a `type` beside it (3.0.3,
    section 4.7.24.1); what stands beside a `$ref` means nothing there (4.7.23).
    """
    _modernise(node, version.startswith(_OPEN_NULL), named=False)


def _modernise(node: Any, open_null: bool, *, named: bool) -> None:
    """`named` says that the keys of this object are names."""
    if isinstance(node, list):
        for item in node:
            _modernise(item, open_null, named=False)
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
            _modernise(value, open_null, named=not named and key in _NAMED)
    if not named:
        _rewrite(node, open_null)


def _rewrite(node: dict[str, Any], open_null: bool) -> None:
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
        listed = node.get("enum")
        if open_null and isinstance(listed, list) and None not in listed:
            # A reply may have it, a request is better off without.
            node["enum"] = [*listed, None]
            node.setdefault("x-contested", {"not": {"type": "null"}})
    if isinstance(node.get("nullable"), bool):
        del node["nullable"]
    for exclusive, bound in EXCLUSIVE.items():
        if node.get(exclusive) is True and bound in node:
            node[exclusive] = node.pop(bound)
        elif isinstance(node.get(exclusive), bool):
            del node[exclusive]
    if "example" in node and "schema" not in node and node.keys() & _OF_SCHEMAS:
        node.setdefault("examples", [node.pop("example")])
