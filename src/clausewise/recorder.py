"""Recording what an httpx client sends, and what comes back: for `clausewise.judge_traffic`.

client = httpx.Client(transport=Recorder())
client = httpx.Client(event_hooks={"response": [recorder.take]})
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import msgspec

from clausewise.traffic.exchange import (
    UNKNOWN,
    Body,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    traffic_body,
)

# Of longer bodies the beginning is kept.
LONGEST_BODY = 1_000_000


class Recorder(httpx.BaseTransport):
    """A transport of httpx that notes every exchange of the one that it stands before.

    It is a transport of `httpx.Client`; where a client has one already, `take` is an event hook
    for its responses. What it noted is gone through like a list, written as JSON lines by `write`,
    or handed to `clausewise.judge_traffic`. It may be used from several threads.
    """

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        """`transport` is what sends; without one, httpx's usual one."""
        self._transport = transport or httpx.HTTPTransport()
        self._taken: list[TrafficExchange] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Any]:
        with self._lock:
            return iter(list(self._taken))

    def __len__(self) -> int:
        return len(self._taken)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and note it with its reply once that was read."""
        started, clock = time.time(), time.monotonic()
        try:
            response = self._transport.handle_request(request)
        except httpx.TransportError:
            self._note(_exchange(request, None, started, time.monotonic() - clock))
            raise
        kept = _KeptBody(response.stream, lambda content, whole: self._note(
            _exchange(request, _received(response, content, whole), started,
                      time.monotonic() - clock)
        ))  # fmt: skip
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=kept,
            extensions=response.extensions,
        )

    def take(self, response: httpx.Response) -> None:
        """Note a response and its request: an event hook. It reads the response."""
        content = response.read()
        now = time.time()
        request = response.request
        # It is decoded already, whatever its Content-Encoding was.
        headers = [(n, v) for n, v in response.headers.multi_items() if n != "content-encoding"]
        received = ReceivedResponse(response.status_code, headers, _body(content))
        seconds = response.elapsed.total_seconds() if hasattr(response, "_elapsed") else 0.0
        self._note(_exchange(request, received, now - seconds, seconds))

    def write(self, path: str | Path) -> None:
        """Write what was noted, a JSON line each. It holds what was sent, secrets too."""
        with Path(path).open("wb") as file:
            for exchange in self:
                file.write(msgspec.json.encode(exchange) + b"\n")

    def close(self) -> None:
        """Close what sends."""
        self._transport.close()

    def _note(self, exchange: TrafficExchange) -> None:
        with self._lock:
            self._taken.append(exchange)

    def __enter__(self) -> Recorder:
        self._transport.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._transport.__exit__(kind, error, trace)


class _KeptBody(httpx.SyncByteStream):
    """A body on its way to who reads it, of which the beginning is kept."""

    def __init__(self, stream: Any, done: Callable[[bytes, bool], None]) -> None:
        self._stream = stream
        self._done: Callable[[bytes, bool], None] | None = done
        self._parts: list[bytes] = []
        self._length = 0
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            if self._length <= LONGEST_BODY:
                self._parts.append(part)
            self._length += len(part)
            yield part
        self._is_whole = True

    def close(self) -> None:
        """Close the stream; what was not read to its end was not received."""
        self._stream.close()
        if self._done is not None:
            done, self._done = self._done, None
            done(b"".join(self._parts), self._is_whole and self._length <= LONGEST_BODY)


def _exchange(
    request: httpx.Request, received: ReceivedResponse | None, started: float, seconds: float
) -> TrafficExchange:
    try:
        body = _body(request.content)
    except httpx.RequestNotRead:  # a stream that is gone
        body = UNKNOWN
    return TrafficExchange(
        request.method,
        str(request.url),
        SentRequest(list(request.headers.multi_items()), body),
        received,
        started,
        seconds,
    )


def _received(response: httpx.Response, raw: bytes, whole: bool) -> ReceivedResponse:
    """A reply of which the bytes went by, decoded as its client decodes them."""
    headers = [(n, v) for n, v in response.headers.multi_items() if n != "content-encoding"]
    try:
        decoded = httpx.Response(response.status_code, headers=response.headers, content=raw)
        body = _body(decoded.content, cut=not whole)
    except httpx.DecodingError:
        body = UNKNOWN
    return ReceivedResponse(response.status_code, headers, body)


def _body(content: bytes, cut: bool = False) -> Body:
    return traffic_body(content[:LONGEST_BODY], cut or len(content) > LONGEST_BODY)
