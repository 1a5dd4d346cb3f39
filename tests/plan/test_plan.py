"""The plan of the pack and of small packs: deterministic, complete, and few requests."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clausewise.cache import VARIABLE
from clausewise.pack import Pack, load_pack
from clausewise.plan.cases import encoded_case
from clausewise.plan.plan import OperationPlan, Plan, make_plan
from clausewise.pointer import ABSENT, look

from ..conftest import REPOSITORY
from .judging import accepted
from .making import plan_of, small_pack

MEETING = "/body/meeting_id"
PRINT = """
import sys
from pathlib import Path
from clausewise.pack import find_pack
from clausewise.plan.cases import encoded_case
from clausewise.plan.plan import make_plan
for case in make_plan(find_pack(start=Path(sys.argv[1])), examples=10).cases:
    print(case)
"""


def test_the_same_plan_to_the_byte_in_every_process() -> None:
    """Two processes that hash differently make the very same plan, random search included."""
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, VARIABLE: ""}
        done = subprocess.run(  # noqa: S603  # our own script
            [sys.executable, "-c", PRINT, str(REPOSITORY)],
            env=environment,
            capture_output=True,
            check=True,
        )
        assert done.stdout.count(b"\n") > 150
        digests.add(hashlib.sha256(done.stdout).hexdigest())
    assert len(digests) == 1


def test_the_pack_needs_few_requests(start_recording: OperationPlan) -> None:
    """Without a random search, the plan of the pack's operation has at most 200 requests.

    Nine of them are rows of odd values in its body, four are odd values in its path.
    """
    plan = Plan({"start_recording": start_recording})
    assert sum(plan.count().values()) == len(plan.cases) <= 200
    assert plan.count()["odd"] == 13
    assert plan.count()["pairs"] <= 40


def test_every_request_clause_is_probed_or_has_a_reason(
    pack: Pack, start_recording: OperationPlan
) -> None:
    """Each promise about requests has a case that probes it, or a reason why it has none."""
    probed = {name for case in start_recording.cases for name in case.probes}
    for clause in pack.contract.operations["start_recording"].clauses.values():
        about_requests = clause.part in ("request", "path", "query", "auth")
        if about_requests and clause.keyword != "optional":
            assert (clause.id in probed) != (clause.id in start_recording.unplanned), clause.id


def test_every_optional_clause_of_the_pack_is_leaned_on(start_recording: OperationPlan) -> None:
    """Each member that may be left out is left out of some request that must be accepted."""
    leaned = {
        name
        for case in start_recording.cases
        if case.expect == "accepted"
        for name in start_recording.leans_on(dict(case.levels))
    }
    optional = {name for name in start_recording.operation.clauses if name.endswith(":optional")}
    assert optional <= leaned


def test_every_case_is_well_formed(pack: Pack, start_recording: OperationPlan) -> None:
    """Ids count up, lawful cases keep the contract, and bytes say what bodies say."""
    operation = pack.contract.operations["start_recording"]
    schema = operation.request.schema.document
    cases = start_recording.cases
    assert [case.id for case in cases] == [f"start_recording/{n:03d}" for n in range(len(cases))]
    assert (cases[0].kind, cases[0].expect) == ("example", "accepted")
    for case in cases:
        assert case.operation == "start_recording"
        assert case.label
        wire = encoded_case(operation, case)
        if case.body is not ABSENT:
            assert json.loads(wire.content or b"") == case.body
        if case.kind != "transport":
            read = operation.codec.read(wire)
            assert read == case.value
            about_schema = case.kind == "negative" and ":rule:" not in case.probes[0]
            assert accepted(schema, read) is not about_schema, case.label
        if case.kind == "negative":
            assert len(case.probes) == 1
            assert case.expect == "refused"


def test_a_negative_is_its_lawful_body_and_one_change(start_recording: OperationPlan) -> None:
    """What a negative does to the lawful body of its levels is what its change says."""
    model = start_recording.model
    assert model is not None
    for case in start_recording.cases:
        if case.change is None:
            continue
        assert start_recording.lawful(model.build(case.levels))
        found = look(case.value, case.change.at)
        if case.change.at != start_recording.leased:
            assert found is case.change.value or found == case.change.value


def test_cases_share_no_meeting(start_recording: OperationPlan) -> None:
    """Each case has a meeting of its own; those of one rule share theirs, in their order."""
    seen: dict[str, str] = {}
    for case in start_recording.cases:
        meeting = case.at(MEETING)
        if isinstance(meeting, str) and (case.change is None or case.change.at != MEETING):
            assert seen.setdefault(meeting, case.group or case.id) == (case.group or case.id)
    assert len(seen) > 100


def test_another_seed_gives_other_meetings(pack: Pack, start_recording: OperationPlan) -> None:
    """The seed changes the leased ids and nothing else of the fixed part of a plan."""
    other = make_plan(pack, examples=0, seed=5).operations["start_recording"]
    assert [case.label for case in other.cases] == [case.label for case in start_recording.cases]
    assert other.cases[0].value != start_recording.cases[0].value


def test_what_the_transport_promises(start_recording: OperationPlan) -> None:
    """No body, half a body, another media type, no token, a wrong one: each is one case."""
    transport = [case for case in start_recording.cases if case.kind == "transport"]
    cases = {case.probes: case for case in transport if case.expect == "refused"}
    name = "start_recording"
    wire = {key: encoded_case(start_recording.operation, case) for (key,), case in cases.items()}
    assert wire[f"{name}:request:required"].content is None
    assert wire[f"{name}:request:required"].content_type is None
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(wire[f"{name}:request:json"].content or b"")
    assert wire[f"{name}:request:media-type"].content_type == "text/plain"
    credentials = [c.credential for c in start_recording.cases if c.probes == (f"{name}:auth",)]
    assert credentials == ["none", "wrong"]


def test_a_path_value_that_is_too_long(start_recording: OperationPlan) -> None:
    """Path parameters are broken as members of bodies are, and the body beside them is lawful."""
    clause = "start_recording:path#/account_id:maxLength"
    (case,) = [case for case in start_recording.cases if case.probes == (clause,)]
    assert len(case.part("path")["account_id"]) == 33
    assert start_recording.operation.request.accepts(
        {**case.value, "path": start_recording.cases[0].value["path"]}
    )


def test_odd_path_values_prove_nothing_by_themselves(start_recording: OperationPlan) -> None:
    """Whether such a value exists is not known: the case expects either, and stays as it is."""
    odd = [case for case in start_recording.cases if case.kind == "odd" and case.pinned]
    assert {case.expect for case in odd} == {"either"}
    assert {at for case in odd for at in case.pinned} == {"/path/account_id", "/path/app_id"}
    lines = [encoded_case(start_recording.operation, case).path for case in odd]
    assert len(set(lines)) == len(odd)
    assert all(line.isascii() and line.count("/") == 6 for line in lines)


def test_the_steps_of_a_rule(tmp_path: Path) -> None:
    """A rule of several requests is a group; its first step is the least lawful request."""
    schema = {"type": "object", "properties": {"more": {"type": "boolean"}}}
    step = {"operation": "send", "expect": "accepted"}
    steps = [step, step | {"expect": "refused"}, {**step, "over": {"more": True}}]
    rule = {"statement": "One at a time.", "operations": ["send"], "steps": steps}
    plan = plan_of(small_pack(tmp_path, schema, rules=json.dumps({"ONE": rule})))
    group = [case for case in plan.cases if case.group == "ONE"]
    assert [case.expect for case in group] == ["accepted", "refused", "accepted"]
    assert group[0] is plan.cases[0]
    assert [case.body for case in group] == [{}, {}, {"more": True}]


def test_documented_examples_come_first(tmp_path: Path) -> None:
    """A lawful documented example is sent and lends its values; an unlawful one is not sent."""
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer", "maximum": 9}, "b": {"type": "string"}},
    }
    pack = small_pack(tmp_path, schema, examples={"good": {"a": 5, "b": "x"}, "bad": {"a": 10}})
    cases = plan_of(pack).cases
    assert [case.body for case in cases[:2]] == [{}, {"a": 5, "b": "x"}]
    assert all(case.body != {"a": 10} for case in cases if case.expect == "accepted")
    assert any(case.body == {"a": 5.5} for case in cases if case.expect == "refused")


def test_an_example_saves_a_schema_that_nothing_else_fits(tmp_path: Path) -> None:
    """Where no lawful body can be made up, a documented one is the least."""
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string", "pattern": "^[0-9]+$", "minLength": 40}},
    }
    pack = small_pack(tmp_path, schema, examples={"one": {"a": "12" * 20}})
    assert plan_of(pack).cases[0].body == {"a": "12" * 20}


def test_a_request_that_cannot_be_made_costs_its_operation(tmp_path: Path) -> None:
    """A schema that nothing keeps leaves every clause of its operation without a case, and why."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": False}}
    plan = plan_of(small_pack(tmp_path, schema))
    assert plan.cases == []
    assert plan.lack == "no lawful body can be made of its schema; give it an example"
    assert plan.unplanned == dict.fromkeys(plan.operation.clauses, plan.lack)


