"""Odd ways to a thing: it is read, changed and taken back; what destroys without saying so is not.

Each service has a twin that takes more than its document says.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from clausewise.campaign.campaign import Campaign
from clausewise.record.ledger import Entry
from clausewise.record.made import ToUndo

from .notes import CAUGHT, NOTE, Notes, paths, upheld
from .odd import hard, operation
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
    ruled,
    showing,
)


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("at", ["href", "url", "@id", "_links", "whole"])
def test_an_address_names_the_thing(tmp_path: Path, at: str, broken: bool) -> None:
    """What stands in it in the place of the path parameter is the name; one of others is not."""

    class Linked(Notes):
        def shown(self, key: str) -> dict[str, Any]:
            address = f"/notes/{key}"
            title = self.notes[key]["title"]
            if at == "_links":
                return {"title": title, at: {"up": {"href": "/notes/0"}, "self": {"href": address}}}
            if at == "whole":
                return {"title": title, "self": f"https://example.org/api{address}/"}
            return {"title": title, at: address}

    notes = Linked(broken)
    found, rulings = ruled(campaign_of(tmp_path, paths(title=TEXT), notes))
    assert found == (CAUGHT if broken else {})
    assert upheld(rulings, "read", "change", "drop")
    assert notes.notes == {}


def test_an_address_of_something_else_names_nothing(tmp_path: Path) -> None:
    """A URL that is not of just the thing's path gives no name, so nothing of others is touched."""

    class Linked(Notes):
        def shown(self, key: str) -> dict[str, Any]:
            about = {"href": f"/authors/{key}", "owner": {"href": "/notes/theirs"}}
            return {"title": self.notes[key]["title"], **about}

    notes = Linked(broken=False)
    notes.notes["theirs"] = {"title": "abc", "size": 1}
    campaign = campaign_of(tmp_path, paths(title=TEXT), notes)
    assert campaign.sender.created.left_over
    assert notes.notes["theirs"] == {"title": "abc", "size": 1}


def test_a_name_with_a_slash_that_leads_nowhere(tmp_path: Path) -> None:
    """Where nothing is found at it, the thing may well be there: it is told as left."""

    class Below(Notes):
        def name(self, body: Any) -> str:
            return f"of/{super().name(body)}"

        def about(self, asked: Asked, key: str) -> Answer:
            return GONE

    notes = Below(broken=False)
    campaign = campaign_of(tmp_path, paths(id=TEXT, title=TEXT), notes)
    created = campaign.sender.created
    assert notes.notes
    assert len(created.left_over) == len(notes.notes)
    assert created.undone == 0


def test_things_that_nothing_finds_are_asked_about_a_few_times(tmp_path: Path) -> None:
    """Where each is said to be missing, the candidates are tried once around, whatever changes."""
    changes = 0

    class Lost(Notes):
        def about(self, asked: Asked, key: str) -> Answer:
            nonlocal changes
            changes += asked.method == "PUT"
            assert changes < 200
            return GONE

    campaign = campaign_of(tmp_path, paths(id=TEXT, title=TEXT), Lost(broken=False))
    assert campaign.complete
    assert 0 < changes < 40


@pytest.mark.parametrize("broken", [False, True])
def test_a_query_names_the_thing(tmp_path: Path, broken: bool) -> None:
    """`/note?id=` is asked about notes."""

    class Asking(Notes):
        def key_of(self, asked: Asked) -> str:
            return asked.query.partition("=")[2] or "-" if asked.path == "/note" else ""

    shown = {"id": TEXT, "title": {"type": "string" if not broken else "integer"}}
    told = paths(id=TEXT)
    read = showing(operation("read", parameters=[placed("id", TEXT, "query")]), **shown)
    told = {"/notes": told["/notes"], "/note": {"get": read}}
    campaign = campaign_of(tmp_path, told, Asking(broken=False))
    rulings = campaign.rulings()
    assert upheld(rulings, "read")
    assert (rulings["read:200#/title:type"].verdict == "violated") == broken


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("at", ["/me", "/notes/{id}/links"])
def test_any_reply_names_what_nothing_lists(tmp_path: Path, at: str, broken: bool) -> None:
    """A member of just its name does, also in a list: `/me` has workspaces, a link a token."""
    name = "workspace" if at == "/me" else "token"
    given = {"me": {"workspaces": [{"workspace": "acme"}]}, "links": {"token": "x-17"}}

    class Named(Notes):
        def __call__(self, asked: Asked) -> Answer:
            last = asked.path.rpartition("/")[2]
            if last in given and (at == "/me" or asked.path.split("/")[2] in self.notes):
                return 200 if at == "/me" else 201, given[last]
            if asked.path.startswith("/pages/"):
                known = last == ("acme" if at == "/me" else "x-17")
                return (200, {"title": 7 if broken else "a"}) if known else GONE
            return super().__call__(asked)

    page = {"parameters": [placed(name, TEXT)], "get": showing(operation("page"), title=TEXT)}
    told = {**paths(id=TEXT, title=TEXT), f"/pages/{{{name}}}": page}
    if at == "/me":
        told["/me"] = {"get": showing(operation("me"), workspaces={"type": "array"})}
    else:
        link = showing(operation("link", status="201"), token=TEXT)
        told[at] = {"parameters": [placed("id", TEXT)], "post": link}
    campaign = campaign_of(tmp_path, told, Named(broken=False))
    assert hard(campaign.rulings()) == ({"page:200#/title:type": "violated"} if broken else {})
    assert campaign.rulings()["page:served"].verdict == "upheld"


