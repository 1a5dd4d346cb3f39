"""Requests over HTTP, to servers that behave and to servers that do not."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from clausewise.exchange import Request, Response
from clausewise.pack.settings import MOST_BYTES, Settings
from clausewise.transport.http import HttpTarget
from clausewise.transport.target import Failed

from ..guards import FOR_EVER
from .raw_server import Reply, reply, serving

OK = reply(b'{"a": 1}')


@contextmanager
def _target(url: str, **settings: Any) -> Iterator[HttpTarget]:
    settings = {"connect_seconds": FOR_EVER, "read_seconds": FOR_EVER, **settings}
    target = HttpTarget(Settings(base_url=url, path={}, **settings))
    try:
        yield target
    finally:
        target.close()


def _send(*replies: Reply, **request: Any) -> Response:
    with serving(*replies) as server, _target(server.url) as target:
        return target.send(_request(server.url, **request))


def _request(server: str, **parts: Any) -> Request:
    return Request(**{"method": "POST", "url": f"{server}/x", "content": b"{}", **parts})


def test_a_reply_as_it_should_be() -> None:
    """Status, headers, body and time of a reply are what crossed the wire."""
    response = _send(reply(b'{"a": 1}', "201 Created", "X-One: 1"))
    assert response.status == 201
    assert response.header("x-one") == "1"
    assert response.json == {"a": 1}
    assert response.cut is None
    assert response.seconds > 0


def test_a_request_as_it_is_sent() -> None:
    """Method, path, headers in their order and case, and bytes arrive as they were given."""
    with serving(OK) as server, _target(server.url) as target:
        target.send(
            Request(
                "PUT",
                f"{server.url}/a%2Fb/c?d=e",
                (("X-Odd", "é"), ("Accept", "a/b"), ("x-odd", "2")),
                '{"é": "🎥"}'.encode(),
            )
        )
    (sent,) = server.requests
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /a%2Fb/c?d=e HTTP/1.1\r\n")
    assert body == '{"é": "🎥"}'.encode()
    lines = head.split(b"\r\n")
    assert b"X-Odd: \xe9" in lines
    assert b"x-odd: 2" in lines
    assert f"Content-Length: {len(body)}".encode() in lines
    assert not [line for line in lines if line.lower().startswith(b"accept-encoding")]


def test_a_request_without_a_body() -> None:
    """A POST without a body says that it has none, and a GET says nothing of it."""
    with serving(OK) as server, _target(server.url) as target:
        target.send(_request(server.url, content=None))
        target.send(_request(server.url, method="GET", content=None))
    posted, got = server.requests
    assert b"content-length: 0\r\n" in posted.lower() + b"\r\n"
    assert b"content-length" not in got.lower()


def test_connections_are_kept_alive() -> None:
    """One thread sends all its requests over one connection."""
    with serving(OK, keep=True) as server, _target(server.url) as target:
        for _ in range(5):
            assert target.send(_request(server.url)).status == 200
        assert (server.connections, len(server.requests)) == (1, 5)


def test_connections_that_are_closed_without_notice() -> None:
    """A server that closes after each reply, and does not say so, gets every request answered."""
    with serving(OK) as server, _target(server.url) as target:
        assert {target.send(_request(server.url)).status for _ in range(40)} == {200}
        assert len(server.requests) == 40


def test_each_thread_has_its_own_connection() -> None:
    """Threads do not wait for each other."""
    meet = threading.Barrier(3, timeout=FOR_EVER)

    def together(connection: socket.socket) -> None:
        meet.wait()
        connection.sendall(OK)

    with serving(together, keep=True) as server, _target(server.url) as target:
        threads = [
            threading.Thread(target=target.send, args=(_request(server.url),)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(FOR_EVER)
        assert server.connections == 3


def test_a_connection_that_was_closed_is_opened_again() -> None:
    """A server that closes after each reply, saying so or not, is asked over new connections."""
    for header in ("Connection: close", "X-Nothing: 1"):
        with serving(reply(b"{}", "200 OK", header)) as server, _target(server.url) as target:
            for _ in range(3):
                assert target.send(_request(server.url)).status == 200
                time.sleep(0.02)  # an idle moment, in which the closing arrives
            assert server.connections == 3


def test_redirects_are_not_followed() -> None:
    """A redirect is a reply like any other; the token goes to no other server."""
    token = (("Authorization", "Bearer secret"),)
    with serving(OK) as elsewhere:
        moved = reply(b"", "307 Temporary Redirect", f"Location: {elsewhere.url}/x")
        with serving(moved) as server, _target(server.url) as target:
            response = target.send(_request(server.url, headers=token))
    assert response.status == 307
    assert response.header("location") == f"{elsewhere.url}/x"
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "location", ["http://[", "", "http://a b/", "//", "http://x:y", "\xe9", "x" * 70_000]
)
def test_a_redirect_to_nowhere_is_still_a_reply(location: str) -> None:
    """A Location that is no URL does no harm."""
    limited = location[:60_000]  # the whole head may have 100 kB
    assert _send(reply(b"", "302 Found", f"Location: {limited}")).status == 302


def test_many_cookies_are_all_kept_and_none_is_sent_back() -> None:
    """Every Set-Cookie is there to be judged, and no later request carries one."""
    cookies = [f"Set-Cookie: c{n}=v; Path=/" for n in range(200)]
    with (
        serving(reply(b"{}", "200 OK", *cookies), keep=True) as server,
        _target(server.url) as target,
    ):
        response = target.send(_request(server.url))
        target.send(_request(server.url))
    assert sum(name.lower() == "set-cookie" for name, _ in response.headers) == 200
    assert b"cookie" not in server.requests[1].lower()


def test_headers_in_latin_1() -> None:
    """Header bytes beyond ASCII are read as Latin-1."""
    response = _send(reply(b"{}", "200 OK", "X-Name: \xe9t\xe9"))
    assert response.header("x-name") == "été"


def test_interim_replies_are_passed_over() -> None:
    """100 and 103 are no replies; what follows is."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    response = _send(interim + OK)
    assert response.status == 200
    assert response.header("link") is None


