"""Plans of parameters: what goes over the wire keeps the contract, or breaks one clause of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from clausewise.campaign.requests import Wire
from clausewise.contract.requests import Encoded
from clausewise.exchange import Request
from clausewise.mock import Application, Call, Reply
from clausewise.pack import Pack, load_pack
from clausewise.pack.resolving import resolve
from clausewise.plan.cases import Case, encoded_case
from clausewise.plan.plan import OperationPlan, make_plan
from clausewise.pointer import ABSENT, escape

from .judging import accepted, relaxed
from .making import plan_of

BODY = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "string"}},
    "additionalProperties": False,
}
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}

# One query parameter of every kind: its name, and its node but for the name.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "a required integer": (
        "n",
        {"required": True, "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
    ),
    "an optional integer": ("n", {"schema": WHOLE}),
    "a number": (
        "x",
        {"schema": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "multipleOf": 0.25}},
    ),
    "a boolean": ("f", {"schema": {"type": "boolean"}}),
    "an integer or null": ("n", {"required": True, "schema": {"type": ["integer", "null"]}}),
    "a text": ("s", {"schema": TEXT}),
    "a required text": ("s", {"required": True, "schema": {**TEXT, "minLength": 1}}),
    "a text of some length": ("s", {"schema": {**TEXT, "minLength": 3, "maxLength": 5}}),
    "a pattern": ("s", {"required": True, "schema": {**TEXT, "pattern": "^[a-z]{3}[0-9]$"}}),
    "an enum": ("e", {"schema": {**TEXT, "enum": ["UPLOADED", "RECORDING", "a,b c"]}}),
    "an enum of numbers": ("e", {"required": True, "schema": {**WHOLE, "enum": [10, 20]}}),
    "an enum without a type": ("e", {"schema": {"enum": ["A", "B"]}}),
    "a const": ("c", {"schema": {**TEXT, "const": "yes"}}),
    "a UUID": ("id", {"schema": {**TEXT, "format": "uuid"}}),
    "a time": ("at", {"schema": {**TEXT, "format": "date-time"}}),
    "a date": ("at", {"required": True, "schema": {**TEXT, "format": "date"}}),
    "an address": ("to", {"schema": {**TEXT, "format": "email"}}),
    "a URI": ("u", {"schema": {**TEXT, "format": "uri"}}),
    "integers": (
        "ids",
        {"schema": {"type": "array", "items": {**WHOLE, "minimum": 1}, "maxItems": 3}},
    ),
    "two texts at least": (
        "names",
        {"required": True, "schema": {"type": "array", "items": TEXT, "minItems": 2}},
    ),
    "an array of an enum": (
        "status",
        {"schema": {"type": "array", "items": {**TEXT, "enum": ["A", "B", "C"]}}},
    ),
    "items that differ": (
        "ids",
        {"schema": {"type": "array", "items": WHOLE, "uniqueItems": True}},
    ),
    "an array in one": (
        "ids",
        {"explode": False, "schema": {"type": "array", "items": WHOLE, "maxItems": 2}},
    ),
    "an array with spaces": (
        "ids",
        {
            "style": "spaceDelimited",
            "explode": False,
            "schema": {"type": "array", "items": {**TEXT, "maxLength": 9}},
        },
    ),
    "an array with bars": (
        "ids",
        {
            "style": "pipeDelimited",
            "explode": False,
            "required": True,
            "schema": {"type": "array", "items": {**TEXT, "enum": ["a", "b|c", "d"]}},
        },
    ),
    "an odd name": ("a/b~c[é]&=", {"required": True, "schema": {**WHOLE, "maximum": 3}}),
    "what may be empty": ("flag", {"allowEmptyValue": True, "schema": {"type": "boolean"}}),
    "a text that may be empty": ("s", {"allowEmptyValue": True, "required": True, "schema": TEXT}),
    "anything": ("any", {"schema": {}}),
    "a choice": ("c", {"schema": {"anyOf": [{**TEXT, "const": "x"}, {**TEXT, "minLength": 4}]}}),
    "an object": ("o", {"schema": {"type": "object", "properties": {"a": TEXT}}}),
    "a deep object": (
        "o",
        {"style": "deepObject", "explode": True, "schema": {"type": "object"}, "example": {"a": 1}},
    ),
    "a deep array": ("o", {"style": "deepObject", "schema": {"type": "array", "items": WHOLE}}),
    "JSON in a URL": ("o", {"content": {"application/json": {"schema": {"type": "object"}}}}),
    "members of any name": (
        "f",
        {
            "required": True,
            "schema": {"type": "object", "additionalProperties": {**WHOLE, "minimum": 1}},
        },
    ),
    "members of some names": (
        "f",
        {
            "schema": {
                "type": "object",
                "required": ["lang"],
                "properties": {"lang": {"enum": ["en", "de"]}},
                "patternProperties": {"^x-": {**TEXT, "maxLength": 3}},
                "additionalProperties": False,
            }
        },
    ),
    "a documented value": (
        "k",
        {"required": True, "example": "k-12-q", "schema": {**TEXT, "pattern": "^k-.*-q$"}},
    ),
}
# A second one, so that no request is all about one parameter.
OTHER = {"name": "other", "in": "query", "required": True, "schema": {**WHOLE, "minimum": 5}}


def pack_of(
    root: Path,
    *parameters: dict[str, Any],
    body: bool = False,
    path: str = "/things",
    settings: str = "",
    rules: str | None = None,
    beside: dict[str, Any] | None = None,
) -> Pack:
    """A pack of one operation, `send`, with these parameters; `beside` are other paths."""
    operation: dict[str, Any] = {
        "operationId": "send",
        "parameters": list(parameters),
        "responses": {"200": {"description": "Done."}},
    }
    if body:
        content = {"application/json": {"schema": BODY}}
        operation["requestBody"] = {"required": True, "content": content}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": {path: {"post" if body else "get": operation}, **(beside or {})},
    }
    root.mkdir(parents=True, exist_ok=True)
    if rules is not None:
        (root / "rules.yaml").write_text(rules, "utf-8")
        settings += "rules: rules.yaml\n"
    (root / "openapi.json").write_text(json.dumps(document), "utf-8")
    (root / "clausewise.yaml").write_text(f"contract: openapi.json\n{settings}", "utf-8")
    return load_pack(root)


def in_query(name: str, node: dict[str, Any]) -> dict[str, Any]:
    """A query parameter."""
    return {"name": name, "in": "query", **node}


@dataclass(frozen=True)
class Sent:
    """One planned case as it goes over the wire, and the request object that a server reads."""

    case: Case
    request: Request
    value: Any


def sent(pack: Pack, plan: OperationPlan) -> Iterator[Sent]:
    """Every case of a plan as a request."""
    operation = plan.operation
    wire = Wire(resolve(pack, environment={}), {}, None)
    for case in plan.cases:
        request = wire.request(operation, case)
        parts = urlsplit(request.url)
        assert parts.query.isascii()
        cookies = [value for name, value in request.headers if name == "Cookie"]
        assert len(cookies) <= 1
        read = Encoded(parts.path, parts.query, request.headers, "".join(cookies), request.content)
        yield Sent(case, request, operation.codec.read(read))


def answered(pack: Pack, request: Request) -> int:
    """The status that a mock of the contract answers, which reads parameters in its own way."""

    def send(call: Call) -> Reply:
        return Reply(200)

    application = Application(pack.contract, {"send": send}, refuse=lambda *_: {"no": True})
    parts = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers}
    content = request.content or b""
    return application.answer(request.method, parts.path, parts.query, headers, content).status


def hold(pack: Pack, plan: OperationPlan) -> None:
    """Each lawful request keeps everything; each broken one breaks the clause that it names."""
    operation = plan.operation
    assert plan.cases or plan.unplanned
    schema = operation.request.schema.document
    for one in sent(pack, plan):
        clauses = [operation.clauses[name] for name in one.case.probes]
        told = f"{one.case.label}: {one.request.url}"
        status = answered(pack, one.request)
        if one.case.expect == "accepted":
            assert status == 200, told
            if [clause.keyword for clause in clauses] != ["allowEmptyValue"]:
                assert accepted(schema, one.value), told
            continue
        if one.case.expect == "either":
            assert one.case.kind == "odd"
            assert accepted(schema, one.value), told
            continue
        assert status >= 400, told
        (clause,) = clauses
        if clause.keyword in ("json", "media-type"):
            continue
        assert not accepted(schema, one.value), told
        assert accepted(relaxed(schema, clause.at or "", clause.keyword), one.value), told


def complete(plan: OperationPlan) -> None:
    """Each clause about parameters is probed, stood on by a lawful request, or has a reason."""
    probed = {name for case in plan.cases for name in case.probes}
    for case in plan.cases:
        if case.expect == "accepted":
            probed |= plan.leans_on(dict(case.levels)).keys()
    for clause in plan.operation.clauses.values():
        if clause.part in ("query", "path", "header", "cookie"):
            reason = plan.unplanned.get(clause.id)
            assert clause.id in probed or reason, clause.id
            assert reason is None or clause.id not in probed, clause.id


@pytest.mark.parametrize("body", [False, True], ids=["alone", "beside a body"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_query_parameter(tmp_path: Path, kind: str, body: bool) -> None:
    """Read back from the URL, positives keep all, negatives break one clause alone."""
    name, node = KINDS[kind]
    pack = pack_of(tmp_path, in_query(name, node), OTHER, body=body)
    plan = plan_of(pack)
    hold(pack, plan)
    complete(plan)
    assert any(case.kind == "control" for case in plan.cases)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if "object" not in kind and kind not in ("a deep array",
             "JSON in a URL", "anything", "a choice")],
)  # fmt: skip
def test_what_is_promised_of_a_parameter_is_probed(tmp_path: Path, kind: str) -> None:
    """Of all that can be written in a URL, no clause stays without a request, alone or beside."""
    name, node = KINDS[kind]
    for body in (False, True):
        plan = plan_of(pack_of(tmp_path / str(body), in_query(name, node), OTHER, body=body))
        left = {short.rpartition(":")[2] for short in plan.unplanned}
        # An array without items is not told from none at all; nor is an empty text from a flag.
        assert left <= ({"minItems"} | ({"allowEmptyValue"} if body else set()))


def test_all_kinds_in_one_operation(tmp_path: Path) -> None:
    """Many parameters at once, with a random search: still each request is as it should be."""
    nodes = {name: node for name, node in KINDS.values() if not node.get("example")}
    pack = pack_of(tmp_path, *(in_query(name, node) for name, node in nodes.items()))
    plan = plan_of(pack, examples=20)
    hold(pack, plan)
    complete(plan)
    assert any(case.kind == "search" for case in plan.cases)


def test_the_least_query_has_what_is_required_and_nothing_else(tmp_path: Path) -> None:
    """The first request is the smallest; beside a body every request has the required ones."""
    optional = in_query("more", {"schema": TEXT})
    alone = plan_of(pack_of(tmp_path / "alone", OTHER, optional))
    assert alone.cases[0].value == {"query": {"other": 5}}
    beside = plan_of(pack_of(tmp_path / "beside", OTHER, optional, body=True))
    assert beside.cases[0].part("query") == {"other": 5}
    for case in beside.cases:
        if not any(":query#/other" in name for name in case.probes):
            assert case.part("query")["other"] >= 5


def test_a_missing_query_parameter_is_missing_beside_a_body(tmp_path: Path) -> None:
    """The only one there is, left out: the URL has no query at all."""
    pack = pack_of(tmp_path, OTHER, body=True)
    one = next(
        one
        for one in sent(pack, plan_of(pack))
        if one.case.probes == ("send:query#/other:required",) and one.case.expect == "refused"
    )
    assert "?" not in one.request.url
    assert one.request.content == b'{"a":"a-1"}'


def test_an_empty_value_comes_with_all_that_is_required(tmp_path: Path) -> None:
    """`flag=` alone would be refused for what is missing; its name is percent-encoded."""
    flag = in_query("fläg", {"allowEmptyValue": True, "schema": {"type": "boolean"}})
    own = in_query("s", {"allowEmptyValue": True, "required": True, "schema": WHOLE})
    pack = pack_of(tmp_path, OTHER, flag, own)
    empty = {
        one.case.probes[0]: urlsplit(one.request.url).query
        for one in sent(pack, plan_of(pack))
        if one.case.probes and one.case.probes[0].endswith("allowEmptyValue")
    }
    assert empty == {
        "send:query#/fläg:allowEmptyValue": "other=5&s=7&fl%C3%A4g=",
        "send:query#/s:allowEmptyValue": "other=5&s=",
    }


@pytest.mark.parametrize("body", [False, True], ids=["alone", "beside a body"])
@pytest.mark.parametrize("kind", ["an object", "JSON in a URL"])
def test_an_object_that_every_request_needs(tmp_path: Path, kind: str, body: bool) -> None:
    """It is sent with as little as can be written, and left out to see that it is needed."""
    name, node = KINDS[kind]
    pack = pack_of(tmp_path, in_query(name, {**node, "required": True}), OTHER, body=body)
    plan = plan_of(pack)
    hold(pack, plan)
    complete(plan)
    assert ("send:query#/o:required",) in [case.probes for case in plan.cases]


@pytest.mark.parametrize("body", [False, True], ids=["alone", "beside a body"])
@pytest.mark.parametrize("kind", ["a deep object", "a deep array"])
def test_what_is_needed_and_cannot_be_written_leaves_the_operation_out(
    tmp_path: Path, kind: str, body: bool
) -> None:
    """A request without it would be refused rightly: none is sent, and everything says why."""
    name, node = KINDS[kind]
    pack = pack_of(tmp_path, in_query(name, {**node, "required": True}), OTHER, body=body)
    plan = plan_of(pack)
    assert all(case.expect == "either" for case in plan.cases)
    assert plan.unplanned.keys() == pack.contract.clauses.keys()
    (reason,) = set(plan.unplanned.values())
    assert "query parameter o" in reason


def test_a_value_that_nobody_can_guess_wants_an_example(tmp_path: Path) -> None:
    """No value keeps this schema's parts that are known: the reason says what would help."""
    schema = {**TEXT, "allOf": [{"pattern": "^a.*z$"}, {"pattern": "q{3}"}]}
    for body in (False, True):
        needed = {"required": True, "schema": schema}
        plan = plan_of(pack_of(tmp_path / f"{body}", in_query("k", needed), body=body))
        assert all(case.expect == "either" for case in plan.cases)
        assert all("example" in reason for reason in plan.unplanned.values())

        told = in_query("k", {**needed, "example": "aqqqz"})
        pack = pack_of(tmp_path / f"{body} told", told, body=body)
        plan = plan_of(pack)
        hold(pack, plan)
        complete(plan)


