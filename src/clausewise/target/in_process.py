"""A target in this process: an ASGI application, called directly (ASGI 3.0)."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from clausewise.exchange import Request, Response
from clausewise.target.settings import READ_SECONDS
from clausewise.target.target import Failed


class InProcessTarget:
    """Calls an ASGI application without a server between.

    One event loop serves all calls, one at a time. An application that raises has answered 500.
    """

    kind = "in-process"

    def __init__(self, application: Any, seconds: float = READ_SECONDS) -> None:
        """`seconds` is how long a reply may take."""
        self.application = application
        self._seconds = seconds
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        """Call the application with one request. Raises Failed when it never answers."""
        start = time.perf_counter()
        with self._lock:
            try:
                status, headers, content = self._loop.run_until_complete(self._limited(request))
            except Failed:
                raise
            except Exception as error:
                # What every ASGI server makes of it.
                status, headers = 500, (("content-type", "text/plain; charset=utf-8"),)
                text = f"the application raised {type(error).__name__}: {error}"
                content = text.encode("utf-8", "backslashreplace")
        return Response(status, headers, content, time.perf_counter() - start)

    def close(self) -> None:
        """Close the event loop, and end what the application left running in it."""
        with self._lock:
            if not self._loop.is_closed():
                self._loop.run_until_complete(_end_tasks())
                self._loop.close()

    async def _limited(self, request: Request) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        call = asyncio.ensure_future(self._call(request))
        done, _ = await asyncio.wait({call}, timeout=self._seconds)
        if not done:
            call.cancel()
            raise Failed(f"no reply within {self._seconds:g} s")
        return call.result()

    async def _call(self, request: Request) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
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
        sent: list[dict[str, Any]] = []
        received = False

        async def receive() -> dict[str, Any]:
            nonlocal received
            if received:
                return {"type": "http.disconnect"}
            received = True
            return {"type": "http.request", "body": request.content or b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        if not sent or sent[0]["type"] != "http.response.start":
            raise RuntimeError("no response was started")
        reply_headers = tuple(
            (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
            for name, value in sent[0].get("headers", [])
        )
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], reply_headers, content


async def _end_tasks() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
