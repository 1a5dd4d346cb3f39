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


def test_a_parameter_that_leads_nowhere_costs_no_reply(tmp_path: Path) -> None:
    """One request goes without it, for what comes back; what is documented beside it is kept."""
    parameters = [
        {"$ref": "https://example.com/common.yaml#/thingId"},
        {"name": "x-shop", "in": "header", "required": True, "schema": {"enum": ["north"]}},
    ]
    body = {"type": "object", "required": ["n"], "properties": {"n": {"const": 7}}}
    operation = {"parameters": parameters}
    plan = plan_of(small_pack(tmp_path, body, operation=operation, path="/things/{thingId}"))

    assert [(case.kind, case.expect) for case in plan.cases] == [("odd", "either")]
    assert plan.cases[0].value == {
        "path": {"thingId": "thingId1"},
        "header": {"x-shop": "north"},
        "body": {"n": 7},
    }
    assert plan.lack is not None
    assert "remote documents are not fetched" in plan.lack
    assert plan.unplanned["send:served"] == plan.lack


def test_a_body_that_leads_nowhere_costs_no_reply(tmp_path: Path) -> None:
    """What needs a body that nobody can read is asked once without it."""
    plan = plan_of(small_pack(tmp_path, {"$ref": "gone.json"}, path="/things/{thingId}"))

    assert [(case.kind, case.expect) for case in plan.cases] == [("odd", "either")]
    assert plan.cases[0].value == {"path": {"thingId": "thingId1"}}
    assert "gone.json" in str(plan.lack)
