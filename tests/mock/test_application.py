"""The building blocks of mocks, on a shop's contract that has nothing to do with any pack."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from clausewise.contract import Contract, load_contract
from clausewise.errors import UsageError
from clausewise.mock import Application, Call, Refused, Reply, echo, running, serve
from clausewise.mock.intake import LARGEST_BODY

from ..guards import FOR_EVER

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: "https://shop.invalid/api/v2"}]
paths:
  /shops/{shop}/orders:
    parameters: [{$ref: "#/components/parameters/shop"}]
    post:
      operationId: order
      security: [{token: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [item]
              properties:
                item: {type: string}
                count: {type: integer, minimum: 1}
                size: {type: string, enum: [S, M]}
                payment: {$ref: "#/components/schemas/payment"}
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                required: [id]
                properties:
                  id: {type: integer}
                  payment: {$ref: "#/components/schemas/payment"}
        "4XX": {$ref: "#/components/responses/no"}
    get:
      operationId: list
      parameters:
        - {name: limit, in: query, required: true, schema: {type: integer, minimum: 1}}
        - {name: flag, in: query, schema: {type: [boolean, "null"]}}
        - {name: tags, in: query, explode: false, schema: {type: array, items: {enum: [a, b]}}}
        - {name: ids, in: query, schema: {type: array, items: {type: integer}}}
        - {name: page, in: query, allowEmptyValue: true, schema: {type: number, minimum: 0}}
        - {name: word, in: query, allowEmptyValue: true, schema: {type: string}}
        - {name: X-Shard, in: header, schema: {type: integer}}
        - {name: crumb, in: cookie, schema: {type: integer}}
      responses: {"200": {content: {application/json: {schema: {type: object}}}}}
  /shops/{shop}/orders/{order}:
    parameters:
      - {$ref: "#/components/parameters/shop"}
      - {name: order, in: path, required: true, schema: {type: integer}}
    get:
      operationId: show
      responses: {"200": {content: {application/json: {schema: {type: object}}}}}
    delete: {operationId: cancel, responses: {"204": {}}}
    patch:
      operationId: change
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {content: {application/json: {schema: {type: object}}}}}
  /shops/{shop}/orders/{order}.txt:
    parameters:
      - {$ref: "#/components/parameters/shop"}
      - {name: order, in: path, required: true, schema: {type: integer}}
    get: {operationId: print, responses: {"200": {content: {text/plain: {}}}}}
  /shops/{shop}/orders/last:
    parameters: [{$ref: "#/components/parameters/shop"}]
    get:
      operationId: last
      responses: {"200": {content: {application/json: {schema: {type: object}}}}}
components:
  parameters:
    shop: {name: shop, in: path, required: true, schema: {type: string, maxLength: 5}}
  schemas:
    payment:
      type: [object, "null"]
      properties:
        card: {type: string}
        pin: {type: string, writeOnly: true}
        parts: {type: array, items: {$ref: "#/components/schemas/part"}}
      oneOf: [{type: "null"}, {type: object, properties: {bank: {type: string}}}]
    part:
      type: object
      properties: {note: {type: string}, code: {type: string, writeOnly: true}}
  responses:
    no:
      content:
        application/problem+json:
          schema: {type: object, required: [title], properties: {title: {type: string}}}
"""
AWKWARD = """
openapi: 3.1.0
info: {title: Awkward, version: "1"}
servers: [{url: "https://shop.invalid/{version}", variables: {version: {default: v1}}}]
paths:
  /läden/{shop-id}:open/{order.id}-{n}:
    parameters:
      - {name: shop-id, in: path, required: true, schema: {type: string}}
      - {name: order.id, in: path, required: true, schema: {type: string}}
      - {name: n, in: path, required: true, schema: {type: string}}
    get: {operationId: show, responses: {"200": {}}}
"""
RULES = """
NO_SMALL_CROWDS:
  statement: A small item is ordered alone.
  operations: [order]
  body: {not: {type: object, required: [size, count], properties: {size: {const: S}}}}
"""
TOKEN = "a-token-of-the-shop"  # noqa: S105  # of a made-up shop
OTHER_TOKEN = "another-token"  # noqa: S105  # made up for the tests
GOOD = {"Authorization": f"Bearer {TOKEN}"}
ORDERS = "/shops/a/orders"


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    """Read the shop's contract."""
    (tmp_path / "shop.yaml").write_text(DOCUMENT, "utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    return load_contract(tmp_path, tmp_path / "shop.yaml", tmp_path / "rules.yaml")


@pytest.fixture
def calls() -> list[Call]:
    """Collect what the handlers are called with."""
    return []


@pytest.fixture
def app(contract: Contract, calls: list[Call]) -> Application:
    """Build a mock that keeps the shop's contract."""

    def order(call: Call) -> Reply:
        calls.append(call)
        return Reply(200, {"id": 1})

    def show(call: Call) -> Reply:
        calls.append(call)
        return Reply(200, {})

    return build(
        contract,
        order=order,
        list=show,
        show=show,
        change=show,
        cancel=lambda _: Reply(204),
        print=lambda _: Reply(200, b"an order"),
    )


def build(contract: Contract, **handlers: Any) -> Application:
    """Build a mock of the shop with these handlers."""
    return Application(contract, handlers, refuse=refuse, tokens=[TOKEN, OTHER_TOKEN])


def refuse(status: int, message: str) -> dict[str, str]:
    """Say no as the shop does."""
    return {"title": f"{status}: {message}"}


def send(app: Any, method: str, path: str, **options: Any) -> httpx.Response:
    """Send one request in process."""

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await client.request(method, path, **options)

    return asyncio.run(sent())


def order(app: Any, body: Any, **options: Any) -> httpx.Response:
    """Send one order, with a valid token."""
    return send(app, "POST", ORDERS, json=body, headers=GOOD, **options)


def order_of(app: Application, body: Any) -> str:
    """Send one order that has to be refused with 400, and give the reason."""
    reply = order(app, body)
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    return str(reply.json()["title"])


@pytest.mark.parametrize("prefix", ["", "/api/v2"])
def test_serves_below_the_server_path_and_without(app: Application, prefix: str) -> None:
    """An operation answers both at its own path and below the documented server's."""
    reply = send(app, "POST", prefix + ORDERS, json={"item": "x"}, headers=GOOD)

    assert (reply.status_code, reply.json()) == (200, {"id": 1})
    assert reply.headers["content-type"] == "application/json"


def test_below_another_application(app: Application, calls: list[Call]) -> None:
    """It can be mounted in a Starlette application, below a path of its own."""
    outer = Starlette(routes=[Mount("/mock", app)])
    reply = send(outer, "POST", "/mock/shops/a%2Fb/orders", json={"item": "x"}, headers=GOOD)

    assert (reply.status_code, calls[0].path) == (200, {"shop": "a/b"})


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v2/", "/orders", "/shops//orders", ORDERS + "/"]
)
def test_unknown_path(app: Application, path: str) -> None:
    """A path that no template fits is refused with 404, whatever the credential."""
    reply = send(app, "POST", path, json={"item": "x"})

    assert (reply.status_code, reply.json()) == (404, {"title": "404: no such path"})


