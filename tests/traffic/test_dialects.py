"""Dialects of tools: honest traffic is no finding, and one breach in it is exactly that clause."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import clausewise
from clausewise.errors import UsageError
from clausewise.judging import judge_files
from clausewise.pack import find_pack
from clausewise.traffic.converting import is_redacted

from .lamps import findings, lines

_LISTED: dict[str, Any] = {
    "type": "object",
    "required": ["items"],
    "properties": {"items": {"items": {"properties": {"state": {"enum": ["on", "off"]}}}}},
}
_ADDED: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "maxLength": 10}},
}
_UPLOADED: dict[str, Any] = {
    "type": "object",
    "required": ["file", "title"],
    "properties": {
        "file": {"type": "string", "minLength": 1},
        "title": {"type": "string", "maxLength": 5},
    },
}
_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Lamps", "version": "1"},
    "servers": [{"url": "https://api.example.net/v1"}],
    "paths": {
        "/lamps": {
            "get": {
                "operationId": "list",
                "parameters": [
                    {"name": "page", "in": "query", "required": True,
                     "schema": {"type": "integer", "minimum": 1}},
                    {"name": "X-Api-Key", "in": "header", "required": True,
                     "schema": {"type": "string", "pattern": "^[0-9a-f]{8}$"}},
                ],
                "responses": {"200": {"description": "All.", "content": {
                    "application/json": {"schema": _LISTED}}}},
            },
            "post": {
                "operationId": "add",
                "requestBody": {"required": True, "content": {
                    "application/json": {"schema": _ADDED}}},
                "responses": {"201": {"description": "Added."}},
            },
        },
        "/files": {"post": {
            "operationId": "upload",
            "requestBody": {"required": True, "content": {
                "multipart/form-data": {"schema": _UPLOADED}}},
            "responses": {"204": {"description": "Uploaded."}},
        }},
    },
}  # fmt: skip

_URL = "https://api.example.net/v1/lamps"
_ON, _DIM = ({"items": [{"state": state}]} for state in ("on", "dim"))
_LONG = json.dumps({"items": [{"state": "on"}] * 40})
_TYPE = {"name": "Content-Type", "value": "application/json"}
_KEY = {"name": "X-Api-Key", "value": "0123abcd"}
_ENUM = {"list:200#/items/*/state:enum": "violated"}
_PAGE = {"list:query#/page:minimum": "lenient"}
_NO_PAGE = {"list:query#/page:required": "lenient"}
_NAME = {"add:request#/name:maxLength": "lenient"}
_TITLE = {"upload:request#/title:maxLength": "lenient"}


def _judged(folder: Path, name: str, content: bytes) -> clausewise.Report:
    (folder / "openapi.json").write_text(json.dumps(_DOCUMENT), "utf-8")
    path = folder / name
    path.write_bytes(content)
    return judge_files(find_pack(str(folder / "openapi.json")), [path])


def _poisoned(report: clausewise.Report) -> int:
    total: int = report.traffic["census"].get("poisoned", {}).get("total", 0)
    return total


def _entry(
    text: str = json.dumps(_ON), content: Any = None, status: Any = 200, **request: Any
) -> dict[str, Any]:
    asked = {"method": "GET", "url": f"{_URL}?page=1", "headers": [_KEY], **request}
    held = {"size": len(text), "mimeType": "application/json", "text": text, **(content or {})}
    replied = {"status": status, "headers": [_TYPE], "content": held}
    return {"startedDateTime": "2026-03-01T00:00:00Z", "request": asked, "response": replied}


def _sent(posted: Any, **request: Any) -> dict[str, Any]:
    return _entry("", None, 201, **{"method": "POST", "url": _URL, "headers": [_TYPE],
                                    "postData": posted, **request})  # fmt: skip


def _form(title: str, file: str) -> dict[str, Any]:
    name = 'Content-Disposition: form-data; name="'
    text = (
        f'--B\r\n{name}title"\r\n\r\n{title}\r\n--B\r\n{name}file"; filename="a.png"\r\n'
        f"Content-Type: image/png\r\n\r\n{file}\r\n--B--\r\n"
    )
    kind = "multipart/form-data; boundary=B"
    headers = [{"name": "Content-Type", "value": kind}]
    url = "https://api.example.net/v1/files"
    entry = _sent({"mimeType": kind, "text": text}, url=url, headers=headers)
    return {**entry, "response": {**entry["response"], "status": 204}}


_POSTED = {"mimeType": "application/json", "text": ""}
_SIZE = {"name": "Content-Length", "value": "0"}
ENTRIES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "the beginning of a text, of which the size is told": (
        _entry(_LONG[:200], {"size": len(_LONG)}), {}),
    "a text that breaks off, and is whole": (
        _entry(_LONG[:200]), {"list:200:json": "violated"}),
    "a breach in a text that is shorter than its size": (
        _entry(json.dumps(_DIM), {"size": 9_999}), _ENUM),
    "headers without a value": (
        _entry(headers=[_KEY, {"name": "Origin", "value": None}, {"name": "Referer"}]), {}),
    "a breach beside a header without a value": (
        _entry(json.dumps(_DIM), headers=[_KEY, {"name": "Origin"}]), _ENUM),
    "a header that is told twice": (_entry(headers=[_KEY, _KEY]), {}),
    "two values of one header": (
        _entry(headers=[_KEY, {**_KEY, "value": "0123abce"}]),
        {"list:header#/X-Api-Key:pattern": "lenient"}),
    "a query that stands beside its URL": (
        _entry(url=_URL, queryString=[{"name": "page", "value": "1"}]), {}),
    "a breach in a query that stands beside its URL": (
        _entry(url=_URL, queryString=[{"name": "page", "value": "0"}]), _PAGE),
    "a query that was not sent": (_entry(url=_URL, queryString=[]), _NO_PAGE),
    "a status that is a text": (_entry(json.dumps(_DIM), None, "200"), _ENUM),
    "a body in a file of its own": (_sent({**_POSTED, "_file": "a.json"}, bodySize=9), {}),
    "an empty text, of which a size is told": (_sent(_POSTED, bodySize=9), {}),
    "no body": (_sent(_POSTED, bodySize=0, headers=[_TYPE, _SIZE]),
                {"add:request:required": "lenient"}),
    "a breach in a body": (_sent({**_POSTED, "text": '{"name": "abcdefghijk"}'}), _NAME),
    "a breach beside masks that are none": (
        _entry(json.dumps(_DIM), {"_clausewise": {"masked": [1, {}]}}), _ENUM),
    "half a surrogate pair in a body": (_entry('{"items": [], "note": "\ud800"}'), {}),
    "a breach beside one in a body and in a header": (
        _entry('{"items": [{"state": "dim\ud800"}]}',
               headers=[_KEY, {"name": "Referer", "value": "\ud800"}]), _ENUM),
    "a file that is left out of its form": (_form("abc", ""), {}),
    "a file": (_form("abc", "PNG"), {}),
    "a breach beside a file": (_form("abcdef", "PNG"), _TITLE),
    "a value that a sanitizer replaced": (
        _entry(headers=[{**_KEY, "value": "[X-Api-Key redacted]"}]), {}),
    "a value that a cassette replaced": (_entry(headers=[{**_KEY, "value": "<API_KEY>"}]), {}),
    "a breach in a value": (_entry(headers=[{**_KEY, "value": "<b>"}]),
                            {"list:header#/X-Api-Key:pattern": "lenient"}),
}  # fmt: skip


@pytest.mark.parametrize("what", ENTRIES)
def test_entries_of_archives(tmp_path: Path, what: str) -> None:
    """What a browser or proxy left out or tells otherwise breaks nothing; what is wrong does."""
    entry, expected = ENTRIES[what]
    again = {**entry, "startedDateTime": "2026-03-02T00:00:00Z"}
    archive = json.dumps({"log": {"version": "1.2", "entries": [entry, again]}})
    report = _judged(tmp_path, "x.har", archive.encode())
    assert (findings(report), _poisoned(report)) == (expected, 0)


def _tap(body: Any) -> dict[str, Any]:
    sent = {":method": "GET", ":path": "/v1/lamps?page=1", "x-api-key": "0123abcd"}
    received = {":status": "200", "content-type": "application/json"}
    sides: Any = {
        side: {"headers": [{"key": name, "value": value} for name, value in headers.items()]}
        for side, headers in (("request", sent), ("response", received))
    }
    sides["response"]["body"] = {"as_string": json.dumps(body)}
    return {"http_buffered_trace": sides}


def _ours(body: Any = None, **changed: Any) -> dict[str, Any]:
    return {
        "method": "GET",
        "url": f"{_URL}?page=1",
        "request": {"headers": [["X-Api-Key", "0123abcd"]], "body": {"absent": True}},
        "response": {
            "status": 200,
            "headers": [["Content-Type", "application/json"]],
            "body": {"text": json.dumps(_ON if body is None else body)},
        },
        **changed,
    }


def _span(body: Any) -> dict[str, Any]:
    attributes = {
        "http.request.method": "GET", "url.full": f"{_URL}?page=1",
        "http.response.header.content-type": "application/json",
        "http.response.body.content": json.dumps(body),
    }  # fmt: skip
    listed: list[Any] = [{"key": n, "value": {"stringValue": v}} for n, v in attributes.items()]
    listed.append({"key": "http.response.status_code", "value": {"intValue": "200"}})
    span = {"traceId": "1", "spanId": "2", "attributes": listed}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def _log(number: int, **told: Any) -> dict[str, Any]:
    return {"request_method": "GET", "status": "200", "msec": number, **told}


def _laid_out(*nodes: Any) -> bytes:
    return "\n".join(json.dumps(node, indent=2) for node in nodes).encode()


_CUT = b'{"method": "GET", "url\n'
TEXTS: dict[str, tuple[bytes, dict[str, str], int]] = {
    "Envoy, over several lines": (_laid_out(_tap(_ON)), {}, 0),
    "Envoy, several over several lines": (_laid_out(_tap(_ON), _tap(_DIM), _tap(_ON)), _ENUM, 0),
    "Envoy, streamed": (
        lines([{"http_streamed_trace_segment": {"trace_id": "1"}}, _tap(_DIM)]), _ENUM, 0),
    "ours, over several lines": (_laid_out(_ours(_DIM)), _ENUM, 0),
    "OpenTelemetry, over several lines": (_laid_out(_span(_DIM)), _ENUM, 0),
    "an array": (json.dumps([_ours(), _ours(_DIM)]).encode(), _ENUM, 0),
    "an array of entries, over several lines": (
        json.dumps([_entry(), _entry(json.dumps(_DIM))], indent=1).encode(), _ENUM, 0),
    "an array that breaks off": (json.dumps([_ours(_DIM), _ours()])[:-20].encode(), _ENUM, 1),
    "several lines, and one that is broken": (_laid_out(_ours(_DIM)) + b'\n{"a":\n', _ENUM, 1),
    "a first line that breaks off": (_CUT + lines([_ours(_DIM)]), _ENUM, 1),
    "a text sequence": (b"\x1e" + lines([_ours(_DIM)]), _ENUM, 0),
    "a line that is nested too deep": (
        lines([_ours()]) + b"[" * 100_000 + b"\n" + lines([_ours(_DIM)]), _ENUM, 1),
    "NGINX: a path and its query": (
        lines(_log(n, uri="/v1/lamps", args="page=1") for n in (1, 2)), {}, 0),
    "NGINX: a breach in a query": (
        lines(_log(n, uri="/v1/lamps", args="page=0") for n in (1, 2)), _PAGE, 0),
    "NGINX: a path, and no word of its query": (
        lines(_log(n, uri="/v1/lamps") for n in (1, 2)), {}, 0),
    "NGINX: a whole target": (
        lines(_log(n, request_uri="/v1/lamps") for n in (1, 2)), _NO_PAGE, 0),
    "Apache: nobody asked": (lines([{"request": "-", "status": 408}]), {}, 0),
    "NGINX: nobody asked": (lines([{"request": "", "status": "400"}]), {}, 0),
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
def test_texts_of_logs(tmp_path: Path, what: str) -> None:
    """However objects are laid out, each is one; what a log leaves open breaks nothing."""
    content, expected, poisoned = TEXTS[what]
    report = _judged(tmp_path, "x.json", content)
    assert (findings(report), _poisoned(report)) == (expected, poisoned)


def _stub(request: Any, **response: Any) -> dict[str, Any]:
    headers = {"X-Api-Key": {"equalTo": "0123abcd"}}
    replied = {"status": 200, "headers": {"Content-Type": "application/json"}, **response}
    return {"request": {"method": "GET", "headers": headers, **request}, "response": replied}


def _mappings(request: Any) -> Any:
    return {"mappings": [_stub(request, jsonBody=_ON)]}


def _mockoon(body: Any, *more: Any) -> Any:
    response = {"statusCode": 200, "body": json.dumps(body),
                "headers": [{"key": "Content-Type", "value": "application/json"}]}  # fmt: skip
    route = {"method": "get", "endpoint": "lamps", "responses": [response]}
    return {"lastMigration": 33, "endpointPrefix": "v1", "routes": [route, *more]}


def _pact(sent: Any, body: Any, **interaction: Any) -> Any:
    headers = {"Content-Type": "application/json"}
    request = {"method": "POST", "path": "/v1/lamps", "headers": headers, "body": sent}
    response = {"status": 201, "headers": headers, "body": body}
    return {"interactions": [{"request": request, "response": response, **interaction}]}


def _collection(url: Any, body: Any) -> Any:
    request = {"method": "GET", "url": url, "header": [{"key": "X-Api-Key", "value": "0123abcd"}]}
    saved = {"originalRequest": request, "code": 200, "body": json.dumps(body),
             "header": [{"key": "Content-Type", "value": "application/json"}]}  # fmt: skip
    return {"info": {"_postman_id": "1"}, "item": [{"request": request, "response": [saved]}]}


_PARTS = {
    "protocol": "https",
    "host": ["api", "example", "net"],
    "path": ["v1", {"value": "lamps"}],
}
_TYPED = {"contentType": "application/json", "encoded": False}
_V4 = {"type": "Synchronous/HTTP"}
_PATTERN = {"page": {"matches": "[0-9]+"}}
DOCUMENTS: dict[str, tuple[Any, dict[str, str]]] = {
    "WireMock: a pattern of a query": (
        _mappings({"urlPath": "/v1/lamps", "queryParameters": _PATTERN}), {}),
    "WireMock: a path, whatever its query is": (_mappings({"urlPath": "/v1/lamps"}), {}),
    "WireMock: a URL without a query": (_mappings({"url": "/v1/lamps"}), _NO_PAGE),
    "WireMock: a breach in a query": (
        _mappings({"urlPath": "/v1/lamps", "queryParameters": {"page": {"equalTo": "0"}}}), _PAGE),
    "WireMock: a mapping of one line": (
        _stub({"url": "/v1/lamps?page=1"}, body=json.dumps(_DIM)), _ENUM),
    "Mockoon: whatever the query is": (_mockoon(_ON), {}),
    "Mockoon: a breach": (_mockoon(_DIM), _ENUM),
    "Mockoon: routes that have no replies": (_mockoon(_DIM, {"type": "ws"}, None), _ENUM),
    "Pact 3: members that look like version 4": (
        _pact({"name": "a", "content": "x", "contentType": "y"}, {}), {}),
    "Pact 3: a breach beside them": (
        _pact({"name": "a" * 11, "content": "x", "encoded": "y"}, {}), _NAME),
    "Pact 4": (_pact({"content": {"name": "a"}, **_TYPED}, {"content": {}, **_TYPED}, **_V4), {}),
    "Pact 4: a breach": (_pact({"content": {"name": "a" * 11}, **_TYPED}, {}, **_V4), _NAME),
    "Postman: a URL in parts": (
        _collection({**_PARTS, "query": [{"key": "page", "value": "1"}]}, _DIM), _ENUM),
    "Postman: a breach in the parts of a URL": (
        _collection({**_PARTS, "query": [{"key": "page", "value": "0"}]}, _ON),
        {"list:query#/page:minimum": ""}),
    "Postman: a part that is switched off": (
        _collection({**_PARTS, "query": [{"key": "page", "value": "1"},
                                         {"key": "page", "value": "0", "disabled": True}]}, _ON),
        {}),
}  # fmt: skip


@pytest.mark.parametrize("what", DOCUMENTS)
def test_documents_of_stubs(tmp_path: Path, what: str) -> None:
    """What a stub leaves open breaks nothing; what it says is judged, once it is known as that."""
    node, expected = DOCUMENTS[what]
    report = _judged(tmp_path, "x.json", json.dumps(node).encode())
    assert report.traffic["exchanges"] == 1
    if "" in expected.values():  # of a saved reply one alone proves nothing
        assert [report.verdicts[clause] for clause in expected] == ["inconclusive"]
    else:
        assert findings(report) == expected


@pytest.mark.parametrize(
    "content",
    [
        '{"mappings": 5}', '{"interactions": {}}', '{"lastMigration": 1, "routes": "x"}',
        '{"_postman_id": "1", "item": {}}', '{"mappings": ' + "[" * 100_000,
    ],
)  # fmt: skip
def test_a_document_of_another_shape_is_told(tmp_path: Path, content: str) -> None:
    """What begins like a document of a tool, and is none, is the user's to mend."""
    with pytest.raises(UsageError, match="no traffic of a known form"):
        _judged(tmp_path, "x.json", content.encode())


