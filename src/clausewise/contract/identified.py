"""What a document calls itself and the schemas in it: `$self` (OpenAPI 3.2) and `$id`.

`referencing` knows where JSON Schema has schemas, and nothing of OpenAPI's own objects around them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin

from clausewise.contract.keywords import DATA, REFERENCES

# Values, not descriptions: nothing in them is a schema.
_VALUES = {*DATA, "example", "value", "dataValue"}


def identified(root: Any, text: str, base: str) -> Iterator[tuple[str, Any]]:
    """The URIs by which parts of a document are called, each with the part.

    `base` is the URI that the document was read by, `text` what it was read from: most have no such
    names, and are not gone through.
    """
    if not isinstance(root, dict):
        return
    own = root.get("$self")
    if isinstance(own, str):
        base = urljoin(base, own)
        yield urldefrag(base).url, root
    if "$id" in text:
        yield from _schemas(root, base)


def references_in(node: Any) -> Iterator[dict[str, Any]]:
    """All that refers to something within a part of a document."""
    open_ = [node]
    while open_:
        part = open_.pop()
        if isinstance(part, dict):
            if not part.keys().isdisjoint(REFERENCES):
                yield part
            open_ += part.values()
        elif isinstance(part, list):
            open_ += part


def _schemas(root: dict[str, Any], base: str) -> Iterator[tuple[str, Any]]:
    open_: list[tuple[Any, str]] = [(root, base)]
    while open_:
        node, around = open_.pop()
        if isinstance(node, list):
            open_ += [(inner, around) for inner in node]
        if not isinstance(node, dict):
            continue
        name = node.get("$id")
        if isinstance(name, str) and node is not root:
            try:
                around = urldefrag(urljoin(around, name)).url
            except ValueError:  # no URI at all
                continue
            yield around, node
        open_ += [(inner, around) for key, inner in node.items() if key not in _VALUES]
