"""What one way's connections go by: httpcore's sockets, with limits for a whole exchange."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpcore

from clausewise.pack.settings import MOST_BYTES

# What one exchange may take on the wire, with its heads and the sizes of its chunks.
MOST_ON_THE_WIRE = 2 * MOST_BYTES
# What is written at once: each piece may take as long as is left.
_PIECE = 64 * 1024


class Network(httpcore.NetworkBackend):
    """Limits what one exchange takes: time and bytes.

    httpcore by itself limits the wait for each single read: a reply that trickles would never end.
    """

    def __init__(self, seconds: float, holds_back: bool = True) -> None:
        """`seconds` is for one exchange. `holds_back`: a stream notices what nobody asked for.

        The handshake of SOCKS takes what one read gives for a whole message: not there.
        """
        self._seconds = seconds
        self.holds_back = holds_back
        self._sockets = httpcore.SyncBackend()
        self._deadline = 0.0
        # Of this exchange: bytes that came, and whether it took a new connection.
        self.heard = 0
        self.connected = False

    def begin(self) -> None:
        """Begin an exchange."""
        self._deadline = time.monotonic() + self._seconds
        self.heard = 0
        self.connected = False

    def hurry(self, seconds: float) -> None:
        """Let the rest of an exchange take no longer than this."""
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def left(self, timeout: float | None, late: type[Exception]) -> float:
        """How long a step may wait. Raises `late` after the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise late
        return left if timeout is None else min(left, timeout)

    def hear(self, count: int) -> None:
        """Count bytes that came. Raises RemoteProtocolError where they are too many."""
        self.heard += count
        if self.overrun:
            raise httpcore.RemoteProtocolError(f"more than {MOST_ON_THE_WIRE} bytes came")

    @property
    def overrun(self) -> bool:
        """Whether more came in this exchange than one may take."""
        return self.heard > MOST_ON_THE_WIRE

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Stream:
        """Connect, within `timeout` for each address."""
        self.connected = True
        with self.uncounted():
            stream = self._sockets.connect_tcp(host, port, timeout, local_address, socket_options)
        return Stream(stream, self, stream.get_extra_info("socket"))

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Put the deadline off by what this takes, which has a limit of its own."""
        start = time.monotonic()
        yield
        self._deadline += time.monotonic() - start


class Stream(httpcore.NetworkStream):
    """A connection that keeps the limits of its network, and notices what nobody asked for.

    Of what has come it holds the last byte back until that is asked for. So at the end of a reply
    it knows whether there is more: that would be taken for the reply to the next request. Of what
    is written it makes one piece, head and body of a request, which goes out when a reply is read.
    """

    def __init__(
        self,
        stream: httpcore.NetworkStream,
        network: Network,
        connection: socket.socket | None = None,
    ) -> None:
        """`connection` is the socket of the stream; None where it has none of its own."""
        self._stream = stream
        self._network = network
        self._connection = connection
        # How long its steps wait now; to say so anew at each of them costs more than they do.
        self._waits = 0.0
        self._held = b""
        self._unsent = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes; none at the end."""
        data, self._held = self._held or self.receive(max_bytes, timeout), b""
        if self._network.holds_back and len(data) > 1:
            data, self._held = data[:-1], data[-1:]
        return data

    def receive(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The bytes that come next, none of them held back; none at the end."""
        if self._unsent:
            # Who closes before all is written may have answered all the same.
            with suppress(httpcore.WriteError):
                self._flush()
        data = self._next(max_bytes, timeout)
        self._network.hear(len(data))
        return data

    def _next(self, max_bytes: int, timeout: float | None) -> bytes:
        """What the connection gives next: by itself, since httpcore's stream takes its time."""
        if self._connection is None:
            left = self._network.left(timeout, httpcore.ReadTimeout)
            return self._stream.read(max_bytes, left)
        while True:
            self._wait_at_most(self._network.left(timeout, httpcore.ReadTimeout))
            try:
                return self._connection.recv(max_bytes)
            except TimeoutError:
                self._waits = 0.0  # it may be shorter than what is left
            except OSError as error:
                raise httpcore.ReadError(error) from error

    def _wait_at_most(self, seconds: float) -> None:
        """Let a step of the connection wait for so long, or somewhat shorter, or 1 % longer."""
        assert self._connection is not None
        if not 0.0 < self._waits <= seconds * 1.01:
            self._connection.settimeout(seconds)
            self._waits = seconds

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it; a little waits for what else there is to write."""
        self._unsent = self._unsent + buffer if self._unsent else buffer
        if len(self._unsent) >= _PIECE:
            self._flush(timeout)

    def _flush(self, timeout: float | None = None) -> None:
        """Write what waits, piece by piece: each may take as long as is left."""
        unsent, self._unsent = self._unsent, b""
        for start in range(0, len(unsent), _PIECE):
            self._send(unsent[start : start + _PIECE], timeout)

    def _send(self, piece: bytes, timeout: float | None) -> None:
        if self._connection is None:
            self._stream.write(piece, self._network.left(timeout, httpcore.WriteTimeout))
            return
        while piece:
            self._wait_at_most(self._network.left(timeout, httpcore.WriteTimeout))
            try:
                piece = piece[self._connection.send(piece) :]
            except TimeoutError:
                self._waits = 0.0
            except OSError as error:
                raise httpcore.WriteError(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> Stream:
        """Begin TLS, within `timeout`."""
        with self._network.uncounted():
            stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        through = isinstance(self._connection, ssl.SSLSocket) or self._connection is None
        connection = None if through else stream.get_extra_info("socket")
        return Stream(stream, self._network, connection)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection; a readable one is not used again."""
        if info == "is_readable" and self._held:
            return True
        return self._stream.get_extra_info(info)
