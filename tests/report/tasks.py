"""A small API of tasks: its document, and a server on loopback with faults that a test switches."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import clausewise
from clausewise.report import Report

TOKEN = "tasks-token-of-a-test-000"  # noqa: S105  # of the server below, which lives for a test
_JSON = "application/json"


def _refers(name: str) -> dict[str, Any]:
    return {"content": {_JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _replies(success: str, name: str) -> dict[str, Any]:
    refusals = {
        status: {"description": "no", **_refers("Error")} for status in ("400", "401", "404")
    }
    return {success: {"description": "yes", **_refers(name)}, **refusals}


_ID = {"name": "task_id", "in": "path", "required": True} | {
    "schema": {"type": "string", "format": "uuid"}
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Tasks", "version": "1"},
    "security": [{"key": []}],
    "paths": {
        "/tasks": {
            "post": {
                "operationId": "add_task",
                "requestBody": {"required": True, **_refers("NewTask")},
                "responses": _replies("201", "Task"),
            },
            "get": {
                "operationId": "list_tasks",
                "parameters": [
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 50},
                    }
                ],
                "responses": _replies("200", "Tasks"),
            },
        },
        "/tasks/{task_id}": {
            "get": {
                "operationId": "get_task",
                "parameters": [_ID],
                "responses": _replies("200", "Task"),
            }
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "NewTask": {
                "type": "object",
                "required": ["title"],
                "additionalProperties": False,
                "properties": {
                    "title": {"type": "string", "minLength": 1, "maxLength": 20},
                    "priority": {"enum": ["low", "high"]},
                    "points": {"type": "integer", "minimum": 0, "maximum": 9},
                },
            },
            "Task": {
                "type": "object",
                "required": ["id", "title", "priority", "made"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "title": {"type": "string", "minLength": 1, "maxLength": 20},
                    "priority": {"enum": ["low", "high"]},
                    "points": {"type": ["integer", "null"]},
                    "made": {"type": "string", "format": "date-time"},
                },
            },
            "Tasks": {
                "type": "object",
                "required": ["items"],
                "properties": {
                    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}
                },
            },
            "Error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
            },
        },
    },
}

Answer = tuple[int, Any]
# Changes what is answered: the operation, the status and the body, and the request's own body.
After = Callable[[str, Answer, Any], Answer]


class Service:
    """The API kept, but for what `faults` name and `after` changes.

    Faults: `no auth`, `any token`, `canned`, and the names of refusals that are left out: `title`,
    `priority`, `points`, `limit`, `body` (all of the body), `unknown`.
    """

    def __init__(self, *faults: str, after: After | None = None) -> None:
        self.faults = set(faults)
        self.after = after
        self.tasks: dict[str, dict[str, Any]] = {}
        self._numbers = count()
        self._canned: dict[str, Answer] = {}

    def answer(
        self, method: str, target: str, token: str | None, content: bytes, media_type: str
    ) -> Answer:
        """The status and the JSON body for a request."""
        parts = urlsplit(target)
        inner = re.fullmatch(r"/tasks/([^/]+)", parts.path)
        operation = "get_task" if inner else "add_task" if method == "POST" else "list_tasks"
        if not (inner or parts.path == "/tasks"):
            return 404, {"code": 404, "message": "no such path"}
        try:
            body = json.loads(content) if content else None
        except ValueError:
            body = ...
        if content and media_type != _JSON:
            body = ...
        said = self._said(operation, token, body, inner[1] if inner else "", parts.query)
        if "canned" in self.faults:
            said = self._canned.setdefault(operation, said)
        return self.after(operation, said, body) if self.after is not None else said

    def _said(self, operation: str, token: str | None, body: Any, name: str, query: str) -> Answer:
        if "no auth" not in self.faults:
            any_will_do = "any token" in self.faults and token
            if not any_will_do and token != f"Bearer {TOKEN}":
                return 401, {"code": 401, "message": "who are you?"}
        if operation == "add_task":
            wrong = None if "body" in self.faults else self._wrong(body)
            return (400, {"code": 400, "message": wrong}) if wrong else (201, self._made(body))
        if operation == "list_tasks":
            limit = re.search(r"limit=([^&]*)", query)
            fits = limit is None or (limit[1].isdecimal() and 1 <= int(limit[1]) <= 50)
            if not fits and "limit" not in self.faults:
                return 400, {"code": 400, "message": "limit is wrong"}
            return 200, {"items": list(self.tasks.values())[:50]}
        return self._one(name)

    def _one(self, name: str) -> Answer:
        if name in self.tasks:
            return 200, self.tasks[name]
        if "unknown" in self.faults:
            return 200, self._made({"title": "anything"}, name)
        return 404, {"code": 404, "message": "no such task"}

    def _wrong(self, body: Any) -> str | None:
        if not isinstance(body, dict):
            return "an object is wanted"
        title, points = body.get("title"), body.get("points", 0)
        if not isinstance(title, str) or not title:
            return "title is wanted"
        if len(title) > 20 and "title" not in self.faults:
            return "title is too long"
        if body.get("priority", "low") not in ("low", "high") and "priority" not in self.faults:
            return "priority is wrong"
        whole = isinstance(points, int | float) and not isinstance(points, bool)
        if not (whole and int(points) == points and 0 <= points <= 9):
            return None if "points" in self.faults else "points are wrong"
        if body.keys() - {"title", "priority", "points"}:
            return "what is that?"
        return None

    def _made(self, body: Any, name: str | None = None) -> dict[str, Any]:
        given = body if isinstance(body, dict) else {}
        task = {
            "id": name or str(uuid5(UUID(int=0), str(next(self._numbers)))),
            "title": given.get("title", "a task"),
            "priority": given.get("priority", "low"),
            "points": given.get("points"),
            "made": "2026-10-03T08:12:03Z",
        }
        if name is None:
            self.tasks[task["id"]] = task
        return task


@contextmanager
def served(service: Service) -> Iterator[str]:
    """Run a service on loopback; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

        def _go(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            token = self.headers.get("authorization")
            sent_as = self.headers.get_content_type()
            status, said = service.answer(self.command, self.path, token, content, sent_as)
            media_type = _JSON
            if isinstance(said, bytes):
                media_type, shown = "text/html", said
            else:
                shown = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(shown)))
            self.end_headers()
            self.wfile.write(shown)

        do_GET = do_POST = _go  # noqa: N815  # the names of http.server

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_document(folder: Path) -> Path:
    """The document as a file."""
    path = folder / "tasks.json"
    path.write_text(json.dumps(DOCUMENT, indent=1), "utf-8")
    return path


def judged(folder: Path, service: Service, **options: Any) -> Report:
    """The report of a run against a service."""
    with served(service) as url:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        path = write_document(folder)
        return clausewise.run(path, url, headers=headers, examples=0, **options)
