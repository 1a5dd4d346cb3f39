"""What servers want beyond the document, by common sense or by another standard, is no finding."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .odd import operation
from .services import (
    GONE,
    NO,
    OK,
    TEXT,
    Answer,
    Asked,
    campaign_of,
    findings,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

MOMENT = {"type": "string", "format": "date-time"}
SIZED = {"type": "integer", "minimum": 0, "maximum": 9}
LOOSE = {"type": "integer", "minimum": 0}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("notBefore", "expiresAt"),
        ("valid_from", "due"),
        ("not_before", "not_after"),
        ("from_time", "to_time"),
        ("firstDate", "lastDate"),
    ],
)
def test_an_end_before_its_start(tmp_path: Path, begins: str, ends: str, broken: bool) -> None:
    """Whatever they are called, a start lies before its end: no client sends them otherwise."""
    pair = {begins: MOMENT, ends: MOMENT}
    lawful = members([begins, ends], **pair, size=SIZED)
    taken = members([begins, ends], **pair, size=LOOSE if broken else SIZED)

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, taken)
        if body is None:
            return NO
        try:
            start, end = (datetime.fromisoformat(body[name].upper()) for name in (begins, ends))
        except ValueError:  # a leap second
            return 200, OK
        return (200, OK) if start.astimezone(UTC) < end.astimezone(UTC) else (422, {"error": "no"})

    found = findings(tmp_path, {"/it": {"post": operation("make", lawful)}}, service)
    assert found == ({"make:request#/size:maximum": "lenient"} if broken else {})


@pytest.mark.parametrize("kind", ["application/json-patch+json", "application/vnd.it+json"])
def test_a_patch_that_does_not_apply(tmp_path: Path, kind: str) -> None:
    """RFC 6902 has `add` want a value, which the document leaves open; another type has no such."""
    step = members(["op", "path"], op={"enum": ["add", "remove"]}, path={"enum": ["/a"]}, value={})
    steps = {"type": "array", "items": step, "minItems": 1}
    content = {kind: {"schema": steps}}
    change = operation("change", requestBody={"required": True, "content": content})
    one = {"parameters": [placed("id", TEXT)], "get": operation("read"), "patch": change}
    made = members(["name"], name=TEXT)
    make = showing(operation("make", made, status="201"), id=TEXT)
    paths = {"/its": {"post": make}, "/its/{id}": one | {"delete": operation("drop")}}
    its: dict[str, Any] = {}

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/its").strip("/")
        if not key:
            if lawful_body(asked, made) is None:
                return NO
            its[f"i{len(its) + 100}"] = OK
            return 201, {"id": list(its)[-1]}
        if key not in its:
            return GONE
        if asked.method == "DELETE":
            return 200, its.pop(key)
        if asked.method == "GET":
            return 200, OK
        try:
            sent = json.loads(asked.content)
            done = isinstance(sent, list) and bool(sent)
            done = done and all(isinstance(one["value"], int) for one in sent)
        except (ValueError, KeyError, TypeError):
            done = False
        return (200, OK) if done else (422, {"error": "no"})

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    strict = rulings["change:served"].verdict == "strict"
    assert strict is (kind != "application/json-patch+json")
    assert found == ({"change:served": "strict"} if strict else {})
