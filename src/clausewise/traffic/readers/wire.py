"""Messages of HTTP/1.1 as they went over the wire, kept as bytes."""

from __future__ import annotations

from typing import NamedTuple

from clausewise.traffic.exchange import (
    UNKNOWN,
    Body,
    Headers,
    ReceivedResponse,
    SentRequest,
    decoded_body,
)


class WireRequest(NamedTuple):
    """What a request asks, and what is known of it."""

    method: str
    url: str
    sent: SentRequest


def wire_request(message: bytes) -> WireRequest:
    """A request by its bytes. Raises ValueError for what is none."""
    line, headers, body = _parted(message)
    method, target, _ = line.split(" ", 2)
    host = next((value for name, value in headers if name.lower() == "host"), "")
    url = f"http://{host}{target}" if host and target.startswith("/") else target
    return WireRequest(method, url, SentRequest(headers, _body(headers, body)))


def wire_response(message: bytes) -> ReceivedResponse:
    """A reply by its bytes. Raises ValueError or IndexError for what is none."""
    line, headers, body = _parted(message)
    while line.split(" ", 2)[1][:1] == "1" and body.startswith(b"HTTP/"):
        line, headers, body = _parted(body)  # "100 Continue" goes before
    return ReceivedResponse(int(line.split(" ", 2)[1]), headers, _body(headers, body))


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
        return UNKNOWN  # recorders cut what is longer than their buffer
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
