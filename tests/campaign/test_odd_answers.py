"""Answers that say less, or more, than that a request was refused; each beside a broken twin."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from .odd import hard, operation
from .services import OK, TEXT, Answer, Asked, campaign_of, lawful_body, members, placed, ruled

POSITION = {"type": "integer", "minimum": 0}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(("status", "soft"), [(404, False), (400, True)])
def test_a_position_beyond_the_end(tmp_path: Path, status: int, soft: bool, broken: bool) -> None:
    """A list that ends before it may say so; where it says 400 that warns."""
    listed = operation("list", parameters=[{"name": "offset", "in": "query", "schema": POSITION}])

    def service(asked: Asked) -> Answer:
        text = asked.query.partition("=")[2]
        if not asked.query:
            return 200, OK
        if not text.isdigit() and not (broken and text[1:].isdigit()):
            return 422, {"error": "no"}
        return (200, OK) if int(text) < 5 else (status, {"error": "past the end"})

    campaign = campaign_of(tmp_path, {"/things": {"get": listed}}, service)
    rulings = campaign.rulings()
    assert hard(rulings) == ({"list:query#/offset:minimum": "lenient"} if broken else {})
    warned = {n for n, r in rulings.items() if r.soft and r.verdict == "strict"}
    assert warned == ({"list:query#/offset:type"} if soft else set())


@pytest.mark.parametrize("broken", [False, True])
def test_several_answers_in_one(tmp_path: Path, broken: bool) -> None:
    """A 207 that has a 4xx for a part refuses it; what the other parts made is taken back."""
    item = members(["size"], size={"type": "integer", "maximum": 9})
    loose = members(["size"], size={"type": "integer"})
    several = members(["items"], items={"type": "array", "minItems": 1, "items": item})
    any_items = {"type": "array", "minItems": 1}
    node = operation("make", several, "207")
    said = members(["results"], results={"type": "array", "items": {"type": "object"}})
    node["responses"]["207"]["content"] = {"application/json": {"schema": said}}
    place = placed("id", TEXT)
    paths = {
        "/items/bulk": {"post": node},
        "/items/{id}": {
            "parameters": [place],
            "get": operation("read"),
            "delete": operation("drop"),
        },
    }
    made: dict[str, Any] = {}
    numbers = count(1)

    def service(asked: Asked) -> Answer:
        if asked.method != "POST":
            key = asked.path.rpartition("/")[2]
            if key not in made:
                return 404, {"error": "no"}
            if asked.method == "DELETE":
                del made[key]
            return 200, OK
        body = lawful_body(asked, members(["items"], items=any_items))
        if body is None:
            return 422, {"error": "no"}
        results: list[dict[str, Any]] = []
        for one in body["items"]:
            if not jsonschema_rs.is_valid(loose if broken else item, one):
                results.append({"status": 422, "error": "no"})
                continue
            key = f"i{next(numbers)}"
            made[key] = one
            results.append({"status": 201, "item": {"id": key}})
        return 207, {"results": results}

    campaign = campaign_of(tmp_path, paths, service)
    found, rulings = ruled(campaign)
    assert found == ({"make:request#/items/*/size:maximum": "lenient"} if broken else {})
    assert rulings["make:request#/items/*/size:type"].verdict == "upheld"
    assert made == {}


@pytest.mark.parametrize("status", [409, 422])
def test_a_part_that_is_in_conflict(tmp_path: Path, status: int) -> None:
    """A 207 with nothing but conflicts in it is about what is there; with 422 it refuses."""
    several = members(["names"], names={"type": "array", "minItems": 1, "items": TEXT})
    node = operation("make", several, "207")
    item = members(["status"], status={"type": "integer"})
    node["responses"]["207"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": item}}
    }

    def service(asked: Asked) -> Answer:
        if asked.method == "GET":
            return 200, OK
        body = lawful_body(asked, several)
        if body is None:
            return 422, {"error": "no"}
        return 207, [{"status": 201}, *({"status": status} for _ in body["names"])]

    paths = {"/names": {"post": node, "get": operation("list")}}
    found = hard(campaign_of(tmp_path, paths, service).rulings())
    assert found == ({"make:served": "strict"} if status == 422 else {})


@pytest.mark.parametrize("broken", [False, True])
def test_a_thing_that_can_be_changed_and_not_read(tmp_path: Path, broken: bool) -> None:
    """A read that finds nothing where a change of just that URL was accepted is strict."""
    text = members(["text"], text=TEXT)
    shown = operation("make", text, "201")
    node = members(["id"], id=TEXT)
    shown["responses"]["201"]["content"] = {"application/json": {"schema": node}}
    one = {
        "parameters": [placed("id", TEXT)],
        "get": operation("read"),
        "put": operation("change", text),
        "delete": operation("drop"),
    }
    paths = {"/notes": {"post": shown}, "/notes/{id}": one}
    notes: set[str] = set()
    numbers = count(1)

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/notes").strip("/")
        if asked.method in ("POST", "PUT") and lawful_body(asked, text) is None:
            return 422, {"error": "no"}
        if not key:
            key = f"n{next(numbers)}"
            notes.add(key)
            return 201, {"id": key}
        if key not in notes or (broken and asked.method == "GET"):
            return 404, {"error": "no"}
        if asked.method == "DELETE":
            notes.remove(key)
        return 200, OK

    found, _ = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"read:served": "strict"} if broken else {})
    assert notes == set()


@pytest.mark.parametrize(("status", "hard_one"), [(406, False), (400, True)])
def test_a_firewall_that_says_406(tmp_path: Path, status: int, hard_one: bool) -> None:
    """406 is about Accept, so that a text is refused with it warns; with 400 it is strict."""
    note = members(["text"], text=TEXT)

    def service(asked: Asked) -> Answer:
        if lawful_body(asked, note) is None:
            return 422, {"error": "no"}
        return (status, {"error": "blocked"}) if b"'" in asked.content else (200, OK)

    campaign = campaign_of(tmp_path, {"/notes": {"post": operation("make", note)}}, service)
    rulings = campaign.rulings()
    assert rulings["make:request#/text:type"].verdict == "strict"
    assert bool(hard(rulings)) == hard_one


@pytest.mark.parametrize("broken", [False, True])
def test_a_log_in_that_nobody_documents(tmp_path: Path, broken: bool) -> None:
    """To be led there without a credential only warns; where our own is led there, it is hard."""
    paths = {"/things": {"get": operation("list")}, "/mine": {"get": operation("mine")}}
    log_in = (307, OK, {"location": "/log-in"})

    def service(asked: Asked) -> Any:
        if asked.headers.get("authorization") != "Bearer ours":
            return log_in
        return log_in if broken and asked.path == "/mine" else (200, OK)

    campaign = campaign_of(
        tmp_path,
        paths,
        service,
        environment={"TOKEN": "ours"},
        security={"token": {"type": "http", "scheme": "bearer"}},
        credentials={"token": {"env": "TOKEN"}},
    )
    rulings = campaign.rulings()
    assert hard(rulings) == ({"mine:status": "violated"} if broken else {})
    assert rulings["list:status"].soft
