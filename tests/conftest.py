"""What all rooms share: the repository, its pack, and the command in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from clausewise.cache import VARIABLE
from clausewise.pack import Pack, find_pack

from .guards import FOR_EVER, STEPS, in_time

REPOSITORY = Path(__file__).resolve().parents[1]

# Properties are asked the same examples each time, none kept on disk, and no clock decides.
settings.register_profile(
    "steady",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The pack of this repository."""
    return find_pack(str(REPOSITORY))


@pytest.fixture
def guarded() -> Iterator[None]:
    """A test that would go on for ever fails."""
    with in_time():
        yield


@pytest.fixture
def without_kept_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that was planned comes from the disk."""
    monkeypatch.setenv(VARIABLE, "")


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


def _said_by(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process says until it ends; where it does not, the test fails."""
    for _ in range(STEPS):
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=FOR_EVER / STEPS)
    process.send_signal(signal.SIGABRT)  # it tells where each of its threads is
    output, errors = process.communicate()
    pytest.fail(f"it did not end:\n{output}\n{errors}")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `python -m …` in a fresh folder, at 100 columns."""

    def run(*words: str, module: str = "clausewise", **environment: str) -> Result:
        env = {key: value for key, value in os.environ.items() if key != "CLOUDFLARE_API_TOKEN"}
        # Without byte code on disk, pytest rewrites every plugin's asserts in every single run.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env |= {"COLUMNS": "100", "PYTHONUTF8": "1", **environment}
        with subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-X", "faulthandler", "-m", module, *words],
            cwd=tmp_path,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as process:
            output, errors = _said_by(process)
        return Result(process.returncode, output, errors, tmp_path)

    return run
