"""Recorded bodies that are no JSON, and what was replaced as a whole: what is told of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clausewise.judging import judge_files
from clausewise.pack import find_pack

from .lamps import findings

_FORM = "application/x-www-form-urlencoded"
_SENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "level": {"type": "integer", "maximum": 9},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}},
    },
}
_NAME: dict[str, Any] = {"name": "name", "in": "path", "required": True,
                         "schema": {"type": "string", "pattern": "^[a-z]+$"}}  # fmt: skip
_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Lamps", "version": "1"},
    "paths": {
        "/lamps": {"post": {
            "operationId": "dim",
            "requestBody": {"content": {_FORM: {"schema": _SENT}}},
            "responses": {"204": {"description": "Dimmed."}},
        }},
        "/plans/{name}": {"get": {
            "operationId": "plan",
            "parameters": [_NAME],
            "responses": {"200": {"description": "It.", "content": {
                "text/plain": {"schema": {"type": "string", "pattern": "^[a-z]+$"}}}}},
        }},
        "/state": {"put": {
            "operationId": "tell",
            "requestBody": {"required": True, "content": {"application/json": {"schema": {
                "type": "object", "required": ["on"],
                "properties": {"on": {"type": "boolean"}, "x": {"type": "string"}}}}}},
            "responses": {"204": {"description": "Told."}},
        }, "get": {
            "operationId": "state",
            "responses": {"200": {"description": "It.", "content": {
                "application/json": {"schema": {"type": "object"}}}}},
        }},
        "/note": {"get": {
            "operationId": "note",
            "responses": {
                "200": {"description": "It.", "content": {
                    "text/csv": {"schema": {"type": "string", "pattern": "end$", "maxLength": 9}},
                    "application/xml": {"schema": {"type": "object"}}}},
                "302": {"description": "Elsewhere.", "content": {
                    "text/csv": {"schema": {"type": "string", "minLength": 1}}}},
                "default": {"description": "Why not.", "content": {
                    "application/json": {"schema": {"type": "object"}}}},
            },
        }},
    },
}  # fmt: skip


def _dimmed(text: str | None, **fields: list[str]) -> dict[str, Any]:
    params = [{"name": name, "value": one} for name, all_ in fields.items() for one in all_]
    posted = {"mimeType": _FORM, **({"params": params} if text is None else {"text": text})}
    request = {"method": "POST", "url": "https://x.example/lamps", "postData": posted,
               "headers": [{"name": "Content-Type", "value": _FORM}]}  # fmt: skip
    return {"request": request, "response": {"status": 204, "headers": [], "content": {"size": 0}}}


def _plan(name: str, text: str = "ok", status: int = 200) -> dict[str, Any]:
    headers = [{"name": "Accept", "value": "*/*"}]
    request = {"method": "GET", "url": f"https://x.example/plans/{name}", "headers": headers}
    replied = [{"name": "Content-Type", "value": "text/plain"}]
    content = {"size": len(text), "mimeType": "text/plain", "text": text}
    return {"request": request, "response": {"status": status, "headers": replied,
                                             "content": content}}  # fmt: skip


def _state(text: str) -> dict[str, Any]:
    entry = _plan("a", text)
    headers = [{"name": "Content-Type", "value": "application/json"}]
    return {
        "request": {**entry["request"], "url": "https://x.example/state"},
        "response": {**entry["response"], "headers": headers},
    }


def _note(
    text: str | None, kind: str = "text/csv", status: int = 200, **content: Any
) -> dict[str, Any]:
    entry = _plan("a")
    held = {"size": 0, "mimeType": kind, **({} if text is None else {"text": text}), **content}
    headers = [{"name": "Content-Type", "value": kind}, {"name": "X-Id", "value": "1"}]
    return {
        "request": {**entry["request"], "url": "https://x.example/note"},
        "response": {"status": status, "headers": headers, "content": held},
    }


def _told(text: str) -> dict[str, Any]:
    entry = _dimmed(text)
    posted = {"mimeType": "application/json", "text": text}
    headers = [{"name": "Content-Type", "value": "application/json"}]
    asked = {"method": "PUT", "url": "https://x.example/state", "headers": headers}
    return {**entry, "request": {**asked, "postData": posted}}


_LEVEL = {"dim:request#/level:maximum": "lenient"}
_TAGS = {"dim:request#/tags/*:maxLength": "lenient"}
_LONG = {"note:200#:maxLength": "violated"}
_UPLOADED = f"Content-Type: {_FORM}\r\nContent-Length: 8\r\n\r\nlevel="
_OF_GATEWAY = "<html>Bad Gateway</html>"
_XML = '\ufeff<?xml version="1.0" encoding="{}"?><note>\u00b1</note>'
_NO_XML = {"note:200(application/xml):well-formed": "violated"}
_A_PAGE = {"note:status": "violated", "note:default:media-type": "violated"}
ENTRIES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a form": (_dimmed("level=9&tags=a&tags=b"), {}),
    "a form in parts": (_dimmed(None, level=["9"], tags=["a", "ü"]), {}),
    "a breach in a form": (_dimmed("level=10&tags=a"), _LEVEL),
    "a breach in a form in parts": (_dimmed(None, level=["9"], tags=["a", "abcd"]), _TAGS),
    "parts that may be encoded": (_dimmed(None, tags=["%C3%A9%20a"]), {}),
    "a text that is encoded": (_dimmed("tags=%C3%A9%20a%20"), _TAGS),
    "a value that was replaced": (_dimmed("level=%5BREDACTED%5D"), {}),
    "an item that was replaced": (_dimmed(None, level=["9"], tags=["a", "[filtered]"]), {}),
    "a breach beside a value that was replaced": (_dimmed("level=10&tags=%2A%2A%2A%2A"), _LEVEL),
    "a form that was replaced": (_dimmed("***"), {}),
    "a JSON body that was replaced": (_told("[FILTERED]"), {}),
    "a JSON body of which a value was replaced": (_told('{"on": "***"}'), {}),
    "a breach beside it": (_told('{"on": "***", "x": [1]}'), {"tell:request#/x:type": "lenient"}),
    "a body that is no JSON": (_told("[filthy]"), {"tell:request:json": "lenient"}),
    "a reply that was replaced": (_plan("a", "[REDACTED]"), {}),
    "a breach in a reply": (_plan("a", "[readable]"), {"plan:200#:pattern": "violated"}),
    "a JSON reply that was replaced": (_state("<redacted>"), {}),
    "a JSON reply that was replaced, as JSON": (_state('"***"'), {}),
    "a reply that is no JSON": (_state("<html>"), {"state:200:json": "violated"}),
    "a path that nobody filled in": (_plan("{name}"), {}),
    "a path that nobody filled in, as routers write it": (_plan(":name"), {}),
    "a breach in a path": (_plan("{other}"), {"plan:path#/name:pattern": "lenient"}),
    "nothing new": (_plan("a", "", 304), {}),
    "a redirect": (_plan("a", "", 303), {"plan:status": "violated"}),
    "a redirect whose body nobody looked at": (_note("", status=302), {}),
    "the beginning of a text": (_note("a,b", size=9_000), {}),
    "a text that is not as it should be": (_note("a,b", size=3), {"note:200#:pattern": "violated"}),
    "bytes that were read as a text": (_note("\ufffd\ufffdPNG\r\n\x1a\n"), {}),
    "a form behind the headers of its upload": (_dimmed(f"{_UPLOADED}9"), {}),
    "a breach behind them": (_dimmed(f"{_UPLOADED}10"), _LEVEL),
    "a text that was sent in Latin-1": (_note("ééé,ü end", "text/csv; charset=latin1"), {}),
    "one that is too long": (_note("ééé,öü end", "text/csv; charset=latin1"), _LONG),
    "a text that was read as Latin-1, and was none": (_note("Ã©Ã©Ã©Ã© end", size=12), {}),
    "a text that looks like one": (_note("Ã©Ã©Ã© end", size=16), _LONG),
    "one of a size that is not known": (_note("Ã©Ã©Ã© end", size=-1), _LONG),
    "a text in a charset that has no such sign": (_note("€€€ end", "text/csv;charset=latin1"), {}),
    "a page of a gateway, where any status is documented":
        (_note(_OF_GATEWAY, "text/html", 502), {}),
    "a page of a gateway's own": (_note(_OF_GATEWAY, "text/html", 522), {}),
    "a page of a proxy": (_note(_OF_GATEWAY, "text/html", 407), {}),
    "a page of a front that waited": (_note(_OF_GATEWAY, "text/html", 408), {}),
    "XML that was sent in UTF-16": (_note(_XML.format("UTF-16"), "application/xml"), {}),
    "XML in letters of its own": (_note(_XML.format("cp1252"), "application/xml;charset=x"), {}),
    "XML in what nobody knows": (_note(_XML.format("x-none"), "application/xml"), {}),
    "XML in signs of two bytes": (_note(_XML.format("Shift_JIS"), "application/xml"), {}),
    "what is no XML": (_note(_XML.format("UTF-16")[:-1], "application/xml"), _NO_XML),
    "a page of the server": (_note(_OF_GATEWAY, "text/html", 500), _A_PAGE),
}  # fmt: skip


@pytest.mark.parametrize("what", ENTRIES)
def test_entries_of_archives(tmp_path: Path, what: str) -> None:
    """What was replaced, or is HTTP's own, breaks nothing; what is wrong beside it does."""
    (tmp_path / "openapi.json").write_text(json.dumps(_DOCUMENT), "utf-8")
    entry, expected = ENTRIES[what]
    entries = [{"startedDateTime": f"2026-03-0{day}T00:00:00Z", **entry} for day in (1, 2)]
    path = tmp_path / "x.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), "utf-8")
    report = judge_files(find_pack(str(tmp_path / "openapi.json")), [path])
    assert findings(report) == expected
    assert "poisoned" not in report.traffic["census"]