@pytest.mark.parametrize(
    ("schema", "text", "probed"),
    [
        ({**WHOLE, "minimum": 1}, "7", {"type": "text", "minimum": "0"}),
        ({**WHOLE, "maximum": 9}, "7", {"type": "text", "maximum": "10"}),
        ({**TEXT, "format": "uuid"}, "97440c6a-140b-40a9-9499-b23fd7a3868f", {"format": None}),
        ({**TEXT, "enum": ["a", "b"]}, "a", {"enum": "A"}),
        ({**TEXT, "maxLength": 4}, "abc", {"maxLength": "abcab"}),
        ({**TEXT, "minLength": 1}, "abc", {"minLength": ""}),
        ({"type": "boolean"}, "true", {"type": "text"}),
        ({"type": "array", "items": WHOLE, "maxItems": 2}, "1,2", {"maxItems": "0,1,2"}),
    ],
)
def test_path_parameters(
    tmp_path: Path, schema: Any, text: str, probed: dict[str, str | None]
) -> None:
    """A broken segment for each promise; an empty one would be another path."""
    parameter = {"name": "id", "in": "path", "required": True, "schema": schema}
    pack = pack_of(tmp_path, parameter, path="/things/{id}", settings=f"path: {{id: '{text}'}}\n")
    plan = plan_of(pack)
    hold(pack, plan)
    complete(plan)
    found = {
        name.removeprefix("send:path#/id:"): unquote(wire.path.rpartition("/")[2])
        for case in reversed(plan.cases)
        for wire in [encoded_case(plan.operation, case)]
        for name in case.probes
    }
    for keyword, value in probed.items():
        if value == "":
            assert keyword not in found
            assert f"send:path#/id:{keyword}" in plan.unplanned
        else:
            assert found[keyword] == value or value is None


