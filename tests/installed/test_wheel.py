"""The wheel, installed where no checkout is near: it brings all it needs and touches nothing.

`tox -e installed` builds it by way of the sdist. Every command runs in a folder of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

import clausewise

PACK = "bundled:realtimekit_recordings"
CLAUSEWISE = (sys.executable, "-m", "clausewise")
BUNDLED = Path(clausewise.__file__).parent / "packs" / "realtimekit_recordings"
FORMATS = ("har", "html", "json", "junit.xml", "md", "sarif")
REPORTS = {f"conformance.{name}" for name in FORMATS}
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run a command in an empty folder; what it prints is shown when a test fails."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603  # our own command
            words, cwd=tmp_path, env=_environment(), capture_output=True, text=True, check=False
        )
        print(done.stdout, done.stderr)
        return done

    return run


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k != "CLOUDFLARE_API_TOKEN"}
    return kept | {"PYTHONUTF8": "1"}


def _verdicts(folder: Path) -> dict[str, str]:
    model: dict[str, Any] = json.loads((folder / "reports" / "conformance.json").read_text("utf-8"))
    return {clause["id"]: clause["verdict"] for clause in model["clauses"]}


def _contents(folder: Path) -> dict[str, str]:
    """Digests by path, without Python's own byte code."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def untouched() -> Iterator[None]:
    """The bundled pack is after the test what it was before."""
    before = _contents(BUNDLED)
    yield

    assert before
    assert _contents(BUNDLED) == before


@contextmanager
def _mock(folder: Path) -> Iterator[str]:
    process = subprocess.Popen(  # noqa: S603  # our own command
        [*CLAUSEWISE, "mock", "--pack", PACK, "--port", "0"],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = re.search(r"served at (\S+)", process.stdout.readline())
        assert said is not None
        yield said[1]
    finally:
        process.terminate()
        process.communicate()


def test_it_is_the_wheel() -> None:
    """What is tested is an installed copy, not a checkout."""
    assert "site-packages" in clausewise.__file__
    assert BUNDLED.is_dir()


def test_it_brings_one_package() -> None:
    """The wheel brings one package and its own metadata, and nothing else."""
    files = distribution("clausewise").files or []
    # The entry point's script lies outside of site-packages.
    inside = {path.parts[0] for path in files if path.parts[0] != ".."}

    assert inside == {"clausewise", f"clausewise-{clausewise.__version__}.dist-info"}


def test_typed_and_complete() -> None:
    """The marker for type checkers, the report's template and schema, and the pack are there."""
    package = BUNDLED.parents[1]
    names = {
        "py.typed",
        "pack/clausewise.schema.json",
        "report/conformance.schema.json",
        "report/page/page.html",
        "report/page/main.js",
        "packs/realtimekit_recordings/clausewise.yaml",
        "packs/realtimekit_recordings/schemas/openapi.yaml",
        "packs/realtimekit_recordings/contract_tests/test_start_recording.py",
    }

    assert {name for name in names if not (package / name).is_file()} == set()


@pytest.mark.usefixtures("untouched")
def test_a_run_of_the_bundled_pack_upholds_it(command: Command, tmp_path: Path) -> None:
    """A run of the bundled pack upholds its contract and writes its files, here only."""
    done = command(*CLAUSEWISE, "run", "--pack", PACK)
    written = {path.split("/")[0] for path in _contents(tmp_path)}

    assert done.returncode == 0
    assert {path.name for path in (tmp_path / "reports").iterdir()} == REPORTS
    assert written <= {"reports", ".pytest_cache"}
    assert set(_verdicts(tmp_path).values()) <= {"upheld", "unexercised"}


@pytest.mark.usefixtures("untouched")
def test_the_script_tells_its_version(command: Command) -> None:
    """The script `clausewise` stands beside the interpreter and tells its version."""
    done = command(str(Path(sys.executable).with_name("clausewise")), "--version")

    assert (done.returncode, done.stdout) == (0, f"clausewise {clausewise.__version__}\n")


@pytest.mark.usefixtures("untouched")
def test_a_run_plans_what_is_counted(command: Command, tmp_path: Path) -> None:
    """`plan --counts` tells how many requests there are, and a run plans that many."""
    told = command(*CLAUSEWISE, "plan", "--pack", PACK, "--counts")
    command(*CLAUSEWISE, "run", "--pack", PACK)
    model = json.loads((tmp_path / "reports" / "conformance.json").read_text("utf-8"))

    assert told.returncode == 0
    assert told.stdout.endswith(f"{model['run']['planned']} requests in all\n")


@pytest.mark.usefixtures("untouched")
def test_pytest_runs_the_suite_by_its_path(command: Command, tmp_path: Path) -> None:
    """Plain pytest runs the pack's suite by its path, and writes the same report here."""
    by_command = command(*CLAUSEWISE, "run", "--pack", PACK)
    first = _verdicts(tmp_path)
    by_hand = command(
        sys.executable, "-m", "pytest", str(BUNDLED / "contract_tests"), "-p", "no:cacheprovider",
        "--import-mode=importlib", f"--rootdir={tmp_path}",
    )  # fmt: skip

    assert (by_command.returncode, by_hand.returncode) == (0, 0)
    assert re.search(r"\d+ passed", by_hand.stdout)
    assert _verdicts(tmp_path) == first


@pytest.mark.usefixtures("untouched")
def test_the_mock_over_http_gets_the_same_verdicts(command: Command, tmp_path: Path) -> None:
    """The mock served over HTTP gets the verdicts that it gets in process.

    Meetings have other ids over HTTP, and it depends on the id which optional members are shown.
    """
    command(*CLAUSEWISE, "run", "--pack", PACK)
    in_process = _verdicts(tmp_path)
    with _mock(tmp_path) as url:
        done = command(*CLAUSEWISE, "run", "--pack", PACK, "--base-url", url)
    over_http = _verdicts(tmp_path)
    changed = {name for name, verdict in over_http.items() if verdict != in_process[name]}

    assert done.returncode == 0
    assert over_http.keys() == in_process.keys()
    assert {over_http[name] for name in changed} <= {"upheld", "unexercised"}
    assert len(changed) <= len(in_process) // 50
    # Only what a reply may have or not.
    assert {name.partition("#")[0].rpartition(":")[2] for name in changed} <= {"200", "201"}
