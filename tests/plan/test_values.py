"""Value classes: the values that a contract invites, and whose keyword each leans on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.values.classes import levels
from clausewise.values.formats import FORMATS
from clausewise.values.values import digest, stable_uuid, written_alike

from .judging import accepted
from .making import plan_of, small, small_pack


def _levels(schema: Any, documented: list[Any] | None = None) -> list[tuple[Any, str]]:
    place = small(schema).model.root
    return [(level.value, level.keyword) for level in levels(place, [], documented or [])]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "boolean"}, [(True, "type"), (False, "type")]),
        ({"type": "boolean", "default": False}, [(False, "type"), (True, "type")]),
        ({"type": "null"}, [(None, "type")]),
        ({"enum": ["a", 1, None]}, [("a", "enum"), (1, "enum"), (None, "type")]),
        ({"const": 5}, [(5, "const")]),
        ({"allOf": [{"enum": [1, 2, 3]}, {"enum": [2, 3, 4]}]}, [(2, "enum"), (3, "enum")]),
        ({"type": "integer", "enum": [1, "x"]}, [(1, "enum")]),
        (
            {"type": "integer", "minimum": 3, "maximum": 9, "default": 5},
            [(5, "type"), (3, "minimum"), (9, "maximum")],
        ),
        (
            {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 9, "examples": [5]},
            [(5, "type"), (4, "exclusiveMinimum"), (8, "exclusiveMaximum")],
        ),
        (
            {"type": "integer", "minimum": 3, "maximum": 14, "multipleOf": 5},
            [(5, "type"), (10, "maximum")],
        ),
        ({"type": "number", "minimum": 0.2, "maximum": 0.8}, [(0.2, "type"), (0.8, "maximum")]),
        (
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            [(0.25, "type"), (0.75, "exclusiveMaximum")],
        ),
        ({"type": "integer"}, [(7, "type"), (0, "type"), (100, "type")]),
        ({"type": "integer", "minimum": 10**30}, [(10**30, "type")]),
        (
            {"type": "string", "format": "ipv4"},
            [("192.0.2.1", "type"), ("255.255.255.255", "format")],
        ),
        ({"type": "string", "pattern": "^[A-Z]+$"}, [("A", "pattern"), ("ABC", "pattern")]),
        ({"type": "object"}, [({}, "type")]),
    ],
)
def test_the_classes_of_a_value(schema: Any, expected: list[Any]) -> None:
    """Documented and default values come first, then both sides of each bound."""
    assert _levels(schema) == expected


def test_the_classes_of_a_string() -> None:
    """A string is plain, empty or least, and long with characters that are not ASCII."""
    plain, empty, long = (value for value, _ in _levels({"type": "string"}))
    assert (plain, empty, len(long)) == ("text-1", "", 256)
    assert not long.isascii()
    found = _levels({"type": "string", "minLength": 2, "maxLength": 9})
    assert [(len(value), keyword) for value, keyword in found[1:]] == [
        (2, "minLength"),
        (9, "maxLength"),
    ]


def test_the_classes_of_an_array() -> None:
    """An array has one item, none or the fewest, and several or the most, of lawful values."""
    found = _levels({"type": "array", "items": {"enum": ["x", "y", "z"]}, "uniqueItems": True})
    assert found == [(["x"], "type"), ([], "type"), (["x", "y", "z"], "*:enum")]
    found = _levels({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3})
    assert [(len(value), keyword) for value, keyword in found] == [(2, "type"), (3, "maxItems")]


def test_documented_values_come_first() -> None:
    """Values of the documents' examples are the plain ones, where they are lawful."""
    assert _levels({"type": "integer", "default": 5}, [8])[0] == (8, "type")
    assert _levels({"type": "integer", "maximum": 7}, [8])[0] != (8, "type")
    assert _levels({"enum": ["a", "b"]}, ["b"])[0] == ("b", "enum")


def test_a_write_only_value_can_be_found_again() -> None:
    """The plain value of a write-only member is long and odd, and always the same."""
    ((value, _), *_) = _levels({"type": "string", "writeOnly": True})
    assert value.startswith("canary-")
    assert len(value) > 15
    assert _levels({"type": "string", "writeOnly": True})[0][0] == value


@pytest.mark.parametrize("form", [name for name, one in FORMATS.items() if one.lawful])
def test_values_of_formats_are_lawful(form: str) -> None:
    """Both validators accept every value that is sent for a format."""
    for value in FORMATS[form].lawful:
        assert accepted({"type": "string", "format": form}, value)


def test_equality_is_that_of_json_text() -> None:
    """True is not 1, 1 is not 1.0, and the order of members does not matter."""
    assert not written_alike(True, 1)
    assert not written_alike(1, 1.0)
    assert written_alike({"a": 1, "b": [None]}, {"b": [None], "a": 1})


def test_names_are_stable() -> None:
    """The same parts give the same digest and UUID in every run."""
    assert digest("a", 1) == digest("a", "1")
    assert digest("a", "b") != digest("ab")
    assert stable_uuid(0, "x") == stable_uuid(0, "x") != stable_uuid(1, "x")
    assert stable_uuid(0, "x")[14] == "4"


def test_each_listed_value_of_a_member_of_items_is_sent(tmp_path: Path) -> None:
    """However long the list is: one that is refused would be missed else."""
    listed = [f"v{number}" for number in range(90)]
    item = {"type": "object", "required": ["c"], "properties": {"c": {"enum": listed}}}
    plan = plan_of(small_pack(tmp_path, {"type": "array", "minItems": 1, "items": item}))
    lawful = [case.body for case in plan.cases if case.expect == "accepted"]
    assert {one["c"] for body in lawful for one in body} == set(listed)
    assert len(lawful) < 12


@pytest.mark.parametrize("pattern", [r"^[A-Z]{2}-[0-9]+$", r"^x[a-z]+\.js$"])
def test_lengths_are_broken_beside_a_pattern(tmp_path: Path, pattern: str) -> None:
    """By texts of the pattern itself, where none that is cut or filled up keeps it."""
    text = {"type": "string", "minLength": 6, "maxLength": 9, "pattern": pattern}
    schema = {"type": "object", "required": ["t"], "properties": {"t": text}}
    plan = plan_of(small_pack(tmp_path, schema))
    probed = {name: case.body for case in plan.cases for name in case.probes}
    assert len(probed["send:request#/t:minLength"]["t"]) < 6
    assert len(probed["send:request#/t:maxLength"]["t"]) > 9
