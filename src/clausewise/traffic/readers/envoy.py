"""Envoy's HTTP tap: a JSON object an exchange.

https://www.envoyproxy.io/docs/envoy/latest/api-v3/data/tap/v3/http.proto
"""

from __future__ import annotations

from typing import Any

from clausewise.traffic.exchange import (
    ABSENT_BODY,
    UNKNOWN,
    Aside,
    Body,
    Headers,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    fields_of,
)


def of_envoy(node: dict[str, Any]) -> TrafficExchange | Aside | None:
    """A buffered trace of Envoy's tap filter, as an exchange; None for what is none."""
    if "http_streamed_trace_segment" in node:
        return Aside("part of a streamed trace")
    trace = node.get("http_buffered_trace")
    if not isinstance(trace, dict):
        return None
    request, response = trace.get("request") or {}, trace.get("response") or {}
    sent, received = _headers(request), _headers(response)
    told = {name.lower(): value for name, value in sent if name.startswith(":")}
    if not {":method", ":path"} <= told.keys():
        return None
    scheme, host = told.get(":scheme", "http"), told.get(":authority", "")
    status = next((value for name, value in received if name == ":status"), None)
    reply = None
    if status is not None:
        reply = ReceivedResponse(int(status), fields_of(received), _body(response))
    return TrafficExchange(
        told[":method"].upper(),
        f"{scheme}://{host}{told[':path']}" if host else told[":path"],
        SentRequest(fields_of(sent), _body(request)),
        reply,
        request.get("headers_received_time"),
    )


def _headers(message: dict[str, Any]) -> Headers:
    return [(str(one["key"]), str(one.get("value", ""))) for one in message.get("headers") or ()]


def _body(message: dict[str, Any]) -> Body:
    """A body, as text or as bytes, cut where the tap's limit was reached.

    One that was not tapped is not there either: only a length of nothing says that there was none.
    """
    body = message.get("body")
    if not isinstance(body, dict):
        length = [value for name, value in _headers(message) if name.lower() == "content-length"]
        return ABSENT_BODY if length == ["0"] else UNKNOWN
    cut = bool(body.get("truncated"))
    if "as_string" in body:
        return Body(text=str(body["as_string"]), cut=cut)
    if "as_bytes" in body:
        return Body(base64=str(body["as_bytes"]), cut=cut)
    return UNKNOWN
