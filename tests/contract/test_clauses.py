"""Clauses: their ids, which survive any rewriting of the schemas, and where each is written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise.contract import GROUPS, Contract
from clausewise.pack import Pack

from ..conftest import REPOSITORY
from ..drawn import requests
from .making import document, load

# Ids that are promised to users, of every kind that the pack has.
PROMISED = (
    "start_recording:request#/video_config/height:maximum",
    "start_recording:request#/storage_config/bucket:required",
    "start_recording:request#/storage_config/type:enum",
    "start_recording:request#/storage_config/access_key:minLength",
    "start_recording:request#/video_config/watermark/size/width:minimum",
    "start_recording:request#/meeting_id:format",
    "start_recording:request#/url:optional",
    "start_recording:request#:type",
    "start_recording:request:required",
    "start_recording:request:json",
    "start_recording:request:media-type",
    "start_recording:path#/account_id:maxLength",
    "start_recording:200:media-type",
    "start_recording:200:json",
    "start_recording:200#/success:required",
    "start_recording:200#/data/status:enum",
    "start_recording:200#/data/start_reason/caller/user_Id:format",
    "start_recording:4XX:media-type",
    "start_recording:4XX#/errors/*/code:minimum",
    "start_recording:status",
    "start_recording:auth",
    "start_recording:rule:R24",
)


@pytest.mark.parametrize("name", PROMISED)
def test_documented_ids_exist(pack: Pack, name: str) -> None:
    """The ids that documents name are clauses of the pack."""
    assert name in pack.contract.clauses


def test_every_clause_is_where_it_says(pack: Pack) -> None:
    """Each source of each clause is a line of a file of the pack that holds the keyword."""
    lines = {
        path.relative_to(REPOSITORY).as_posix(): path.read_text("utf-8").splitlines()
        for folder in (".", "schemas", "rules")
        for path in (REPOSITORY / folder).glob("*.yaml")
    }
    words = {
        "auth": "security",
        "status": "responses",
        "served": "responses",
        "unknown": "supplies",
        "allowEmptyValue": "name",
        # A branch's `const` is its part of one `enum`.
        "enum": "(enum|const)",
    }
    for clause in pack.contract.clauses.values():
        assert clause.sources, clause.id
        for source in clause.sources:
            line = lines[source.file][source.line - 1]
            word = words.get(clause.keyword, clause.keyword)
            if clause.keyword == "optional":
                word = re.escape((clause.pointer or "").rpartition("/")[2])
                if clause.part == "query":
                    assert re.search(rf"name: {word}$", line), f"{clause.id} at {source}: {line}"
                    continue
            elif clause.short_id == "request:required":
                word = "requestBody"
            elif clause.keyword in ("json", "media-type"):
                word = "requestBody" if clause.part == "request" else f'"{clause.part}"'
            assert re.search(rf"(^|[\s{{,]){word}:", line), f"{clause.id} at {source}: {line}"


def test_every_clause_can_be_shown(pack: Pack) -> None:
    """Each clause says what it promises, which group it is of, and which documents say it."""
    for name, clause in pack.contract.clauses.items():
        assert clause.id == name
        assert clause.id == f"{clause.operation}:{clause.short_id}"
        assert clause.group in GROUPS
        assert clause.promise
        assert clause.promise == " ".join(clause.promise.split())
        # That ids which nobody was given are refused is what the pack says, not the documents.
        assert clause.documented or clause.keyword == "unknown"
        assert clause.source is clause.sources[0]


def test_the_order_is_that_of_the_documents(pack: Pack) -> None:
    """Within one file, members come in the order in which they are written; rules come last."""
    clauses = list(pack.contract.clauses.values())
    for operation in pack.contract.operations:
        rules = [clause.part == "rule" for clause in clauses if clause.operation == operation]
        assert rules == sorted(rules)
    operations = list(dict.fromkeys(clause.operation for clause in clauses))
    assert operations == list(pack.contract.operations)
    top = [
        clause.sources[0].line
        for clause in clauses
        if clause.part == "request"
        and clause.keyword == "type"
        and clause.sources[0].file == "schemas/start_recording_request.yaml"
    ]
    assert top == sorted(top)


def test_a_rule_takes_over_the_clauses_of_its_keyword(pack: Pack) -> None:
    """A rule for a keyword replaces its clauses, and answers are led to the rule's id."""
    contract = pack.contract
    assert not [name for name in contract.clauses if name.endswith(":writeOnly")]
    made = contract.clause_id("start_recording", "200", "/data/storage_config/secret", "writeOnly")
    assert made == "start_recording:rule:R7"
    other = contract.clause_id("start_recording", "200", "/data/status", "enum")
    assert other == "start_recording:200#/data/status:enum"