SUPPLY = """
supplies:
  thing:
    operation: make
    gives: {id: /response/id}
    needed_by: {send: {}}
"""


@pytest.mark.parametrize(
    ("schema", "planned"),
    [
        (WHOLE, True),
        ({**WHOLE, "minimum": 1, "maximum": 2147483647}, True),
        (TEXT, True),
        ({**TEXT, "format": "uuid"}, True),
        ({**TEXT, "pattern": "^rec_[a-z]{4}$"}, False),
        ({**WHOLE, "maximum": 99}, False),
    ],
)
def test_an_id_that_nobody_was_given(tmp_path: Path, schema: Any, planned: bool) -> None:
    """A lawful id of a supplied thing that was never handed out; else the reason why there is none.

    It needs no thing, the other requests do.
    """
    parameter = {"name": "id", "in": "path", "required": True, "schema": schema}
    make = {"operationId": "make", "responses": {"200": {"description": "Done."}}}
    pack = pack_of(
        tmp_path,
        parameter,
        path="/things/{id}",
        settings=SUPPLY,
        beside={"/things": {"post": make}},
    )
    plan = make_plan(pack, operations=["send"], examples=0).operations["send"]
    clause = "send:path#/id:unknown"
    cases = [case for case in plan.cases if clause in case.probes]
    assert bool(cases) is planned
    assert (clause in plan.unplanned) is not planned
    for case in cases:
        (told,) = plan.operation.parameters
        assert told.message.accepts(case.part("path")["id"])
        assert case.expect == "refused"
    for case in plan.cases:
        assert (case.needs is None) is case.is_pinned("/path/id")
        assert case.needs in (None, ("thing", None))


