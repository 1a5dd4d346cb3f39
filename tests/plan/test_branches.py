"""Members whose shape depends on the branch: every branch is sent, all its promises are broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.plan.plan import OperationPlan
from clausewise.values import bodies

from .making import object_of, plan_of, small, small_pack

_COUNT = {"type": "integer", "minimum": 1}
_NAME = {"type": "string", "minLength": 2}
_COUNTED, _NAMED = object_of("count", count=_COUNT), object_of("name", name=_NAME)
_LISTED = {"type": "array", "items": _NAME, "minItems": 1}


def _list_of(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


_TWO = _list_of({"oneOf": [_COUNTED, _NAMED]})


def _either(one: Any, other: Any, *required: str) -> dict[str, Any]:
    """`one` under `data` where `kind` is a, `other` where it is b."""
    return {
        "oneOf": [
            object_of("kind", *required, kind={"enum": ["a"]}, data=one),
            object_of("kind", *required, kind={"enum": ["b"]}, data=other),
        ]
    }


# A choice within one branch of another one: its discriminator alone does not say that it is there.
_FUNCTION = object_of("type", "name", type={"enum": ["function"]}, name=_NAME)
_CALL = object_of(
    "type",
    "by",
    type={"enum": ["call"]},
    by={
        "oneOf": [
            object_of("kind", "data", kind={"enum": ["a"]}, data=_NAMED),
            object_of("kind", "data", "more", kind={"enum": ["b"]}, data=_COUNTED, more=_TWO),
        ]
    },
)

_SHAPES = {
    "two objects": _either(_COUNTED, _NAMED, "data"),
    "optional ones": _either(_COUNTED, _NAMED),
    "the second first": _either(_NAMED, _COUNTED, "data"),
    "an object and a list": _either(_COUNTED, _LISTED, "data"),
    "one name, two types": _either(object_of("it", it=_COUNT), object_of("it", it=_NAME), "data"),
    "two deep": _either(
        object_of("in", **{"in": _COUNTED}), object_of("in", **{"in": _NAMED}), "data"
    ),
    "in a member": object_of("event", event=_either(_COUNTED, _NAMED, "data")),
    "in a list": object_of("events", events={"type": "array", "items": _either(_COUNTED, _NAMED)}),
    "a choice in a branch": object_of("tool", tool={"oneOf": [_FUNCTION, _CALL]}),
    "a choice in a branch of items": object_of(
        tools={"type": "array", "items": {"oneOf": [_FUNCTION, _CALL]}}
    ),
    "two lists": _either(_list_of(_COUNTED), _list_of(_NAMED), "data"),
    "lists of two, or of lists": object_of(
        "data", "kind", kind={"enum": ["a", "b"]}, data={"anyOf": [_TWO, _list_of(_TWO)]}
    ),
    "a text and a list beside another member": {
        "oneOf": [
            object_of("kind", "data", kind={"enum": ["a"]}, data=_NAME),
            object_of("kind", "data", "more", kind={"enum": ["b"]}, data=_TWO, more=_NAMED),
        ]
    },
    "two choices": {"anyOf": [_either(_COUNTED, _NAMED, "data"), object_of("x", x=_COUNT)]},
}


def _kinds(value: Any) -> set[Any]:
    """What `kind` is, anywhere in a value, beside a `data`."""
    if isinstance(value, list):
        return {kind for item in value for kind in _kinds(item)}
    if not isinstance(value, dict):
        return set()
    own = {value["kind"]} if "data" in value and "kind" in value else set()
    return own.union(*map(_kinds, value.values()))


def _plan(folder: Path, schema: Any) -> OperationPlan:
    return plan_of(small_pack(folder, schema))


@pytest.mark.parametrize("name", _SHAPES)
def test_every_branch_is_sent_and_broken(tmp_path: Path, name: str) -> None:
    """With what it has under the shared name, and no clause is left without a request."""
    plan = _plan(tmp_path, _SHAPES[name])
    sent = [case.body for case in plan.cases if case.expect == "accepted" and case.kind == "pairs"]
    sent += [case.body for case in plan.cases if case.kind == "example"]
    assert {"a", "b"} <= _kinds(sent)
    assert plan.unplanned == {}


def test_too_many_shapes_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is too large with all of them is planned with the first."""
    schema = _either(_COUNTED, _NAMED, "data")
    whole = small(schema).model.factors
    assert {"/data/count", "/data/name"} <= set(whole)
    levels = sum(len(factor.levels) for factor in whole.values())
    monkeypatch.setattr(bodies, "MOST_LEVELS", levels - 1)
    least = small(schema)
    assert "/data/count" in least.model.factors
    assert "/data/name" not in least.model.factors
    assert least.model.view(least.least or {}) == {"kind": "a", "data": {"count": 1}}
