"""Access logs: what was asked and which status came is judged, and all else is not known."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from clausewise.errors import UsageError
from clausewise.traffic.exchange import TrafficExchange, pairs_of
from clausewise.traffic.readers.text_logs import read_w3c

from .lamps import census, findings, judge, lines

_MINIMUM = {"show_lamp:path#/id:minimum": "lenient"}
_ELF = (
    "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query cs(User-Agent) sc-status\r\n"
)
_CLOUDFRONT = (
    "#Version: 1.0\n#Fields: date time x-edge-location cs-method cs(Host) cs-uri-stem sc-status "
    "cs-uri-query x-host-header cs-protocol\n"
)


def _caddy(path: str, day: int) -> Any:
    request = {"method": "GET", "host": "api.example.net", "uri": path, "proto": "HTTP/2.0",
               "headers": {"Accept": ["*/*"]}}  # fmt: skip
    return {"level": "info", "ts": 1.77e9 + day, "logger": "http.log.access", "request": request,
            "msg": "handled request", "status": 200, "size": 9,
            "resp_headers": {"Content-Type": ["application/json"]}}  # fmt: skip


def _traefik(path: str, day: int) -> Any:
    return {"RequestMethod": "GET", "RequestPath": path, "RequestHost": "api.example.net",
            "RequestScheme": "https", "DownstreamStatus": 200, "OriginStatus": 200,
            "StartUTC": f"2026-03-0{day}T00:00:00Z", "level": "info", "msg": "",
            "downstream_Content-Type": "application/json"}  # fmt: skip


def _pino(path: str, day: int) -> Any:
    return {"level": 30, "time": 1_770_000_000_000 + day, "msg": "request completed",
            "req": {"method": "GET", "url": path, "headers": {"host": "api.example.net"}},
            "res": {"statusCode": 200, "headers": {}}}  # fmt: skip


def _azure(category: str, **properties: Any) -> Any:
    return {"time": "2026-03-01T00:00:00Z", "category": category, "operationName": "x",
            "resourceId": "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/P",
            "properties": properties}  # fmt: skip


def _front_door(path: str, day: int, **more: Any) -> Any:
    return {**_azure(
        "FrontDoorAccessLog", httpMethod="GET", httpVersion="2.0.0.0", httpStatusCode="200",
        requestUri=f"https://api.example.net:443{path}", clientIp="1.2.3.4", **more,
    ), "time": f"2026-03-0{day}T00:00:00Z"}  # fmt: skip


def _app_service(path: str, day: int) -> Any:
    return {
        "CsMethod": "GET",
        "CsUriStem": path,
        "CsUriQuery": f"X-ARR-LOG-ID=5b{day}",
        "ScStatus": 200,
        "CsHost": "api.example.net",
        "SPort": "443",
        "TimeTaken": 9,
    }


JSON_LOGS: dict[str, Any] = {
    "Caddy": _caddy,
    "Traefik": _traefik,
    "pino": _pino,
    "API Gateway": lambda path, day: {
        "requestId": f"r{day}", "requestTime": f"0{day}/Mar/2026:00:00:00 +0000",
        "httpMethod": "GET", "resourcePath": "/lamps/{id}", "path": path, "status": "200"},
    "Envoy": lambda path, day: {
        "start_time": f"2026-03-0{day}T00:00:00Z", "method": "GET", "path": path,
        "protocol": "HTTP/1.1", "response_code": 200, "authority": "api.example.net"},
    "Logpush": lambda path, day: {
        "ClientRequestMethod": "GET", "ClientRequestHost": "api.example.net",
        "ClientRequestURI": path, "EdgeResponseStatus": 200,
        "EdgeStartTimestamp": 1_770_000_000_000_000_000 + day * 10**9},
    "Google Cloud": lambda path, day: {
        "httpRequest": {"requestMethod": "GET", "requestUrl": f"https://api.example.net{path}",
                        "status": 200}, "timestamp": f"2026-03-0{day}T00:00:00Z"},
    "Fastly": lambda path, day: {
        "timestamp": f"2026-03-0{day}T00:00:00Z", "host": "api.example.net", "url": path,
        "request_method": "GET", "response_status": 200},
    "Azure Application Gateway": lambda path, day: {**_azure(
        "ApplicationGatewayAccessLog", httpMethod="GET", originalRequestUriWithArgs=path,
        requestUri="/rewritten", requestQuery="", httpStatus=200, host="10.0.0.4",
        originalHost="api.example.net", sslEnabled="on"),
        "timeStamp": f"2026-03-0{day}T00:00:00+00:00"},
    "Azure Application Gateway, version 1": lambda path, day: {**_azure(
        "ApplicationGatewayAccessLog", httpMethod="GET", requestUri=path, httpStatus=200,
        requestQuery="X-AzureApplicationGateway-CACHE-HIT=0&SERVER-STATUS=200"),
        "time": f"2026-03-0{day}T00:00:00Z"},
    "Azure Application Gateway, its table": lambda path, day: {
        "TimeGenerated": f"2026-03-0{day}T00:00:00Z", "HttpMethod": "GET", "HttpStatus": 200,
        "OriginalRequestUriWithArgs": path, "OriginalHost": "api.example.net",
        "_ResourceId": "/subscriptions/s"},
    "Azure Diagnostics": lambda path, day: {
        "TimeGenerated": f"2026-03-0{day}T00:00:00Z", "httpMethod_s": "GET", "httpStatus_d": 200,
        "originalRequestUriWithArgs_s": path, "originalHost_s": "api.example.net",
        "ResourceId": "/SUBSCRIPTIONS/S"},
    "Azure Front Door": _front_door,
    "Azure App Service": lambda path, day: {
        **_azure("AppServiceHTTPLogs"), "time": f"2026-03-0{day}T00:00:00Z",
        "properties": json.dumps(_app_service(path, day))},
    "Azure App Service, its table": lambda path, day: {
        "TimeGenerated": f"2026-03-0{day}T00:00:00Z", **_app_service(path, day)},
    "Azure API Management": lambda path, day: {
        "records": [{**_azure("GatewayLogs", method="GET", responseCode=200,
                              url=f"https://api.example.net{path}", backendMethod="GET",
                              backendUrl="https://10.0.0.4/other", backendResponseCode=500),
                     "time": f"2026-03-0{day}T00:00:00Z"}]},
    "lograge": lambda path, day: {
        "method": "GET", "path": path, "format": "json", "status": 200, "duration": 5.1,
        "time": f"2026-03-0{day}T00:00:00Z"},
}  # fmt: skip
# What comes first, and a line, in which PATH and DAY stand for those.
TEXT_LOGS: dict[str, tuple[str, str]] = {
    "combined": ("", '1.2.3.4 - - [0DAY/Mar/2026:00:00:00 +0000] "GET PATH HTTP/1.1" 200 12 "-" '
                     '"a \\"b\\""'),
    "common, with its host": ("", "api.example.net:443 1.2.3.4 - me "
                              '[0DAY/Mar/2026:00:00:00 +0000] "GET PATH HTTP/2" 200 -'),
    "a load balancer of AWS": ("", "h2 2026-03-0DAYT22:23:00.186641Z app/lb/50dc 1.2.3.4:2817 "
                               "10.0.0.1:80 0.0 0.0 0.0 200 200 0 57 "
                               '"GET https://api.example.net:443PATH HTTP/2.0" "curl/7" - -'),
    "a classic one": ("", "2026-03-0DAYT23:39:43.945958Z lb 1.2.3.4:2817 10.0.0.1:80 0.0 0.0 0.0 "
                      '200 200 0 29 "GET http://api.example.net:80PATH HTTP/1.1" "curl/7" - -'),
    "HAProxy": ("", "Mar  DAY 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 "
                "[0DAY/Mar/2026:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- "
                '1/1/1/1/0 0/0 {1wt.eu} {} "GET PATH HTTP/1.1"'),
    "IIS": (_ELF, "2026-03-0DAY 00:00:01 10.0.0.1 GET PATH - curl/8 200\r"),
    "CloudFront": (_CLOUDFRONT, "2026-03-0DAY\t00:00:01\tFRA\tGET\td1.cloudfront.net\tPATH\t200\t"
                   "-\tapi.example.net\thttps"),
}  # fmt: skip


def _content(name: str, number: int) -> bytes:
    path = f"/v1/lamps/{number}"
    if name in JSON_LOGS:
        return lines(JSON_LOGS[name](path, day) for day in (1, 2))
    before, line = TEXT_LOGS[name]
    line = line.replace("PATH", path)
    return (before + "".join(f"{line}\n".replace("DAY", day) for day in "12")).encode()


@pytest.mark.parametrize("name", [*JSON_LOGS, *TEXT_LOGS])
def test_each_log_is_read_and_judged(tmp_path: Path, name: str) -> None:
    """A path that is none and was accepted twice is found; headers and bodies are not missing."""
    lawful = judge(tmp_path, _content(name, 7), "access.log")
    assert (findings(lawful), lawful.traffic["exchanges"]) == ({}, 2)
    assert lawful.verdicts["show_lamp:status"] == "upheld"
    assert not census(lawful, "poisoned")
    assert findings(judge(tmp_path, _content(name, 0), "access.log")) == _MINIMUM


def test_what_azure_logs_beside_requests_is_none(tmp_path: Path) -> None:
    """A firewall, a probe, and what one node of Front Door asks another are no exchanges."""
    firewall = _azure("FrontDoorWebApplicationFirewallLog", requestUri="/v1/lamps/0", action="Log")
    probe = _azure("FrontDoorHealthProbeLog", httpVerb="HEAD", httpStatusCode="500", result="x")
    once = [_front_door("/v1/lamps/0", 1, isReceivedFromClient=True),
            _front_door("/v1/lamps/0", 2, isReceivedFromClient=False)]  # fmt: skip
    report = judge(tmp_path, lines([firewall, probe, *once]), "azure.json")
    assert findings(report) == {}, "it was accepted once, and logged twice"
    assert census(report, "aside") == {
        "log line of no request": 2, "request between nodes of a gateway": 1,
    }  # fmt: skip


def test_bodies_that_a_gateway_of_azure_logs_are_judged(tmp_path: Path) -> None:
    """API Management logs bodies and some headers; a long body is the beginning of one."""
    whole = json.dumps({"id": 7, "state": "dim"})
    told = {"method": "GET", "url": "https://api.example.net/v1/lamps/7", "responseCode": 200}
    asked = [
        _azure("GatewayLogs", **told, responseBody=text, responseHeaders={"Content-Type": kind})
        for text, kind in [(whole, "application/json"), ("x" * 8_192, "text/plain")]
    ]
    assert findings(judge(tmp_path, lines(asked[:1]), "a.json")) == {
        "show_lamp:200#/state:enum": "violated"
    }
    long = _azure("GatewayLogs", **told, responseBody="1" * 8_192)
    assert findings(judge(tmp_path, lines([long]), "b.json")) == {}


def test_a_redirect_that_may_be_one_to_https_breaks_nothing(tmp_path: Path) -> None:
    """A log without `Location` leaves it open, unless the request came by https."""
    moved = {"httpMethod": "GET", "httpStatus": 301, "originalRequestUriWithArgs": "/v1/lamps/7"}
    for secure, found in (("off", {}), ("on", {"show_lamp:status": "violated"})):
        line = _azure("x", **moved, originalHost="api.example.net", sslEnabled=secure)
        assert findings(judge(tmp_path, lines([line]), "x.json")) == found


@pytest.mark.parametrize(("log", "query"), [("CloudFront", "server-status=7&a=1"), ("IIS", "a=1")])
def test_what_is_put_beside_a_query_is_taken_off_where_it_is_put(log: str, query: str) -> None:
    """App Service puts its own parameters there; elsewhere one of that name is the API's."""
    before, line = TEXT_LOGS[log]
    line = line.replace("PATH", "/v1/lamps/7").replace("DAY", "1")
    own = "server-status=7&a=1"
    line = line.replace("\t-\t", f"\t{own}\t").replace("7 - curl", f"7 {own} curl")
    (item,) = read_w3c(f"{before}{line}".encode().splitlines())
    assert isinstance(item.read, TrafficExchange)
    assert item.read.url.partition("?")[2] == query


