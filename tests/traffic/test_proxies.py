"""Sessions that debugging proxies save: Charles and Fiddler; and logs that begin anywhere."""

from __future__ import annotations

import gzip
import io
import json
from base64 import b64encode
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from clausewise.errors import UsageError

from .lamps import LAMP, census, findings, judge, lines, shown

_DIM = json.dumps({**LAMP, "state": "dim"})
_TEXT = json.dumps(LAMP)
_ENUM = {"show_lamp:200#/state:enum": "violated"}
_MINIMUM = {"show_lamp:path#/id:minimum": "lenient"}
_TYPE = {"name": "Content-Type", "value": "application/json"}


def _charles(text: str = _TEXT, number: int = 7, **changed: Any) -> dict[str, Any]:
    def message(body: Any, **more: Any) -> dict[str, Any]:
        header = {"firstLine": "x", "headers": [{"name": ":path", "value": "/"}, _TYPE]}
        return {"sizes": {"headers": 9, "body": 9}, "header": header, "body": body, **more}

    return {
        "status": "COMPLETE", "method": "GET", "protocolVersion": "HTTP/2.0", "scheme": "https",
        "host": "api.example.net", "port": None, "actualPort": 443, "path": f"/v1/lamps/{number}",
        "query": None, "tunnel": False, "webSocket": False,
        "times": {"start": f"2026-03-0{number % 9 + 1}T10:00:00.250+07:00"},
        "durations": {"total": 12},
        "request": {**message(None), "sizes": {"headers": 9, "body": 0}},
        "response": message({"text": text, "charset": "UTF-8"}, status=200), **changed,
    }  # fmt: skip


def _answered(body: Any, *headers: dict[str, str]) -> dict[str, Any]:
    return {"status": 200, "sizes": {"body": 9}, "body": body,
            "header": {"headers": [_TYPE, *headers]}}  # fmt: skip


_ZIPPED = {"name": "Content-Encoding", "value": "gzip"}
_TWICE = [{**_charles(number=0), "times": {"start": f"2026-03-0{day}T00:00:00Z"}} for day in "12"]
CHARLES: dict[str, tuple[list[dict[str, Any]], dict[str, str]]] = {
    "a breach": ([_charles(_DIM), _charles()], _ENUM),
    "lawful": ([_charles(), _charles(number=8)], {}),
    "a path that is none, accepted twice": (_TWICE, _MINIMUM),
    "a breach in what was sent zipped": (
        [_charles(response=_answered(
            {"encoded": b64encode(gzip.compress(_DIM.encode())).decode()}, _ZIPPED))], _ENUM),
    "what it has decoded": ([_charles(response=_answered({"text": _TEXT}, _ZIPPED))], {}),
    "a body that was not kept": ([_charles(response=_answered(None))], {}),
    "a reply that failed": ([_charles(_DIM[:9], status="FAILED")], {}),
    "no reply": ([_charles(response=None)], {}),
    "a tunnel": ([_charles(_DIM, method="CONNECT", tunnel=True)], {}),
    "another port of another host": (
        [_charles(_DIM, host="127.0.0.1", scheme="http", actualPort=8080)], _ENUM),
}  # fmt: skip


@pytest.mark.parametrize("what", CHARLES)
def test_sessions_of_charles(tmp_path: Path, what: str) -> None:
    """A breach in an exported session is found; what was not kept, or is no exchange, is none."""
    told, expected = CHARLES[what]
    report = judge(tmp_path, json.dumps(told, indent=2).encode(), "session.chlsj")
    assert (findings(report), census(report, "poisoned")) == (expected, {})


def _saz(*sessions: tuple[bytes, bytes | None]) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for number, (asked, replied) in enumerate(sessions, 1):
            archive.writestr(f"raw/{number:02}_c.txt", asked)
            begun = f'<Session><SessionTimers ClientBeginRequest="2026-03-0{number}T00:00:00Z"/>'
            archive.writestr(f"raw/{number:02}_m.xml", begun)
            if replied is not None:
                archive.writestr(f"raw/{number:02}_s.txt", replied)
    return packed.getvalue()


def _asked(number: int = 7) -> bytes:
    return f"GET https://api.example.net/v1/lamps/{number} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def _replied(text: str = _TEXT, head: str = "", body: bytes | None = None) -> bytes:
    start = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n"
    return start.encode() + (text.encode() if body is None else body)


_CONNECT = b"CONNECT api.example.net:443 HTTP/1.1\r\nHost: api.example.net\r\n\r\n"
SAZ: dict[str, tuple[list[tuple[bytes, bytes | None]], dict[str, str]]] = {
    "a breach": ([(_asked(), _replied(_DIM)), (_asked(), _replied())], _ENUM),
    "lawful": ([(_asked(), _replied()), (_asked(8), _replied())], {}),
    "a path that is none, accepted twice": ([(_asked(0), _replied())] * 2, _MINIMUM),
    "a breach in chunks, zipped": ([(_asked(), _replied(
        head="Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(z := gzip.compress(_DIM.encode())), z)))], _ENUM),
    "a body that broke off": ([(_asked(), _replied(_TEXT[:9], "Content-Length: 99\r\n"))], {}),
    "no reply": ([(_asked(), None), (_asked(), b"")], {}),
    "a tunnel": ([(_CONNECT, b"HTTP/1.1 200 Established\r\n\r\n")], {}),
}  # fmt: skip


@pytest.mark.parametrize("what", SAZ)
def test_archives_of_fiddler(tmp_path: Path, what: str) -> None:
    """A breach in a saved archive is found; what broke off, or is no exchange, is none."""
    sessions, expected = SAZ[what]
    report = judge(tmp_path, _saz(*sessions), "session.saz")
    assert (findings(report), census(report, "poisoned")) == (expected, {})


def test_what_is_no_session_of_fiddler_is_told(tmp_path: Path) -> None:
    """A broken session is named and costs itself; another zip file is the user's to unpack."""
    broken = _saz((b"garbage", None), (_asked(), b"HTTP/1.1"), (_asked(), _replied(_DIM)))
    report = judge(tmp_path, broken, "session.saz")
    assert findings(report) == _ENUM
    assert [name.split(":")[1] for name in census(report, "poisoned")] == ["1", "2"]
    with pytest.raises(UsageError, match="no zip file"):
        judge(tmp_path, broken[:900], "session.saz")
    other = io.BytesIO()
    with ZipFile(other, "w") as archive:
        archive.writestr("traffic.har", "{}")
    with pytest.raises(UsageError, match="unzip"):
        judge(tmp_path, other.getvalue(), "traffic.zip")


_WHOLE = lines([shown(1), shown(2, json.loads(_DIM))])
_LINE = b'1.2.3.4 - - [01/Mar/2026:00:00:0%d +0000] "GET /v1/lamps/0 HTTP/1.1" 200 12\n'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (_WHOLE[150:], _ENUM),
        (b"listening on :8080\n\nready\n" + _WHOLE, _ENUM),
        (b"3 -0400] 200 12\n" + _LINE % 1 + _LINE % 2, _MINIMUM),
    ],
)
def test_a_log_may_begin_anywhere(tmp_path: Path, content: bytes, expected: Any) -> None:
    """One that was rotated begins within a line, one of a program with what else it says."""
    report = judge(tmp_path, content, "x.log")
    assert findings(report) == expected
    assert 1 <= sum(census(report, "poisoned").values()) <= 2
