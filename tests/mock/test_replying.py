"""What a mock answers: nothing that breaks its own contract."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from clausewise.contract import Contract
from clausewise.mock import Application, Call, Refused, Reply, echo

from .shop import ORDERS, TOKEN, build, fine, order, send


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
def test_a_reply_that_breaks_the_contract_is_not_sent(
    contract: Contract, caplog: pytest.LogCaptureFixture, reply: Reply, clause: str
) -> None:
    """A reply that breaks the mock's own contract is not sent: 500 and the log say what broke."""
    sent = order(build(contract, order=lambda _: reply), {"item": "x"})

    assert sent.status_code == 500
    assert sent.headers["content-type"].startswith("text/plain")
    assert sent.text.startswith(f"the mock broke {clause}")
    assert "1234" not in sent.text + caplog.text
    assert clause in caplog.text


def test_a_reply_that_keeps_the_contract_is_sent(contract: Contract) -> None:
    """A reply that keeps the contract is sent with its headers, unknown members and all."""
    body = {"id": 1, "more": "ü", "payment": {"card": "c", "parts": [{"note": "n"}]}}
    headers = {"X-Shop": "1", "Content-Type": "application/json; charset=utf-8"}
    sent = order(build(contract, order=lambda _: Reply(200, body, headers)), {"item": "x"})

    assert (sent.status_code, sent.json()) == (200, body)
    assert (sent.headers["x-shop"], sent.headers["content-type"]) == tuple(headers.values())


def test_a_reply_without_a_body_has_no_media_type(app: Application) -> None:
    """A reply without a body has neither a media type nor a length."""
    reply = send(app, "DELETE", f"{ORDERS}/7")

    assert (reply.status_code, reply.content) == (204, b"")
    assert not {"content-type", "content-length"} & set(reply.headers)


def test_a_handler_refuses_by_raising(contract: Contract) -> None:
    """A handler refuses by raising, in the pack's own words."""

    def busy(_: Call) -> Reply:
        raise Refused(409, "busy", {"Retry-After": "1"})

    reply = order(build(contract, order=busy), {"item": "x"})

    assert (reply.status_code, reply.json()) == (409, {"title": "409: busy"})
    assert reply.headers["retry-after"] == "1"


def test_an_operation_without_documented_refusals_can_refuse(app: Application) -> None:
    """An operation without documented refusals can refuse all the same."""
    reply = send(app, "GET", f"{ORDERS}/seven")

    assert reply.status_code == 400


def test_a_refusal_that_breaks_its_shape_is_a_mistake(contract: Contract) -> None:
    """A refusal that breaks its documented shape is a mistake in the mock."""
    app = Application(contract, {"order": fine}, refuse=lambda *_: {}, tokens=[TOKEN])
    reply = order(app, {})

    assert (reply.status_code, reply.text[:30]) == (500, "the mock broke order:4XX#/titl")


def test_a_refuse_that_raises_is_a_mistake(
    contract: Contract, caplog: pytest.LogCaptureFixture
) -> None:
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


def test_what_a_handler_raises_goes_to_the_log(
    contract: Contract, caplog: pytest.LogCaptureFixture
) -> None:
    """What a handler raises goes to the log with its traceback; the reply is 500 without values."""

    def broken(_: Call) -> Reply:
        raise ValueError("pin-of-mine")

    reply = order(build(contract, order=broken), {"item": "x"})

    assert reply.status_code == 500
    assert reply.text == "order raised ValueError: a mistake in the mock"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "Traceback" in caplog.text


def test_a_reply_that_is_no_json_is_a_mistake(
    contract: Contract, caplog: pytest.LogCaptureFixture
) -> None:
    """A reply that is no JSON is a mistake in the mock, even where the schema allows it."""
    app = build(contract, order=lambda _: Reply(200, {"id": 1, "n": float("inf")}))

    assert order(app, {"item": "x"}).status_code == 500
    assert "not JSON compliant" in caplog.text


def test_an_operation_without_a_handler_answers_501(contract: Contract) -> None:
    """An operation without a handler answers 501 and says so."""
    reply = send(build(contract), "GET", f"{ORDERS}/last")

    assert (reply.status_code, reply.json()) == (501, {"title": "501: the mock does not play last"})


def test_an_echo_repeats_documented_members_alone(contract: Contract) -> None:
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