def test_headers_and_cookies_are_planned_like_all_else(tmp_path: Path) -> None:
    """Each of their promises is broken alone, and what may be left out is."""
    nodes: list[dict[str, Any]] = [
        {"name": "X-Page", "in": "header", "schema": {**WHOLE, "minimum": 1}},
        {"name": "X-Ids", "in": "header", "schema": {"type": "array", "items": WHOLE}},
        {"name": "X-Key", "in": "header", "required": True, "schema": {**TEXT, "minLength": 3}},
        {"name": "session", "in": "cookie", "schema": {**TEXT, "maxLength": 3}},
        {"name": "theme", "in": "cookie", "required": True, "schema": {"enum": ["dark", "light"]}},
    ]
    for body in (False, True):
        pack = pack_of(tmp_path / f"{body}", *nodes, body=body)
        plan = plan_of(pack)
        hold(pack, plan)
        complete(plan)
        assert not [name for name in plan.unplanned if ":header#" in name or ":cookie#" in name]


def test_an_optional_body_is_left_out(tmp_path: Path) -> None:
    """That a body may be missing is a promise, which a lawful request stands on."""
    pack = pack_of(tmp_path, OTHER, body=True)
    path = pack.root / "openapi.json"
    text = path.read_text("utf-8").replace('"requestBody": {"required": true, ', '"requestBody": {')
    path.write_text(text, "utf-8")
    load_pack.cache_clear()
    pack = load_pack(pack.root)
    plan = plan_of(pack)
    hold(pack, plan)
    assert plan.operation.clauses["send:request:optional"].promise == "the body may be left out"
    assert plan.cases[0].body is ABSENT
    without = [
        one for one in sent(pack, plan) if one.case.expect == "accepted" and not one.request.content
    ]
    assert without
    assert all("Content-Type" not in dict(one.request.headers) for one in without)
    assert any("send:request:optional" in plan.leans_on(dict(one.case.levels)) for one in without)
    assert "send:request#/a:required" in {name for case in plan.cases for name in case.probes}


