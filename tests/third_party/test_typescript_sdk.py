"""Cloudflare's TypeScript SDK takes `clausewise mock` for the service, in all six operations."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .serving import ACCOUNT, APP, TOKEN

SCRIPT = Path(__file__).with_name("six_operations.mjs")
Steps = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def steps(mock: str, node_modules: Path) -> Steps:
    """What the SDK gave its caller in each step of the script."""
    done = subprocess.run(  # noqa: S603  # our own script
        ["node", str(SCRIPT), mock, TOKEN, ACCOUNT, APP],  # noqa: S607  # wherever node is
        env={**os.environ, "CLAUSEWISE_NODE_MODULES": str(node_modules)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["step"]: line for line in told}


def recording(steps: Steps, step: str) -> Any:
    """The recording that a step gave."""
    reply = steps[step]["reply"]
    assert reply["success"] is True
    return reply["data"]


def ids(steps: Steps, step: str) -> list[str]:
    """The ids of the recordings that a list gave."""
    return [item["id"] for item in steps[step]["reply"]["data"]]


def test_from_start_to_stop(steps: Steps) -> None:
    """One recording through its whole life: its id in every reply, and every status in turn."""
    statuses = {
        "start": "INVOKED",
        "active": "INVOKED",
        "one, running": "RECORDING",
        "pause": "PAUSED",
        "resume": "RECORDING",
        "stop": "UPLOADING",
        "one, stopped": "UPLOADING",
        "one, stored": "UPLOADED",
    }
    seen = {step: recording(steps, step) for step in statuses}

    assert {step: data["status"] for step, data in seen.items()} == statuses
    names = ("id", "invoked_time", "output_file_name")
    assert len({tuple(data[name] for name in names) for data in seen.values()}) == 1
    assert seen["start"]["output_file_name"].startswith("weekly")
    assert seen["start"]["stopped_time"] is None
    assert seen["one, stored"]["stopped_time"] is not None
    assert seen["one, stored"]["stop_reason"]["reason"] == "API_CALL"
    assert seen["one, stored"]["download_url"].startswith("https://")


@pytest.mark.parametrize(
    ("step", "error", "status"),
    [
        ("start again", "ConflictError", 409),
        ("active after the stop", "NotFoundError", 404),
    ],
)
def test_refusals(steps: Steps, step: str, error: str, status: int) -> None:
    """The SDK throws its error for the status, with RealtimeKit's envelope in it."""
    told = steps[step]["error"]

    assert (told["name"], told["status"]) == (error, status)
    assert told["body"]["success"] is False
    assert told["body"]["error"]["code"] == status


def test_pages(steps: Steps) -> None:
    """Three recordings of a meeting in two pages, upwards; then in one, downwards."""
    started = [recording(steps, step)["id"] for step in ("start", "second", "third")]

    assert ids(steps, "page 1") == started[:2]
    assert ids(steps, "page 2") == started[2:]
    assert ids(steps, "downwards") == started[::-1]
    assert [steps[step]["reply"]["paging"] for step in ("page 1", "page 2")] == [
        {"total_count": 3, "start_offset": 1, "end_offset": 2},
        {"total_count": 3, "start_offset": 3, "end_offset": 3},
    ]


@pytest.mark.parametrize("step", ["two statuses", "not expired"])
def test_filters(steps: Steps, step: str) -> None:
    """A filter keeps the one recording that is stored; several statuses are repeated keys."""
    assert ids(steps, step) == [recording(steps, "start")["id"]]


def test_tracks(steps: Steps) -> None:
    """Participants are recorded one by one, in a recording of its own."""
    track = recording(steps, "track")["recording"]

    assert track["status"] == "INVOKED"
    assert track["output_file_name"].startswith("weekly-1_")
    assert track["id"] != recording(steps, "start")["id"]
