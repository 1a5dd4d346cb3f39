"""OpenAPI documents as operations, and documents that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from clausewise import ContractError
from clausewise.contract import Contract
from clausewise.pack import Pack

from .making import document, load


def _changed(**operation: Any) -> dict[str, Any]:
    """The usual document with parts of its operation replaced."""
    made = document({"type": "object"})
    made["paths"]["/things"]["post"] |= operation
    return made


def _load(root: Path, made: dict[str, Any]) -> Contract:
    return load(root, {"openapi.yaml": yaml.safe_dump(made, sort_keys=False)})


def test_the_operation_of_the_pack(pack: Pack) -> None:
    """The pack's operation has its method, path, parameters, messages and examples."""
    operation = pack.contract.operations["start_recording"]
    assert (operation.method, operation.secured) == ("POST", True)
    assert operation.path == "/accounts/{account_id}/realtime/kit/{app_id}/recordings"
    assert [(p.name, p.location) for p in operation.parameters] == [
        ("account_id", "path"),
        ("app_id", "path"),
    ]
    assert operation.body is not None
    assert operation.body.media_types == ("application/json",)
    assert list(operation.examples) == ["minimal", "full"]
    assert all(operation.body.accepts(example) for example in operation.examples.values())
    assert list(operation.replies) == ["200", "4XX"]
    assert pack.contract.servers == ("https://api.cloudflare.com/client/v4",)


@pytest.mark.parametrize(
    ("status", "part"),
    [(200, "200"), (204, "2XX"), (404, "404"), (422, "default"), (500, "default")],
)
def test_which_reply_documents_a_status(tmp_path: Path, status: int, part: str) -> None:
    """An exact status comes before its range, and a range before `default`."""
    replies = {key: {"description": key} for key in ("200", "2xx", "404", "default")}
    operation = _load(tmp_path, _changed(responses=replies)).operations["send"]
    reply = operation.reply_for(status)
    assert reply is not None
    assert reply.part == part
    assert operation.documents(status)


def test_a_status_nobody_documents(tmp_path: Path) -> None:
    """Without a range or `default`, other statuses are undocumented."""
    operation = _load(tmp_path, document({})).operations["send"]
    assert operation.reply_for(500) is None
    assert not operation.documents(500)


def test_values_are_put_into_the_path(tmp_path: Path) -> None:
    """Path values are percent-encoded whole, slashes and braces too."""
    parameters = [{"name": name, "in": "path"} for name in ("x", "y")]
    made = {"openapi": "3.1.0", "paths": {"/a/{x}/b/{y}": {"get": {"parameters": parameters}}}}
    operation = _load(tmp_path, made).operations["get_/a/{x}/b/{y}"]
    assert operation.fill({"x": "1/2?é", "y": "{x}"}) == "/a/1%2F2%3F%C3%A9/b/%7Bx%7D"
    with pytest.raises(KeyError):
        operation.fill({"x": "1"})


