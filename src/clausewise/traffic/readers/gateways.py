"""JSON logs of gateways: Kong's, NGINX's and Apache's, by the names that their manuals use.

They rarely hold bodies, and of headers a few: what is not there is not known.
"""

from __future__ import annotations

from typing import Any

from clausewise.traffic.exchange import (
    NO_REQUEST,
    UNKNOWN,
    Aside,
    Body,
    Headers,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    logged_body,
    pairs_of,
)

_MILLISECONDS = 1000


def of_kong(node: dict[str, Any]) -> TrafficExchange | None:
    """A line of Kong's http-log or file-log, as an exchange; None for what is none.

    https://developer.konghq.com/plugins/http-log/
    """
    request, response = node.get("request"), node.get("response")
    if not isinstance(request, dict) or not isinstance(response, dict):
        return None
    if "uri" not in request or "method" not in request or "status" not in response:
        return None
    latencies = node.get("latencies") or {}
    wait, started = latencies.get("request"), node.get("started_at")
    uri = str(request["uri"])
    return TrafficExchange(
        str(request["method"]).upper(),
        # The URL has what the client asked before Kong took a prefix off.
        str(request.get("url") or uri),
        SentRequest(pairs_of(request.get("headers")), logged_body(request.get("body")), True),
        ReceivedResponse(
            int(response["status"]),
            pairs_of(response.get("headers")),
            logged_body(response.get("body")),
            True,
        ),
        started / _MILLISECONDS if isinstance(started, int | float) else None,
        wait / _MILLISECONDS if isinstance(wait, int | float) else None,
    )


def of_nginx(node: dict[str, Any]) -> TrafficExchange | Aside | None:
    """A line of NGINX's `log_format … escape=json`, whose members are its variables' names.

    A line of somebody who connected and asked nothing says nothing of an exchange.

    https://nginx.org/en/docs/http/ngx_http_log_module.html
    """
    method, target = node.get("request_method"), node.get("request_uri")
    line, status = node.get("request"), node.get("status")
    if method is None and isinstance(line, str):
        method, target = _request_line(line)
        if method is None and status is not None and len(line.split()) < 2:
            return NO_REQUEST
    # `$uri` is without the query, which has a variable of its own.
    query = node.get("args", node.get("query_string"))
    is_open = not target and query is None
    if not target and (target := node.get("uri")) and query not in (None, "", "-"):
        target = f"{target}?{query}"
    if not method or not target or status in (None, ""):
        return None
    host = node.get("http_host") or node.get("host")
    scheme = node.get("scheme", "http")
    url = f"{scheme}://{host}{target}" if host and str(target).startswith("/") else str(target)
    wait = node.get("request_time")
    return TrafficExchange(
        str(method).upper(),
        url,
        SentRequest(
            _logged(node, "http_", ("content_type",)),
            _log_body(node.get("request_body")),
            True,
            is_open,
        ),
        ReceivedResponse(
            int(status), _logged(node, "sent_http_"), _log_body(node.get("response_body")), True
        ),
        node.get("time_iso8601") or _number(node.get("msec")),
        _number(wait),
    )


def of_apache(node: dict[str, Any]) -> TrafficExchange | None:
    """A line of Apache's log as JSON, in ECS names (`http.request.method`, nested or not).

    `LogFormat` names nothing itself; the Elastic Common Schema is what its users name by.
    """
    http, url = node.get("http"), node.get("url")
    if not isinstance(http, dict) or url is None:
        return None
    request, response = http.get("request") or {}, http.get("response") or {}
    method, status = request.get("method"), response.get("status_code")
    if method is None or status is None:
        return None
    told = url if isinstance(url, dict) else {"original": url}
    target = told.get("full") or told.get("original") or told.get("path")
    if not target:
        return None
    if told.get("query") and "?" not in str(target):
        target = f"{target}?{told['query']}"
    event = node.get("event") or {}
    wait = event.get("duration")
    return TrafficExchange(
        str(method).upper(),
        str(target),
        SentRequest(_typed(request), _ecs_body(request), True),
        ReceivedResponse(int(status), _typed(response), _ecs_body(response), True),
        node.get("@timestamp"),
        wait / 1e9 if isinstance(wait, int | float) else None,
    )


def _typed(message: dict[str, Any]) -> Headers | None:
    headers, kind = pairs_of(message.get("headers")), message.get("mime_type")
    if kind and headers is None:
        return [("Content-Type", str(kind))]
    return headers


def _ecs_body(message: dict[str, Any]) -> Body:
    body = message.get("body")
    if not isinstance(body, dict):
        return logged_body(body)
    size = body.get("bytes")
    return logged_body(body.get("content"), size if isinstance(size, int) else None)


def _logged(node: dict[str, Any], prefix: str, plain: tuple[str, ...] = ()) -> Headers:
    """Headers by the variables that hold them; an empty variable says that there was none."""
    named = [
        (name.removeprefix(prefix), value)
        for name, value in node.items()
        if name.startswith(prefix) or name in plain
    ]
    return [(name.replace("_", "-"), str(value)) for name, value in named if value not in ("", "-")]


def _log_body(value: Any) -> Body:
    """A body as a variable holds it: empty also where NGINX kept it in a file."""
    return UNKNOWN if value in (None, "", "-") else logged_body(value)


def _request_line(line: str) -> tuple[str | None, str | None]:
    parts = line.split(" ")
    return (parts[0], parts[1]) if len(parts) == 3 else (None, None)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
