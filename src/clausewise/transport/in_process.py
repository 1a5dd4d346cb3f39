"""A target in this process: an ASGI application, called directly (ASGI 3.0)."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from clausewise.exchange import Request, Response
from clausewise.pack.settings import MOST_BYTES, READ_SECONDS
from clausewise.transport.target import Failed

# How long tasks that were left running have for their end.
_END_SECONDS = 1.0


class InProcessTarget:
    """Calls an ASGI application without a server between.

    One event loop serves all calls, one at a time. An application that raises has answered 500.
    One whose class says `needs_no_loop`, as the mocks of this package do, is asked by `answer`.
    One that blocks its thread and never awaits blocks its caller too: nothing can stop it.
    """

    kind = "in-process"

    def __init__(self, application: Any, seconds: float = READ_SECONDS) -> None:
        """`seconds` is how long a reply may take."""
        self.application = application
        self._seconds = seconds
        at_once = getattr(type(application), "needs_no_loop", False)
        self._answer = application.answer if at_once else None
        # Made when it is needed: most applications here do without.
        self._own_loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        """Call the application with one request. Raises Failed when it never answers."""
        start = time.perf_counter()
        with self._lock:
            try:
                if self._answer is not None:
                    return self._answered(request, start)
                return self._loop.run_until_complete(self._limited(request, start))
            except Failed:
                raise
            except Exception as error:
                # What every ASGI server makes of it.
                headers = (("content-type", "text/plain; charset=utf-8"),)
                text = f"the application raised {type(error).__name__}: {error}"
                content = text.encode("utf-8", "backslashreplace")
                return Response(500, headers, content, time.perf_counter() - start)

    def _answered(self, request: Request, start: float) -> Response:
        assert self._answer is not None
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers}
        status, told, content = self._answer(
            request.method, parts.path, parts.query, headers, request.content or b""
        )
        return Response(
            status,
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in told),
            content,
            time.perf_counter() - start,
        )

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        if self._own_loop is None:
            self._own_loop = asyncio.new_event_loop()
        return self._own_loop

    def close(self) -> None:
        """Close the event loop, and end what the application left running in it."""
        with self._lock:
            if self._own_loop is not None and not self._own_loop.is_closed():
                self._own_loop.run_until_complete(_end_tasks())
                self._own_loop.close()

    async def _limited(self, request: Request, start: float) -> Response:
        reply = _Reply(time.monotonic() + self._seconds)
        call = asyncio.ensure_future(self._call(request, reply))
        await asyncio.wait(
            {call, reply.over}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if call.done():
            call.result()
            if not reply.started:
                raise RuntimeError("no response was started")
        else:
            call.cancel()
            if not reply.started:
                raise Failed(f"no reply within {self._seconds:g} s")
        cut = None if call.done() and not reply.over.done() else "the rest did not come in time"
        if len(reply.content) > MOST_BYTES:
            cut = f"longer than {MOST_BYTES} bytes"
        del reply.content[MOST_BYTES:]
        return Response(
            reply.status,
            reply.headers,
            bytes(reply.content),
            time.perf_counter() - start,
            cut,
            limited=cut is not None,
        )

    async def _call(self, request: Request, reply: _Reply) -> None:
        parts = urlsplit(request.url)
        headers = [(b"host", parts.netloc.encode("latin-1"))]
        headers += [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers
        ]
        if request.content is not None:
            headers.append((b"content-length", str(len(request.content)).encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": parts.scheme,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode("ascii"),
            "query_string": parts.query.encode("ascii"),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 0),
            "server": (parts.hostname, parts.port or 80),
        }
        received = False

        async def receive() -> dict[str, Any]:
            nonlocal received
            if received:
                await reply.go_on()
                return {"type": "http.disconnect"}
            received = True
            return {"type": "http.request", "body": request.content or b"", "more_body": False}

        await self.application(scope, receive, reply.send)


class _Reply:
    """What an application has sent of one reply, until nobody wants more of it."""

    def __init__(self, deadline: float) -> None:
        self.started = False
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.content = bytearray()
        # Done when there is more than anybody reads, or it is too late.
        self.over = asyncio.get_running_loop().create_future()
        self._deadline = deadline

    async def send(self, message: dict[str, Any]) -> None:
        """Take one message of the application (ASGI 3.0, `http.response.*`)."""
        if not self.started:
            if message["type"] != "http.response.start":
                raise RuntimeError("no response was started")
            self.headers = tuple(
                (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
                for name, value in message.get("headers", [])
            )
            self.status = message["status"]
            if not isinstance(self.status, int) or not 100 <= self.status <= 999:
                raise ValueError(f"{self.status!r} is no status")
            self.started = True
        elif len(self.content) <= MOST_BYTES:
            self.content += message.get("body", b"")
        await self.go_on()

    async def go_on(self) -> None:
        """Let the application go on, or wait for ever where nobody listens any more.

        One that sends without end never waits by itself, and no time-out would be noticed.
        """
        if len(self.content) > MOST_BYTES or time.monotonic() > self._deadline:
            if not self.over.done():
                self.over.set_result(None)
            await asyncio.Event().wait()


async def _end_tasks() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        # Not for ever: a task may refuse to be cancelled.
        ended, _ = await asyncio.wait(left, timeout=_END_SECONDS)
        for task in ended:
            task.cancelled() or task.exception()
