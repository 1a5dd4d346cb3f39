"""Applications in this process: called as a server would, whatever they do."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from clausewise.exchange import Request
from clausewise.transport.in_process import InProcessTarget
from clausewise.transport.target import Failed

from ..guards import FOR_EVER

REQUEST = Request(
    "POST", "http://mock.invalid/a%2Fb/%C3%A9?x=1&y=%20", (("X-One", "é"),), b'{"a":1}'
)


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what was asked."""
    message = await receive()
    await send({"type": "http.response.start", "status": 201, "headers": [(b"X-A", b"\xe9")]})
    await send({"type": "http.response.body", "body": repr(scope).encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"|" + message["body"]})


def _send(application: Any, request: Request = REQUEST, seconds: float = 2.0) -> Any:
    target = InProcessTarget(application, seconds)
    try:
        return target.send(request)
    finally:
        target.close()


def test_a_reply() -> None:
    """Status, headers and all parts of the body make the reply."""
    response = _send(_echo)
    assert response.status == 201
    assert response.headers == (("X-A", "é"),)
    assert response.content.endswith(b'|{"a":1}')
    assert response.seconds > 0


def test_what_the_application_is_told() -> None:
    """The scope has the path decoded and raw, the query, the method and lower-case headers."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        seen.append([await receive(), await receive()])
        await send({"type": "http.response.start", "status": 204})

    assert _send(application).content == b""
    scope, messages = seen
    assert scope["type"] == "http"
    assert scope["method"] == "POST"
    assert (scope["path"], scope["raw_path"]) == ("/a/b/é", b"/a%2Fb/%C3%A9")
    assert scope["query_string"] == b"x=1&y=%20"
    assert (b"x-one", b"\xe9") in scope["headers"]
    assert (b"host", b"mock.invalid") in scope["headers"]
    assert (b"content-length", b"7") in scope["headers"]
    assert [message["type"] for message in messages] == ["http.request", "http.disconnect"]


def test_a_request_without_a_body() -> None:
    """Without content there is no Content-Length, and an empty body is received."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["headers"], await receive()))
        await send({"type": "http.response.start", "status": 204})

    _send(application, Request("GET", "http://mock.invalid/"))
    ((headers, message),) = seen
    assert b"content-length" not in dict(headers)
    assert message["body"] == b""


class _OddError(Exception):
    """An exception with a text that is no Unicode."""

    def __str__(self) -> str:
        return "half a pair: \ud83c"


async def _raises(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError("oh no")


async def _raises_odd(scope: Any, receive: Any, send: Any) -> None:
    raise _OddError


async def _raises_late(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ValueError("oh no")


async def _times_out_itself(scope: Any, receive: Any, send: Any) -> None:
    raise TimeoutError("its own affair")


async def _says_nothing(scope: Any, receive: Any, send: Any) -> None:
    await receive()


async def _begins_with_the_body(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.body", "body": b"x"})


async def _has_text_for_bytes(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [("a", "b")]})


def _is_not_async(scope: Any, receive: Any, send: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("application", "said"),
    [
        (_raises, "the application raised ValueError: oh no"),
        (_raises_odd, "the application raised _OddError: half a pair: \\ud83c"),
        (_raises_late, "the application raised ValueError: oh no"),
        (_times_out_itself, "the application raised TimeoutError: its own affair"),
        (_says_nothing, "no response was started"),
        (_begins_with_the_body, "no response was started"),
        (_has_text_for_bytes, "the application raised TypeError"),
        (_is_not_async, "the application raised TypeError"),
    ],
)
def test_an_application_that_fails_answers_500(application: Any, said: str) -> None:
    """An application that raises, or answers nothing sensible, has answered 500."""
    response = _send(application)
    assert response.status == 500
    assert response.media_type == "text/plain"
    assert said in response.content.decode("utf-8")


def test_an_application_that_never_answers() -> None:
    """An application that waits for ever is given up in time, and the next call goes through."""
    calls = 0

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        await _echo(scope, receive, send)

    target = InProcessTarget(application, seconds=0.1)
    with pytest.raises(Failed, match=r"^no reply within 0\.1 s$"):
        target.send(REQUEST)
    target._seconds = FOR_EVER
    assert target.send(REQUEST).status == 201
    target.close()


def test_any_thread_may_call() -> None:
    """Calls from many threads are served one at a time, all of them."""
    inside = 0
    most = 0

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.001)
        inside -= 1
        await _echo(scope, receive, send)

    target = InProcessTarget(application)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(target.send(REQUEST).status))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(FOR_EVER)
    target.close()
    assert statuses == [201] * 8
    assert most == 1


def test_closing_ends_what_was_left_running() -> None:
    """Tasks that an application left behind are cancelled, in any thread; twice does no harm."""
    ended: list[str] = []

    async def linger() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    tasks: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        tasks.append(asyncio.create_task(linger()))
        await asyncio.sleep(0)
        await _echo(scope, receive, send)

    target = InProcessTarget(application)
    target.send(REQUEST)
    thread = threading.Thread(target=target.close)
    thread.start()
    thread.join(FOR_EVER)
    target.close()
    assert ended == ["ended"]
