"""Spans and log records of OpenTelemetry, by the names of its semantic conventions for HTTP.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from __future__ import annotations

from typing import Any

import msgspec

from clausewise.traffic.exchange import (
    Aside,
    Body,
    Headers,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    logged_body,
)

# The names of today, then those before 1.23.
_METHOD = ("http.request.method", "http.method")
_STATUS = ("http.response.status_code", "http.status_code")
_URL = ("url.full", "http.url")
_NANOSECONDS = 1_000_000_000


def spans_of(line: bytes) -> list[bytes] | None:
    """The spans of a line as the collector's file exporter writes it; None for any other line.

    https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
    """
    if b'"resourceSpans"' not in line[:64]:
        return None
    try:
        batch = msgspec.json.decode(line, type=_SpanBatch)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return [
        bytes(s) for one in batch.resource_spans for scope in one.scope_spans for s in scope.spans
    ]


class _Scope(msgspec.Struct):
    spans: list[msgspec.Raw] = []


class _Resource(msgspec.Struct, rename="camel"):
    scope_spans: list[_Scope] = []


class _SpanBatch(msgspec.Struct, rename="camel"):
    resource_spans: list[_Resource]


def of_span(node: dict[str, Any]) -> TrafficExchange | Aside | None:
    """A span, or its attributes alone, as an exchange; None for what is none of them."""
    attributes = _attributes(node)
    method, status = _first(attributes, _METHOD), _first(attributes, _STATUS)
    if method is None:
        return Aside("span of no request") if "spanId" in node and "traceId" in node else None
    url = _first(attributes, _URL) or _url_of(attributes)
    if url is None:
        return None
    start, end = (_seconds(node.get(name)) for name in ("startTimeUnixNano", "endTimeUnixNano"))
    response = None
    if status is not None:
        response = ReceivedResponse(
            int(status),
            _headers(attributes, "http.response.header."),
            _body(attributes, "http.response.body"),
            True,
        )
    return TrafficExchange(
        str(method).upper(),
        str(url),
        SentRequest(
            _headers(attributes, "http.request.header."),
            _body(attributes, "http.request.body"),
            True,
        ),
        response,
        start if start is not None else node.get("timestamp"),
        end - start if start is not None and end is not None else None,
    )


def _attributes(node: dict[str, Any]) -> dict[str, Any]:
    held = node.get("attributes", node)
    if isinstance(held, list):  # OTLP's own JSON
        return {one["key"]: _value(one.get("value")) for one in held}
    return held if isinstance(held, dict) else {}


def _value(node: Any) -> Any:
    """A value of OTLP, which is an object that names its type."""
    if not isinstance(node, dict) or len(node) != 1:
        return node
    kind, value = next(iter(node.items()))
    if kind == "arrayValue":
        return [_value(one) for one in value.get("values") or ()]
    return int(value) if kind == "intValue" else value


def _first(attributes: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


def _url_of(attributes: dict[str, Any]) -> str | None:
    """The URL that a server's span tells in parts."""
    path = attributes.get("url.path")
    if path is None:
        return attributes.get("http.target")
    query = attributes.get("url.query")
    host = attributes.get("server.address")
    before = f"{attributes.get('url.scheme', 'http')}://{host}" if host else ""
    return f"{before}{path}{f'?{query}' if query else ''}"


def _headers(attributes: dict[str, Any], prefix: str) -> Headers:
    """Headers as far as they were captured: which ones is set where spans are made."""
    pairs: Headers = []
    for name, value in attributes.items():
        if name.startswith(prefix):
            values = value if isinstance(value, list) else [value]
            pairs += [(name.removeprefix(prefix).replace("_", "-"), str(one)) for one in values]
    return pairs


def _body(attributes: dict[str, Any], prefix: str) -> Body:
    return logged_body(attributes.get(f"{prefix}.content"), attributes.get(f"{prefix}.size"))


def _seconds(nanoseconds: Any) -> float | None:
    return int(nanoseconds) / _NANOSECONDS if nanoseconds is not None else None
