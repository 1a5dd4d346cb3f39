"""JSON access logs by the names of their members: proxies, load balancers, frameworks.

They hold no bodies, and of headers a few or none: what is not there is not known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from clausewise.traffic.exchange import (
    NO_REQUEST,
    UNKNOWN,
    Aside,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    pairs_of,
)

# Seconds since 1970 are less than this; what is more counts smaller units.
_MOST_SECONDS = 1e11
_LOGGED_TIME = "%d/%b/%Y:%H:%M:%S %z"


class _Names(NamedTuple):
    """Where a log has what; a dot goes into an object. `bare` targets are without their query."""

    method: str
    target: str
    status: str
    host: str = ""
    scheme: str = ""
    started: str = ""
    sent: str = ""
    received: str = ""
    kind: str = ""
    bare: bool = False


_FORMS = (
    # Caddy: https://caddyserver.com/docs/logging
    _Names(
        "request.method", "request.uri", "status", "request.host", started="ts",
        sent="request.headers", received="resp_headers",
    ),
    # Traefik: https://doc.traefik.io/traefik/observability/access-logs/
    _Names(
        "RequestMethod", "RequestPath", "DownstreamStatus", "RequestHost", "RequestScheme",
        "StartUTC", kind="downstream_Content-Type",
    ),
    # Variables of Amazon API Gateway, by the names of its own examples.
    _Names("httpMethod", "path", "status", "domainName", started="requestTime", bare=True),
    _Names("httpMethod", "resourcePath", "status", started="requestTime", bare=True),
    # Envoy and Istio: https://istio.io/latest/docs/tasks/observability/logs/access-log/
    _Names("method", "path", "response_code", "authority", started="start_time"),
    # Cloudflare's Logpush, `http_requests`
    _Names(
        "ClientRequestMethod", "ClientRequestURI", "EdgeResponseStatus", "ClientRequestHost",
        "ClientRequestScheme", "EdgeStartTimestamp", kind="EdgeResponseContentType",
    ),
    # Google Cloud's LogEntry, `httpRequest`
    _Names(
        "httpRequest.requestMethod", "httpRequest.requestUrl", "httpRequest.status",
        started="timestamp",
    ),
    # Fastly, by the names of its own examples
    _Names("request_method", "url", "response_status", "host", started="timestamp"),
    # pino-http and bunyan
    _Names(
        "req.method", "req.url", "res.statusCode", started="time", sent="req.headers",
        received="res.headers",
    ),
    # lograge
    _Names("method", "path", "status", started="time", bare=True),
)  # fmt: skip


def of_access_log(node: dict[str, Any]) -> TrafficExchange | Aside | None:
    """A line of an access log, as an exchange; None for what is none.

    What a server logs beside its requests says nothing of an exchange.
    """
    for names in _FORMS:
        method, target = _at(node, names.method), _at(node, names.target)
        status = _at(node, names.status)
        if isinstance(method, str) and isinstance(target, str) and status is not None:
            return _exchange(node, names, method, target, status)
    is_message = {"msg", "message"} & node.keys() and {"level", "severity"} & node.keys()
    return NO_REQUEST if is_message else None


def _exchange(
    node: dict[str, Any], names: _Names, method: str, target: str, status: Any
) -> TrafficExchange | Aside:
    if method in ("", "-") or target in ("", "-"):
        return NO_REQUEST
    host = _at(node, names.host)
    if isinstance(host, str) and host not in ("", "-") and target.startswith("/"):
        target = f"{_at(node, names.scheme) or 'https'}://{host}{target}"
    kind, received = _at(node, names.kind), _at(node, names.received)
    headers = pairs_of(received) or ([("Content-Type", str(kind))] if kind else None)
    is_answered = str(status).isdecimal()
    return TrafficExchange(
        method.upper(),
        target,
        SentRequest(pairs_of(_at(node, names.sent)), UNKNOWN, True, names.bare),
        ReceivedResponse(int(status), headers, UNKNOWN, True) if is_answered else None,
        started_at(_at(node, names.started)),
    )


def _at(node: Any, name: str) -> Any:
    if not name:
        return None
    for step in name.split("."):
        node = node.get(step) if isinstance(node, dict) else None
    return node


def started_at(value: Any) -> str | float | None:
    """A time of a log: ISO 8601, Apache's form, or a number since 1970 in whatever unit."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds: float = value
        while abs(seconds) >= _MOST_SECONDS:
            seconds /= 1_000
        return seconds
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(value, _LOGGED_TIME).timestamp()
    except ValueError:
        return value
