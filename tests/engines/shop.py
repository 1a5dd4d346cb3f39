"""The document of the shop in `shop.mjs`."""

from __future__ import annotations

from typing import Any

WHOLE = {"type": "integer"}
TEXT = {"type": "string"}


def _parameter(name: str, place: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": schema, **more}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


REFUSED = {
    "description": "No.",
    "content": _json({"type": "object", "required": ["error"], "properties": {"error": TEXT}}),
}
FILTER = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "color": {"enum": ["red", "blue", "dark green"]},
        "size": {**WHOLE, "minimum": 1, "maximum": 60},
        "name": {**TEXT, "maxLength": 12},
    },
}
TAGS = {"type": "array", "maxItems": 3, "items": {**TEXT, "pattern": "^[a-z]{2,8}$"}}
SORT = {"type": "array", "items": {"enum": ["name", "price"]}}
GOODS = {
    "operationId": "listGoods",
    "parameters": [
        _parameter("filter", "query", FILTER, style="deepObject", explode=True),
        _parameter("tags", "query", TAGS),
        _parameter("sort", "query", SORT, style="pipeDelimited", explode=False),
        _parameter("page", "query", {**WHOLE, "minimum": 1, "maximum": 1000}),
        _parameter("theme", "cookie", {"enum": ["dark", "light"]}),
        _parameter("visits", "cookie", {**WHOLE, "minimum": 0, "maximum": 99}, required=True),
    ],
    "responses": {
        "200": {
            "description": "What there is.",
            "headers": {
                "X-Total": {"required": True, "schema": {**WHOLE, "minimum": 0}},
                "Set-Cookie": {"required": True, "schema": {**TEXT, "pattern": "^seen="}},
            },
            "content": _json(
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "price"],
                        "properties": {"name": TEXT, "price": {"type": "number"}},
                    },
                }
            ),
        },
        "400": REFUSED,
    },
}
ADDRESS = {
    "type": "object",
    "required": ["city"],
    "properties": {"city": {**TEXT, "minLength": 2}, "zip": {**TEXT, "pattern": r"^\d{4,5}$"}},
}
ORDER = {
    "type": "object",
    "required": ["good", "count"],
    "properties": {
        "good": {**TEXT, "minLength": 1, "maxLength": 30},
        "count": {**WHOLE, "minimum": 1, "maximum": 20},
        "gift": {"type": "boolean"},
        "address": ADDRESS,
    },
}
ORDERS = {
    "operationId": "order",
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": ORDER,
                "encoding": {"address": {"style": "deepObject", "explode": True}},
            }
        },
    },
    "responses": {
        "201": {
            "description": "Ordered.",
            "content": _json({"type": "object", "required": ["number"], "properties": {
                "number": WHOLE, "count": WHOLE,
            }}),
        },
        "400": REFUSED,
        "415": REFUSED,
    },
}  # fmt: skip
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {"/goods": {"get": GOODS}, "/orders": {"post": ORDERS}},
}