def test_a_file_in_utf_16_is_told(tmp_path: Path) -> None:
    """As a shell of Windows writes what is redirected into a file."""
    with pytest.raises(UsageError, match="UTF-16"):
        _judged(tmp_path, "x.jsonl", lines([_ours()]).decode().encode("utf-16"))


@pytest.mark.parametrize("left", [20, 60])
def test_what_was_packed_and_is_cut_is_judged_as_far_as_it_goes(tmp_path: Path, left: int) -> None:
    """The rest costs itself: it is named, and what came before counts."""
    content = gzip.compress(lines([_ours(_DIM), *(_ours(started=n) for n in range(900))]))
    report = _judged(tmp_path, "x.jsonl.gz", content[:-left])
    assert findings(report) == _ENUM
    assert _poisoned(report) >= 1


def test_a_reply_that_goes_on_goes_before_the_reply(tmp_path: Path) -> None:
    """GoReplay keeps both in one payload, and chunks where somebody has taken them off."""
    ask = b"1 " + b"0" * 24 + b" 1 0\nGET /v1/lamps?page=1 HTTP/1.1\r\nX-Api-Key: 0123abcd\r\n\r\n"
    head = b"2 " + b"0" * 24 + b" 2 0\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
    kind, separator = b"Content-Type: application/json\r\n", "\n🐵🙈🙉\n".encode()
    told = [ask, head + kind + b"\r\n" + json.dumps(_DIM).encode(), b""]
    report = _judged(tmp_path, "x.gor", separator.join(told))
    assert (findings(report), _poisoned(report)) == (_ENUM, 0)
    chunks = kind + b"Transfer-Encoding: chunked\r\n\r\n{\r\n}"
    report = _judged(tmp_path, "x.gor", separator.join([ask, head + chunks, b""]))
    assert (findings(report), _poisoned(report)) == ({}, 0)


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("[authorization redacted]", True), ("redacted:12", True), ("__REDACTED__", True),
        ("<omitted>", True), ("$API_KEY", True), ("%API_KEY%", True), ("...", True),
        ("redactedly", False), ("(the hidden room)", False), ("<b>bold</b>", False),
        ("$5", False), ("50%", False), ("[draft] removed (x)", False), ("-1", False),
    ],
)  # fmt: skip
def test_what_stands_in_place_of_a_secret(text: str, replaced: bool) -> None:
    """What sanitizers and cassettes write is known; what looks a little like it is a value."""
    assert is_redacted(text) is replaced