@pytest.mark.parametrize("broken", [False, True])
def test_a_name_stands_in_the_body_as_well(tmp_path: Path, broken: bool) -> None:
    """A change may have to repeat the name that its path has: it does, once that is found out."""

    class Named(Notes):
        def name(self, body: Any) -> str:
            return str(body["title"])

        def about(self, asked: Asked, key: str) -> Answer:
            body = lawful_body(asked, NOTE)
            if asked.method == "PUT" and body is not None and body["title"] != key:
                return 400, {"error": "no"}
            return super().about(asked, key)

        def shown(self, key: str) -> dict[str, Any]:
            return {"title": key}

    notes = Named(broken)
    found, rulings = ruled(campaign_of(tmp_path, paths("title", title=TEXT), notes))
    assert found == (CAUGHT if broken else {})
    assert upheld(rulings, "read", "change", "drop")
    assert notes.notes == {}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("schema", [{"type": "boolean"}, {"enum": ["true", "yes"]}])
def test_what_takes_back_has_to_be_confirmed(tmp_path: Path, schema: Any, broken: bool) -> None:
    """A required query of the DELETE is sent as documented, also in what takes things back."""

    class Careful(Notes):
        def about(self, asked: Asked, key: str) -> Answer:
            if asked.method == "DELETE" and asked.query != "confirm=true":
                return NO
            return super().about(asked, key)

    notes, told = Careful(broken), paths(id=TEXT, title=TEXT)
    told["/notes/{id}"]["delete"]["parameters"] = [placed("confirm", schema, "query")]
    found, _ = ruled(campaign_of(tmp_path, told, notes))
    assert {n: v for n, v in found.items() if not n.startswith("drop:")} == (
        CAUGHT if broken else {}
    )
    assert notes.notes == {}


@pytest.mark.parametrize("path", ["/factory-reset", "/cache/clear", "/notes/{id}/delete"])
@pytest.mark.parametrize("broken", [False, True])
def test_a_safe_method_that_destroys(tmp_path: Path, path: str, broken: bool) -> None:
    """Where its name says so it is not asked about what others have; reads are asked as ever."""

    class Harmful(Notes):
        def __call__(self, asked: Asked) -> Answer:
            if asked.path.endswith(("reset", "clear")):
                self.notes.clear()
                return 200, OK
            if not asked.path.endswith("/delete"):
                return super().__call__(asked)
            key = asked.path.split("/")[2]
            return (200, OK) if self.notes.pop(key, None) else GONE

    notes, told = Harmful(broken), paths(id=TEXT, title=TEXT)
    node: dict[str, Any] = {"get": operation("act")}
    if "{" in path:
        node["parameters"] = [placed("id", TEXT)]
    theirs = {"title": "abc", "size": 1}
    notes.notes["theirs"] = theirs
    found, rulings = ruled(campaign_of(tmp_path, {path: node, **told}, notes))
    assert found == (CAUGHT if broken else {})
    assert upheld(rulings, "read", "change", "drop")
    assert notes.notes == {"theirs": theirs}


@pytest.mark.parametrize("broken", [False, True])
def test_actions_after_which_things_are_gone(tmp_path: Path, broken: bool) -> None:
    """What prunes or leaves is not asked of all that is there; a leave may be a thing, too."""
    acts = ("/notes/prune", "/power-off", "/club/leave", "/backup/restore/full")

    class Harmful(Notes):
        def __call__(self, asked: Asked) -> Answer:
            if asked.path in acts:
                self.notes.clear()
            if asked.path in (*acts, "/leave-requests"):
                return 200, {} if broken else OK
            return super().__call__(asked)

    notes, told = Harmful(broken), paths(id=TEXT, title=TEXT)
    theirs = {"title": "abc", "size": 1}
    notes.notes["theirs"] = theirs
    told |= {path: {"post": operation(path.strip("/").replace("/", "_"))} for path in acts}
    told["/leave-requests"] = {"post": operation("ask_for_leave")}
    found, rulings = ruled(campaign_of(tmp_path, told, notes))
    shown = {"ask_for_leave:200#/ok:required": "violated"}
    assert found == (CAUGHT | shown if broken else {})
    assert upheld(rulings, "read", "change", "drop", "ask_for_leave")
    assert notes.notes == {"theirs": theirs}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("make", ["create", "add"])
