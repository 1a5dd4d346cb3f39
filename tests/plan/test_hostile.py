"""Contracts that mean harm, planned: bounded work, and what a bound leaves out is told of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from clausewise.patterns import cost
from clausewise.patterns.cost import is_affordable
from clausewise.plan.plan import OperationPlan
from clausewise.values import bounds
from clausewise.values.bounds import MOST_ITEMS, MOST_LENGTH, MOST_LEVELS

from .making import limit_work, plan_of, sent_bodies, small_pack

# `tox -e hostile` has it.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("guarded")]

# Enough for these, and it keeps the tests quick.
A_TENTH = bounds.MOST_WORK // 10


def planned(root: Path, schema: Any, rules: str | None = None) -> OperationPlan:
    """The plan of a pack whose request has one member of this schema, which it needs."""
    whole = {"type": "object", "properties": {"p": schema}, "required": ["p"]}
    return plan_of(small_pack(root, whole, rules=rules), 2)


def probed(plan: OperationPlan) -> set[str]:
    """The clauses that some request is meant to break."""
    return {clause for case in plan.cases if case.expect == "refused" for clause in case.probes}


def nothing_is_sent(plan: OperationPlan, why: str) -> None:
    """Hold a plan to have nothing that proves anything, and to say so of every clause.

    What comes as near to the contract as can be is sent to see a reply.
    """
    assert [(case.kind, case.expect) for case in plan.cases] in ([], [("odd", "either")])
    shown = {"send:status"} if plan.cases else set()
    assert plan.unplanned.keys() == plan.operation.clauses.keys() - shown
    assert all(why in reason for reason in plan.unplanned.values())


def content(plan: OperationPlan) -> int:
    """The bytes of all requests."""
    return sum(map(len, sent_bodies(plan)))


EVIL = [
    "(a+)+$",
    "(a|a)*b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "((((((a*)*)*)*)*)*)*b$",
    "^(?:x+x+)+y$",
    "^(.*a){20}b$",
    "a?" * 40 + "a" * 40,
    "(a|a)" * 40 + "b",
    r"^(a+)+\1$",
    "^(?!(a+)+$).*$",
    "^(\\w+\\s?)*$",
    "^(a*)*a{40}c$",
    "a*a*a*a*a*a*b",
    "^(" + "|".join(f"w{i}" for i in range(20_000)) + ")$",
]


@pytest.mark.parametrize("pattern", EVIL)
def test_expressions_without_end(tmp_path: Path, pattern: str) -> None:
    """Neither validator, nor the random search, takes for ever over a pattern."""
    odd = {"p": "a" * 5_000 + "!", "q": {"a" * 1_000 + "!": "x"}}
    good = {"p": "aaa b", "q": {}}
    # YAML has no longer keys.
    names = {pattern: {"type": "integer"}} if len(pattern) < 1_000 else {}
    schema = {
        "properties": {
            "p": {"type": "string", "anyOf": [{"pattern": pattern}, {"minLength": 1}]},
            "q": {"type": "object", "patternProperties": names},
        }
    }
    plan = plan_of(small_pack(tmp_path, schema, examples={"odd": odd, "good": good}), 2)
    assert plan.cases
    assert plan.isolation.lawful({"body": good})
    assert plan.isolation.is_agreed({"body": good})


def test_an_expression_that_only_an_example_keeps(tmp_path: Path) -> None:
    """Of a pattern that no text is found for, a documented one is the way to a lawful request."""
    schema = {"type": "string", "pattern": "^(?=(a+)+$)(?=.{30}$)[ab]+$"}
    without = planned(tmp_path / "without", schema)
    nothing_is_sent(without, "no lawful body can be made of its schema; give it an example")
    whole = {"type": "object", "properties": {"p": schema}, "required": ["p"]}
    plan = plan_of(small_pack(tmp_path / "with", whole, examples={"one": {"p": "a" * 30}}), 2)
    assert "send:request#/p:pattern" in probed(plan)


@pytest.mark.parametrize("pattern", [*EVIL, "a" * (cost.LONGEST + 1)])
def test_what_is_too_slow_for_python(pattern: str) -> None:
    """Expressions that go back and try again too often are known by their form."""
    assert not is_affordable(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z0-9]+(-[a-z0-9]+)*$",
        r"^\d{4}-\d{2}-\d{2}$",
        r"^[\w.-]+@[\w.-]+\.\w+$",
        r"^([\w-]+\.)+[\w-]+$",
        r"^(\d{1,3}\.){3}\d{1,3}$",
        r"^https?://.+/.+\.(png|jpe?g)$",
        r"^P(\d+Y)?(\d+M)?(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$",
        "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$",
        r"^\s*\S.*$",
        "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==)?$",
        r"^\p{L}+$",
    ],
)
def test_what_is_quick_enough_for_python(pattern: str) -> None:
    """Expressions of honest contracts have the opinion of both validators."""
    assert is_affordable(pattern, 256)
    try:
        re.search(pattern, "-" * 256 + "\0")
    except re.error:
        assert "\\p" in pattern


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "string", "maxLength": 10**9}, "maxLength"),
        ({"type": "string", "maxLength": MOST_LENGTH + 1}, "maxLength"),
        ({"type": "array", "maxItems": 10**9}, "maxItems"),
        ({"type": "array", "maxItems": 10**300}, "maxItems"),
        ({"type": "object", "maxProperties": 10**6}, "maxProperties"),
    ],
)
def test_limits_that_no_request_reaches(
    tmp_path: Path, schema: dict[str, Any], keyword: str
) -> None:
    """Such a limit is not probed, and its clause says why; all else is."""
    plan = planned(tmp_path, schema)
    why = plan.unplanned[f"send:request#/p:{keyword}"]
    assert why == "its limit lies beyond the largest request that is ever sent"
    assert f"send:request#/p:{keyword}" not in probed(plan)
    assert "send:request#/p:type" in probed(plan)
    assert content(plan) < 100_000


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 10**9},
        {"type": "string", "minLength": 1e300},
        {"type": "array", "minItems": MOST_ITEMS + 1},
        {"type": "array", "minItems": 10**300},
        {"type": "array", "minItems": 900, "items": {"type": "array", "minItems": 900}},
        {"type": "array", "minItems": 900, "items": {"type": "string", "minLength": 100_000}},
        {"type": "array", "minItems": 3000, "uniqueItems": True, "items": {"type": "boolean"}},
        {"type": "array", "minItems": 3000, "items": {"enum": list(range(3000))}},
        {"type": "array", "contains": {"const": 1}, "minContains": 10**6},
        {"type": "object", "minProperties": 10**6},
        {"type": "object", "propertyNames": {"not": {}}, "minProperties": 1},
        {"type": "string", "const": 5},
        {"type": "integer", "minimum": 5, "maximum": 1},
        {"not": {}},
    ],
)
def test_what_cannot_be_made_is_said(tmp_path: Path, schema: dict[str, Any]) -> None:
    """Of a request that cannot be made, or is too large to be, every clause says so."""
    nothing_is_sent(planned(tmp_path, schema), "no lawful body can be made of its schema")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "number", "multipleOf": 1e-300},
        {"type": "integer", "multipleOf": 1e-300, "minimum": 1, "maximum": 10},
        {"type": "integer", "multipleOf": 5e-324, "minimum": 1, "maximum": 10},
        {"type": "number", "minimum": -1.7e308, "maximum": 1.7e308},
        {"type": "number", "exclusiveMinimum": 1.7e308},
        {"type": "integer", "minimum": 10**308},
        {"type": "integer", "multipleOf": 10**308},
        {"type": "integer", "default": 10**308},
        {"type": "string", "minLength": 5.0, "maxLength": 7.0},
        {"type": "array", "minItems": 2.0, "maxItems": 3.0},
        {"enum": []},
    ],
)
def test_numbers_at_the_edge(tmp_path: Path, schema: dict[str, Any]) -> None:
    """Numbers that hardly are any end in requests, or in a reason, and no infinity is sent."""
    plan = planned(tmp_path, schema)
    assert plan.cases or plan.lack
    assert all(b"Infinity" not in body for body in sent_bodies(plan))


@pytest.mark.parametrize("size", [400, 1_000, 10_000])
def test_a_body_with_many_members(tmp_path: Path, size: int) -> None:
    """Hundreds of members are planned each for itself; of thousands, those that are required."""
    members = {f"p{i}": {"type": "string", "maxLength": 9} for i in range(size)}
    schema = {"type": "object", "properties": members, "required": ["p7"]}
    plan = plan_of(small_pack(tmp_path, schema), 2)
    limits = {f"send:request#/p{i}:maxLength" for i in range(size)}
    if size == 400:
        assert limits <= probed(plan)
    else:
        needed = {"send:request#/p7:maxLength", "send:request#/p7:required", "send:request#:type"}
        assert needed <= probed(plan)
        why = {plan.unplanned[clause] for clause in limits - needed}
        assert why == {f"its message has more than {MOST_LEVELS} classes of values to try"}


@pytest.mark.parametrize("listed", ["p", "items"])
def test_a_list_of_many_values(tmp_path: Path, listed: str) -> None:
    """A hundred thousand values are too many to send, and none is better than some."""
    schema: dict[str, Any] = {"enum": [f"v{i}" for i in range(100_000)]}
    if listed == "items":
        schema = {"type": "array", "items": schema}
    nothing_is_sent(planned(tmp_path, schema), f"has more than {MOST_LEVELS} values")


def test_values_are_not_paired_without_end(tmp_path: Path) -> None:
    """Where pairs would be thousands of requests, each value is sent once all the same."""
    schema = {"properties": {name: {"enum": list(range(300))} for name in "ab"}}
    plan = plan_of(small_pack(tmp_path, schema))
    accepted = [case.body for case in plan.cases if case.expect == "accepted"]
    assert len(accepted) < 700
    for name in "ab":
        assert {body[name] for body in accepted if name in body} == set(range(300))


@pytest.mark.parametrize("branches", [60, 1_000])
def test_many_branches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, branches: int) -> None:
    """Alternatives by the dozen are tried, each of them; of a thousand, those found in time."""
    limit_work(monkeypatch, A_TENTH)
    schema = {
        "oneOf": [
            {"type": "object", "required": ["k"], "properties": {"k": {"const": f"v{i}"}}}
            for i in range(branches)
        ]
    }
    plan = plan_of(small_pack(tmp_path, schema), 2)
    sent = {case.body["k"] for case in plan.cases if case.expect == "accepted"}
    if branches == 60:
        assert sent == {f"v{i}" for i in range(branches)}
    else:
        assert 1 < len(sent) < branches
        assert any("too large to be planned" in why for why in plan.unplanned.values())


def test_arrays_within_arrays(tmp_path: Path) -> None:
    """Each level multiplies; what becomes too large is left out, and the least is still sent."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(40):
        schema = {"type": "array", "items": schema}
    plan = planned(tmp_path, schema)
    assert plan.cases[0].expect == "accepted"
    assert content(plan) < 10_000_000