@pytest.mark.parametrize(
    ("more", "least"),
    [
        ({"minProperties": 1}, {"a": 1}),
        ({"minProperties": 2}, {"a": 1, "b": 2}),
        ({"anyOf": [{"required": ["b"]}, {"required": ["c"]}]}, {"b": 2}),
        ({"required": ["a"], "dependentRequired": {"a": ["c"]}}, {"a": 1, "c": 3}),
        ({"if": {"not": {"required": ["a"]}}, "then": {"required": ["c"]}}, {"a": 1}),
    ],
)
def test_the_least_request_is_lawful(tmp_path: Path, more: Any, least: Any) -> None:
    """The first request has what the contract asks for in roundabout ways, and no more."""
    members = {name: {"const": value} for name, value in (("a", 1), ("b", 2), ("c", 3))}
    pack = small_pack(tmp_path, {"type": "object", "properties": members, **more})
    assert plan_of(pack).cases[0].body == least


def test_rules_on_bodies(tmp_path: Path) -> None:
    """No lawful case breaks a rule on bodies, and its `broken_by` is a case that breaks it."""
    members = {"a": {"enum": [1, 2]}, "b": {"enum": [1, 2]}}
    pack = small_pack(
        tmp_path,
        {"type": "object", "properties": members},
        rules="""\
R1:
  statement: Not both 1.
  operations: [send]
  body: {not: {required: [a, b], properties: {a: {const: 1}, b: {const: 1}}}}
  broken_by: [{a: 1, b: 1}]
R2:
  statement: Nothing breaks it.
  operations: [send]
  body: {type: object}
  broken_by: [{a: 1}]
""",
    )
    plan = plan_of(pack)
    both = {"a": 1, "b": 1}
    assert [case.probes for case in plan.cases if case.body == both] == [("send:rule:R1",)]
    assert plan.unplanned["send:rule:R2"] == "its `broken_by` breaks something else, or nothing"