def test_unknown_method(app: Application) -> None:
    """A method that a path does not take is refused with 405, and Allow names those it takes."""
    reply = send(app, "PUT", ORDERS, json={})

    assert reply.status_code == 405
    assert set(reply.headers["allow"].split(", ")) == {"GET", "POST"}


def test_methods_of_every_path_that_fits(app: Application) -> None:
    """Where several templates fit a path, a method of each is taken, and Allow names them all."""
    title = send(app, "DELETE", f"{ORDERS}/last").json()["title"]

    assert title == "400: the path parameter order is wrong: order is an integer"
    assert send(app, "PUT", f"{ORDERS}/last").headers["allow"] == "DELETE, GET, PATCH"


def test_head(app: Application) -> None:
    """HEAD is a method like any other: it is taken where the contract has it."""
    reply = send(app, "HEAD", f"{ORDERS}/7")

    assert (reply.status_code, reply.headers["allow"]) == (405, "DELETE, GET, PATCH")


def test_concrete_path_first(contract: Contract) -> None:
    """A path without parameters goes before a template, as OpenAPI has it."""
    app = build(contract, last=lambda _: Reply(200, {"last": True}), show=lambda _: Reply(200, {}))

    assert send(app, "GET", f"{ORDERS}/last").json() == {"last": True}
    assert send(app, "GET", f"{ORDERS}/7").json() == {}