EQUAL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "allOf around a member": (
        {"properties": {"a": {"type": "integer", "minimum": 1}}},
        {"properties": {"a": {"allOf": [{"type": "integer"}, {"minimum": 1}]}}},
    ),
    "members spread over allOf": (
        {"properties": {"a": {"type": "string"}, "b": {"maximum": 3}}, "required": ["a"]},
        {
            "allOf": [
                {"properties": {"a": {"type": "string"}}},
                {"required": ["a"]},
                {"properties": {"b": {"maximum": 3}}},
            ]
        },
    ),
    "one member described twice": (
        {"properties": {"a": {"type": "string", "minLength": 2}}},
        {
            "properties": {"a": {"type": "string"}},
            "allOf": [{"properties": {"a": {"minLength": 2}}}],
        },
    ),
    "an array in allOf": (
        {"properties": {"a": {"type": "array", "items": {"type": "string"}, "maxItems": 3}}},
        {
            "properties": {
                "a": {
                    "allOf": [
                        {"type": "array", "maxItems": 3},
                        {"items": {"allOf": [{"type": "string"}]}},
                    ]
                }
            }
        },
    ),
    "const or enum tells branches apart": (
        {"oneOf": [{"properties": {"k": {"const": "a"}}}, {"properties": {"k": {"const": "b"}}}]},
        {"oneOf": [{"properties": {"k": {"enum": ["a"]}}}, {"properties": {"k": {"enum": ["b"]}}}]},
    ),
    "required around and in a branch": (
        {
            "required": ["k"],
            "oneOf": [
                {"properties": {"k": {"const": "a"}}},
                {"properties": {"k": {"const": "b"}}, "required": ["k"]},
            ],
        },
        {
            "required": ["k"],
            "oneOf": [
                {"properties": {"k": {"const": "a"}}},
                {"properties": {"k": {"const": "b"}}},
            ],
        },
    ),
}


@pytest.mark.parametrize("form", EQUAL)
def test_equal_contracts_have_equal_ids(tmp_path: Path, form: str) -> None:
    """Two ways to write one contract give the same clause ids."""
    first, second = (
        set(load(tmp_path, {"openapi.yaml": document(schema, reply=schema)}).clauses)
        for schema in EQUAL[form]
    )
    assert first == second


def test_what_is_required_is_not_optional_in_a_branch(tmp_path: Path) -> None:
    """A member that the whole object requires may be left out nowhere, whoever mentions it."""
    schema, _ = EQUAL["required around and in a branch"]
    ids = load(tmp_path, {"openapi.yaml": document(schema)}).clauses
    assert [name for name in ids if "/k:" in name] == [
        "send:request#/k:required",
        "send:request#/k:enum",
    ]


@given(schema=requests(), data=st.data())
def test_ids_survive_rewriting(schema: dict[str, Any], data: st.DataObject) -> None:
    """Moving parts of a schema into files and `allOf` changes no clause id, and loses no source."""
    files: dict[str, Any] = {}

    def rewritten(node: Any) -> Any:
        if isinstance(node, list):
            return [rewritten(item) for item in node]
        if not isinstance(node, dict):
            return node
        node = {
            key: {name: rewritten(inner) for name, inner in value.items()}
            if key == "properties"
            else value
            if key in ("enum", "const", "dependentRequired")
            else rewritten(value)
            for key, value in node.items()
        }
        how = data.draw(st.sampled_from(["as it is", "file", "allOf", "split"]))
        if how == "file":
            files[f"part{len(files)}.json"] = node
            return {"$ref": f"part{len(files) - 1}.json"}
        if how == "allOf":
            return {"allOf": [node]}
        if how == "split":
            together = ("properties", "patternProperties", "additionalProperties")
            first = {key: value for key, value in node.items() if key in together}
            return {"allOf": [first, {k: v for k, v in node.items() if k not in together}]}
        return node

    def contract(root: str, node: Any, more: dict[str, Any]) -> Contract:
        files = {"openapi.json": document(node, reply=node), **more}
        return load(Path(root), files, "openapi.json")

    with TemporaryDirectory() as before, TemporaryDirectory() as after:
        plain = contract(before, schema, {})
        other = contract(after, rewritten(json.loads(json.dumps(schema))), files)
        assert set(plain.clauses) == set(other.clauses)
        for name, clause in plain.clauses.items():
            assert clause.promise == other.clauses[name].promise
            assert len(clause.sources) == len(clause.sites) or not clause.sites
            assert len(other.clauses[name].sources) == len(other.clauses[name].sites) or (
                not clause.sites
            )


