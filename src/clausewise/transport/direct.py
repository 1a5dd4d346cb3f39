"""A connection to the target itself: heads of requests are h11's words, replies llhttp's."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from typing import NamedTuple

import h11
import httpcore
import httptools

from clausewise.transport.network import Network, Stream

# A server closes a connection of which it hears nothing, often after five seconds.
KEPT_FOR = 5.0
_PIECE = 64 * 1024
# What is before a body may be so long, with all that only says that a reply will come.
_LONGEST_HEAD = 100 * 1024
_DEFAULT_PORTS = {b"http": 80, b"https": 443}
# A length that a reply says, once or several times.
_LENGTH = re.compile(rb"^(content-length):[ \t]*(\d+)(?:[ \t]*,[ \t]*\2)*[ \t]*\r?\n", re.I | re.M)
_ENDED = re.compile(rb"\n\r?\n")
# Headers by which a request says more of itself than how long it is.
_SAYING_MORE = frozenset({"content-length", "transfer-encoding", "connection", "expect", "upgrade"})


class Address(NamedTuple):
    """Where a request goes: the parts of its URL, as bytes, and what its Host header says."""

    scheme: bytes
    host: bytes
    port: int | None
    netloc: bytes


class DirectRequest(NamedTuple):
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


class DirectReply(NamedTuple):
    """The head of a reply; its body comes in `parts`, and is over with `close`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    parts: Iterable[bytes]
    close: Callable[[], None]
    reason: bytes = b""


class Direct:
    """One connection at a time, straight to where a request goes."""

    def __init__(
        self, network: Network, tls: ssl.SSLContext | None, connect_seconds: float
    ) -> None:
        """`tls` says how a target's certificate is checked."""
        self._network = network
        self._tls = tls
        self._connect_seconds = connect_seconds
        self._address: Address | None = None
        self._stream: Stream | None = None
        self._kept_until = 0.0

    def ask(self, asked: DirectRequest) -> DirectReply:
        """Send a request and read the head of its reply. Raises httpcore's errors."""
        content = _written(asked)
        stream = self._stream_to(asked.address)
        reading = _ReplyReading(asked.method)
        try:
            with suppress(httpcore.WriteError):
                # Who closes before all is written may have answered all the same.
                stream.write(content)
            while not reading.has_head:
                reading.read(stream)
        except BaseException:
            self.close()
            raise
        headers = tuple(reading.headers)
        return DirectReply(
            reading.status, headers, reading.parts(stream), partial(self._end, reading)
        )

    def _end(self, reading: _ReplyReading) -> None:
        """Keep the connection for another exchange, if this one lets it."""
        if reading.over and reading.kept:
            self._kept_until = time.monotonic() + KEPT_FOR
        else:
            self.close()

    def _stream_to(self, address: Address) -> Stream:
        """The connection that was kept, if it can be used, or a new one."""
        stream = self._stream
        if stream is not None:
            in_time = time.monotonic() < self._kept_until
            # Whoever says something of himself, or is gone, is asked no more.
            if self._address == address and in_time and not stream.get_extra_info("is_readable"):
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
        return stream

    def close(self) -> None:
        """Close the connection."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


class _ReplyReading:
    """One reply as it comes: llhttp takes it apart, and calls what begins with `on_`.

    What servers do and clients bear is borne: a lone LF, a folded header (RFC 9112, sections 2.2
    and 5.2), chunks beside a length (section 6.3), a length that is said twice alike.
    """

    def __init__(self, method: str) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        # Whether the head is there, whether all is, and whether the connection may go on then.
        self.has_head = False
        self.over = False
        self.kept = False
        self._has_no_body = method == "HEAD"
        self._body: list[bytes] = []
        self._is_silent = True
        self._of_head = 0
        self._wrong: str | None = None
        # The head as it came, and what was odd about it.
        self._came = b""
        self._odd: str | None = None
        self._parser = self._new_parser()

    def _new_parser(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_chunked_length=True, lenient_optional_cr_before_lf=True
        )
        return parser

    def parts(self, stream: Stream) -> Iterator[bytes]:
        """The body, as it comes. Raises httpcore's errors."""
        while True:
            body, self._body = self._body, []
            yield from body
            if self.over:
                return
            if self._wrong is not None:
                raise httpcore.RemoteProtocolError(self._wrong)
            self.read(stream)

    def read(self, stream: Stream) -> None:
        """Read what comes next. Raises httpcore's errors."""
        data = stream.receive(_PIECE)
        if not data:
            self._end()
            return
        self._is_silent = False
        self._of_head += len(data)
        # The last byte goes by itself: where all is there before it, there is more than was asked
        # for, which would be taken for the reply to the next request.
        if len(data) > 1:
            self._take(data[:-1])
        if self.over:
            self.kept = False
        else:
            self._take(data[-1:])
        if not self.has_head and self._of_head > _LONGEST_HEAD:
            raise httpcore.RemoteProtocolError(f"its head is longer than {_LONGEST_HEAD} bytes")

    def _take(self, data: bytes) -> None:
        if not self.has_head:
            self._came += data
        if self._odd is None:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError as error:
                if self.has_head or b"content-length:" not in self._came.lower():
                    self._wrong = self._wrong or str(error)
                else:
                    self._odd = str(error)
        if self._odd is not None:
            self._read_again(self._odd)
        if self._wrong is not None and not self.has_head:
            raise httpcore.RemoteProtocolError(self._wrong)

    def _read_again(self, odd: str) -> None:
        """Read a head, once it is there, without the lengths that it repeats alike (RFC 9110, 8.6).

        What only says that a reply will come has no length, so the first one is the reply's.
        """
        came, length = self._came, _LENGTH.search(self._came)
        ended = _ENDED.search(came, length.start() if length is not None else 0)
        if ended is None:
            return
        self._came, self._odd = b"", None
        head, body = came[: ended.end()], came[ended.end() :]
        if length is None or len({one[2] for one in _LENGTH.finditer(head)}) != 1:
            self._wrong = odd
            return
        once = b"%b: %b\r\n" % length.groups()
        changed = head[: length.start()] + once + _LENGTH.sub(b"", head[length.start() :])
        if changed == head:
            self._wrong = odd
            return
        self.headers.clear()
        self._parser = self._new_parser()
        self._take(changed + body)

    def _end(self) -> None:
        """Take note that nothing more comes; that ends a body without a length."""
        if self._is_silent:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not self.has_head:
            raise httpcore.RemoteProtocolError("peer closed connection within the head of a reply")
        names = {name.lower() for name, _ in self.headers}
        if names & {"content-length", "transfer-encoding"}:
            raise httpcore.RemoteProtocolError(
                "peer closed connection without sending complete message body"
            )
        self.over = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those behind the body are nobody's business."""
        if self.has_head:
            return
        if b"\0" in value:  # it would end there for some, and go on for others (RFC 9110, 5.5)
            self._wrong = f"Illegal header value {value!r}"
        said = value.rstrip(b" \t").decode("latin-1")
        self.headers.append((name.decode("latin-1"), said))

    def on_headers_complete(self) -> None:
        """Take a head; one that only says that a reply will come is none (RFC 9110, 15.2)."""
        if self.has_head:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self.headers.clear()
            return
        if status < 200:  # nobody asks for another protocol, and there are no others
            self._wrong = f"illegal status line: its status is {status}"
        codings = [value for name, value in self.headers if name.lower() == "transfer-encoding"]
        if codings and [coding.lower() for coding in codings] != ["chunked"]:
            self._wrong = "Only Transfer-Encoding: chunked is supported"
        self.status, self.has_head = status, self._wrong is None
        if self._has_no_body:
            self.over, self.kept = True, self._parser.should_keep_alive()

    def on_body(self, part: bytes) -> None:
        """Take some of the body."""
        if not self.over:
            self._body.append(part)

    def on_message_complete(self) -> None:
        """Take note that all is there."""
        if self.has_head and not self.over:
            self.over, self.kept = True, self._parser.should_keep_alive()


