"""Requests as their contract reads them: values by part, what they break, and what explains it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clausewise.contract import load_contract
from clausewise.judge.requests import RequestJudge, RequestReading
from clausewise.pointer import ABSENT

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders/{id}:
    put:
      operationId: put
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: tags, in: query, explode: false, schema: {type: array, items: {enum: [a, b]}}}
        - {name: ids, in: query, schema: {type: array, items: {type: integer}, maxItems: 2}}
        - {name: at, in: query, style: deepObject, explode: true,
           schema: {type: object, properties: {x: {type: integer}}}}
        - {name: limit, in: query, required: true, schema: {type: integer}}
        - {name: page, in: query, allowEmptyValue: true, schema: {type: integer}}
        - {name: X-Shards, in: header, schema: {type: array, items: {type: integer}}}
        - {name: sid, in: cookie, schema: {type: string, minLength: 3}}
        - {name: odd, in: query, schema: {not: {const: "no"}}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string, maxLength: 3}, size: {type: integer}}
          application/x-www-form-urlencoded:
            schema:
              type: object
              properties: {size: {type: integer, maximum: 9}}
          text/plain: {schema: {type: string, pattern: "^a"}}
      responses: {"200": {description: Done.}}
"""
RULES = """
R: {statement: A name is not its size., operations: [put], body: {not: {type: object,
  properties: {name: {const: "7"}, size: {const: 7}}, required: [name, size]}}}
"""
JSON = ("Content-Type", "application/json")


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> RequestJudge:
    """The judge of the one operation."""
    root = tmp_path_factory.mktemp("shop")
    (root / "shop.yaml").write_text(DOCUMENT, "utf-8")
    (root / "rules.yaml").write_text(RULES, "utf-8")
    contract = load_contract(root, root / "shop.yaml", root / "rules.yaml")
    return RequestJudge(contract, contract.operations["put"])


def read(
    judge: RequestJudge,
    query: str = "limit=1",
    *headers: tuple[str, str],
    body: Any = None,
    path: str = "7",
) -> RequestReading:
    """A request with what is given, and a lawful rest."""
    content = body if isinstance(body, bytes) else json.dumps(body or {"name": "x"}).encode()
    kind = () if any(name.lower() == "content-type" for name, _ in headers) else (JSON,)
    return judge.read({"id": path}, query, (*headers, *kind), content)


def broken(reading: RequestReading) -> list[str]:
    """The clauses that a request breaks."""
    return [breach.clause.removeprefix("put:") for breach in reading.broken]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("limit=1&tags=a,b", {"limit": 1, "tags": ["a", "b"]}),
        ("limit=1&tags=a&tags=b", {"limit": 1, "tags": ["a", "b"]}),
        ("limit=1&ids=1&ids=2", {"limit": 1, "ids": [1, 2]}),
        ("limit=1&ids=1", {"limit": 1, "ids": [1]}),
        ("limit=1&at%5Bx%5D=3", {"limit": 1, "at": {"x": 3}}),
        ("limit=1&page=", {"limit": 1}),
        ("limit=1&unknown=2", {"limit": 1}),
    ],
)
def test_values_are_read_as_their_style_writes_them(
    judge: RequestJudge, query: str, values: dict[str, Any]
) -> None:
    """By the types of the parameters; names that nobody documented are nobody's."""
    reading = read(judge, query)
    assert reading.query == values
    assert reading.lawful


def test_a_key_in_the_query_is_no_member_of_what_takes_any_name(tmp_path: Path) -> None:
    """What carries a credential belongs to its scheme; all other names are free keys."""
    numbers = {"type": "object", "additionalProperties": {"type": "integer"}}
    operation = {
        "operationId": "find",
        "parameters": [{"name": "filter", "in": "query", "schema": numbers}],
        "security": [{"key": []}],
        "responses": {"200": {"description": "Done."}},
    }
    schemes = {"key": {"type": "apiKey", "in": "query", "name": "api_key"}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "components": {"securitySchemes": schemes},
        "paths": {"/things": {"get": operation}},
    }
    (tmp_path / "shop.json").write_text(json.dumps(document), "utf-8")
    contract = load_contract(tmp_path, tmp_path / "shop.json")
    judge = RequestJudge(contract, contract.operations["find"])
    reading = judge.read({}, "api_key=secret&a=1", (), None)
    assert (reading.query, reading.lawful) == ({"filter": {"a": 1}}, True)
    reading = judge.read({}, "a=x", (), None)
    assert [breach.clause for breach in reading.broken] == ["find:query#/filter/*:type"]


