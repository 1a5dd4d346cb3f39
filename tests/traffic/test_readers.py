"""Further forms of recordings: each is read, judged, and says no more than it holds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .lamps import LAMP, URL, census, findings, judge, lines

BROKEN = {**LAMP, "state": "dim"}
FOUND = {"show_lamp:200#/state:enum": "violated"}
PATH = "/v1/lamps/7"


def _gor(reply: Any) -> bytes:
    body = json.dumps(reply).encode()
    zipped = gzip.compress(body)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(zipped), zipped)
    parts = [
        b"1 932079936fa4306fc308d67588178d17d823647c 1439818823587396305\n"
        b"GET " + PATH.encode() + b" HTTP/1.1\r\nHost: api.example.net\r\n\r\n",
        b"2 932079936fa4306fc308d67588178d17d823647c 1439818823597396305 9999\n" + head
        + b"Transfer-Encoding: chunked\r\n\r\n" + chunked,
        b"1 8e091765ae902fef8a2b7d9dd960e9d52222bd8c 1439818823597396305\n"
        b"GET /v1/lamps/8 HTTP/1.1\r\nHost: api.example.net\r\n\r\n",
    ]  # fmt: skip
    return b"".join(part + "\n🐵🙈🙉\n".encode() for part in parts)


def _tnet(value: Any) -> bytes:
    if isinstance(value, bytes):
        content, kind = value, b","
    elif isinstance(value, str):
        content, kind = value.encode(), b";"
    elif isinstance(value, bool):
        content, kind = (b"true" if value else b"false"), b"!"
    elif value is None:
        content, kind = b"", b"~"
    elif isinstance(value, int):
        content, kind = str(value).encode(), b"#"
    elif isinstance(value, float):
        content, kind = str(value).encode(), b"^"
    elif isinstance(value, dict):
        content = b"".join(_tnet(one) for pair in value.items() for one in pair)
        kind = b"}"
    else:
        content, kind = b"".join(map(_tnet, value)), b"]"
    return b"%d:%s%s" % (len(content), content, kind)


def _mitmproxy(reply: Any) -> bytes:
    request = {
        "method": b"GET", "scheme": b"https", "host": "api.example.net", "port": 443,
        "authority": b"", "path": PATH.encode(), "headers": [[b"accept", b"*/*"]], "content": b"",
        "timestamp_start": 1439818823.5,
    }  # fmt: skip
    response = {
        "status_code": 200, "headers": [[b"content-type", b"application/json"], [b"by", b"\xe9"]],
        "content": json.dumps(reply).encode(), "timestamp_end": 1439818823.6,
    }  # fmt: skip
    flows = [
        {"type": "http", "request": request, "response": response, "error": None},
        {"type": "tcp", "messages": []},
        {"type": "http", "request": request, "response": None},
    ]
    return b"".join(map(_tnet, flows))


def _postman(reply: Any) -> bytes:
    request = {
        "method": "GET", "header": [],
        "url": {"raw": "{{base}}/lamps/:id", "variable": [{"key": "id", "value": "7"}]},
    }  # fmt: skip
    saved = {
        "name": "as it was", "originalRequest": request, "code": 200, "responseTime": 12,
        "header": [{"key": "Content-Type", "value": "application/json"}],
        "body": json.dumps(reply),
    }  # fmt: skip
    item = {"name": "folder", "item": [{"name": "show", "request": request, "response": [saved]}]}
    info = {"_postman_id": "1", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/"}
    variable = [{"key": "base", "value": "https://api.example.net/v1"}]
    return json.dumps({"info": info, "item": [item], "variable": variable}, indent=2).encode()


def _wiremock(reply: Any) -> bytes:
    mappings = [
        {"request": {"method": "GET", "urlPath": PATH},
         "response": {"status": 200, "jsonBody": reply,
                      "headers": {"Content-Type": "application/json"}}},
        {"request": {"method": "GET", "urlPattern": "/v1/.*"}, "response": {"status": 200}},
        {"request": {"method": "GET", "url": PATH},
         "response": {"status": 200, "body": "{{request.path}}", "transformers":
                      ["response-template"], "headers": {"Content-Type": "application/json"}}},
    ]  # fmt: skip
    return json.dumps({"mappings": mappings}, indent=1).encode()


def _mockoon(reply: Any) -> bytes:
    responses = [
        {"statusCode": 200, "body": json.dumps(reply), "bodyType": "INLINE",
         "headers": [{"key": "Content-Type", "value": "application/json"}]},
        {"statusCode": 200, "body": '{"id": {{faker}}}', "headers": []},
    ]  # fmt: skip
    routes = [{"type": "http", "method": "get", "endpoint": "lamps/:id", "responses": responses}]
    node = {"uuid": "1", "lastMigration": 33, "endpointPrefix": "v1", "routes": routes}
    return json.dumps(node, indent=1).encode()


def _pact(reply: Any) -> bytes:
    response = {"status": 200, "headers": {"Content-Type": "application/json"}, "body": reply}
    four = {
        "type": "Synchronous/HTTP", "request": {"method": "GET", "path": PATH},
        "response": {"status": 200, "body": {
            "content": LAMP, "contentType": "application/json", "encoded": False}},
    }  # fmt: skip
    interactions = [
        {"description": "a lamp", "request": {"method": "GET", "path": PATH},
         "response": response},
        four,
        {"type": "Asynchronous/Messages"},
    ]  # fmt: skip
    return json.dumps({"consumer": {"name": "x"}, "interactions": interactions}).encode()


def _spans(reply: Any) -> bytes:
    plain = {
        "http.request.method": "GET", "url.full": f"{URL}7", "http.response.status_code": 200,
        "http.response.header.content-type": ["application/json"],
        "http.response.body.content": json.dumps(reply),
    }  # fmt: skip
    listed = [
        {"key": "http.method", "value": {"stringValue": "GET"}},
        {"key": "url.path", "value": {"stringValue": PATH}},
        {"key": "http.status_code", "value": {"intValue": "200"}},
        {"key": "http.response.body.content", "value": {"stringValue": '{"id": 7, "st'}},
        {"key": "http.response.body.size", "value": {"intValue": "200"}},
    ]
    span = {"traceId": "1", "spanId": "2", "startTimeUnixNano": "1", "endTimeUnixNano": "2"}
    other = {**span, "attributes": []}
    batch = {
        "resourceSpans": [{"scopeSpans": [{"spans": [{**span, "attributes": listed}, other]}]}]
    }
    return lines([plain, batch, other])


def _envoy(reply: Any) -> bytes:
    def headers(**pairs: str) -> list[dict[str, str]]:
        return [{"key": name.replace("__", ":"), "value": value} for name, value in pairs.items()]

    def trace(body: Any) -> dict[str, Any]:
        sent = headers(__method="GET", __path=PATH, __authority="api.example.net", __scheme="https")
        received = [*headers(__status="200"), {"key": "content-type", "value": "application/json"}]
        return {
            "http_buffered_trace": {
                "request": {"headers": sent},
                "response": {"headers": received, "body": body},
            }
        }

    cut = {"truncated": True, "as_string": '{"id'}
    return lines([trace({"truncated": False, "as_string": json.dumps(reply)}), trace(cut)])


def _kong(reply: Any) -> bytes:
    line = {
        "request": {"method": "GET", "uri": PATH, "url": f"{URL}7", "headers": {"accept": "*/*"}},
        "response": {"status": 200, "headers": {"content-type": "application/json"},
                     "body": json.dumps(reply)},
        "latencies": {"request": 12}, "started_at": 1439818823587,
    }  # fmt: skip
    bare = {**line, "response": {"status": 200, "headers": {}}}
    return lines([line, bare])


def _nginx(reply: Any) -> bytes:
    line = {
        "time_iso8601": "2026-03-01T00:00:00+00:00", "request_method": "GET", "status": "200",
        "request_uri": PATH, "http_host": "api.example.net", "request_time": "0.012",
        "sent_http_content_type": "application/json", "response_body": json.dumps(reply),
    }  # fmt: skip
    short = {
        "request": f"GET {PATH} HTTP/1.1",
        "status": 200,
        "request_body": "-",
        "time_iso8601": [1],
    }
    return lines([line, short])


def _apache(reply: Any) -> bytes:
    response = {"status_code": 200, "mime_type": "application/json"}
    line = {
        "@timestamp": "2026-03-01T00:00:00Z", "url": {"original": PATH},
        "http": {"request": {"method": "GET"},
                 "response": {**response, "body": {"content": json.dumps(reply)}}},
    }  # fmt: skip
    return lines([line, {**line, "http": {"request": {"method": "GET"}, "response": response}}])


def _entries(reply: Any) -> bytes:
    content = {"mimeType": "application/json", "text": json.dumps(reply)}
    entry = {
        "startedDateTime": "2026-03-01T00:00:00Z", "time": 1,
        "request": {"method": "GET", "url": f"{URL}7", "headers": []},
        "response": {"status": 200, "headers": [], "content": content},
    }  # fmt: skip
    return lines([entry])


FORMS: dict[str, Callable[[Any], bytes]] = {
    "traffic.gor": _gor,
    "flows.mitm": _mitmproxy,
    "collection.json": _postman,
    "mappings.json": _wiremock,
    "environment.json": _mockoon,
    "pact.json": _pact,
    "spans.jsonl": _spans,
    "tap.jsonl": _envoy,
    "kong.log": _kong,
    "access.log": _nginx,
    "ecs.ndjson": _apache,
    "entries.jsonl": _entries,
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_read_and_judged(tmp_path: Path, name: str) -> None:
    """A value that is wrong in it is found, and what it leaves open is none."""
    assert findings(judge(tmp_path, FORMS[name](BROKEN), name)) == FOUND
    report = judge(tmp_path, FORMS[name](LAMP), name)
    assert findings(report) == {}
    assert report.verdicts["show_lamp:200#/state:enum"] == "upheld"
    assert census(report, "poisoned") == {}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_may_be_compressed(tmp_path: Path, name: str) -> None:
    """Whatever it is, gzip may be around it."""
    content = gzip.compress(FORMS[name](BROKEN))
    assert findings(judge(tmp_path, content, f"{name}.gz")) == FOUND


@pytest.mark.parametrize("name", FORMS)
def test_each_form_may_break_off(tmp_path: Path, name: str) -> None:
    """A recording that ends in the middle is no crash, and no finding of what is not there."""
    whole = FORMS[name](LAMP)
    for part in (whole[: len(whole) // 2], whole[: -len(whole) // 5]):
        try:
            report = judge(tmp_path, part, name)
        except Exception as error:  # a mistake in words is what it may be
            assert "is no traffic of a known form" in str(error)  # noqa: PT017  # any reader may refuse it
        else:
            assert findings(report) == {}


def test_a_stub_shows_in_one_exchange_what_it_accepts(tmp_path: Path) -> None:
    """A file of stubs answers always alike: once is enough for lenient."""
    mapping = {
        "request": {"method": "PATCH", "url": PATH,
                    "headers": {"Content-Type": {"equalTo": "application/json"}},
                    "bodyPatterns": [{"equalToJson": {"brightness": 101}}]},
        "response": {"status": 200, "jsonBody": LAMP,
                     "headers": {"Content-Type": "application/json"}},
    }  # fmt: skip
    report = judge(tmp_path, json.dumps(mapping).encode(), "mapping.json")
    assert findings(report) == {"dim_lamp:request#/brightness:maximum": "lenient"}


def test_the_spans_of_a_batch_are_judged_each(tmp_path: Path) -> None:
    """A line of the collector's file exporter holds many spans: one that is wrong is found."""
    wrong = json.loads(_spans(BROKEN).splitlines()[0])
    spans: list[Any] = [{"spanId": "1", "traceId": "2", "attributes": wrong}]
    spans.append({**spans[0], "attributes": {}})
    batch = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": spans}]}]}
    report = judge(tmp_path, lines([batch, batch]), "spans.jsonl")
    assert findings(report) == FOUND
    assert census(report, "aside") == {"span of no request": 2}


def test_a_reply_without_its_request_is_counted(tmp_path: Path) -> None:
    """What has no other half, or is of no HTTP, is told beside the verdicts."""
    report = judge(tmp_path, _mitmproxy(LAMP), "flows.mitm")
    assert census(report, "aside") == {"flow of no HTTP": 1}
    assert census(report, "no reply recorded") == {"show_lamp": 1}
