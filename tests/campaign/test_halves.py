"""Keywords that say several things at once: a service that keeps all has no finding.

Its twin keeps all but one of them, and that is found.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from .odd import RED, hard, operation
from .services import (
    JSON,
    NO,
    OK,
    TEXT,
    WHOLE,
    Answer,
    Asked,
    campaign_of,
    findings,
    keeping,
    keeps,
    members,
    sending,
)

SIZES = {"type": "array", "items": {"enum": ["S", "M", "L", 1, 2, 3]}, "maxItems": 9}
CODES = {"type": "array", "items": TEXT, "uniqueItems": True, "contains": {"pattern": "^A-"}}
PAID = {"type": "object", "required": ["by"], "properties": {"by": {"enum": ["card", "cash"]}}}
IS_CARD = {"properties": {"by": {"const": "card"}}}
IS_CASH = {"properties": {"by": {"const": "cash"}}}
NUMBER = {"properties": {"number": {"type": "string", "pattern": "^[0-9]{8}$"}}}
CARD = {"required": ["number"], **NUMBER}
TILL = {"properties": {"till": {"type": "integer", "minimum": 100}}}
A, B = members(["a"], a=WHOLE), members(["b"], b=TEXT)
NAMED = {
    "type": "object",
    "patternProperties": {"^[a-z]+_id$": WHOLE},
    "additionalProperties": False,
    "propertyNames": {"maxLength": 9},
}


def without(schema: dict[str, Any], *keywords: str) -> dict[str, Any]:
    """A schema without some of its keywords."""
    return {key: value for key, value in schema.items() if key not in keywords}


@pytest.mark.parametrize(
    ("schema", "kept", "keyword"),
    [
        # How many there are at least, and at most.
        (
            {**SIZES, "contains": WHOLE, "minContains": 2},
            {**SIZES, "contains": WHOLE},
            "contains",
        ),
        (
            {**SIZES, "contains": WHOLE, "minContains": 0, "maxContains": 2},
            {**SIZES, "contains": WHOLE, "minContains": 0},
            "contains",
        ),
        ({**CODES, "maxContains": 1}, CODES, "contains"),
        # What is asked where a condition holds, and where it does not.
        ({**PAID, "if": IS_CARD, "then": CARD, "else": TILL}, {**PAID, "if": IS_CARD}, "if"),
        (
            {**PAID, "if": IS_CARD, "then": CARD, "else": TILL},
            {**PAID, "if": IS_CARD, "then": CARD},
            "if",
        ),
        (
            {**PAID, "allOf": [{"if": IS_CARD, "then": CARD}, {"if": IS_CASH, "then": TILL}]},
            {**PAID, "allOf": [{"if": IS_CARD, "then": CARD}]},
            "if",
        ),
        # Each member that goes with another one.
        (
            {"type": "object", "dependentRequired": {"to": ["from"], "zone": ["to"]}},
            {"type": "object", "dependentRequired": {"to": ["from"]}},
            "dependentRequired",
        ),
        (
            {"type": "object", "dependentSchemas": {"x": B, "y": A}},
            {"type": "object", "dependentSchemas": {"x": B}},
            "dependentSchemas",
        ),
        # One branch at least, and one at most.
        ({"oneOf": [A, B]}, {"anyOf": [A, B]}, "oneOf"),
        (
            {"oneOf": [WHOLE, {"type": "number", "minimum": 5}]},
            {"anyOf": [WHOLE, {"type": "number", "minimum": 5}]},
            "oneOf",
        ),
        # Names that are wrong for one reason alone.
        (NAMED, without(NAMED, "additionalProperties"), "additionalProperties"),
        (NAMED, without(NAMED, "propertyNames"), "propertyNames"),
        (
            {"type": "object", "propertyNames": {"pattern": "^[A-Z]{2}$"}},
            {"type": "object"},
            "propertyNames",
        ),
        # Values that are wrong, though not in their kind.
        ({"const": 7}, WHOLE, "const"),
        ({"enum": [10, 20]}, {"type": "number"}, "enum"),
        ({"const": False}, {"type": "boolean"}, "const"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("broken", [False, True])
def test_each_half_is_broken(
    tmp_path: Path, schema: Any, kept: Any, keyword: str, broken: bool
) -> None:
    """What keeps one half of a promise does not keep the promise."""
    whole = members(["it"], it=schema)
    checked = members(["it"], it=kept) if broken else whole
    found = findings(tmp_path, sending("send", JSON, whole), keeping(checked))
    assert found == ({f"send:request#/it:{keyword}": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("never", [False, {"not": {}}])
def test_a_member_that_may_never_be_there(tmp_path: Path, never: Any, broken: bool) -> None:
    """It is sent, with whatever value: nothing else shows that nobody minds."""
    schema = members(["a"], a=WHOLE, old=never)
    checked = members(["a"], a=WHOLE) if broken else schema
    found = findings(tmp_path, sending("send", JSON, schema), keeping(checked))
    assert found == ({"send:request#/old:not": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("place", ["query", "header"])
def test_types_of_json_in_a_parameter(tmp_path: Path, place: str, broken: bool) -> None:
    """In JSON a number is told from its text, in a parameter as well as in a body."""
    schema = members(["t"], t=TEXT, n={"type": ["integer", "null"]}, of={"items": TEXT})
    checked = members(["t"], n={"type": ["integer", "null"]}, of={"items": TEXT})

    def service(asked: Asked) -> Answer:
        texts = parse_qs(asked.query).get("sel", [""])
        text = texts[0] if place == "query" else asked.headers.get("sel", "")
        try:
            right = keeps(checked if broken else schema, json.loads(text))
        except ValueError:
            right = False
        return (200, OK) if right else NO

    content = {"application/json": {"schema": schema}}
    told = [{"name": "sel", "in": place, "required": True, "content": content}]
    rulings = campaign_of(
        tmp_path, {"/it": {"get": operation("find", parameters=told)}}, service
    ).rulings()
    types = {n: r.verdict for n, r in rulings.items() if n.startswith(f"find:{place}#/sel/")}
    red = {n: verdict for n, verdict in types.items() if verdict in RED}
    assert red == ({f"find:{place}#/sel/t:type": "lenient"} if broken else {})
    assert {types[f"find:{place}#/sel/{at}:type"] for at in ("n", "of/*")} == {"upheld"}


@pytest.mark.parametrize("second", [B, members(["b", "c"], b=TEXT, c=WHOLE)])
def test_every_branch_that_nothing_names_is_asked(tmp_path: Path, second: Any) -> None:
    """What only the second branch of a choice asks is judged as well."""
    schema = {"type": "object", "oneOf": [A, second]}
    service = keeping(schema, bare=True)
    rulings = campaign_of(tmp_path, sending("send", JSON, schema), service).rulings()
    assert rulings["send:request#/b:required"].verdict == "upheld"
    assert rulings["send:request#/b:type"].verdict == "upheld"


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("kind", "schema", "clause"),
    [
        (FORM, members(["n"], n={**WHOLE, "minimum": 3}), "#/n:minimum"),
        ("text/plain", {**TEXT, "maxLength": 5}, "#:maxLength"),
    ],
)
def test_a_further_content_where_the_first_has_trouble(
    tmp_path: Path, kind: str, schema: Any, clause: str, broken: bool
) -> None:
    """What a lawful body of the first content is refused for says nothing of the second one."""
    own = members(["a"], a=WHOLE)

    def service(asked: Asked) -> Any:
        sent_as = asked.headers.get("content-type", "").partition(";")[0]
        if sent_as == JSON:
            return keeping(own, bare=True)(asked)
        text = asked.content.decode()
        if sent_as != kind:
            return 415, {"error": "no"}
        if kind == FORM:
            numbers = parse_qs(text).get("n", ["x"])
            right = numbers[0].isdecimal() and (broken or int(numbers[0]) >= 3)
        else:
            right = 0 < len(text) <= (99 if broken else 5)
        return (200, OK) if right else NO

    content = {JSON: {"schema": own}, kind: {"schema": schema}}
    node = operation("send", requestBody={"required": True, "content": content})
    rulings = campaign_of(tmp_path, {"/it": {"post": node}}, service).rulings()
    assert rulings[f"send:request({kind}){clause}"].verdict == ("lenient" if broken else "upheld")
    red = list(hard(rulings))
    assert len(red) == broken


NODE = members(["name"], name={**TEXT, "minLength": 2}, n={**WHOLE, "minimum": 0})
ANY = {"type": "object"}


def tree(child: Any) -> Any:
    """An object that may have another one in it."""
    return {**NODE, "properties": {**NODE["properties"], "left": child}}


def menu(child: Any) -> Any:
    """An object that may have others in it by free names."""
    held = {"type": "object", "additionalProperties": child}
    return {**NODE, "properties": {**NODE["properties"], "sub": held}}


def condition(child: Any) -> Any:
    """One of several forms, of which one has another in it."""
    leaf = members(["field", "op"], field=TEXT, op={"enum": ["eq", "lt"]})
    return {"oneOf": [{**members(["not"], **{"not": child}), "maxProperties": 1}, leaf]}


# What a service that looks at less holds to: children as the second says, or theirs as it says.
LESS: dict[str, tuple[Any, Any]] = {
    "required": (tree, members(["name"])),
    "types": (tree, members([], name=TEXT, n=WHOLE)),
    "no-limits": (tree, members(["name"], name=TEXT, n=WHOLE)),
    "tree": (tree, tree(ANY)),
    "menu": (menu, menu(ANY)),
    "condition": (condition, condition(ANY)),
}


@pytest.mark.parametrize("broken", [False, True])
def test_what_is_within_itself(tmp_path: Path, broken: bool) -> None:
    """Children are broken in each kind of thing that is said of them, and so are theirs."""
    schemas = {
        form.__name__: form({"$ref": f"#/components/schemas/{form.__name__}"})
        for form in (tree, menu, condition)
    }
    paths, kept = {}, {}
    for name, (form, child) in LESS.items():
        told = {"$ref": f"#/components/schemas/{form.__name__}"}
        paths[f"/{name}"] = {"post": operation(name, told)}
        kept[f"/{name}"] = keeping(form(child if broken else {"$ref": "#"}), bare=True)
    found = findings(tmp_path, paths, lambda asked: kept[asked.path](asked), schemas=schemas)
    where = {"menu": "sub/*", "condition": "not"}
    red = {f"{name}:request#/{where.get(name, 'left')}:$ref": "lenient" for name in LESS}
    assert found == (red if broken else {})