def test_conditions_that_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that need each other in turn end in a plan, or in a reason for every clause."""
    limit_work(monkeypatch, A_TENTH)
    size = 60
    schema = {
        "properties": {f"p{i}": {"type": "string"} for i in range(size + 1)},
        "allOf": [
            {"if": {"required": [f"p{i}"]}, "then": {"required": [f"p{i + 1}"]}}
            for i in range(size)
        ],
    }
    plan = plan_of(small_pack(tmp_path, schema))
    told = probed(plan) | plan.unplanned.keys()
    asked = {c.id for c in plan.operation.clauses.values() if c.keyword in ("type", "if")}
    assert asked <= told


def test_work_that_is_too_much_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where proving takes too much, the clauses that are left say so, and no other does."""
    monkeypatch.setattr("clausewise.plan.broken.MOST_WORK", 100_000)
    schema = {"properties": {f"p{i}": {"type": "string", "maxLength": 9} for i in range(20)}}
    plan = plan_of(small_pack(tmp_path, schema))
    late = {name for name, why in plan.unplanned.items() if "reasonable time" in why}
    assert late
    assert probed(plan) & {f"send:request#/p{i}:maxLength" for i in range(20)}
    assert not late & probed(plan)


@pytest.mark.parametrize("most", [200_000, 220_000])
def test_rows_that_are_found_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Where the search for lawful requests ends for want of time, those that it found are sent."""
    limit_work(monkeypatch, most)
    members = {name: {"type": "string", "enum": [*"abcd"]} for name in "klmnopqr"}
    never = [{"properties": {one: {"const": "b"}, "r": {"const": "b"}}} for one in "klmnop"]
    said = {"required": [*members], "properties": members, "not": {"anyOf": never}}
    plan = plan_of(small_pack(tmp_path, {"type": "object", **said}))
    assert sum(case.kind == "pairs" for case in plan.cases) > 20
    assert sum(case.kind == "negative" for case in plan.cases) >= 5


def test_work_that_is_too_much_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where even the lawful requests take too much, nothing is sent at all."""
    limit_work(monkeypatch, 1_000)
    schema = {"properties": {f"p{i}": {"type": "string"} for i in range(20)}}
    nothing_is_sent(plan_of(small_pack(tmp_path, schema)), "too large to be planned")