def test_path_values_are_decoded(app: Application, calls: list[Call]) -> None:
    """A percent-encoded slash belongs to a path parameter's value."""
    send(app, "POST", "/shops/%C3%A4%2Fb/orders", json={"item": "x"}, headers=GOOD)

    assert calls[0].path == {"shop": "ä/b"}


@pytest.mark.parametrize("shop", ["%252F", "a%0A", "%7Bp0%7D", "b:c", "%F0%9F%8D%8E"])
def test_awkward_path_values(app: Application, calls: list[Call], shop: str) -> None:
    """A path value is decoded once, whatever it holds, and a path's other part in any spelling."""
    send(app, "POST", f"/%73hops/{shop}/orders", json={"item": "x"}, headers=GOOD)

    assert calls[0].path == {"shop": unquote(shop)}


def test_awkward_names(tmp_path: Path) -> None:
    """A parameter's name need not be an identifier, nor a path plain ASCII."""
    (tmp_path / "shop.yaml").write_text(AWKWARD, "utf-8")
    calls: list[Call] = []

    def show(call: Call) -> Reply:
        calls.append(call)
        return Reply(200)

    contract = load_contract(tmp_path, tmp_path / "shop.yaml")
    app = Application(contract, {"show": show}, refuse=refuse)
    for prefix in ("", "/v1"):
        status = send(app, "GET", f"{prefix}/läden/1:open/x.y-2").status_code
        assert status == 200

    assert [call.path for call in calls] == [
        {"shop-id": "1", "order.id": "x.y", "n": "2"},
        {"shop-id": "1", "order.id": "x.y", "n": "2"},
    ]


def test_part_of_a_segment(app: Application) -> None:
    """A parameter may be a part of a path segment; a body of bytes is sent as it is."""
    reply = send(app, "GET", f"{ORDERS}/7.txt")

    assert (reply.text, reply.headers["content-type"]) == ("an order", "text/plain")


def test_server_without_raw_path(app: Application) -> None:
    """Where a server gives no raw path, the decoded one serves."""

    async def without(scope: dict[str, Any], receive: Any, send: Any) -> None:
        del scope["raw_path"]
        await app(scope, receive, send)

    assert send(without, "GET", f"{ORDERS}/7").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wrong",
        "Bearer",
        "Bearer ",
        "Basic " + TOKEN,
        TOKEN,
        f"Bearer {TOKEN}x",
        "Bearer é",
        "",
    ],
)
def test_wrong_credential(app: Application, header: str) -> None:
    """A wrong scheme or token is refused with 401 and a challenge, before the body is read."""
    reply = send(app, "POST", ORDERS, content=b"{", headers={"Authorization": header.encode()})

    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")


def test_missing_credential(app: Application) -> None:
    """A secured operation refuses a request without Authorization."""
    reply = send(app, "POST", ORDERS, json={"item": "x"})

    assert reply.status_code == 401
    assert reply.json() == {"title": "401: the Authorization header is missing"}


def test_two_credentials(app: Application) -> None:
    """A credential that comes twice is none: which one counts is anybody's guess."""
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer wrong")]
    reply = send(app, "POST", ORDERS, json={"item": "x"}, headers=headers)

    assert reply.status_code == 401


@pytest.mark.parametrize("header", [f"bearer {TOKEN}", f"BEARER  {TOKEN}", f"Bearer {OTHER_TOKEN}"])
def test_right_credential(app: Application, header: str) -> None:
    """Every accepted token will do, and the scheme in any case."""
    reply = send(app, "POST", ORDERS, json={"item": "x"}, headers={"Authorization": header})

    assert reply.status_code == 200


