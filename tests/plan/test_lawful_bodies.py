"""Lawful bodies are found, however a schema says what is lawful."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from clausewise.contract.compiled import compiled
from clausewise.pointer import ABSENT
from clausewise.values.finding import values_found
from clausewise.values.opinions import in_python

from ..drawn import anything
from .making import object_of, plan_of, small, small_pack

OPEN: dict[str, Any] = {"type": "object"}
TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
KEYED = {"type": "object", "required": ["id"], "properties": {"id": WHOLE}}
LEAF = {
    "type": "object",
    "required": ["v"],
    "properties": {"v": WHOLE},
    "additionalProperties": False,
}

# Objects that all keep two forms, beside what else is one.
SHUT = {
    "type": "object",
    "properties": {"v": {"oneOf": [TEXT, WHOLE]}},
    "additionalProperties": False,
}
CHOICE = {"oneOf": [OPEN, SHUT, {}]}
NULLED = {"oneOf": [OPEN, SHUT, {"type": "null"}]}

# Each has a lawful value.
SCHEMAS: dict[str, Any] = {
    "a pattern that takes Python for ever": {
        "type": "object", "required": ["uri"],
        "properties": {"uri": {"type": "string", "pattern": "^/([a-z_ ]|[^A-Z])+/x$"}},
    },
    "two ends of a text of one length": {
        "type": "string", "minLength": 12, "maxLength": 12,
        "allOf": [{"pattern": "^ab"}, {"pattern": "yz$"}],
    },
    "a class, a beginning and an end of a text of one length": {
        "type": "string", "minLength": 7, "maxLength": 7,
        "allOf": [{"pattern": "^[A-Z0-9]+$"}, {"pattern": "^K"}, {"pattern": "9$"}],
    },
    "an address with an end of its own": {
        "type": "string", "format": "email", "pattern": r"@corp\.example$", "maxLength": 20,
    },
    "three members of one beginning": {
        "type": "object", "patternProperties": {"^n_": WHOLE}, "additionalProperties": False,
        "minProperties": 3,
    },
    "members that nobody describes, one for the other": {
        "type": "object", "required": ["a"], "dependentRequired": {"a": ["b"], "b": ["c"]},
    },
    # Choices.
    "one of whole and any number": {"oneOf": [WHOLE, {"type": "number"}]},
    "one of number and whole beside a bound": {
        "oneOf": [{"type": "number", "maximum": 9}, WHOLE], "minimum": 3,
    },
    "one of two open shapes": {
        "oneOf": [{**OPEN, "properties": {"a": TEXT}}, {**OPEN, "properties": {"b": TEXT}}]
    },
    "one of three open shapes": {
        "oneOf": [
            {**OPEN, "properties": {"a": TEXT}},
            {**OPEN, "properties": {"b": WHOLE}},
            {**OPEN, "properties": {"c": {"type": "boolean"}}},
        ]
    },
    "one of two shapes that share what they require": {
        "oneOf": [
            {**OPEN, "required": ["kind"], "properties": {"kind": TEXT, "n": WHOLE}},
            {**OPEN, "required": ["kind"], "properties": {"kind": TEXT, "on": {"type": "boolean"}}},
        ]
    },
    "one of, the first asking more": {
        "oneOf": [{**OPEN, "required": ["a"]}, {**OPEN, "required": ["b"]}]
    },
    "two members that no object keeps": {
        **OPEN, "required": ["a", "b"], "properties": {"a": CHOICE, "b": NULLED},
    },
    "four members that no object keeps": {
        **OPEN, "required": list("abcd"),
        "properties": {"a": NULLED, "b": CHOICE, "c": NULLED, "d": CHOICE, "e": SHUT, "f": TEXT},
        "additionalProperties": False,
    },
    "members within members that no object keeps": {
        **OPEN, "required": ["m", "n"], "properties": {
            "m": {**OPEN, "required": ["a", "b"], "properties": {"a": NULLED, "b": CHOICE}},
            "n": {"type": "array", "minItems": 1, "items": {
                **OPEN, "required": ["a", "b"], "properties": {"a": CHOICE, "b": NULLED},
            }},
        },
    },
    "one of texts of two lengths": {
        "oneOf": [{**TEXT, "maxLength": 5}, {**TEXT, "minLength": 3}]
    },
    "one of multiples of 3 and 5": {
        "oneOf": [{**WHOLE, "multipleOf": 5}, {**WHOLE, "multipleOf": 3}]
    },
    "any of, in a closed object": {
        "anyOf": [{**LEAF}, {**LEAF, "required": ["w"], "properties": {"w": TEXT}}]
    },
    "a choice within a choice": {
        "oneOf": [
            {"oneOf": [WHOLE, {"type": "number"}], "minimum": 5},
            {"type": "number", "minimum": 7},
        ]
    },
    "two choices side by side": {
        "allOf": [
            {"oneOf": [{**OPEN, "required": ["a"]}, {**OPEN, "required": ["b"]}]},
            {"oneOf": [{**OPEN, "required": ["b"]}, {**OPEN, "required": ["c"]}]},
        ]
    },
    "a member that is one of two overlapping shapes": {
        **OPEN, "required": ["m"],
        "properties": {
            "m": {
                "oneOf": [{**OPEN, "properties": {"a": TEXT}}, {**OPEN, "properties": {"b": TEXT}}]
            },
        },
    },
    # What is not allowed.
    "not some numbers": {**WHOLE, "not": {"enum": [0, 7, 100]}},
    "not some texts": {**TEXT, "not": {"enum": ["text-1", ""]}},
    "not a text": {"not": TEXT},
    "not what is small": {"type": "number", "not": {"maximum": 1_000}},
    "not with a member": {**OPEN, "required": ["a"], "not": {"required": ["b"]}},
    "not an empty object": {**OPEN, "not": {"maxProperties": 0}},
    "not everything but a range": {**WHOLE, "not": {"not": {"minimum": 40, "maximum": 44}}},
    # Objects with free keys.
    "at least two free members": {**OPEN, "minProperties": 2},
    "at least three free whole numbers": {
        **OPEN, "minProperties": 3, "additionalProperties": WHOLE,
    },
    "at least one member by pattern": {
        **OPEN, "minProperties": 1, "patternProperties": {"^x-[a-z]+$": TEXT},
        "additionalProperties": False,
    },
    "at least two members by two patterns": {
        **OPEN, "minProperties": 2, "patternProperties": {"^n[0-9]$": WHOLE, "^t[0-9]$": TEXT},
        "additionalProperties": False,
    },
    "one named and one free member": {
        **OPEN, "minProperties": 2, "properties": {"a": WHOLE},
    },
    "required, and free keys say what it is": {
        **OPEN, "required": ["a"], "additionalProperties": WHOLE,
    },
    "required, and a pattern says what it is": {
        **OPEN, "required": ["n_a"], "patternProperties": {"^n_": {**WHOLE, "minimum": 5}},
    },
    "names in capitals": {**OPEN, "minProperties": 1, "propertyNames": {"pattern": "^[A-Z]{3}$"}},
    "names of a list": {**OPEN, "minProperties": 2, "propertyNames": {"enum": ["x", "y", "z"]}},
    "short names": {
        **OPEN, "minProperties": 1, "propertyNames": {"maxLength": 2}, "additionalProperties": TEXT,
    },
    "an exact number of members": {**OPEN, "minProperties": 4, "maxProperties": 4},
    # Objects whose members need each other.
    "needs what it needs": {
        **OPEN, "required": ["a"], "properties": {"a": WHOLE, "b": TEXT, "c": TEXT},
        "dependentRequired": {"a": ["b"], "b": ["c"]},
    },
    "a dependent schema": {
        **OPEN, "required": ["a"], "properties": {"a": WHOLE},
        "dependentSchemas": {"a": {"required": ["b"], "properties": {"b": {"const": 3}}}},
    },
    "if and then": {
        **OPEN, "required": ["a"], "properties": {"a": {"enum": [1, 2]}},
        "if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]},
    },
    "if and then a value": {
        **OPEN, "required": ["a", "b"], "properties": {"a": {"enum": ["x"]}, "b": WHOLE},
        "if": {"properties": {"a": {"const": "x"}}},
        "then": {"properties": {"b": {"minimum": 1_000}}},
    },
    "all of, one of it closed": {
        "allOf": [
            {**OPEN, "properties": {"a": WHOLE}, "additionalProperties": False},
            {**OPEN, "properties": {"a": WHOLE, "b": TEXT}},
        ]
    },
    "all of, closed, with what it requires": {
        "allOf": [
            {**OPEN, "required": ["a"], "properties": {"a": WHOLE}, "additionalProperties": False},
            {**OPEN, "properties": {"b": {**TEXT, "default": "x"}}},
        ]
    },
    "unevaluated members": {
        "allOf": [{**OPEN, "required": ["a"], "properties": {"a": WHOLE}}],
        "properties": {"b": TEXT}, "required": ["b"], "unevaluatedProperties": False,
    },
    # Arrays.
    "contains a constant": {"type": "array", "contains": {"const": "x"}, "items": TEXT},
    "contains two": {
        "type": "array", "contains": {**WHOLE, "minimum": 10}, "minContains": 2,
    },
    "contains one, of at least three": {
        "type": "array", "contains": {"const": 1}, "minItems": 3, "items": WHOLE, "maxContains": 1,
    },
    "contains an object": {"type": "array", "contains": KEYED, "items": OPEN},
    "objects that differ": {"type": "array", "minItems": 3, "uniqueItems": True, "items": KEYED},
    "objects that differ in a text of a pattern": {
        "type": "array", "minItems": 4, "uniqueItems": True,
        "items": {
            **OPEN, "required": ["k"], "properties": {"k": {**TEXT, "pattern": "^[a-z]{3}$"}},
        },
    },
    "arrays that differ": {
        "type": "array", "minItems": 3, "uniqueItems": True,
        "items": {"type": "array", "items": WHOLE, "minItems": 1},
    },
    "texts of a format that differ": {
        "type": "array", "minItems": 3, "uniqueItems": True, "items": {**TEXT, "format": "email"},
    },
    "dates that differ": {
        "type": "array", "minItems": 4, "uniqueItems": True, "items": {**TEXT, "format": "date"},
    },
    "texts of a pattern that differ": {
        "type": "array", "minItems": 3, "uniqueItems": True,
        "items": {**TEXT, "pattern": "^[A-Z]{2}$"},
    },
    "by position, and required": {
        "type": "array", "prefixItems": [WHOLE, TEXT], "minItems": 2, "items": False,
    },
    "free items that differ": {"type": "array", "minItems": 3, "uniqueItems": True},
    "an array beside required": {"type": "array", "required": ["a"], "items": WHOLE},
    "an array beside properties": {"type": "array", "properties": {"a": WHOLE}},
    # Keywords of other types.
    "a text beside minItems": {**TEXT, "minItems": 2, "minimum": 5, "required": ["a"]},
    "a number beside maxLength": {"type": "number", "maxLength": 1, "minProperties": 2},
    # Texts.
    "two patterns": {"allOf": [{**TEXT, "pattern": "^a"}, {**TEXT, "pattern": "z$"}]},
    "three patterns": {
        "allOf": [{**TEXT, "pattern": p} for p in ("^[a-z0-9]+$", "[0-9]", "[a-z]{4}")]
    },
    "a capital and small letters": {**TEXT, "pattern": r"^\p{Lu}\p{Ll}+$"},
    "Greek letters": {**TEXT, "pattern": r"^\p{Script=Greek}{2,5}$"},
    "a pattern and a length": {**TEXT, "pattern": "^[a-f0-9]+$", "minLength": 12, "maxLength": 12},
    "a pattern and not one text": {**TEXT, "pattern": "^[ab]$", "not": {"const": "a"}},
    "a short address": {**TEXT, "format": "email", "maxLength": 10},
    "a long address": {**TEXT, "format": "email", "minLength": 40},
    "a short host": {**TEXT, "format": "hostname", "maxLength": 8},
    "a host in a domain": {**TEXT, "format": "hostname", "pattern": r"\.com$"},
    "a date of a year": {**TEXT, "format": "date", "pattern": "^1999-"},
    "a date by one digit": {**TEXT, "format": "date", "pattern": "-3[01]$"},
    "a date of a year that nobody names": {**TEXT, "format": "date", "pattern": "^2017-"},
    "a moment with a beginning and an end": {
        **TEXT, "format": "date-time", "pattern": r"^2017-02-28T.*\.[0-9]{3}Z$",
    },
    "a map by UUIDs": {
        "type": "object", "minProperties": 2, "propertyNames": {"format": "uuid"},
        "additionalProperties": {"type": "string", "minLength": 1},
    },
    "several items of which one is the first": {
        "type": "array", "minItems": 3, "maxContains": 1,
        "contains": {"required": ["first"], "properties": {"first": {"const": True}}},
        "items": {
            "type": "object", "required": ["first", "v"],
            "properties": {"first": {"type": "boolean"}, "v": TEXT},
        },
    },
    "a UUID with a beginning": {**TEXT, "format": "uuid", "pattern": "^dead"},
    "an address with a beginning": {**TEXT, "format": "email", "pattern": "^svc-"},
    "a network": {**TEXT, "format": "ipv4", "pattern": r"^10\.20\."},
    "a time with an offset": {**TEXT, "format": "date-time", "pattern": r"\+02:00$"},
    "a time to the second": {
        **TEXT, "format": "date-time", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$",
    },
    "a URI of a scheme": {**TEXT, "format": "uri", "pattern": "^s3://[a-z]+/"},
    "a short URI": {**TEXT, "format": "uri", "maxLength": 12},
    "a UUID in capitals": {**TEXT, "format": "uuid", "pattern": "^[0-9A-F-]+$"},
    "a long URI": {**TEXT, "format": "uri", "minLength": 80},
    "a password": {
        **TEXT, "pattern": r"^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[!@#$%]).{8,}$",
    },
    # Numbers.
    "between two close bounds": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.01},
    "steps that are not whole": {"type": "number", "minimum": 0.15, "multipleOf": 0.1},
    "cents": {"type": "number", "multipleOf": 0.01},
    "cents from one that doubles divide badly": {
        "type": "number", "multipleOf": 0.01, "minimum": 0.07
    },
    "cents to such a one": {"type": "number", "multipleOf": 0.01, "maximum": 0.07},
    "cents with such an example": {"type": "number", "multipleOf": 0.01, "example": 0.07},
    "items that doubles divide badly": {
        "type": "array", "minItems": 1,
        "items": {"type": "number", "multipleOf": 0.05, "minimum": 0.15, "maximum": 0.35},
    },
    "tenths from three": {"type": "number", "multipleOf": 0.1, "minimum": 0.3},
    "two steps": {"allOf": [{**WHOLE, "multipleOf": 4}, {**WHOLE, "multipleOf": 6}], "minimum": 1},
    "below the least": {**WHOLE, "exclusiveMaximum": -(10**12)},
    # Schemas within themselves.
    "an expression": {
        "$defs": {
            "e": {
                "oneOf": [
                    LEAF,
                    {
                        "type": "object", "required": ["not"],
                        "properties": {"not": {"$ref": "#/$defs/e"}},
                        "additionalProperties": False,
                    },
                ]
            }
        },
        "$ref": "#/$defs/e",
    },
    "a tree that has to branch once": {
        "$defs": {
            "t": {
                "type": "object", "required": ["name"],
                "properties": {
                    "name": TEXT,
                    "left": {"$ref": "#/$defs/t"},
                    "parts": {"type": "array", "items": {"$ref": "#/$defs/t"}},
                },
            }
        },
        "type": "object", "required": ["root"],
        "properties": {"root": {"allOf": [{"$ref": "#/$defs/t"}, {"required": ["left"]}]}},
    },
    "a list that holds one of its kind": {
        "$defs": {
            "n": {
                "type": "object", "required": ["parts"],
                "properties": {
                    "parts": {"type": "array", "items": {"$ref": "#/$defs/n"}, "maxItems": 2}
                },
            }
        },
        "type": "object", "required": ["n"],
        "properties": {
            "n": {
                "allOf": [
                    {"$ref": "#/$defs/n"}, {"properties": {"parts": {"minItems": 1}}},
                ]
            }
        },
    },
}  # fmt: skip


def test_large_numbers_are_lawful_as_doubles_too(tmp_path: Path) -> None:
    """Beside a limit that is no double, and in a list of distinct ones, servers tell them apart."""
    limit = 2**53 + 1
    body = object_of(
        "below", "distinct",
        below={"type": "integer", "exclusiveMaximum": limit},
        distinct={
            "type": "array", "minItems": 3, "uniqueItems": True,
            "items": {"type": "integer", "minimum": limit},
        },
    )  # fmt: skip
    lawful = [
        case.body for case in plan_of(small_pack(tmp_path, body)).cases if case.expect == "accepted"
    ]
    assert lawful
    for one in lawful:
        assert float(one["below"]) < float(limit)
        assert len({float(item) for item in one["distinct"]}) == len(one["distinct"])


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_lawful_body_is_found(tmp_path: Path, name: str, required: bool) -> None:
    """Of each schema, the first body of the plan is lawful in the eyes of both validators.

    Where nobody has to send a body, one is sent all the same.
    """
    schema = SCHEMAS[name]
    here = "#/paths/~1things/post/requestBody/content/application~1json/schema/"
    moved = json.loads(json.dumps(schema).replace("#/$defs/", f"{here}$defs/"))
    body = {"required": required, "content": {"application/json": {"schema": moved}}}
    plan = plan_of(small_pack(tmp_path, {}, operation={"requestBody": body}))
    first = next(case for case in plan.cases if case.body is not ABSENT)
    assert first.expect == "accepted"
    assert compiled(schema).is_valid(first.body)
    assert in_python(schema).is_valid(first.body)


@pytest.mark.parametrize("name", ["one of two open shapes", "two patterns", "contains two"])
def test_the_same_body_every_time(name: str) -> None:
    """A search has the same end however often it is made."""
    ways = [small(SCHEMAS[name]) for _ in range(2)]
    assert ways[0].model.build(ways[0].least or {}) == ways[1].model.build(ways[1].least or {})


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {}},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "object", "required": ["a"], "properties": {"a": {"not": {}}}},
        {"type": "string", "pattern": "^a$", "minLength": 2},
        {"oneOf": [{"type": "integer"}, {"type": "integer"}]},
    ],
)
def test_what_nothing_keeps_has_no_body(schema: Any) -> None:
    """Where no value is lawful, none is made up."""
    assert small(schema).least is None


@pytest.mark.parametrize("form", ["date", "isodate", "full-date"])
def test_a_format_is_looked_for_by_any_of_its_names(form: str) -> None:
    """What else is said of a text is kept by one of the format, also where nobody checks it."""
    place = small({"type": "string", "format": form, "pattern": "^1999"}).model.root
    assert values_found(place) == ["1999-01-01"]


@settings(max_examples=60)
@given(schema=anything())
def test_what_is_found_is_lawful(schema: Any) -> None:
    """Whatever a schema says, the least body that is found keeps it."""
    made = small({"type": "object", "required": ["m"], "properties": {"m": schema}})
    if made.least is not None:
        assert compiled(made.schema).is_valid(made.model.build(made.least))


@pytest.mark.parametrize("inner", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_what_one_part_needs_and_another_forbids(tmp_path: Path, inner: bool, named: bool) -> None:
    """What a closed object needs and does not have, nobody can make: the reason says where."""
    whole = {**object_of("key", "mail", mail={"type": "string"}), "additionalProperties": False}
    if named:
        whole = {**whole, "patternProperties": {"^k": {}}}
    plan = plan_of(small_pack(tmp_path, object_of("it", it=whole) if inner else whole))
    if named:
        assert plan.lack is None
    else:
        at = "/it/key" if inner else "/key"
        why = f"its schema lets nobody make a body: it needs {at}, which another part of it forbids"
        assert plan.lack == why
