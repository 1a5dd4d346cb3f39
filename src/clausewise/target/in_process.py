"""A target in this process: an ASGI application, called directly (ASGI 3.0)."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from clausewise.exchange import Request, Response


class InProcessTarget:
    """Calls an ASGI application without a server between.

    One event loop serves all calls, one at a time. An application that raises has answered 500.
    """

    kind = "in-process"

    def __init__(self, application: Any) -> None:
        self.application = application
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        """Call the application with one request."""
        start = time.perf_counter()
        with self._lock:
            try:
                status, headers, content = self._loop.run_until_complete(self._call(request))
            except Exception as error:
                # What every ASGI server makes of it.
                status, headers = 500, (("content-type", "text/plain; charset=utf-8"),)
                content = f"the application raised {type(error).__name__}: {error}".encode()
        return Response(status, headers, content, time.perf_counter() - start)

    def close(self) -> None:
        """Close the event loop."""
        with self._lock:
            if not self._loop.is_closed():
                self._loop.close()

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
