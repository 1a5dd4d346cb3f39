"""What refusals say: which members they name, and what the document does not say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clausewise.diagnosis.words import named_in, words_of
from clausewise.exchange import Response

from .odd import Answer, Call, carried_out, operation, pack_of

FINE = 200, {"ok": True}
ZONE = "timezone"
# How frameworks say that a member is missing.
MISSING: dict[str, Any] = {
    "RFC 9457": {"title": "No", "errors": [{"detail": "is required", "pointer": "#/timezone"}]},
    "RFC 7807": {"title": "No", "invalid-params": [{"name": ZONE, "reason": "is required"}]},
    "JSON:API": {
        "errors": [{"source": {"pointer": "/data/attributes/timezone"}, "title": "missing"}]
    },
    "FastAPI": {"detail": [{"type": "missing", "loc": ["body", ZONE], "msg": "Field required"}]},
    "Spring": {
        "errors": [{"field": ZONE, "defaultMessage": "must not be null", "code": "NotNull"}]
    },
    "Rails": {"errors": {"timezone": ["can't be blank"]}},
    "Rails, bare": {"timezone": ["can't be blank"]},
    "Django": {"timezone": ["This field is required."]},
    "Ajv": [{"instancePath": "", "keyword": "required", "params": {"missingProperty": ZONE}}],
    "Zod": {"issues": [{"path": [ZONE], "message": "Required", "received": "undefined"}]},
    "Zod, flat": {"fieldErrors": {"timezone": ["Required"]}},
    "Go": {
        "error": "Key: 'Req.Timezone' Error:Field validation for 'Timezone' failed on the "
        "'required' tag"
    },
    "NestJS": {"statusCode": 400, "message": ["timezone should not be empty"], "error": "No"},
    "GraphQL": {"errors": [{"message": "timezone: cannot be null"}]},
    "text": "timezone is required",
    "quoted text": "Missing required parameter: 'timezone'",
}


def said(body: Any, status: int = 422) -> Response:
    """A refusal with this body: a text, or JSON."""
    kind = "text/plain" if isinstance(body, str) else "application/json"
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Response(status, (("Content-Type", kind),), content, 0.0)


@pytest.mark.parametrize("form", MISSING)
def test_a_member_that_is_missing(form: str) -> None:
    """Each way of saying so names the member, and that it is missing."""
    (named,) = named_in(said(MISSING[form]))
    assert (named.name, named.missing) == (ZONE, True)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"detail": [{"loc": ["body", "size"], "msg": "less than 9", "type": "less"}]}, ["size"]),
        ({"errors": [{"pointer": "#/a/0/b", "detail": "too long"}]}, ["b"]),
        ({"error": "no"}, []),
        ({"message": "invalid value for 'size'", "code": 7}, ["size"]),
        ("<html><body>Bad Request</body></html>", []),
        ({"success": False, "error": {"code": 400, "message": "bad"}}, []),
        (None, []),
    ],
)
def test_members_that_are_wrong(body: Any, names: list[str]) -> None:
    """Wrong ones are named and not missing; an error that names none names none."""
    found = named_in(said(body))
    assert [one.name for one in found] == names
    assert not any(one.missing for one in found)


def test_words_are_short_and_in_one_line() -> None:
    """What a server says is data: no line of it ends another one."""
    assert words_of(said({"a": "one\ntwo", "b": ["three"]})) == "one two three"
    assert len(words_of(said("x " * 500))) == 160
    assert words_of(None) == ""


# How servers of languages whose fields begin with a capital letter say it.
CAPITAL: dict[str, Any] = {
    "ASP.NET": {"title": "No", "errors": {"Timezone": ["The Timezone field is required."]}},
    "Rails, whole": {"errors": ["Timezone can't be blank"]},
}


@pytest.mark.parametrize("form", CAPITAL)
def test_a_member_with_a_capital_letter(tmp_path: Path, form: str) -> None:
    """It is tried with a small one, as JSON mostly has it, and told so."""
    (named,) = named_in(said(CAPITAL[form]))
    assert (named.name, named.missing) == ("Timezone", True)
    assert "the server wants timezone" in _refusal_of_all(tmp_path, CAPITAL[form])


def test_a_page_that_names_a_member() -> None:
    """The words of an HTML page are read without its tags."""
    page = b"<html><body><h1>400</h1><p>The field <b>timezone</b> is required.</p></body></html>"
    response = Response(400, (("Content-Type", "text/html"),), page, 0.0)
    assert [(one.name, one.missing) for one in named_in(response)] == [(ZONE, True)]


@pytest.mark.parametrize("form", [name for name in MISSING if name != "text"])
def test_a_demand_that_the_document_lacks(tmp_path: Path, form: str) -> None:
    """A server that wants an undocumented member is strict, and the finding says which it is."""
    message = _refusal_of_all(tmp_path, MISSING[form])
    assert "the server wants timezone, and the document does not say so" in message


def _refusal_of_all(root: Path, words: Any) -> str:
    """What is said of a server that refuses whatever lacks a text `timezone`, in these words."""
    body = {"type": "object", "properties": {"size": {"type": "integer"}}}

    def handler(call: Call) -> Answer:
        there = call.body if isinstance(call.body, dict) else {}
        return FINE if isinstance(there.get(ZONE), str) else (422, words)

    paths = {"/a": {"post": operation("write", body)}, "/b": {"get": operation("read")}}
    found = carried_out(
        pack_of(root, paths), lambda call: FINE if call.path == "/b" else handler(call)
    )
    assert found.findings["write:served"] == "strict"
    return found.rulings["write:served"].message


def test_words_are_not_believed_without_a_trial(tmp_path: Path) -> None:
    """A member that changes nothing once it is there is not told to be wanted."""
    body = {"type": "object", "properties": {"size": {"type": "integer"}}}

    def handler(call: Call) -> Answer:
        return FINE if call.path == "/b" else (422, MISSING["FastAPI"])

    paths = {"/a": {"post": operation("write", body)}, "/b": {"get": operation("read")}}
    found = carried_out(pack_of(tmp_path, paths), handler)
    assert "wants" not in found.rulings["write:served"].message


def test_the_named_member_is_tried_first(tmp_path: Path) -> None:
    """A refusal that names the member is explained by fewer requests than one that names none."""
    members = {f"m{number}": {"type": "integer"} for number in range(12)}
    body = {"type": "object", "properties": members}
    requests: dict[str, int] = {}
    for words in ({"detail": [{"loc": ["body", "m7"], "msg": "too many"}]}, {"error": "no"}):

        def handler(call: Call, words: Any = words) -> Answer:
            if not isinstance(call.body, dict) or not all(
                type(value) is int for name, value in call.body.items() if name in members
            ):
                return 422, {"error": "no"}
            return (422, words) if "m7" in call.body else FINE

        paths = {"/a": {"post": operation("write", body)}}
        found = carried_out(pack_of(tmp_path / str(len(requests)), paths), handler)
        (name,) = found.findings
        assert name.startswith("write:request#/m7") or name == "write:served"
        requests[json.dumps(words)] = found.campaign.sender.requests
    taught, silent = requests.values()
    assert taught <= silent
