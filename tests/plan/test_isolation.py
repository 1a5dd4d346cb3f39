"""Isolated negatives: each breaks exactly the clause that it names, by a second opinion too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings

from clausewise.contract import Clause
from clausewise.contract.codecs import encode_json
from clausewise.contract.keywords import ASSERTIONS
from clausewise.pack import Pack
from clausewise.plan.cases import encoded_case
from clausewise.plan.negatives import negatives
from clausewise.plan.plan import OperationPlan
from clausewise.values.breaking import GENERATORS
from clausewise.values.contexts import Contexts
from clausewise.values.covering import cover
from clausewise.values.isolation import Isolation

from ..drawn import anything, requests
from .judging import accepted, relaxed
from .making import object_of, small


@settings(max_examples=250)
@given(schema=requests())
def test_every_body_is_what_it_says(schema: Any) -> None:
    """For any schema, positives keep all of it and each negative breaks its clause alone.

    Both validators judge the bytes, by the schema as it is written, with and without the keyword.
    """
    made = small(schema)
    if made.least is None:
        return  # nothing keeps this schema, or only what has members that it does not name
    seeds = [made.model.classify(made.model.build(made.least))]
    for row in [*seeds, *cover(made.model, made.isolation.lawful, (), seeds)]:
        assert accepted(schema, json.loads(encode_json(made.model.build(row))))
    for clause in made.clauses.values():
        if clause.keyword == "optional":
            continue
        found, reason = negatives(Contexts(made.model, made.isolation), clause)
        assert bool(found) is (reason is None)
        without = relaxed(made.schema, clause.pointer or "", clause.keyword)
        assert without != made.schema
        for negative in found:
            body = json.loads(encode_json(negative.body))
            assert not accepted(made.schema, body), (clause.id, body)
            assert accepted(without, body), (clause.id, body)


# A constant that something else at its place refuses as well, in two of three branches.
KINDS: Any = {
    "type": "object",
    "required": ["m"],
    "properties": {
        "m": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {
                        "kind": {"enum": [number], "oneOf": [{"const": n} for n in known]}
                    },
                }
                for number, known in ((1, [1, 2]), (2, [1, 2]), (3, [3]))
            ]
        }
    },
}


@settings(max_examples=150)
@example(schema=KINDS)
@given(schema=requests())
def test_what_is_in_vain_changes_no_negative(schema: Any) -> None:
    """Values that are told to break a clause in vain would prove nothing in a whole message."""
    made = small(schema)
    if made.least is None:
        return
    told = Contexts(made.model, made.isolation)
    proved = Contexts(made.model, Isolation(made.isolation.message, []))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(proved.isolation, "breaks_in_vain", lambda *_: False)
        for clause in made.clauses.values():
            if clause.keyword != "optional":
                assert negatives(told, clause) == negatives(proved, clause), clause.id


UNIT = object_of("name", name={"type": "string"}, code={"type": "string"})
LINES = {"type": "array", "items": object_of("sku", sku={"type": "string"}, unit=UNIT)}
ORDERS = {"type": "array", "items": object_of(lines=LINES, note={"type": "string"})}


@pytest.mark.parametrize(
    "clause", ["/orders/*/lines/*/sku:required", "/orders/*/lines/*/unit/name:required"]
)
def test_what_an_item_needs_is_broken_once(clause: str) -> None:
    """An item with more in it is made only where the least one with the place will not do."""
    made = small(object_of(orders=ORDERS))
    found, _ = negatives(Contexts(made.model, made.isolation), made.clauses[clause])
    assert len(found) == 1


AUTO = object_of("type", type={"enum": ["auto"]})
SIZE = object_of("most", most={"type": "integer", "maximum": 40})
STATIC = object_of("type", "static", type={"enum": ["static"]}, static=SIZE)
FILES = {"type": "array", "items": object_of(strategy={"oneOf": [AUTO, STATIC]})}
TEXT = object_of("kind", "text", kind={"const": "text"}, text={"type": "string"})
FILE = object_of("kind", "url", kind={"const": "file"}, url={"type": "string"})
CONTENT = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"oneOf": [TEXT, FILE]}}]}
SAID = [object_of("by", "content", by={"const": by}, content=CONTENT) for by in ("us", "them")]


@pytest.mark.parametrize(
    ("schema", "clause"),
    [
        (object_of(files=FILES), "/files/*/strategy/static/most:maximum"),
        (
            object_of(inputs={"type": "array", "items": {"oneOf": SAID}}),
            "/inputs/*/content/*/url:type",
        ),
    ],
)
def test_what_the_least_item_has_not_is_broken_in_another(schema: Any, clause: str) -> None:
    """Where the least item takes another branch, one with the branch of the clause is made."""
    made = small(schema)
    found, reason = negatives(Contexts(made.model, made.isolation), made.clauses[clause])
    assert found, reason


def test_what_is_in_vain_is_not_proved() -> None:
    """Where one look at a value tells that it breaks a clause in vain, no message is asked."""
    made = small(KINDS)
    clause = made.clauses["/m/kind:const"]
    asked: list[Any] = []
    proves = made.isolation.proves

    def noted(clause: Clause, value: Any) -> Any:
        asked.append(value)
        return proves(clause, value)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(made.isolation, "proves", noted)
        negatives(Contexts(made.model, made.isolation), clause)
        told = len(asked)
        patched.setattr(made.isolation, "breaks_in_vain", lambda *_: False)
        negatives(Contexts(made.model, made.isolation), clause)
    assert 2 * told < len(asked) - told


@settings(max_examples=40)
@given(schema=anything())
def test_any_schema_at_all_is_planned_soundly(schema: Any) -> None:
    """Whatever keywords a member has, lawful bodies are lawful and negatives are refused."""
    made = small({"type": "object", "required": ["m"], "properties": {"m": schema}})
    if made.least is None:
        return
    for row in cover(made.model, made.isolation.lawful, (), []):
        assert accepted(made.schema, made.model.build(row))
    for clause in made.clauses.values():
        if clause.keyword != "optional":
            found, reason = negatives(Contexts(made.model, made.isolation), clause)
            assert bool(found) is (reason is None)
            assert not any(accepted(made.schema, negative.body) for negative in found)


def test_the_negatives_of_the_pack(pack: Pack, start_recording: OperationPlan) -> None:
    """Every negative of the pack's request is isolated too, and keeps the other rules on bodies."""
    operation = pack.contract.operations["start_recording"]
    assert operation.body is not None
    schema = operation.body.schema.document
    rules = {f"start_recording:rule:{r.id}": r.body for r in pack.contract.rules.values() if r.body}
    checked = 0
    for case in start_recording.cases:
        if case.kind != "negative":
            continue
        if case.probes[0] not in rules and operation.clauses[case.probes[0]].part != "request":
            continue
        body = json.loads(encoded_case(operation, case).content or b"")
        (name,) = case.probes
        for rule, keeps in rules.items():
            assert accepted(keeps, body) is (rule != name)
        if name not in rules:
            clause = operation.clauses[name]
            assert not accepted(schema, body)
            assert accepted(relaxed(schema, clause.pointer or "", clause.keyword), body)
        checked += 1
    assert checked > 100


