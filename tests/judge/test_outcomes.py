"""What a reply says of the request that it answers: one reading for all rooms."""

from __future__ import annotations

from typing import Any

import pytest

from clausewise.contract import Operation
from clausewise.contract.compiled import compiled
from clausewise.exchange import Response
from clausewise.judge.outcomes import (
    ABOUT_THE_REQUEST,
    about_of,
    answered,
    in_words,
    is_documented,
    is_left_open,
    outcome_of,
    took_back,
)


def operation(*parts: str) -> Operation:
    """An operation that documents these replies."""
    names: Any = dict.fromkeys(parts)  # nobody reads what is said of them
    return Operation("x", "GET", "/x", "x", replies=names)


def reply(status: int, body: bytes = b"{}") -> Response:
    """A reply in JSON."""
    return Response(status, (("Content-Type", "application/json"),), body, 0.0)


PLAIN = operation("200", "4XX")


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
def test_every_success_accepts(status: int) -> None:
    """Any 2xx accepts, documented or not: that is for another clause to say."""
    assert outcome_of(PLAIN, reply(status)) == "accepted"


@pytest.mark.parametrize("status", [400, 404, 405, 406, 410, 411, 413, 414, 415, 422, 499])
def test_refusals(status: int) -> None:
    """A 4xx that can be about what was sent refuses it, documented or not."""
    assert outcome_of(PLAIN, reply(status)) == "refused"
    assert outcome_of(operation("200"), reply(status)) == "refused"


@pytest.mark.parametrize(
    "status",
    [
        *(100, 300, 301, 302, 303, 304, 307, 308, 401, 403, 407, 408, 409, 412, 416, 421),
        *(423, 424, 425, 428, 429, 500, 501, 502, 503, 504, 507, 511, 599, 600, 999),
    ],
)
@pytest.mark.parametrize("parts", [("200",), ("200", "4XX"), ("default",)])
def test_not_about_the_request(status: int, parts: tuple[str, ...]) -> None:
    """What others, the server or the way there have to say neither accepts nor refuses."""
    outcome = outcome_of(operation(*parts), reply(status))
    assert outcome not in ABOUT_THE_REQUEST
    assert str(status) in in_words(outcome, reply(status))


def test_no_reply() -> None:
    """Where nothing came back, the reason is what the connection said."""
    assert outcome_of(PLAIN, None) == "no reply"
    assert in_words("no reply", None, "reset") == "there was no reply: reset"
    assert answered(None, "reset") == "gave no reply (reset)"
    assert answered(reply(404)) == "answered 404"


@pytest.mark.parametrize("status", [401, 403])
def test_a_credential_is_refused(status: int) -> None:
    """For a request without our credential, 401 and 403 are what it was sent for."""
    about = about_of("transport", "none")
    assert outcome_of(PLAIN, reply(status), about) == "refused"
    assert outcome_of(PLAIN, reply(status), about_of("transport", "ours")) == "unauthorized"


@pytest.mark.parametrize("status", [404, 400])
def test_a_credential_may_be_refused_by_hiding(status: int) -> None:
    """RFC 9110, section 15.5.4: 404 may stand for 403."""
    assert outcome_of(PLAIN, reply(status), "credential") == "refused"


@pytest.mark.parametrize("status", [302, 407, 409, 429, 500])
def test_what_says_nothing_of_a_credential(status: int) -> None:
    """A log-in page, a proxy, a conflict, a limit and a crash let nobody in and keep nobody out."""
    assert outcome_of(PLAIN, reply(status), "credential") not in ABOUT_THE_REQUEST


@pytest.mark.parametrize("status", [409, 412, 416, 423, 424, 428])
def test_a_state_is_refused(status: int) -> None:
    """For a rule of several requests, a conflict is the refusal that it is about."""
    assert outcome_of(PLAIN, reply(status), about_of("rule", "ours")) == "refused"


@pytest.mark.parametrize(
    ("parts", "status", "outcome"),
    [
        (("302",), 302, "accepted"),
        (("3XX", "400"), 307, "accepted"),
        (("302", "default"), 302, "accepted"),
        (("302",), 301, "redirected"),
        (("200", "302"), 302, "redirected"),
        (("2XX", "3XX"), 303, "redirected"),
        (("default",), 302, "redirected"),
        (("302",), 200, "accepted"),
    ],
)
def test_documented_redirects(parts: tuple[str, ...], status: int, outcome: str) -> None:
    """A redirect is a success where it is documented and no 2xx is."""
    assert outcome_of(operation(*parts), reply(status)) == outcome


def test_a_documented_redirect_is_no_way_in() -> None:
    """Without a credential a redirect leads to a log-in rather: it accepts nothing."""
    assert outcome_of(operation("302"), reply(302), "credential") == "redirected"


def test_a_success_that_refuses() -> None:
    """Where the pack says which body means no, a 2xx with it refuses; with anything else not."""
    refusal = compiled({"required": ["error"]})
    assert outcome_of(PLAIN, reply(200, b'{"error": 1}'), refusal=refusal) == "refused"
    assert outcome_of(PLAIN, reply(200, b"{}"), refusal=refusal) == "accepted"
    assert outcome_of(PLAIN, reply(200, b"no JSON"), refusal=refusal) == "accepted"
    assert outcome_of(PLAIN, reply(500, b'{"error": 1}'), refusal=refusal) == "crashed"


@pytest.mark.parametrize(
    ("parts", "status", "documented"),
    [
        (("503",), 503, True),
        (("5XX",), 501, True),
        (("default",), 501, False),
        (("200", "default"), 404, False),
        (("500",), 501, False),
    ],
)
def test_what_documents_a_status(parts: tuple[str, ...], status: int, documented: bool) -> None:
    """A number or a range names a status; `default` names none."""
    assert is_documented(operation(*parts), status) is documented


@pytest.mark.parametrize(
    ("parts", "status", "left_open"),
    [
        ((), 200, True),
        ((), 302, True),
        ((), 500, False),
        (("404", "4XX"), 204, True),
        (("302",), 200, False),
        (("2XX",), 302, False),
        (("default",), 200, False),
        (("200",), 418, True),
    ],
)
def test_what_a_document_leaves_open(parts: tuple[str, ...], status: int, left_open: bool) -> None:
    """A success is promised by who documents one; which 4xx comes is left to the server."""
    assert is_left_open(operation(*parts), status) is left_open


@pytest.mark.parametrize(
    ("method", "status", "gone"),
    [
        ("DELETE", 204, True),
        ("DELETE", 404, True),
        ("DELETE", 410, True),
        ("DELETE", 409, False),
        ("PUT", 409, True),
        ("PUT", 403, False),
        ("PUT", 500, False),
        ("DELETE", 302, False),
    ],
)
def test_what_was_taken_back(method: str, status: int, gone: bool) -> None:
    """What is not there, or runs no more, is taken back; what others hold is still there."""
    assert took_back(method, reply(status)) is gone