def test_contested_values_are_neither_good_nor_bad(tmp_path: Path) -> None:
    """What `x-contested` leaves open is in no fixed case, and proves nothing in the search."""
    member = {"type": "integer", "examples": [3], "x-contested": {"minimum": 1, "maximum": 5}}
    schema = {"type": "object", "properties": {"a": member}}
    plan = plan_of(small_pack(tmp_path, schema), examples=40)
    for case in plan.cases:
        value = case.at("/body/a")
        if isinstance(value, int) and not 1 <= value <= 5:
            assert (case.kind, case.expect) == ("search", "either")
    assert any(case.expect == "either" for case in plan.cases)


def test_an_operation_without_a_body(tmp_path: Path) -> None:
    """A request without a body is one plain case, and its path's and credential's negatives."""
    operation: dict[str, Any] = {
        "requestBody": None,
        "security": [{"token": []}],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"minLength": 3}},
        ],
    }
    pack = small_pack(tmp_path, {}, operation=operation, path="/things/{id}")
    path = pack.root / "openapi.json"
    path.write_text(path.read_text("utf-8").replace('"requestBody": null, ', ""), "utf-8")
    load_pack.cache_clear()
    plan = plan_of(load_pack(pack.root))
    assert [(case.kind, case.expect) for case in plan.cases[:1]] == [("example", "accepted")]
    assert ("send:path#/id:minLength",) in [case.probes for case in plan.cases]
    assert [case.credential for case in plan.cases if case.probes == ("send:auth",)] == [
        "none",
        "wrong",
    ]


@pytest.mark.parametrize(
    ("security", "credentials"),
    [
        ([{"token": [], "key": []}], ["none", "wrong", "first missing", "second missing"]),
        ([{"token": [], "key": []}, {"key": []}], ["none", "wrong", "second missing"]),
        ([{"token": []}, {"key": []}], ["none", "wrong"]),
        ([{"certificate": []}, {"key": []}], []),
        ([{"certificate": [], "key": []}], ["none", "wrong", "second missing"]),
    ],
)
def test_credentials_that_go_together(
    tmp_path: Path, security: list[Any], credentials: list[str]
) -> None:
    """Of several, one at a time is missing, unless the others are enough by themselves.

    A certificate of the connection alone cannot be left out.
    """
    pack = small_pack(tmp_path, {}, operation={"security": security})
    path = pack.root / "openapi.json"
    document = json.loads(path.read_text("utf-8"))
    schemes = {"token": {"type": "http", "scheme": "bearer"}}
    schemes["key"] = {"type": "apiKey", "in": "query", "name": "key"}
    schemes["certificate"] = {"type": "mutualTLS"}
    document["components"] = {"securitySchemes": schemes}
    path.write_text(json.dumps(document), "utf-8")
    load_pack.cache_clear()
    cases = plan_of(load_pack(pack.root)).cases
    assert [c.credential for c in cases if c.probes == ("send:auth",)] == credentials


def test_the_body_may_be_an_array(tmp_path: Path) -> None:
    """A body that is no object is planned like a member."""
    schema = {"type": "array", "items": {"type": "integer", "maximum": 3}, "maxItems": 2}
    plan = plan_of(small_pack(tmp_path, schema))
    probed = {name: case.body for case in plan.cases for name in case.probes}
    assert probed["send:request#/*:maximum"] == [4]
    assert len(probed["send:request#:maxItems"]) == 3
    assert plan.unplanned == {}


def test_a_tree_is_planned(tmp_path: Path) -> None:
    """A schema that contains itself is planned one level deep, and broken below it."""
    schema = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "child": {"$ref": "#/paths/~1things/post/requestBody/content/application~1json/schema"},
        },
    }
    plan = plan_of(small_pack(tmp_path, schema))
    assert any("child" in case.body for case in plan.cases if case.expect == "accepted") or (
        "send:request#/child:$ref" in plan.unplanned
    )
    body = plan.operation.body
    assert body is not None
    for case in plan.cases:
        if case.expect == "accepted":
            assert body.accepts(case.body)
