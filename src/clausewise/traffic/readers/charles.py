"""Transactions of Charles as it exports a session to JSON (`.chlsj`), an array of them.

https://www.charlesproxy.com/documentation/using-charles/
"""

from __future__ import annotations

from typing import Any

from clausewise.traffic.exchange import (
    ABSENT_BODY,
    UNKNOWN,
    Aside,
    Body,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    fields_of,
    pairs_of,
)

_PORTS = {"http": 80, "https": 443}
_MILLISECONDS = 1_000


def of_charles(node: dict[str, Any]) -> TrafficExchange | Aside | None:
    """A transaction, as an exchange; None for what is none."""
    request, response = node.get("request"), node.get("response")
    if not isinstance(request, dict) or not {"scheme", "host", "path", "method"} <= node.keys():
        return None
    if node.get("tunnel"):
        return Aside("tunnel of a proxy")
    if node.get("webSocket"):
        return Aside("web socket")
    # One that failed, or is on its way, has no whole reply.
    is_over = node.get("status") in (None, "COMPLETE") and isinstance(response, dict)
    times, took = node.get("times") or {}, (node.get("durations") or {}).get("total")
    return TrafficExchange(
        str(node["method"]).upper(),
        _url(node),
        SentRequest(_headers(request), _body(request), not _headers(request)),
        _received(response) if is_over and response is not None else None,
        times.get("start"),
        took / _MILLISECONDS if isinstance(took, int | float) else None,
    )


def _url(node: dict[str, Any]) -> str:
    scheme, query = str(node["scheme"]), node.get("query")
    port = node.get("port") or node.get("actualPort")
    at = f":{port}" if port and port != _PORTS.get(scheme) else ""
    return f"{scheme}://{node['host']}{at}{node['path']}" + (f"?{query}" if query else "")


def _received(response: dict[str, Any]) -> ReceivedResponse | None:
    status = response.get("status")
    if not isinstance(status, int):
        return None
    headers = _headers(response)
    return ReceivedResponse(status, headers, _body(response), not headers)


def _headers(message: dict[str, Any]) -> list[tuple[str, str]]:
    return fields_of(pairs_of((message.get("header") or {}).get("headers")) or [])


def _body(message: dict[str, Any]) -> Body:
    """A body: a text is decoded, what is encoded as base64 is as it was sent."""
    body = message.get("body") or {}
    if body.get("text"):
        return Body(text=str(body["text"]))
    if body.get("encoded"):
        return Body(base64=str(body["encoded"]))
    return UNKNOWN if (message.get("sizes") or {}).get("body") else ABSENT_BODY
