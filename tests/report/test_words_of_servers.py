"""What a server says of a refusal stands beside the finding, however its framework writes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clausewise.record.bodies import RecordedBody
from clausewise.record.record import RecordedExchange, RecordedRequest, RecordedResponse
from clausewise.report.evidence import said_by

PAGE = "<html><head><title>Bad Request</title></head><body><p>No <b>size</b>.</p></body></html>"


def refusal(body: Any, kind: str = "application/json", status: int = 400) -> RecordedExchange:
    """An exchange that was refused with this body: a text as it is, else JSON."""
    text = body if kind.startswith("text/") else json.dumps(body)
    response = RecordedResponse(
        status, "No", (("Content-Type", kind),), RecordedBody(text=text), len(text), False, 0.1
    )
    request = RecordedRequest("POST", "http://localhost/things", (), None)
    return RecordedExchange(
        1, "make", "make/001", "accepted", (), "refused", request, response, None, "curl"
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "Bad Request"}, "Bad Request"),
        ({"error": "Bad Request", "message": "size is odd"}, "size is odd"),
        ({"size": ["is odd"], "name": ["is taken", "is short"]},
         "size: is odd; name: is taken; name: is short"),
        ({"errors": {"size": ["is odd"]}}, "size: is odd"),
        ({"status": 400, "error": "Bad Request",
          "errors": [{"field": "size", "defaultMessage": "must be even"}]}, "size: must be even"),
        ({"detail": [{"loc": ["body", "size"], "msg": "is odd"}]}, "is odd"),
        ({"title": "No", "errors": [{"pointer": "#/size", "detail": "is odd"}]},
         "#/size: is odd; No"),
        ([{"instancePath": "/size", "message": "must be even"}], "/size: must be even"),
        ({"code": 7}, None),
        (None, None),
    ],
)  # fmt: skip
def test_the_most_telling_words(body: Any, said: str | None) -> None:
    """Members are named; that a request is bad is said only where nothing else is."""
    assert said_by(refusal(body)) == said


@pytest.mark.parametrize(("kind", "body", "said"), [
    ("text/plain", "size\nis odd", "size is odd"),
    ("text/html; charset=utf-8", PAGE, "No size ."),
    ("text/html", "<pre>SyntaxError: &#39;n&#39;<br> &nbsp; &nbsp;at JSON</pre>",
     "SyntaxError: 'n' at JSON"),
])  # fmt: skip
def test_what_is_no_json(kind: str, body: str, said: str) -> None:
    """A text is shown on one line, a page without its tags and its head."""
    assert said_by(refusal(body, kind)) == said


def test_what_refuses_nothing() -> None:
    """The words of a success are no words of a refusal."""
    assert said_by(refusal({"message": "made"}, status=201)) is None
