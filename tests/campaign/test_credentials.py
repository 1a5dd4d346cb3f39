"""Credentials by security scheme: carried where it stands, left out wherever it may be."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from clausewise.campaign.credentials import Carried, carried
from clausewise.campaign.requests import Wire, taking_back
from clausewise.contract import MessagePart, Operation, Parameter
from clausewise.contract.schemas import Schema
from clausewise.contract.security import MADE_UP, MADE_UP_USER, SecurityScheme, scheme_of
from clausewise.exchange import Request
from clausewise.pack import find_pack
from clausewise.pack.settings import Settings
from clausewise.plan.cases import Case, Change
from clausewise.pointer import ABSENT
from clausewise.record.made import ToUndo

NODES: dict[str, Any] = {
    "basic": {"type": "http", "scheme": "basic"},
    "token": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
}
SECRETS = {
    "basic": "user:pass",
    "token": "our-token",
    "header": "our-key",
    "query": "our key&",
    "cookie": "our-sid",
}
NONE = Settings(base_url="http://127.0.0.1:1", path={}, token=None)


def scheme(name: str) -> SecurityScheme:
    """One scheme of the table."""
    found = scheme_of(name, NODES[name])
    assert found is not None
    return found


def operation(*alternatives: str) -> Operation:
    """An operation with these alternatives, each its schemes' names parted by blanks."""
    security = tuple(tuple(scheme(name) for name in needed.split()) for needed in alternatives)
    return Operation("x", "GET", "/x", "x", security=security)


def given(*names: str, **more: Any) -> Settings:
    """Settings with the secrets of these schemes."""
    return replace(NONE, credentials={name: SECRETS[name] for name in names}, **more)


OURS = {
    "basic": Carried((("Authorization", "Basic dXNlcjpwYXNz"),)),
    "token": Carried((("Authorization", "Bearer our-token"),)),
    "header": Carried((("X-Key", "our-key"),)),
    "query": Carried(query=(("key", "our key&"),)),
    "cookie": Carried(cookies=(("sid", "our-sid"),)),
}


@pytest.mark.parametrize("name", NODES)
def test_a_secret_stands_where_its_scheme_says(name: str) -> None:
    """A secret stands where its scheme says, and nowhere else."""
    assert carried(operation(name), "ours", given(name)) == OURS[name]


@pytest.mark.parametrize("name", NODES)
def test_without_a_credential_nothing_is_carried(name: str) -> None:
    """Without a credential nothing is carried."""
    assert carried(operation(name), "none", given(name)) == Carried()


@pytest.mark.parametrize("name", NODES)
def test_a_made_up_credential_stands_where_ours_would(name: str) -> None:
    """A made-up credential stands where ours would, and has nothing of it."""
    made = carried(operation(name), "wrong", given(name))
    assert len(made.headers) == len(OURS[name].headers)
    assert len(made.query) == len(OURS[name].query)
    assert len(made.cookies) == len(OURS[name].cookies)
    ((parameter, value),) = (*made.headers, *made.query, *made.cookies)
    assert parameter == scheme(name).parameter
    if name == "basic":
        value = b64decode(value.removeprefix("Basic ")).decode()
        assert value == f"{MADE_UP_USER}:{MADE_UP}"
    else:
        assert value == scheme(name).value_of(MADE_UP)
    assert SECRETS[name] not in str(made)


def test_all_of_a_combination() -> None:
    """Every scheme of a requirement is carried, left out, or made up, together."""
    both = operation("token query cookie")
    settings = given("token", "query", "cookie")
    assert carried(both, "ours", settings) == Carried(
        (("Authorization", "Bearer our-token"),), (("key", "our key&"),), (("sid", "our-sid"),)
    )
    assert carried(both, "none", settings) == Carried()
    assert carried(both, "wrong", settings) == Carried(
        (("Authorization", f"Bearer {MADE_UP}"),), (("key", MADE_UP),), (("sid", MADE_UP),)
    )


def test_what_stands_beside_a_certificate_that_is_not_given() -> None:
    """The rest is carried: the way there may have the certificate, or nobody may ask for it."""
    certificate = scheme_of("mtls", {"type": "mutualTLS"})
    assert certificate is not None
    needed = replace(operation("token"), security=((certificate, scheme("token")),))
    assert carried(needed, "ours", given("token")) == OURS["token"]
    assert carried(needed, "none", given("token")) == Carried()
    assert carried(needed, "ours", NONE) == Carried()


