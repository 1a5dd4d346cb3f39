"""A clock that goes on only while a run waits, and a service that needs time by that clock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clausewise.campaign.clock import Clock
from clausewise.pack import Pack

from .odd import Answer, Call, Handler, Run, carried_out, pack_of

NOTE: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 40}},
}
SHOWN = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": {"type": "string"}, "text": {"type": "string"}},
}
ID = [{"name": "note_id", "in": "path", "required": True, "schema": {"type": "string"}}]


class StillClock(Clock):
    """A clock that stands still, but for what is waited for."""

    def __init__(self) -> None:
        self.passed = 0.0

    def seconds(self) -> float:
        """The seconds that were waited for."""
        return self.passed

    def now(self) -> datetime:
        """The time of day after that."""
        return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=self.passed)

    def wait(self, seconds: float, woken: threading.Event) -> None:
        """Let so much time go by at once."""
        if not woken.is_set():
            self.passed += seconds


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _replies(status: str, schema: Any = None) -> dict[str, Any]:
    said = {} if schema is None else _json(schema)
    refusals = {other: {"description": "No."} for other in ("400", "401", "404")}
    return {status: {"description": "Done.", **said}, **refusals}


def notes_paths() -> dict[str, Any]:
    """Notes that are made, listed, read, changed and deleted."""
    body = {"requestBody": {"required": True, **_json(NOTE)}}
    listed = {"type": "array", "items": SHOWN}
    one = {"parameters": ID}
    return {
        "/notes": {
            "post": {"operationId": "make", **body, "responses": _replies("201", SHOWN)},
            "get": {"operationId": "list", "responses": _replies("200", listed)},
        },
        "/notes/{note_id}": {
            "get": {"operationId": "read", **one, "responses": _replies("200", SHOWN)},
            "put": {"operationId": "change", **one, **body, "responses": _replies("200", SHOWN)},
            "delete": {"operationId": "drop", **one, "responses": _replies("204")},
        },
    }


class Notes:
    """The notes by a clock: a new one is there after `lag` seconds, for whoever asks for it."""

    def __init__(self, clock: Clock, lag: float) -> None:
        self.clock = clock
        self.lag = lag
        self.notes: dict[str, str] = {}
        self.made: dict[str, float] = {}

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        name = call.path.rpartition("/")[2]
        if call.path == "/notes":
            return self._listed() if call.method == "GET" else self._make(call)
        if self._is_there(name):
            return self._of(name, call)
        return 404, {}

    def _is_there(self, name: str) -> bool:
        return name in self.notes and self.clock.seconds() - self.made[name] >= self.lag

    def _listed(self) -> Answer:
        return 200, [self._shown(name) for name in self.notes if self._is_there(name)]

    def _make(self, call: Call) -> Answer:
        if not _keeps(call.body):
            return 400, {}
        name = f"n{len(self.made) + 1}"
        self.notes[name], self.made[name] = call.body["text"], self.clock.seconds()
        return 201, self._shown(name)

    def _of(self, name: str, call: Call) -> Answer:
        if call.method == "DELETE":
            del self.notes[name]
            return 204, None
        if call.method == "PUT":
            if not _keeps(call.body):
                return 400, {}
            self.notes[name] = call.body["text"]
        return 200, self._shown(name)

    def _shown(self, name: str) -> dict[str, Any]:
        return {"id": name, "text": self.notes[name]}


def _keeps(body: Any) -> bool:
    text = body.get("text") if isinstance(body, dict) else None
    return isinstance(text, str) and 1 <= len(text) <= 40


def timed(pack: Pack, handler: Handler, clock: Clock, **settings: Any) -> Run:
    """A whole run by a clock; what it made is undone."""
    return carried_out(pack, handler, clock=clock, base_url="http://127.0.0.1:1", **settings)


def notes_pack(root: Path, paths: Mapping[str, Any] | None = None, **settings: Any) -> Pack:
    """A pack of the notes, where nothing says what needs what."""
    return pack_of(root, paths or notes_paths(), **settings)


TOKEN = "token-of-the-notes-0123456789"  # noqa: S105  # of a service in this process


class LockedNotes(Notes):
    """Notes for whoever has the token; after a wrong one nobody gets in for `locked` seconds."""

    def __init__(self, clock: Clock, status: int, locked: float, *, careless: bool = False) -> None:
        super().__init__(clock, 0.0)
        self.status = status
        self.locked = locked
        self.careless = careless
        self.wrong_at = -1000.0

    def __call__(self, call: Call) -> Answer:
        """Answer one request."""
        given = call.headers.get("authorization")
        if self.locked and self.clock.seconds() - self.wrong_at < self.locked:
            return self.status, {}
        if given != f"Bearer {TOKEN}" and not (self.careless and given):
            self.wrong_at = self.clock.seconds()
            return 401, {}
        return super().__call__(call)


def secured(root: Path, paths: Mapping[str, Any] | None = None) -> Pack:
    """A pack of the notes and of further paths, which take a token that the pack knows."""
    scheme = {"type": "http", "scheme": "bearer"}
    token = {"environment": "NOTES", "stand_in": TOKEN}
    told = {**notes_paths(), **(paths or {})}
    return pack_of(root, told, security={"token": scheme}, credential=token)