def test_requests_that_are_large_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of all requests of an operation are bounded, as they are all kept."""
    monkeypatch.setattr("clausewise.plan.planning.MOST_CONTENT", 10_000)
    nothing_is_sent(planned(tmp_path, {"maxLength": 9_000, "type": "string"}), "bytes together")


def test_a_query_of_many_parameters(tmp_path: Path) -> None:
    """Parameters beside a body are bounded like members."""
    listed = [{"name": f"q{i}", "in": "query", "schema": {"type": "integer"}} for i in range(500)]
    pack = small_pack(tmp_path, {"type": "object"}, operation={"parameters": listed})
    plan = plan_of(pack)
    assert plan.cases
    assert {f"send:query#/q{i}:type" for i in range(500)} <= probed(plan) | plan.unplanned.keys()


def test_a_rule_with_an_expression_without_end(tmp_path: Path) -> None:
    """A pattern in a rule is asked of jsonschema-rs alone, in bounded time."""
    text = "a" * 5_000 + "!"
    rules = (
        "R1:\n  statement: s\n  operations: [send]\n"
        "  body: {properties: {p: {not: {pattern: '^(a+)+$'}}}}\n"
        f"  broken_by: [{{p: aaa}}, {{p: {text}}}]\n"
    )
    plan = planned(tmp_path, {"type": "string"}, rules=rules)
    assert "send:rule:R1" in probed(plan)


def test_bounds_leave_room_for_honest_contracts() -> None:
    """The bounds are far from what the pack of this repository needs."""
    assert bounds.MOST_LEVELS > 10 * 87
    assert bounds.MOST_WORK > 5 * 25_000_000


@pytest.mark.parametrize("path", ["/things", "/things/{id}"])
@pytest.mark.parametrize("documented", [False, True])
def test_a_documented_body_of_what_is_too_large(
    tmp_path: Path, path: str, documented: bool
) -> None:
    """Of a message that is too large to plan, a documented body is sent once, to see the reply."""
    members = {"m0": {"enum": [*range(4_000)]}, "m1": {"type": "integer"}}
    schema = {"type": "object", "properties": members, "required": ["m0"]}
    examples = {"usual": {"m1": "as written"}} if documented else None
    plan = plan_of(small_pack(tmp_path, schema, examples=examples, path=path))
    assert plan.lack is not None
    assert f"more than {MOST_LEVELS} values" in plan.lack
    sent = [(case.expect, case.body) for case in plan.cases]
    able = documented and "{" not in path
    assert sent == ([("either", {"m1": "as written"})] if able else [])
