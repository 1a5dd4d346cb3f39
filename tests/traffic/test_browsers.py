"""What browsers export: what they answered themselves, or left out, breaks nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from clausewise.errors import UsageError
from clausewise.judging import judge_files
from clausewise.pack import find_pack

from .lamps import EXAMPLE, LAMP, URL, census, findings, judge

_TYPE = {"name": "Content-Type", "value": "application/json"}
_ENUM = {"show_lamp:200#/state:enum": "violated"}
_WITH_A_KEY: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Lamps", "version": "1"},
    "paths": {"/v1/lamps/{id}": {"get": {
        "operationId": "show_lamp",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "X-Version", "in": "header", "required": True, "schema": {"type": "string"}},
        ],
        "responses": {"200": {"description": "It."}},
    }}},
}  # fmt: skip
_NO_VERSION = {"show_lamp:header#/X-Version:required": "lenient"}


def _entry(state: str = "on", request: Any = None, response: Any = None, **more: Any) -> Any:
    text = json.dumps({**LAMP, "state": state})
    content = {"size": len(text), "mimeType": "application/json", "text": text}
    accept = {"name": "Accept", "value": "*/*"}
    return {
        "startedDateTime": "2026-03-01T00:00:00Z",
        "request": {"method": "GET", "url": f"{URL}7", "headers": [accept], **(request or {})},
        "response": {"status": 200, "headers": [_TYPE], "content": content, **(response or {})},
        **more,
    }


def _archive(*entries: Any) -> bytes:
    """An archive with each entry twice, a day later."""
    later = [{**one, "startedDateTime": "2026-03-02T00:00:00Z"} for one in entries]
    return json.dumps({"log": {"version": "1.2", "entries": [*entries, *later]}}).encode()


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (_entry(), _NO_VERSION),
        (_entry(_fromCache="memory"), {}),
        (_entry(response={"_fetchedViaServiceWorker": True}), {}),
        (_entry(request={"headers": [{"name": "Provisional headers are shown", "value": ""}]}), {}),
    ],
    ids=["sent", "cache", "service worker", "provisional headers"],
)  # fmt: skip
def test_headers_that_a_browser_does_not_show(tmp_path: Path, entry: Any, expected: Any) -> None:
    """Of a request that was not sent, or not by the page, it is not known which headers it has."""
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(_WITH_A_KEY))
    path = tmp_path / "x.har"
    path.write_bytes(_archive(entry))
    assert findings(judge_files(find_pack(str(document)), [path])) == expected


def test_parts_of_what_is_no_form_are_not_its_text(tmp_path: Path) -> None:
    """Some tools tell a JSON body by parts alone: what it was like is not known."""
    posted = {"mimeType": "application/json", "params": [{"name": '{"brightness": 101}'}]}
    sent = {"method": "PATCH", "headers": [_TYPE], "postData": posted}
    assert findings(judge(tmp_path, _archive(_entry(request=sent)), "x.har")) == {}


@pytest.mark.parametrize("scheme", ["chrome-extension://", "blob:https://", "FILE://"])
def test_what_no_server_is_asked_for_is_aside(tmp_path: Path, scheme: str) -> None:
    """A browser lists what it loads of its own, too: a path like one of ours is none there."""
    own = _entry("dim", {"url": URL.replace("https://", scheme) + "7"})
    report = judge(tmp_path, _archive(_entry(), own), "x.har")
    assert findings(report) == {}
    assert census(report, "aside") == {"URL that no server is asked for": 2}
    assert report.traffic["exchanges"] == 2


def test_a_redirect_to_https_is_not_of_the_operation(tmp_path: Path) -> None:
    """The same URL by https is what any server sends one to; another place is a breach."""
    sent, kept = {"url": f"{URL}7".replace("https", "http")}, {"size": 0, "text": ""}
    for where, expected in ((f"{URL}7", {}), (f"{URL}8", {"show_lamp:status": "violated"})):
        headers = [{"name": "Location", "value": where}]
        reply = {"status": 301, "headers": headers, "content": kept}
        report = judge(tmp_path, _archive(_entry(request=sent, response=reply)), "x.har")
        assert findings(report) == expected
        assert census(report, "redirect to https") == ({} if expected else {"show_lamp": 2})


def test_archives_that_follow_each_other(tmp_path: Path) -> None:
    """`cat *.har` makes a file whose later archives count as much as the first one."""
    content = _archive(_entry()) + b"\n" + _archive(_entry(), _entry("dim"))
    for name in ("x.har", "x.jsonl"):
        report = judge(tmp_path, content, name)
        assert (findings(report), report.traffic["exchanges"]) == (_ENUM, 6)


def test_what_is_piped(tmp_path: Path) -> None:
    """`-` is the standard input, in any form."""
    words = ["judge", "-", "--pack", str(EXAMPLE), "--report-dir", str(tmp_path)]
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "clausewise", *words], input=_archive(_entry("dim")),
        check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    report = json.loads((tmp_path / "conformance.json").read_bytes())
    assert report["target"]["base_url"] == "recorded traffic: stdin"


def _in_files(state: str, brightness: int, start: str = "") -> dict[str, bytes]:
    """An archive as Playwright writes it, and the files of its bodies, by name."""
    files = {
        f"{start}{'0' * 39}1.json": json.dumps({**LAMP, "state": state}).encode(),
        f"{start}{'0' * 39}2.dat": json.dumps({"brightness": brightness}).encode(),
    }
    replied, sent = files
    posted = {"mimeType": "application/json", "text": "", "params": [], "_file": sent}
    content = {"mimeType": "application/json", "size": len(files[replied]), "_file": replied}
    entry = _entry(
        request={"method": "PATCH", "headers": [_TYPE], "postData": posted},
        response={"content": content},
    )
    return {"har.har": _archive(entry), **files}


@pytest.mark.parametrize("state", ["on", "dim"])
@pytest.mark.parametrize("packed", [False, True], ids=["beside it", "zipped"])
def test_bodies_in_files_of_their_own(tmp_path: Path, packed: bool, state: str) -> None:
    """Playwright attaches bodies: beside an archive, below it, or with it in a zip file."""
    files = _in_files(state, 50 if state == "on" else 101, "" if packed else "parts/")
    path = tmp_path / ("x.zip" if packed else "har.har")
    if packed:
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        (tmp_path / "parts").mkdir()
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
    report = judge_files(find_pack(str(EXAMPLE)), [path])
    broken = {
        "dim_lamp:200#/state:enum": "violated",
        "dim_lamp:request#/brightness:maximum": "lenient",
    }
    assert findings(report) == ({} if state == "on" else broken)
    if state == "dim":
        words = [
            "judge",
            str(tmp_path),
            "--pack",
            str(EXAMPLE),
            "--report-dir",
            str(tmp_path / "r"),
        ]
        done = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "clausewise", *words], check=False, capture_output=True
        )
        assert (done.returncode, b"poisoned" in done.stdout) == (1, False), done.stderr
    assert report.verdicts["dim_lamp:200#/id:type"] == "upheld"
    if packed:
        path.write_bytes(path.read_bytes()[:-30])
        with pytest.raises(UsageError, match="no zip file"):
            judge_files(find_pack(str(EXAMPLE)), [path])


@pytest.mark.parametrize("start", ["../", "/etc/", "a/../../", "gone/"])
def test_a_file_that_is_not_of_the_archive_is_not_read(tmp_path: Path, start: str) -> None:
    """What an archive names elsewhere is nobody's body, and one that is not there is not known."""
    files = _in_files("dim", 101, start)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "x.har").write_bytes(files.pop("har.har"))
    for name, content in files.items():
        (tmp_path / "a" / name.rpartition("/")[2]).write_bytes(content)
        (tmp_path / name.rpartition("/")[2]).write_bytes(content)
    report = judge_files(find_pack(str(EXAMPLE)), [inner / "x.har"])
    assert findings(report) == {}
    assert census(report, "reply without its whole body") == {"dim_lamp": 2}