def test_odd_path_values_may_be_either(tmp_path: Path) -> None:
    """Quotes, blanks and percent signs in free texts of a path, and far numbers, expect nothing."""
    nodes = [
        {"name": "id", "in": "path", "required": True, "schema": TEXT},
        {"name": "no", "in": "path", "required": True, "schema": WHOLE},
        {"name": "kind", "in": "path", "required": True, "schema": {"enum": ["a", "b"]}},
        {"name": "code", "in": "path", "required": True, "schema": {**TEXT, "pattern": "^[A-Z]+$"}},
    ]
    pack = pack_of(tmp_path, *nodes, path="/things/{id}/{no}/{kind}/{code}")
    plan = plan_of(pack)
    hold(pack, plan)
    odd = [case for case in plan.cases if case.kind == "odd"]
    assert [case.part("path")["id"] for case in odd[:2]] == ["it's", 'a "b" é 50%25']
    assert [case.part("path")["no"] for case in odd[2:]] == [0, 2**63]
    assert {case.expect for case in odd} == {"either"}
    paths = [encoded_case(plan.operation, case).path for case in odd[:2]]
    assert [path.split("/")[2] for path in paths] == ["it%27s", "a%20%22b%22%20%C3%A9%2050%2525"]


RULES = """
R1:
  statement: One at a time.
  operations: [send]
  steps:
    - {operation: send, expect: accepted}
    - {operation: send, expect: refused}
R2:
  statement: Two in a row.
  operations: [send]
  steps:
    - {operation: send, expect: accepted}
    - {operation: send, expect: refused, over: {a: again}}
"""


def test_each_rule_of_several_requests_has_its_own_first_one(tmp_path: Path) -> None:
    """The plan's first request begins one rule; the other has its first step for itself."""
    plan = plan_of(pack_of(tmp_path, body=True, rules=RULES))
    for rule in ("R1", "R2"):
        group = [case for case in plan.cases if case.group == rule]
        assert [case.expect for case in group] == ["accepted", "refused"], rule
        assert all(case.body is not ABSENT for case in group)


def test_clauses_of_escaped_names_are_found_again(tmp_path: Path) -> None:
    """A slash in a name is no step of a pointer: the blame finds its clause."""
    name, node = KINDS["an odd name"]
    plan = plan_of(pack_of(tmp_path, in_query(name, node)))
    at = f"/{escape(name)}"
    for level in plan.model.factors[f"/query{at}"].levels:
        clause = plan.clause_of(f"/query{at}", level)
        assert clause == f"send:query#{at}:{level.keyword}"
