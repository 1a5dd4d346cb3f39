"""Postman's collections (version 2.1), of whose requests replies are saved.

https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import urlencode

from clausewise.traffic.exchange import (
    ABSENT_BODY,
    UNKNOWN,
    Body,
    Item,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    has_header,
    pairs_of,
)
from clausewise.traffic.readers.stubs import document, each, members, open_body

_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")
_JSON_TYPE = ("Content-Type", "application/json")
_MILLISECONDS = 1000


def read_postman(stream: BinaryIO) -> Iterator[Item]:
    """Read the saved replies of a collection, each with the request that it belongs to."""
    node = document(stream)
    held = node.get("collection")
    node = held if isinstance(held, dict) else node
    variables = {
        str(one.get("key")): str(one.get("value", ""))
        for one in members(node, "variable")
        if isinstance(one, dict)
    }
    replies = ((item, reply) for item in _items(node) for reply in members(item, "response"))
    yield from each(replies, lambda one: _exchange(one[0], one[1], variables), "saved reply")


def _items(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in members(node, "item"):
        if isinstance(item, dict) and "item" in item:
            yield from _items(item)
        elif isinstance(item, dict):
            yield item


def _exchange(
    item: dict[str, Any], response: dict[str, Any], variables: dict[str, str]
) -> TrafficExchange:
    # The request that was saved with a reply is the one that it answers.
    request = response.get("originalRequest") or item["request"]
    if isinstance(request, str):
        request = {"url": request}
    text = response.get("body")
    took = response.get("responseTime")
    headers = [(n, _filled(v, variables)) for n, v in pairs_of(request.get("header") or []) or []]
    sent = _body(request.get("body"), variables)
    if sent.text and not has_header(headers, "content-type"):
        # Postman adds the type of its editor's language when it sends.
        language = ((request["body"].get("options") or {}).get("raw") or {}).get("language")
        if language == "json":
            headers.append(_JSON_TYPE)
    return TrafficExchange(
        str(request.get("method", "GET")).upper(),
        _filled(_url(request["url"]), variables),
        # What authorization adds is not among them.
        SentRequest(headers, sent, True),
        ReceivedResponse(
            int(response["code"]),
            # Of replies that were written by hand there are none, or no body.
            pairs_of(response.get("header")) or None,
            open_body(Body(text=str(text))) if text else (UNKNOWN if text is None else ABSENT_BODY),
        ),
        seconds=took / _MILLISECONDS if isinstance(took, int | float) else None,
    )


def _url(url: Any) -> str:
    if isinstance(url, str):
        return url
    raw = str(url.get("raw") or _of_parts(url))
    for variable in url.get("variable") or ():
        value = variable.get("value")
        name = variable.get("key")
        if name:
            raw = re.sub(rf":{re.escape(str(name))}(?=[/?#]|$)", str(value or "***"), raw)
    return raw


def _of_parts(url: dict[str, Any]) -> str:
    """A URL of which nobody wrote the whole down."""
    host, path = url.get("host") or "", url.get("path") or ""
    host = ".".join(map(str, host)) if isinstance(host, list) else str(host)
    steps = [str(one.get("value", "")) if isinstance(one, dict) else str(one) for one in path]
    path = "/".join(steps) if isinstance(path, list) else str(path).lstrip("/")
    port = f":{url['port']}" if url.get("port") else ""
    scheme = f"{url['protocol']}://" if url.get("protocol") else ""
    query = urlencode(pairs_of(url.get("query") or []) or [], safe="{}")
    return f"{scheme}{host}{port}/{path}{f'?{query}' if query else ''}"


def _body(body: Any, variables: dict[str, str]) -> Body:
    if not isinstance(body, dict) or not body.get("mode"):
        return ABSENT_BODY
    if body["mode"] == "raw":
        text = _filled(str(body.get("raw") or ""), variables)
        if _VARIABLE.search(text):
            return UNKNOWN
        return Body(text=text) if text else ABSENT_BODY
    if body["mode"] == "urlencoded":
        pairs = pairs_of(body.get("urlencoded") or []) or []
        return Body(text=_filled(urlencode(pairs, safe="{}"), variables))
    return UNKNOWN


def _filled(text: str, variables: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1].strip()) or found[0], text)
