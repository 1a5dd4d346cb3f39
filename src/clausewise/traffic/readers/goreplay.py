"""GoReplay's `.gor` files: payloads of HTTP/1.1, each after a line of its kind, id and time.

https://github.com/buger/goreplay/wiki/Capturing-and-replaying-traffic
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from clausewise.traffic.exchange import Aside, Item, Poisoned, TrafficExchange
from clausewise.traffic.readers.wire import WireRequest, wire_request, wire_response

_SEPARATOR = "\n🐵🙈🙉\n".encode()
_REQUEST, _RESPONSE, _REPLAYED = b"1", b"2", b"3"
# A request waits for its reply, but not for ever.
_MOST_WAITING = 10_000
_NANOSECONDS = 1_000_000_000


class _WaitingRequest(NamedTuple):
    """A request that waits for its reply."""

    number: int
    asked: WireRequest
    started: float


def read_gor(stream: BinaryIO) -> Iterator[Item]:
    """Read the pairs of requests and replies; what has no other half is told as that."""
    waiting: dict[bytes, _WaitingRequest] = {}
    for number, payload in enumerate(_payloads(stream), 1):
        head, _, message = payload.partition(b"\n")
        parts = head.split()
        try:
            kind, name, time = parts[0], parts[1], int(parts[2])
            if kind == _REQUEST:
                waiting[name] = _WaitingRequest(number, wire_request(message), time / _NANOSECONDS)
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
        asked = left.asked
        unanswered = TrafficExchange(asked.method, asked.url, asked.sent, None, left.started)
        yield Item(left.number, unanswered)


def _payloads(stream: BinaryIO) -> Iterator[bytes]:
    held = b""
    while read := stream.read(1 << 20):
        held += read
        *whole, held = held.split(_SEPARATOR)
        yield from (one for one in whole if one)
    if held.strip():
        yield b""  # it breaks off


def _exchange(request: _WaitingRequest, message: bytes, ended: float) -> TrafficExchange:
    asked, started = request.asked, request.started
    received = wire_response(message)
    return TrafficExchange(
        asked.method, asked.url, asked.sent, received, started, max(0.0, ended - started)
    )
