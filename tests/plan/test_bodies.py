"""Bodies as choices: built from levels, read back, looked into and changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from clausewise.contract.compiled import compiled
from clausewise.pointer import ABSENT, look, put
from clausewise.values.values import LEFT_OUT, Level

from ..drawn import requests
from .making import small

NESTED = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "box": {
            "type": ["object", "null"],
            "required": ["w"],
            "properties": {"w": {"type": "integer", "maximum": 9}, "h": {"type": "integer"}},
        },
        "made": {"type": "string", "readOnly": True},
    },
}


def test_factors_are_members() -> None:
    """Each member is a factor, with its container, its levels and whether it may be left out."""
    model = small(NESTED).model
    assert list(model.factors) == ["/id", "/box", "/box/w", "/box/h"]
    assert [f.optional for f in model.factors.values()] == [False, True, False, True]
    assert [f.parent for f in model.factors.values()] == ["", "", "/box", "/box"]
    assert model.factors["/box"].container
    assert [str(level) for level in model.factors["/box"].levels] == ["<present>", "<null>"]


def test_building_fills_in_what_is_required() -> None:
    """What is not assigned is left out, or plain where it is required."""
    model = small(NESTED).model
    null = model.factors["/box"].levels[1]
    assert model.build({}) == {"id": "id-1"}
    assert model.build({"/box": model.factors["/box"].plain}) == {"id": "id-1", "box": {"w": 9}}
    assert model.build({"/box": null}) == {"id": "id-1", "box": None}
    assert model.build({"/id": LEFT_OUT}) == {}
    low = Level("low", 1, "type")
    assert model.build(model.assigned({"/box/h": low})) == {"id": "id-1", "box": {"w": 9, "h": 1}}


def test_reading_back() -> None:
    """A body's levels build the same body; values of no class get a level of their own."""
    model = small(NESTED).model
    for body in ({"id": "id-1"}, {"id": "x", "box": None}, {"id": "", "box": {"w": 4, "h": 7}}):
        levels = model.classify(body)
        assert model.build(levels) == body
    assert model.classify({"id": "x"})["/id"].label == "its own value"
    assert model.classify({"id": "x"})["/box/w"] is LEFT_OUT


@given(schema=requests())
def test_levels_and_bodies_go_both_ways(schema: Any) -> None:
    """For any schema, a body that was built is built again from its own levels."""
    made = small(schema)
    model = made.model
    everything = model.assigned({at: factor.levels[-1] for at, factor in model.factors.items()})
    for assignment in ({}, everything):
        body = model.build(assignment)
        assert model.build(model.classify(body)) == body


@given(schema=requests())
def test_every_level_keeps_its_place(schema: Any) -> None:
    """For any schema, each level of each member is lawful where it stands, and has its own name."""
    model = small(schema).model
    for factor in model.factors.values():
        labels = [level.label for level in factor.levels]
        assert len(labels) == len(set(labels))
        around = model.factors[factor.parent].place if factor.parent else model.root
        # What only branches speak of has the values of each of them.
        if not factor.container and factor.place in around.members.values():
            assert all(compiled(factor.place.schema).is_valid(lv.value) for lv in factor.levels)


BODY = {"a": {"b~/c": [1, {"d": 2}]}, "e": None}


@pytest.mark.parametrize(
    ("at", "value"),
    [
        ("", BODY),
        ("/a/b~0~1c/0", 1),
        ("/a/b~0~1c/1/d", 2),
        ("/e", None),
        ("/e/x", ABSENT),
        ("/a/x", ABSENT),
        ("/a/b~0~1c/2", ABSENT),
        ("/a/b~0~1c/-1", ABSENT),
        ("/a/b~0~1c/x", ABSENT),
    ],
)
def test_looking(at: str, value: Any) -> None:
    """A pointer leads to a value, or to the lack of one."""
    assert look(BODY, at) is value or look(BODY, at) == value


@pytest.mark.parametrize(
    ("at", "value", "after"),
    [
        ("", 5, 5),
        ("/e", 1, {**BODY, "e": 1}),
        ("/f", 1, {**BODY, "f": 1}),
        ("/e", ABSENT, {"a": BODY["a"]}),
        ("/f", ABSENT, BODY),
        ("/a/b~0~1c/0", 9, {**BODY, "a": {"b~/c": [9, {"d": 2}]}}),
        ("/a/b~0~1c/0", ABSENT, {**BODY, "a": {"b~/c": [{"d": 2}]}}),
        ("/a/b~0~1c/2", 9, {**BODY, "a": {"b~/c": [1, {"d": 2}, 9]}}),
        ("/a/b~0~1c/1/d", ABSENT, {**BODY, "a": {"b~/c": [1, {}]}}),
    ],
)
def test_putting(at: str, value: Any, after: Any) -> None:
    """A copy has the value at the pointer, or lacks it; the body itself is left alone."""
    before = repr(BODY)
    assert put(BODY, at, value) == after
    assert repr(BODY) == before


def test_a_value_that_was_put_is_a_copy() -> None:
    """Changing a body afterwards does not change the value that was put into it."""
    value = {"x": [1]}
    made = put({}, "/a", value)
    made["a"]["x"].append(2)
    assert value == {"x": [1]}


@pytest.mark.parametrize(
    ("member", "sent"),
    [
        ({"properties": {"a": {}}}, False),
        ({"type": ["object", "null"], "properties": {"a": {}}}, True),
        ({"anyOf": [{"properties": {"a": {}}, "type": "object"}, {"type": "null"}]}, True),
    ],
)
def test_null_stands_for_an_object_only_where_that_is_said(member: Any, sent: bool) -> None:
    """A schema of members that says no type lets null through, but hardly means it."""
    made = small({"type": "object", "properties": {"m": member}})
    assert any(level.value is None for level in made.model.factors["/m"].levels) is sent