def test_path_parameter(app: Application) -> None:
    """A path parameter that breaks its schema is refused in the words of the contract."""
    reply = send(app, "POST", "/shops/abcdef/orders", json={"item": "x"}, headers=GOOD)

    assert reply.status_code == 400
    assert reply.json()["title"] == (
        "400: the path parameter shop is wrong: shop has at most 5 characters"
    )


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("limit=2", {"limit": 2}),
        ("limit=2.0", {"limit": 2.0}),
        ("limit=2&other=x", {"limit": 2}),
        ("limit=2&flag=true", {"limit": 2, "flag": True}),
        ("limit=2&flag=null", {"limit": 2, "flag": None}),
        ("limit=2&tags=a,b", {"limit": 2, "tags": ["a", "b"]}),
        ("limit=2&tags=a&tags=b", {"limit": 2, "tags": ["a", "b"]}),
        ("limit=2&tags=a,b&tags=a", {"limit": 2, "tags": ["a", "b", "a"]}),
        ("limit=2&ids=1&ids=2", {"limit": 2, "ids": [1, 2]}),
        ("limit=2&page=1.5", {"limit": 2, "page": 1.5}),
        ("limit=2&page=", {"limit": 2}),
        ("page&limit=2", {"limit": 2}),
        ("limit=2&word=", {"limit": 2, "word": ""}),
    ],
)
def test_query(app: Application, calls: list[Call], query: str, values: dict[str, Any]) -> None:
    """Query parameters are read as their schemas say."""
    assert send(app, "GET", f"{ORDERS}?{query}").status_code == 200
    assert calls[0].query == values


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "the query parameter limit is required"),
        ("limit=0", "the query parameter limit is wrong: limit is at least 1"),
        ("limit=", "limit is an integer"),
        ("limit=NaN", "limit is an integer"),
        ("limit=1.5", "limit is an integer"),
        ("limit=%221%22", "limit is an integer"),
        ("limit=1&limit=2", "limit is an integer"),
        ("limit=1&flag=yes", "flag is a boolean or null"),
        ("limit=1&tags=a,c", "each item of tags is a or b"),
        ("limit=1&ids=1,2", "each item of ids is an integer"),
        ("limit=1&ids=x", "each item of ids is an integer"),
        ("limit=1&page=-0.5", "page is at least 0"),
        ("limit=1&page=&page=1", "page is a number"),
        ("limit=1&flag=", "flag is a boolean or null"),
    ],
)
def test_wrong_query(app: Application, query: str, reason: str) -> None:
    """A query parameter that breaks its schema is refused with 400."""
    reply = send(app, "GET", f"{ORDERS}?{query}")

    assert reply.status_code == 400
    assert reply.json()["title"].endswith(reason)


@pytest.mark.parametrize(("shard", "status"), [("7", 200), ("x", 400)])
def test_header_parameter(app: Application, shard: str, status: int) -> None:
    """A documented header is held against its schema."""
    reply = send(app, "GET", f"{ORDERS}?limit=1", headers={"x-shard": shard})

    assert reply.status_code == status


def test_call(app: Application, calls: list[Call], contract: Contract) -> None:
    """A handler gets the operation, the headers in lower case, and the parsed body."""
    order(app, {"item": "x", "note": [1]})

    assert calls[0].operation is contract.operations["order"]
    assert calls[0].headers["content-type"] == "application/json"
    assert calls[0].body == {"item": "x", "note": [1]}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/json+x", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_media_type(app: Application, kind: str | None, status: int) -> None:
    """A body of another media type, or of none, is refused with 415."""
    headers = GOOD if kind is None else {**GOOD, "Content-Type": kind}
    reply = send(app, "POST", ORDERS, content=b'{"item": "x"}', headers=headers)

    assert reply.status_code == status


@pytest.mark.parametrize("headers", [GOOD, {**GOOD, "Content-Type": "application/json"}])
def test_missing_body(app: Application, headers: dict[str, str]) -> None:
    """A request without its required body is refused with 400."""
    reply = send(app, "POST", ORDERS, headers=headers)

    assert (reply.status_code, reply.json()) == (400, {"title": "400: a body is required"})


