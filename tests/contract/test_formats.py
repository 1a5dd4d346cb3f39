"""Formats: OpenAPI's own are checked in both validators, and unknown ones prove nothing."""

from __future__ import annotations

from typing import Any

import pytest

from clausewise.contract import ask
from clausewise.contract.compiled import compiled
from clausewise.values.opinions import in_python

from .making import place_of, schema_of

TABLE = [
    ("int8", [-128, 127, "x"], [-129, 128]),
    ("int16", [32767], [32768]),
    ("int32", [-(2**31), 2**31 - 1, 0.5], [2**31, -(2**31) - 1]),
    ("int64", [2**63 - 1, -(2**63)], [2**63, -(2**63) - 1, 1e19]),
    ("uint8", [0, 255], [-1, 256]),
    ("uint64", [2**64 - 1], [2**64, -1]),
    ("double-int", [2**53 - 1], [2**53]),
    ("float", [3.4e38, -3.4e38, 0], [3.5e38, -1e39]),
    ("double", [1.7e308], []),
    ("byte", ["", "YQ==", "YWI=", "YWJj", "+/8=", 5], ["YQ", "YQ=", "_-_-", "YQ==\n", "a b="]),
    ("base64url", ["", "YQ", "YQ==", "_-8", "YWJj"], ["Y", "+/8=", "YQ="]),
    ("date", ["2026-03-01"], ["2026-02-30"]),
]


@pytest.mark.parametrize(("name", "having", "lacking"), TABLE, ids=[row[0] for row in TABLE])
def test_a_format_means_the_same_to_both_validators(
    name: str, having: list[Any], lacking: list[Any]
) -> None:
    """At the edges of each format, inside and outside, also deep within a schema."""
    schema = {"items": {"anyOf": [{"format": name}]}}
    for value in (*having, *lacking):
        assert compiled(schema).is_valid([value]) is (value in having), value
        assert in_python(schema).is_valid([value]) is (value in having), value


@pytest.mark.parametrize("name", ["password", "binary", "commonmark"])
def test_a_format_that_asks_nothing(name: str) -> None:
    """A remark for people is no promise."""
    place = place_of({"type": "string", "format": name}, "reply")
    assert [promise.keyword for promise in place.promises()] == ["type"]


def test_a_format_that_nobody_knows() -> None:
    """Its promise is untestable and says so; what stands beside it is judged."""
    place = place_of({"format": "iban", "maxLength": 3}, "reply")
    (untestable,) = place.untestable
    assert untestable.untestable == "`format` is iban, which nobody checks"
    assert [answer.promise.keyword for answer in ask(place, "no such thing")] == ["maxLength"]
    assert place.notes["format"] == "iban"


@pytest.mark.parametrize(
    ("name", "value", "speaks"),
    [("int32", 5, True), ("int32", "5", False), ("int32", True, False), ("byte", "YQ==", True)],
)
def test_what_a_format_asks_of(name: str, value: Any, speaks: bool) -> None:
    """Formats of numbers ask nothing of texts, and the other way round."""
    (promise,) = place_of({"format": name}).assertions
    assert promise.speaks_of(value) is speaks


def test_constants_that_look_like_formats_stay() -> None:
    """A value with a member `format` is a value."""
    value = {"format": "int32"}
    schema = {"properties": {"a": {"const": value}, "b": {"format": "int32"}}}
    assert compiled(schema).is_valid({"a": value, "b": 1})
    assert not compiled(schema).is_valid({"a": value, "b": 2**40})
    assert schema_of(schema).document == schema
