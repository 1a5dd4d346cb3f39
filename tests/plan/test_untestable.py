"""Clauses that cannot be tested are left alone: no request is made for them, and none is lost."""

from __future__ import annotations

from pathlib import Path

from .making import plan_of, small_pack


def test_a_choice_that_cannot_be_read_costs_no_plan(tmp_path: Path) -> None:
    """A `oneOf` with a format that nobody checks has its reason; what stands around it is sent."""
    user = {"oneOf": [{"type": "null"}, {"type": "string", "format": "snowflake"}]}
    mentions = {
        "type": "object",
        "properties": {"users": {"type": "array", "items": user, "maxItems": 3}},
    }
    schema = {
        "type": "object",
        "properties": {"mentions": {"oneOf": [{"type": "null"}, mentions]}},
    }
    plan = plan_of(small_pack(tmp_path, schema))

    why = plan.unplanned["send:request#/mentions/users/*:oneOf"]
    assert why == "every body that breaks it breaks something else too"
    probed = {probe for case in plan.cases for probe in case.probes}
    assert "send:request#/mentions/users:maxItems" in probed
