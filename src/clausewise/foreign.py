"""Requests and responses of other libraries, read by what they look like; none is imported.

httpx (and so Starlette's and FastAPI's test clients), requests, Starlette's own, HAR, and ours.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from clausewise.errors import UsageError
from clausewise.exchange import Request, Response

Headers = tuple[tuple[str, str], ...]


def foreign_request(foreign: Any) -> Request:
    """A request as ours. Raises UsageError for what is none.

    Its path parameters and query are not read yet: no request knows its contract.
    """
    if isinstance(foreign, Request):
        return foreign
    # Starlette's is a mapping, too: its scope.
    if isinstance(foreign, Mapping) and not hasattr(foreign, "scope"):
        return _har_request(foreign)
    if hasattr(foreign, "prepare") and not hasattr(foreign, "body"):  # requests.Request
        foreign = foreign.prepare()
    method, url = getattr(foreign, "method", None), getattr(foreign, "url", None)
    if not isinstance(method, str) or url is None:
        raise UsageError(f"{_named(foreign)} is no request: it has no method and url")
    return Request(method.upper(), _url(foreign), _headers(foreign), _request_content(foreign))


def foreign_response(foreign: Any) -> Response:
    """A response as ours. Raises UsageError for what is none."""
    if isinstance(foreign, Response):
        return foreign
    if isinstance(foreign, Mapping):
        return _har_response(foreign)
    status = getattr(foreign, "status_code", None)
    if not isinstance(status, int):
        raise UsageError(f"{_named(foreign)} is no response: it has no status_code")
    if hasattr(type(foreign), "content"):
        content = _read("the response", lambda: foreign.content)
    elif isinstance(getattr(foreign, "body", None), bytes | bytearray | memoryview):
        content = bytes(foreign.body)
    else:
        raise UsageError(f"{_named(foreign)} has no body that can be read: it is a stream")
    return Response(status, _headers(foreign), content or b"", 0.0)


def request_behind(response: Any) -> Any:
    """The request that a response of httpx or requests carries. Raises UsageError for others."""
    try:
        request = getattr(response, "request", None)
    except RuntimeError:  # httpx: it has none
        request = None
    if request is None:
        raise UsageError(f"{_named(response)} does not carry its request: hand that over as well")
    return request


def _named(foreign: Any) -> str:
    return f"{type(foreign).__module__}.{type(foreign).__qualname__}"


def _url(foreign: Any) -> str:
    # Starlette decodes the path of its own URLs: the raw one tells `%2F` from a slash.
    scope = getattr(foreign, "scope", None)
    if isinstance(scope, Mapping) and scope.get("raw_path"):
        path = scope["raw_path"].decode("latin-1")
        query = scope.get("query_string", b"").decode("latin-1")
        url = foreign.url
        return f"{url.scheme}://{url.netloc}{path}{'?' if query else ''}{query}"
    return str(foreign.url)


def _headers(foreign: Any) -> Headers:
    headers = getattr(foreign, "headers", None) or {}
    return tuple((_text(name), _text(value)) for name, value in headers.items())


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _request_content(foreign: Any) -> bytes | None:
    if isinstance(getattr(foreign, "scope", None), Mapping):  # Starlette's, which is read by await
        body = getattr(foreign, "_body", None)
        if body is None:
            raise UsageError("the request was not read yet: `await request.body()` goes first")
    elif hasattr(foreign, "read"):  # httpx
        body = _read("the body of the request", foreign.read)
    else:  # requests
        body = getattr(foreign, "body", None)
    if isinstance(body, str):
        body = body.encode()
    if body is not None and not isinstance(body, bytes | bytearray):
        raise UsageError(f"the body of the request is a stream ({_named(body)}), which is gone")
    return bytes(body) if body else None


def _read(what: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (RuntimeError, AssertionError):  # httpx, of a stream that nobody read, or that is gone
        raise UsageError(f"{what} is a stream: read it before it is judged") from None


def _har_request(entry: Mapping[str, Any]) -> Request:
    """The `request` of a HAR entry (HAR 1.2)."""
    entry = entry.get("request", entry)
    try:
        method, url = str(entry["method"]).upper(), str(entry["url"])
    except (KeyError, TypeError):
        raise UsageError("a HAR request has a method and a url") from None
    headers = _pairs(entry.get("headers") or ())
    posted = entry.get("postData")
    if not posted:
        return Request(method, url, headers)
    text = posted.get("text")
    if not text and posted.get("params"):
        text = urlencode([(one["name"], one.get("value", "")) for one in posted["params"]])
    if posted.get("mimeType") and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", str(posted["mimeType"])))
    return Request(method, url, headers, (text or "").encode() or None)


def _har_response(entry: Mapping[str, Any]) -> Response:
    """The `response` of a HAR entry (HAR 1.2)."""
    entry = entry.get("response", entry)
    status = entry.get("status")
    if not isinstance(status, int):
        raise UsageError("a HAR response has a status")
    held = entry.get("content") or {}
    headers = _pairs(entry.get("headers") or ())
    if held.get("mimeType") and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", str(held["mimeType"])))
    text = held.get("text")
    if text is None and held.get("size"):
        return Response(status, headers, b"", 0.0, "the HAR file does not hold it", limited=True)
    content = (text or "").encode()
    return Response(
        status, headers, b64decode(content) if held.get("encoding") == "base64" else content, 0.0
    )


def _pairs(listed: Iterable[Mapping[str, Any]]) -> Headers:
    return tuple((str(one["name"]), str(one["value"])) for one in listed)
