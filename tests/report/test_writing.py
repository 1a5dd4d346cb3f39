"""The report files on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import clausewise.report
from clausewise.errors import UsageError
from clausewise.report import Report, validate_model, write_reports
from clausewise.report.writing import UNFINISHED, check_folder

from .sample import as_report, clause, sample

STATUS = "start_recording:200#/data/status:enum"


def test_six_files_are_written(tmp_path: Path) -> None:
    """Six files are written, into a directory made for them, and nothing else is left there."""
    directory = tmp_path / "new" / "reports"

    paths = write_reports(as_report(sample()), directory)

    endings = ("json", "html", "junit.xml", "md", "sarif", "har")
    names = [f"conformance.{ending}" for ending in endings]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in directory.iterdir()) == sorted(names)
    assert json.loads(paths[0].read_text("utf-8")) == sample()


def test_a_second_report_replaces_the_first(tmp_path: Path) -> None:
    """A second report takes the place of the first."""
    write_reports(as_report(sample()), tmp_path)
    model = sample()
    model["run"]["seed"] = 7

    path, *_ = write_reports(as_report(model), tmp_path)

    assert json.loads(path.read_text("utf-8"))["run"]["seed"] == 7


def test_text_beyond_utf8(tmp_path: Path) -> None:
    """Lone surrogates survive in the JSON, and do not keep the other files from being written."""
    model = sample()
    clause(model, STATUS).update(message="\ud800 ü 😀")

    path, *_ = write_reports(as_report(model), tmp_path)

    raw = path.read_bytes().decode("utf-8")
    assert r"\ud800 ü 😀" in raw
    assert json.loads(raw) == model


def test_numbers_beyond_json(tmp_path: Path) -> None:
    """NaN and infinities become strings: any JSON parser can read the report."""
    model = sample()
    clause(model, STATUS)["evidence"][0]["value"] = [float("nan"), {"a": float("-inf")}, 1.5]

    path, *_ = write_reports(as_report(model), tmp_path)

    written = json.loads(path.read_text("utf-8"), parse_constant=pytest.fail)
    assert clause(written, STATUS)["evidence"][0]["value"] == ["nan", {"a": "-inf"}, 1.5]
    assert validate_model(written) == []


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_files_are_replaced_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one format cannot be made, all files of the run before are there as they were."""
    write_reports(as_report(sample()), tmp_path)
    before = _files(tmp_path)
    model = sample()
    clause(model, STATUS)["message"] = "something else"

    def broken(report: Report) -> str:
        raise RuntimeError("no page can be made")

    monkeypatch.setattr("clausewise.report.html.render_html", broken)

    with pytest.raises(RuntimeError, match="no page"):
        write_reports(as_report(model), tmp_path)

    assert _files(tmp_path) == before


_KILLED = """
import os, sys
from pathlib import Path
from clausewise.report import write_reports
from tests.report.sample import as_report, sample

folder, left = Path(sys.argv[1]), int(sys.argv[2])

def audit(event, arguments):
    global left
    if event == "os.rename" and str(folder) in str(arguments[1]):  # byte code is renamed, too
        left -= 1
        if left < 0:
            os._exit(9)

sys.addaudithook(audit)
write_reports(as_report(sample()), folder)
"""


@pytest.mark.parametrize("renamed", [0, 1, 5, 6])
def test_a_kill_while_reports_are_replaced(tmp_path: Path, renamed: int) -> None:
    """It leaves the old set, the new one, or a note that says that they are mixed."""
    before = {
        path.name: path.stat().st_ino for path in write_reports(as_report(sample()), tmp_path)
    }
    code = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", _KILLED, str(tmp_path), str(renamed)],
        check=False,
        cwd=Path(__file__).parents[2],
    ).returncode

    assert code == (0 if renamed == 6 else 9)
    changed = [name for name in before if (tmp_path / name).stat().st_ino != before[name]]
    assert len(changed) == renamed
    assert all(_files(tmp_path).values())
    note = tmp_path / UNFINISHED
    assert note.exists() is (renamed < 6)
    assert renamed == 6 or "clausewise report JOURNAL" in note.read_text("utf-8")

    write_reports(as_report(sample()), tmp_path)
    assert not note.exists()


def test_a_folder_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    """Before a run: what cannot be written into is told, and nothing is left where it can."""
    check_folder(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        with pytest.raises(UsageError, match="--report-dir"):
            check_folder(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_no_draft_is_left(tmp_path: Path) -> None:
    """A file that cannot be replaced leaves no draft behind."""
    (tmp_path / "conformance.json").mkdir()

    with pytest.raises(OSError, match=r"conformance\.json"):
        write_reports(as_report(sample()), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["conformance.json"]


def test_exports_are_sorted_and_there() -> None:
    """What the package exports is sorted and exists."""
    exported = clausewise.report.__all__

    assert exported == sorted(exported)
    assert all(callable(getattr(clausewise.report, name)) for name in exported)


def test_import_is_cheap() -> None:
    """Importing the package loads none of the libraries that only rendering needs."""
    heavy = {"rich", "jsonschema", "xml.etree.ElementTree"}
    program = f"import sys, clausewise.report; print(sorted({heavy!r} & set(sys.modules)))"

    run = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == "[]"
