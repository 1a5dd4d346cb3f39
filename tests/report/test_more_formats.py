"""CTRF and GitLab's Code Quality: the same results in the words of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from clausewise.__main__ import main
from clausewise.report import write_reports
from clausewise.report.code_quality import code_quality_of
from clausewise.report.ctrf import ctrf_of

from .sample import as_report, clause, sample

STATUS = "start_recording:200#/data/status:enum"
SOFT = "start_recording:rule:R12"
WAIVED = "start_recording:200#/data/session_id:required"
_COUNT = {"type": "integer", "minimum": 0}
# What ctrf.io's schema asks for of the parts that we write.
CTRF = {
    "type": "object",
    "required": ["results", "reportFormat", "specVersion"],
    "properties": {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$"},
        "generatedBy": {"type": "string"},
        "results": {
            "required": ["tool", "summary", "tests"],
            "properties": {
                "tool": {"required": ["name"]},
                "summary": {
                    "required": [
                        "tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"
                    ],
                    "properties": {"extra": {"type": "object"}},
                    "additionalProperties": _COUNT,
                },
                "tests": {
                    "type": "array",
                    "items": {
                        "required": ["name", "status", "duration"],
                        "properties": {
                            "name": {"type": "string", "minLength": 1},
                            "status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
                            "duration": _COUNT,
                            "rawStatus": {"type": "string"},
                            "suite": {"items": {"type": "string"}, "minItems": 1},
                            "type": {"type": "string"},
                            "filePath": {"type": "string"},
                            "line": _COUNT,
                            "message": {"type": "string"},
                            "extra": {"type": "object"},
                        },
                        "additionalProperties": False,
                    },
                },
                "environment": {"type": "object"},
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}  # fmt: skip


def _ctrf(model: dict[str, Any]) -> Any:
    document = ctrf_of(as_report(model))
    problems = [error.message for error in Draft202012Validator(CTRF).iter_errors(document)]
    assert problems == []
    return document["results"]


def test_every_clause_is_a_test_of_ctrf() -> None:
    """Findings failed, what has no verdict was skipped, what is waived or soft is other."""
    results = _ctrf(sample())
    tests = {test["name"]: test for test in results["tests"]}
    summary = results["summary"]

    assert list(tests) == [one["id"] for one in sample()["clauses"]]
    assert tests[STATUS]["status"] == "failed"
    assert (tests[STATUS]["filePath"], tests[STATUS]["line"]) == ("schemas/recording.yaml", 41)
    assert tests[STATUS]["extra"]["repeat"].startswith("curl ")
    assert [tests[name]["status"] for name in (SOFT, WAIVED)] == ["other", "other"]
    counted = {name: summary[name] for name in ("passed", "failed", "skipped", "pending", "other")}
    assert counted == {"passed": 6, "failed": 3, "skipped": 2, "pending": 0, "other": 3}
    assert summary["tests"] == sum(counted.values()) == len(tests)
    assert summary["stop"] - summary["start"] == 3214


def test_issues_of_code_quality() -> None:
    """Each finding is an issue at its line, with a fingerprint of its own; waived ones are none."""
    issues = code_quality_of(as_report(sample()))

    # What GitLab's parser asks for, by app/validators/json_schemas/codeclimate.json of GitLab.
    for issue in issues:
        texts = (issue["description"], issue["fingerprint"], issue["severity"])
        assert all(isinstance(text, str) and text for text in texts)
        assert isinstance(issue["location"]["path"], str)
        assert isinstance(issue["location"]["lines"]["begin"], int)
    by_name = {issue["check_name"]: issue for issue in issues}
    assert WAIVED not in by_name
    assert by_name[STATUS]["severity"] == "critical"
    assert by_name[SOFT]["severity"] == "minor"
    assert by_name[STATUS]["location"] == {
        "path": "schemas/recording.yaml",
        "lines": {"begin": 41},
    }
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 4


def test_a_fingerprint_outlives_its_line() -> None:
    """An issue is the same when its promise moves; with another verdict it is another."""
    model = sample()
    before = code_quality_of(as_report(model))[0]
    clause(model, STATUS)["source"]["line"] = 99
    moved = code_quality_of(as_report(model))[0]
    clause(model, STATUS)["verdict"] = "lenient"
    other = next(one for one in code_quality_of(as_report(model)) if one["check_name"] == STATUS)

    assert before["fingerprint"] == moved["fingerprint"] != other["fingerprint"]


def test_they_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    """Without a word they are not written; `clausewise report` makes them of a conformance.json."""
    usual = {path.name for path in write_reports(as_report(sample()), tmp_path)}
    assert not any("ctrf" in name or "codequality" in name for name in usual)

    named = ["--report", "ctrf.json,codequality.json", "--report-dir", str(tmp_path / "more")]
    assert main(["report", str(tmp_path / "conformance.json"), *named]) == 1
    written = {path.name for path in (tmp_path / "more").iterdir()}
    assert written == {"conformance.ctrf.json", "conformance.codequality.json"}
    for path in (tmp_path / "more").iterdir():
        json.loads(path.read_text("ascii"))


def test_text_of_the_server_is_spelt_out() -> None:
    """No control character of a server gets into either format."""
    model = sample()
    clause(model, STATUS)["message"] = "\x1b[31m\u202e\ud800"
    texts = [json.dumps(one(as_report(model))) for one in (ctrf_of, code_quality_of)]
    assert all("\\\\u001b[31m" in text for text in texts)
    assert not any("\\u001b[31m" in text.replace("\\\\", "") for text in texts)
