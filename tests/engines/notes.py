"""A server as Spring has them: 415 for a body's type that it does not read, 406 for replies.

Starlette reads its requests. Notes come as JSON or as plain text, and go out as JSON or as CSV.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

JSON, TEXT, CSV, PROBLEM = "application/json", "text/plain", "text/csv", "application/problem+json"
NOTE = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "minLength": 1, "maxLength": 80},
        "stars": {"type": "integer", "minimum": 0, "maximum": 5},
    },
}
KEPT = {**NOTE, "required": ["text", "stars"]}


def _reply(description: str, **schemas: Any) -> dict[str, Any]:
    kinds = {"json": JSON, "csv": CSV, "problem": PROBLEM}
    content = {kinds[kind]: {"schema": schema} for kind, schema in schemas.items()}
    return {"description": description, "content": content}


TITLE = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
REFUSED = {status: _reply("No.", problem=TITLE) for status in ("400", "406", "415")}
LINES = {"type": "string", "pattern": "^text,stars\\r\\n"}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes": {
            "post": {
                "operationId": "keep",
                "requestBody": {
                    "required": True,
                    "content": {
                        JSON: {"schema": NOTE},
                        TEXT: {"schema": {"type": "string", "minLength": 2, "maxLength": 60}},
                    },
                },
                "responses": {"201": _reply("Kept.", json=KEPT, csv=LINES), **REFUSED},
            },
            "get": {
                "operationId": "list",
                "responses": {
                    "200": _reply("All.", csv=LINES, json={"type": "array", "items": KEPT}),
                    "406": REFUSED["406"],
                },
            },
        }
    },
}


def _problem(status: int, title: str) -> Response:
    return JSONResponse({"title": title}, status, media_type=PROBLEM)


def _chosen(request: Request, *kinds: str) -> str | None:
    """The first of these types that the client takes, in its own order (RFC 9110, 12.5.1)."""
    for item in request.headers.get("accept", "*/*").split(","):
        kind, _, weight = item.strip().partition(";")
        if weight.strip().replace(" ", "") in ("q=0", "q=0.0"):
            continue
        for one in kinds:
            if kind.strip() in (one, f"{one.partition('/')[0]}/*", "*/*"):
                return one
    return None


def _shown(kind: str, status: int, notes: list[dict[str, Any]], whole: Any) -> Response:
    if kind == JSON:
        return JSONResponse(whole, status)
    lines = [f'"{note["text"]}",{note["stars"]}' for note in notes]
    return Response("\r\n".join(["text,stars", *lines, ""]), status, media_type=CSV)


def _is_note(note: Any) -> bool:
    if not isinstance(note, dict) or note.keys() - {"text", "stars"}:
        return False
    text, stars = note.get("text"), note.get("stars", 0)
    whole = isinstance(stars, int | float) and not isinstance(stars, bool) and stars == int(stars)
    return isinstance(text, str) and 1 <= len(text) <= 80 and whole and 0 <= stars <= 5


def notes(*breaches: str) -> Starlette:
    """The server, conforming but for these breaches."""

    async def keep(request: Request) -> Response:
        kind = _chosen(request, JSON, CSV)
        if kind is None:
            return _problem(406, "neither JSON nor CSV is wanted")
        sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        content = await request.body()
        if sent == JSON or ("reads all types" in breaches and sent != TEXT):
            try:
                note = json.loads(content)
            except ValueError:
                return _problem(400, "no JSON")
            if not _is_note(note):
                return _problem(400, "no note")
        elif sent == TEXT:
            longest = 1000 if "long texts" in breaches else 60
            try:
                text = content.decode()
            except UnicodeDecodeError:
                return _problem(400, "no UTF-8")
            if not 2 <= len(text) <= longest:
                return _problem(400, "no text of 2 to 60 characters")
            note = {"text": text}
        else:
            return _problem(415, "neither JSON nor text")
        kept = {"text": note["text"], "stars": int(note.get("stars", 0))}
        return _shown(kind, 201, [kept], kept)

    async def listed(request: Request) -> Response:
        kind = _chosen(request, CSV, JSON)
        if kind is None:
            return _problem(406, "neither JSON nor CSV is wanted")
        if "answers HTML" in breaches:
            return Response("<p>text,stars</p>", 200, media_type="text/html")
        every = [{"text": "a", "stars": 5}]
        return _shown(kind, 200, every, every)

    routes = [Route("/notes", keep, methods=["POST"]), Route("/notes", listed, methods=["GET"])]
    return Starlette(routes=routes)
