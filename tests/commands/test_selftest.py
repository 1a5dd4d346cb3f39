"""`clausewise selftest` and `clausewise mock --fault`, as their users see them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import Command

# `tox -e hostile` has it.
pytestmark = pytest.mark.slow

ACTIVE = "get_active_recording"


def test_a_sample_is_scored(command: Command) -> None:
    """The table, the file, and the exit code."""
    result = command("selftest", "--sample", "8", "--seeds", "1", ACTIVE)

    assert result.code == 0, result.output + result.errors
    assert re.search(r"^all +\d+ +\d+ +\d+ +\d+$", result.output, re.MULTILINE)
    assert "0 false alarms under 1 seeds" in result.output
    model = json.loads((result.folder / "reports" / "selftest.json").read_text("utf-8"))
    assert model["summary"]["faults"] == len(model["outcomes"]) >= 8
    assert {outcome["operation"] for outcome in model["outcomes"]} <= {ACTIVE, ""}
    assert {outcome["state"] for outcome in model["outcomes"]} <= {"named", "equivalent"}


def test_only_a_whole_score_is_saved(command: Command) -> None:
    """--save with a sample is a usage error, told before any work."""
    result = command("selftest", "--sample", "1", "--save")

    assert result.code == 4
    assert "--save is for a whole self-test" in result.errors


def test_faults_are_listed_and_served(command: Command) -> None:
    """A line of the list is an option to paste, and a run against that mock names its clause."""
    listed = command("mock", "--list-faults").output.splitlines()
    line = next(line for line in listed if f"{ACTIVE}:200#/data/id:format" in line)
    with subprocess.Popen(  # noqa: S603  # our own command
        [
            sys.executable,
            "-m",
            "clausewise",
            "mock",
            "--port",
            "0",
            *shlex.split(line, comments=True),
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            url = re.search(r"http://\S+", process.stdout.readline())
            assert url is not None
            result = command("run", "--base-url", url[0], "-k", f"{ACTIVE} and reply")
        finally:
            process.terminate()
    assert result.code == 1
    assert result.findings == {f"{ACTIVE}:200#/data/id:format"}


def test_an_unknown_fault_names_near_ones(command: Command) -> None:
    """A usage error with what may have been meant."""
    result = command("mock", "--fault", f"{ACTIVE}:200#/data/id:format")

    assert result.code == 4
    assert "there is no fault" in result.errors
    assert f"{ACTIVE}:200#/data/id:format is broken" in result.errors


def test_a_document_without_operations_tests_nothing(command: Command, tmp_path: Path) -> None:
    """No fault is none that was noticed: it ends like a run of it does."""
    document = "{openapi: 3.1.0, info: {title: Nothing, version: '1'}, paths: {}}"
    (tmp_path / "nothing.yaml").write_text(document, "utf-8")
    result = command("selftest", "--pack", "nothing.yaml")

    assert result.code == 5
    assert "Nothing has no operations, so nothing can be judged" in result.errors
