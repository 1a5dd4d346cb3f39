"""Documents as people write them: what is loose in one is read as it is meant.

A service that keeps what is meant has no finding; its twin breaks one promise.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from clausewise.campaign.campaign import Campaign
from clausewise.mock import running
from clausewise.pack.resolving import resolve
from clausewise.plan.plan import make_plan
from clausewise.transport.http import HttpTarget

from .odd import hard, operation, pack_of
from .services import (
    NO,
    OK,
    TEXT,
    WHOLE,
    Answer,
    Asked,
    Served,
    campaign_of,
    findings,
    lawful_body,
    members,
    placed,
    sending,
)


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("schema", "said", "clause"),
    [
        ({**WHOLE, "minimum": 3}, lambda text: text.isdigit() and int(text) >= 3, "minimum"),
        ({"type": "boolean"}, lambda text: text in ("true", "false"), "type"),
        ({**TEXT, "maxLength": 5}, lambda text: len(text) <= 5, "maxLength"),
    ],
)
def test_a_text_that_is_one_scalar(
    tmp_path: Path, schema: Any, said: Any, clause: str, broken: bool
) -> None:
    """A number and a truth value are texts of their own, without quotes, and are broken as such."""

    def service(asked: Asked) -> Answer:
        if not asked.headers.get("content-type", "").startswith("text/plain"):
            return 415, {"error": "no"}
        if not asked.content and clause != "maxLength":
            return NO
        text = asked.content.decode()
        loose = text.lstrip("-").isdigit() if clause == "minimum" else True
        return (200, OK) if said(text) or (broken and loose) else NO

    found = findings(tmp_path, sending("put", "text/plain", schema), service)
    assert {f"put:request#:{clause}": "lenient"}.items() <= found.items() if broken else not found


@pytest.mark.parametrize("broken", [False, True])
def test_bytes_that_are_called_an_object(tmp_path: Path, broken: bool) -> None:
    """A body of bytes is sent where its schema says no more than that it is an object."""

    def service(asked: Asked) -> Answer:
        kind = asked.headers.get("content-type", "")
        if kind != "application/octet-stream" and not broken:
            return 415, {"error": "no"}
        return (200, OK) if asked.content else NO

    found = findings(
        tmp_path, sending("put", "application/octet-stream", {"type": "object"}), service
    )
    assert found == ({"put:request:media-type": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_a_list_of_values_beside_an_array(tmp_path: Path, broken: bool) -> None:
    """`enum` without any array in it is that of the items: these are sent, and others refused."""
    meant = {"type": "array", "minItems": 1, "items": {**TEXT, "enum": ["a", "b"]}}
    written = {"type": "array", "minItems": 1, "items": TEXT, "enum": ["a", "b"]}
    checked = members(["l"], l={**meant, "items": TEXT} if broken else meant)

    def service(asked: Asked) -> Answer:
        return NO if lawful_body(asked, checked) is None else (200, OK)

    paths = {"/it": {"post": operation("post", members(["l"], l=written))}}
    found = findings(tmp_path, paths, service)
    assert found == ({"post:request#/l/*:enum": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_what_is_read_only_as_a_whole(tmp_path: Path, broken: bool) -> None:
    """Only members are for replies alone: a parameter and a body that say so are sent."""
    shared = {**WHOLE, "minimum": 1, "readOnly": True}
    body = {**members(["a"], a=WHOLE, id=shared), "readOnly": True}
    checked = members(["a"], a={} if broken else WHOLE)

    def service(asked: Asked) -> Answer:
        number = unquote(asked.path.rpartition("/")[2])
        good = number.lstrip("-").isdigit() and int(number) >= 1
        sent = lawful_body(asked, checked)
        return (200, OK) if good and sent is not None and "id" not in sent else NO

    paths = {"/it/{n}": {"post": operation("post", body, parameters=[placed("n", shared)])}}
    found = findings(tmp_path, paths, service)
    assert found == ({"post:request#/a:type": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("name", ["User-Agent", "user-agent"])
def test_a_documented_user_agent(tmp_path: Path, name: str, broken: bool) -> None:
    """It is sent as planned, or not at all where it has to be there."""
    seen: list[str | None] = []

    def service(asked: Asked) -> Answer:
        agent = asked.headers.get("user-agent")
        seen.append(agent)
        return (200, OK) if broken or (agent and "," not in agent) else NO

    paths = {"/it": {"get": operation("get", parameters=[placed(name, TEXT, "header")])}}
    found = findings(tmp_path, paths, service)
    assert found == ({f"get:header#/{name}:required": "lenient"} if broken else {})
    assert None in seen
    assert not any(agent and "clausewise/" in agent for agent in seen)


@pytest.mark.parametrize(
    "name", ["Content-Length", "Host", "Transfer-Encoding", "connection", "Expect"]
)
def test_a_header_that_the_sender_writes(tmp_path: Path, name: str) -> None:
    """No value of it is made up: requests go out whole, and one that is needed is there anyway."""
    sizes: list[bool] = []

    def service(asked: Asked) -> Answer:
        said = asked.headers.get("content-length")
        sizes.append(said is None or int(said) == len(asked.content))
        return NO if lawful_body(asked, members(["a"], a=WHOLE)) is None else (200, OK)

    parameters = [placed(name, TEXT, "header")]
    body = members(["a"], a=WHOLE)
    paths = {"/it": {"post": operation("post", body, parameters=parameters)}}
    campaign = campaign_of(tmp_path, paths, service)
    rulings = campaign.rulings()
    assert rulings["post:served"].verdict == "upheld"
    assert rulings["post:request#/a:type"].verdict == "upheld"
    assert not any(clause.startswith("post:header") for clause in rulings)
    assert sizes
    assert all(sizes)


@pytest.mark.parametrize(
    ("version", "required", "verdict"),
    [("3.0.3", True, "inconclusive"), ("3.0.3", False, "strict"), ("3.1.0", True, "upheld")],
)
def test_a_required_body_of_a_get(
    tmp_path: Path, version: str, required: bool, verdict: str
) -> None:
    """OpenAPI 3.0 has it ignored, so none is sent; a server that wants it is no finding."""
    node = operation("get", members(["a"], a=WHOLE))
    node["requestBody"]["required"] = required

    def service(asked: Asked) -> Answer:
        return (200, OK) if lawful_body(asked, members(["a"], a=WHOLE)) is not None else NO

    paths = {"/it": {"get": node}, "/ping": {"get": operation("ping")}}
    campaign = campaign_of(
        tmp_path,
        paths,
        lambda asked: (200, OK) if asked.path == "/ping" else service(asked),
        version=version,
    )
    ruling = campaign.rulings()["get:served"]
    assert ruling.verdict == verdict
    if verdict == "inconclusive":
        assert "requires a body of a GET" in str(ruling.message)


@pytest.mark.parametrize("alone", [False, True])
def test_paths_that_differ_in_names_alone(tmp_path: Path, alone: bool) -> None:
    """What one operation should refuse the other one may accept: no breach is told."""
    listed = placed("kind", {**TEXT, "enum": ["a", "b"]})
    paths = {"/it/{kind}": {"get": operation("by_kind", parameters=[listed])}}
    if not alone:
        paths["/it/{name}"] = {"get": operation("by_name", parameters=[placed("name", TEXT)])}
    campaign = campaign_of(tmp_path, paths, lambda asked: (200, OK))
    ruling = campaign.rulings()["by_kind:path#/kind:enum"]
    assert ruling.verdict == ("lenient" if alone else "unexercised")
    if not alone:
        assert "its path is that of by_name as well" in str(ruling.message)


@pytest.mark.parametrize("sign", ["\x7f", "\x9c", "\x85", "\u2028", "\u2029", "\ufffe"])
def test_signs_that_json_has_and_yaml_has_not(tmp_path: Path, sign: str) -> None:
    """A JSON document is read with any sign in its texts, each text as it stands there."""
    from clausewise import load

    node = operation("post", members(["a"], a={"const": f"x{sign}y"}))
    document = {
        "openapi": "3.1.0",
        "info": {"title": f"T{sign}", "version": "1"},
        "paths": {"/it": {"post": node}},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    contract = load(path)
    (clause,) = (c for c in contract.clauses.values() if c.keyword == "const")
    assert clause.value == f"x{sign}y"


@pytest.mark.parametrize(
    ("statuses", "answered", "expected"),
    [
        (["405"], 405, None),
        (["4XX"], 422, None),
        (["200", "405"], 405, "strict"),
        (["405"], 422, "strict"),
    ],
)
def test_only_refusals_are_documented(
    tmp_path: Path, statuses: list[str], answered: int, expected: str | None
) -> None:
    """Where a document tells refusals alone, an answer that it tells breaks no promise."""
    paths = sending("post", "application/json", members([], name=TEXT))
    paths["/it"]["post"]["responses"] = {status: {"description": "no"} for status in statuses}
    paths["/look"] = {"get": operation("look")}

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/look" else (answered, {"error": "no"})

    found = findings(tmp_path, paths, service)
    assert found.get("post:served") == expected


@pytest.mark.parametrize(
    ("scheme", "hint"),
    [
        ({"type": "http", "scheme": "bearer"}, "Give --auth key=env:VARIABLE (or --header"),
        ({"type": "apiKey", "in": "query", "name": "key"}, "Give --auth key=env:VARIABLE (it"),
    ],
)
def test_how_a_credential_is_given(tmp_path: Path, scheme: dict[str, Any], hint: str) -> None:
    """Where one operation is refused for want of a credential, it is told how to give one."""
    paths = {
        "/open": {"get": operation("open", security=[])},
        "/closed": {"get": operation("closed", security=[{"key": []}])},
    }

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/open" else (401, {"error": "no"})

    campaign = campaign_of(tmp_path, paths, service, security={"key": scheme})
    told = campaign.rulings()["closed:served"]
    assert told.verdict in ("inconclusive", "unexercised")
    assert hint in told.message


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ((404, {"error": "no"}), (404, {"error": "no"})),
        ((400, {"error": "bad"}), (400, {"errors": [{"field": "key", "message": "required"}]})),
    ],
)
@pytest.mark.parametrize("checked", [True, False])
def test_what_is_refused_without_a_credential(
    tmp_path: Path, answer: Answer, missing: Answer, checked: bool
) -> None:
    """It may hide, or say what it lacks in its own way; not where others are served without."""
    needed: list[dict[str, list[str]]] = [{"key": []}]
    paths = {
        "/open": {"get": operation("open", security=[])},
        "/closed": {"get": operation("closed", security=needed)},
        "/other": {"get": operation("other", security=needed)},
    }

    def service(asked: Asked) -> Answer:
        if asked.path == "/open" or (asked.path == "/other" and not checked):
            return 200, OK
        return answer if "key=" in asked.query else missing

    key = {"key": {"type": "apiKey", "in": "query", "name": "key"}}
    rulings = campaign_of(tmp_path, paths, service, security=key).rulings()
    if checked:
        assert hard(rulings) == {}
        assert "Give --auth key=env:VARIABLE" in rulings["closed:served"].message
    else:
        assert hard(rulings) == {"closed:served": "strict", "other:auth": "lenient"}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"security": []}, {"shut:served": "strict"}),
        ({}, {}),  # it asks for the key, as all do
        ({"security": [], "parameters": [placed("user", TEXT, "query")]}, {}),
        ({"security": [], "status": "401"}, {}),
    ],
)
def test_what_the_document_opens_to_all_is_shut(
    tmp_path: Path, changed: dict[str, Any], found: dict[str, str]
) -> None:
    """A 401 for what asks for no credential is strict, where the request has no value at all."""
    paths = {
        "/shut": {"get": operation("shut", **changed)},
        "/open": {"get": operation("open", security=[])},
    }

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/open" else (401, OK)

    key = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    assert findings(tmp_path, paths, service, security=key) == found


def test_how_a_credential_is_given_beside_another_one(tmp_path: Path) -> None:
    """A token opens what asks for tokens; how the key is given, that another one wants, is told."""
    paths = {
        "/open": {"get": operation("open", security=[{"token": []}])},
        "/closed": {"get": operation("closed", security=[{"key": []}])},
    }

    def service(asked: Asked) -> Answer:
        name = "authorization" if asked.path == "/open" else "x-key"
        return (200, OK) if name in asked.headers else (401, {"error": "no"})

    schemes = {
        "token": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    }
    pack = pack_of(tmp_path, paths, security=schemes)
    with running(Served(service)) as url:
        settings = replace(resolve(pack, base_url=url), token="t-1")  # noqa: S106  # made up
        campaign = Campaign(pack, make_plan(pack, examples=0), settings, HttpTarget(settings))
        campaign.run()
    assert "Give --auth key=env:VARIABLE" in campaign.rulings()["closed:served"].message


@pytest.mark.parametrize(
    ("secret", "answer"),
    [
        ({"passphrase": {**TEXT, "format": "password"}}, (401, {"error": "no"})),
        ({"pwd": TEXT}, (401, {"error": "no"})),
        ({"pwd": TEXT}, (400, {"error": "Incorrect username or password"})),
    ],
)
def test_what_a_log_in_takes_is_asked_for(
    tmp_path: Path, secret: dict[str, Any], answer: Answer
) -> None:
    """Where no credential is asked for, what a refused log-in lacks is a user that it knows."""
    body = members([*secret], user=TEXT, **secret)
    paths = {
        "/open": {"get": operation("open")},
        "/session": {"post": operation("enter", body)},
    }

    def service(asked: Asked) -> Answer:
        if asked.path != "/open" and answer[0] == 400 and b'"user"' not in asked.content:
            return 400, {"error": "Both are needed"}
        return (200, OK) if asked.path == "/open" else answer

    said = campaign_of(tmp_path, paths, service).rulings()["enter:served"].message
    wanted = " ".join(f"--set enter:request#/{name}=VALUE" for name in ("user", *secret))
    assert said.endswith(f"Give what it knows: {wanted}.")
