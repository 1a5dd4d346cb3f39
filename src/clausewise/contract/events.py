"""Schemas of server-sent events: the data of one is a text, which may hold JSON."""

from __future__ import annotations

from typing import Any

from clausewise.contract.keywords import IN_PLACE_LISTS
from clausewise.contract.media_types import media_type
from clausewise.contract.origins import Origins


def with_data_read(origins: Origins, schema: Any) -> Any:
    """The schema of an event whose data is the value that its text holds, where that is told.

    OpenAPI 3.2, section 4.14.4, tells it by `contentMediaType` and `contentSchema`.
    """
    if not isinstance(schema, dict):
        return schema
    read: dict[str, Any] = {
        keyword: [with_data_read(origins, branch) for branch in schema[keyword]]
        for keyword in IN_PLACE_LISTS
        if keyword in schema
    }
    members = schema.get("properties") or {}
    told = _inner_schema(members.get("data"))
    if told is not None:
        read["properties"] = {**members, "data": told}
    return origins.derived(schema, read) if read else schema


def _inner_schema(schema: Any) -> Any:
    """What is said of the value that a text of JSON holds; None for any other text."""
    if not isinstance(schema, dict):
        return None
    kind, inner = schema.get("contentMediaType"), schema.get("contentSchema")
    if isinstance(kind, str) and media_type(kind).is_json and inner:
        return inner
    return next(filter(None, map(_inner_schema, schema.get("allOf", ()))), None)
