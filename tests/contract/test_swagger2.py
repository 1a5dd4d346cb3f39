"""Swagger 2.0 documents: converted in memory, each fact with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import Contract
from clausewise.contract.swagger2 import converted

from .making import load

HEAD = """swagger: "2.0"
info: {title: T, version: "1"}
host: api.example.net
basePath: /v1/
schemes: [https, http]
consumes: [application/json]
produces: [application/json, application/xml]
securityDefinitions:
  key: {type: apiKey, in: header, name: X-Key}
  basic: {type: basic}
  app: {type: oauth2, flow: application, tokenUrl: "https://a.example/t", scopes: {r: read}}
definitions:
  Pet:
    type: object
    required: [name]
    properties:
      name:
        type: string
        maxLength: 9
      note: {type: string, x-nullable: true}
parameters:
  Limit:
    name: limit
    in: query
    type: integer
    maximum: 50
  Thing: {name: thing, in: body, required: true, schema: {$ref: "#/definitions/Pet"}}
responses:
  Gone:
    description: gone
    schema: {$ref: "#/definitions/Pet"}
paths:
"""


def contract(root: Path, paths: str) -> Contract:
    """The contract of a document with these paths."""
    return load(root, {"swagger.yaml": HEAD + paths}, "swagger.yaml")


def line_of(root: Path, text: str) -> int:
    """The line, from 1, where a text stands first."""
    lines = (root / "swagger.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_bodies_and_replies(tmp_path: Path) -> None:
    """A body parameter is the request's body, a schema that of each content; lines are known."""
    made = contract(
        tmp_path,
        "  /pets:\n    post:\n      operationId: add\n      parameters:\n"
        "      - $ref: '#/parameters/Thing'\n      - $ref: '#/parameters/Limit'\n"
        "      responses:\n        '200':\n          description: ok\n"
        "          schema: {$ref: '#/definitions/Pet'}\n"
        "        '410': {$ref: '#/responses/Gone'}\n",
    )
    add = made.operations["add"]
    assert add.body is not None
    assert add.body_required
    assert add.body.accepts({"name": "x", "note": None})
    assert not add.body.accepts({"note": "x"})
    for status in ("200", "410"):
        kinds = [content.media_range for content in add.replies[status].contents]
        assert kinds == ["application/json", "application/xml"]
    clause = made.clauses["add:request#/name:maxLength"]
    assert clause.source is not None
    assert clause.source.line == line_of(tmp_path, "maxLength: 9")
    limit = made.clauses["add:query#/limit:maximum"]
    assert limit.source is not None
    assert limit.source.line == line_of(tmp_path, "maximum: 50")
    assert "add:410#/name:required" in made.clauses


def test_servers_and_credentials(tmp_path: Path) -> None:
    """Schemes, host and path make base URLs; the ways to sign in keep what they were."""
    root: dict[str, Any] = converted(
        {
            "swagger": "2.0",
            "host": "a.example",
            "basePath": "/v1",
            "schemes": ["https", "ws"],
            "securityDefinitions": {
                "basic": {"type": "basic"},
                "code": {"type": "oauth2", "flow": "accessCode", "tokenUrl": "t"},
            },
        }
    )
    assert root["servers"] == [{"url": "https://a.example/v1"}, {"url": "ws://a.example/v1"}]
    schemes = root["components"]["securitySchemes"]
    assert schemes["basic"] == {"type": "http", "scheme": "basic"}
    assert schemes["code"]["flows"]["authorizationCode"]["tokenUrl"] == "t"
    assert converted({"swagger": "2.0"})["servers"] == [{"url": "/"}]


@pytest.mark.parametrize(
    ("collection", "style", "explode"),
    [
        ("", None, False),
        ("csv", None, False),
        ("ssv", "spaceDelimited", False),
        ("pipes", "pipeDelimited", False),
        ("multi", "form", True),
        ("tsv", "tabDelimited", False),
    ],
)
def test_how_arrays_are_written(collection: str, style: str | None, explode: bool) -> None:
    """`collectionFormat` becomes a style; items and bounds go into the schema."""
    parameter: dict[str, Any] = {
        "name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}, "minItems": 1,
    }  # fmt: skip
    if collection:
        parameter["collectionFormat"] = collection
    root = converted({"swagger": "2.0", "paths": {"/a": {"get": {"parameters": [parameter]}}}})
    (made,) = root["paths"]["/a"]["get"]["parameters"]
    assert made is parameter
    assert made.get("style") == style
    assert made["explode"] is explode
    assert made["schema"] == {"type": "array", "items": {"type": "integer"}, "minItems": 1}


