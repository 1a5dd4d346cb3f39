"""What binds requests only and what binds replies only: `readOnly`, `writeOnly` and `required`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Contract, ask
from clausewise.contract.schemas import Direction

from .making import document, json_reply, load, place_of, schema_of

SECRET = {"properties": {"secret": {"writeOnly": True, "type": "string"}}}
NEEDS = {"required": ["name", "secret"]}
# One contract in many forms: the mark and the `required` stand apart in each of them.
APART: dict[str, dict[str, Any]] = {
    "together": {**NEEDS, **SECRET},
    "required in a branch": {**SECRET, "allOf": [NEEDS]},
    "mark in a branch": {**NEEDS, "allOf": [SECRET]},
    "both in branches": {"allOf": [NEEDS, SECRET]},
    "required in oneOf": {**SECRET, "oneOf": [{"type": "object", **NEEDS}]},
    "required in anyOf": {**SECRET, "anyOf": [{"type": "object", **NEEDS}]},
    "required in then": {**SECRET, "if": {"type": "object"}, "then": NEEDS},
    "required below two branches": {**SECRET, "allOf": [{"oneOf": [{"allOf": [NEEDS]}]}]},
    "mark below a branch of a branch": {**NEEDS, "allOf": [{"allOf": [SECRET]}]},
    "mark by allOf of the member": {
        **NEEDS,
        "properties": {"secret": {"allOf": [{"writeOnly": True}, {"type": "string"}]}},
    },
    "required in dependentSchemas": {**SECRET, "dependentSchemas": {"name": NEEDS}},
}


@pytest.mark.parametrize("form", APART)
def test_required_and_write_only_binds_requests_only(form: str) -> None:
    """A write-only member is required of requests and never of replies, wherever both stand."""
    sides: dict[Direction, bool] = {"request": False, "reply": True}
    for direction, lawful in sides.items():
        place = place_of(APART[form], direction)
        answers = list(ask(place, {"name": "a"}))
        assert all(answer.kept for answer in answers) is lawful
        broken = {answer.promise.pointer for answer in answers if not answer.kept}
        assert broken <= {"/secret", ""}


@pytest.mark.parametrize("form", APART)
def test_the_schema_of_a_reply_requires_no_secret(form: str) -> None:
    """Validators see the same: the dropped names stand in no `required` of the reply's schema."""
    text = str(schema_of(APART[form], "reply").document)
    assert "'required': ['name']" in text
    assert "'required': ['name', 'secret']" in str(schema_of(APART[form], "request").document)


def test_required_and_read_only_binds_replies_only() -> None:
    """A read-only member is required of replies and never of requests, where it has no clauses."""
    schema = {"required": ["id"], "properties": {"id": {"readOnly": True, "type": "integer"}}}
    assert [a.kept for a in ask(place_of(schema, "request"), {})] == []
    assert [a.kept for a in ask(place_of(schema, "reply"), {})] == [False]


def test_the_same_name_elsewhere_is_another_member() -> None:
    """Only the marked member is dropped: an inner object may require the same name."""
    schema = {
        **SECRET,
        "properties": {
            **SECRET["properties"],
            "inner": {"required": ["secret"], "properties": {"secret": {"type": "string"}}},
        },
        "required": ["secret"],
    }
    answers = list(ask(place_of(schema, "reply"), {"inner": {}}))
    assert [(a.at, a.kept) for a in answers if not a.kept] == [("/inner/secret", False)]


def test_a_secret_that_comes_back_breaks_its_clause(tmp_path: Path) -> None:
    """In a reply a write-only member has one clause: that it is not there."""
    schema = {**SECRET, "properties": {**SECRET["properties"], "name": {"type": "string"}}}
    contract = load(tmp_path, {"openapi.yaml": document(schema, reply=schema)})
    about = [name for name in contract.clauses if "/secret" in name]
    assert about == [
        "send:request#/secret:optional",
        "send:request#/secret:type",
        "send:200#/secret:writeOnly",
    ]
    place = json_reply(contract).place
    broken = [a for a in ask(place, {"secret": "x", "name": "y"}) if not a.kept]
    assert [(a.promise.keyword, a.at, a.value) for a in broken] == [("writeOnly", "/secret", "x")]
    assert contract.clauses["send:200#/secret:writeOnly"].promise == "/secret never comes back"


@pytest.mark.parametrize(
    "member",
    [
        {"$ref": "text.json", "writeOnly": True},
        {"allOf": [{"$ref": "text.json"}, {"writeOnly": True}]},
    ],
)
def test_the_mark_of_a_referenced_member_has_its_line(tmp_path: Path, member: Any) -> None:
    """A `writeOnly` around a `$ref` marks the member, and is where its clause comes from."""
    schema = {"properties": {"key": member}, "required": ["key"]}
    contract = load(
        tmp_path, {"openapi.yaml": document(schema, reply=schema), "text.json": {"type": "string"}}
    )
    source = contract.clauses["send:200#/key:writeOnly"].source
    assert source is not None
    lines = (tmp_path / source.file).read_text("utf-8").splitlines()
    assert '"writeOnly"' in lines[source.line - 1]
    assert "send:200#/key:required" not in contract.clauses
    assert "send:request#/key:required" in contract.clauses


def test_read_only_members_have_no_request_clauses(tmp_path: Path) -> None:
    """What only replies have is not asked of requests; replies keep all its clauses."""
    schema = {
        "required": ["id", "name"],
        "properties": {"id": {"readOnly": True, "type": "integer"}, "name": {"type": "string"}},
    }
    contract = load(tmp_path, {"openapi.yaml": document(schema, reply=schema)})
    assert _ids(contract, "request#") == ["/name:required", "/name:type"]
    assert _ids(contract, "200#") == ["/id:required", "/name:required", "/id:type", "/name:type"]


def _ids(contract: Contract, part: str) -> list[str]:
    start = f"send:{part}"
    return [name.removeprefix(start) for name in contract.clauses if name.startswith(start)]


def test_the_pack_drops_its_secrets_from_replies(pack: Any) -> None:
    """The pack's storage branches require secrets of a request, and none of them of a reply."""
    ids = pack.contract.operations["start_recording"].clauses
    for name in ("access_key", "password", "private_key"):
        assert f"start_recording:request#/storage_config/{name}:required" in ids
        assert f"start_recording:200#/data/storage_config/{name}:required" not in ids
    assert "start_recording:200#/data/storage_config/host:required" in ids