def test_optional_body(app: Application, calls: list[Call]) -> None:
    """A body that need not be there is None where it is not, and is checked where it is."""
    sent: list[dict[str, Any]] = [{}, {"json": {}}, {"json": 1}]
    replies = [send(app, "PATCH", f"{ORDERS}/7", **options) for options in sent]

    assert [reply.status_code for reply in replies] == [200, 200, 400]
    assert [call.body for call in calls] == [None, {}]


def test_media_type_of_nothing(app: Application) -> None:
    """A wrong media type is refused as such even where the body is empty."""
    reply = send(app, "POST", ORDERS, headers={**GOOD, "Content-Type": "text/plain"})

    assert reply.status_code == 415


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b" ",
        b"\xff",
        b'{"item": "x", "item": "y"}',
        b'{"item": "x", "n": NaN}',
        b'{"item": "\\ud800"}',
        b'{"item": "x", "\\uDFFF": 1}',
        b"[" * 100_000,
    ],
)
def test_no_json(app: Application, content: bytes) -> None:
    """A body that is not JSON, read strictly, is refused with 400."""
    headers = {**GOOD, "Content-Type": "application/json"}
    reply = send(app, "POST", ORDERS, content=content, headers=headers)

    assert reply.status_code == 400
    assert "not JSON" in reply.json()["title"]


def test_surrogate_pair(app: Application) -> None:
    """A whole surrogate pair is a character like any other."""
    headers = {**GOOD, "Content-Type": "application/json"}
    content = b'{"item": "\\ud83c\\udf4e"}'

    assert send(app, "POST", ORDERS, content=content, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "the body is an object"),
        ({}, "/item is required"),
        ({"item": 1}, "/item is a string"),
        ({"item": "x", "count": 0, "size": "XL"}, "/count is at least 1; /size is S or M"),
        ({"item": "x", "payment": 5}, "/payment is an object or null"),
    ],
)
def test_schema(app: Application, body: Any, reason: str) -> None:
    """A body that breaks the schema is refused with 400 and what it breaks."""
    assert order_of(app, body) == f"400: the body breaks the contract: {reason}"


def test_first_complaints(app: Application) -> None:
    """Of many complaints the first three are told."""
    title = order_of(app, {"item": 1, "count": "x", "size": "XL", "payment": 5})

    assert title.count(";") == 3
    assert title.endswith("; and 1 more")


def test_values_are_not_repeated(app: Application) -> None:
    """A refusal never repeats what was sent: it may be a secret."""
    reply = order(app, {"item": "x", "payment": {"pin": ["pin-of-mine"], "parts": "pin-of-mine"}})

    assert reply.status_code == 400
    assert "pin-of-mine" not in reply.text


def test_rule(app: Application) -> None:
    """A body that keeps the schema but breaks a rule is refused with 400 and the statement."""
    title = order_of(app, {"item": "x", "size": "S", "count": 2})

    assert title == "400: the body breaks rule NO_SMALL_CROWDS: A small item is ordered alone."


def test_too_large(app: Application) -> None:
    """A body beyond all measure is refused with 413, its length announced or not."""

    async def parts() -> AsyncIterator[bytes]:
        yield b" "
        yield b" " * LARGEST_BODY
        raise AssertionError("it reads on")

    content = b" " * (LARGEST_BODY + 1)
    replies = [send(app, "POST", ORDERS, content=sent, headers=GOOD) for sent in (content, parts())]
    title = f"413: a body has at most {LARGEST_BODY} bytes"

    assert [reply.status_code for reply in replies] == [413, 413]
    assert [reply.json() for reply in replies] == [{"title": title}] * 2


