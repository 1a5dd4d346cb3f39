"""Oddity rows: each holds one lawful oddity wherever it can stand, and nothing else is odd."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from clausewise.pack import Pack
from clausewise.plan.plan import OperationPlan, make_plan
from clausewise.values.oddities import LONG, TEXTS, UNKNOWN, OddityRow, oddity_rows

from ..drawn import requests
from .judging import accepted
from .making import small

FREE = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "short": {"type": "string", "minLength": 1, "maxLength": 20},
        "code": {"type": "string", "pattern": "^[a-z]+$"},
        "kind": {"enum": ["a", "b"]},
        "count": {"type": "integer", "minimum": 1},
        "ratio": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "box": {"type": "object", "properties": {"note": {"type": "string"}}},
        "closed": {"type": "object", "properties": {}, "additionalProperties": False},
    },
}


def _rows(schema: Any, **options: Any) -> dict[str, OddityRow]:
    made = small(schema)
    rows = oddity_rows(made.model, made.isolation.lawful, **options)
    for row in rows:
        assert accepted(schema, row.value)
    return {row.label: row for row in rows}


def test_each_oddity_stands_wherever_it_is_lawful() -> None:
    """Every free text has the oddity of the row, and what has a pattern, format or list has not."""
    rows = _rows(FREE)
    emoji = rows["emoji"]
    assert emoji.at == ("/name", "/short", "/tags", "/box/note")
    assert emoji.value["tags"] == [TEXTS["emoji"]]
    assert emoji.value["box"]["note"] == emoji.value["name"] == TEXTS["emoji"]
    assert emoji.value["short"] == TEXTS["emoji"][:20]
    assert "code" not in emoji.value
    empty = rows["an empty text"]
    assert empty.at == ("/name", "/tags", "/box/note")
    assert empty.value["name"] == ""
    one = rows["one character"]
    assert "/code" in one.at
    assert one.value["code"] == "x"
    long = rows[f"{LONG:,} characters"]
    assert long.at == ("/name", "/tags", "/box/note")
    assert len(long.value["name"]) == LONG
    assert long.soft


def test_numbers_uuids_and_unknown_members_are_rows_of_their_own() -> None:
    """60.0 for a whole number may be taken or not; capitals in UUIDs mean the same."""
    rows = _rows(FREE)
    whole = rows["whole numbers with a fraction of 0"]
    assert (whole.at, whole.expect) == (("/count",), "either")
    assert isinstance(whole.value["count"], float)
    capital = rows["UUIDs in capitals"]
    assert (capital.at, capital.expect, capital.soft) == (("/id",), "accepted", False)
    assert capital.value["id"] == capital.value["id"].upper()
    unknown = rows["unknown members"]
    assert (unknown.at, unknown.soft) == ((f"/{UNKNOWN}",), True)


def test_no_unknown_member_where_others_are_spoken_of() -> None:
    """A closed object has none, and one that says what others are like has no unknown ones."""
    for others in (False, {"type": "string"}):
        rows = _rows({"type": "object", "properties": {}, "additionalProperties": others})
        assert "unknown members" not in rows
    inner = {"type": "object", "properties": {"a": {"type": "integer"}}}
    schema = {"type": "object", "required": ["m"], "properties": {"m": inner}}
    assert _rows(schema)["unknown members"].at == (f"/{UNKNOWN}", f"/m/{UNKNOWN}")


def test_what_the_wire_cannot_carry_is_left_out() -> None:
    """The caller says which values can be sent where, and which have to stay."""
    rows = _rows(FREE, carries=lambda at, value: value != "", fixed=frozenset({"/id"}))
    assert rows["an empty text"].at == ("/tags",)
    assert "UUIDs in capitals" not in rows


def test_a_choice_does_not_lose_the_rest() -> None:
    """Where not all odd values go together, as many as do are in the row."""
    text = {"type": "string"}
    schema = {
        "type": "object",
        "properties": {"a": text, "b": text, "c": text},
        "not": {"required": ["a", "b"]},
    }
    assert _rows(schema)["quotes"].at == ("/a", "/c")


@settings(max_examples=60)
@given(schema=requests())
def test_rows_are_lawful_and_always_the_same(schema: Any) -> None:
    """Of any schema, each row keeps all of it, and comes out the same again."""
    first, again = _rows(schema), _rows(schema)
    assert {label: row.value for label, row in first.items()} == {
        label: row.value for label, row in again.items()
    }


def test_the_pack_has_few_rows(start_recording: OperationPlan) -> None:
    """The bundled operation gets every oddity that there is, in one request each."""
    rows = [case for case in start_recording.cases if case.label.startswith("oddities: ")]
    labels = {case.label.removeprefix("oddities: ") for case in rows}
    others = {"whole numbers with a fraction of 0", "unknown members"}
    assert labels == TEXTS.keys() | others
    assert len(rows) == len(labels)
    quoted = next(case for case in rows if case.label == "oddities: quotes")
    assert quoted.body["storage_config"]["bucket"] == TEXTS["quotes"]
    assert "file_name_prefix" not in quoted.body  # the documents disagree about it


def test_what_is_unknown_goes_over_the_wire(pack: Pack) -> None:
    """A request without a JSON body has no unknown members: nobody would see them."""
    plan = make_plan(pack, operations=["get_one_recording", "get_all_recordings"], examples=0)
    assert not any("unknown members" in case.label for case in plan.cases)


def test_what_the_documents_disagree_about_stays_plain() -> None:
    """An odd value that `x-contested` leaves open is no promise; one that it allows is."""
    contested = {"type": "string", "examples": ["ab"], "x-contested": {"pattern": "^[a-z]+$"}}
    rows = _rows({"type": "object", "properties": {"a": contested, "b": {"type": "string"}}})
    assert rows["quotes"].at == ("/b",)
    assert rows["an empty text"].at == ("/b",)
    assert rows["one character"].at == ("/a", "/b")
