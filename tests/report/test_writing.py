"""The report files on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import clausewise.report
from clausewise.report import Report, validate_model, write_reports

from .sample import as_report, clause, sample

STATUS = "start_recording:200#/data/status:enum"


def test_files(tmp_path: Path) -> None:
    """Six files are written, into a directory made for them, and nothing else is left there."""
    directory = tmp_path / "new" / "reports"

    paths = write_reports(as_report(sample()), directory)

    endings = ("json", "html", "junit.xml", "md", "sarif", "har")
    names = [f"conformance.{ending}" for ending in endings]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in directory.iterdir()) == sorted(names)
    assert json.loads(paths[0].read_text("utf-8")) == sample()


def test_replaced(tmp_path: Path) -> None:
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


def test_json_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a format cannot be made, the JSON is there, and no half-written file."""

    def broken(report: Report) -> str:
        raise RuntimeError("no page can be made")

    monkeypatch.setattr("clausewise.report.writing.render_html", broken)

    with pytest.raises(RuntimeError, match="no page"):
        write_reports(as_report(sample()), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["conformance.json"]


def test_no_draft_is_left(tmp_path: Path) -> None:
    """A file that cannot be replaced leaves no draft behind."""
    (tmp_path / "conformance.json").mkdir()

    with pytest.raises(OSError, match=r"conformance\.json"):
        write_reports(as_report(sample()), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["conformance.json"]


def test_exported() -> None:
    """What the package exports is sorted and exists."""
    exported = clausewise.report.__all__

    assert exported == sorted(exported)
    assert all(callable(getattr(clausewise.report, name)) for name in exported)


def test_import_is_cheap() -> None:
    """Importing the package loads none of the libraries that only rendering needs."""
    heavy = {"jinja2", "rich", "jsonschema", "xml.etree.ElementTree"}
    program = f"import sys, clausewise.report; print(sorted({heavy!r} & set(sys.modules)))"

    run = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == "[]"
