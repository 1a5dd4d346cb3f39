"""A server of raw bytes on this machine: it says what a test wants said, HTTP or not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, repeat

Reply = bytes | Callable[[socket.socket], None]


@dataclass
class RawServer:
    """What a running server has seen: the requests, and how many connections they came over."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextmanager
def serving(*replies: Reply, keep: bool = False) -> Iterator[RawServer]:
    """Serve these replies in turn, the last one for ever after; the rest is as in `answering`."""
    turns = chain(replies, repeat(replies[-1]))
    with answering(lambda _: next(turns), keep=keep) as server:
        yield server


@contextmanager
def answering(
    answer: Callable[[bytes], Reply], *, keep: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    """Serve what `answer` makes of each request.

    A reply is bytes, or a function that does what it likes with the connection. After each one
    the connection is closed, unless it is to be kept.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if tls else "http"
    server = RawServer(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    open_connections: list[socket.socket] = []

    def attend(connection: socket.socket) -> None:
        if tls is not None:
            try:
                connection = tls.wrap_socket(connection, server_side=True)
            except OSError:
                return  # the client trusts us not
            open_connections.append(connection)
        with connection:
            while (request := _read(connection)) is not None:
                server.requests.append(request)
                reply = answer(request)
                try:
                    if callable(reply):
                        reply(connection)
                    else:
                        connection.sendall(reply)
                except OSError:
                    return  # the client has heard enough
                if not keep:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            open_connections.append(connection)
            threading.Thread(target=attend, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        # Closing alone does not wake a thread that waits in accept.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _read(connection: socket.socket) -> bytes | None:
    """One request: its head, and as much body as its Content-Length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = _some(connection)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        part = _some(connection)
        if not part:
            return None
        body += part
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def reply(
    body: bytes = b"{}", status: str = "200 OK", *headers: str, length: int | None = None
) -> bytes:
    """A reply as it should be, but for a Content-Length that a test may make up."""
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