def test_one_of_a_combination_is_missing() -> None:
    """All but one of a requirement are carried; of another alternative that is used, nothing is."""
    both, own = operation("token query"), (("X-Key", "our-key"), ("X-Other", "1"))
    assert carried(both, "first missing", given("token", "query")) == Carried(
        query=(("key", "our key&"),)
    )
    assert carried(both, "second missing", given("token", "query")) == OURS["token"]
    either = operation("cookie", "token header")
    assert carried(either, "second missing", given("token", headers=own)) == Carried(
        (("X-Other", "1"), *OURS["token"].headers)
    )
    assert carried(either, "first missing", given("cookie")) == Carried()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["token"], "token"),
        (["header"], "header"),
        (["token", "header"], "token"),
        (["cookie", "query"], None),
        ([], None),
    ],
)
def test_the_first_alternative_that_is_given_whole(names: list[str], expected: str | None) -> None:
    """Half an alternative is none: its other half would be missing."""
    found = carried(operation("basic cookie", "token", "header"), "ours", given(*names))
    assert found == (OURS[expected] if expected else Carried())


def test_a_token_of_the_pack_serves_every_scheme_of_tokens() -> None:
    """`credential:` and `--token` are for bearer tokens; a key or a password is none."""
    settings = replace(NONE, token="t")  # noqa: S106  # made up for the tests
    bearer = Carried((("Authorization", "Bearer t"),))
    assert carried(operation("token"), "ours", settings) == bearer
    assert carried(operation("header", "token"), "ours", settings) == bearer
    assert carried(operation(), "ours", settings) == bearer


HEADERS = (
    ("x-key", "mine"),
    ("X-Trace", "1"),
    ("Cookie", "a=1; sid=mine; b=2=3"),
    ("authorization", "Bearer mine"),
)


@pytest.mark.parametrize(
    ("alternatives", "left"),
    [
        ([], HEADERS),
        (["query"], HEADERS),
        (["header"], (HEADERS[1], HEADERS[2], HEADERS[3])),
        (["token"], HEADERS[:3]),
        (["basic"], HEADERS[:3]),
        (["cookie"], (HEADERS[0], HEADERS[1], ("Cookie", "a=1; b=2=3"), HEADERS[3])),
        (["header", "token cookie"], (HEADERS[1], ("Cookie", "a=1; b=2=3"))),
    ],
)
def test_what_the_user_gave_by_header_is_left_out_too(
    alternatives: list[str], left: tuple[tuple[str, str], ...]
) -> None:
    """Exactly what some alternative names, in any case; the other cookies and headers stay."""
    settings = replace(NONE, headers=HEADERS)
    assert carried(operation(*alternatives), "none", settings) == Carried(left)
    assert carried(operation(*alternatives), "ours", settings) == Carried(HEADERS)


def test_a_cookie_header_with_nothing_else_goes_whole() -> None:
    """An empty Cookie header is not sent."""
    settings = replace(NONE, headers=(("Cookie", "sid=mine"),))
    assert carried(operation("cookie"), "none", settings) == Carried()


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("token", ("authorization", "Bearer mine")),
        ("header", ("X-KEY", "mine")),
        ("cookie", ("cookie", "a=1; sid=mine")),
    ],
)
def test_a_made_up_one_in_place_of_a_header_of_the_users(
    name: str, header: tuple[str, str]
) -> None:
    """Nothing of the user's own credential is left beside it."""
    made = carried(operation(name), "wrong", replace(NONE, headers=(header,)))
    assert "mine" not in str(made)
    assert MADE_UP in str(made)
    if name == "cookie":
        assert made.headers == (("cookie", "a=1"),)


@pytest.mark.parametrize(
    ("name", "credential", "expected"),
    [
        ("token", "longer", "Bearer our-tokenx"),
        ("token", "other case", "Bearer OUR-TOKEN"),
        ("token", "bare", "our-token"),
        ("basic", "longer", "user:passx"),
        ("basic", "other case", "USER:PASS"),
        ("basic", "other user", f"{MADE_UP_USER}:pass"),
        ("header", "longer", "our-keyx"),
        ("cookie", "other case", "OUR-SID"),
        ("query", "longer", "our key&x"),
    ],
)
@pytest.mark.parametrize("by_header", [False, True])
def test_near_misses_are_made_of_our_secret(
    name: str, credential: Any, expected: str, by_header: bool
) -> None:
    """What half a check lets through: made of our secret, wherever that was given."""
    settings = given(name)
    if by_header and name != "query":
        ours = carried(operation(name), "ours", settings)
        cookies = tuple(("Cookie", f"{key}={value}") for key, value in ours.cookies)
        settings = replace(NONE, headers=ours.headers + cookies)
    made = carried(operation(name), credential, settings)
    ((parameter, value),) = (*made.headers, *made.query, *made.cookies)
    if name == "basic":
        value = b64decode(value.removeprefix("Basic ")).decode()
    assert (parameter, value) == (scheme(name).parameter, expected)


