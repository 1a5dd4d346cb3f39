"""The machine that a run is on: pipes that close, disks that are full, files that may not be."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from clausewise.mock import running
from clausewise.report import validate_model, write_reports

from ..conftest import Command, Result
from ..guards import FOR_EVER
from ..report.sample import as_report, sample
from .conftest import Server
from .test_run import FAULTS, REPORTS

# `tox -e hostile` has it.
pytestmark = pytest.mark.slow

PAGE = 4096
WORDS = ("--examples", "0", "-k", "start_recording")


class Disk:
    """A file system of its own, of which only so much is left as a test says."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._filler = root / "filler"

    def leave(self, room: int | None) -> None:
        """Fill it until so many bytes are left; None empties it."""
        self._filler.unlink(missing_ok=True)
        if room is not None:
            stat = os.statvfs(self.root)
            self._filler.write_bytes(b"x" * (stat.f_bavail * stat.f_frsize - room))


@contextmanager
def _mounted(root: Path) -> Iterator[Disk]:
    root.mkdir()
    done = subprocess.run(  # noqa: S603  # our own command
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(root)],  # noqa: S607  # a tool of the system
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield Disk(root)
    finally:
        subprocess.run(["umount", "-l", str(root)], check=True)  # noqa: S603, S607  # a tool of the system


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small disk of its own."""
    if sys.platform != "linux":
        pytest.skip("only Linux has a tmpfs that can be mounted")
    with _mounted(tmp_path / "disk") as disk:
        yield disk


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_reports_on_a_disk_that_fills_at_every_write(disk: Disk) -> None:
    """Page by page more is left: all reports are those of before, until all are the new ones."""
    folder = disk.root / "reports"
    write_reports(as_report(sample()), folder)
    before = _files(folder)
    model = sample()
    model["tool"]["version"] = "9.9.9"
    failed = 0
    for room in range(0, 8 << 20, PAGE):
        disk.leave(room)
        try:
            write_reports(as_report(model), folder)
        except OSError:
            failed += 1
            assert _files(folder) == before
        else:
            break
    assert failed > len(REPORTS)
    after = _files(folder)
    assert after.keys() == before.keys() == REPORTS
    assert after["conformance.json"] != before["conformance.json"]
    assert json.loads(after["conformance.json"])["tool"]["version"] == "9.9.9"


@pytest.mark.parametrize("pages", [0, 1, 3, 10, 40, 160])
def test_a_run_on_a_full_disk(
    command: Command, broken: str, disk: Disk, tmp_path: Path, pages: int
) -> None:
    """Reports, journal, plans and templates have too little room: 4, a sentence, nothing is lost.

    What was judged is in another folder; the reports of before stay as they were.
    """
    folder = disk.root / "reports"
    before = write_reports(as_report(sample()), folder)
    texts = _files(folder)
    disk.leave(pages * PAGE)
    (tmp_path / "elsewhere").mkdir()
    result = command(
        "run", "--base-url", broken, *WORDS, "--report-dir", str(folder),
        CLAUSEWISE_CACHE_DIR=str(disk.root / "cache"), TMPDIR=str(tmp_path / "elsewhere"),
    )  # fmt: skip
    assert result.code == 4, result.output + result.errors
    assert "Traceback" not in result.output + result.errors
    assert "No space left on device" in " ".join(result.errors.split())
    assert {path.name for path in before} <= _files(folder).keys()
    assert all(_files(folder)[name] == text for name, text in texts.items())
    if pages:
        (kept,) = (tmp_path / "elsewhere").glob("clausewise-*/conformance.json")
        model = json.loads(kept.read_text("utf-8"))
        assert validate_model(model) == []
        assert _findings(model) == FAULTS
        assert str(kept.parent.name) in result.errors.replace("\n", "")


def _findings(model: dict[str, Any]) -> set[str]:
    wrong = ("violated", "lenient", "strict")
    return {c["id"] for c in model["clauses"] if c["verdict"] in wrong and not c["soft"]}


def test_a_cache_without_room(command: Command, disk: Disk, broken: str) -> None:
    """Plans and compiled templates that cannot be kept cost time, and nothing else."""
    disk.leave(0)
    cache = str(disk.root / "cache")
    result = command("run", "--base-url", broken, *WORDS, CLAUSEWISE_CACHE_DIR=cache)
    assert result.code == 1, result.output + result.errors
    assert result.findings == FAULTS
    assert result.errors == ""


@pytest.mark.parametrize("module", ["clausewise", "pytest"])
def test_a_folder_that_cannot_be_used(
    command: Command, conforming: tuple[str, Server], tmp_path: Path, module: str
) -> None:
    """It is found out before the first request."""
    url, server = conforming
    (tmp_path / "file").write_text("")
    if module == "clausewise":
        words = ["run", "--base-url", url, "--report-dir", "file"]
    else:
        suite = str(server.pack.tests)
        words = [suite, "--clausewise-base-url", url, "--clausewise-report-dir", "file/below"]
    result = command(*words, module=module)
    assert result.code == 4, result.output + result.errors
    assert "no report can be written into" in result.output + result.errors
    assert "Traceback" not in result.output + result.errors
    assert server.requests == 0


Limit = Callable[[], None]


def _limited(kind: int, most: int) -> Limit:
    return lambda: resource.setrlimit(kind, (most, most))


def _run(folder: Path, *words: str, limit: Limit | None = None, **rest: Any) -> Result:
    """A run in a process with limits of its own."""
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "clausewise", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", "TMPDIR": str(folder)},
        stdout=rest.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        timeout=FOR_EVER,
        check=False,
        preexec_fn=limit,
    )
    return Result(done.returncode, done.stdout, done.stderr, folder)


def test_files_that_may_not_be_long(broken: str, tmp_path: Path) -> None:
    """With a limit on the size of files: 4, a sentence, and a journal of what went before."""
    limit = _limited(resource.RLIMIT_FSIZE, 40_000)
    result = _run(tmp_path, "run", "--base-url", broken, *WORDS, limit=limit)
    assert result.code == 4, result.errors
    assert "File too large" in " ".join(result.errors.split())
    assert "Traceback" not in result.output + result.errors
    (journal,) = (tmp_path / "reports").iterdir()
    assert f"`clausewise report {journal}` makes them anew in part" in result.errors
    told = _run(tmp_path, "report", str(journal), "--report-dir", "late")
    assert told.code in (0, 1, 5), told.errors


@pytest.mark.parametrize("most", [8, 12, 13, 14, 15, 16])
def test_too_few_files_may_be_open(broken: str, tmp_path: Path, most: int) -> None:
    """Whatever it keeps from going on: no findings are made up, and none is denied."""
    _run(tmp_path, "plan", "--examples", "0", "--counts")
    limit = _limited(resource.RLIMIT_NOFILE, most)
    result = _run(tmp_path, "run", "--base-url", broken, *WORDS, limit=limit)
    assert result.code in (1, 4), result.output + result.errors
    if result.code == 1:
        assert result.findings == FAULTS


@pytest.mark.parametrize("words", [(), ("-v",)], ids=["quiet", "-v"])
def test_a_pipe_that_is_closed(broken: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    """`run | head -1`: the run goes on to its end, the reports are there, the code is not 0."""
    with subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-u", "-m", "clausewise", "run", "--base-url", broken, *WORDS, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        code = process.wait(FOR_EVER)
    assert code == 4, errors
    assert errors.startswith("clausewise: the output could not be written to its end")
    assert "Traceback" not in errors
    model = json.loads((tmp_path / "reports" / "conformance.json").read_text("utf-8"))
    assert _findings(model) == FAULTS
    assert {path.name for path in (tmp_path / "reports").iterdir()} == REPORTS


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("words", [("plan", "--counts"), ("run", *WORDS)])
def test_output_that_goes_nowhere(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A full disk behind standard output is a full disk."""
    with open("/dev/full", "w") as full:
        result = _run(tmp_path, *words, stdout=full)
    assert result.code == 4, result.errors
    assert "No space left on device" in result.errors
    assert "Traceback" not in result.errors


@pytest.mark.parametrize(
    "words",
    [
        ("report", "folder"),
        ("replay", "folder"),
        ("cleanup", "folder"),
        ("run", "--pack", "folder"),
        ("rnu",),
        ("plan", "--sed", "1"),
        ("explain",),
        (),
    ],
)
def test_mistakes_of_all_commands(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Files that are none, commands and options that there are not: 4, and one sentence."""
    (tmp_path / "folder").mkdir()
    result = command(*words)
    assert result.code == 4, result.output + result.errors
    assert result.errors.startswith("clausewise: ")
    assert result.errors.count("\n") == 1
    if words[:1] in (("rnu",), ("plan",)):
        assert "did you mean" in result.errors


def test_workers_leave_no_journal(command: Command, tmp_path: Path) -> None:
    """With pytest-xdist too the journal goes when the reports are there."""
    from .conftest import no_session

    with running(Server(no_session)) as url:
        result = command("run", "--base-url", url, *WORDS, "-n", "2")
    assert result.code == 1, result.output + result.errors
    assert result.findings == FAULTS
    assert {path.name for path in (tmp_path / "reports").iterdir()} == REPORTS