def test_every_part_is_read(judge: RequestJudge) -> None:
    """Path, headers in any case and split over lines, cookies, and the body."""
    reading = read(
        judge, "limit=1", ("x-shards", "1, 2"), ("X-SHARDS", "3"), ("Cookie", "a=b; sid=abc")
    )
    assert reading.path == {"id": 7}
    assert reading.header == {"X-Shards": [1, 2, 3]}
    assert reading.cookie == {"sid": "abc"}
    assert reading.body == {"name": "x"}
    assert set(reading.kept) >= {
        "put:path#/id:minimum", "put:cookie#/sid:minLength", "put:header#/X-Shards/*:type",
        "put:query#/limit:required", "put:request:required", "put:request:json",
        "put:request:media-type", "put:request#/name:maxLength", "put:rule:R",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "clauses"),
    [
        ({"query": ""}, ["query#/limit:required"]),
        ({"query": "limit=x"}, ["query#/limit:type"]),
        ({"query": "limit=1&limit=2"}, ["query#/limit:type"]),
        ({"query": "limit=1&ids=1&ids=2&ids=3"}, ["query#/ids:maxItems"]),
        ({"query": "limit=1&tags=a,c"}, ["query#/tags/*:enum"]),
        ({"query": "limit=1&odd=no"}, ["query#/odd:not"]),
        ({"path": "0"}, ["path#/id:minimum"]),
        ({"path": "x"}, ["path#/id:type"]),
        ({"body": {"size": 1}}, ["request#/name:required"]),
        ({"body": {"name": "long"}}, ["request#/name:maxLength"]),
        ({"body": {"name": 7, "size": "x"}}, ["request#/name:type", "request#/size:type"]),
        ({"body": b"{"}, ["request:json"]),
        ({"body": b'{"name": "\\ud800"}'}, ["request:json"]),
        ({"body": b""}, ["request:required"]),
        ({"body": {"name": "7", "size": 7}}, ["rule:R"]),
    ],
    ids=str,
)
def test_what_is_broken(judge: RequestJudge, parts: dict[str, Any], clauses: list[str]) -> None:
    """Each clause by its id; a clause that is broken somewhere is not kept elsewhere."""
    reading = read(judge, **parts)
    assert broken(reading) == clauses
    assert not set(reading.kept) & {breach.clause for breach in reading.broken}
    assert not reading.lawful


@pytest.mark.parametrize(
    ("headers", "clauses"),
    [
        ((("X-Shards", "1,x"),), ["header#/X-Shards/*:type"]),
        ((("Cookie", "sid=ab"),), ["cookie#/sid:minLength"]),
        ((("Content-Type", "image/png"),), ["request:media-type"]),
        ((("Content-Type", "application/json; charset=utf-8"),), []),
    ],
)
def test_what_headers_break(
    judge: RequestJudge, headers: tuple[tuple[str, str], ...], clauses: list[str]
) -> None:
    """Headers, cookies and the media type are parts like all others."""
    assert broken(read(judge, "limit=1", *headers)) == clauses


@pytest.mark.parametrize(
    ("kind", "content", "body", "clauses"),
    [
        ("application/x-www-form-urlencoded", b"size=7", {"size": 7}, []),
        (
            "application/x-www-form-urlencoded", b"size=10", {"size": 10},
            ["request(application/x-www-form-urlencoded)#/size:maximum"],
        ),
        ("text/plain; charset=utf-8", b"abc", "abc", []),
        ("text/plain", b"xyz", "xyz", ["request(text/plain)#:pattern"]),
    ],
)  # fmt: skip
def test_each_content_has_its_own_schema(
    judge: RequestJudge, kind: str, content: bytes, body: Any, clauses: list[str]
) -> None:
    """A body is read by the codec of its media type, and asked what that content promises."""
    reading = read(judge, "limit=1", ("Content-Type", kind), body=content)
    assert reading.body == body
    assert broken(reading) == clauses


def test_what_no_clause_explains_is_unlawful_all_the_same(judge: RequestJudge) -> None:
    """A text that is none breaks no clause of its own, and is no body that the contract takes."""
    reading = read(judge, "limit=1", ("Content-Type", "text/plain"), body=b"a\xff")
    assert (broken(reading), reading.lawful) == ([], False)
    assert reading.unexplained == ("the body",)


def test_no_body_is_not_an_empty_one(judge: RequestJudge) -> None:
    """Nothing that was sent is told apart from JSON's null."""
    assert judge.read({"id": "7"}, "limit=1", (), None).body is ABSENT
    assert judge.read({"id": "7"}, "limit=1", (JSON,), b"null").body is None
