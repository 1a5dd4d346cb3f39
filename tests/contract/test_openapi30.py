"""OpenAPI 3.0 documents: read as if they had been written for 3.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import MessagePart
from clausewise.contract.compiled import compiled
from clausewise.contract.openapi30 import modernised

from .making import document, json_reply, load


def _request(root: Path, schema: Any, files: dict[str, Any] | None = None) -> MessagePart:
    main = document(schema, version="3.0.3")
    contract = load(root, {"openapi.json": main, **(files or {})}, "openapi.json")
    body = contract.operations["send"].body
    assert body is not None
    return body


MAYBE = {"type": "string", "nullable": True}


@pytest.mark.parametrize(
    ("schema", "value", "lawful"),
    [
        (MAYBE, None, True),
        (MAYBE, 5, False),
        ({"type": "string", "nullable": False}, None, False),
        ({"type": "string", "enum": ["a"], "nullable": True}, None, False),
        ({"type": "string", "enum": ["a", None], "nullable": True}, None, True),
        ({"type": "string", "const": "a", "nullable": True}, None, False),
        ({"type": "string", "enum": ["a"], "nullable": True}, "b", False),
        ({"nullable": True, "minimum": 1}, None, True),
        ({"minimum": 1, "exclusiveMinimum": True}, 1, False),
        ({"minimum": 1, "exclusiveMinimum": True}, 2, True),
        ({"minimum": 1, "exclusiveMinimum": False}, 1, True),
        ({"maximum": 1, "exclusiveMaximum": True}, 1, False),
        ({"exclusiveMaximum": True}, 1, True),
        # Names are no keywords, whatever they are called.
        ({"properties": {"value": MAYBE}}, {"value": None}, True),
        ({"properties": {"example": MAYBE}}, {"example": None}, True),
        ({"properties": {"default": MAYBE}}, {"default": None}, True),
        ({"properties": {"nullable": {"type": "boolean"}}}, {"nullable": 5}, False),
        ({"properties": {"type": {"type": "string"}}}, {"type": None}, False),
        (
            {"properties": {"properties": {"properties": {"x": MAYBE}}}},
            {"properties": {"x": None}},
            True,
        ),
        # Values are no schemas.
        ({"enum": [MAYBE]}, MAYBE, True),
        ({"items": {"type": "integer", "nullable": True}}, [None, 1], True),
        ({"allOf": [{"type": "integer", "nullable": True}]}, None, True),
    ],
)
def test_schemas_mean_what_3_0_says(tmp_path: Path, schema: Any, value: Any, lawful: bool) -> None:
    """`nullable` and boolean exclusive bounds mean what they did, where they are keywords."""
    assert _request(tmp_path, schema).accepts(value) is lawful


def test_referenced_files_are_3_0_too(tmp_path: Path) -> None:
    """What a 3.0 document refers to is written in the words of 3.0 as well."""
    body = _request(
        tmp_path,
        {"$ref": "a.json"},
        {
            "a.json": {"properties": {"b": {"$ref": "b.json"}, "c": {"$ref": "b.json"}}},
            "b.json": MAYBE,
        },
    )
    assert body.accepts({"b": None, "c": None})


def test_a_3_1_document_is_left_alone(tmp_path: Path) -> None:
    """In 3.1 `nullable` is no keyword."""
    body = load(tmp_path, {"openapi.yaml": document(MAYBE)}).operations["send"].body
    assert body is not None
    assert not body.accepts(None)


def test_what_stands_beside_a_reference_is_ignored(tmp_path: Path) -> None:
    """In 3.0 a `$ref` stands alone: its neighbours mean nothing."""
    body = _request(
        tmp_path,
        {"properties": {"a": {"$ref": "a.json", "minLength": 5}, "$ref": {"type": "string"}}},
        {"a.json": {"type": "string"}},
    )
    assert body.accepts({"a": "x"})
    assert not body.accepts({"$ref": 5})


def test_lines_survive(tmp_path: Path) -> None:
    """Rewritten keywords keep the line of what they were written as."""
    text = """\
openapi: 3.0.3
paths:
  /a:
    post:
      operationId: send
      requestBody:
        content:
          application/json:
            schema:
              type: integer
              nullable: true
              minimum: 1
              exclusiveMinimum: true
      responses:
        default:
          description: Anything.
          content:
            application/json:
              schema: {type: string, nullable: true}
"""
    contract = load(tmp_path, {"openapi.yaml": text})
    assert contract.clauses["send:request#:type"].source is not None
    assert contract.clauses["send:request#:type"].source.line == 10
    assert contract.clauses["send:request#:exclusiveMinimum"].source is not None
    assert contract.clauses["send:request#:exclusiveMinimum"].source.line == 13
    assert "send:request#:minimum" not in contract.clauses
    assert json_reply(contract, "default").accepts(None)


def test_examples_of_schemas_and_of_messages() -> None:
    """A schema's `example` becomes its first of `examples`; that of a message stays."""
    media: dict[str, Any] = {
        "schema": {"type": "string", "example": "x", "enum": ["x"]},
        "example": "y",
        "examples": {"named": {"value": MAYBE}},
    }
    modernised(media, "3.0.3")
    assert media["schema"]["examples"] == ["x"]
    assert media["example"] == "y"
    assert media["examples"]["named"]["value"] == MAYBE


@pytest.mark.parametrize("version", ["3.0.0", "3.0.1", "3.0.2"])
def test_a_null_that_the_text_leaves_open(tmp_path: Path, version: str) -> None:
    """Before 3.0.3 a null beside an enum without it is no breach of a reply, and never sent."""
    schema = {"type": "string", "enum": ["a"], "nullable": True}
    main = document({"properties": {"m": schema}}, schema, version)
    operation = load(tmp_path, {"openapi.json": main}, "openapi.json").operations["send"]
    reply = operation.replies["200"].contents[0].message
    assert reply.accepts(None)
    assert not reply.accepts("b")
    assert operation.body is not None
    contested = operation.body.place.members["m"].notes["x-contested"]
    assert compiled(contested).is_valid("a")
    assert not compiled(contested).is_valid(None)
