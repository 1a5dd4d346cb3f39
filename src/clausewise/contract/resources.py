"""Schemas as `referencing` walks through them to find names and anchors, however odd they are.

The library takes what stands at a keyword for what belongs there, and one text in the place of a
schema costs every reference of its file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from referencing import Resource, Specification
from referencing.jsonschema import DRAFT202012

from clausewise.contract.keywords import KEYWORDS


def resource_of(data: Any) -> Resource[Any]:
    """A document as `referencing` keeps it: as JSON Schema 2020-12, unless it says otherwise."""
    return _SPECIFICATION.create_resource(data)


def _subresources_of(contents: Any) -> Iterator[Any]:
    """The schemas right within a schema; what is none there is left out."""
    if not isinstance(contents, dict):
        return
    for key, value in contents.items():
        if key not in _HOLDERS:
            continue
        try:
            inner = list(DRAFT202012.subresources_of({key: value}))
        except (AttributeError, TypeError):
            continue
        yield from (one for one in inner if isinstance(one, dict | bool))


def _id_of(contents: Any) -> str | None:
    named = contents.get("$id") if isinstance(contents, dict) else None
    return named if isinstance(named, str) else None


def anchored_in(resource: Any, name: str) -> Any | None:
    """The schema with this `$dynamicAnchor` in one with an `$id`; those with their own are others.

    None where there is none.
    """
    open_ = [resource]
    while open_:
        node = open_.pop()
        if isinstance(node, dict) and node.get("$dynamicAnchor") == name:
            return node
        open_ += (one for one in _subresources_of(node) if _id_of(one) is None)
    return None


# What holds schemas, of values and of others.
_HOLDERS = {*(k.name for k in KEYWORDS.values() if k.inner), "$defs", "definitions"}
_MADE: Any = Specification  # its arguments are not typed
_SPECIFICATION: Specification[Any] = _MADE(
    name=DRAFT202012.name,
    id_of=_id_of,
    subresources_of=_subresources_of,
    anchors_in=lambda _, contents: DRAFT202012.anchors_in(contents),
    maybe_in_subresource=DRAFT202012.maybe_in_subresource,
)