@pytest.mark.parametrize(
    ("reply", "clause"),
    [
        (Reply(201, {"id": 1}), "order:status: 201 is not documented; documented: 200, 4XX"),
        (Reply(500, {"title": "x"}), "order:status: 500 is not documented"),
        (Reply(200, {}), "order:200#/id:required (at /id: /id is required)"),
        (Reply(200, {"id": "x"}), "order:200#/id:type (at /id: /id is an integer)"),
        (Reply(200), "order:200:json: a body is missing"),
        (Reply(200, {"id": 1}, {"Content-Type": "text/html"}), "order:200:media-type: text/html"),
        (Reply(404, {"name": "x"}), "order:4XX#/title:required"),
        (
            Reply(200, {"id": 1, "payment": {"pin": "1234"}}),
            "order:200#/payment/pin:writeOnly (at /payment/pin: /payment/pin never comes back)",
        ),
        (
            Reply(200, {"id": 1, "payment": {"parts": [{}, {"code": "1234"}]}}),
            "order:200#/payment/parts/*/code:writeOnly (at /payment/parts/1/code:",
        ),
    ],
)
def test_self_check(
    contract: Contract, caplog: pytest.LogCaptureFixture, reply: Reply, clause: str
) -> None:
    """A reply that breaks the mock's own contract is not sent: 500 and the log say what broke."""
    sent = order(build(contract, order=lambda _: reply), {"item": "x"})

    assert sent.status_code == 500
    assert sent.headers["content-type"].startswith("text/plain")
    assert sent.text.startswith(f"the mock broke {clause}")
    assert "1234" not in sent.text + caplog.text
    assert clause in caplog.text


def test_lawful_reply(contract: Contract) -> None:
    """A reply that keeps the contract is sent with its headers, unknown members and all."""
    body = {"id": 1, "more": "ü", "payment": {"card": "c", "parts": [{"note": "n"}]}}
    headers = {"X-Shop": "1", "Content-Type": "application/json; charset=utf-8"}
    sent = order(build(contract, order=lambda _: Reply(200, body, headers)), {"item": "x"})

    assert (sent.status_code, sent.json()) == (200, body)
    assert (sent.headers["x-shop"], sent.headers["content-type"]) == tuple(headers.values())


def test_no_content(app: Application) -> None:
    """A reply without a body has neither a media type nor a length."""
    reply = send(app, "DELETE", f"{ORDERS}/7")

    assert (reply.status_code, reply.content) == (204, b"")
    assert not {"content-type", "content-length"} & set(reply.headers)


def test_refusal_of_a_handler(contract: Contract) -> None:
    """A handler refuses by raising, in the pack's own words."""

    def busy(_: Call) -> Reply:
        raise Refused(409, "busy", {"Retry-After": "1"})

    reply = order(build(contract, order=busy), {"item": "x"})

    assert (reply.status_code, reply.json()) == (409, {"title": "409: busy"})
    assert reply.headers["retry-after"] == "1"


def test_undocumented_refusal(app: Application) -> None:
    """An operation without documented refusals can refuse all the same."""
    reply = send(app, "GET", f"{ORDERS}/seven")

    assert reply.status_code == 400


def test_refusal_is_checked(contract: Contract) -> None:
    """A refusal that breaks its documented shape is a mistake in the mock."""
    app = Application(contract, {"order": _fine}, refuse=lambda *_: {}, tokens=[TOKEN])
    reply = order(app, {})

    assert (reply.status_code, reply.text[:30]) == (500, "the mock broke order:4XX#/titl")