def test_parameters_of_the_path_and_of_the_operation(tmp_path: Path) -> None:
    """An operation's parameter replaces the path's one of the same name and place."""
    made = _changed(
        parameters=[
            {"$ref": "#/components/parameters/page"},
            {"name": "x", "in": "query", "schema": {"type": "integer", "examples": [7]}},
        ]
    )
    made["paths"]["/things"]["parameters"] = [
        {"name": "x", "in": "query", "schema": {"type": "string"}},
        {"name": "x", "in": "header", "schema": {"type": "string"}},
    ]
    made["components"] = {
        "parameters": {
            "page": {
                "name": "page",
                "in": "query",
                "required": True,
                "example": 3,
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    }
    contract = _load(tmp_path, made)
    found = contract.operations["send"].parameters
    assert [(p.name, p.location, p.example, p.message.required) for p in found] == [
        ("x", "query", 7, False),
        ("x", "header", None, False),
        ("page", "query", 3, True),
    ]
    assert "send:query#/page:minimum" in contract.clauses
    assert "send:query#/x:type" in contract.clauses
    assert "send:header#/x:type" not in contract.clauses
    assert contract.clauses["send:query#/page:minimum"].promise == "page is at least 1"


@pytest.mark.parametrize(
    ("root", "own", "secured"),
    [
        (None, None, False),
        ([{"token": []}], None, True),
        ([{"token": []}], [], False),
        (None, [{"token": []}], True),
        ([{"token": []}], [{}, {"token": []}], False),
    ],
)
def test_who_needs_a_credential(tmp_path: Path, root: Any, own: Any, secured: bool) -> None:
    """An operation is secured unless nothing, or an empty requirement, is stated for it."""
    made = _changed(**({} if own is None else {"security": own}))
    if root is not None:
        made["security"] = root
    contract = _load(tmp_path, made)
    assert contract.operations["send"].secured is secured
    assert ("send:auth" in contract.clauses) is secured


def test_messages_without_a_body(tmp_path: Path) -> None:
    """A GET has no request clauses, and a reply without content promises only its status."""
    made = document({})
    made["paths"]["/things"] = {
        "get": {"operationId": "look", "responses": {"204": {"description": "Nothing."}}}
    }
    contract = _load(tmp_path, made)
    assert list(contract.clauses) == ["look:served", "look:status"]
    assert contract.operations["look"].body is None


def test_other_json_media_types(tmp_path: Path) -> None:
    """Any `+json` type is JSON, with parameters too; the first one counts."""
    content = {
        "text/plain": {},
        "application/problem+json; charset=utf-8": {"schema": {"type": "object"}},
    }
    contract = _load(tmp_path, _changed(responses={"200": {"content": content}}))
    reply = contract.operations["send"].replies["200"]
    assert reply.media_types == tuple(content)
    assert reply.required
    assert not reply.accepts(5)


def test_examples_of_messages(tmp_path: Path) -> None:
    """Examples come by name, through `$ref` too; one that is only a URL is left out."""
    made = document({})
    made["paths"]["/things"]["post"]["requestBody"]["content"]["application/json"] |= {
        "examples": {
            "here": {"value": {"a": 1}},
            "there": {"$ref": "#/components/examples/there"},
            "away": {"externalValue": "https://example.com/x.json"},
        },
        "example": {"c": 3},
    }
    made["components"] = {"examples": {"there": {"value": {"b": 2}}}}
    assert _load(tmp_path, made).operations["send"].examples == {
        "here": {"a": 1},
        "there": {"b": 2},
        "example": {"c": 3},
    }


def test_complaints_are_for_people(pack: Pack) -> None:
    """What is wrong with a body is said with its pointer, one sentence a problem."""
    body = pack.contract.operations["start_recording"].body
    assert body is not None
    assert body.complaints({"meeting_id": 5}) == ['/meeting_id: 5 is not of type "string"']
    assert body.complaints({}) == ['the body: "meeting_id" is a required property']


BASE = "openapi: 3.1.0\npaths:\n  /a:\n    post:\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "openapi.yaml:1: an OpenAPI 3.0 or 3.1 document is needed, `openapi` is None"),
        ("- 1\n", "openapi.yaml:1: an OpenAPI 3.0 or 3.1 document is needed"),
        ("swagger: '2.0'\n", "openapi.yaml:1: an OpenAPI 3.0 or 3.1 document is needed"),
        ("openapi: 2.0.0\n", "`openapi` is '2.0.0'"),
        ("openapi: 3.1.0\npaths: [1]\n", "openapi.yaml:2: `paths` is an object, not [1]"),
        ("openapi: 3.1.0\npaths:\n  /a: 5\n", "openapi.yaml:3: `/a`: an object is needed, not 5"),
        ("openapi: 3.1.0\npaths:\n  a: {}\n", "openapi.yaml:3: a path begins with a slash"),
        ("openapi: 3.1.0\npaths:\n  /a:\n    get: x\n", "openapi.yaml:4: `get` is an object"),
        (f"{BASE}      operationId: 5\n", "openapi.yaml:5: an operationId is a word, not 5"),
        (f"{BASE}      parameters: x\n", "openapi.yaml:5: `parameters` is a list"),
        (f"{BASE}      parameters:\n      - 5\n", "openapi.yaml:5: `parameters`: an object"),
        (f"{BASE}      parameters:\n      - name: a\n", "openapi.yaml:6: a parameter has a name"),
        (f"{BASE}      parameters:\n      - name: a\n        in: body\n", "openapi.yaml:6: a para"),
        (f"{BASE}      requestBody: []\n", "openapi.yaml:5: `requestBody`: an object is needed"),
        (
            f"{BASE}      requestBody:\n        content: {{text/plain: {{}}}}\n",
            "openapi.yaml:6: post_/a takes no JSON body",
        ),
        (
            f"{BASE}      requestBody:\n        content: {{application/json: x}}\n",
            "openapi.yaml:6: `application/json` is an object, not 'x'",
        ),
        (f"{BASE}      responses: []\n", "openapi.yaml:5: `responses` is an object, not []"),
        (f"{BASE}      responses:\n        OK: {{}}\n", "openapi.yaml:6: a reply has a status"),
        (f"{BASE}      responses:\n        200: x\n", "openapi.yaml:6: `200`: an object is needed"),
        (
            f"{BASE}      responses:\n        200: {{$ref: '#/a'}}\na: {{$ref: '#/a'}}\n",
            "openapi.yaml:7: $ref goes round in a circle",
        ),
        (
            f"{BASE}      operationId: x\n    put:\n      operationId: x\n",
            "openapi.yaml:7: operationId 'x' stands twice",
        ),
        (
            "openapi: 3.1.0\npaths:\n  /a/{b}:\n    get: {}\n",
            "openapi.yaml:4: get_/a/{b}: the path has {b}, which is no parameter",
        ),
    ],
)
def test_what_is_wrong_with_a_document(tmp_path: Path, text: str, said: str) -> None:
    """A document of the wrong form is refused with its line and what is wrong there."""
    with pytest.raises(ContractError) as caught:
        load(tmp_path, {"openapi.yaml": text})
    assert said in str(caught.value)
    assert str(caught.value).startswith("openapi.yaml:")


