"""Schemas that say several things in one place: each is broken by itself, or blamed by itself."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from .services import JSON, TEXT, WHOLE, findings, keeping, members, sending

CARD = {
    **members(["kind"], kind={"enum": ["card", "bank"]}, card=TEXT, iban=TEXT, note=TEXT),
    "if": {"properties": {"kind": {"const": "card"}}},
    "then": {"required": ["card"], "properties": {"card": {"pattern": "^[0-9]{4}$"}}},
    "else": {"required": ["iban"], "properties": {"iban": {"minLength": 4}}},
}
CHAIN = {
    **members(["kind"], kind={"enum": ["a", "b"]}, x=WHOLE, y={"type": "array", "items": TEXT}),
    "allOf": [
        {
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["x"], "properties": {"x": {"minimum": 5}}},
        },
        {
            "if": {"properties": {"kind": {"const": "b"}}},
            "then": {"required": ["y"], "properties": {"y": {"minItems": 1}}},
        },
    ],
}
DEPENDENT = {
    **members([], a=WHOLE, b=WHOLE, c=WHOLE),
    "dependentSchemas": {"a": {"required": ["b"], "properties": {"c": {"minimum": 5}}}},
}
# One value of the member that decides wants another one, one wants none.
DECIDED = {
    **members(["kind"], kind={**TEXT, "enum": ["card", "cash"]}, card=TEXT),
    "if": {"properties": {"kind": {"const": "card"}}, "required": ["kind"]},
    "then": {"required": ["card"]},
    "else": {"not": {"required": ["card"]}},
}
FAR_OFF = {
    **members([], a={**WHOLE}, b=WHOLE),
    "dependentSchemas": {"a": {"required": ["b"], "properties": {"b": {"minimum": 10}}}},
}
NAMED = {
    "type": "object",
    "propertyNames": {"maxLength": 3, "pattern": "^[a-z]+$"},
    "additionalProperties": TEXT,
}
BY_PATTERN = {
    **members(["id"], id=WHOLE),
    "patternProperties": {"^x-": {**TEXT, "maxLength": 3}, "_at$": {**TEXT, "format": "date"}},
}
CLOSED = {**BY_PATTERN, "additionalProperties": False}
TOLD_BY_NAME = {
    "type": "object",
    "patternProperties": {"^x-": {**WHOLE, "maximum": 3}},
    "additionalProperties": {**WHOLE, "maximum": 9},
}
TOLD_WITHIN = {
    "type": "object",
    "patternProperties": {"^x-": members(["a"], a=TEXT), "^y-": members(["a"], a=TEXT)},
    "additionalProperties": members(["a"], a=TEXT),
}
LISTED = members(
    [],
    day={**TEXT, "enum": ["2020-01-01", "2021-01-01"], "format": "date"},
    code={**TEXT, "enum": ["x1", "x2"], "pattern": "^x[0-9]$"},
    step={**WHOLE, "enum": [5, 10], "multipleOf": 5, "maximum": 20},
    size={**TEXT, "const": "aa", "minLength": 2, "maxLength": 2},
)
ROLE = members(["role"], role={"enum": ["owner", "guest"]}, since={**TEXT, "format": "date"})
OWNED = members(
    ["team"],
    team={
        "type": "array",
        "items": ROLE,
        "contains": {"properties": {"role": {"const": "owner"}}, "required": ["role"]},
    },
)
SEEN = members(
    ["u"],
    u={"type": "array", "prefixItems": [TEXT], "contains": WHOLE, "unevaluatedItems": False},
)


def without(schema: Any, at: str) -> Any:
    """A schema without the keyword, or the member, at a pointer."""
    lesser = copy.deepcopy(schema)
    *around, last = at.split("/")
    holder = lesser
    for step in around:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    del holder[last]
    return lesser


@pytest.mark.parametrize("schema", [CARD, CHAIN, DEPENDENT, NAMED, CLOSED, LISTED, OWNED, SEEN])
def test_who_keeps_it_has_no_finding(tmp_path: Path, schema: Any) -> None:
    """A service that checks the whole schema has no finding."""
    assert findings(tmp_path, sending("send", JSON, schema), keeping(schema, bare=True)) == {}


@pytest.mark.parametrize(
    ("schema", "lost", "clause"),
    [
        (CARD, "then/required", ":if"),
        (CARD, "then/properties/card/pattern", ":if"),
        (CARD, "else/required", ":if"),
        (CARD, "else/properties/iban/minLength", ":if"),
        (CARD, "properties/kind/enum", "/kind:enum"),
        (CHAIN, "allOf/0/then/required", ":if"),
        (CHAIN, "allOf/0/then/properties/x/minimum", ":if"),
        (CHAIN, "allOf/1/then/required", ":if"),
        (CHAIN, "allOf/1/then/properties/y/minItems", ":if"),
        (DEPENDENT, "dependentSchemas/a/required", ":dependentSchemas"),
        (DEPENDENT, "dependentSchemas/a/properties", ":dependentSchemas"),
        (DECIDED, "required", "/kind:required"),
        (DECIDED, "properties/kind/enum", "/kind:enum"),
        (FAR_OFF, "properties/a/type", "/a:type"),
        (NAMED, "propertyNames/maxLength", ":propertyNames"),
        (NAMED, "propertyNames/pattern", ":propertyNames"),
        (BY_PATTERN, "patternProperties/^x-/maxLength", "/*:maxLength"),
        (BY_PATTERN, "patternProperties/_at$/format", "/*:format"),
        (CLOSED, "patternProperties/^x-/maxLength", "/*:maxLength"),
        (CLOSED, "patternProperties/_at$/format", "/*:format"),
        (CLOSED, "additionalProperties", ":additionalProperties"),
        (TOLD_BY_NAME, "patternProperties/^x-/maximum", "/*:maximum"),
        (TOLD_BY_NAME, "additionalProperties/maximum", "/*:maximum"),
        (TOLD_BY_NAME, "patternProperties/^x-/type", "/*:type"),
        (TOLD_WITHIN, "patternProperties/^x-/required", "/*/a:required"),
        (TOLD_WITHIN, "patternProperties/^y-/properties/a/type", "/*/a:type"),
        (TOLD_WITHIN, "additionalProperties/required", "/*/a:required"),
        (LISTED, "properties/day/enum", "/day:enum"),
        (LISTED, "properties/code/enum", "/code:enum"),
        (LISTED, "properties/step/enum", "/step:enum"),
        (LISTED, "properties/size/const", "/size:const"),
        (OWNED, "properties/team/contains", "/team:contains"),
        (OWNED, "properties/team/items/required", "/team/*/role:required"),
        (OWNED, "properties/team/items/properties/role/enum", "/team/*/role:enum"),
        (SEEN, "properties/u/unevaluatedItems", "/u:unevaluatedItems"),
    ],
)
def test_each_thing_that_is_said_is_broken(
    tmp_path: Path, schema: Any, lost: str, clause: str
) -> None:
    """A service that checks all but one of the things that a schema says is noticed."""
    service = keeping(without(schema, lost), bare=True)
    found = findings(tmp_path, sending("send", JSON, schema), service)
    assert found == {f"send:request#{clause}": "lenient"}


ITEM = members(
    ["id"],
    id=WHOLE,
    note={**TEXT, "maxLength": 5},
    amount={**WHOLE, "minimum": 1},
    tags={"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2},
    inner=members([], key={**TEXT, "pattern": "^k"}),
)
ROWS = {"type": "array", "items": ITEM, "maxItems": 3}


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(
    ("lesser", "clause"),
    [
        ({"properties": {"note": False}}, "/note:type"),
        ({"properties": {"amount": False}}, "/amount:type"),
        ({"properties": {"tags": False}}, "/tags:type"),
        ({"properties": {"inner": False}}, "/inner:type"),
    ],
)
def test_what_is_refused_of_an_item(tmp_path: Path, lesser: Any, clause: str, depth: int) -> None:
    """A lawful member of an item that is refused is blamed by itself, and no list around it."""
    rows: Any = ROWS
    kept: Any = {**ROWS, "items": {"allOf": [ITEM, lesser]}}
    for _ in range(depth - 1):
        rows, kept = ({**ROWS, "items": members(["rows"], rows=one)} for one in (rows, kept))
    schema, checked = members(["rows"], rows=rows), members(["rows"], rows=kept)
    found = findings(tmp_path, sending("send", JSON, schema), keeping(checked, bare=True))
    assert found == {f"send:request#{'/rows/*' * depth}{clause}": "strict"}


def test_a_limit_within_items(tmp_path: Path) -> None:
    """A nearer limit of a member of an item is told as that of the member."""
    kept = {**ROWS, "items": {"allOf": [ITEM, {"properties": {"note": {"maxLength": 4}}}]}}
    schema, checked = members(["rows"], rows=ROWS), members(["rows"], rows=kept)
    found = findings(tmp_path, sending("send", JSON, schema), keeping(checked, bare=True))
    assert found == {"send:request#/rows/*/note:maxLength": "strict"}


def test_every_value_of_plain_items(tmp_path: Path) -> None:
    """Listed, greatest and empty values of items are sent, also where a list holds few."""
    said = members(
        [],
        few={"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 2, "maxItems": 2},
        counts={"type": "array", "items": {**WHOLE, "minimum": 0, "maximum": 9}},
        most={"type": "array", "items": {"type": ["integer", "null"], "maximum": 9}},
        words={"propertyNames": {"enum": ["en", "de", "fr"]}, "additionalProperties": TEXT},
        marks={"type": "array", "items": {"anyOf": [WHOLE, {"type": "null"}]}},
    )
    kept = copy.deepcopy(said)
    items = {name: one.get("items") for name, one in kept["properties"].items()}
    items["few"]["enum"].remove("c")
    items["counts"]["maximum"] = items["most"]["maximum"] = 8
    kept["properties"]["words"]["propertyNames"]["enum"].remove("fr")
    items["marks"]["anyOf"].pop()
    found = findings(tmp_path, sending("send", JSON, said), keeping(kept, bare=True))
    assert found == {
        "send:request#/few/*:enum": "strict",
        "send:request#/counts/*:maximum": "strict",
        "send:request#/most/*:maximum": "strict",
        "send:request#/words:propertyNames": "strict",
        "send:request#/marks/*:type": "strict",
    }


MIXED = "^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[@$!])[a-zA-Z0-9@$!]{8,20}$"
CODE = r"^(?=.*\d)(?!.*\s).{4,8}$"
NAME = "^(?!admin$|root$)[a-z]{3,9}$"
DOUBLE = "^(?!.*--)[a-z][a-z-]{1,8}[a-z]$"
COLOUR = "^#(?:[0-9a-f]{3}){1,2}$"
DIGITS, LETTERS, VERSION = "^[0-9]{3}$", "^[a-z]+$", "^v?[0-9]+[.][0-9]+$"


@pytest.mark.parametrize(
    ("pattern", "half"),
    [
        (DIGITS, "^[0-9]{3}"),
        (DIGITS, "[0-9]{3}$"),
        (DIGITS, "^.{3}$"),
        (DIGITS, "^[0-9]+$"),
        (LETTERS, "^[a-z]"),
        (LETTERS, "[a-z]$"),
        (LETTERS, "^[a-zA-Z]+$"),
        ("^(?:a|bc)$", "^a|bc$"),
        (VERSION, "^v?[0-9]+[.][0-9]+"),
        (VERSION, "[0-9]+[.][0-9]+$"),
        (COLOUR, "^#[0-9a-f]+$"),
        ("^[A-Z]{2}-[0-9]{1,3}$", "^[A-Z]{2}-[0-9]+$"),
        ("^[^<>]*$", "^.*$"),
        ("^[^@]*$", "^[^<>]*$"),
        ("^[^%]{1,9}$", "^.{1,9}$"),
        *((MIXED, MIXED.replace(part, "")) for part in re.findall(r"\(.*?\)", MIXED)),
        (MIXED, MIXED.replace("{8,20}", "+")),
        (CODE, CODE.replace(r"(?=.*\d)", "")),
        (CODE, CODE.replace(r"(?!.*\s)", "")),
        (CODE, CODE.replace("{4,8}", "{4,}")),
        (NAME, NAME.replace("(?!admin$|root$)", "")),
        (NAME, NAME.replace("admin$|", "")),
        (NAME, NAME.replace("{3,9}", "+")),
        (DOUBLE, DOUBLE.replace("(?!.*--)", "")),
    ],
)
def test_half_of_a_pattern(tmp_path: Path, pattern: str, half: str) -> None:
    """A service that sees begin, end, length or signs alone, or leaves one part out, is noticed."""
    schema, lesser = (members(["a"], a={**TEXT, "pattern": one}) for one in (pattern, half))
    found = findings(tmp_path, sending("send", JSON, schema), keeping(lesser, bare=True))
    assert found == {"send:request#/a:pattern": "lenient"}


def test_every_word_of_a_pattern(tmp_path: Path) -> None:
    """An expression may name words, as a list does: each is sent, and one that is refused told."""
    said = {"kind": "^(json|xml|csv)$", "size": "^(?:S|M|X?L)$", "age": "^v[1234]?$", "a": "^a+$"}
    kept = {"kind": "^(xml|csv)$", "size": "^(?:S|M|L)$", "age": "^v[123]?$", "a": "^a+$"}
    schema, lesser = (
        members([], **{name: {**TEXT, "pattern": one} for name, one in patterns.items()})
        for patterns in (said, kept)
    )
    found = findings(tmp_path, sending("send", JSON, schema), keeping(lesser, bare=True))
    names = ("kind", "size", "age")
    assert found == {f"send:request#/{name}:pattern": "strict" for name in names}


@pytest.mark.parametrize("broken", [False, True])
def test_items_behind_the_first(tmp_path: Path, broken: bool) -> None:
    """A service that looks at the first item of a list alone is noticed."""
    schema = members(["rows"], rows=ROWS, codes={"type": "array", "items": WHOLE, "minItems": 1})
    first = copy.deepcopy(schema)
    for name in schema["properties"]:
        first["properties"][name]["prefixItems"] = [first["properties"][name].pop("items")]
    service = keeping(first if broken else schema, bare=True)
    found = findings(tmp_path, sending("send", JSON, schema), service)
    items = {"send:request#/rows/*:type", "send:request#/codes/*:type"}
    assert items <= found.keys() if broken else not found
    assert all(name.endswith(":type") for name in found)
    assert set(found.values()) <= {"lenient"}
