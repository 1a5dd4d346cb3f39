"""The published schema and what it rejects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clausewise.report import validate_model
from clausewise.report.validation import read_schema

from .sample import sample

Model = dict[str, Any]


def test_schema_is_a_schema() -> None:
    """The published schema is itself valid JSON Schema 2020-12."""
    Draft202012Validator.check_schema(read_schema())


def test_sample_is_valid() -> None:
    """A whole report has nothing wrong with it."""
    assert validate_model(sample()) == []


def test_least_is_valid() -> None:
    """A report of a run that reached nothing, without the optional member, is valid."""
    model = sample()
    del model["created"]
    model.update(clauses=[], exchanges=[], undocumented=[])
    model["summary"] = dict.fromkeys(model["summary"], 0)
    model["run"].update(complete=False, stopped_because="the target is unreachable", requests=0)
    model["target"] = {"base_url": None, "kind": "in-process"}

    assert validate_model(model) == []


BREACHES: dict[str, Callable[[Model], Any]] = {
    "unknown version": lambda m: m.update(schema_version=3),
    "no target": lambda m: m.pop("target"),
    "unknown member": lambda m: m.update(extra=1),
    "unknown verdict": lambda m: m["clauses"][0].update(verdict="green"),
    "unknown group": lambda m: m["clauses"][0].update(group="misc"),
    "id without a part": lambda m: m["clauses"][0].update(id="start_recording"),
    "pointer without slash": lambda m: m["clauses"][0].update(pointer="meeting_id"),
    "no waiver expiry": lambda m: m["clauses"][4]["waived"].pop("expires"),
    "line nought": lambda m: m["clauses"][0]["source"].update(line=0),
    "no promise": lambda m: m["clauses"][0].update(promise=""),
    "unexercised without reason": lambda m: m["clauses"][8].update(message=""),
    "violated without evidence": lambda m: m["clauses"][6].update(evidence=[]),
    "incomplete without reason": lambda m: m["run"].update(complete=False),
    "time without zone": lambda m: m["run"].update(started="2026-10-03T08:12:01"),
    "failing on upheld": lambda m: m["run"].update(fail_on=["upheld"]),
    "header of one": lambda m: m["exchanges"][0]["request"].update(headers=[["Accept"]]),
    "unknown expectation": lambda m: m["exchanges"][0].update(expect="ok"),
    "negative count": lambda m: m["summary"].update(upheld=-1),
    "miscounted": lambda m: m["summary"].update(upheld=7),
    "id twice": lambda m: m["clauses"][1].update(id=m["clauses"][0]["id"]),
    "evidence not on record": lambda m: m["exchanges"].pop(0),
}


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES)
def test_breach_is_told(breach: Callable[[Model], Any]) -> None:
    """Each way to break the model is told as one problem with its place."""
    model = sample()
    breach(model)

    problems = validate_model(model)

    assert len(problems) == 1
    assert problems[0].startswith("$")