def test_a_reply_without_content() -> None:
    """A 204 has no body, and none is waited for."""
    response = _send(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert (response.status, response.content, response.cut) == (204, b"", None)


def test_a_body_in_chunks() -> None:
    """Chunks are put together, their extensions and trailers aside."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    response = _send(head + b'3;x=1\r\n{"a\r\n5\r\n": 1}\r\n0\r\nX-Sum: 5\r\n\r\n')
    assert response.json == {"a": 1}
    assert response.cut is None


def test_a_body_that_ends_with_the_connection() -> None:
    """Without a length the body ends where the connection does."""
    response = _send(b"HTTP/1.0 200 OK\r\n\r\nhello")
    assert (response.content, response.cut) == (b"hello", None)


def test_a_body_in_gzip() -> None:
    """A body is decoded by its Content-Encoding."""
    coded = gzip.compress(b'{"a": 1}')
    assert _send(reply(coded, "200 OK", "Content-Encoding: gzip")).json == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "content", "cut"),
    [
        (reply(b'{"a": 1', length=500), b'{"a": 1', "peer closed connection"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
            b"abc",
            "Invalid character in chunk size",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            b"abc",
            "peer closed connection",
        ),
        (
            reply(b"no gzip", "200 OK", "Content-Encoding: gzip"),
            b"",
            "its content coding is broken",
        ),
        (
            reply(gzip.compress(gzip.compress(b"{}")), "200 OK", "Content-Encoding: gzip, gzip"),
            b"",
            "it is coded more than once",
        ),
    ],
)
def test_a_body_that_is_not_whole(answer: bytes, content: bytes, cut: str) -> None:
    """What arrived of a body is kept, with why it is not all; it is no JSON."""
    response = _send(answer)
    assert response.status == 200
    assert response.content == content
    assert response.cut is not None
    assert cut in response.cut
    assert response.not_json == f"the body is not whole: {response.cut}"


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_body_without_end_is_cut(coding: str) -> None:
    """No more than a fixed number of bytes is read, however many are sent."""
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: " + coding.encode() + b"\r\n\r\n")
        part = gzip.compress(b" " * 50_000_000) if coding else b" " * 65536
        while sent < 40 * MOST_BYTES:
            connection.sendall(part)
            sent += len(part)

    response = _send(pour)
    assert response.cut == f"longer than {MOST_BYTES} bytes"
    assert len(response.content) == MOST_BYTES
    assert sent < 20 * MOST_BYTES


def test_a_body_that_trickles_is_cut_in_time() -> None:
    """A body that comes byte by byte takes no longer than a reply may."""

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"x")
            time.sleep(0.05)

    with serving(trickle) as server, _target(server.url, read_seconds=1.0) as target:
        response = target.send(_request(server.url))
    assert response.cut == "the rest did not come in time"
    assert response.seconds >= 1.0
    assert 0 < len(response.content) < 1000


def _until_it_is_closed(connection: socket.socket) -> None:
    """Say nothing until the client has had enough."""
    connection.settimeout(FOR_EVER)
    connection.recv(1)


def test_a_body_that_stops_is_cut_in_time() -> None:
    """A body whose rest never comes is what has come."""

    def stop(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
        _until_it_is_closed(connection)

    with serving(stop) as server, _target(server.url, read_seconds=1.0) as target:
        response = target.send(_request(server.url))
    assert (response.content, response.cut) == (b"abc", "the rest did not come in time")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "Server disconnected without sending a response"),
        (b"HTTP/1.1 200 OK\r\nContent-", "RemoteProtocolError"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "RemoteProtocolError"),
        (b"\x16\x03\x01\x02\x00\x01", "RemoteProtocolError"),
        (b"\x00" * 200, "RemoteProtocolError"),
        (b"<html>hello</html>\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nX-A: a\x00b\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nX A: b\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nX-A: 1\r\r\nX-B: 2\r\n\r\n", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "RemoteProtocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}", "RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 300_000 + b"\r\n\r\n", "RemoteProtocolError"),
    ],
)
def test_what_is_no_reply(answer: bytes, said: str) -> None:
    """What is not HTTP, or ends before the headers do, is a request that got no reply."""
    with pytest.raises(Failed) as caught:
        _send(answer)
    assert said in str(caught.value)
    assert not caught.value.unreachable


def test_nobody_listens() -> None:
    """A port that nobody listens on is unreachable."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with _target(f"http://127.0.0.1:{port}") as target, pytest.raises(Failed) as caught:
        target.send(_request(f"http://127.0.0.1:{port}"))
    assert caught.value.unreachable


def test_a_name_that_does_not_exist() -> None:
    """A host name without an address is unreachable."""
    url = "http://no-such-host.localhost.invalid"
    with _target(url) as target, pytest.raises(Failed) as caught:
        target.send(_request(url))
    assert caught.value.unreachable


def test_nobody_answers() -> None:
    """A server that takes the request and says nothing is given up in time."""
    with (
        serving(_until_it_is_closed) as server,
        _target(server.url, read_seconds=0.2) as target,
        pytest.raises(Failed, match=r"^no reply within 0\.2 s$") as caught,
    ):
        target.send(_request(server.url))
    assert not caught.value.unreachable


def test_a_failure_does_not_spoil_the_next_request() -> None:
    """After a request that got no reply, the next one is sent as if nothing had been."""
    with serving(b"garbage\r\n\r\n", OK) as server, _target(server.url) as target:
        with pytest.raises(Failed):
            target.send(_request(server.url))
        assert target.send(_request(server.url)).status == 200


@pytest.mark.parametrize(
    "request_parts",
    [
        {"headers": (("X-A", "a\r\nX-B: b"),)},
        {"headers": (("X A", "b"),)},
        {"headers": (("X-A", "会"),)},
        {"headers": (("Ä", "b"),)},
        {"url": "http://[::1/"},
        {"url": "http://127.0.0.1/\x00"},
        {"url": "ftp://127.0.0.1/"},
        {"url": "http://xn--\u200b/"},
    ],
)
def test_a_request_that_cannot_be_sent(request_parts: dict[str, Any]) -> None:
    """A header or URL that HTTP does not allow is a failure in words, not a traceback."""
    with serving(OK) as server, _target(server.url) as target, pytest.raises(Failed) as caught:
        target.send(_request(server.url, **request_parts))
    assert str(caught.value)


def test_a_port_beyond_the_last_is_no_other_port() -> None:
    """A port of more than 16 bits is a failure, and the server at its lower bits is not asked."""
    with serving(OK) as server, _target(server.url) as target:
        wrapped = httpx.URL(server.url).port or 0
        with pytest.raises(Failed, match="a port is at most 65535"):
            target.send(_request(f"http://127.0.0.1:{wrapped + 65536}/"))


def test_a_proxy_of_the_environment_is_not_used_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on this machine is asked directly, whatever the environment says of proxies."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert _send(OK).status == 200


def test_a_proxy_that_is_none_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a target elsewhere, an unusable proxy of the environment is named."""
    monkeypatch.setenv("http_proxy", "nonsense://[")
    monkeypatch.setenv("all_proxy", "nonsense://[")
    with _target("http://api.example.invalid") as target, pytest.raises(Failed) as caught:
        target.send(_request("http://api.example.invalid"))
    assert caught.value.unreachable


def test_a_target_elsewhere_is_asked_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the client for remote targets, replies are the same, odd redirects included."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    answers = (
        reply(b"", "302 Found", "Location: http://x:y", "Connection: close"),
        reply(b'{"a": 1', length=500),
        reply(b"{}", "200 OK", "Set-Cookie: a=b"),
    )
    monkeypatch.setattr(Settings, "on_this_machine", False)
    with serving(*answers) as server, _target(server.url) as target:
        moved, cut, cookie = (target.send(_request(server.url)) for _ in range(3))
    assert (moved.status, moved.header("location")) == (302, "http://x:y")
    assert cut.content == b'{"a": 1'
    assert cut.cut
    assert cookie.header("set-cookie") == "a=b"
    assert b"cookie" not in server.requests[-1].lower()


def test_closing_twice_does_no_harm() -> None:
    """A target may be closed more than once, also when it sent nothing."""
    target = HttpTarget(Settings(base_url="http://127.0.0.1:9", path={}))
    target.close()
    target.close()
