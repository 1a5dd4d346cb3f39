"""A connection to the target itself: plain exchanges are read here, all others by httpcore."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

import h11
import httpcore

from clausewise.transport.network import Network, Stream

# A server closes a connection of which it hears nothing, often after five seconds.
KEPT_FOR = 5.0
# What one read takes, and the longest reply that is plain.
_PIECE, _LONGEST = 64 * 1024, 1024 * 1024
_DEFAULT_PORTS = {b"http": 80, b"https": 443}
# A head of which nothing has to be known but how long the body is (RFC 9112, sections 4 and 5).
_STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?")
_LINE = re.compile(
    rb"([-!#$%&'*+.^_`|~0-9A-Za-z]+):[ \t]*"
    rb"([\x21-\x7e\x80-\xff]*(?:[ \t]+[\x21-\x7e\x80-\xff]+)*)[ \t]*"
)
_SIZE = re.compile(r"[0-9]{1,7}")
_TARGET = re.compile(rb"[\x21-\x7e]+")
# Replies with these statuses have no body, whatever their headers say.
_BODILESS = frozenset({b"204", b"304"})
_FRAMING = frozenset({"transfer-encoding", "connection", "upgrade"})
# Headers by which a request says more of itself than how long it is.
_SAYING_MORE = frozenset({"content-length", "transfer-encoding", "connection", "expect", "upgrade"})


class Address(NamedTuple):
    """Where a request goes: the parts of its URL, as bytes, and what its Host header says."""

    scheme: bytes
    host: bytes
    port: int | None
    netloc: bytes


class Asked(NamedTuple):
    """A request as a connection takes it: `target` is what stands in its first line.

    `length` is what Content-Length says of the content, None where it says nothing.
    """

    method: str
    address: Address
    target: bytes
    headers: tuple[tuple[str, str], ...]
    content: bytes | None
    length: int | None

    @property
    def written_headers(self) -> list[tuple[bytes, bytes]]:
        """All headers, as bytes. Raises UnicodeEncodeError for what cannot stand in one."""
        headers = [(n.encode("ascii"), value.encode("latin-1")) for n, value in self.headers]
        if b"host" not in {name.lower() for name, _ in headers}:
            headers.insert(0, (b"Host", self.address.netloc))
        if self.length is not None:
            headers.append((b"Content-Length", b"%d" % self.length))
        return headers

    def request(self, extensions: dict[str, object]) -> httpcore.Request:
        """The same for httpcore. Raises UnicodeEncodeError."""
        scheme, host, port, _ = self.address
        url = httpcore.URL(scheme=scheme, host=host, port=port, target=self.target)
        return httpcore.Request(
            self.method, url,
            headers=self.written_headers, content=self.content, extensions=extensions,
        )  # fmt: skip


class Reply(NamedTuple):
    """The head of a reply; its body comes in `parts`, and is over with `close`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    parts: Iterable[bytes]
    close: Callable[[], None]
    reason: bytes = b""


