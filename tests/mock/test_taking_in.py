"""What a mock takes in: credentials, parameters and bodies, by its contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from clausewise.contract import Contract
from clausewise.mock import Application, Call
from clausewise.mock.intake import LARGEST_BODY

from .shop import GOOD, ORDERS, OTHER_TOKEN, TOKEN, order, order_of, send


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
def test_a_wrong_credential_is_refused_with_a_challenge(app: Application, header: str) -> None:
    """A wrong scheme or token is refused with 401 and a challenge, before the body is read."""
    reply = send(app, "POST", ORDERS, content=b"{", headers={"Authorization": header.encode()})

    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")


def test_a_missing_credential_is_refused(app: Application) -> None:
    """A secured operation refuses a request without Authorization."""
    reply = send(app, "POST", ORDERS, json={"item": "x"})

    assert reply.status_code == 401
    assert reply.json() == {"title": "401: the Authorization header is missing"}


def test_two_credentials_are_none(app: Application) -> None:
    """A credential that comes twice is none: which one counts is anybody's guess."""
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer wrong")]
    reply = send(app, "POST", ORDERS, json={"item": "x"}, headers=headers)

    assert reply.status_code == 401


@pytest.mark.parametrize("header", [f"bearer {TOKEN}", f"BEARER  {TOKEN}", f"Bearer {OTHER_TOKEN}"])
def test_each_accepted_token_will_do(app: Application, header: str) -> None:
    """Every accepted token will do, and the scheme in any case."""
    reply = send(app, "POST", ORDERS, json={"item": "x"}, headers={"Authorization": header})

    assert reply.status_code == 200


def test_a_path_parameter_that_breaks_its_schema_is_refused(app: Application) -> None:
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
def test_query_parameters_are_read_as_their_schemas_say(
    app: Application, calls: list[Call], query: str, values: dict[str, Any]
) -> None:
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
def test_a_query_parameter_that_breaks_its_schema_is_refused(
    app: Application, query: str, reason: str
) -> None:
    """A query parameter that breaks its schema is refused with 400."""
    reply = send(app, "GET", f"{ORDERS}?{query}")

    assert reply.status_code == 400
    assert reply.json()["title"].endswith(reason)


@pytest.mark.parametrize(("shard", "status"), [("7", 200), ("x", 400)])
def test_a_documented_header_is_held_against_its_schema(
    app: Application, shard: str, status: int
) -> None:
    """A documented header is held against its schema."""
    reply = send(app, "GET", f"{ORDERS}?limit=1", headers={"x-shard": shard})

    assert reply.status_code == status


def test_what_a_handler_gets(app: Application, calls: list[Call], contract: Contract) -> None:
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
def test_a_body_of_another_media_type_is_refused(
    app: Application, kind: str | None, status: int
) -> None:
    """A body of another media type, or of none, is refused with 415."""
    headers = GOOD if kind is None else {**GOOD, "Content-Type": kind}
    reply = send(app, "POST", ORDERS, content=b'{"item": "x"}', headers=headers)

    assert reply.status_code == status


@pytest.mark.parametrize("headers", [GOOD, {**GOOD, "Content-Type": "application/json"}])
def test_a_missing_body_is_refused(app: Application, headers: dict[str, str]) -> None:
    """A request without its required body is refused with 400."""
    reply = send(app, "POST", ORDERS, headers=headers)

    assert (reply.status_code, reply.json()) == (400, {"title": "400: a body is required"})


def test_a_body_that_need_not_be_there_is_none(app: Application, calls: list[Call]) -> None:
    """A body that need not be there is None where it is not, and is checked where it is."""
    sent: list[dict[str, Any]] = [{}, {"json": {}}, {"json": 1}]
    replies = [send(app, "PATCH", f"{ORDERS}/7", **options) for options in sent]

    assert [reply.status_code for reply in replies] == [200, 200, 400]
    assert [call.body for call in calls] == [None, {}]


def test_a_wrong_media_type_is_refused_even_of_nothing(app: Application) -> None:
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
def test_a_body_that_is_no_json_is_refused(app: Application, content: bytes) -> None:
    """A body that is not JSON, read strictly, is refused with 400."""
    headers = {**GOOD, "Content-Type": "application/json"}
    reply = send(app, "POST", ORDERS, content=content, headers=headers)

    assert reply.status_code == 400
    assert "not JSON" in reply.json()["title"]


def test_a_whole_surrogate_pair_is_a_character(app: Application) -> None:
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
def test_a_body_that_breaks_the_schema_is_told_what_it_breaks(
    app: Application, body: Any, reason: str
) -> None:
    """A body that breaks the schema is refused with 400 and what it breaks."""
    assert order_of(app, body) == f"400: the body breaks the contract: {reason}"


def test_the_first_three_complaints_are_told(app: Application) -> None:
    """Of many complaints the first three are told."""
    title = order_of(app, {"item": 1, "count": "x", "size": "XL", "payment": 5})

    assert title.count(";") == 3
    assert title.endswith("; and 1 more")


def test_values_are_not_repeated(app: Application) -> None:
    """A refusal never repeats what was sent: it may be a secret."""
    reply = order(app, {"item": "x", "payment": {"pin": ["pin-of-mine"], "parts": "pin-of-mine"}})

    assert reply.status_code == 400
    assert "pin-of-mine" not in reply.text


def test_a_body_that_breaks_a_rule_is_told_its_statement(app: Application) -> None:
    """A body that keeps the schema but breaks a rule is refused with 400 and the statement."""
    title = order_of(app, {"item": "x", "size": "S", "count": 2})

    assert title == "400: the body breaks rule NO_SMALL_CROWDS: A small item is ordered alone."


def test_a_body_beyond_all_measure_is_refused(app: Application) -> None:
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