def test_refusal_raises(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    """A `refuse` that raises is a mistake in the mock as well, even where no operation is asked."""

    def refuse(status: int, message: str) -> Any:
        raise KeyError(status)

    app = Application(contract, {}, refuse=refuse, tokens=[TOKEN])
    reply = send(app, "GET", "/nowhere")

    assert (reply.status_code, reply.text) == (
        500,
        "the mock raised KeyError: a mistake in the mock",
    )
    assert "Traceback" in caplog.text


def test_handler_raises(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    """What a handler raises goes to the log with its traceback; the reply is 500 without values."""

    def broken(_: Call) -> Reply:
        raise ValueError("pin-of-mine")

    reply = order(build(contract, order=broken), {"item": "x"})

    assert reply.status_code == 500
    assert reply.text == "order raised ValueError: a mistake in the mock"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "Traceback" in caplog.text


def test_unwritable_reply(contract: Contract, caplog: pytest.LogCaptureFixture) -> None:
    """A reply that is no JSON is a mistake in the mock, even where the schema allows it."""
    app = build(contract, order=lambda _: Reply(200, {"id": 1, "n": float("inf")}))

    assert order(app, {"item": "x"}).status_code == 500
    assert "not JSON compliant" in caplog.text


def test_unplayed_operation(contract: Contract) -> None:
    """An operation without a handler answers 501 and says so."""
    reply = send(build(contract), "GET", f"{ORDERS}/last")

    assert (reply.status_code, reply.json()) == (501, {"title": "501: the mock does not play last"})


def test_echo(contract: Contract) -> None:
    """Only documented members are repeated, at any depth, and no write-only one."""
    reply = contract.operations["order"].replies["200"]
    sent = {
        "payment": {
            "card": "c",
            "bank": "b",
            "pin": "1",
            "hint": "1",
            "parts": [{"note": "n", "code": "2"}],
        },
        "id": None,
        "other": 1,
    }

    assert reply.json_content is not None
    assert echo(reply.json_content.message.place, sent) == {
        "payment": {"card": "c", "bank": "b", "parts": [{"note": "n"}]},
        "id": None,
    }


def _fine(_: Call) -> Reply:
    return Reply(200, {"id": 1})


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"handlers": {"ordr": _fine}}, "'ordr'"),
        ({"tokens": []}, "order asks for a credential"),
        ({"tokens": [""]}, "order asks for a credential"),
    ],
)
def test_what_does_not_fit(contract: Contract, changed: dict[str, Any], problem: str) -> None:
    """Handlers and tokens that do not fit are told while building."""
    with pytest.raises(UsageError, match=problem):
        Application(contract, **{"handlers": {}, "refuse": refuse, "tokens": [TOKEN], **changed})


def test_driven_without_a_loop(app: Application) -> None:
    """The application awaits nothing but its server: one step of the coroutine answers."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{ORDERS}/7",
        "query_string": b"",
        "headers": [],
    }
    with pytest.raises(StopIteration):
        app(scope, receive, send).send(None)

    assert [event["type"] for event in sent] == ["http.response.start", "http.response.body"]


def test_client_goes_away(app: Application) -> None:
    """A request that is broken off is not answered."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(event: Any) -> None:
        raise AssertionError(event)

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{ORDERS}/7",
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(app(scope, receive, send))


def test_life_span(app: Application) -> None:
    """A server that announces its start and end is agreed with; a web socket is turned away."""
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(events)

    async def send(event: Any) -> None:
        sent.append(event["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    asyncio.run(app({"type": "websocket", "path": f"{ORDERS}/7"}, receive, send))

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]


def test_served_over_http(app: Application) -> None:
    """A free port is taken and told; connections are kept alive; it ends with the block."""
    with running(app) as base_url, httpx.Client(base_url=base_url, trust_env=False) as client:
        replies = [
            client.post(f"/api/v2{ORDERS}", json={"item": "x"}, headers=GOOD) for _ in range(3)
        ]

    assert [reply.status_code for reply in replies] == [200] * 3
    with pytest.raises(httpx.ConnectError):
        httpx.get(base_url, trust_env=False)


@pytest.mark.parametrize("port", [None, 99_999])
def test_address_that_cannot_be_had(app: Application, port: int | None) -> None:
    """A port that is taken, or is none, is the user's to change."""
    with running(app) as base_url:
        taken = int(base_url.rpartition(":")[2])
        with pytest.raises(UsageError, match="port 0 takes a free one"):
            serve(app, port=port or taken)


_SERVING = """
from clausewise.mock import serve

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})

serve(app, port=0, ready=lambda url: print(url, flush=True))
"""


def test_serve_ends_with_ctrl_c() -> None:
    """`serve` tells its URL once requests are taken, prints nothing itself, ends in peace."""
    command = [sys.executable, "-W", "error", "-c", _SERVING]
    with subprocess.Popen(  # noqa: S603  # our own lines
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            base_url = process.stdout.readline().strip()
            status = httpx.get(base_url, trust_env=False).status_code
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=FOR_EVER)
        finally:
            process.kill()

    assert (status, process.returncode, rest) == (204, 0, ("", ""))
