"""What came about beside what was made: taken back where it is surely of the run, else told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from clausewise.campaign.campaign import Campaign

from .odd import operation
from .services import (
    GONE,
    NO,
    OK,
    TEXT,
    Answer,
    Asked,
    Full,
    campaign_of,
    lawful_body,
    members,
    placed,
    showing,
)

WATCH = members(["url"], url={**TEXT, "minLength": 1}, tag=TEXT)
ZONE = members(["name"], name={**TEXT, "pattern": "^[a-z]{9,}$"}, keys={"type": "boolean"})


# So many requests lie between what somebody makes and the one that finds it: no two are under way.
LATER = 8
# A text that others have as well: one that the run draws is longer.
LEAST_DRAWN = 7
HOME = str(UUID(int=0))


class Things:
    """Things by id, with what each is titled; `theirs` was there before the run."""

    def __init__(self, begin: int = 0xABC0_0000_0000_0000, plain: bool = False) -> None:
        """`plain` numbers are no UUIDs."""
        self.titles: dict[str, str] = {HOME: "Home"}
        self._given = begin
        self._plain = plain

    def add(self, title: str) -> str:
        """Keep another thing; gives its id."""
        self._given += 1
        name = str(self._given if self._plain else UUID(int=self._given))
        self.titles[name] = title
        return name

    def answer(self, asked: Asked) -> Answer:
        """What a list of all answers, and the DELETE of one."""
        if asked.method == "GET":
            return 200, {name: {"title": title} for name, title in self.titles.items()}
        there = self.titles.pop(asked.path.rpartition("/")[2], None)
        return GONE if there is None else (200, OK)


def _paths(what: str, **more: Any) -> dict[str, Any]:
    by = [placed("uuid", TEXT)]
    return {
        f"/{what}s": {"get": operation(f"list_{what}")},
        f"/{what}/{{uuid}}": {"delete": operation(f"drop_{what}", parameters=by)},
        **more,
    }


def _names_left(run: Campaign) -> set[str]:
    return {thing.url.rpartition("/")[2] for thing in run.sender.created.to_undo}


@pytest.mark.parametrize("at", ["body", "query"])
@pytest.mark.parametrize("theirs", ["", "lost", "other text", "same text", "alike"])
def test_what_a_request_names_by_a_text(tmp_path: Path, theirs: str, at: str) -> None:
    """A tag that a watch brought along is taken back; what may be another's is left alone."""
    tags, watches = Things(), Things(0xDEF0_0000_0000_0000)
    tag: Any = {"name": "tag", "in": "query", "required": True, "schema": {**TEXT, "minLength": 1}}
    watch = operation("watch", WATCH if at == "body" else None)
    watch["parameters"] = [tag] if at == "query" else []
    paths = _paths("tag") | {
        "/watches": {"post": showing(watch, uuid=TEXT)},
        "/watches/{uuid}": {"delete": operation("unwatch", parameters=[placed("uuid", TEXT)])},
    }
    # What somebody else made, and what they make next: by a text that the run has sent before.
    others: set[str] = set()
    waiting: list[str] = []

    def service(asked: Asked) -> Answer:
        if asked.path.startswith("/tag"):
            return tags.answer(asked)
        if asked.method == "DELETE":
            return watches.answer(asked)
        body = lawful_body(asked, WATCH) if at == "body" else parse_qs(asked.query)
        text = (body or {}).get("tag", "")
        text = text[0] if isinstance(text, list) else text
        if not body or (at == "query" and not text):
            return NO
        # Whose a thing is that bears just what is sent now, nobody could tell.
        while waiting and waiting[-1] != text:
            others.add(tags.add(waiting.pop()))
        if text and text not in tags.titles.values():
            if theirs == "lost":
                tags.titles.pop(HOME, None)
            if theirs in ("", "lost"):
                tags.add(text)
            elif theirs == "other text":
                waiting.append("not what was sent")
            elif len(text) < LEAST_DRAWN and theirs == "same text":
                waiting.append(text)
            elif len(text) < LEAST_DRAWN:
                tags.add(text)
                others.add(tags.add(text))
        return 200, {"uuid": watches.add(text)}

    run = campaign_of(tmp_path, paths, service, concurrency=1 if theirs == "" else 4)
    created = run.sender.created
    if theirs == "":
        assert list(tags.titles) == [HOME]
        assert created.left_over == []
        assert created.undone == created.started > 1
    elif theirs == "lost":
        # The list may show only a part of all.
        assert tags.titles
        assert not _names_left(run) & tags.titles.keys()
    else:
        assert others
        assert others <= tags.titles.keys()
        assert bool(_names_left(run)) is (theirs != "other text")