THING = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
AB = {"a": {"const": 1}, "b": {"const": 2}}
NESTED = {
    "type": "object",
    "required": ["kind"],
    "oneOf": [
        {"properties": {"kind": {"const": "open"}}},
        {
            "required": ["how"],
            "properties": {"kind": {"const": "safe"}},
            "oneOf": [
                {"properties": {"how": {"const": "key"}}, "required": ["key"]},
                {"properties": {"how": {"const": "word"}}, "required": ["word"]},
            ],
        },
    ],
}
UNION = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"type": "string"}},
    "oneOf": [
        {"properties": {"kind": {"const": "one"}, "size": {"minimum": 5}}, "required": ["size"]},
        {"properties": {"kind": {"const": "two"}, "name": {"minLength": 2}}},
    ],
}


@pytest.mark.parametrize(
    ("member", "clause", "broken"),
    [
        ({"type": "integer"}, "/m:type", [7.5, "7", None, True]),
        ({"type": "integer", "default": 60}, "/m:type", [60.5, "60", None, True]),
        ({"type": "number"}, "/m:type", ["7", None, True]),
        ({"type": "boolean"}, "/m:type", [0, "true", None]),
        ({"type": "string"}, "/m:type", [12345, None]),
        ({"type": ["string", "null"]}, "/m:type", [12345, []]),
        ({"type": "array"}, "/m:type", [{}, None]),
        ({"type": "object"}, "/m:type", [[], None]),
        ({"type": "string", "enum": ["on", "off"]}, "/m:type", [12345, None]),
        ({"type": "string", "enum": ["on", "off"]}, "/m:enum", ["ON"]),
        ({"enum": [1, 2]}, "/m:enum", [3, "1"]),
        ({"enum": [1, "a"]}, "/m:enum", ["A"]),
        ({"const": True}, "/m:const", [False, 1]),
        ({"const": "on"}, "/m:const", ["ON", 12345]),
        ({"const": {"x": [1]}}, "/m:const", [{}]),
        ({"enum": [{}, {"x": 1}]}, "/m:enum", [{"x_undocumented": 1}]),
        ({"enum": [[1, 2], [3]]}, "/m:enum", [[]]),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "/m:minimum", [0]),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "/m:maximum", [10]),
        ({"type": "integer", "exclusiveMinimum": 1}, "/m:exclusiveMinimum", [1]),
        ({"type": "number", "exclusiveMaximum": 1}, "/m:exclusiveMaximum", [1]),
        ({"type": "integer", "minimum": 10, "multipleOf": 5}, "/m:minimum", [5]),
        ({"type": "integer", "multipleOf": 5}, "/m:multipleOf", [36]),
        ({"type": "string", "minLength": 3}, "/m:minLength", ["m-"]),
        ({"type": "string", "maxLength": 3}, "/m:maxLength", ["aaaa"]),
        ({"type": "string", "pattern": "^[a-z]+$"}, "/m:pattern", ["a!", "!a", "a\n", "A"]),
        (
            {"type": "string", "format": "uri"},
            "/m:format",
            ["media.example.net/a.png", "http://media example.net/"],
        ),
        (
            {"type": "string", "format": "date"},
            "/m:format",
            ["2026-02-30", "01.03.2026", "2026-03-01T12:00:00Z"],
        ),
        (
            {"type": "string", "format": "uuid"},
            "/m:format",
            [
                "97440c6a-140b-40a9-9499-b23fd7a3868g",
                "97440c6a140b40a99499b23fd7a3868f",
                "97440c6a-140b-40a9-9499-b23fd7a3868",
            ],
        ),
        (
            {"type": "string", "format": "date-time"},
            "/m:format",
            ["2026-13-01T12:00:00Z", "2026-03-01", "2026-03-01 12:00"],
        ),
        # 2^63 and what is next to it are one double; what is beyond has to be another.
        ({"type": "integer", "maximum": 2**63 - 1}, "/m:maximum", [2**63 + 2048]),
        ({"type": "integer", "minimum": -(2**63)}, "/m:minimum", [-(2**63) - 2048]),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, "/m:minItems", [[]]),
        (
            {"type": "array", "items": {"type": "string"}, "maxItems": 1},
            "/m:maxItems",
            [["item-1-0", "item-1-1"]],
        ),
        (
            {"type": "array", "items": {"enum": ["x", "y"]}, "uniqueItems": True},
            "/m:uniqueItems",
            [["x", "x"]],
        ),
        (
            {"type": "array", "items": {"type": "boolean"}},
            "/m/*:type",
            [[True, False, 0], [True, False, "true"], [True, False, None]],
        ),
        (
            {**THING, "additionalProperties": False},
            "/m:additionalProperties",
            [{"a": 7, "x_undocumented": 1}],
        ),
        (THING, "/m/a:required", [{}]),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            "/m/*:type",
            [{"default": 12345}, {"default": None}],
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"const": 1}, "b": {"const": 2}},
                "dependentRequired": {"a": ["b"]},
            },
            "/m:dependentRequired",
            [{"a": 1}],
        ),
        (
            {"type": "object", "properties": {"a": {"const": 1}}, "minProperties": 1},
            "/m:minProperties",
            [{}],
        ),
        ({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 5}]}, "/m:minimum", [4]),
        (
            {"prefixItems": [{"type": "integer"}, {"type": "boolean"}], "items": False},
            "/m/1:type",
            [[0, 0], [0, "true"], [0, None]],
        ),
        (
            {"prefixItems": [{"type": "integer"}], "items": False, "type": "array"},
            "/m:items",
            [[0, "x"]],
        ),
        (
            {"type": "object", "properties": AB, "not": {"required": ["a", "b"]}},
            "/m:not",
            [{"a": 1, "b": 2}],
        ),
        (
            {"type": "object", "properties": AB, "not": {"required": ["a", "b"]}},
            "/m:type",
            [[], None],
        ),
        (
            {"type": "object", "properties": AB, "dependentSchemas": {"a": {"required": ["b"]}}},
            "/m:dependentSchemas",
            [{"a": 1}],
        ),
        (
            {
                "type": "object",
                "properties": AB,
                "if": {"required": ["a"]},
                "then": {"required": ["b"]},
            },
            "/m:if",
            [{"a": 1}],
        ),
        # What is asked of numbers and texts on some condition.
        (  # what is broken in a `then` is not seen there, and so barred as well
            {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "string"}},
                "allOf": [{"then": {"properties": {"b": {"maximum": 3}}}, "if": True}],
                "unevaluatedProperties": False,
            },
            "/m:if",
            [{"a": "a-1", "b": 10**9}],
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}},
                "dependentSchemas": {"b": {"required": ["a"], "properties": {"b": {}}}},
                "unevaluatedProperties": False,
            },
            "/m:dependentSchemas",
            [{"b": "x"}],
        ),
        ({"type": "integer", "if": {"maximum": -1}, "then": {"minimum": -10}}, "/m:if", [-11]),
        ({"enum": ["a", "b", "cc"], "if": {"minLength": 2}, "then": False}, "/m:if", ["cc"]),
        (
            {"enum": ["a", "b", "cc"], "if": {"minLength": 2}, "else": {"const": "a"}},
            "/m:if",
            ["b"],
        ),
        # The item that nothing speaks of comes behind all places that something speaks of.
        (
            {
                "type": "array",
                "prefixItems": [{"const": "a"}],
                "allOf": [{"prefixItems": [True, {"type": "integer"}]}],
                "unevaluatedItems": False,
            },
            "/m:unevaluatedItems",
            [["a", 1, True]],
        ),
        (
            {"type": "object", "properties": AB, "unevaluatedProperties": False},
            "/m:unevaluatedProperties",
            [{"x_undocumented": 1}],
        ),
        (
            {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}},
            "/m:propertyNames",
            [{"e!": "e!-1"}],
        ),
        (
            {"type": "array", "contains": {"const": 1}, "examples": [[1, 2]]},
            "/m:contains",
            [[]],
        ),
        (
            {"type": "array", "items": {**THING, "additionalProperties": False}, "maxItems": 1},
            "/m/*/a:required",
            [[{}]],
        ),
        ({"anyOf": [{"type": "string"}, THING]}, "/m/a:required", [{}]),
        (NESTED, "/m/key:required", [{"kind": "safe", "how": "key"}]),
        ({"type": "object", "required": ["x"]}, "/m/x:required", [{}]),
        (NESTED, "/m/word:required", [{"kind": "safe", "how": "word"}]),
        (UNION, "/m/size:minimum", [{"kind": "one", "size": 4}]),
        (UNION, "/m/size:required", [{"kind": "one"}]),
        (UNION, "/m/kind:enum", [{"kind": "ONE", "size": "size-1"}]),
        (UNION, "/m/kind:required", [{}]),
        (UNION, "/m/name:minLength", [{"kind": "two", "name": "n"}]),
        (UNION, "/m:type", [[], None]),
    ],
)
def test_how_a_keyword_is_broken(member: Any, clause: str, broken: list[Any]) -> None:
    """The likeliest mistakes come first: off by one, the wrong case, a number as a string."""
    made = small({"type": "object", "required": ["m"], "properties": {"m": member}})
    found, reason = negatives(Contexts(made.model, made.isolation), made.clauses[clause])
    assert reason is None
    bodies = [negative.body["m"] for negative in found]
    if clause in ("/m:maxLength", "/m:maxItems"):
        assert [len(body) for body in bodies] == [len(body) for body in broken]
    else:
        assert json.dumps(bodies) == json.dumps(broken)


OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("member", "clause", "reason"),
    [
        # An exclusive bound above makes the inclusive one below unbreakable alone.
        (
            {"type": "integer", "minimum": 1, "exclusiveMinimum": 3},
            "/m:minimum",
            "every body that breaks it breaks something else too",
        ),
        (
            {"type": "array", "items": {"type": "string"}, "maxItems": 0},
            "/m/*:type",
            "every body that breaks it breaks something else too",
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "/m:oneOf",
            "every body that breaks it breaks something else too",
        ),
        (
            {"anyOf": [OPEN, {"type": "object"}]},
            "/m/a:type",
            "every body that breaks it keeps another of the documented forms",
        ),
        (
            {"anyOf": [{**OPEN, "required": ["a"]}, {"type": "object"}]},
            "/m/a:required",
            "every body that breaks it keeps another of the documented forms",
        ),
        ({"format": "odd"}, "/m:format", "nothing is known that breaks `format`"),
        (
            {"type": "string", "format": "date", "maxLength": 10},
            "/m:maxLength",
            "every body that breaks it breaks something else too",
        ),
        (
            {"type": "string", "uniqueItems": True},
            "/m:uniqueItems",
            "it speaks of values of another type than may stand there",
        ),
        (
            {"type": ["integer", "null"], "format": "date-time"},
            "/m:format",
            "it speaks of values of another type than may stand there",
        ),
        (
            {"type": "array", "items": {"type": "null"}, "uniqueItems": True, "maxItems": 1},
            "/m:maxItems",
            "nothing is known that breaks `maxItems`",
        ),
    ],
)
def test_what_cannot_be_broken_alone(member: Any, clause: str, reason: str) -> None:
    """A clause without an isolated negative has a reason, never a negative that breaks more."""
    made = small({"type": "object", "properties": {"m": member}})
    assert negatives(Contexts(made.model, made.isolation), made.clauses[clause]) == ([], reason)


