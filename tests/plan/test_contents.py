"""Plans of bodies that are no JSON, and of further bodies of one operation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.contract.requests import Encoded
from clausewise.plan.cases import encoded_case
from clausewise.plan.plan import OperationPlan

from .making import plan_of, small_pack

FORM = "application/x-www-form-urlencoded"
USER = {
    "type": "object",
    "required": ["user"],
    "properties": {
        "user": {"type": "string", "minLength": 1, "maxLength": 10},
        "keep": {"type": "boolean"},
    },
}

NOTE = {
    "type": "object",
    "required": ["note"],
    "properties": {"note": {"type": "string"}, "days": {"type": "integer"}},
}


def _plan(folder: Path, contents: dict[str, Any], **operation: Any) -> OperationPlan:
    body = {"required": True, "content": {kind: {"schema": s} for kind, s in contents.items()}}
    return plan_of(small_pack(folder, {}, operation={"requestBody": body, **operation}))


def _probes(plan: OperationPlan, clause: str) -> list[Encoded]:
    return [
        encoded_case(plan.operation, case)
        for case in plan.cases
        if case.probes == (f"send:{clause}",) and case.expect == "refused"
    ]


def test_every_body_of_an_operation_is_broken_by_itself(tmp_path: Path) -> None:
    """A clause of the second body is probed by a request that has this body."""
    texts = {"type": "string", "maxLength": 30, "pattern": "^[a-z]*$"}
    plan = _plan(tmp_path, {"application/json": USER, "text/plain": texts, FORM: NOTE})
    for keyword in ("maxLength", "pattern"):
        (first, *_) = _probes(plan, f"request(text/plain)#:{keyword}")
        assert first.content_type == "text/plain"
    form = _probes(plan, f"request({FORM})#/days:type")[0]
    assert form.content_type == FORM
    assert form.content is not None
    assert b"note=" in form.content


@pytest.mark.parametrize("kind", ["text/plain", FORM])
def test_what_is_text_on_the_wire_is_no_promise(tmp_path: Path, kind: str) -> None:
    """That a field of a form, or a text, is a string cannot be broken, so no clause says it."""
    plan = _plan(tmp_path, {kind: {"type": "string"} if kind == "text/plain" else USER})
    typed = {name for name in plan.operation.clauses if "request" in name and ":type" in name}
    assert typed == ({"send:request#/keep:type"} if kind == FORM else set())
    assert not [name for name in plan.unplanned if name.endswith(":type")]


def test_a_form_without_a_field_is_not_a_form_without_anything(tmp_path: Path) -> None:
    """No body at all would say nothing of the field: another field is sent in its stead."""
    probes = _probes(_plan(tmp_path, {FORM: USER}), "request#/user:required")
    assert [probe.content for probe in probes] == [b"keep=true"]


@pytest.mark.parametrize("required", [True, False])
def test_a_body_that_has_no_form_costs_itself(tmp_path: Path, required: bool) -> None:
    """Nothing writes YAML: its clauses have a reason, and what stands beside it is asked."""
    body = {"required": required, "content": {"application/yaml": {"schema": {"type": "object"}}}}
    query = {"name": "deep", "in": "query", "schema": {"type": "boolean"}}
    operation = {"requestBody": body, "parameters": [query]}
    plan = plan_of(small_pack(tmp_path, {}, operation=operation))
    assert any("deep" in clause for case in plan.cases for clause in case.probes) is not required
    assert plan.unplanned["send:request:media-type"] == (
        plan.lack if required else "no lawful body is known that could be spoilt"
    )


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data"])
def test_a_list_in_a_form_is_a_list_whatever_is_sent(tmp_path: Path, kind: str) -> None:
    """One value is read as a list of one, and a text is a text: neither type can be broken."""
    items = {"texts": "string", "numbers": "integer", "things": "object"}
    members = {name: {"type": "array", "items": {"type": one}} for name, one in items.items()}
    plan = _plan(tmp_path, {kind: {"type": "object", "properties": members}})
    typed = {name for name in plan.operation.clauses if "request#" in name and ":type" in name}
    assert typed == {"send:request#/numbers/*:type", "send:request#/things/*:type"}
    assert "send:request#/numbers/*:type" not in plan.unplanned


@pytest.mark.parametrize("kind", ["application/pdf", "text/csv"])
def test_a_further_content_that_has_no_form_is_not_sent(tmp_path: Path, kind: str) -> None:
    """Nobody knows how an object is a PDF: no request calls itself one, and the reason is told."""
    content = {one: {"schema": USER} for one in ("application/json", kind)}
    pack = small_pack(tmp_path, {}, operation={"requestBody": {"content": content}})
    plan = plan_of(pack)
    assert not [c for c in plan.cases if encoded_case(plan.operation, c).content_type == kind]
    why = {why for name, why in plan.unplanned.items() if f"({kind})" in name}
    assert why == {"no value of it is known that could be written"}


@pytest.mark.parametrize("place", ["cookie", "header", "path"])
def test_a_parameter_whose_text_its_place_cannot_carry(tmp_path: Path, place: str) -> None:
    """Where every request needs JSON in a cookie, the reason names the cookie; others carry it."""
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    written = {"content": {"application/json": {"schema": schema}}}
    parameters = [{"name": "who", "in": place, "required": True, **written}]
    operation = {"parameters": parameters}
    path = "/x/{who}" if place == "path" else "/x"
    plan = plan_of(small_pack(tmp_path, {}, operation=operation, path=path))
    assert (plan.lack is not None) is (place == "cookie")
    if plan.lack is not None:
        assert plan.lack.startswith("every request needs the cookie parameter who, and no value")


@pytest.mark.parametrize("place", ["cookie", "query"])
def test_what_cannot_be_written_keeps_nothing_else_from_being_sent(
    tmp_path: Path, place: str
) -> None:
    """JSON in a cookie, or an object in a deep one, is left out with that reason; others vary."""
    inner = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    whole = {"type": "object", "required": ["inner"], "properties": {"inner": inner}}
    written: dict[str, Any] = {
        "cookie": {"content": {"application/json": {"schema": whole}}},
        "query": {"style": "deepObject", "explode": True, "schema": whole},
    }
    odd = {"name": "odd", "in": place, **written[place]}
    parameters = [odd, {"name": "n", "in": place, "schema": {"type": "integer", "maximum": 9}}]
    plan = plan_of(small_pack(tmp_path, {}, operation={"parameters": parameters}))
    sent = [case.part(place) for case in plan.cases if case.kind == "pairs"]
    assert {0, 9} <= {value["n"] for value in sent if "n" in value}
    assert not any("odd" in value for value in sent)
    why = {why for name, why in plan.unplanned.items() if "/odd" in name}
    assert why == {"no value of it is known that could be written"}


def test_a_body_is_spoilt_beside_a_parameter_that_needs_a_member(tmp_path: Path) -> None:
    """An object of optional members in a query is never empty, also beside an optional body."""
    members = {"page": {"type": "integer"}, "size": {"type": "integer"}}
    page = {"name": "page", "in": "query", "required": True}
    operation = {
        "parameters": [{**page, "schema": {"type": "object", "properties": members}}],
        "requestBody": {"content": {"application/json": {"schema": USER}}},
    }
    plan = plan_of(small_pack(tmp_path, {}, operation=operation))
    assert "send:request:json" not in plan.unplanned


def test_an_optional_text_is_never_empty(tmp_path: Path) -> None:
    """Nothing at all is no body, which may be sent here: so it breaks no minimum."""
    body = {"content": {"text/plain": {"schema": {"type": "string", "minLength": 2}}}}
    plan = plan_of(small_pack(tmp_path, {}, operation={"requestBody": body}))
    (probe,) = _probes(plan, "request#:minLength")
    assert probe.content is not None
    assert len(probe.content) == 1


def test_an_empty_value_is_no_class_where_it_is_unlawful(tmp_path: Path) -> None:
    """A query parameter without `allowEmptyValue` has no class of empty texts (OpenAPI 3.1)."""
    where = {"in": "query", "schema": {"type": "string"}}
    parameters = [
        {"name": "tag", **where},
        {"name": "word", **where, "allowEmptyValue": True},
    ]
    plan = plan_of(small_pack(tmp_path, USER, operation={"parameters": parameters}))
    values = {at: [level.value for level in f.levels] for at, f in plan.model.factors.items()}
    assert "" not in values["/query/tag"]
    assert "" in values["/query/word"]


@pytest.mark.parametrize(
    ("how", "may_be_empty"),
    [
        ({"style": "deepObject", "explode": True}, False),
        ({"style": "form", "explode": True}, False),
        ({"style": "deepObject", "explode": True, "allowEmptyValue": True}, True),
        ({"content": "application/json"}, True),
    ],
)
def test_a_member_that_is_a_pair_of_its_own_is_not_empty(
    tmp_path: Path, how: dict[str, Any], may_be_empty: bool
) -> None:
    """`?at[city]=` looks like a parameter without a value; JSON says what it means."""
    whole = {"schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
    kind = how.get("content")
    held = {"content": {kind: whole}} if kind is not None else {**how, **whole}
    where = {"name": "at", "in": "query", "required": True, **held}
    plan = plan_of(small_pack(tmp_path, {}, operation={"parameters": [where]}))
    lawful = [case.value["query"] for case in plan.cases if case.expect == "accepted"]
    assert ({"at": {"city": ""}} in lawful) == may_be_empty


@pytest.mark.parametrize("place", ["query", "form"])
@pytest.mark.parametrize("required", [True, False])
def test_an_object_within_a_deep_object(tmp_path: Path, place: str, required: bool) -> None:
    """It has no documented form: what stands beside it is sent, unless it has to be there."""
    inner = {"type": "object", "required": ["min"], "properties": {"min": {"type": "integer"}}}
    members = {"color": {"enum": ["red", "blue"]}, "range": inner}
    schema = {"type": "object", "properties": members, "required": ["range"] if required else []}
    operation: dict[str, Any]
    if place == "query":
        how = {"in": "query", "style": "deepObject", "explode": True}
        operation = {"parameters": [{"name": "filter", "schema": schema, **how}]}
    else:
        whole = {"type": "object", "properties": {"filter": schema}}
        content = {FORM: {"schema": whole, "encoding": {"filter": {"style": "deepObject"}}}}
        operation = {"requestBody": {"content": content}}
    plan = plan_of(small_pack(tmp_path, {}, operation=operation))
    lawful = [encoded_case(plan.operation, c) for c in plan.cases if c.expect == "accepted"]
    sent = {one.query or (one.content or b"").decode("latin-1") for one in lawful}
    assert any("filter%5Bcolor%5D=red" in text for text in sent) is not required
    assert not any("range" in text for text in sent)


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_an_object_without_a_form_hides_no_other_parameter(tmp_path: Path, place: str) -> None:
    """Beside one of which nothing can be written, the others are sent."""
    deep = {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer"}}}
    schema = {"type": "object", "required": ["a"], "properties": {"a": deep}}
    number = {"type": "integer", "maximum": 5}
    parameters = [
        {"name": name, "in": place, "schema": one}
        for name, one in (("X-O", schema), ("X-N", number))
    ]
    plan = plan_of(small_pack(tmp_path, {}, operation={"parameters": parameters}))
    sent = [c.value.get(place, {}) for c in plan.cases if c.expect == "accepted"]
    assert {5} <= {one.get("X-N") for one in sent}
    assert not any("X-O" in one for one in sent)


def test_an_undocumented_member_of_a_deep_object(tmp_path: Path) -> None:
    """On the wire it is a text, which is what breaks `additionalProperties: false` there."""
    schema = {
        "type": "object",
        "properties": {"color": {"enum": ["red", "blue"]}},
        "additionalProperties": False,
    }
    filters = {"name": "filter", "in": "query", "style": "deepObject", "explode": True}
    operation = {"parameters": [{**filters, "schema": schema}]}
    plan = plan_of(small_pack(tmp_path, USER, operation=operation))
    (probe,) = _probes(plan, "query#/filter:additionalProperties")
    assert "filter%5Bx_undocumented%5D=x" in probe.query


def test_the_items_of_an_array_that_may_be_null(tmp_path: Path) -> None:
    """Where a branch says what items are, as pydantic has it, an item is broken all the same."""
    items = {"type": "array", "items": {"enum": ["novel", "poems"]}}
    schema = {"anyOf": [items, {"type": "null"}]}
    parameters = [{"name": "genre", "in": "query", "schema": schema}]
    plan = plan_of(small_pack(tmp_path, USER, operation={"parameters": parameters}))
    (probe,) = _probes(plan, "query#/genre/*:enum")
    assert probe.query == "genre=NOVEL"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "contentMediaType": "application/octet-stream"},
        {"type": "string", "format": "binary"},
        {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}},
    ],
)
def test_a_file_is_sent_as_one(tmp_path: Path, schema: dict[str, Any]) -> None:
    """A part with a file name: servers take no other part for a file (RFC 7578, section 4.2)."""
    form = {"type": "object", "required": ["file"], "properties": {"file": schema}}
    plan = _plan(tmp_path, {"multipart/form-data": form})
    content = encoded_case(plan.operation, plan.cases[0]).content
    assert content is not None
    assert b'name="file"; filename=' in content


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ({}, b"at=%7B%22city%22%3A%22city-1%22%7D"),
        ({"at": {"contentType": "application/json"}}, b"at=%7B%22city%22%3A%22city-1%22%7D"),
        ({"at": {"style": "deepObject", "explode": True}}, b"at%5Bcity%5D=city-1"),
        ({"at": {"style": "form", "explode": False}}, b"at=city,city-1"),
    ],
)
def test_an_object_in_a_form(tmp_path: Path, encoding: dict[str, Any], sent: bytes) -> None:
    """It is JSON, unless its encoding says another style (OpenAPI 3.1, section 4.8.15.1)."""
    city = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
    schema = {"type": "object", "required": ["at"], "properties": {"at": city}}
    body = {"required": True, "content": {FORM: {"schema": schema, "encoding": encoding}}}
    plan = plan_of(small_pack(tmp_path, {}, operation={"requestBody": body}))
    assert encoded_case(plan.operation, plan.cases[0]).content == sent
    typed = {name for name in plan.operation.clauses if "request#/at" in name and ":type" in name}
    is_json = sent.startswith(b"at=%7B")
    assert typed == ({"send:request#/at:type", "send:request#/at/city:type"} if is_json else set())


@pytest.mark.parametrize("within", [False, True])
def test_an_example_of_xml(tmp_path: Path, within: bool) -> None:
    """It is sent as it is written, whoever has it; nothing of it is a promise to be broken."""
    text = "\n<a>\n <b>2</b>\n</a>"
    schema = {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer"}}}
    told = {"schema": {**schema, "example": text}} if within else {"example": text}
    body = {"required": True, "content": {"text/xml": told}}
    plan = plan_of(small_pack(tmp_path, {}, operation={"requestBody": body}))
    sent = [encoded_case(plan.operation, case) for case in plan.cases]
    assert {one.content for one in sent} == {text.encode(), None}
    assert {one.content_type for one in sent if one.content} == {"text/xml", "text/plain"}
    kinds = {name for name in plan.operation.clauses if name.startswith("send:request")}
    assert kinds == {"send:request:required", "send:request:media-type"}


@pytest.mark.parametrize("kind", ["application/xml", "application/atom+xml"])
@pytest.mark.parametrize("told", [{}, {"example": {"b": 2}}, {"example": " "}])
def test_a_body_that_is_not_made_says_why(tmp_path: Path, kind: str, told: Any) -> None:
    """An example that is not written out does not help there."""
    body = {"required": True, "content": {kind: {"schema": {"type": "object"}, **told}}}
    plan = plan_of(small_pack(tmp_path, {}, operation={"requestBody": body}))
    assert plan.unplanned
    reasons = set(plan.unplanned.values())
    assert all("the schema of an XML body is not judged" in reason for reason in reasons)
