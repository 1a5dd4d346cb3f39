"""Kinds of documents that are read as they mean it: a service that keeps one has no finding.

Its twin breaks one promise.
"""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from python_multipart import parse_form

from .odd import operation
from .services import (
    JSON,
    NO,
    OK,
    TEXT,
    WHOLE,
    Answer,
    Asked,
    findings,
    keeping,
    keeps,
    members,
    sending,
    taking,
)

KEYS = {
    "token": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
}
SECRETS = {"TOKEN": "the-token-of-ours", "KEY": "the-key-of-ours"}


@pytest.mark.parametrize("broken", [False, True])
def test_two_credentials_that_go_together(tmp_path: Path, broken: bool) -> None:
    """Each has to be asked for, and one that nobody looks at is found where the other is given."""
    both: list[Any] = [{"token": [], "key": []}]

    def service(asked: Asked) -> Answer:
        token = asked.headers.get("authorization") == "Bearer the-token-of-ours"
        key = asked.headers.get("x-key") == "the-key-of-ours"
        return (200, OK) if key and (token or broken) else (401, {"error": "no"})

    found = findings(
        tmp_path,
        {"/things": {"get": operation("list", security=both)}},
        service,
        security=KEYS,
        environment=SECRETS,
        credentials={"token": {"env": "TOKEN"}, "key": {"env": "KEY"}},
    )
    assert found == ({"list:auth": "lenient"} if broken else {})


ALTERNATIVES = {
    "/own": {"get": operation("own", security=[{"key": []}])},
    "/either": {"get": operation("either", security=[{"token": []}, {"key": []}])},
    "/open": {"get": operation("open", security=[{"token": []}, {}])},
}


@pytest.mark.parametrize(
    ("broken", "without", "expected"),
    [
        (False, None, {}),
        (True, None, {"either:auth": "strict", "open:served": "strict"}),
        # Nothing shows that the key is right, so it proves nothing that it is refused.
        (True, "/own", {"open:served": "strict"}),
    ],
)
def test_alternatives_of_a_credential(
    tmp_path: Path, broken: bool, without: str | None, expected: dict[str, str]
) -> None:
    """Each is enough alone, and none is where that is one of them; refusals of it are told."""

    def service(asked: Asked) -> Answer:
        token = asked.headers.get("authorization")
        key = asked.headers.get("x-key") == SECRETS["KEY"]
        if token is None:
            let_in = key and (asked.path == "/own" or not broken)
            let_in = let_in or (asked.path == "/open" and not broken)
        else:
            let_in = token == f"Bearer {SECRETS['TOKEN']}" and asked.path != "/own"
        return (200, OK) if let_in else (401, {"error": "no"})

    found = findings(
        tmp_path,
        {path: one for path, one in ALTERNATIVES.items() if path != without},
        service,
        security=KEYS,
        environment=SECRETS,
        credentials={"token": {"env": "TOKEN"}, "key": {"env": "KEY"}},
    )
    assert found == expected