def test_paths_that_are_actions(tmp_path: Path, make: str, broken: bool) -> None:
    """Where each request is a POST, others are asked about what one made, and that is told."""
    shops = {"theirs"}
    name = {"type": "string", "pattern": "^[a-z]{3,40}$"}
    body = members(["shop_name"], shop_name=name)

    def service(asked: Asked) -> Answer:
        if asked.path == "/shops/list":
            return 200, {**OK, "shops": [{"shop_name": one} for one in shops]}
        if asked.path != f"/shops/{make}":
            there = asked.path.split("/")[2] in shops
            return (200, {} if broken else OK) if there else (404, {"error": "no"})
        known = lawful_body(asked, body)
        if known is None or known["shop_name"] in shops:
            return NO
        shops.add(known["shop_name"])
        return 200, {**OK, "key": len(shops), **known}

    by = [placed("shop_name", TEXT)]
    told = {
        "/shops/list": {"post": operation("list")},
        f"/shops/{make}": {"post": showing(operation("make", body), shop_name=TEXT)},
        "/shop/{shop_name}/orders/list": {"post": operation("orders", parameters=by)},
    }
    campaign = campaign_of(tmp_path, told, service)
    rulings = campaign.rulings()
    assert upheld(rulings, "list", "make", "orders")
    assert rulings["orders:200#/ok:required"].verdict == ("violated" if broken else "upheld")
    created = campaign.sender.created
    assert created.started == len(shops) - 1
    assert len(created.left_over) > 0


@pytest.mark.parametrize("broken", [False, True])
def test_a_value_that_says_that_it_destroys(tmp_path: Path, broken: bool) -> None:
    """It is not sent about what may be somebody's, but about what the run has made; others are."""
    shelves = dict.fromkeys(range(-1000, 1000), "full")
    done: set[str] = set()

    class Harmful(Notes):
        def __call__(self, asked: Asked) -> Answer:
            told = dict(parse_qsl(asked.query))
            if asked.path == "/act":
                done.add(told.get("do", ""))
                if told.get("do") == "delete_all" and told.get("shelf", "").lstrip("-").isdigit():
                    shelves.pop(int(told["shelf"]), None)
                return 200, {} if broken else OK
            if asked.path.endswith("/act"):
                key = asked.path.split("/")[2]
                if lawful_body(asked, body) is None or key not in self.notes:
                    return GONE if key not in self.notes else NO
                done.add("note")
                del self.notes[key]
                return 200, OK
            return super().__call__(asked)

    notes, told = Harmful(False), paths(id=TEXT, title=TEXT)
    theirs = {"title": "abc", "size": 1}
    notes.notes["theirs"] = theirs
    acts = {"enum": ["count", "delete_all", "sort"]}
    at = [placed("do", acts, "query"), placed("shelf", {"type": "integer"}, "query")]
    told["/act"] = {"post": operation("act", parameters=at)}
    body = members(["do"], do={"enum": ["remove"]})
    told["/notes/{id}/act"] = {"post": operation("take", body, parameters=[placed("id", TEXT)])}
    found, rulings = ruled(campaign_of(tmp_path, told, notes))
    shown = {name: v for name, v in found.items() if name.startswith("act:200")}
    assert shown == ({"act:200#/ok:required": "violated"} if broken else {})
    assert (rulings["act:served"].verdict, len(shelves)) == ("upheld", 2000)
    assert {"count", "sort", "note"} <= done
    assert notes.notes == {"theirs": theirs}