_HEADERS: dict[str, tuple[Any, Any, dict[str, str]]] = {
    "an object": ({"X-Api-Key": "0123abcd"}, {"Content-Type": "application/json"}, {}),
    "an object of lists": (
        {"X-Api-Key": ["0123abcd"]}, {"Content-Type": ["application/json"]}, {}),
    "objects": (
        [{"name": "X-Api-Key", "value": "0123abcd"}],
        [{"key": "Content-Type", "value": "application/json"}], {}),
    "pairs with a number": (
        [["X-Api-Key", 12345678]],
        [["Content-Type", "application/json"], ["Content-Length", 30]], {}),
    "a breach in an object": ({"X-Api-Key": "x"}, [["Content-Type", "application/json"]],
                              {"list:header#/X-Api-Key:pattern": "lenient"}),
    "an object without what is required": (
        {"Accept": "*/*"}, [["Content-Type", "application/json"]],
        {"list:header#/X-Api-Key:required": "lenient"}),
    "another type in an object": (
        [["X-Api-Key", "0123abcd"]], {"content-type": "text/html"},
        {"list:200:media-type": "violated"}),
}  # fmt: skip


@pytest.mark.parametrize("what", _HEADERS)
def test_headers_however_a_line_has_them(tmp_path: Path, what: str) -> None:
    """Pairs are the form; an object, objects and numbers are what others write, and mean the same.

    Lines of the form itself stand around them: what is known of those by class is not theirs.
    """
    sent, received, expected = _HEADERS[what]
    own = [_ours(started=number) for number in (1, 2, 5, 6)]
    others = [_ours(started=number) for number in (3, 4)]
    for one in others:
        one["request"]["headers"], one["response"]["headers"] = sent, received
    report = _judged(tmp_path, "x.jsonl", lines([*own[:2], *others, *own[2:]]))
    assert (findings(report), _poisoned(report)) == (expected, 0)
    assert report.traffic["exchanges"] == 6


