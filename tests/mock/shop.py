"""A shop whose contract has nothing to do with any pack, and mocks of it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from clausewise.contract import Contract
from clausewise.mock import Application, Call, Reply

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


def fine(_: Call) -> Reply:
    """The answer of a handler that keeps the contract."""
    return Reply(200, {"id": 1})
