"""Mockoon's environments.

https://mockoon.com/docs/latest/mockoon-data-files/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from clausewise.traffic.exchange import (
    ABSENT_BODY,
    UNKNOWN,
    Aside,
    Body,
    Item,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    pairs_of,
)
from clausewise.traffic.readers.stubs import document, each, is_open, members, open_body

# What a path of Mockoon leaves open: `:id`.
_PARAMETER = re.compile(r":([A-Za-z_]\w*)")


def read_mockoon(stream: BinaryIO) -> Iterator[Item]:
    """Read the replies of an environment, each with its route."""
    node = document(stream)
    prefix = str(node.get("endpointPrefix") or "").strip("/")
    shared = members(node, "headers")
    answers = [
        (route, response)
        for route in members(node, "routes")
        for response in (members(route, "responses") if isinstance(route, dict) else [None])
    ]
    yield from each(answers, lambda one: _mockoon(one[0], one[1], prefix, shared))


def _mockoon(
    route: dict[str, Any], response: dict[str, Any], prefix: str, shared: list[Any]
) -> TrafficExchange | Aside:
    if route.get("type", "http") != "http" or str(route["method"]).lower() == "all":
        return Aside("route of no HTTP method")
    endpoint = str(route["endpoint"]).lstrip("/")
    if "*" in endpoint:
        return Aside("stub for a pattern of URLs")
    # What a parameter is, the file does not say.
    path = "/".join([*([prefix] if prefix else []), _PARAMETER.sub("***", endpoint)])
    headers = [
        (name, value)
        for name, value in pairs_of([*(response.get("headers") or []), *shared]) or []
        if name and not is_open(value)
    ]
    text = response.get("body")
    from_file = response.get("bodyType", "INLINE") != "INLINE"
    body = UNKNOWN if from_file else (open_body(Body(text=str(text))) if text else ABSENT_BODY)
    return TrafficExchange(
        str(route["method"]).upper(),
        f"/{path}",
        SentRequest(None, UNKNOWN, open_query=True),
        # What it adds of its own depends on its version.
        ReceivedResponse(int(response["statusCode"]), headers, body, True),
        fixed=True,
    )
