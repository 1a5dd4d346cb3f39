"""`clausewise plan`, `explain`, `replay` and `mock`, as their users see them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from ..conftest import Command
from .conftest import Server

HEIGHT = "start_recording:request#/video_config/height:maximum"


def test_a_plan_is_the_same_to_the_byte(command: Command) -> None:
    """Two processes with other hash seeds, one of them without kept plans, print the same."""
    first = command("plan", PYTHONHASHSEED="1", CLAUSEWISE_CACHE_DIR="")
    second = command("plan", PYTHONHASHSEED="2")

    assert first.code == second.code == 0
    assert first.output == second.output


def test_a_plan_without_search_stays_within_its_budget(command: Command) -> None:
    """200 requests for a start, 450 for all six operations with supplies and scenarios."""
    result = command("plan", "--examples", "0", "--json")
    cases = [json.loads(line) for line in result.output.splitlines()]
    counted = command("plan", "--examples", "0", "--counts").output
    told = re.search(r"^(\d+) requests in all$", counted, re.MULTILINE)

    assert 100 < sum(case["operation"] == "start_recording" for case in cases) <= 200
    assert counted.startswith(f"{len(cases)} requests: ")
    assert told is not None
    assert len(cases) < int(told[1]) <= 450
    assert {case["expect"] for case in cases} == {"accepted", "refused", "either"}


def test_explain_tells_promise_source_and_probe(command: Command) -> None:
    """A clause is explained with its file and line and the request that breaks it."""
    result = command("explain", HEIGHT)

    assert result.code == 0
    assert "/video_config/height is at most 1920" in result.output
    assert "schemas/video_config.yaml:" in result.output
    assert re.search(r'^ +POST /accounts/.*"height":1921', result.output, re.MULTILINE)


def test_explain_shows_where_it_is_written_and_what_the_last_run_found(command: Command) -> None:
    """The line of the document, the verdict of the report that is at hand, and what to try."""
    words = ("--include", "get_one_recording", "--examples", "0")
    assert command("run", *words).code == 0
    result = command("explain", "get_one_recording:200#/data/status:enum")
    assert re.search(r"> +\d+ +enum: \[INVOKED, RECORDING,", result.output)
    assert "last run: upheld" in result.output
    assert re.search(r"kept in \d+ replies", result.output)
    assert "to try: nothing" in result.output
    assert "last run" not in command("explain", HEIGHT, "--report", "gone.json").output


def test_a_request_is_shown_with_all_that_a_server_reads_of_it(
    command: Command, tmp_path: Path
) -> None:
    """Headers, cookies and a form stand below its line; what a terminal acts on is spelt out."""
    file = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["file"], "properties": {"file": file}}
    node = {
        "operationId": "send",
        "parameters": [
            {"name": "sid", "in": "cookie", "required": True, "schema": {"type": "integer"}},
            {"name": "X-No", "in": "header", "required": True, "schema": {"type": "integer"}},
        ],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
        "responses": {"200": {"description": "Done."}},
    }
    about = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps({**about, "paths": {"/send": {"post": node}}}), "utf-8")
    planned = command("plan", "--pack", str(document), "--examples", "0").output
    assert r'\r\nContent-Disposition: form-data; name="file"' in planned
    for line in ("X-No: 7", "Cookie: sid=7", "Content-Type: multipart/form-data"):
        assert f"\n      {line}" in planned
    told = command("explain", "--pack", str(document), "send:request:required").output
    assert "\n    POST /send (no body)\n      X-No: 7\n      Cookie: sid=7\n" in told


def test_explain_suggests_what_was_meant(command: Command) -> None:
    """A misspelt id is a usage error that names the nearest clause."""
    result = command("explain", HEIGHT.replace("height", "hight"))

    assert result.code == 4
    assert HEIGHT in result.errors


def test_replay_tells_fixed_from_still_broken(
    command: Command, broken: str, conforming: tuple[str, Server]
) -> None:
    """Against the same server all is still broken; against a conforming one all is fixed."""
    command("run", "--base-url", broken)
    again = command("replay", "reports/conformance.json")
    fixed = command("replay", "reports/conformance.json", "--base-url", conforming[0])
    one = command("replay", "reports/conformance.json", HEIGHT)

    assert again.code == 1
    assert again.output.count("still broken  start_recording:") == 2
    assert fixed.code == 0
    assert "2 fixed, 0 still broken" in fixed.output
    assert one.code == 1
    assert "0 fixed, 1 still broken" in one.output


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tool": {"name": "other"}}'])
def test_replay_takes_only_reports(command: Command, tmp_path: Path, text: str) -> None:
    """A file that is no report is a usage error that names it."""
    (tmp_path / "odd.json").write_text(text, "utf-8")
    result = command("replay", "odd.json")

    assert result.code == 4
    assert "odd.json" in result.errors
    assert "Traceback" not in result.errors


def test_mock_serves_and_says_where() -> None:
    """The printed URL answers: 401 without a token, in the documented envelope."""
    with subprocess.Popen(
        [sys.executable, "-m", "clausewise", "mock", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            told = process.stdout.readline()
            url = re.search(r"http://\S+", told)
            assert url is not None, told
            reply = httpx.post(f"{url[0]}/accounts/a/realtime/kit/b/recordings", json={})
        finally:
            process.terminate()

    assert reply.status_code == 401
    assert reply.json()["success"] is False