@pytest.mark.parametrize(
    ("schema", "promise"),
    [
        ({"type": "integer"}, "/a is an integer"),
        ({"type": ["string", "null"]}, "/a is a string or null"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "/a is an integer or null"),
        (
            {"oneOf": [{"type": "number"}, {"type": ["string", "null"]}]},
            "/a is a number, a string or null",
        ),
        ({"allOf": [{"type": "integer"}, {"type": "number"}]}, "/a is an integer"),
        ({"enum": ["x", 5, None, True]}, "/a is x, 5, null or true"),
        ({"const": False}, "/a is always false"),
        ({"minimum": 3}, "/a is at least 3"),
        ({"exclusiveMaximum": 3}, "/a is less than 3"),
        ({"multipleOf": 0.5}, "/a is a multiple of 0.5"),
        ({"minLength": 1}, "/a has at least 1 character"),
        ({"maxItems": 2}, "/a has at most 2 items"),
        ({"pattern": "^x"}, "/a matches the pattern ^x"),
        ({"format": "uuid"}, "/a is a valid uuid"),
        ({"uniqueItems": True}, "/a is free of repeated items"),
        ({"additionalProperties": False}, "/a has no undocumented members"),
        ({"oneOf": [{"minimum": 1}, {"maximum": 1}]}, "/a has exactly one of 2 documented forms"),
        ({"not": {"const": 1}}, "/a keeps `not`"),
    ],
)
def test_promises_read_like_sentences(tmp_path: Path, schema: Any, promise: str) -> None:
    """A promise is said in words, with values as the documents write them."""
    contract = load(tmp_path, {"openapi.yaml": document({"properties": {"a": schema}})})
    said = [c.promise for c in contract.clauses.values() if c.pointer == "/a"]
    assert promise in said


def test_pointers_are_escaped(tmp_path: Path) -> None:
    """Names with slashes and tildes are escaped in ids and readable in promises."""
    schema = {"properties": {"a/b~c": {"type": "string"}}, "required": ["a/b~c"]}
    contract = load(tmp_path, {"openapi.yaml": document(schema)})
    clause = contract.clauses["send:request#/a~1b~0c:required"]
    assert clause.promise == "/a/b~c is required"
    assert clause.source is not None


def test_stars_stand_for_items_and_free_keys(tmp_path: Path) -> None:
    """Items and free keys share one pointer each; items by position have their own."""
    schema = {
        "properties": {
            "list": {"items": {"type": "string"}, "prefixItems": [{"minimum": 1}]},
            "map": {"additionalProperties": {"properties": {"x": {"maximum": 1}}}},
            "named": {"patternProperties": {"^x": {"type": "integer"}}},
        }
    }
    ids = load(tmp_path, {"openapi.yaml": document(schema)}).clauses
    for name in ("/list/*:type", "/list/0:minimum", "/map/*/x:maximum", "/named/*:type"):
        assert f"send:request#{name}" in ids


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("minimum", 3),
        ("maxLength", 40),
        ("pattern", "^a"),
        ("format", "uuid"),
        ("enum", ["x", 1, None, {"a": 1}]),
        ("const", {"b": [2]}),
        ("type", ["integer", "null"]),
        ("minItems", 2),
        ("uniqueItems", True),
    ],
)
def test_a_clause_has_the_value_of_its_keyword(tmp_path: Path, keyword: str, value: Any) -> None:
    """What the keyword says is there as a value, not only in the promise's words."""
    schema = {"properties": {"a": {keyword: value}}, "required": ["a"]}
    contract = load(tmp_path, {"openapi.yaml": document({}, schema)})
    clauses = {clause.short_id: clause for clause in contract.clauses.values()}
    assert clauses[f"200#/a:{keyword}"].value == value
    assert clauses["200#/a:required"].value is None