def _written(asked: DirectRequest) -> bytes:
    """A request as it goes over the wire. Raises LocalProtocolError and UnicodeEncodeError."""
    content = asked.content or b""
    try:
        around = _around_target(asked.method, asked.headers, asked.address.netloc)
        if around is None or not asked.target or not _is_visible(asked.target):
            return _written_alone(asked, content)
    except h11.LocalProtocolError as error:
        raise httpcore.LocalProtocolError(str(error)) from error
    before, after = around
    if asked.length is None:
        return b"%b%b%b\r\n" % (before, asked.target, after)
    head = b"%b%b%bContent-Length: %d\r\n\r\n" % (before, asked.target, after, asked.length)
    return head + content


def _is_visible(target: bytes) -> bool:
    return target.isascii() and target.decode("ascii").isprintable() and b" " not in target


def _written_alone(asked: DirectRequest, content: bytes) -> bytes:
    """All of a request, by h11."""
    connection = h11.Connection(h11.CLIENT)
    events: list[h11.Event] = [
        h11.Request(method=asked.method, target=asked.target, headers=asked.written_headers)
    ]
    if content:
        events.append(h11.Data(content))
    events.append(h11.EndOfMessage())
    return b"".join([connection.send(event) or b"" for event in events])


@lru_cache(maxsize=1024)
def _around_target(
    method: str, headers: tuple[tuple[str, str], ...], host: bytes
) -> tuple[bytes, bytes] | None:
    """What stands before the target of a request, and after it up to its length.

    None where its headers say more of it: h11 has to know of that.
    """
    if any(name.lower() in _SAYING_MORE for name, _ in headers):
        return None
    plain = DirectRequest(method, Address(b"", b"", None, host), b"/", headers, None, None)
    first, rest = _written_alone(plain, b"").split(b"\r\n", 1)
    before, _, version = first.rpartition(b"/ ")
    return before, b" " + version + b"\r\n" + rest.removesuffix(b"\r\n")