@pytest.mark.parametrize("answers", ["new ones", "new numbers", "what somebody else made"])
def test_what_a_reply_names(tmp_path: Path, answers: str) -> None:
    """What an import says that it made is taken back; what a search finds is somebody else's."""
    new = answers != "what somebody else made"
    watches = Things(plain=answers == "new numbers")
    wanted = members(["urls"], urls={"type": "array", "minItems": 1, "items": TEXT})
    node = operation("import", wanted)
    said = {"application/json": {"schema": {"type": "array", "items": TEXT}}}
    node["responses"]["200"]["content"] = said
    paths = _paths("page", **{"/import": {"post": node}})
    others: list[str] = []

    def service(asked: Asked) -> Answer:
        if asked.path != "/import":
            return watches.answer(asked)
        body = lawful_body(asked, wanted)
        if body is None:
            return NO
        if new:
            return 200, [watches.add(url) for url in body["urls"]]
        # Somebody else makes one each time, which a later request finds.
        others.append(watches.add("https://media.example.net/a/b.png"))
        return 200, others[:-LATER]

    # With several connections others' exchanges come in between as the machine has time: what was
    # seen too long before is told, and not taken back.
    several = 1 if new else 4
    run = campaign_of(tmp_path, paths, service, concurrency=several)
    created = run.sender.created
    if new:
        assert list(watches.titles) == [HOME]
        assert created.left_over == []
        assert created.undone == created.started > 1
    else:
        assert len(watches.titles) > 2
        assert created.undone == 0


def test_what_enters_a_list_of_some(tmp_path: Path) -> None:
    """A list that is asked by a query may show what was there before: nobody's drivers go."""
    order = members(["street"], street={**TEXT, "minLength": 1})
    node = operation("dispatch", order)
    said = {"application/json": {"schema": {"type": "array", "items": TEXT}}}
    node["responses"]["200"]["content"] = said
    paths = _paths("driver", **{"/dispatch": {"post": node}})
    status = {"name": "status", "in": "query", "required": True, "schema": {"enum": ["busy"]}}
    paths["/drivers"]["get"]["parameters"] = [status]
    drivers, busy = Things(), {HOME}
    for number in range(200):
        drivers.add(f"Driver {number}")

    def service(asked: Asked) -> Answer:
        if asked.path == "/drivers":
            shown = {name: {"title": drivers.titles[name]} for name in sorted(busy)}
            return (200, shown) if "status=busy" in asked.query else NO
        if asked.path != "/dispatch":
            busy.discard(asked.path.rpartition("/")[2])
            return drivers.answer(asked)
        if lawful_body(asked, order) is None:
            return NO
        free = next(name for name in drivers.titles if name not in busy)
        busy.add(free)
        return 200, [free]

    run = campaign_of(tmp_path, paths, service)
    assert len(busy) > 2
    assert len(drivers.titles) == 201
    assert run.sender.created.undone == 0


def _zones(keeps: bool, stamp: bool) -> tuple[dict[str, str], Callable[[Asked], Answer | Full]]:
    """Zones by name; a request with `keys` is refused, and `keeps` its zone all the same.

    Now and then somebody else makes one, of a name that begins with `their`. `stamp` writes the
    name that was sent last into all that are there.
    """
    zones = {"theirhome": ""}

    def service(asked: Asked) -> Answer:
        name = asked.path.rpartition("/")[2]
        if asked.method == "GET":
            return 200, [{"name": one, "note": note} for one, note in zones.items()]
        if asked.method == "DELETE":
            return GONE if zones.pop(name, None) is None else (200, OK)
        body = lawful_body(asked, ZONE)
        if body is None:
            return NO
        if body["name"] in zones:
            return 409, {"error": "name is in use already"}
        their = "their" + "".join(chr(97 + int(digit)) for digit in str(len(zones) + 1000))
        if stamp:
            zones[their] = ""
            zones.update((one, body["name"]) for one in zones)
        if "keys" not in body:
            zones[body["name"]] = ""
            return 201, {"name": body["name"]}
        if keeps:
            zones[body["name"]] = ""
        return 422, {"error": "there are no keys"}

    return zones, service


