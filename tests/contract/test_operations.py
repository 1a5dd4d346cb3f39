"""OpenAPI documents as operations, and documents that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from clausewise import ContractError
from clausewise.contract import Contract
from clausewise.pack import Pack
from clausewise.pointer import ABSENT

from .making import document, json_reply, load, missed


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
    assert [content.media_range for content in operation.contents] == ["application/json"]
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
    """Path values are percent-encoded whole, slashes and braces too; without one, none is made."""
    parameters = [{"name": name, "in": "path"} for name in ("x", "y")]
    made = {"openapi": "3.1.0", "paths": {"/a/{x}/b/{y}": {"get": {"parameters": parameters}}}}
    operation = _load(tmp_path, made).operations["get_/a/{x}/b/{y}"]
    wire = operation.codec.written({"path": {"x": "1/2?é", "y": "{x}"}})
    assert wire is not None
    assert wire.path == "/a/1%2F2%3F%C3%A9/b/%7Bx%7D"
    assert not operation.request.accepts({"path": {"x": "1"}})


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
        ("x", "header", ABSENT, False),
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
    """Any `+json` type is JSON, with parameters too, also where it is not the first one."""
    content = {
        "text/plain": {},
        "application/problem+json; charset=utf-8": {"schema": {"type": "object"}},
    }
    contract = _load(tmp_path, _changed(responses={"200": {"content": content}}))
    reply = contract.operations["send"].replies["200"]
    assert reply.media_ranges == tuple(content)
    assert not json_reply(contract).accepts(5)


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


BASE = "openapi: 3.1.0\npaths:\n  /a:\n    post:\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "openapi.yaml:1: an OpenAPI 3.0, 3.1 or 3.2 document is needed, or a Swagger 2.0 one"),
        ("- 1\n", "openapi.yaml:1: an OpenAPI 3.0, 3.1 or 3.2 document is needed"),
        ("swagger: '1.2'\n", "openapi.yaml:1: an OpenAPI 3.0, 3.1 or 3.2 document is needed"),
        ("openapi: 2.0.0\n", "`openapi` is '2.0.0'"),
        ("openapi: 3.1.0\npaths: [1]\n", "openapi.yaml:2: `paths` is an object, not [1]"),
    ],
)
def test_what_is_no_document(tmp_path: Path, text: str, said: str) -> None:
    """A document that has no operations to read is refused with its line and what is wrong."""
    with pytest.raises(ContractError) as caught:
        load(tmp_path, {"openapi.yaml": text})
    assert said in str(caught.value)
    assert str(caught.value).startswith("openapi.yaml:")


@pytest.mark.parametrize("version", ["3.0", "3.1", "3.2", "3.1.0", "'3.0.3'"])
def test_versions_with_and_without_quotes(tmp_path: Path, version: str) -> None:
    """A version that YAML reads as a number is the version all the same."""
    text = f"openapi: {version}\npaths: {{/a: {{get: {{operationId: a, responses: {{}}}}}}}}\n"
    assert "a" in load(tmp_path, {"openapi.yaml": text}).operations


BESIDE = "  /beside:\n    get:\n      operationId: beside\n"
NO_BODY = "every request needs a body, and none can be made of "


@pytest.mark.parametrize(
    ("text", "said", "unasked"),
    [
        ("openapi: 3.1.0\npaths:\n  /a: 5\n", "3: `/a`: an object is needed, not 5", None),
        ("openapi: 3.1.0\npaths:\n  a: {}\n", "3: a path begins with a slash", None),
        (
            "openapi: 3.1.0\npaths:\n  a:\n    get: {}\n",
            "3: a path begins with a slash, not 'a'; it is read as /a",
            False,
        ),
        (
            "openapi: 3.1.0\npaths:\n  beside:\n    get: {}\n",
            "3: a path begins with a slash, not 'beside'",
            None,
        ),
        ("openapi: 3.1.0\npaths:\n  /a:\n    get: x\n", "4: `get`: an object is needed", True),
        (f"{BASE}      parameters: x\n", "5: `parameters` is a list", False),
        (f"{BASE}      parameters:\n      - 5\n", "5: `parameters`: an object", False),
        (f"{BASE}      parameters:\n      - name: a\n", "6: a parameter has a name", False),
        (
            f"{BASE}      parameters:\n      - name: a\n        in: body\n",
            "6: a parameter has a name and an `in`",
            False,
        ),
        (
            f"{BASE}      parameters:\n      - {{name: a, in: {{}}, required: true}}\n",
            "6: a parameter has a name and an `in`",
            True,
        ),
        (
            f"{BASE}      parameters:\n      - {{id: a, in: path, required: true}}\n",
            "6: a parameter has a name and an `in`",
            False,
        ),
        (f"{BASE}      requestBody: []\n", "5: `requestBody`: an object is needed", True),
        (
            f"{BASE}      requestBody:\n        content: {{application/json: x}}\n",
            "6: `application/json`: an object is needed, not 'x'",
            False,
        ),
        (
            f"{BASE}      requestBody: {{required: true, content: {{text/xml: {{}}}}}}\n",
            f"5: {NO_BODY}text/xml: the schema of an XML body is not judged",
            True,
        ),
        (f"{BASE}      summary: b\n      summary: c\n", "6: key 'summary' stands twice", False),
        (f"{BASE}      responses: []\n", "5: `responses` is an object, not []", False),
        (f"{BASE}      responses:\n        OK: {{}}\n", "6: a reply has a status", False),
        (f"{BASE}      responses:\n        200: x\n", "6: `200`: an object is needed", False),
        (f"{BASE}      callbacks: {{a: {{}}}}\n", "5: its callbacks are not tested", False),
        (
            "openapi: 3.1.0\npaths:\n  /a/{b}:\n    get: {}\n",
            "4: the path has {b}, which no parameter describes; any text is sent",
            False,
        ),
    ],
)
def test_what_cannot_be_read_costs_itself_alone(
    tmp_path: Path, text: str, said: str, unasked: bool | None
) -> None:
    """It is told with its line; no request is made only where one needs what is unreadable."""
    contract = load(tmp_path, {"openapi.yaml": f"{text}{BESIDE}"})
    assert len(contract.not_judged) == 1
    assert missed(contract)[0].startswith(f"openapi.yaml:{said}")
    assert contract.operations.pop("beside").unasked is None
    asked = [one.unasked or one.in_doubt for one in contract.operations.values()]
    assert [one is not None for one in asked] == ([] if unasked is None else [unasked])
    assert all(one is None or one in contract.not_judged for one in asked)


def test_a_path_without_its_slash(tmp_path: Path) -> None:
    """It is asked with one, has its parameters and its id; extensions are no paths."""
    text = (
        "openapi: 3.1.0\npaths:\n  x-note: {get: {}}\n  things/{id}:\n"
        "    get:\n      parameters: [{name: id, in: path, required: true}]\n"
    )
    contract = load(tmp_path, {"openapi.yaml": text})
    (operation,) = contract.operations.values()
    assert (operation.id, operation.path) == ("get_/things/{id}", "/things/{id}")
    assert [parameter.name for parameter in operation.parameters] == ["id"]
    match = contract.match("GET", "/things/7")
    assert match is not None
    assert match.operation is operation


def test_a_reply_that_refers_to_itself_keeps_its_status(tmp_path: Path) -> None:
    """What it promises is not known, but that it is documented is."""
    text = f"{BASE}      responses:\n        200: {{$ref: '#/a'}}\na: {{$ref: '#/a'}}\n"
    contract = load(tmp_path, {"openapi.yaml": text})
    assert missed(contract) == ["openapi.yaml:7: $ref goes round in a circle"]
    assert contract.operations["post_/a"].documents(200)


@pytest.mark.parametrize(
    ("first", "second", "ids"),
    [
        ("x", "x", ["x", "put_/a"]),
        ("5", "'5'", ["post_/a", "5"]),
        ("put_/a", "put_/a", ["put_/a", "put_/a_2"]),
        ("a:b#c", "'%'", ["a%3Ab%23c", "%25"]),
    ],
)
def test_how_operations_are_named(tmp_path: Path, first: str, second: str, ids: list[str]) -> None:
    """By operationId, percent-encoded; a second use, or what is no word, by method and path."""
    text = f"{BASE}      operationId: {first}\n    put:\n      operationId: {second}\n"
    contract = load(tmp_path, {"openapi.yaml": text})
    assert list(contract.operations) == ids
    assert [clause.partition(":")[0] for clause in contract.clauses] == [ids[0]] * 2 + [ids[1]] * 2


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
        ("minimum: much", 12, "`minimum` is a number, not 'much'"),
        ("type: strin", 12, "`type` names 'strin', which is no type of JSON Schema"),
        ("required: a", 12, "`required` is a list of names, not 'a'"),
        ("pattern: '('", 12, "`pattern` has a `(` without its `)`"),
        ("multipleOf: 0", 12, "`multipleOf` is more than 0, not 0"),
        ("properties: [a]", 12, "`properties` is an object of schemas, not ['a']"),
        ("allOf: []", 12, "`allOf` lists no schema at all"),
        ("allOf: {a: 1}", 12, "`allOf` is a list, not {'a': 1}"),
        ("items: 5", 12, "`items` is a schema, not 5"),
        ("not: 5", 12, "`not` is a schema, not 5"),
        ("patternProperties: {'(': {}}", 12, "`patternProperties` has '('"),
        ("x-contested: {pattern: '('}", 12, "`pattern` has a `(` without its `)`"),
        (
            "description: x\n                  minLength: -1",
            13,
            "`minLength` is a whole number from",
        ),
        ("enum: 5", 12, "`enum` is a list, not 5"),
    ],
)
def test_a_keyword_of_the_wrong_form(tmp_path: Path, text: str, line: int, said: str) -> None:
    """A keyword that is none costs itself, told with its line; what is beside it holds."""
    beside = f"{SCHEMA}{text}\n                b: {{maximum: 7}}\n"
    contract = load(tmp_path, {"openapi.yaml": beside})
    (problem,) = missed(contract)
    assert problem.startswith(f"openapi.yaml:{line}: {said}")
    assert "post_/a:request#/b:maximum" in contract.clauses
    assert contract.operations["post_/a"].unasked is None


def test_a_body_that_is_needed_and_unreadable(tmp_path: Path) -> None:
    """Then no request is known to be lawful: the operation says why, and no other is touched."""
    made = document({"$ref": "#/gone"})
    made["paths"]["/things"]["get"] = {"operationId": "look"}
    contract = _load(tmp_path, made)
    doubt = contract.operations["send"].in_doubt
    assert doubt is not None
    assert doubt.reason.startswith(f"{NO_BODY}application/json: $ref '#/gone' leads nowhere")
    assert doubt in contract.not_judged
    assert contract.operations["look"].in_doubt is None


def test_names_that_are_near_to_one_that_is_read(tmp_path: Path) -> None:
    """A misspelt name is told with its line and what may be meant; what is near to none is not."""
    text = """\
