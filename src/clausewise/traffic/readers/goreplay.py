"""GoReplay's `.gor` files: payloads of HTTP/1.1, each after a line of its kind, id and time.

https://github.com/buger/goreplay/wiki/Capturing-and-replaying-traffic
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

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

_SEPARATOR = "\n🐵🙈🙉\n".encode()
_REQUEST, _RESPONSE, _REPLAYED = b"1", b"2", b"3"
# A request waits for its reply, but not for ever.
_MOST_WAITING = 10_000
_NANOSECONDS = 1_000_000_000


class _Request(NamedTuple):
    """A request that waits for its reply."""

    number: int
    method: str
    url: str
    sent: SentRequest
    started: float


def read_gor(stream: BinaryIO) -> Iterator[Item]:
    """Read the pairs of requests and replies; what has no other half is told as that."""
    waiting: dict[bytes, _Request] = {}
    for number, payload in enumerate(_payloads(stream), 1):
        head, _, message = payload.partition(b"\n")
        parts = head.split()
        try:
            kind, name, time = parts[0], parts[1], int(parts[2])
            if kind == _REQUEST:
                waiting[name] = _request(number, message, time / _NANOSECONDS)
                if len(waiting) > _MOST_WAITING:
                    del waiting[next(iter(waiting))]
            elif kind == _RESPONSE and name in waiting:
                yield Item(number, _exchange(waiting.pop(name), message, time / _NANOSECONDS))
            elif kind in (_RESPONSE, _REPLAYED):
                yield Item(number, Aside("a reply without its request, or to a replay"))
            else:
                yield Item(number, Poisoned(f"it is of no known kind: {kind!r}"))
        except (IndexError, ValueError) as error:
            yield Item(number, Poisoned(f"it is no payload of GoReplay: {error}"))
    for left in waiting.values():
        yield Item(
            left.number, TrafficExchange(left.method, left.url, left.sent, None, left.started)
        )


def _payloads(stream: BinaryIO) -> Iterator[bytes]:
    held = b""
    while read := stream.read(1 << 20):
        held += read
        *whole, held = held.split(_SEPARATOR)
        yield from (one for one in whole if one)
    if held.strip():
        yield b""  # it breaks off


def _request(number: int, message: bytes, started: float) -> _Request:
    line, headers, body = _parted(message)
    method, target, _ = line.split(" ", 2)
    host = next((value for name, value in headers if name.lower() == "host"), "")
    url = f"http://{host}{target}" if host and target.startswith("/") else target
    return _Request(number, method, url, SentRequest(headers, _body(headers, body)), started)


def _exchange(request: _Request, message: bytes, ended: float) -> TrafficExchange:
    line, headers, body = _parted(message)
    while line.split(" ", 2)[1][:1] == "1" and body.startswith(b"HTTP/"):
        line, headers, body = _parted(body)  # "100 Continue" goes before
    status = int(line.split(" ", 2)[1])
    return TrafficExchange(
        request.method,
        request.url,
        request.sent,
        ReceivedResponse(status, headers, _body(headers, body)),
        request.started,
        max(0.0, ended - request.started),
    )


def _parted(message: bytes) -> tuple[str, Headers, bytes]:
    head, _, body = message.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first, [(name.strip(), value.strip()) for name, _, value in pairs], body


def _body(headers: Headers, body: bytes) -> Body:
    told = {name.lower(): value for name, value in headers}
    if "chunked" in told.get("transfer-encoding", "").lower():
        whole = _unchunked(body)
        if whole is None:
            return UNKNOWN
        body = whole
    length = told.get("content-length", "")
    if length.isdigit() and len(body) < int(length):
        return UNKNOWN  # GoReplay cuts what is longer than its buffer
    return decoded_body(body, headers)


def _unchunked(body: bytes) -> bytes | None:
    """A body without its chunks (RFC 9112, section 7.1); None where the last one is not there."""
    parts: list[bytes] = []
    while True:
        size, separator, rest = body.partition(b"\r\n")
        if not separator:
            return None
        try:
            length = int(size.split(b";")[0], 16)
        except ValueError:  # somebody has taken its chunks off
            return None
        if not length:
            return b"".join(parts)
        parts.append(rest[:length])
        body = rest[length + 2 :]