@pytest.mark.parametrize(
    ("said", "keyword", "lengths"),
    [
        ({"format": "date-time", "maxLength": 40}, "maxLength", [41]),
        ({"format": "duration", "maxLength": 20}, "maxLength", [21]),
        ({"format": "email", "maxLength": 30}, "maxLength", [31]),
        ({"format": "email", "maxLength": 120}, "maxLength", [124]),
        ({"format": "uri", "minLength": 20}, "minLength", [19]),
        # Four signs at a time.
        ({"format": "byte", "maxLength": 40}, "maxLength", [44]),
        ({"format": "byte", "minLength": 12}, "minLength", [8]),
        ({"pattern": "^x+?-y$", "maxLength": 12}, "maxLength", [13]),
        ({"pattern": "^(?=.*[A-Z])(?=.*[0-9]).+$", "minLength": 9}, "minLength", [8]),
        # What is beyond one bound is within the other one.
        ({"pattern": r"^[\s\S]{1,10}$", "maxLength": 12}, "pattern", [0, 12]),
        ({"pattern": r"^[^\x01]+$", "minLength": 3}, "pattern", [8]),
    ],
)
def test_lengths_beside_formats_and_patterns(
    said: dict[str, Any], keyword: str, lengths: list[int]
) -> None:
    """A text that is too long or too short can be the format, or have the pattern, all the same."""
    made = small({"type": "object", "properties": {"m": {"type": "string", **said}}})
    found, why = negatives(Contexts(made.model, made.isolation), made.clauses[f"/m:{keyword}"])
    assert why is None
    assert [len(one.body["m"]) for one in found] == lengths