def test_arrays_outside_of_queries_are_written_as_they_say(tmp_path: Path) -> None:
    """In a path (percent-encoded there), in a header, and in a header of a reply."""
    listed = "required: true, type: array, items: {type: integer}"
    made = contract(
        tmp_path,
        "  /a/{ids}:\n    get:\n      operationId: x\n      parameters:\n"
        f"        - {{name: ids, in: path, {listed}, collectionFormat: pipes}}\n"
        f"        - {{name: X-Ids, in: header, {listed}, collectionFormat: ssv}}\n"
        "      responses: {'200': {description: ok, headers: {X-Kept: {type: array, "
        "collectionFormat: pipes, items: {enum: [a, b]}}}}}\n",
    ).operations["x"]
    value = {"path": {"ids": [1, 2]}, "header": {"X-Ids": [3, 4]}}
    wire = made.codec.written(value)
    assert wire is not None
    assert (wire.path, wire.headers) == ("/a/1%7C2", (("X-Ids", "3 4"),))
    assert made.codec.read(wire) == value
    (kept,) = made.replies["200"].headers
    assert kept.read([("x-kept", "a|b")]) == ["a", "b"]


@pytest.mark.parametrize(
    ("kind", "consumes", "media"),
    [
        ("string", [], "application/x-www-form-urlencoded"),
        ("file", [], "multipart/form-data"),
        ("string", ["application/json", "multipart/form-data"], "multipart/form-data"),
    ],
)
def test_forms(kind: str, consumes: list[str], media: str) -> None:
    """Parameters of a form are the members of one body; a file is binary."""
    fields = [
        {"name": "f", "in": "formData", "type": kind, "required": True},
        {"name": "n", "in": "formData", "type": "integer", "maximum": 3},
    ]
    operation: dict[str, Any] = {"parameters": fields}
    if consumes:
        operation["consumes"] = consumes
    converted({"swagger": "2.0", "paths": {"/a": {"parameters": [], "post": operation}}})
    body = operation["requestBody"]
    assert body["required"] is True
    schema = body["content"][media]["schema"]
    assert schema["required"] == ["f"]
    assert schema["properties"]["n"] == {"type": "integer", "maximum": 3}
    assert schema["properties"]["f"].get("format") == ("binary" if kind == "file" else None)
    assert operation["parameters"] == []


@pytest.mark.parametrize(
    ("schema", "binary"),
    [
        ({"type": "file"}, True),
        ({"type": "object", "format": "file"}, True),
        ({"type": "string", "format": "file"}, True),
        ({"type": "object", "properties": {"format": {"enum": ["file"]}}}, False),
        ({"type": "object", "example": {"format": "file"}}, False),
    ],
)
def test_a_file_that_is_a_body(schema: dict[str, Any], binary: bool) -> None:
    """A file is bytes, however its schema says that it is one."""
    body = {"name": "b", "in": "body", "schema": dict(schema)}
    operation = {
        "consumes": ["application/octet-stream"],
        "parameters": [body],
        "responses": {"200": {"description": "ok", "schema": dict(schema)}},
    }
    root = {"swagger": "2.0", "produces": ["image/png"], "paths": {"/a": {"put": operation}}}
    made = converted(root)["paths"]["/a"]["put"]
    expected = {"type": "string", "format": "binary"} if binary else schema
    assert made["requestBody"]["content"]["application/octet-stream"]["schema"] == expected
    assert made["responses"]["200"]["content"]["image/png"]["schema"] == expected


def test_what_a_path_says_holds_for_its_operations(tmp_path: Path) -> None:
    """A body beside the operations is each one's; an operation's own one goes before."""
    made = contract(
        tmp_path,
        "  /a:\n    parameters:\n    - {name: b, in: body, schema: {type: integer}}\n"
        "    - {name: q, in: query, type: string, enum: [x]}\n"
        "    post: {operationId: one, responses: {'200': {description: ok}}}\n"
        "    put:\n      operationId: two\n      responses: {'200': {description: ok}}\n"
        "      parameters: [{name: b, in: body, schema: {type: boolean}}]\n",
    )
    one, two = made.operations["one"], made.operations["two"]
    assert one.body is not None
    assert two.body is not None
    assert one.body.accepts(5)
    assert two.body.accepts(True)
    assert {"one:query#/q:enum", "two:query#/q:enum"} <= made.clauses.keys()


