"""The JUnit report, as a CI system reads it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from clausewise.report import render_junit

from .sample import as_report, sample

STATUS = "start_recording:200#/data/status:enum"


def _suite(model: dict[str, Any]) -> ET.Element:
    suite = ET.fromstring(render_junit(as_report(model)).encode()).find("testsuite")  # noqa: S314  # our own
    assert suite is not None
    return suite


def _case(suite: ET.Element, identifier: str) -> ET.Element:
    return next(case for case in suite.iter("testcase") if case.get("name") == identifier)


def test_the_suite_counts_its_cases() -> None:
    """The suite counts its cases, failures and skips."""
    suite = _suite(sample())

    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time")}
    assert counts == {
        "tests": "14",
        "failures": "3",
        "errors": "0",
        "skipped": "2",
        "time": "3.214",
    }
    assert len(suite.findall("testcase")) == 14
    assert len(suite.findall("testcase/failure")) == 3
    assert len(suite.findall("testcase/skipped")) == 2


def test_a_finding_is_a_failure() -> None:
    """A finding is a failure with its verdict, evidence and the command that repeats it."""
    case = _case(_suite(sample()), STATUS)
    failure = case.find("failure")

    assert case.get("classname") == "start_recording.reply"
    assert failure is not None
    assert failure.get("type") == "violated"
    assert "six documented statuses" in failure.get("message", "")
    lines = (failure.text or "").splitlines()
    assert 'evidence: exchange 17 value "STARTED"' in lines
    assert lines[-1].startswith("repeat: curl -X POST")


def test_skips_have_a_reason() -> None:
    """Clauses without a verdict are skipped, and say why."""
    reasons = [skip.get("message") for skip in _suite(sample()).iter("skipped")]

    assert reasons == [
        "inconclusive: the only probe was answered with 429, which says nothing of the request",
        "unexercised: no recording could be fetched: the budget of requests was spent",
    ]


def test_waived_and_soft_pass() -> None:
    """Waived and soft deviations pass, with a note."""
    suite = _suite(sample())

    notes = {case.get("name"): case.findtext("system-out") for case in suite.iter("testcase")}
    assert "waived: Ships with the next release (backend, until 2026-11-15)" in (
        notes["start_recording:200#/data/session_id:required"] or ""
    )
    assert "soft: it warns" in (notes["start_recording:rule:R12"] or "")
    assert sum(note is not None for note in notes.values()) == 3


def test_illegal_characters() -> None:
    """Characters that XML cannot hold are spelt out, everything else arrives as it was."""
    model = sample()
    hostile = '\x00\x1b[31m\x9b\ud800\ufffe ]]> <b> & " 😀\nnext'
    for item in model["clauses"]:
        item["message"] = item["promise"] = hostile
        item["evidence"] = [{"exchange": 17, "value": hostile, "note": hostile}]
    model["exchanges"][1]["curl"] = hostile
    model["run"].update(complete=False, stopped_because=hostile)

    failure = _case(_suite(model), STATUS).find("failure")

    assert failure is not None
    spelt = r'\u0000\u001b[31m\u009b\ud800\ufffe ]]> <b> & " 😀\nnext'
    assert failure.get("message") == spelt
    assert f"seen: {spelt}" in (failure.text or "").splitlines()


def test_a_run_that_stopped_early_says_so() -> None:
    """A run that stopped early says so."""
    model = sample()
    model["run"].update(complete=False, stopped_because="interrupted")

    assert _suite(model).findtext("system-err") == "The run is incomplete: interrupted"


def test_a_failure_names_its_cause() -> None:
    """The properties of a test case have the root behind it; a clause that is kept has none."""
    suite = _suite(sample())
    named = {one.get("name"): one.get("value", "") for one in _case(suite, STATUS).iter("property")}

    assert len(named["root"]) == 10
    assert named["cause"].startswith("data.status is one of ")
    assert not list(_case(suite, "start_recording:auth").iter("property"))