SCHEMA = f"""{BASE}      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                a:
                  """


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("minimum: much", 12, '`minimum`: "much" is not of type "number"'),
        ("type: strin", 12, "`type`: "),
        ("required: a", 12, '`required`: "a" is not of type "array"'),
        ("pattern: '('", 12, '`pattern`: "(" is not a "regex"'),
        ("multipleOf: 0", 12, "`multipleOf`: "),
        ("properties: [a]", 12, "`properties`: "),
        ("properties: {b: 5}", 12, "`b`: a schema is an object, not 5"),
        ("allOf: []", 12, "`allOf`: "),
        ("allOf: {a: 1}", 12, "`allOf`: "),
        ("allOf: [5]", 12, "a schema is an object, not 5"),
        ("items: 5", 12, "`items`: "),
        ("not: 5", 12, "`not`: "),
        ("patternProperties: {'(': {}}", 12, '"(" is not a "regex"'),
        ("x-contested: {pattern: '('}", 12, '`pattern`: "(" is not a "regex"'),
        ("description: x\n                  minLength: -1", 13, "`minLength`: -1 is less than"),
        ("enum: 5", 12, "`enum`: 5 is not of type"),
    ],
)
def test_a_keyword_of_the_wrong_form(tmp_path: Path, text: str, line: int, said: str) -> None:
    """A schema that is none is refused with the line of the keyword."""
    with pytest.raises(ContractError) as caught:
        load(tmp_path, {"openapi.yaml": f"{SCHEMA}{text}\n"})
    assert str(caught.value).startswith(f"openapi.yaml:{line}: ")
    assert said in str(caught.value)