def test_a_discriminator_of_2_0(tmp_path: Path) -> None:
    """A name alone, told apart by the names of the heirs."""
    made = contract(
        tmp_path,
        "  /a:\n    post:\n      operationId: x\n      responses: {'200': {description: ok}}\n"
        "      parameters: [{name: b, in: body, schema: {$ref: '#/definitions/Animal'}}]\n",
    )
    assert "x" in made.operations
    text = HEAD.replace(
        "parameters:\n  Limit",
        "  Animal: {discriminator: kind, required: [kind], properties: {kind: {type: string}}}\n"
        "  Cat: {allOf: [{$ref: '#/definitions/Animal'}, {properties: {n: {type: integer}}}]}\n"
        "parameters:\n  Limit",
        1,
    )
    paths = (
        "  /a:\n    post:\n      operationId: x\n      responses: {'200': {description: ok}}\n"
        "      parameters: [{name: b, in: body, schema: {$ref: '#/definitions/Animal'}}]\n"
    )
    body = load(tmp_path, {"s.yaml": text + paths}, "s.yaml").operations["x"].body
    assert body is not None
    assert body.accepts({"kind": "Cat", "n": 1})
    assert not body.accepts({"kind": "Animal"})


@pytest.mark.parametrize("beside", ["", "  Cat: {allOf: [{type: object}]}\n"])
def test_a_discriminator_of_2_0_that_none_inherits(tmp_path: Path, beside: str) -> None:
    """It says the name of the schema itself; a reply is held to the schema alone."""
    text = HEAD.replace(
        "parameters:\n  Limit",
        "  Animal: {discriminator: kind, required: [kind], properties: {kind: {type: string}}}\n"
        f"{beside}parameters:\n  Limit",
        1,
    )
    paths = (
        "  /a:\n    post:\n      operationId: x\n"
        "      responses: {'200': {description: ok, schema: {$ref: '#/definitions/Animal'}}}\n"
        "      parameters: [{name: b, in: body, schema: {$ref: '#/definitions/Animal'}}]\n"
    )
    made = load(tmp_path, {"s.yaml": text + paths}, "s.yaml").operations["x"]
    assert made.body is not None
    assert made.body.accepts({"kind": "Animal"})
    assert not made.body.accepts({"kind": "Cat"})
    reply = made.replies["200"].contents[0].message
    assert reply.accepts({"kind": "Dog"})


@pytest.mark.parametrize(
    "odd",
    [
        {"paths": []}, {"paths": {"/a": 5}}, {"paths": {"/a": {"get": 5}}}, {"definitions": 5},
        {"paths": {"/a": {"get": {"parameters": 5, "responses": []}}}}, {"consumes": "x"},
        {"paths": {"/a": {"get": {"parameters": [5, {"$ref": 7}, {"in": "formData"}]}}}},
        {"responses": {"a": 5}, "parameters": {"b": 5}, "securityDefinitions": {"c": 5}},
        {"paths": {"/a": {"get": {"responses": {"200": 5, "201": {"schema": 5, "headers": 5}}}}}},
    ],
)  # fmt: skip
def test_what_has_no_form_is_left_to_the_reader(odd: dict[str, Any]) -> None:
    """The conversion itself never fails."""
    assert converted({"swagger": "2.0", **odd})["openapi"] == "3.0.3"


@pytest.mark.parametrize(
    ("own", "expected"),
    [("", ("application/json", "application/xml")), ("produces: [text/csv], ", ("text/csv",))],
)
def test_what_replies_without_a_schema_are_written_in(
    tmp_path: Path, own: str, expected: tuple[str, ...]
) -> None:
    """`produces` says what an operation replies in, where no reply says more (2.0, Operation)."""
    reply = f"  /a:\n    get: {{{own}operationId: a, responses: {{200: {{description: ok}}}}}}\n"
    operation = contract(tmp_path, reply).operations["a"]
    assert operation.produces == expected
    assert operation.media_ranges == ()