openapi: 3.1.0
info: {title: t, version: '1', titel: no}
securty: []
paths:
  /it:
    paramaters: []
    x-paramters: []
    post:
      operationID: send
      parameters:
        - {name: q, in: query, requird: true, schema: {type: string, maxlength: 4}}
      requestBody:
        require: true
        content: {application/json: {shema: {type: object}}}
      responses:
        '200':
          description: Yes.
          header: {}
          content:
            application/json:
              schema:
                requierd: [count]
                note: of ours
                colour: red
                properties: {typo: {enmu: [1]}, count: {Description: many}}
"""
    contract = load(tmp_path, {"openapi.yaml": text})
    said = [told.split(" is not read in ") for told in missed(contract)]
    assert sorted(said, key=lambda one: int(one[0].split(":")[1])) == [
        ["openapi.yaml:3: `securty`", "the document: is `security` meant?"],
        ["openapi.yaml:6: `paramaters`", "a path item: is `parameters` meant?"],
        ["openapi.yaml:9: `operationID`", "an operation: is `operationId` meant?"],
        ["openapi.yaml:11: `requird`", "a parameter: is `required` meant?"],
        ["openapi.yaml:11: `maxlength`", "a schema: is `maxLength` meant?"],
        ["openapi.yaml:13: `require`", "a request body: is `required` meant?"],
        ["openapi.yaml:14: `shema`", "a media type: is `schema` meant?"],
        ["openapi.yaml:18: `header`", "a reply: is `headers` meant?"],
        ["openapi.yaml:22: `requierd`", "a schema: is `required` meant?"],
        ["openapi.yaml:25: `enmu`", "a schema: is `enum` meant?"],
    ]
