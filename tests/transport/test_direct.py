"""Replies are read as httpcore reads the same bytes, in whatever pieces they come."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import httpcore
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clausewise.transport.direct import Address, Direct, DirectRequest
from clausewise.transport.line import Failure
from clausewise.transport.network import Network, Stream

HERE = Address(b"http", b"here", None, b"here")
ORIGIN = httpcore.Origin(b"http", b"here", 80)
STATUSES = (
    "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.1 200", "HTTP/1.1 500 ", "HTTP/1.0 200 OK",
    "HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified",
    "HTTP/1.1 099 Low", "HTTP/1.1 700 High", "HTTP/2 200 OK", "http/1.1 200 OK", "HTTP/1.1  200 OK",
    "HTTP/1.1 200 \xe4\tb", "HTTP/1.1 200 a\x01b", "hello",
)  # fmt: skip
LINES = (
    "Content-Length: 3", "content-length:  3 ", "Content-Length: 4",
    "Content-Length: 3, 3", "Content-Length: 3,4",
    "Content-Length: +3", "Content-Length: 03", "Content-Length:", "Content-Length: 99999999999999",
    "Transfer-Encoding: chunked", "transfer-encoding: gzip", "Connection: close",
    "Connection: Keep-Alive", "connection: x, close", "Upgrade: websocket", "X-A: \xe4 b",
    "X-A:", "X-A", "X A: b", "X-A : b", ": b", " folded", "X-A: a\x00b", "X-A: a\x01b",
    "X-A: a\rb", "X-A: a\x7fb", "X-\xe4: b", "Set-Cookie: a=1", "Set-Cookie: b=2",
)  # fmt: skip
BODIES = (
    b"",
    b"abc",
    b"ab",
    b"abcd",
    b"3\r\nabc\r\n0\r\n\r\n",
    b"\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
)
Told = tuple[Any, ...]


class _Canned(Network):
    """A network whose one connection gives these pieces, and then ends."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__(60.0)
        self.stream = httpcore.MockStream(list(pieces))

    def connect_tcp(self, *_: Any, **__: Any) -> Stream:
        """The one connection."""
        return Stream(self.stream, self)


def _told(asked: Any) -> Told:
    """Status, headers and body of what `asked` gives, or that it is no reply, or how it ends."""
    body = b""
    try:
        reply = asked()
        head = reply.status, tuple(reply.headers)
        for part in reply.parts:
            body += part
    except Failure as error:
        return type(error), body
    return (*head, body)


def _ours(method: str, pieces: list[bytes], length: int | None) -> Told:
    network = _Canned(pieces)
    network.begin()
    way = Direct(network, None, 60.0)
    return _told(lambda: way.ask(DirectRequest(method, HERE, b"/a", (), None, length)))


def _theirs(method: str, pieces: list[bytes], length: int | None) -> Told:
    stream = httpcore.MockStream(list(pieces))
    connection = httpcore.HTTP11Connection(ORIGIN, stream)
    headers = [(b"Host", b"here")] + ([(b"Content-Length", b"0")] if length is not None else [])
    request = httpcore.Request(method, "http://here/a", headers=headers)

    class _Reply:
        def __init__(self) -> None:
            response = connection.handle_request(request)
            self.status = response.status
            pairs = response.headers
            self.headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in pairs]
            self.parts = response.iter_stream()

    return _told(_Reply)


def _in_pieces(content: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    return [content[a:b] for a, b in pairwise(places) if a < b]


@given(
    st.sampled_from([("GET", None), ("POST", 0), ("HEAD", None)]),
    st.sampled_from(STATUSES),
    st.lists(st.sampled_from(LINES), max_size=4),
    st.sampled_from(BODIES),
    st.sampled_from(["\r\n", "\r\n", "\n"]),
    st.lists(st.integers(0, 500), max_size=3),
)
@example(("GET", None), STATUSES[0], ["Content-Length: 3"], b"abc", "\r\n", [])
@example(("HEAD", None), STATUSES[0], ["Content-Length: 3"], b"abc", "\r\n", [])
@example(("GET", None), STATUSES[5], ["Content-Length: 3"], b"abc", "\r\n", [])
@example(("GET", None), STATUSES[0], ["Content-Length: 3", "Content-Length: 3"], b"abc", "\r\n", [])
@example(("GET", None), STATUSES[0], ["Content-Length: 3, 3"], b"abc", "\r\n", [])
@example(("GET", None), STATUSES[0], ["Content-Length: 4", "Content-Length: 3"], b"abc", "\r\n", [])
def test_a_reply_is_read_as_httpcore_reads_it(
    kind: tuple[str, int | None],
    status: str,
    lines: list[str],
    body: bytes,
    end: str,
    cuts: list[int],
) -> None:
    """Status, headers and body are the same, or both say that it is no reply, or where it ends."""
    head = "".join([status, end, *(f"{line}{end}" for line in lines), end])
    pieces = _in_pieces(head.encode("latin-1") + body, cuts)
    method, length = kind
    assert _ours(method, pieces, length) == _theirs(method, pieces, length)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("X-A: a\x0bb\r\nContent-Length: 3\r\n", (("X-A", "a\x0bb"), ("Content-Length", "3"))),
        ("X-A: a\r\n\tb\r\nContent-Length: 3\r\n", (("X-A", "a\tb"), ("Content-Length", "3"))),
        ("X-A: a\r\n  b \r\nContent-Length: 3\r\n", (("X-A", "a  b"), ("Content-Length", "3"))),
        (
            "X-A: a\r\nContent-Length: 3\r\nX-A: b\r\n",
            (("X-A", "a"), ("Content-Length", "3"), ("X-A", "b")),
        ),
    ],
)
def test_what_is_borne(lines: str, said: Any) -> None:
    """Odd characters and folds stay as they came, and headers in their order."""
    content = f"HTTP/1.1 200 OK\r\n{lines}\r\nabc".encode("latin-1")
    assert _ours("GET", [content], None) == (200, said, b"abc")


@pytest.mark.parametrize("cuts", [(), range(200)], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"])
def test_a_length_that_is_said_twice_is_one_of_the_head(before: bytes, cuts: Iterable[int]) -> None:
    """A line of the body that looks like one stays in it, also behind a head of no reply."""
    body = b"a\r\nContent-Length: 24\r\nb"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\nContent-Length: 24\r\n\r\n"
    pieces = _in_pieces(before + head + body, cuts)
    assert _ours("GET", pieces, None) == (200, (("Content-Length", "24"),), body)


@pytest.mark.parametrize(
    ("first", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", False),
    ],
)
def test_a_connection_is_kept_where_its_reply_lets_it(first: bytes, kept: bool) -> None:
    """One that says that it ends, or says more than its length, is asked nothing any more."""
    opened: list[_Canned] = []

    class _Counting(_Canned):
        def connect_tcp(self, *_: Any, **__: Any) -> Stream:
            opened.append(self)
            return Stream(httpcore.MockStream([first, first]), self)

    network = _Counting([])
    way = Direct(network, None, 60.0)
    for _ in range(2):
        network.begin()
        reply = way.ask(DirectRequest("GET", HERE, b"/", (), None, None))
        assert b"".join(reply.parts) == b"abc"
        reply.close()
    assert len(opened) == (1 if kept else 2)
