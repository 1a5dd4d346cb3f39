"""Lawful but odd recordings: what recorders leave out, add or rewrite is never a finding."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import pytest

from clausewise.judging import judge_files
from clausewise.pack import find_pack

from .lamps import JSON_TYPE, LAMP, URL, dimmed, findings, judge, lines, shown

TYPE = {"name": "Content-Type", "value": "application/json"}
TEXT = json.dumps(LAMP)
ZIPPED = b64encode(gzip.compress(TEXT.encode())).decode()


def _entry(
    content: dict[str, Any] | None = None,
    status: int = 200,
    headers: Any = (TYPE,),
    request: Any = None,
    response: Any = None,
    **changed: Any,
) -> dict[str, Any]:
    """An entry of an archive about lamp 7, lawful but for what is changed."""
    content = {"size": len(TEXT), "mimeType": "application/json", "text": TEXT, **(content or {})}
    content = {name: value for name, value in content.items() if value is not None}
    asked = {"method": "GET", "url": f"{URL}7", "headers": [{"name": "Accept", "value": "*/*"}]}
    replied = {"status": status, "headers": list(headers), "content": content}
    return {
        "startedDateTime": "2026-03-01T00:00:00.000Z",
        "time": 12.5,
        "request": {**asked, **(request or {})},
        "response": {**replied, **(response or {})},
        **changed,
    }


def _dimming(**request: Any) -> dict[str, Any]:
    posted = {"mimeType": "application/json", "text": '{"brightness": 50}'}
    headers = [TYPE]
    return _entry(request={"method": "PATCH", "headers": headers, "postData": posted, **request})


_PSEUDO = [{"name": name, "value": "x"} for name in (":authority", ":method", ":path", ":scheme")]
_CONDITION = {"headers": [{"name": "if-none-match", "value": '"1"'}]}
_RANGE = {"headers": [{"name": "Range", "value": "bytes=0-3"}]}
_LENGTH = {"name": "content-length", "value": "40"}
_SOCKET = {"url": f"{URL}7".replace("https", "wss")}

ENTRIES: dict[str, dict[str, Any]] = {
    "decoded text beside the encoding of the wire": _entry(
        headers=(TYPE, {"name": "Content-Encoding", "value": "br"})
    ),
    "base64 of what was sent, zipped": _entry(
        {"text": ZIPPED, "encoding": "base64"},
        headers=(TYPE, {"name": "Content-Encoding", "value": "gzip"}),
    ),
    "base64 of an encoding that nobody reads here": _entry(
        {"text": b64encode(b"\x0b\x02\x80\xff\x03").decode(), "encoding": "base64"},
        headers=(TYPE, {"name": "Content-Encoding", "value": "br"}),
    ),
    "base64 in lines": _entry(
        {"text": b64encode(TEXT.encode()).decode()[:20] + "\r\n"
         + b64encode(TEXT.encode()).decode()[20:], "encoding": "base64"}
    ),
    "names of HTTP/2": _entry(headers=(TYPE, {"name": ":status", "value": "200"}),
                              request={"headers": _PSEUDO}),
    "a body that was let go": _entry({"text": None}),
    "a body that was let go, as an empty text": _entry({"text": ""}),
    "a body of no size that was thrown away": _entry(
        {"text": "", "size": 0, "comment": "Response body discarded"}
    ),
    "a body of no size, of which a length is told": _entry(
        {"text": None, "size": 0}, headers=(TYPE, _LENGTH)
    ),
    "a body of no size that was not kept": _entry({"text": None, "size": 0}),
    "base64, spelt otherwise": _entry(
        {"text": b64encode(TEXT.encode()).decode(), "encoding": "BASE64"}
    ),
    "an object for a text": _entry({"text": LAMP}),
    "a beginning, of which it is said that it is one": _entry(
        {"text": f"{TEXT[:9]}... [truncated]", "size": None}
    ),
    "a body of a reply that broke off": _entry(
        {"text": TEXT[:9]}, response={"_error": "net::ERR_CONNECTION_RESET"}
    ),
    "a type that the browser did not know": _entry({"mimeType": "x-unknown"}, headers=()),
    "no headers at all": _entry({"mimeType": ""}, headers=()),
    "an upgrade to a web socket": _entry({"text": None}, 101, request=_SOCKET),
    "a web socket that was not asked for by its scheme": _entry({"text": None}, 101),
    "nothing new": _entry({"text": None, "size": 0}, 304, request=_CONDITION),
    "a part that was asked for": _entry({"text": TEXT[:4]}, 206, request=_RANGE),
    "a redirect of the browser's own": _entry(
        {"text": None, "size": 0}, 307,
        headers=({"name": "Non-Authoritative-Reason", "value": "HSTS"},),
    ),
    "a body that was sent and not kept": _dimming(postData=None, bodySize=-1),
    "a body that was sent and not kept, of no size": _dimming(
        postData=None, bodySize=0, headers=[TYPE, _LENGTH]
    ),
    "the beginning of a body that was sent": _dimming(
        postData={"mimeType": "application/json", "text": '{"bright'}, bodySize=18
    ),
    "a body that was sent zipped, and read as a text": _dimming(
        postData={"mimeType": "application/json", "text": "\x1f\ufffd\b\0\0"}
    ),
    "an object for a text that was sent": _dimming(
        postData={"mimeType": "application/json", "text": {"brightness": 50}}
    ),
    "a path alone for a URL": _entry(request={"url": "/v1/lamps/7"}),
    "a base path of a gateway": _entry(request={"url": "http://gw.local:8443/home/v1/lamps/7"}),
    "no time": _entry(startedDateTime="yesterday", time=None),
    "a reply that is null": {**_entry(), "response": None},
}  # fmt: skip


@pytest.mark.parametrize("what", ENTRIES)
def test_what_browsers_and_proxies_write_is_no_finding(tmp_path: Path, what: str) -> None:
    """An entry that says less, more, or otherwise than the wire did breaks nothing."""
    entries = [ENTRIES[what], {**ENTRIES[what], "startedDateTime": "2026-03-01T00:00:09Z"}]
    archive = {"log": {"version": "1.2", "creator": {"name": "x"}, "entries": entries}}
    report = judge(tmp_path, json.dumps(archive).encode(), "odd.har")
    assert findings(report) == {}
    assert report.traffic["census"].get("poisoned") is None


def test_a_zipped_body_is_judged(tmp_path: Path) -> None:
    """What was recorded as it was sent is unpacked, and what is wrong in it is found."""
    broken = gzip.compress(json.dumps({**LAMP, "state": "dim"}).encode())
    body = {"base64": b64encode(broken).decode()}
    headers = [JSON_TYPE, ["Content-Encoding", "gzip"]]
    response = {"status": 200, "headers": headers, "body": body}
    report = judge(tmp_path, lines([shown(response=response)]))
    assert findings(report) == {"show_lamp:200#/state:enum": "violated"}


def test_what_every_recorder_takes_out_is_not_missing(tmp_path: Path) -> None:
    """Cookies are credentials, and so a recording without them says nothing of them."""
    (tmp_path / "openapi.json").write_text(json.dumps(_WITH_COOKIES))
    reply = {"status": 200, "headers": [JSON_TYPE], "body": {"text": "{}"}}
    exchanges = [shown(n, response=reply, url="https://x.example/me") for n in (1, 2, 3)]
    path = tmp_path / "traffic.jsonl"
    path.write_bytes(lines(exchanges))
    report = judge_files(find_pack(str(tmp_path / "openapi.json")), [path])
    assert findings(report) == {}
    with_cookie = {**exchanges[0], "request": {"headers": [["Cookie", "sid=2"]], "body": {}}}
    path.write_bytes(lines([with_cookie, {**with_cookie, "started": "2026-03-02T00:00:00Z"}]))
    report = judge_files(find_pack(str(tmp_path / "openapi.json")), [path])
    assert findings(report) == {"me:cookie#/sid:minLength": "lenient"}


_WITH_COOKIES: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Me", "version": "1"},
    "paths": {
        "/me": {
            "get": {
                "operationId": "me",
                "parameters": [
                    {"name": "sid", "in": "cookie", "required": True,
                     "schema": {"type": "string", "minLength": 8}},
                ],
                "responses": {
                    "200": {
                        "description": "me",
                        "headers": {"Set-Cookie": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            }
        }
    },
}  # fmt: skip


def _stub(request: Any, response: Any = None) -> bytes:
    headers = {"Content-Type": "application/json"}
    replied = {"status": 200, "jsonBody": LAMP, "headers": headers, **(response or {})}
    asked = {"method": "PATCH", "url": "/v1/lamps/7",
             "headers": {"Content-Type": {"equalTo": "application/json"}}, **request}  # fmt: skip
    return json.dumps({"mappings": [{"request": asked, "response": replied}]}).encode()


_GET = {"method": "GET", "headers": {}}
_ANY_NUMBER = {"brightness": "${json-unit.any-number}"}
STUBS: dict[str, bytes] = {
    "a placeholder in what is asked": _stub({"bodyPatterns": [{"equalToJson": _ANY_NUMBER}]}),
    "a body that may have more": _stub(
        {"bodyPatterns": [{"equalToJson": "{}", "ignoreExtraElements": True}]}
    ),
    "a pattern of bodies": _stub({"bodyPatterns": [{"matchesJsonPath": "$.brightness"}]}),
    "a template of paths": _stub({"url": None, "urlPathTemplate": "/v1/lamps/{id}", **_GET}),
    "a pattern of paths": _stub({"url": None, "urlPathPattern": "/v1/lamps/.*", **_GET}),
    "a template that every stub is": _stub(_GET, {"jsonBody": {**LAMP, "id": "{{randomInt}}"}}),
    "a text that is a template": _stub(_GET, {"jsonBody": None, "body": '{"id": {{now}}}'}),
    "a type that is a template": _stub(
        _GET, {"headers": {"Content-Type": "{{request.headers.Accept}}"}}
    ),
}


@pytest.mark.parametrize("what", STUBS)
def test_what_a_stub_leaves_open_is_no_finding(tmp_path: Path, what: str) -> None:
    """A placeholder, a pattern or a template stands for what is not known."""
    node = json.loads(STUBS[what])
    for side in ("request", "response"):
        held = node["mappings"][0][side]
        node["mappings"][0][side] = {n: v for n, v in held.items() if v is not None}
    report = judge(tmp_path, json.dumps(node).encode(), "mappings.json")
    assert findings(report) == {}
    assert report.traffic["census"].get("poisoned") is None


def _pact(request: Any, body: Any) -> bytes:
    headers = {"Content-Type": "application/json"}
    interaction = {
        "description": "a lamp",
        "request": {"method": "GET", "path": "/v1/lamps/7", **request},
        "response": {"status": 200, "headers": headers, "body": body},
    }
    return json.dumps({"consumer": {"name": "x"}, "interactions": [interaction]}).encode()


def test_a_pact_says_of_a_reply_what_is_needed_at_least(tmp_path: Path) -> None:
    """What its consumer does not read is not missing; what is wrong in it is found."""
    assert findings(judge(tmp_path, _pact({}, {"id": 7}), "pact.json")) == {}
    assert findings(judge(tmp_path, _pact({"query": {"x": [None]}}, LAMP), "pact.json")) == {}
    term = {"json_class": "Pact::Term", "data": {"generate": "/v1/lamps/7"}}
    assert findings(judge(tmp_path, _pact({"path": term}, LAMP), "pact.json")) == {}
    broken = judge(tmp_path, _pact({}, {"id": 7, "brightness": 101}), "pact.json")
    assert findings(broken) == {"show_lamp:200#/brightness:maximum": "violated"}


def _collection(response: dict[str, Any], raw: str = "https://api.example.net/v1/lamps/7") -> bytes:
    saved = {"originalRequest": {"method": "GET", "url": {"raw": raw}}, "code": 200, **response}
    info = {"_postman_id": "1", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/"}
    item = {"name": "show", "request": saved["originalRequest"], "response": [saved]}
    return json.dumps({"info": info, "item": [item]}).encode()


_HELD = {"header": [{"key": "Content-Type", "value": "application/json"}], "body": TEXT}
COLLECTIONS: dict[str, bytes] = {
    "a reply that nobody filled in": _collection({"header": [], "body": None}),
    "no headers": _collection({"header": [], "body": TEXT}),
    "a reply of a mock server": _collection({**_HELD, "body": '{"id": {{$randomInt}}}'}),
    "a variable that is nowhere": _collection(_HELD, "{{base}}/lamps/{{lamp}}?at={{now}}"),
}


@pytest.mark.parametrize("what", COLLECTIONS)
def test_what_a_collection_leaves_open_is_no_finding(tmp_path: Path, what: str) -> None:
    """A saved reply that was never received, or is made of variables, breaks nothing."""
    report = judge(tmp_path, COLLECTIONS[what], "collection.json")
    assert findings(report) == {}
    assert report.traffic["census"].get("poisoned") is None


_LOG = {"request_method": "GET", "request_uri": "/v1/lamps/7", "status": "200",
        "sent_http_content_type": "application/json"}  # fmt: skip
_SPAN = {"http.request.method": "GET", "url.full": f"{URL}7", "http.response.status_code": 200}
_TAP = {":method": "GET", ":path": "/v1/lamps/7", ":authority": "api.example.net"}


def _tap(body: Any, **headers: str) -> dict[str, Any]:
    received = {":status": "200", "content-type": "application/json", **headers}
    sides = {"request": {"headers": _keyed(_TAP)}, "response": {"headers": _keyed(received)}}
    sides["response"]["body"] = body
    return {"http_buffered_trace": sides}


def _keyed(headers: dict[str, str]) -> Any:
    return [{"key": name, "value": value} for name, value in headers.items()]


LOGS: dict[str, dict[str, Any]] = {
    "NGINX: the beginning of a body": {**_LOG, "response_body": TEXT[:20]},
    "NGINX: a client that went away": {**_LOG, "status": "499"},
    "NGINX: no reply": {**_LOG, "status": "000"},
    "OpenTelemetry: the beginning of a body": {**_SPAN, "http.response.body.content": TEXT[:20]},
    "OpenTelemetry: no reply": {**_SPAN, "http.response.status_code": 0},
    "ECS: the beginning of a body": {
        "url": {"path": "/v1/lamps/7"},
        "http": {"request": {"method": "GET"},
                 "response": {"status_code": 200, "mime_type": "application/json",
                              "body": {"content": TEXT[:20]}}},
    },
    "Envoy: a zipped body": _tap({"as_bytes": ZIPPED}, **{"content-encoding": "gzip"}),
    "Envoy: a body of an encoding that nobody reads here": _tap(
        {"as_bytes": b64encode(b"\x0b\x02\x80\xff\x03").decode()}, **{"content-encoding": "br"}
    ),
    "ours: a body as it was sent": shown(
        response={"status": 200, "headers": [JSON_TYPE, ["content-encoding", "GZIP"]],
                  "body": {"base64": ZIPPED}}
    ),
    "ours: no headers": shown(
        response={"status": 200, "headers": [], "body": {"text": json.dumps(LAMP)}}
    ),
    "ours: no reply": shown(response={"status": 0, "headers": [], "body": {"absent": True}}),
    "ours: a time that no calendar has": shown(started=-1e20),
    "ours: variables": dimmed(7, {"brightness": "{{level}}"}),
}  # fmt: skip


@pytest.mark.parametrize("what", LOGS)
def test_what_logs_leave_out_is_no_finding(tmp_path: Path, what: str) -> None:
    """A line of a log that says less than there was breaks nothing, however often it comes."""
    content = lines([LOGS[what], LOGS[what] | {"x": 1}])
    report = judge(tmp_path, BOM_UTF8 + content, "odd.jsonl")
    assert findings(report) == {}
    assert report.traffic["census"].get("poisoned") is None
