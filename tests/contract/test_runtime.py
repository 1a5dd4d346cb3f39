"""Runtime expressions: what they find in an exchange."""

from __future__ import annotations

from typing import Any

import pytest

from clausewise.contract import Operation
from clausewise.contract.runtime import evaluated, is_expression
from clausewise.exchange import Request, Response
from clausewise.pointer import ABSENT

REQUEST = Request(
    "POST",
    "https://api.example/v1/shops/7/items?draft=1&draft=2",
    (("X-Org", "acme"),),
    path={"shop": "7"},
    body={"owner": {"name": "Zoë"}},
)
RESPONSE = Response(
    201,
    (("Location", "/v1/shops/7/items/a%2Fb?fresh=1"), ("content-type", "application/json")),
    b'{"data": [{"id": 5}, {"id": 6}], "by": {"x": {"id": 9}}, "none": null}',
    0.0,
)
OPERATIONS = [
    Operation("item", "GET", "/shops/{shop}/items/{item}", ""),
    Operation("thing", "GET", "/{item}", ""),
]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$method", "POST"),
        ("$statusCode", 201),
        ("$url", REQUEST.url),
        ("$request.path.shop", "7"),
        ("$request.query.draft", "1"),
        ("$request.header.x-org", "acme"),
        ("$request.body#/owner/name", "Zoë"),
        ("$response.body#/data/*/id", 5),
        ("$response.body#/data/1/id", 6),
        ("$response.body#/by/*/id", 9),
        ("$response.body#/none", None),
        ("$response.header.location#path.item", "a/b"),
        ("$response.header.Location#path.shop", "7"),
        ("/response/data/0/id", 5),
        ("/request/owner/name", "Zoë"),
    ],
)
def test_what_an_expression_finds(expression: str, value: Any) -> None:
    """Each source of an exchange is reached, in the specification's words and in ours."""
    assert is_expression(expression)
    assert evaluated(expression, REQUEST, RESPONSE, OPERATIONS) == value


@pytest.mark.parametrize(
    "expression",
    [
        "$request.path.other", "$request.query.other", "$response.header.Other",
        "$response.body#/data/7", "$response.body#/data/*/other",
        "$response.header.Location#path.other",
    ],
)  # fmt: skip
def test_what_is_not_there(expression: str) -> None:
    """It is absent, which null is not."""
    assert evaluated(expression, REQUEST, RESPONSE, OPERATIONS) is ABSENT
    assert evaluated("$response.body#/data", REQUEST, None) is ABSENT


@pytest.mark.parametrize(
    "text", ["", "id", "/id", "$response", "$reply.body#/id", "$response.path.id", "$request.", 5]
)
def test_what_is_no_expression(text: object) -> None:
    """A word or a pointer of another kind is none."""
    assert not is_expression(text)
