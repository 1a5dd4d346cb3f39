"""Rows of value pairs: nothing that can never be sent takes the rest of its row with it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from .making import plan_of, small_pack

_SIZES = {name: {"type": "integer", "minimum": 1} for name in ("x", "y", "z")}


def _closed(*names: str) -> dict[str, Any]:
    members = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": members, "additionalProperties": False}


@pytest.mark.parametrize(
    "member",
    [
        {"allOf": [_closed("a"), _closed("b")]},
        {"allOf": [{"properties": {"a": {"type": "string"}}}, _closed("b")]},
        {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "propertyNames": {"pattern": "^b"},
        },
    ],
)
def test_no_row_is_lost_for_a_member_that_may_never_be_there(tmp_path: Path, member: Any) -> None:
    """One part of an object forbids what another one speaks of; all else is paired as ever."""
    members = {**_SIZES, "odd": member}
    plan = plan_of(small_pack(tmp_path, {"type": "object", "properties": members}))
    rows = [case.body for case in plan.cases if case.kind == "pairs"]
    pairs = {(row.get("x"), row.get("y")) for row in rows}
    assert set(product((1, 100), repeat=2)) <= pairs
    assert not any("a" in row.get("odd", {}) for row in rows)


@pytest.mark.parametrize("form", ["idn-hostname", "iri", "uri-template"])
def test_no_row_is_lost_for_a_value_that_validators_differ_about(tmp_path: Path, form: str) -> None:
    """It is sent by nobody, and what would have stood beside it still is."""
    members = {**_SIZES, "odd": {"type": "string", "format": form}}
    plan = plan_of(small_pack(tmp_path, {"type": "object", "properties": members}))
    rows = [case for case in plan.cases if case.kind == "pairs"]
    pairs = {(row.body.get("x"), row.body.get("y")) for row in rows}
    assert set(product((1, 100), repeat=2)) <= pairs
    assert all(plan.isolation.is_agreed(row.value) for row in rows)