_MAP = {
    "type": "object",
    "additionalProperties": {"type": "string", "maxLength": 9},
    "propertyNames": {"maxLength": 6},
    "maxProperties": 3,
    "uniqueItems": True,
}


@pytest.mark.parametrize(
    "member",
    [
        _MAP,
        {"anyOf": [_MAP, {"type": "null"}]},
        {"oneOf": [{"type": "string"}, _MAP]},
        {"anyOf": [{"oneOf": [_MAP, {"type": "integer"}]}, {"type": "null"}]},
    ],
)
def test_free_keys_that_a_branch_alone_speaks_of(member: Any) -> None:
    """A map that may be null has its members, its names and its size asked about as any other."""
    made = small({"type": "object", "properties": {"m": member}})
    contexts = Contexts(made.model, made.isolation)
    for clause in ("*:type", "*:maxLength", ":propertyNames", ":maxProperties"):
        found, why = negatives(contexts, made.clauses[f"/m{clause.replace('*', '/*')}"])
        assert found, (clause, why)
    seeds = [made.model.classify({})]
    rows = cover(made.model, made.isolation.lawful, (), seeds)
    assert any(made.model.build(row).get("m") not in ({}, None) for row in rows)


def test_validators_that_disagree_prove_nothing() -> None:
    """Where the two validators differ about a body, it is neither lawful nor a negative."""
    # A leap second is lawful in one of them and not in the other (RFC 3339, section 5.7).
    made = small({"type": "object", "properties": {"m": {"type": "string", "format": "date-time"}}})
    clause = made.clauses["/m:format"]
    leap, noon = "2016-12-31T23:59:60Z", "2026-03-01T12:00:00Z"
    assert made.isolation.proves(clause, {"m": leap}) == "validators disagree"
    assert made.isolation.lawful({"m": leap})
    assert not made.isolation.is_agreed({"m": leap})
    assert made.isolation.proves(clause, {"m": noon}) == "keeps it"
    assert made.isolation.proves(clause, {"m": "b"}) == "isolated"
    assert made.isolation.proves(made.clauses["/m:type"], {"m": "b"}) == "breaks more"
    assert made.isolation.proves(made.clauses["/m:type"], {"m": 5}) == "isolated"


def test_more_negatives_on_request() -> None:
    """A caller may ask for more of them; all differ."""
    made = small({"type": "object", "properties": {"m": {"type": "string"}}})
    found, _ = negatives(Contexts(made.model, made.isolation), made.clauses["/m:type"], most=5)
    assert len({json.dumps(negative.body) for negative in found}) == len(found) == 5


def test_every_assertion_has_a_generator() -> None:
    """No keyword that becomes a request clause lacks a way to break it."""
    assert {*ASSERTIONS, "type", "required", "oneOf"} - GENERATORS.keys() == set()