def test_secrets_of_queries_and_cookies_are_encoded() -> None:
    """A secret of a query is percent-encoded behind the others, cookies stand in one header."""
    case = Case("x/000", "x", "example", "accepted", "x")
    wire = Wire(
        given("query", "cookie", "header", headers=(("Cookie", "a=1"), ("X-Trace", "1"))), {}, None
    )
    request = wire.request(operation("query cookie header"), case)
    assert request.url == "http://127.0.0.1:1/x?key=our%20key%26"
    headers = [pair for pair in request.headers if pair[0] not in ("Accept", "User-Agent")]
    assert sorted(headers) == [
        ("Cookie", "sid=our-sid; a=1"),
        ("X-Key", "our-key"),
        ("X-Trace", "1"),
    ]
    without = wire.request(operation("query cookie header"), replace(case, credential="none"))
    assert without.url == "http://127.0.0.1:1/x"
    assert dict(without.headers)["Cookie"] == "a=1"
    assert "X-Key" not in dict(without.headers)


@pytest.mark.parametrize(
    ("names", "query", "headers"),
    [
        ("header", "", {"X-Key": "our-key"}),
        ("query", "?key=our%20key%26", {}),
        ("cookie", "", {"Cookie": "sid=our-sid"}),
        ("token", "", {"Authorization": "Bearer our-token"}),
    ],
)
def test_what_is_taken_back_is_asked_with_our_credential(
    tmp_path: Path, names: str, query: str, headers: dict[str, str]
) -> None:
    """A DELETE of the run's own has the credential that its operation asks for."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "components": {"securitySchemes": NODES},
        "security": [{names: []}],
        "paths": {
            "/things/{id}": {
                "delete": {
                    "operationId": "drop",
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                    ],
                    "responses": {"204": {"description": "Gone."}},
                }
            }
        },
    }
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    contract = find_pack(str(tmp_path / "openapi.json")).contract
    thing = ToUndo("DELETE", "http://127.0.0.1:1/things/7", None)
    request = taking_back(thing, contract, given(names))
    assert request.url == f"{thing.url}{query}"
    sent = dict(request.headers)
    assert {name: sent[name] for name in sent.keys() - {"Accept", "User-Agent"}} == headers


def test_what_is_sent_again_has_the_credential_once(tmp_path: Path) -> None:
    """The URL of what was sent before has it already, behind what else it asks with."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "things", "version": "1"},
        "paths": {"/it": {"put": {"security": [{"query": []}], "responses": {}}}},
        "components": {"securitySchemes": NODES},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    contract = find_pack(str(tmp_path / "openapi.json")).contract
    thing = ToUndo("PUT", "http://127.0.0.1:1/it?of=a%20b&key=our%20key%26", "{}")
    assert taking_back(thing, contract, given("query")).url == thing.url


BROKEN = [
    ("header", {"X-Key": "x"}, Change("/header/X-Key", "x")),
    ("query", {"key": "x"}, Change("/query/key", "x")),
    ("cookie", {"sid": "x"}, Change("/cookie/sid", "x")),
]


def _with_parameter(location: str) -> Operation:
    """An operation that documents what carries its credential as a parameter, too."""
    message = MessagePart(location, Schema({"type": "string"}))
    style = "simple" if location == "header" else "form"
    parameter = Parameter(scheme(location).parameter, location, message, style, False)
    return replace(operation(location), parameters=(parameter,))


def _carrying(request: Request, location: str) -> list[str]:
    """Every value of the scheme's parameter in a request."""
    name = scheme(location).parameter
    if location == "query":
        return parse_qs(urlsplit(request.url).query).get(name, [])
    if location == "header":
        return [value for key, value in request.headers if key.lower() == name.lower()]
    text = "; ".join(value for key, value in request.headers if key == "Cookie")
    return [part.partition("=")[2] for part in text.split("; ") if part.startswith(f"{name}=")]


@pytest.mark.parametrize(("location", "values", "change"), BROKEN)
@pytest.mark.parametrize("by_header", [False, True])
def test_a_credential_that_is_a_parameter_too(
    location: str, values: dict[str, str], change: Change, by_header: bool
) -> None:
    """It is said once, and a case about the parameter has what it is about, or nothing."""
    settings = given(location)
    if by_header and location != "query":
        ours = carried(operation(location), "ours", settings)
        cookies = tuple(("Cookie", f"{key}={value}") for key, value in ours.cookies)
        settings = replace(NONE, headers=ours.headers + cookies)
    wire, asked = Wire(settings, {}, None), _with_parameter(location)
    plain = Case("x/000", "x", "example", "accepted", "x", value={location: values})
    broken = replace(plain, kind="negative", expect="refused", change=change)
    missing = replace(broken, value={location: {}}, change=replace(change, value=ABSENT))
    assert _carrying(wire.request(asked, plain), location) == [SECRETS[location]]
    assert _carrying(wire.request(asked, broken), location) == ["x"]
    assert _carrying(wire.request(asked, missing), location) == []