def test_a_header_without_a_value_is_none() -> None:
    """Nothing is made of the null that some recorders write for it; an empty one is there."""
    told = [{"name": "a", "value": None}, {"name": "b", "value": ""}, {"name": "c"}]
    assert pairs_of(told) == [("b", ""), ("c", "")]


def test_what_a_log_has_beside_requests_is_counted(tmp_path: Path) -> None:
    """Messages, garbage of a scanner and requests of nobody are told, and break nothing."""
    message = {"level": "info", "ts": 1.5, "msg": "using provided configuration"}
    report = judge(tmp_path, lines([message]) + _content("Caddy", 7), "caddy.log")
    assert census(report, "aside") == {"log line of no request": 1}
    bad = b'1.2.3.4 - - [01/Mar/2026:00:00:00 +0000] "\\x16\\x03\\x01" 400 0 "-" "-"\n'
    report = judge(tmp_path, _content("combined", 7) + bad + b"?\n", "access.log")
    assert census(report, "aside") == {"log line of no request": 1}
    assert sum(census(report, "poisoned").values()) == 1
    assert findings(report) == {}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_is_packed_is_known_by_its_beginning(tmp_path: Path, pack: Any) -> None:
    """Whatever the file is called, it is unpacked."""
    report = judge(tmp_path, pack(_content("combined", 0)), "access.log-20260301")
    assert findings(report) == _MINIMUM


@pytest.mark.parametrize(
    ("head", "tool"), [(b"\x28\xb5\x2f\xfd", "zstd -d"), (b"PK\x03\x04", "unzip")]
)
def test_what_cannot_be_unpacked_here_is_told(tmp_path: Path, head: bytes, tool: str) -> None:
    """The message says what unpacks it."""
    with pytest.raises(UsageError, match=tool):
        judge(tmp_path, head + b"x" * 40, "access.log.zst")
