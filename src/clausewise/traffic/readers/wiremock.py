"""WireMock's mappings, one a file or several.

https://wiremock.org/docs/stubbing/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import urlencode

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
from clausewise.traffic.readers.stubs import closed, document, each, json_body, members, open_body


def read_wiremock(stream: BinaryIO) -> Iterator[Item]:
    """Read a mapping, or a file of several."""
    node = document(stream)
    yield from each(members(node, "mappings") if "mappings" in node else [node], _wiremock)


def _wiremock(mapping: dict[str, Any]) -> TrafficExchange | Aside:
    request, response = mapping["request"], mapping.get("response") or {}
    method = str(request.get("method", "GET")).upper()
    url, path = request.get("url"), request.get("urlPath")
    if (url or path) is None or method == "ANY":
        return Aside("stub for a pattern of URLs")
    query = {
        name: one["equalTo"]
        for name, one in (request.get("queryParameters") or {}).items()
        if isinstance(one, dict) and "equalTo" in one
    }
    is_open, url = not url, url or path
    if query and "?" not in url:
        url = f"{url}?{urlencode(query)}"
    headers = [
        (name, str(one["equalTo"]))
        for name, one in (request.get("headers") or {}).items()
        if isinstance(one, dict) and "equalTo" in one
    ]
    sent = UNKNOWN
    for pattern in request.get("bodyPatterns") or ():
        if "equalToJson" in pattern:
            wanted = json_body(pattern["equalToJson"])
            # A placeholder stands for any value, and more members may be sent than are named.
            is_whole = not pattern.get("ignoreExtraElements")
            sent = wanted if is_whole and "${json-unit." not in str(wanted.text) else UNKNOWN
        elif "equalTo" in pattern:
            sent = Body(text=str(pattern["equalTo"]))
    if response.get("fault") or response.get("proxyBaseUrl"):
        return Aside("stub of a fault, or of a proxy")
    headers_sent = pairs_of(response.get("headers")) or []
    told = closed(headers_sent)
    return TrafficExchange(
        method,
        str(url),
        SentRequest(headers, sent, True, is_open),
        ReceivedResponse(
            int(response.get("status", 200)),
            told,
            _wiremock_body(response),
            len(told) < len(headers_sent),
        ),
        fixed=True,
    )


def _wiremock_body(response: dict[str, Any]) -> Body:
    """What it answers. Whether all stubs are templates is set where it is started."""
    if "jsonBody" in response:
        body = json_body(response["jsonBody"])
    elif "base64Body" in response:
        return Body(base64=str(response["base64Body"]))
    elif "body" in response:
        body = Body(text=str(response["body"]))
    else:
        return UNKNOWN if "bodyFileName" in response else ABSENT_BODY
    return open_body(body)