@pytest.mark.parametrize("broken", [False, True])
def test_a_word_for_destroying_that_is_about_something_else(tmp_path: Path, broken: bool) -> None:
    """A page that is fetched by `method: DELETE` is there still, and asked about."""
    pages: dict[str, Any] = {}
    change = members([], method={"enum": ["DELETE", "GET"]}, wait={"type": "integer", "maximum": 9})
    by = [placed("id", TEXT)]
    told = {
        "/pages": {"post": showing(operation("make", members([], at=TEXT), status="201"), id=TEXT)},
        "/pages/{id}": {
            "get": operation("read", parameters=by),
            "put": operation("change", change, parameters=by),
            "delete": operation("drop", parameters=by),
        },
    }

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/pages").strip("/")
        if asked.method == "POST":
            if lawful_body(asked, members([], at=TEXT)) is None or pages:
                return NO
            pages["one"] = {}
            return 201, {"id": "one"}
        if key not in pages:
            return GONE
        if asked.method == "DELETE":
            del pages[key]
        if asked.method == "PUT" and lawful_body(asked, change) is None:
            longer = members([], method=change["properties"]["method"], wait={"type": "integer"})
            return (200, OK) if broken and lawful_body(asked, longer) is not None else NO
        return 200, OK

    found = ruled(campaign_of(tmp_path, told, service))[0]
    shown = {name: verdict for name, verdict in found.items() if name.startswith("change")}
    assert shown == ({"change:request#/wait:maximum": "lenient"} if broken else {})
    assert pages == {}


@pytest.mark.parametrize("broken", [False, True])
def test_a_text_that_begins_with_a_number_that_is_there(tmp_path: Path, broken: bool) -> None:
    """Who reads no further than the number takes it: that is lenient, and does no harm."""

    class Numbered(Notes):
        def key_of(self, asked: Asked) -> str:
            key = super().key_of(asked)
            number = re.match(r"\d+", key)
            return number[0] if broken and number else key

        def name(self, body: Any) -> str:
            return str(next(self._numbers))

        def shown(self, key: str) -> dict[str, Any]:
            return {"id": int(key), "title": self.notes[key]["title"]}

    notes, told = Numbered(broken=False), paths(id={"type": "integer"}, title=TEXT)
    told["/notes/{id}"]["parameters"] = [placed("id", {"type": "integer"})]
    del told["/notes/{id}"]["put"]
    found, rulings = ruled(campaign_of(tmp_path, told, notes))
    assert found.keys() <= {"read:path#/id:type", "drop:path#/id:type"}
    assert (found.get("read:path#/id:type") == "lenient") == broken
    assert upheld(rulings, "read")
    assert notes.notes == {}


def test_each_of_many_is_known_as_soon_as_it_is_made(tmp_path: Path) -> None:
    """Who is told of an exchange while the run goes on hears of all that takes it back."""
    several = {"type": "array", "items": NOTE, "minItems": 1, "maxItems": 3}
    made, told = Notes(broken=False), paths(id=TEXT, title=TEXT)
    bulk = operation("make", several, "201")
    shown = {"type": "array", "items": members(["id"], id=TEXT)}
    bulk["responses"]["201"]["content"] = {"application/json": {"schema": shown}}
    told["/notes"]["post"] = bulk
    heard: list[tuple[int, list[str]]] = []

    def service(asked: Asked) -> Answer:
        if asked.method != "POST":
            return made(asked)
        body = lawful_body(asked, several)
        if body is None:
            return NO
        keys = [made.name(one) for one in body]
        made.notes.update(zip(keys, body, strict=True))
        return 201, [made.shown(key) for key in keys]

    def record(campaign: Campaign, entry: Entry) -> None:
        if entry.case.operation == "make" and entry.outcome == "accepted":
            things = campaign.sender.made_by(entry)
            names = [one.url.rpartition("/")[2] for one in things if isinstance(one, ToUndo)]
            heard.append((len(entry.exchange.request.body), names))

    campaign_of(tmp_path, told, service, record=record)
    assert any(count > 1 for count, _ in heard)
    assert all(len(set(names)) == count for count, names in heard)
    assert made.notes == {}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("at", ["Location", "id"])
def test_a_job_that_goes_on(tmp_path: Path, at: str, broken: bool) -> None:
    """What is only accepted names its job by an address or an id; nothing makes or lists jobs."""
    body = members(["rows"], rows={"type": "integer"})
    paths = {
        "/exports": {"post": operation("export", body, status="202")},
        "/tasks/{taskId}": {
            "parameters": [placed("taskId", TEXT)],
            "get": showing(operation("look"), done={"type": "boolean"}),
        },
    }
    jobs: set[str] = set()

    def service(asked: Asked) -> Answer | Full:
        if asked.path == "/exports":
            if lawful_body(asked, body) is None:
                return NO
            jobs.add(f"j{len(jobs)}")
            key = f"j{len(jobs) - 1}"
            if at == "id":
                return 202, OK | {"id": key}
            return 202, OK, {"location": f"/api/tasks/{key}"}
        if asked.path.rpartition("/")[2] not in jobs:
            return GONE
        return 200, {"done": "no" if broken else False}

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"look:200#/done:type": "violated"} if broken else {})
    assert rulings["look:served"].verdict == "upheld"
