"""Breaches that careless clients overlook, each beside its lawful twin."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from clausewise.campaign.campaign import Campaign
from clausewise.exchange import Request, Response
from clausewise.pack.resolving import resolve
from clausewise.plan.plan import make_plan

from .odd import RED, pack_of

ID, AT = "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4", "2026-03-01T12:00:00Z"
THING: dict[str, Any] = {
    "type": "object",
    "required": ["mark", "at", "on", "size"],
    "properties": {
        "mark": {"type": "string", "format": "uuid"},
        "at": {"type": "string", "format": "date-time"},
        "on": {"type": "boolean"},
        "size": {"type": "integer"},
    },
}
LAWFUL = {"mark": ID, "at": AT, "on": True, "size": 60}
Change = Callable[[Any, bytes], tuple[int, bytes]]


def _is_uuid(text: Any) -> bool:
    try:
        return isinstance(text, str) and len(text) == 36 and bool(UUID(text))
    except ValueError:
        return False


def _is_moment(text: Any) -> bool:
    try:
        told = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return False
    return told is not None and told.tzinfo is not None and "T" in text.upper()


def keeps(body: Any) -> bool:
    """Whether a body keeps the schema, as a careful endpoint reads it; 60.0 is an integer."""
    if not isinstance(body, dict) or not body.keys() >= LAWFUL.keys():
        return False
    size = body["size"]
    whole = isinstance(size, int | float) and not isinstance(size, bool) and size == int(size)
    return _is_uuid(body["mark"]) and _is_moment(body["at"]) and type(body["on"]) is bool and whole


class Endpoint:
    """Takes and tells things; `change` may answer in place of a success, by body and bytes."""

    kind = "in-process"

    def __init__(self, change: Change | None) -> None:
        self.change = change

    def send(self, request: Request) -> Response:
        """Answer one request."""
        told = {name.lower(): value for name, value in request.headers}.get("content-type", "")
        try:
            body = json.loads(request.content or b"")
        except ValueError:
            body = None
        right = told.partition(";")[0].strip() == "application/json" and _kept(body)
        status, content = (200, json.dumps(LAWFUL).encode()) if right else (422, b"{}")
        if self.change is not None:
            status, content = self.change(body, content) if right else (status, content)
        return Response(status, (("Content-Type", "application/json"),), content, 0.0)

    def close(self) -> None:
        """Nothing is held."""


def _kept(body: Any) -> bool:
    try:
        return keeps(body)
    except (ValueError, OverflowError):
        return False


def findings(
    root: Path, change: Change | None, endpoint: type[Endpoint] = Endpoint
) -> tuple[dict[str, str], dict[str, str]]:
    """The hard and the soft findings of a whole run."""
    content = {"application/json": {"schema": THING}}
    replies = {"200": {"description": "Done.", "content": content}, "422": {"description": "No."}}
    body = {"required": True, "content": content}
    paths = {
        "/things": {"post": {"operationId": "send", "requestBody": body, "responses": replies}}
    }
    pack = pack_of(root, paths)
    settings = resolve(pack, environment={})
    campaign = Campaign(pack, make_plan(pack, examples=0), settings, endpoint(change))
    campaign.run()
    red = {name: r for name, r in campaign.rulings().items() if r.verdict in RED}
    hard: dict[str, str] = {name: r.verdict for name, r in red.items() if not r.soft}
    soft: dict[str, str] = {name: r.verdict for name, r in red.items() if r.soft}
    return hard, soft


def telling(**members: Any) -> Change:
    """Replies with other members."""
    return lambda body, content: (200, json.dumps({**LAWFUL, **members}).encode())


def refusing(when: Callable[[Any], bool]) -> Change:
    """Refusals of lawful requests."""
    return lambda body, content: (422, b"{}") if when(body) else (200, content)


def test_a_careful_endpoint(tmp_path: Path) -> None:
    """Capitals, 60.0 and members that nobody documented are taken, and nothing is found."""
    assert findings(tmp_path, None) == ({}, {})


@pytest.mark.parametrize(
    ("broken", "twin", "clause"),
    [
        (telling(mark=UUID(ID).hex), telling(mark=ID.upper()), "send:200#/mark:format"),
        (
            telling(at="2026-03-01"),
            telling(at="2026-03-01T12:00:00.5+05:30"),
            "send:200#/at:format",
        ),
        (telling(on="true"), telling(on=False), "send:200#/on:type"),
        (telling(size="60"), telling(size=60.0), "send:200#/size:type"),
        (
            lambda body, content: (200, content + b"\n}"),
            lambda body, content: (200, b" " + content + b"\r\n"),
            "send:200:json",
        ),
        (
            lambda body, content: (200, content.replace(b'"on"', b'"on": false, "on"')),
            telling(more=1),
            "send:200:json",
        ),
    ],
    ids=["no hyphens", "a date alone", "true as text", "a number as text", "bytes behind", "twice"],
)
def test_a_reply(tmp_path: Path, broken: Change, twin: Change, clause: str) -> None:
    """A careless reply is violated, and what looks like it and is lawful is not."""
    assert findings(tmp_path / "broken", broken) == ({clause: "violated"}, {})
    assert findings(tmp_path / "twin", twin) == ({}, {})


def test_capitals_that_are_refused(tmp_path: Path) -> None:
    """A UUID in capitals means the same (RFC 9562, section 4): its refusal is strict."""
    hard, _ = findings(tmp_path, refusing(lambda body: body["mark"] != body["mark"].lower()))
    assert set(hard.values()) == {"strict"}
    assert all("/mark" in name or name == "send:served" for name in hard)


def test_a_crash_on_a_whole_number_with_a_fraction(tmp_path: Path) -> None:
    """60.0 may be taken or refused; it may crash nothing."""
    odd = refusing(lambda body: isinstance(body["size"], float))
    assert findings(tmp_path / "refused", odd) == ({}, {})

    def crash(body: Any, content: bytes) -> tuple[int, bytes]:
        return (500, b"") if isinstance(body["size"], float) else (200, content)

    assert findings(tmp_path / "crashed", crash)[0] == {"send:status": "violated"}


@pytest.mark.parametrize("parameter", ["; charset=utf-8", ";charset=UTF-8"])
def test_a_media_type_with_a_parameter(tmp_path: Path, parameter: str) -> None:
    """A Content-Type of a reply may say its charset, which changes nothing."""

    class Told(Endpoint):
        def send(self, request: Request) -> Response:
            reply = super().send(request)
            headers = (("Content-Type", f"application/json{parameter}"),)
            return Response(reply.status, headers, reply.content, 0.0)

    assert findings(tmp_path, None, Told) == ({}, {})
