"""What a refusal or a reply is blamed on, as real servers taught; twins break a promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from clausewise.report.evidence import RunEvidence
from clausewise.report.roots import roots_of

from .odd import hard, operation
from .services import (
    OK,
    TEXT,
    WHOLE,
    Answer,
    Asked,
    campaign_of,
    findings,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

WRONG = 422, {"error": "this kind is not supported"}
MOMENT = {"type": "string", "format": "date-time"}


def _asked(asked: Asked, name: str) -> str | None:
    """The value of a query parameter."""
    found = parse_qs(asked.query, keep_blank_values=True).get(name)
    return found[0] if found else None


@pytest.mark.parametrize("broken", [False, True])
def test_a_path_value_that_nobody_told_of(tmp_path: Path, broken: bool) -> None:
    """A value that was made up for a path may be refused; one that the document shows may not."""
    kind = {**TEXT, "examples": ["plain"]} if broken else TEXT
    paths = {
        "/kinds/{kind}": {"put": operation("change", parameters=[placed("kind", kind)])},
        "/all": {"get": operation("list")},
    }
    found = findings(tmp_path, paths, lambda asked: (200, OK) if asked.path == "/all" else WRONG)
    assert found == ({"change:served": "strict"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_ends_are_to_come(tmp_path: Path, broken: bool) -> None:
    """An end is sent that lies ahead and behind its start; a server that takes none is strict."""
    schema = members(["startsAt", "endsAt"], startsAt=MOMENT, endsAt=MOMENT)

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, schema)
        if body is None or broken or not "2027" <= body["endsAt"] > body["startsAt"]:
            return 400, {"error": "it has to end after its start, and not in the past"}
        return 200, OK

    paths = {"/breaks": {"post": operation("make", schema)}, "/all": {"get": operation("list")}}
    found = findings(
        tmp_path, paths, lambda asked: (200, OK) if asked.path == "/all" else service(asked)
    )
    assert found == ({"make:served": "strict"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_a_name_that_a_server_does_not_know(tmp_path: Path, broken: bool) -> None:
    """Of a free text a server may not know each; of an enum it has to know all."""
    which: dict[str, Any] = {**TEXT, "enum": ["cpu", "load"]} if broken else TEXT
    paths = {
        "/stats": {
            "get": operation(
                "read", parameters=[{"name": "statistic", "in": "query", "schema": which}]
            )
        }
    }

    def service(asked: Asked) -> Answer:
        if _asked(asked, "statistic") in (None, "cpu"):
            return 200, OK
        return 422, {"error": "Unknown statistic name"}

    found = findings(tmp_path, paths, service)
    if broken:
        assert found == {"read:query#/statistic:enum": "strict"}
    else:
        assert found == {}


@pytest.mark.parametrize("broken", [False, True])
def test_a_page_that_nobody_has(tmp_path: Path, broken: bool) -> None:
    """That a negative page is refused only warns; that page 7 is refused is strict."""
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    paths = {"/pages": {"get": operation("read", parameters=[page])}}

    def service(asked: Asked) -> Answer:
        text = _asked(asked, "page")
        try:
            number = int(text or "0")
        except ValueError:
            return 400, {"error": "page is a whole number"}
        wrong = number < 0 or (broken and number == 7)
        return (400, {"error": "page is not allowed"}) if wrong else (200, OK)

    campaign = campaign_of(tmp_path, paths, service, examples=40)
    ruling = campaign.rulings()["read:query#/page:type"]
    assert (ruling.verdict, ruling.soft) == ("strict", not broken)


@pytest.mark.parametrize("broken", [False, True])
def test_the_reply_to_a_request_of_another_form(tmp_path: Path, broken: bool) -> None:
    """What only the reply to a list breaks only warns; what others break as well does not."""

    def service(asked: Asked) -> Answer:
        if asked.content[:1] not in (b"{", b"["):
            return 400, {"error": "no object"}
        listed = asked.content[:1] == b"[" or broken
        return 200, {"data": [] if listed else {}}

    paths = {
        "/things": {
            "post": showing(operation("make", members([], a=TEXT)), data={"type": "object"})
        }
    }
    rulings = campaign_of(tmp_path, paths, service).rulings()
    assert rulings["make:request#:type"].verdict == "lenient"
    seen = rulings["make:200#/data:type"]
    assert (seen.verdict, seen.soft) == ("violated", not broken)


@pytest.mark.parametrize("broken", ["", "echoed", "another reply"])
def test_what_the_reply_to_a_broken_request_breaks_itself(tmp_path: Path, broken: str) -> None:
    """A reply was promised whatever was sent: what it breaks is a finding, of the same cause."""
    number = {"type": "integer", "minimum": 5}

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, members(["n"], n={"type": "integer"} if broken else number))
        if body is None:
            return 400, {"error": "n"}
        other = broken == "another reply" and body["n"] < 5
        return 200, {"size": "large" if other else 1, "n": 5 if other else body["n"]}

    make = showing(operation("make", members(["n"], n=number)), n=number, size={"type": "integer"})
    campaign = campaign_of(tmp_path, {"/things": {"post": make}}, service)
    shown = {"": None, "echoed": "make:200#/n:minimum", "another reply": "make:200#/size:type"}
    lenient = {"make:request#/n:minimum": "lenient"} if broken else {}
    assert hard(campaign.rulings()) == lenient | ({shown[broken]: "violated"} if broken else {})
    if broken == "echoed":
        record = campaign.record()
        (root,) = roots_of(RunEvidence(record.clauses, record.exchanges, record.cases))
        assert len(root.clauses) == 2


@pytest.mark.parametrize("broken", [False, True])
def test_a_reply_that_was_asked_for_some_members(tmp_path: Path, broken: bool) -> None:
    """What `fields` left out is not missing; what is missing without it is."""
    fields = {"name": "fields", "in": "query", "schema": {"type": "array", "items": TEXT}}
    look = showing(operation("look", parameters=[fields]), id=TEXT, title=TEXT)

    def service(asked: Asked) -> Answer:
        chosen = _asked(asked, "fields")
        return 200, {"id": "1", **({} if chosen or broken else {"title": "one"})}

    found, rulings = ruled(campaign_of(tmp_path, {"/thing": {"get": look}}, service))
    assert found == ({"look:200#/title:required": "violated"} if broken else {})
    assert rulings["look:200#/title:required"].verdict == "violated"


def test_a_parameter_that_several_operations_refuse(tmp_path: Path) -> None:
    """It is one cause, told by its name and not by what says that it may be left out."""
    meta = {"name": "meta", "in": "query", "schema": TEXT}
    paths = {
        f"/{name}": {"get": operation(name, parameters=[meta])} for name in ("cats", "dogs", "owls")
    }
    refusal = 400, {"error": "meta must be one of total_count, filter_count"}
    run = campaign_of(
        tmp_path, paths, lambda asked: refusal if _asked(asked, "meta") is not None else (200, OK)
    )
    assert {name for name, one in run.rulings().items() if one.verdict == "strict"} == {
        "cats:served", "dogs:served", "owls:served",
    }  # fmt: skip
    record = run.record()
    (root,) = roots_of(RunEvidence(record.clauses, record.exchanges, record.cases))
    assert len(root.clauses) == 3
    assert root.title == "/meta is refused, though lawful: cats, dogs, owls"


@pytest.mark.parametrize("broken", [False, True])
def test_one_demand_that_names_several_members(tmp_path: Path, broken: bool) -> None:
    """It is one finding; two demands with words of their own are two."""
    number = {"type": "integer", "minimum": 0}
    schema = members([], weeks=number, days=number)

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, schema)
        if body is None:
            return 400, {"error": "no"}
        if broken:
            lacking = [name for name in ("weeks", "days") if name not in body]
            return (400, {"error": f"{lacking[0]} is missing"}) if lacking else (200, OK)
        if body.get("weeks") or body.get("days"):
            return 200, OK
        return 400, {"error": "At least one interval (weeks, days) must be there"}

    found = findings(tmp_path, {"/checks": {"post": operation("make", schema)}}, service)
    assert set(found.values()) == {"strict"}
    assert len(found) == (2 if broken else 1)


@pytest.mark.parametrize(
    ("says", "strict"), [("a key with this name does not exist", False), ("no keys here", True)]
)
def test_a_list_of_names_that_are_not_there(tmp_path: Path, says: str, strict: bool) -> None:
    """What a list names may not be there, if the server says so; else its refusal is strict."""
    body = members([], keys={"type": "array", "items": TEXT})

    def service(asked: Asked) -> Answer:
        sent = lawful_body(asked, body)
        if sent is None:
            return 400, {"error": "no"}
        return (422, {"error": says}) if sent.get("keys") else (200, OK)

    rulings = campaign_of(tmp_path, {"/zones": {"post": operation("make", body)}}, service)
    found = {name for name, one in rulings.rulings().items() if one.verdict == "strict"}
    assert bool(found) is strict


def test_no_base_has_room_for_a_breach(tmp_path: Path) -> None:
    """Of two forms of a place one is busy with others: what is broken within it is not asked."""
    several = {"type": "array", "items": TEXT, "minItems": 1}
    body = members(["tasks"], tasks={"oneOf": [several, TEXT]})

    def service(asked: Asked) -> Answer:
        known = lawful_body(asked, body)
        if known is None:
            return (200, OK | {"tasks": "a"}) if asked.method == "GET" else WRONG
        return (409, {"error": "busy"}) if isinstance(known["tasks"], list) else (200, OK)

    paths = {"/plan": {"put": operation("change", body), "get": operation("read")}}
    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == {}
    assert rulings["change:request#/tasks/*:type"].verdict == "inconclusive"


@pytest.mark.parametrize(
    ("says", "strict"),
    [
        ({"shelf": ['Invalid pk "7" - object does not exist.']}, False),
        ({"error": "Shelf 7 doesn't exist"}, False),
        ({"shelf": ["That choice is not one of the available choices."]}, False),
        ({"error": "violates foreign key constraint books_shelf_fkey"}, False),
        ({"error": "the page does not exist"}, True),
        ({"shelf": ["at most one hundred"]}, True),
    ],
)
def test_a_number_that_names_what_is_not_there(tmp_path: Path, says: Any, strict: bool) -> None:
    """A whole number may name a thing, if the server says that it is not there; else it counts."""
    body = members([], shelf=WHOLE, pages=WHOLE)

    def service(asked: Asked) -> Answer:
        sent = lawful_body(asked, body)
        if sent is None:
            return 400, {"error": "no"}
        return (400, says) if "shelf" in sent else (201, OK)

    found = findings(tmp_path, {"/books": {"post": operation("add", body, "201")}}, service)
    assert found == ({"add:request#/shelf:type": "strict"} if strict else {})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8", None])
def test_characters_that_are_counted_otherwise(tmp_path: Path, encoding: str | None) -> None:
    """Texts, and those of lists, whose length is counted in something else break `maxLength`.

    Those that are refused for what they say do not.
    """
    text = {**TEXT, "maxLength": 8}
    body = members([], name=text, tags={"type": "array", "items": text, "maxItems": 3})

    def is_taken(one: str) -> bool:
        if encoding is None:
            return one != "x"
        return len(one.encode(encoding)) <= 8 * (2 if encoding == "utf-16-le" else 1)

    def service(asked: Asked) -> Answer:
        sent = lawful_body(asked, body)
        if sent is None or not all(map(is_taken, [sent.get("name", ""), *sent.get("tags", [])])):
            return 400, {"error": "no"}
        return 201, OK

    found = findings(tmp_path, {"/trips": {"post": operation("add", body, "201")}}, service)
    broken = (
        ("/name:type", "/tags:type")
        if encoding is None
        else ("/name:maxLength", "/tags/*:maxLength")
    )
    assert found == {f"add:request#{one}": "strict" for one in broken}


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
@pytest.mark.parametrize("broken", [False, True])
def test_a_body_of_which_prose_alone_tells(tmp_path: Path, kind: str, broken: bool) -> None:
    """Any value may be refused where prose says which ones there are; not of a plain schema.

    That one without a body is refused as well is no trial of it.
    """
    said = {"type": "string"} if broken else {"description": "`on` or `off`"}
    level = {"put": operation("turn", TEXT), "get": operation("read")}
    level["put"]["requestBody"] = {"content": {kind: {"schema": said}}}

    def service(asked: Asked) -> Answer:
        if asked.method == "PUT" and asked.content not in (b"on", b'"off"'):
            return WRONG
        return 200, OK

    found = findings(tmp_path, {"/level": level}, service)
    assert found == ({"turn:served": "strict"} if broken else {})


@pytest.mark.parametrize(("items", "found"), [({"format": "isin"}, set()), ({}, {"prices:served"})])
def test_a_list_of_a_format_that_nobody_knows(
    tmp_path: Path, items: dict[str, Any], found: set[str]
) -> None:
    """The items of a list in a query were made up as well."""
    each = {"type": "string", "minLength": 12, "maxLength": 12, **items}
    of = placed("of", {"type": "array", "minItems": 1, "items": each}, "query")
    paths = {
        "/prices": {"get": operation("prices", parameters=[of])},
        "/ping": {"get": operation("ping")},
    }

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/ping" else (422, {"error": "bad"})

    assert findings(tmp_path, paths, service).keys() == found
