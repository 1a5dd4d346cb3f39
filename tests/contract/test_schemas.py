"""Schemas as they are: what cannot be read costs itself, and everything else is judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausewise.contract import Clause, Contract, MessagePart, ask
from clausewise.contract.expanding import MOST_SCHEMAS
from clausewise.contract.keywords import KEYWORDS

from .making import document, load, place_of, schema_of, write


def clause(contract: Contract, short: str) -> Clause:
    """A clause of the operation `send`."""
    return contract.clauses[f"send:{short}"]


def reply_of(contract: Contract) -> MessagePart:
    """The message of its 200 reply."""
    return contract.operations["send"].replies["200"].contents[0].message


@pytest.mark.parametrize(
    ("keyword", "value", "said"),
    [
        ("type", "file", "names 'file', which is no type of JSON Schema"),
        ("type", ["string", "date"], "names 'date', which is no type"),
        ("minimum", "5", "is a number, not '5'"),
        ("maxLength", -1, "is a whole number from 0"),
        ("maxItems", 1.5, "is a whole number from 0"),
        ("multipleOf", 0, "is more than 0"),
        ("pattern", "(?i)a", "has `(?i`, which is no group of ECMA-262"),
        ("pattern", "(a{999}){999}", "has counts within counts"),
        ("pattern", 5, "is a text, not 5"),
        ("format", "iban", "is iban, which nobody checks"),
        ("enum", [], "lists no value at all"),
        ("enum", {"a": 1}, "is a list, not"),
        ("uniqueItems", "yes", "is true or false"),
        ("dependentRequired", {"a": "b"}, "is a list of names"),
        ("contains", 5, "is a schema, not 5"),
        ("oneOf", {}, "is a list, not {}"),
        ("exclusiveMinimum", True, "is a number, not True"),
    ],
)
def test_a_keyword_that_cannot_be_read_costs_its_own_clause(
    tmp_path: Path, keyword: str, value: Any, said: str
) -> None:
    """Its clause stays, with the reason and the line; the value is not held to it."""
    schema = {"properties": {"a": {keyword: value, "minProperties": 1}, "b": {"maximum": 3}}}
    contract = load(tmp_path, {"openapi.json": document({}, schema)}, "openapi.json")
    lost = clause(contract, f"200#/a:{keyword}")
    assert lost.untestable is not None
    assert said in lost.untestable
    assert lost.source is not None
    text = (tmp_path / "openapi.json").read_text().splitlines()
    assert f'"{keyword}"' in text[lost.source.line - 1]
    assert clause(contract, "200#/a:minProperties").untestable is None
    assert clause(contract, "200#/b:maximum").untestable is None
    answers = list(ask(reply_of(contract).place, {"a": {"x": 1}, "b": 4}))
    broken = [answer.promise.key for answer in answers if not answer.kept]
    assert broken == [("/b", "maximum")]
    assert all(answer.promise.keyword != keyword for answer in answers)


@pytest.mark.parametrize(
    ("schema", "value", "lawful"),
    [
        ({"required": ["a", "a"]}, {}, False),
        ({"type": ["string", "string"]}, 5, False),
        ({"minLength": 2.0}, "a", False),
        ({"minimum": 5, "exclusiveMinimum": True}, 5, False),
        ({"minimum": 5, "exclusiveMinimum": True}, 6, True),
        ({"minimum": 5, "exclusiveMinimum": False}, 5, True),
        ({"maximum": 5, "exclusiveMaximum": True}, 5, False),
        ({"examples": {"a": 1}, "type": "string"}, 5, False),
        ({"title": 5, "description": [], "type": "string"}, 5, False),
        ({"properties": {"a": None, "b": {"type": "string"}}}, {"a": 5, "b": 5}, False),
        ({"properties": {"a": None}}, {"a": 5}, True),
        ({"items": [{"type": "string"}]}, [5], False),
        ({"dependencies": {"a": 5}, "id": 7, "definitions": 3}, {"a": 1}, True),
    ],
)
def test_what_was_meant_is_read(schema: Any, value: Any, lawful: bool) -> None:
    """Where it is plain what somebody meant, it holds; where it is not, nothing does."""
    made = schema_of(schema, "reply")
    assert jsonschema_rs.Draft202012Validator(made.document).is_valid(value) is lawful


def test_names_left_over_are_unknown_without_their_pattern(tmp_path: Path) -> None:
    """Beside a pattern of names that no engine reads, a closed object is not closed any more."""
    schema = {"patternProperties": {"(?i)^x-": {}}, "additionalProperties": False}
    contract = load(tmp_path, {"openapi.json": document({}, schema)}, "openapi.json")
    assert clause(contract, "200#:additionalProperties").untestable is not None
    assert all(answer.kept for answer in ask(reply_of(contract).place, {"X-a": 1}))


def test_a_reply_with_a_reference_to_nowhere(tmp_path: Path) -> None:
    """Only the member that it stands at is not judged; all around it is."""
    schema = {
        "properties": {"gone": {"$ref": "#/components/schemas/Gone"}, "n": {"type": "integer"}},
        "required": ["gone"],
    }
    contract = load(tmp_path, {"openapi.json": document({}, schema)}, "openapi.json")
    assert "leads nowhere" in str(clause(contract, "200#/gone:$ref").untestable)
    assert clause(contract, "200#/gone:required").untestable is None
    reply = reply_of(contract)
    assert reply.accepts({"gone": [1], "n": 2})
    assert not reply.accepts({"gone": [1], "n": "x"})
    assert not reply.accepts({"n": 2})


def test_a_request_with_a_reference_to_nowhere(tmp_path: Path) -> None:
    """An optional member of it is never sent, and what it promises is untestable."""
    schema = {"properties": {"gone": {"$ref": "#/Gone"}, "n": {"type": "integer"}}}
    contract = load(tmp_path, {"openapi.json": document(schema)}, "openapi.json")
    operation = contract.operations["send"]
    assert operation.unasked is None
    assert operation.body is not None
    assert operation.body.accepts({"n": 1})
    assert not operation.body.accepts({"gone": 1})
    for keyword in ("$ref", "optional"):
        assert "leads nowhere" in str(clause(contract, f"request#/gone:{keyword}").untestable)
    assert clause(contract, "request#/n:type").untestable is None


@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["gone"], "properties": {"gone": {"$ref": "#/Gone"}}},
        {"allOf": [{"$ref": "#/Gone"}]},
        {"type": "array", "minItems": 1, "items": {"$ref": "#/Gone"}},
        {"not": {"$ref": "#/Gone"}},
    ],
)
def test_a_request_that_needs_what_is_nowhere(tmp_path: Path, schema: Any) -> None:
    """Where no lawful request is known, the operation says so, and where it is lost."""
    contract = load(tmp_path, {"openapi.json": document(schema)}, "openapi.json")
    assert contract.operations["send"].in_doubt is not None
    assert "'#/Gone' leads nowhere" in str(contract.not_judged[0].reason)


@pytest.mark.parametrize("name", ["$recursiveRef", "$dynamicRef"])
def test_other_names_of_a_reference(tmp_path: Path, name: str) -> None:
    """`$recursiveRef` and a `$dynamicRef` that leads to one place alone are read as `$ref`."""
    tree: dict[str, Any] = {
        "$dynamicAnchor": "node",
        "properties": {
            "n": {"type": "integer"},
            "kids": {"items": {name: "#" if name == "$recursiveRef" else "#node"}},
        },
    }
    main = document({}, {"$ref": "#/components/schemas/Tree"})
    main["components"] = {"schemas": {"Tree": tree}}
    reply = reply_of(load(tmp_path, {"openapi.json": main}, "openapi.json"))
    assert reply.accepts({"kids": [{"kids": [{"n": 1}]}]})
    assert not reply.accepts({"kids": [{"kids": [{"n": "x"}]}]})


# Schemas by what they are called, some with one `$dynamicAnchor`.
BY_WAY: dict[str, Any] = {
    "Page": {
        "$id": "https://e.example/page",
        "properties": {"items": {"items": {"$dynamicRef": "#item"}}, "next": {"$ref": "page"}},
        "$defs": {"any": {"$dynamicAnchor": "item"}},
    },
    "Cats": {
        "$id": "https://e.example/cats",
        "$ref": "page",
        "$defs": {"cat": {"$dynamicAnchor": "item", "properties": {"lives": {"maximum": 9}}}},
    },
    # The page of a page is one of its own items: the first on the way has the say.
    "Kittens": {
        "$id": "https://e.example/kittens",
        "$ref": "cats",
        "$defs": {"kitten": {"$dynamicAnchor": "item", "properties": {"lives": {"const": 9}}}},
    },
    "Fixed": {
        "$id": "https://e.example/fixed",
        "properties": {"items": {"items": {"$dynamicRef": "#own"}}},
        "$defs": {
            "own": {"$anchor": "own", "type": "integer"},
            "else": {"$id": "else", "$dynamicAnchor": "own", "type": "string"},
        },
    },
    "Tree": {
        "$id": "https://e.example/tree",
        "$dynamicAnchor": "node",
        "properties": {"data": True, "kids": {"items": {"$dynamicRef": "#node"}}},
    },
    "Strict": {
        "$id": "https://e.example/strict",
        "$dynamicAnchor": "node",
        "$ref": "tree",
        "unevaluatedProperties": False,
    },
    # All of itself, and no more of the document.
    "Folder": {
        "$id": "https://e.example/folder",
        "properties": {"within": {"$ref": "#"}, "all": {"items": {"$ref": "#"}}},
        "additionalProperties": False,
    },
    # On the way lies a part of `short`, and never the whole of it.
    "Passing": {
        "$id": "https://e.example/passing",
        "$ref": "short#/$defs/way",
        "$defs": {
            "short": {
                "$id": "short",
                "$defs": {
                    "way": {"$ref": "long#/$defs/way"},
                    "own": {"$dynamicAnchor": "length", "maxLength": 2},
                },
            },
            "long": {
                "$id": "long",
                "$defs": {
                    "way": {"$dynamicRef": "#length"},
                    "own": {"$dynamicAnchor": "length", "maxLength": 3},
                },
            },
        },
    },
}


@pytest.mark.parametrize(
    ("name", "value", "keeps"),
    [
        ("Page", {"items": [{"lives": 10}]}, True),
        ("Cats", {"items": [{"lives": 9}, {}]}, True),
        ("Cats", {"items": [{"lives": 10}]}, False),
        ("Cats", {"next": {"next": {"items": [{"lives": 10}]}}}, False),
        ("Kittens", {"items": [{"lives": 9}]}, True),
        ("Kittens", {"items": [{"lives": 8}]}, False),
        ("Fixed", {"items": [7]}, True),
        ("Fixed", {"items": ["x"]}, False),
        ("Tree", {"kids": [{"date": 1}]}, True),
        ("Strict", {"kids": [{"data": 1, "kids": [{"data": 2}]}]}, True),
        ("Strict", {"kids": [{"date": 1}]}, False),
        ("Strict", {"kids": [{"kids": [{"kids": [{"date": 1}]}]}]}, False),
        ("Folder", {"within": {"within": {}, "all": [{}]}}, True),
        ("Folder", {"within": {"size": 1}}, False),
        ("Folder", {"within": {"all": [{}, {"openapi": "3.1.0"}]}}, False),
        ("Passing", "hi", True),
        ("Passing", "hey", False),
    ],
)
def test_a_dynamic_reference_by_its_way(tmp_path: Path, name: str, value: Any, keeps: bool) -> None:
    """Of several schemas with one `$dynamicAnchor` it means the first one on the way to it.

    `jsonschema-rs`, which knows the way itself, is asked as well: it is of the same mind.
    """
    # Each is read in two ways, so that one way cannot stand for the other.
    other = "Tree" if name == "Strict" else "Page"
    both = {
        key: {"$ref": f"#/components/schemas/{one}"} for key, one in (("a", other), ("b", name))
    }
    main = document({}, {"properties": both}) | {"components": {"schemas": BY_WAY}}
    reply = reply_of(load(tmp_path, {"openapi.json": main}, "openapi.json"))
    assert reply.accepts({"a": {"items": [{"lives": 10}], "kids": [{"date": 1}]}})
    assert reply.accepts({"b": value}) is keeps
    whole = {"$ref": BY_WAY[name]["$id"], "$defs": BY_WAY}
    assert jsonschema_rs.Draft202012Validator(whole).is_valid(value) is keeps


def test_a_mark_in_one_branch_and_the_requirement_in_another(tmp_path: Path) -> None:
    """What `allOf` marks as read-only is not required of a request, but of a reply."""
    schema = {
        "required": ["id"],
        "allOf": [{"$ref": "#/components/schemas/Id"}, {"properties": {"n": {}}}],
    }
    main = document(schema, schema)
    main["components"] = {
        "schemas": {"Id": {"properties": {"id": {"allOf": [{"readOnly": True}, {}]}}}}
    }
    contract = load(tmp_path, {"openapi.json": main}, "openapi.json")
    body = contract.operations["send"].body
    assert body is not None
    assert body.accepts({})
    assert not reply_of(contract).accepts({})


def test_large_messages_are_laid_out_as_far_as_it_goes(tmp_path: Path) -> None:
    """Many references deep a schema is one clause, and replies are held to all of it."""
    schemas: dict[str, Any] = {
        f"S{i}": {"properties": {n: {"$ref": f"#/components/schemas/S{i + 1}"} for n in "abcd"}}
        for i in range(8)
    }
    schemas["S8"] = {"type": "integer"}
    main = document({}, {"$ref": "#/components/schemas/S0"})
    main["components"] = {"schemas": schemas}
    contract = load(tmp_path, {"openapi.json": main}, "openapi.json")
    reply = reply_of(contract)
    assert len(contract.clauses) < 2 * MOST_SCHEMAS["reply"]
    assert clause(contract, "200#/a/a/a:$ref").untestable is None
    deep: Any = "x"
    for _ in range(8):
        deep = {"d": deep}
    assert not reply.accepts(deep)
    broken = [answer for answer in ask(reply.place, deep) if not answer.kept]
    assert [answer.promise.keyword for answer in broken] == ["$ref"]


def test_unevaluated_items_see_what_was_contained() -> None:
    """`contains` with its counts is a part of what `unevaluatedItems` promises (2020-12, 11.2)."""
    schema = {"contains": {"const": 1}, "minContains": 0, "unevaluatedItems": False}
    place = place_of(schema, "reply")
    for value, lawful in [([], True), ([1, 1], True), ([1, 2], False)]:
        kept = [a.kept for a in ask(place, value) if a.promise.keyword == "unevaluatedItems"]
        assert kept == [lawful], value


def test_one_schema_is_read_once(tmp_path: Path) -> None:
    """Operations that refer to one schema share it, and each clause has the line of it."""
    main = document({}, {"$ref": "#/components/schemas/Thing"})
    again = json.loads(json.dumps(main["paths"]["/things"]["post"])) | {"operationId": "again"}
    main["paths"]["/more"] = {"post": again}
    main["components"] = {"schemas": {"Thing": {"properties": {"n": {"maximum": 3}}}}}
    contract = load(tmp_path, {"openapi.json": main}, "openapi.json")
    first, second = (
        contract.operations[name].replies["200"].contents[0].message for name in ("send", "again")
    )
    assert first.schema is second.schema
    assert first.place is second.place
    one = contract.clauses["send:200#/n:maximum"]
    assert one.sources == contract.clauses["again:200#/n:maximum"].sources != ()


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats(-2, 2)
    | st.text("a(#/[", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KEYWORDS, "a", "("]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(schema=st.dictionaries(st.sampled_from([k for k in KEYWORDS if k[0] != "x"]), JUNK))
def test_whatever_stands_there_a_validator_can_be_made(schema: dict[str, Any]) -> None:
    """Of any row of keywords with any values, what is left is a schema for both directions."""
    text = json.dumps({key: value for key, value in schema.items() if key != "$ref"})
    if '"$ref"' in text or '"x-' in text:
        return
    for direction in ("request", "reply"):
        made = schema_of(json.loads(text), direction)
        jsonschema_rs.Draft202012Validator(made.document)
        assert all(str(one).startswith("`") for one in made.ignored)


def test_a_file_of_schemas_alone(tmp_path: Path) -> None:
    """An anchor in another file is found, though no OpenAPI object says where schemas are."""
    write(tmp_path, {"parts.json": json.dumps({"any": {"$anchor": "n", "type": "integer"}})})
    main = document({}, {"$ref": "parts.json#n"})
    reply = reply_of(load(tmp_path, {"openapi.json": main}, "openapi.json"))
    assert reply.accepts(5)
    assert not reply.accepts("x")


KEYED = {"required": ["key"], "properties": {"key": {"type": "string"}}}
CLOSED = {"properties": {"n": {"type": "integer"}}, "additionalProperties": False}


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [KEYED, CLOSED]},
        {**CLOSED, "allOf": [{"allOf": [KEYED]}]},
        {"$ref": "#/components/schemas/Keyed", **CLOSED},
    ],
)
def test_a_closed_part_is_open_to_what_the_whole_requires(tmp_path: Path, schema: Any) -> None:
    """Else nobody could send it: its own clause alone is lost, with the reason and the line."""
    main = document(schema, {"allOf": [{"properties": KEYED["properties"]}, CLOSED]})
    main["components"] = {"schemas": {"Keyed": KEYED}}
    contract = load(tmp_path, {"openapi.json": main}, "openapi.json")
    lost = clause(contract, "request#:additionalProperties")
    assert (
        lost.untestable == "`additionalProperties` would forbid 'key', which is required beside it"
    )
    assert lost.source is not None
    assert (
        "additionalProperties"
        in (tmp_path / "openapi.json").read_text().splitlines()[lost.source.line - 1]
    )
    body = contract.operations["send"].body
    assert body is not None
    assert body.accepts({"key": "k", "n": 1})
    assert not body.accepts({"key": "k", "n": "1"})
    assert not body.accepts({"n": 1})
    # Where nothing is required that it forbids, it says what it says.
    assert not reply_of(contract).accepts({"key": "k"})
