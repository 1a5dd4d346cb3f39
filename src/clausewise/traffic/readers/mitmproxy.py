"""mitmproxy's flows: tnetstrings, one a flow.

The format is mitmproxy's own, and its package is large: so few types are read here.
https://docs.mitmproxy.org/stable/api/mitmproxy/io.html, https://tnetstrings.info/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from clausewise.traffic.exchange import (
    UNKNOWN,
    Aside,
    Body,
    Headers,
    Item,
    Poisoned,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    decoded_body,
)

_LONGEST = 1 << 28
_MOST_DIGITS = 9


def read_mitmproxy(stream: BinaryIO) -> Iterator[Item]:
    """Read the flows of a file; what breaks the format ends it, and is named."""
    number = 0
    while True:
        number += 1
        try:
            flow = _next(stream)
        except (ValueError, IndexError, RecursionError) as error:
            yield Item(number, Poisoned(f"it is no flow of mitmproxy: {error}"))
            return
        if flow is None:
            return
        try:
            yield Item(number, _exchange(flow))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            yield Item(number, Poisoned(f"it is no flow of mitmproxy: {error!r}"))


def _next(stream: BinaryIO) -> dict[str, Any] | None:
    digits = b""
    while (sign := stream.read(1)) not in (b":", b""):
        digits += sign
        if len(digits) > _MOST_DIGITS:
            raise ValueError("its length is none")
    if not digits and not sign:
        return None
    length = int(digits)
    if length > _LONGEST:
        raise ValueError("it is too long")
    content = stream.read(length + 1)
    if len(content) <= length:
        raise ValueError("it ends in the middle")
    value = _value(content[:-1], content[-1:])
    if not isinstance(value, dict):
        raise ValueError("it is no mapping")
    return value


def _value(content: bytes, kind: bytes) -> Any:
    if kind == b",":
        return content
    if kind == b";":
        return content.decode()
    if kind == b"#":
        return int(content)
    if kind == b"^":
        return float(content)
    if kind == b"!":
        return content == b"true"
    if kind == b"~":
        return None
    if kind not in (b"]", b"}"):
        raise ValueError(f"there is no type {kind!r}")
    values = list(_values(content))
    if kind == b"]":
        return values
    names = (one.decode() if isinstance(one, bytes) else one for one in values[::2])
    return dict(zip(names, values[1::2], strict=True))


def _values(content: bytes) -> Iterator[Any]:
    at = 0
    while at < len(content):
        end = content.index(b":", at)
        length = int(content[at:end])
        start = end + 1
        yield _value(content[start : start + length], content[start + length : start + length + 1])
        at = start + length + 1


def _exchange(flow: dict[str, Any]) -> TrafficExchange | Aside:
    if flow.get("type") not in ("http", b"http") or not flow.get("request"):
        return Aside("flow of no HTTP")
    request, response = flow["request"], flow.get("response")
    started = request.get("timestamp_start")
    seconds = None
    reply = None
    if response:
        reply = ReceivedResponse(int(response["status_code"]), _headers(response), _body(response))
        ended = response.get("timestamp_end")
        seconds = ended - started if ended is not None and started is not None else None
    return TrafficExchange(
        _text(request["method"]),
        _url(request),
        SentRequest(_headers(request), _body(request)),
        reply,
        started,
        seconds,
    )


def _url(request: dict[str, Any]) -> str:
    path = _text(request["path"])
    host = _text(request.get("authority") or b"") or _text(request.get("host") or b"")
    port = request.get("port")
    if ":" not in host and port not in (None, 80, 443):
        host = f"{host}:{port}"
    return f"{_text(request.get('scheme') or b'http')}://{host}{path}"


def _headers(message: dict[str, Any]) -> Headers:
    return [(_text(name), _text(value)) for name, value in message.get("headers") or ()]


def _body(message: dict[str, Any]) -> Body:
    content = message.get("content")
    if content is None:
        return UNKNOWN  # streamed past, or taken out
    return decoded_body(content, _headers(message))


def _text(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:  # obs-text of a header (RFC 9110, section 5.5)
        return value.decode("latin-1")