THING = members(["a"], a={**WHOLE, "minimum": 0})
PNG = b"\x89PNG\r\n"


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("schema", [THING, {"type": "array", "items": THING}])
def test_a_body_of_json_lines(tmp_path: Path, schema: Any, broken: bool) -> None:
    """A body has an item on each line, whether the document describes an item or their list."""
    checked = members(["a"], a=WHOLE) if broken else THING

    def lines(content: bytes) -> bool:
        items = [json.loads(line) for line in content.splitlines()]
        return bool(items) and all(keeps(checked, item) for item in items)

    kind = "application/x-ndjson"
    found = findings(tmp_path, sending("send", kind, schema), taking(kind, lines))
    assert found == ({"send:request#/*/a:minimum": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("encoding", "decoded"),
    [("base64", lambda text: b64decode(text, validate=True)), ("base16", bytes.fromhex)],
)
def test_a_text_that_is_encoded(
    tmp_path: Path, encoding: str, decoded: Callable[[str], bytes], broken: bool
) -> None:
    """What `contentEncoding` names is sent, since nobody sends anything else there."""
    schema = members(["data"], data={**TEXT, "contentEncoding": encoding}, size=WHOLE)
    checked = members(["data"], data=TEXT, size={} if broken else WHOLE)

    def stored(content: bytes) -> bool:
        body = json.loads(content)
        return keeps(checked, body) and decoded(body["data"]) is not None

    found = findings(tmp_path, sending("store", JSON, schema), taking(JSON, stored))
    assert found == ({"store:request#/size:type": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("inner", [THING, {"type": "array", "items": THING, "minItems": 2}])
def test_a_text_that_holds_json(tmp_path: Path, inner: Any, broken: bool) -> None:
    """What `contentSchema` tells of the value in a text is kept by each text that is sent."""
    said = {**TEXT, "contentMediaType": JSON, "contentSchema": inner}
    schema = members(["data"], data=said, size=WHOLE)
    checked = members(["data"], data=TEXT, size={} if broken else WHOLE)

    def stored(content: bytes) -> bool:
        body = json.loads(content)
        return keeps(checked, body) and keeps(inner, json.loads(body["data"]))

    found = findings(tmp_path, sending("store", JSON, schema), taking(JSON, stored))
    assert found == ({"store:request#/size:type": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_a_picture_as_a_body(tmp_path: Path, broken: bool) -> None:
    """A picture is sent where one is documented; that another kind is taken for one is found."""

    def shown(content: bytes) -> bool:
        return content.startswith(PNG)

    def careless(_: Asked) -> Answer:
        return 200, OK

    paths = sending("show", "image/png", {})
    service = taking("image/png", shown)
    found = findings(tmp_path, paths, careless if broken else service)
    lenient = {"show:request:media-type": "lenient", "show:request:required": "lenient"}
    assert found == (lenient if broken else {})


def test_a_kind_of_bytes_that_nobody_can_make(tmp_path: Path) -> None:
    """Bytes that were made up prove nothing when they are refused."""
    service = taking("video/mp4", lambda content: b"ftyp" in content)
    paths = {**sending("play", "video/mp4", {}), "/ping": {"get": operation("ping")}}
    found = findings(tmp_path, paths, lambda a: (200, OK) if a.path == "/ping" else service(a))
    assert found == {}


@pytest.mark.parametrize("broken", [False, True])
def test_pictures_in_a_form(tmp_path: Path, broken: bool) -> None:
    """A part of a form is of the kind that its `encoding` names, each item of a list too."""
    file = {**TEXT, "format": "binary"}
    schema = members(["face"], face=file, more={"type": "array", "items": file, "maxItems": 2})

    def shown(asked: Asked) -> Answer:
        files: list[Any] = []
        kind = asked.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data"):
            return NO
        headers = {"Content-Type": kind.encode()}
        parse_form(headers, io.BytesIO(asked.content), lambda _: None, files.append)
        for one in files:
            one.file_object.seek(0)
        names = [one.field_name for one in files]
        right = all(one.file_object.read().startswith(PNG) for one in files)
        few = names.count(b"more") <= (99 if broken else 2)
        return (200, OK) if right and few and names.count(b"face") == 1 else NO

    kinds = {"face": {"contentType": "image/png"}, "more": {"contentType": "image/png, image/gif"}}
    paths = sending("show", "multipart/form-data", schema, encoding=kinds)
    found = findings(tmp_path, paths, shown)
    assert found == ({"show:request#/more:maxItems": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_headers_of_a_part_of_a_form(tmp_path: Path, broken: bool) -> None:
    """A part has the headers that its `encoding` requires; a service may ask for no others."""
    schema = members(["file"], file={**TEXT, "format": "binary"})
    header = {"required": True, "schema": {"enum": ["a1", "b2"]}}
    others = {"X-Note": {"schema": TEXT}}
    encoding = {"file": {"headers": {"X-Sum": header, **others}}}
    wanted = b"X-Note:" if broken else b"X-Sum: a1\r\n"

    def stored(asked: Asked) -> Answer:
        whole = b'name="file"' in asked.content
        kind = asked.headers.get("content-type", "")
        right = whole and kind.startswith("multipart/form-data") and wanted in asked.content
        return (200, OK) if right else NO

    paths = sending("store", "multipart/form-data", schema, encoding=encoding)
    ping = {"/ping": {"get": operation("ping")}}
    found = findings(
        tmp_path, paths | ping, lambda a: (200, OK) if a.path == "/ping" else stored(a)
    )
    assert found == ({"store:served": "strict"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("keyword", "schema"),
    [
        ("pattern", {**TEXT, "pattern": "^[A-Z]{2}[0-9]{4}$", "minLength": 6, "maxLength": 6}),
        ("maxProperties", {"type": "object", "additionalProperties": TEXT, "maxProperties": 2}),
    ],
)
def test_values_of_which_another_keyword_leaves_few(
    tmp_path: Path, keyword: str, schema: Any, broken: bool
) -> None:
    """A text of a fixed length, and members of one type, are broken within what is left."""
    kept = {key: value for key, value in schema.items() if key != keyword or not broken}
    found = findings(tmp_path, sending("send", JSON, schema), keeping(kept))
    assert found == ({f"send:request#:{keyword}": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    "barred",
    [{"enum": ["root", "admin"]}, {"pattern": "^admin"}, {"const": "root"}, {"maxLength": 0}],
)
def test_values_that_a_not_bars(tmp_path: Path, barred: Any, broken: bool) -> None:
    """What stands in a `not` is sent as well: nothing else shows that nobody looks at it."""
    schema = members(["name"], name={**TEXT, "not": barred})
    checked = members(["name"], name=TEXT) if broken else schema
    found = findings(tmp_path, sending("join", JSON, schema), keeping(checked))
    assert found == ({"join:request#/name:not": "lenient"} if broken else {})


LISTED = {"type": "array", "items": {**WHOLE, "minimum": 1}, "minItems": 2, "maxItems": 3}
PAIRED = members(["a"], a={"enum": ["p", "q"]}, n=WHOLE)
NAMED_BY_LISTS = [
    {"name": "ids", "in": "cookie", "explode": False, "required": True, "schema": LISTED},
    {"name": "pair", "in": "cookie", "explode": False, "schema": PAIRED},
]


@pytest.mark.parametrize("broken", [False, True])
def test_lists_and_objects_in_cookies(tmp_path: Path, broken: bool) -> None:
    """They are one cookie, with commas between what is in it."""

    def service(asked: Asked) -> Answer:
        cookies = dict(c.split("=", 1) for c in asked.headers.get("cookie", "=").split("; "))
        ids = cookies.get("ids", "").split(",")
        parts = cookies.get("pair", "a,p").split(",")
        pair = dict(zip(parts[::2], parts[1::2], strict=False))
        right = all(one.isdecimal() and int(one) > 0 for one in ids) and len(ids) >= 2
        right = right and (broken or len(ids) <= 3) and len(parts) % 2 == 0
        right = right and pair.get("a", "p" if broken else "") in ("p", "q")
        return (200, OK) if right and pair.get("n", "0").lstrip("-").isdecimal() else NO

    found = findings(
        tmp_path, {"/it": {"get": operation("read", parameters=NAMED_BY_LISTS)}}, service
    )
    red = {"read:cookie#/ids:maxItems": "lenient", "read:cookie#/pair/a:required": "lenient"}
    assert found == (red if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_braces_without_a_name(tmp_path: Path, broken: bool) -> None:
    """They are signs of a path: nothing is named there, and what stands beside is asked."""
    body = members(["name"], name={**TEXT, "maxLength": 9})
    loose = members(["name"], name=TEXT)
    unnamed = {"put": operation("put"), "get": operation("read"), "delete": operation("drop")}
    paths = {"/teams": {"post": operation("make", body)}, "/teams/{}": unnamed}
    kept = keeping(loose if broken else body)
    found = findings(tmp_path, paths, lambda a: kept(a) if a.path == "/teams" else (200, OK))
    assert found == ({"make:request#/name:maxLength": "lenient"} if broken else {})
