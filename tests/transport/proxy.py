"""A proxy on this machine: it takes tunnels and requests in absolute form, and keeps a log."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from .raw_server import Reply, answering


@dataclass(frozen=True)
class Asked:
    """The head of one request to the proxy: its first line and its headers, in lower case."""

    line: str
    headers: Mapping[str, str]
    moment: float


@dataclass
class Proxy:
    """A running proxy and what it was asked."""

    url: str = ""
    log: list[Asked] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The first lines of all requests."""
        return [asked.line for asked in self.log]

    def with_credentials(self, user: str, password: str) -> str:
        """Its URL with these in it."""
        return self.url.replace("://", f"://{user}:{password}@")


@contextmanager
def proxying(hosts: Mapping[str, str], answer: bytes | None = None) -> Iterator[Proxy]:
    """Serve as a proxy that finds `hosts` at these URLs; with an answer, it says that to all."""
    proxy = Proxy()
    ports = {host: int(url.rpartition(":")[2]) for host, url in hosts.items()}

    def attend(request: bytes) -> Reply:
        head, _, body = request.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        pairs = [text.partition(":") for text in lines]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        proxy.log.append(Asked(line, headers, time.monotonic()))
        if answer is not None:
            return answer
        method, where, _ = line.split(" ")
        if method == "CONNECT":
            return _tunnel(ports[where.partition(":")[0]])
        host, _, path = where.removeprefix("http://").partition("/")
        # What is said to the proxy alone does not go on (RFC 9110, section 11.7.2).
        kept = [text for text in lines if not text.lower().startswith(("proxy-", "connection:"))]
        passed = "\r\n".join([f"{method} /{path} HTTP/1.1", *kept, "Connection: close"])
        return _passed_on(passed.encode("latin-1") + b"\r\n\r\n" + body, ports[_name(host)])

    with answering(attend, keep=True) as server:
        proxy.url = server.url
        yield proxy


def _name(host: str) -> str:
    return host.partition(":")[0]


def _passed_on(request: bytes, port: int) -> Reply:
    def send(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as target:
            target.sendall(request)
            while data := target.recv(65536):
                connection.sendall(data)

    return send


def _tunnel(port: int) -> Reply:
    def send(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as target:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            other = {connection: target, target: connection}
            while True:
                for side in select.select(list(other), [], [])[0]:
                    data = side.recv(65536)
                    if not data:
                        return
                    other[side].sendall(data)

    return send