@pytest.mark.parametrize("stamp", [False, True])
def test_what_was_refused_and_is_there(tmp_path: Path, stamp: bool) -> None:
    """A refused zone of a name that only this run draws is taken back, and no other one."""
    zones, service = _zones(True, stamp)
    item = members(["name"], name=TEXT, note=TEXT)
    listing = operation("list")
    listing["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": item}}
    }
    made = showing(operation("make", ZONE, status="201"), name=TEXT)
    by = [placed("zone", TEXT)]
    paths = {
        "/zones": {"get": listing, "post": made},
        "/zones/{zone}": {"delete": operation("drop", parameters=by)},
    }
    run = campaign_of(tmp_path, paths, service)
    kept = {one for one in zones if not one.startswith("their")}
    bodies = [
        (lawful_body(Asked("", "", "", {"content-type": "application/json"}, sent), ZONE), entry)
        for entry in run.ledger.of("make")
        if (sent := entry.exchange.request.content) is not None
    ]
    refused = {
        body["name"]
        for body, entry in bodies
        if body is not None and "keys" in body and entry.outcome == "refused"
    }
    assert refused
    # Those that nobody drew may be another's, and are told.
    assert kept == _names_left(run) & zones.keys()
    assert all(not run.sender.uniques.drew(one) for one in kept)
    assert any(run.sender.uniques.drew(one) for one in refused)
    assert not any(one.startswith("their") for one in _names_left(run))


def test_a_list_of_the_one_thing_that_was_made(tmp_path: Path) -> None:
    """A thing goes by what a create answers with as its only one (`[{"id": 20}]`): it is undone."""
    named, rows = members(["name"], name=TEXT), {7: "theirs"}
    by = [placed("row", {"type": "integer"})]
    paths = {
        "/rows": {"post": operation("make", named, status="201")},
        "/rows/{row}": {"delete": operation("drop", parameters=by)},
    }

    def service(asked: Asked) -> Answer:
        if asked.method == "DELETE":
            name = asked.path.rpartition("/")[2]
            there = rows.pop(int(name), None) if name.isdigit() else None
            return (200, OK) if there is not None else GONE
        body = lawful_body(asked, named)
        if body is None:
            return NO
        number = max(rows, default=0) + 13
        rows[number] = body["name"]
        return 201, [{"id": number}]

    created = campaign_of(tmp_path, paths, service).sender.created
    assert rows == {7: "theirs"}
    assert created.undone == created.started > 0


@pytest.mark.parametrize("proxy", ["refused", "crashes"])
@pytest.mark.parametrize("theirs", [False, True])
def test_several_names_in_one_text(tmp_path: Path, proxy: str, theirs: bool) -> None:
    """`Home, Work` names two tags: both are taken back, whatever refused or crashed before."""
    tags, watches = Things(), Things(0xDEF0_0000_0000_0000)
    several = {"type": "string", "minLength": 1, "example": "Attic, Cellar"}
    watch = members(["url"], url={**TEXT, "minLength": 1}, tag=several, proxy=TEXT)
    paths = _paths("tag") | {
        "/watches": {"post": showing(operation("watch", watch), uuid=TEXT)},
        "/watches/{uuid}": {"delete": operation("unwatch", parameters=[placed("uuid", TEXT)])},
    }
    others: list[str] = []

    def service(asked: Asked) -> Answer:
        if asked.path.startswith("/tag"):
            return tags.answer(asked)
        if asked.method == "DELETE":
            return watches.answer(asked)
        body = lawful_body(asked, watch)
        if body is None or ("proxy" in body and proxy == "refused"):
            return NO
        for text in filter(None, map(str.strip, body.get("tag", "").split(","))):
            if text not in tags.titles.values():
                tags.add(text)
            elif theirs and text == "Cellar" and not others:
                others.append(tags.add(text))  # somebody else has one of that name from now on
        return (500, {"error": "proxy"}) if "proxy" in body else (200, {"uuid": watches.add("w")})

    run = campaign_of(tmp_path, paths, service)
    assert set(tags.titles) == {HOME, *others}
    assert bool(others) is theirs
    assert _names_left(run) == set(others)