class Direct:
    """One connection at a time, straight to where a request goes.

    Most replies are plain: one head with one Content-Length, and just so many bytes after it. They
    are taken apart here, with the words that h11 has for heads; whatever else comes (chunks, other
    framing, no HTTP at all, too little or too much) is handed to httpcore from its first byte on.
    What a plain request has in common with others is written once, by h11.
    """

    def __init__(
        self,
        network: Network,
        tls: ssl.SSLContext | None,
        connect_seconds: float,
        extensions: dict[str, object],
    ) -> None:
        """`tls` says how a target's certificate is checked; `extensions` are httpcore's limits."""
        self._network = network
        self._tls = tls
        self._connect_seconds = connect_seconds
        self._extensions = extensions
        self._address: Address | None = None
        self._stream: Stream | None = None
        # Who reads what is not plain, and until when nothing was heard for too long.
        self._reader: httpcore.HTTP11Connection | None = None
        self._kept_until = 0.0

    def ask(self, asked: Asked) -> Reply:
        """Send a request and read the head of its reply. Raises what httpcore raises."""
        stream = self._stream_to(asked.address)
        head = _head_of(asked)
        if head is None:
            return self._read(asked, stream)
        try:
            with suppress(httpcore.WriteError):
                # Who closes before all is written may have answered all the same.
                stream.write(head + asked.content if asked.content else head)
            reply, came = _plain(stream)
        except BaseException:
            self.close()
            raise
        if reply is not None:
            self._kept_until = time.monotonic() + KEPT_FOR
            return reply
        stream.again(came)
        return self._read(asked, stream)

    def _read(self, asked: Asked, stream: Stream) -> Reply:
        """Leave an exchange to httpcore."""
        request = asked.request(self._extensions)
        origin = request.url.origin
        self._reader = httpcore.HTTP11Connection(origin, stream, keepalive_expiry=KEPT_FOR)
        return reply_of(self._reader.handle_request(request))

    def _stream_to(self, address: Address) -> Stream:
        """The connection that was kept, if it can be used, or a new one."""
        stream = self._stream
        if stream is not None:
            if self._address == address and self._is_usable(stream):
                return stream
            self.close()
        host, seconds = address.host.decode("ascii"), self._connect_seconds
        port = _DEFAULT_PORTS[address.scheme] if address.port is None else address.port
        self._stream = stream = self._network.connect_tcp(host, port, seconds)
        if address.scheme == b"https":
            context = self._tls or httpcore.default_ssl_context()
            context.set_alpn_protocols(["http/1.1"])
            try:
                self._stream = stream = stream.start_tls(context, host, seconds)
            except BaseException:
                self.close()
                raise
        self._address = address
        self._reader = None
        self._kept_until = time.monotonic() + KEPT_FOR
        return stream

    def _is_usable(self, stream: Stream) -> bool:
        """Whether the last reply is over, and nobody has said anything or gone since."""
        if self._reader is not None:
            if not self._reader.is_available() or self._reader.has_expired():
                return False
            self._reader = None
            return True
        return time.monotonic() < self._kept_until and not stream.get_extra_info("is_readable")

    def close(self) -> None:
        """Close the connection."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def reply_of(response: httpcore.Response) -> Reply:
    """A reply as httpcore has it."""
    return Reply(
        response.status,
        tuple([(n.decode("latin-1"), value.decode("latin-1")) for n, value in response.headers]),
        response.iter_stream(),
        response.close,
        response.extensions["reason_phrase"],
    )


def _nothing() -> None:
    """Close what is closed, or goes on being used."""


def _plain(stream: Stream) -> tuple[Reply | None, bytes]:
    """A whole plain reply, or None where it is not plain; and all bytes that came."""
    came = stream.receive(_PIECE)
    end = came.find(b"\r\n\r\n")
    if end < 0:
        return None, came
    head = _read_head(came[:end])
    if head is None:
        return None, came
    status, headers, size = head
    whole = end + 4 + size
    while len(came) < whole:
        try:
            more = stream.receive(_PIECE)
        except (httpcore.NetworkError, httpcore.TimeoutException):
            # What came is told all the same.
            more = b""
        if not more:
            return None, came
        came += more
    if len(came) > whole:
        return None, came
    return Reply(status, headers, (came[end + 4 :],) if size else (), _nothing), came


def _read_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...], int] | None:
    """Status, headers and length of the body; None where a head is not plain."""
    first, *lines = head.split(b"\r\n")
    told = _STATUS.fullmatch(first)
    if told is None or told[1] in _BODILESS:
        return None
    headers = []
    size = None
    for line in lines:
        read = _read_line(line)
        if read is None:
            return None
        name, header = read
        if name == "content-length":
            if size is not None or _SIZE.fullmatch(header[1]) is None:
                return None
            size = int(header[1])
        elif name in _FRAMING and header[1].lower() != "keep-alive":
            return None
        headers.append(header)
    if size is None or size > _LONGEST:
        return None
    return int(told[1]), tuple(headers), size


@lru_cache(maxsize=1024)
def _read_line(line: bytes) -> tuple[str, tuple[str, str]] | None:
    """The name of a header in small letters, and the header; None for what is none."""
    read = _LINE.fullmatch(line)
    if read is None:
        return None
    name = read[1].decode("ascii")
    return name.lower(), (name, read[2].decode("latin-1"))


def _head_of(asked: Asked) -> bytes | None:
    """The head of a plain request; None where httpcore has to write it, or to complain of it."""
    if asked.method == "HEAD" or _TARGET.fullmatch(asked.target) is None:
        return None
    around = _written(asked.method, asked.headers, asked.address.netloc)
    if around is None:
        return None
    before, after = around
    if asked.length is None:
        return b"%b%b%b\r\n" % (before, asked.target, after)
    return b"%b%b%bContent-Length: %d\r\n\r\n" % (before, asked.target, after, asked.length)


@lru_cache(maxsize=1024)
def _written(
    method: str, headers: tuple[tuple[str, str], ...], host: bytes
) -> tuple[bytes, bytes] | None:
    """What stands before the target of a request, and after it up to its length."""
    if any(name.lower() in _SAYING_MORE for name, _ in headers):
        return None
    address = Address(b"", b"", None, host)
    plain = Asked(method, address, b"/", headers, None, None)
    try:
        request = h11.Request(method=method, target=b"/", headers=plain.written_headers)
        written = h11.Connection(h11.CLIENT).send(request)
    except (h11.LocalProtocolError, UnicodeEncodeError):
        return None  # who writes it for itself says why
    if written is None:
        return None
    first, rest = written.split(b"\r\n", 1)
    before, _, version = first.rpartition(b"/ ")
    return before, b" " + version + b"\r\n" + rest.removesuffix(b"\r\n")