@pytest.mark.parametrize(
    ("body", "expected", "poisoned"),
    [
        (_ON, {}, 0),
        (_DIM, _ENUM, 0),
        (json.dumps(_DIM), _ENUM, 0),
        (json.dumps(_DIM)[:-4], {}, 0),
        ([], {"list:200#:type": "violated"}, 0),
        (None, {}, 0),
        ({"text": json.dumps(_DIM)}, _ENUM, 0),
        ({"text": "e30=", "encoding": "base64"}, {}, 1),
    ],
    ids=["value", "breach", "text", "beginning", "list", "null", "form", "either"],
)
def test_a_body_that_stands_there_as_it_is(
    tmp_path: Path, body: Any, expected: dict[str, str], poisoned: int
) -> None:
    """Many write the value or the text itself; what could be that or the form is told."""
    one = _ours()
    one["response"]["body"] = body
    report = _judged(tmp_path, "x.jsonl", lines([_ours(started=1), one]))
    assert (findings(report), _poisoned(report)) == (expected, poisoned)
    assert report.traffic["exchanges"] == 2 - poisoned


@pytest.mark.parametrize(
    ("started", "seconds"), [(1, 1e300), (1, -1e300), ("9999-12-31T23:59:59Z", 5), (1e300, 1)]
)
def test_times_that_no_calendar_has(tmp_path: Path, started: Any, seconds: float) -> None:
    """A clock that is wrong says nothing of the exchange, which is judged all the same."""
    content = lines([_ours(_DIM, started=started, seconds=seconds)] * 2)
    assert findings(_judged(tmp_path, "x.jsonl", content)) == _ENUM
