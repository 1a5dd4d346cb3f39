"""What nobody can check in a schema leaves open what hangs on it, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from clausewise.contract import ask
from clausewise.contract.compiled import compiled

from .making import document, json_reply, load, ref, schema_of

NOWHERE = {"$ref": "#/components/schemas/Nowhere"}
ODD = {"type": "string", "pattern": "["}
ISBN = {"type": "string", "format": "isbn"}
TEXT = {"type": "string"}
SHORT = {"type": "string", "maxLength": 2}
SOME = {"type": "object", "required": ["a"]}
NULL = {"type": "null"}
CLOSED = {"unevaluatedProperties": False}


@pytest.mark.parametrize(
    ("reply", "kept", "broken", "open_"),
    [
        ({"not": NOWHERE}, [], [], [{"a": 1}, 1]),
        ({"not": ISBN}, [1, None], [], ["x"]),
        ({"not": {"anyOf": [ISBN, {"type": "integer"}]}}, [None], [1], ["x"]),
        ({"not": {"allOf": [ISBN, SHORT]}}, [1, "xyz"], [], ["x"]),
        ({"not": {"not": ISBN}}, [], [1], ["x"]),
        ({"not": {"properties": {"a": ODD}}}, [{"a": 1}], [{}], [{"a": "x"}]),
        ({"not": TEXT}, [1], ["x"], []),
        ({"oneOf": [NULL, ISBN]}, [None, "x"], [1], []),
        ({"oneOf": [{**SOME}, {"type": "array", "items": ISBN}]}, [{"a": 1}, ["x"]], ["x", {}], []),
        ({"oneOf": [ISBN, SHORT]}, ["xyz"], [1], ["x"]),
        ({"oneOf": [ISBN, TEXT, SHORT]}, [], ["x", 1], ["xyz"]),
        ({"oneOf": [ODD, {"type": "string", "format": "ean"}]}, [], [1], ["x"]),
        ({"oneOf": [NOWHERE, SOME]}, [{}, 1], [], [{"a": 1}]),
        ({"oneOf": [TEXT, SHORT]}, ["xyz"], ["x"], []),
        ({"anyOf": [ISBN, NULL]}, ["x", None], [1], []),
        ({"if": NOWHERE, "then": SOME}, [{"a": 1}], [], [{}]),
        ({"if": NOWHERE, "then": SOME, "else": SOME}, [{"a": 1}], [{}], []),
        ({"if": {"type": "object"}, "then": {**SOME}, "else": ISBN}, [{"a": 1}], [{}, 1], ["x"]),
        (
            {"if": ISBN, "then": SHORT, "else": {"type": ["null", "string"]}},
            ["x", None],
            [1],
            ["xyz"],
        ),
        ({"contains": ODD}, [], [[1], []], [["x"]]),
        ({"contains": ISBN, "maxContains": 1}, [], [[1], []], [["x"], ["x", "y"]]),
        (
            {"contains": {"anyOf": [ISBN, {"type": "integer"}]}, "maxContains": 1},
            [[1, None]],
            [[1, 2], [None], [1, 2, "x"]],
            [[1, "x"], ["x"]],
        ),
        ({"contains": ISBN, "minContains": 0, "maxContains": 0}, [[1]], [], [["x"]]),
        ({"propertyNames": {"format": "isbn"}}, [{}], [], [{"a": 1}]),
        ({"dependentSchemas": {"a": {"not": ISBN}}}, [{"a": 1}], [], []),
        ({"allOf": [NOWHERE], **CLOSED}, [], [], [{"a": 1}]),
        ({**NOWHERE, **CLOSED}, [], [], [{"a": 1}]),
        ({"properties": {"a": NOWHERE}, **CLOSED}, [{"a": 1}, {}], [{"b": 1}], []),
        ({"allOf": [{"properties": {"a": ISBN}}], **CLOSED}, [{}, {"a": "x"}], [{"b": 1}], []),
        ({"if": {"properties": {"a": ODD}}, **CLOSED}, [{}], [], [{"a": "x"}]),
        ({"anyOf": [NOWHERE], "unevaluatedItems": False}, [], [], [[1]]),
    ],
)
def test_what_can_be_told_is_told(
    tmp_path: Path, reply: Any, kept: list[Any], broken: list[Any], open_: list[Any]
) -> None:
    """A value that decides by itself is judged; of the others nothing is said, and that is all."""
    contract = load(tmp_path, {"openapi.json": document({}, reply)}, "openapi.json")
    message = json_reply(contract)

    def said(value: Any) -> str:
        answers = {answer.kept for answer in ask(message.place, value)}
        assert message.accepts(value) is (False not in answers)
        return "broken" if False in answers else "open" if None in answers else "kept"

    assert [(value, said(value)) for value in kept] == [(value, "kept") for value in kept]
    assert [(value, said(value)) for value in broken] == [(value, "broken") for value in broken]
    assert [(value, said(value)) for value in open_] == [(value, "open") for value in open_]


def test_many_doubts_that_refer_to_each_other(tmp_path: Path) -> None:
    """However long the row of them is, each is read."""
    row = {
        f"S{n}": {"properties": {"isbn": ISBN, "next": ref(f"S{n + 1}")}, "minProperties": 1}
        for n in range(150)
    }
    main = document({}, ref("S0")) | {"components": {"schemas": {**row, "S150": NULL}}}
    reply = json_reply(load(tmp_path, {"openapi.yaml": main}))
    assert reply.accepts({"next": {"next": {"isbn": "x"}}})
    assert not reply.accepts({"next": {"next": {"next": {}}}})


@pytest.mark.parametrize("doubtful", [False, True])
def test_what_refers_to_itself_beside_the_unknown(tmp_path: Path, doubtful: bool) -> None:
    """A schema that is written down once is there in both readings, with or without a doubt."""
    code = ISBN if doubtful else TEXT
    tree = {
        "type": "object",
        "properties": {
            "code": code,
            "leaves": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }
    whole = {
        "type": "object",
        "properties": {"isbn": ISBN, "tree": {"$ref": "#/components/schemas/Tree"}},
    }
    described = document({}, whole) | {"components": {"schemas": {"Tree": tree}}}
    message = json_reply(load(tmp_path, {"openapi.json": described}, "openapi.json"))

    assert "$defs" in message.schema.document
    for strict in (False, True):
        reading = compiled(message.schema.document, strict=strict)
        assert reading.is_valid({"tree": {"leaves": [{"leaves": [{"leaves": []}]}]}})
        assert not reading.is_valid({"tree": {"leaves": [{"leaves": [{"leaves": 1}]}]}})
        assert not reading.is_valid({"tree": {"leaves": [{"leaves": [{"code": 1}]}]}})


@st.composite
def schemas(draw: st.DrawFn, depth: int = 3) -> dict[str, Any]:
    """Schemas with two formats that nobody knows, under whatever turns what is said."""
    leaves = [{"format": "odd"}, {"format": "even"}, {**TEXT, "format": "odd"}]
    known = [{}, TEXT, SHORT, {"minLength": 2}, {"type": "integer"}, SOME, {"const": "ab"}]
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return dict(draw(st.sampled_from([*leaves, *leaves, *known])))
    inner = schemas(depth - 1)
    many = st.lists(inner, min_size=1, max_size=3)
    parts = {
        "not": inner, "oneOf": many, "anyOf": many, "allOf": many, "contains": inner,
        "items": inner, "if": inner, "propertyNames": inner, "unevaluatedItems": inner,
        "properties": st.dictionaries(st.sampled_from("ab"), inner, min_size=1),
        "unevaluatedProperties": st.just(False), "prefixItems": many,
    }  # fmt: skip
    names = draw(st.lists(st.sampled_from(sorted(parts)), min_size=1, max_size=3, unique=True))
    made = {name: draw(parts[name]) for name in names}
    if "if" in made:
        made |= {key: draw(inner) for key in draw(st.sampled_from([["then"], ["then", "else"]]))}
    if "contains" in made:
        made |= {"minContains": draw(st.integers(0, 1)), "maxContains": draw(st.integers(0, 2))}
    return made


TEXTS = st.sampled_from(["", "a", "ab", "abc", "b"])
SCALARS = st.one_of(TEXTS, st.none(), st.integers(0, 2))
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=5,
)


def meaning(node: Any, of: dict[str, str]) -> Any:
    """A schema in which each unknown format means what it is said to mean here."""
    if isinstance(node, list):
        return [meaning(part, of) for part in node]
    if not isinstance(node, dict):
        return node
    made = {key: meaning(inner, of) for key, inner in node.items() if key != "format"}
    return {**made, "pattern": of[node["format"]]} if isinstance(node.get("format"), str) else made


@settings(max_examples=300)
@given(
    schema=schemas(),
    value=VALUES,
    odd=st.sampled_from(["", "^a", "b$", "^$", "^.$", "x"]),
    even=st.sampled_from(["", "^a", "b$", "x"]),
)
def test_no_meaning_of_the_unknown_proves_it_wrong(
    schema: dict[str, Any], value: Any, odd: str, even: str
) -> None:
    """Whatever an unknown format means, what is surely right is right, and what is wrong wrong."""
    document_ = schema_of(schema, "reply").document
    meant = Draft202012Validator(meaning(schema, {"odd": odd, "even": even})).is_valid(value)
    if not compiled(document_).is_valid(value):
        assert not meant
    if compiled(document_, strict=True).is_valid(value):
        assert meant
