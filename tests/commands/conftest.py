"""Real runs: the command in a process of its own, against real servers on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clausewise.mock import running
from clausewise.pack import find_pack

from ..guards import FOR_EVER

REPOSITORY = Path(__file__).resolve().parents[2]
TOKEN = "cfat_a-token-that-must-not-be-seen-0123456789"  # noqa: S105  # made up for the tests


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    output: str
    errors: str
    folder: Path

    @property
    def model(self) -> dict[str, Any]:
        """The report it wrote."""
        text = (self.folder / "reports" / "conformance.json").read_text("utf-8")
        model: dict[str, Any] = json.loads(text)
        return model

    @property
    def verdicts(self) -> dict[str, str]:
        """Verdicts by clause."""
        return {clause["id"]: clause["verdict"] for clause in self.model["clauses"]}

    @property
    def findings(self) -> set[str]:
        """Ids of the clauses that fail the run."""
        return {
            clause["id"]
            for clause in self.model["clauses"]
            if clause["verdict"] in ("violated", "lenient", "strict") and not clause["soft"]
        }


Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `python -m …` in a fresh folder, at 100 columns."""

    def run(*words: str, module: str = "clausewise", **environment: str) -> Result:
        env = {key: value for key, value in os.environ.items() if key != "CLOUDFLARE_API_TOKEN"}
        # Without byte code on disk, pytest rewrites every plugin's asserts in every single run.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env |= {"COLUMNS": "100", "PYTHONUTF8": "1", **environment}
        done = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", module, *words],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=FOR_EVER,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr, tmp_path)

    return run


Change = Callable[[dict[str, Any], int, dict[str, Any]], tuple[int, dict[str, Any]]]


class Server:
    """The pack's mock with its replies changed, and counts of the requests it got.

    `made` are the recordings that it started, each of which a run takes back with one request.
    """

    def __init__(self, change: Change) -> None:
        self.requests = 0
        self.made = 0
        self._change = change
        self.pack = find_pack(str(REPOSITORY))
        self._mock = self.pack.mock()

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer as the mock does, but for the change."""
        self.requests += 1
        received = b""
        sent: list[dict[str, Any]] = []

        async def listen() -> dict[str, Any]:
            nonlocal received
            message = await receive()
            received += message.get("body", b"")
            return message

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._mock(scope, listen, keep)
        content = b"".join(message.get("body", b"") for message in sent[1:])
        try:
            asked = json.loads(received)
        except ValueError:
            asked = {}
        answer = json.loads(content)
        status, answer = self._change(
            asked if isinstance(asked, dict) else {}, sent[0]["status"], answer
        )
        self.made += scope["method"] == "POST" and status == 200
        body = json.dumps(answer).encode()
        headers = [(name, value) for name, value in sent[0]["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _unchanged(
    asked: dict[str, Any], status: int, answer: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    return status, answer


@pytest.fixture
def conforming() -> Iterator[tuple[str, Server]]:
    """The URL of a mock that keeps the contract, and its counter."""
    server = Server(_unchanged)
    with running(server) as url:
        yield url, server


def no_session(
    asked: dict[str, Any], status: int, answer: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Leave the session id of a start out, and refuse portrait videos."""
    video = asked.get("video_config")
    if isinstance(video, dict) and video.get("height") == 1920 and status == 200:
        return 422, {"success": False, "error": {"code": 422, "message": "too high"}}
    if status == 200 and "meeting_id" in asked:
        answer["data"].pop("session_id", None)
    return status, answer


@pytest.fixture
def broken() -> Iterator[str]:
    """The URL of a mock with two faults."""
    with running(Server(no_session)) as url:
        yield url
