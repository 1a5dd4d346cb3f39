"""Asking a value promise by promise: the same answer as validators give, clause by clause."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausewise.contract import ask
from clausewise.contract.compiled import compiled

from ..drawn import anything, requests, values
from .making import place_of, schema_of

_Jsonschema = jsonschema.Draft202012Validator


def _agree(schema: Any, drawn: list[Any]) -> None:
    place = place_of(schema)
    judges = [
        compiled(schema),
        compiled(schema_of(schema).document),
        _Jsonschema(schema, format_checker=_Jsonschema.FORMAT_CHECKER),
    ]
    for value in drawn:
        kept = all(answer.kept for answer in ask(place, value))
        assert [judge.is_valid(value) for judge in judges] == [kept] * 3, (schema, value)


@settings(max_examples=400)
@given(schema=anything(), drawn=st.lists(values(), min_size=2, max_size=5))
def test_answers_agree_with_validators(schema: Any, drawn: list[Any]) -> None:
    """All promises are kept exactly when both validators accept, for any schema and value."""
    _agree(schema, drawn)


@settings(max_examples=200)
@given(schema=requests(), drawn=st.lists(values(), min_size=2, max_size=5))
def test_answers_agree_with_validators_about_requests(schema: Any, drawn: list[Any]) -> None:
    """The same for schemas as request bodies have them."""
    _agree(schema, drawn)


STORE = {
    "type": ["object", "null"],
    "required": ["kind", "name"],
    "properties": {
        "kind": {"type": "string", "enum": ["disk", "cloud"]},
        "name": {"type": "string"},
        "size": {"type": "integer"},
        "key": {"type": "string"},
    },
    "oneOf": [
        {"type": "null"},
        {"type": "object", "required": ["size"], "properties": {"kind": {"const": "disk"}}},
        {
            "type": "object",
            "required": ["key"],
            "properties": {"kind": {"const": "cloud"}, "key": {"minLength": 2}},
        },
    ],
}
ERRORS = {
    "anyOf": [
        {
            "type": "object",
            "required": ["ok", "error"],
            "properties": {"ok": {"type": "boolean"}, "error": {"type": "string"}},
        },
        {
            "type": "object",
            "required": ["ok", "errors"],
            "properties": {
                "ok": {"type": "boolean"},
                "errors": {"type": "array", "items": {"type": "string"}},
            },
        },
    ]
}
SHAPES = {"oneOf": [{"type": "string", "minLength": 2}, {"type": "integer", "minimum": 5}]}


@pytest.mark.parametrize(
    ("schema", "value", "broken"),
    [
        # One breach, one clause: nothing else is asked of a value of a wrong type.
        ({"type": "string", "minLength": 3, "enum": ["abc"]}, 5, [":type"]),
        ({"type": "object", "required": ["a"], "minProperties": 1}, [], [":type"]),
        ({"type": "array", "items": {"type": "string"}, "minItems": 3}, "abc", [":type"]),
        ({"minimum": 1, "multipleOf": 2}, -3, [":minimum", ":multipleOf"]),
        ({"minimum": 1}, True, []),
        ({"type": "integer"}, 1.0, []),
        ({"type": "integer"}, True, [":type"]),
        ({"type": ["string", "null"], "format": "uuid"}, None, []),
        ({"format": "uuid"}, "no", [":format"]),
        # Members, items and free keys, with real indices and names.
        ({"properties": {"a": {"maximum": 1}}}, {"a": 2, "b": 9}, ["/a:maximum"]),
        ({"required": ["a", "b"]}, {"a": 1}, ["/b:required"]),
        ({"items": {"type": "string"}}, ["a", 1, "b", 2], ["/1:type", "/3:type"]),
        (
            {"prefixItems": [{"type": "string"}], "items": {"maximum": 1}},
            [1, 1, 2],
            ["/0:type", "/2:maximum"],
        ),
        (
            {"allOf": [{"prefixItems": [{"maximum": 1}]}, {"items": {"maximum": 2}}]},
            [3, 2],
            ["/0:maximum", "/0:maximum"],
        ),
        ({"prefixItems": [{}], "items": False}, [1, 2], [":items"]),
        ({"additionalProperties": {"maximum": 1}}, {"x/y": 2}, ["/x~1y:maximum"]),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"b": 1},
            [":additionalProperties"],
        ),
        ({"patternProperties": {"^x": {"maximum": 1}}}, {"xa": 2, "a": 2}, ["/xa:maximum"]),
        ({"patternProperties": {"^\\p{L}+$": {"maximum": 1}}}, {"é": 2, "1": 2}, ["/é:maximum"]),
        ({"patternProperties": {"^a$": {"maximum": 1}}}, {"a\n": 2}, []),
        # What only whole values can break.
        ({"uniqueItems": True}, [1, {"a": 1}, {"a": 1}], [":uniqueItems"]),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, [":dependentRequired"]),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, [":propertyNames"]),
        ({"not": {"required": ["a"]}}, {"a": 1}, [":not"]),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1}, [":if"]),
        ({"contains": {"const": 1}, "maxContains": 1}, [1, 1], [":contains"]),
        # A choice whose branches a member tells apart: the branch that is meant is asked.
        (STORE, None, []),
        (STORE, {"kind": "disk", "name": "a", "size": 1}, []),
        (STORE, {"kind": "disk", "name": "a"}, ["/size:required"]),
        (STORE, {"kind": "cloud", "name": "a", "key": "x"}, ["/key:minLength"]),
        (STORE, {"kind": "cloud", "key": "xy"}, ["/name:required"]),
        (STORE, {"kind": "cloud", "name": "a", "key": 5}, ["/key:type"]),
        (STORE, {"kind": "tape", "name": "a", "size": 1}, ["/kind:enum", "/kind:enum"]),
        (STORE, 5, [":type"]),
        # A choice by members: the branch that fits best is asked.
        (ERRORS, {"ok": False, "error": "x"}, []),
        (ERRORS, {"ok": False, "error": 5}, ["/error:type"]),
        (ERRORS, {"ok": False, "errors": ["x", 5]}, ["/errors/1:type"]),
        (ERRORS, {"ok": "no", "error": "x"}, ["/ok:type"]),
        (ERRORS, {"ok": False}, ["/error:required"]),
        (ERRORS, "x", [":type"]),
        # A choice by type: the branch of the value's own type is asked.
        (SHAPES, "a", [":minLength"]),
        (SHAPES, 3, [":minimum"]),
        (SHAPES, None, [":type"]),
        ({"oneOf": [{"minimum": 1}, {"maximum": 5}]}, 3, [":oneOf"]),
        ({"anyOf": [{"minimum": 1}, {"maximum": 5}]}, 3, []),
    ],
)
def test_which_promise_a_value_breaks(schema: Any, value: Any, broken: list[str]) -> None:
    """A value that breaks its schema breaks these promises, at these places, and no others."""
    answers = [answer for answer in ask(place_of(schema), value) if not answer.kept]
    assert [f"{answer.at}:{answer.promise.keyword}" for answer in answers] == broken


def test_answers_carry_values_and_clause_keys() -> None:
    """An answer has the value asked, the pointer where it stands and the key of its clause."""
    place = place_of({"properties": {"list": {"items": {"type": "string"}}}})
    (answer,) = [a for a in ask(place, {"list": ["x", 5]}) if not a.kept]
    assert answer.value == 5
    assert answer.at == "/list/1"
    assert answer.promise.key == ("/list/*", "type")
    assert answer.promise.complaint(5) == '5 is not of type "string"'
    assert answer.promise.complaint("x") == "keeps the promise"


def test_members_left_out_are_not_asked() -> None:
    """A promise of a member that is not there is neither kept nor broken."""
    place = place_of({"properties": {"a": {"type": "string"}}})
    assert list(ask(place, {})) == []
    assert [a.promise.key for a in ask(place, {"a": "x"})] == [("/a", "type")]


def test_a_schema_that_allows_nothing() -> None:
    """A boolean schema is a schema: false allows no value, true any."""
    assert not all(answer.kept for answer in ask(place_of(False), 1))
    assert list(ask(place_of(True), 1)) == []
    member = place_of({"properties": {"gone": False}})
    assert [a.at for a in ask(member, {"gone": 1}) if not a.kept] == ["/gone"]


_A = {"required": ["a"], "properties": {"a": {"type": "integer"}}}
_TWO = {"contains": {"type": "string"}, "minContains": 2}
_IF = {"if": {"required": ["b"]}, "then": {"required": ["c"]}, "properties": {"b": {}, "c": {}}}


@pytest.mark.parametrize(
    ("schema", "value", "broken"),
    [
        ({"allOf": [_A], "unevaluatedProperties": False}, {}, ["required"]),
        ({"allOf": [_A], "unevaluatedProperties": False}, {"a": "x"}, ["type"]),
        (
            {"allOf": [_A], "unevaluatedProperties": False},
            {"a": 1, "z": 2},
            ["unevaluatedProperties"],
        ),
        ({**_IF, "unevaluatedProperties": False}, {"b": 1}, ["if"]),
        (
            {**_IF, "unevaluatedProperties": False},
            {"b": 1, "c": 2, "d": 3},
            ["unevaluatedProperties"],
        ),
        (
            {**_TWO, "unevaluatedItems": {"type": "integer"}},
            ["x"],
            ["contains"],
        ),
        (
            {**_TWO, "unevaluatedItems": {"type": "integer"}},
            ["x", "y", None],
            ["unevaluatedItems"],
        ),
    ],
)  # fmt: skip
def test_what_is_left_over_where_something_else_is_broken(
    schema: Any, value: Any, broken: list[str]
) -> None:
    """What is broken has seen no member, and that is no second breach of what counts the rest."""
    answers = ask(place_of(schema), value)
    assert [answer.promise.keyword for answer in answers if answer.kept is False] == broken
