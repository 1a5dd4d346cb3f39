"""The journal of a run over HTTP: what a killed run had found out is not lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from clausewise.report import validate_model

from ..conftest import REPOSITORY, Command
from ..guards import FOR_EVER
from .conftest import Server
from .journals import journals_in
from .test_run import FAULTS

HEAD = (
    '{"journal": 3, "policy": {}, "facts": {"pack": "x", "base_url": null, '
    '"seed": 0, "started": "2026-10-03T08:12:01Z", "planned": 0}}\n'
)


def _started(folder: Path, url: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "clausewise", "run", "--base-url", url, *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _lines(path: Path) -> list[Any]:
    return path.read_text("utf-8").splitlines()


def _killed(folder: Path, url: str, exchanges: int, *words: str) -> Path:
    """Start a slow run and kill it once so many exchanges are in its journal."""
    before = set(journals_in(folder))
    process = _started(folder, url, "--rate", "60", *words)
    end = time.monotonic() + FOR_EVER
    try:
        while time.monotonic() < end:
            new = [path for path in journals_in(folder) if path not in before]
            if new and sum('{"exchange"' in line for line in _lines(new[0])) >= exchanges:
                return new[0]
            time.sleep(0.05)
        raise AssertionError("the run wrote no journal")
    finally:
        process.kill()
        process.wait()


def test_a_finished_run_leaves_no_journal(command: Command, broken: str) -> None:
    """Its reports say all that the journal did."""
    result = command("run", "--base-url", broken, "-k", "test_rules or life_cycle")

    assert result.model["run"]["requests"] > 40
    assert journals_in(result.folder) == []


def test_a_killed_run_is_reported_later(command: Command, broken: str, tmp_path: Path) -> None:
    """The findings are there again, with their exchanges; the rest is not reached.

    What the run was to reach is asked of the report as well.
    """
    journal = _killed(tmp_path, broken, 120, "--min", "shape=100")
    result = command("report", str(journal), "--report-dir", "late")

    model = json.loads((tmp_path / "late" / "conformance.json").read_text("utf-8"))
    assert result.code == 1, result.output + result.errors
    assert validate_model(model) == []
    assert not model["run"]["complete"]
    assert model["run"]["stopped_because"] == "the run was cut off; its journal ends here"
    assert model["run"]["requests"] >= 120
    assert [(gate["level"], gate["holds"]) for gate in model["run"]["min"]] == [("shape", False)]
    found = {c["id"]: c for c in model["clauses"] if c["verdict"] in ("violated", "strict")}
    assert "start_recording:200#/data/session_id:required" in found
    assert found.keys() <= FAULTS
    numbers = {exchange["id"] for exchange in model["exchanges"]}
    assert {e["exchange"] for clause in found.values() for e in clause["evidence"]} <= numbers
    last = next(c for c in model["clauses"] if c["id"] == "startTrackRecordingForAMeeting:auth")
    assert (last["verdict"], last["message"]) == (
        "unexercised", "not reached: the run was cut off; its journal ends here",
    )  # fmt: skip


def test_two_runs_in_one_folder_do_not_mix(
    command: Command, conforming: tuple[str, Server], tmp_path: Path
) -> None:
    """Each has a journal of its own; a half-written last line is left out."""
    first = _killed(tmp_path, conforming[0], 5)
    second = _killed(tmp_path, conforming[0], 20)
    assert first != second
    with first.open("a", encoding="utf-8") as file:
        file.write('{"exchange": {"id": 999')

    result = command("report", str(first), "--report-dir", "one")
    assert result.code in (0, 5), result.errors
    one = json.loads((tmp_path / "one" / "conformance.json").read_text("utf-8"))
    assert 5 <= one["run"]["requests"] < 999


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no journal of a run"),
        ("{}\n", "is no journal of a run"),
        ('{"journal": 99}\n', "is no journal of a run"),
        ("[1]\n{}\n", "line 1 is no line of a journal"),
        ('{"journal": 2}\n', "was written by an older version"),
        ('{"journal": 3}\n', "is no journal of a run"),
        (HEAD + "nothing\n{}\n", "line 2 is no line of a journal"),
    ],
)
def test_what_is_no_journal(command: Command, tmp_path: Path, text: str, said: str) -> None:
    """A usage error that names the file."""
    (tmp_path / "odd.jsonl").write_text(text, "utf-8")
    result = command("report", "odd.jsonl", "--pack", str(REPOSITORY))

    assert result.code == 4
    assert "odd.jsonl" in result.errors
    assert said in result.errors
    assert "Traceback" not in result.errors
