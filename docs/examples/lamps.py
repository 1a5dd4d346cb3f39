"""The lamps of `openapi.yaml`, served: as documented, or by a mock that does not look at values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@contextmanager
def served(careful: bool = True) -> Iterator[str]:
    """The URL of a server of lamps; a careless one takes whatever it is sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Careful if careful else _Careless)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Careful(BaseHTTPRequestHandler):
    careful = True

    def do_GET(self) -> None:
        """Show a lamp."""
        name = self.path.rpartition("/")[2]
        known = name.isdecimal() and int(name) >= 1
        self._answer(200 if known else 404, {"id": int(name), "state": "on"} if known else {})

    def do_PATCH(self) -> None:
        """Dim a lamp."""
        name = self.path.rpartition("/")[2]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        lamp = {"id": int(name) if name.isdecimal() else 1, "state": "on"}
        if self.careful and not (name.isdecimal() and int(name) >= 1):
            self._answer(404, {})
        elif self.careful and not self._is_lawful(body):
            self._answer(422, {})
        else:
            self._answer(200, lamp)

    def _is_lawful(self, body: bytes) -> bool:
        try:
            value = json.loads(body)
        except ValueError:
            return False
        if self.headers.get_content_type() != "application/json" or not isinstance(value, dict):
            return False
        level = value.get("brightness")
        return type(level) in (int, float) and level == int(level) and 0 <= level <= 100

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class _Careless(_Careful):
    careful = False
