"""What is there still after its DELETE was answered well: counted as left, and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .odd import OBJECT, operation
from .services import (
    GONE,
    OK,
    TEXT,
    Answer,
    Asked,
    campaign_of,
    lawful_body,
    members,
    placed,
    showing,
)

ZONE = members(["name"], name={**TEXT, "pattern": "^[a-z]+$"})
HINT = members(["text"], text=TEXT)


class Zones:
    """Keeps each zone under its name and a final dot; its DELETE answers 200 to any name.

    It `finds` a zone by any spelling, by nothing but its own name, or none at all.
    """

    def __init__(self, finds: str) -> None:
        self.zones: list[str] = ["theirs."]
        self.finds = finds
        self.log: list[tuple[str, str]] = []

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        self.log.append((asked.method, asked.path))
        name = asked.path.removeprefix("/zones").removeprefix("/")
        whole = name if self.finds == "own" or name.endswith(".") else f"{name}."
        if asked.method == "POST":
            body = lawful_body(asked, ZONE)
            if body is None:
                return 400, {"error": "no"}
            if f"{body['name']}." in self.zones:
                return 409, {"error": "there is one"}
            self.zones.append(f"{body['name']}.")
            return 201, body
        if asked.method == "DELETE":
            if self.finds != "none" and whole in self.zones:
                self.zones.remove(whole)
            return 200, OK
        if not name:
            shown = [{"name": one} for one in self.zones]
            return 200, shown
        there = name in self.zones or (self.finds != "own" and whole in self.zones)
        return (200, OK) if there else GONE


def _paths(listed: bool, shown: bool) -> dict[str, Any]:
    by = [placed("zone", TEXT)]
    one = {"delete": operation("drop", parameters=by)}
    one |= {"get": operation("read", parameters=by)} if shown else {}
    for node in one.values():
        node["responses"]["404"] = {"description": "There is no such zone."}
    every = {"post": showing(operation("make", ZONE, status="201"), name=TEXT)}
    item = {"type": "object", "properties": {"name": TEXT}}
    listing = operation("list")
    listing["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": item}}
    }
    every |= {"get": listing} if listed else {}
    return {"/zones": every, "/zones/{zone}": one}


@pytest.mark.parametrize(
    ("finds", "listed", "shown"),
    [
        ("any", True, True),
        ("any", True, False),
        ("any", False, True),
        ("own", True, True),
        ("own", True, False),
        ("none", True, True),
        ("none", False, True),
    ],
)
def test_what_is_there_after_its_delete(
    tmp_path: Path, finds: str, listed: bool, shown: bool
) -> None:
    """A list shows each, under a name spelt otherwise too; else its GET does, name by name."""
    zones = Zones(finds)
    created = campaign_of(tmp_path, _paths(listed, shown), zones).sender.created
    left = zones.zones[1:]
    assert bool(left) is (finds != "any")
    assert created.started == created.undone + len(created.left_over)
    assert len(created.left_over) == len(left)
    names = {thing.url.rpartition("/")[2].removesuffix(".") for thing in created.to_undo}
    assert names == {one.removesuffix(".") for one in left}
    where = "GET /zones" if listed else "GET /zones/{zone}"
    said = f"(POST /zones) made it, and {where} shows it after its DELETE"
    assert all(one.endswith(said) for one in created.left_over)
    if listed and finds == "any":
        # Of each kind one look.
        assert [path for method, path in zones.log[-1:] if method == "GET"] == ["/zones"]
        assert zones.log[-2][0] == "DELETE"


def test_one_look_tells_what_lingers_and_what_came_about(tmp_path: Path) -> None:
    """A list is asked once when all is over, for what was taken back and for what else is new."""
    zones = Zones("any")

    def service(asked: Asked) -> Answer:
        if asked.path != "/hints":
            return zones(asked)
        zones.log.append((asked.method, asked.path))
        text = (lawful_body(asked, HINT) or {}).get("text")
        if text is None:
            return 400, {"error": "no"}
        if "brought." not in zones.zones:
            zones.zones.append("brought.")  # which no document says
        return 200, OK | {"with": ["brought."]}

    paths = _paths(True, True) | {"/hints": {"post": operation("hint", HINT)}}
    created = campaign_of(tmp_path, paths, service).sender.created
    (left,) = created.left_over
    assert "came about, says GET /zones" in left
    assert [method for method, _ in zones.log[-2:]] == ["DELETE", "GET"]


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    ("mark", "gone"),
    [
        ({"deleted": True}, True),
        ({"deletedAt": "2026-10-03T08:12:03Z"}, True),
        ({"status": "ARCHIVED"}, True),
        ({"deleted": False}, False),
        ({"archived_at": None, "status": "active"}, False),
    ],
)
def test_a_thing_that_says_that_it_was_deleted(
    tmp_path: Path, mark: dict[str, Any], gone: bool, listed: bool
) -> None:
    """What a service keeps as deleted is not left behind; what it shows as before is."""
    zones: dict[str, dict[str, Any]] = {}

    def service(asked: Asked) -> Answer:
        name = asked.path.removeprefix("/zones").removeprefix("/")
        if asked.method == "POST":
            body = lawful_body(asked, ZONE)
            if body is None:
                return 400, {"error": "no"}
            zones[body["name"]] = {"name": body["name"]}
            return 201, body
        if not name:
            return 200, list(zones.values())
        if name not in zones:
            return GONE
        if asked.method == "DELETE":
            zones[name] |= mark
        return 200, zones[name]

    created = campaign_of(tmp_path, _paths(listed, True), service).sender.created
    assert created.undone + len(created.left_over) == created.started > 0
    assert (created.left_over == []) is gone


@pytest.mark.parametrize("listed", [True, False])
def test_who_answers_the_same_whatever_is_asked(tmp_path: Path, listed: bool) -> None:
    """A mock that shows one thing for ever leaves nothing behind; what its list had is not made."""

    def service(asked: Asked) -> Answer:
        one = {"name": "a"}
        if asked.method == "POST":
            return (400, {"error": "no"}) if lawful_body(asked, ZONE) is None else (201, one)
        return 200, [one] if asked.path == "/zones" else one

    created = campaign_of(tmp_path, _paths(listed, True), service).sender.created
    assert (created.started > 0) is not listed
    assert created.left_over == []


@pytest.mark.parametrize("broken", [False, True])
def test_what_several_names_tell_together(tmp_path: Path, broken: bool) -> None:
    """A thing of two names is looked for by both, in the list of all of them."""
    pair = members(["ip", "host"], ip=TEXT, host=TEXT)
    item = {**OBJECT, "properties": pair["properties"]}
    by = [placed("ip", TEXT), placed("host", TEXT)]
    listing = operation("list")
    listing["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": item}}
    }
    paths = {
        "/primaries": {"get": listing, "post": operation("make", pair, status="201")},
        "/primaries/{ip}/{host}": {"delete": operation("drop", parameters=by)},
    }
    kept = [{"ip": "1.1.1.1", "host": "theirs"}]

    def service(asked: Asked) -> Answer:
        if asked.method == "GET":
            return 200, kept
        if asked.method == "DELETE":
            ip, _, host = asked.path.removeprefix("/primaries/").partition("/")
            if not broken:
                kept[:] = [one for one in kept if one != {"ip": ip, "host": host}]
            return 200, OK
        body = lawful_body(asked, pair)
        if body is None or not all(value.isalnum() for value in body.values()):
            return 400, {"error": "no"}
        new = {name: body[name] for name in ("ip", "host")}
        if new in kept:
            return 409, {"error": "there is one"}
        kept.append(new)
        return 201, OK

    created = campaign_of(tmp_path, paths, service).sender.created
    assert created.started == created.undone + len(created.left_over) > 0
    assert len(created.left_over) == len(kept) - 1
    assert (len(kept) > 1) is broken
    assert {tuple(thing.url.split("/")[-2:]) for thing in created.to_undo} == {
        (one["ip"], one["host"]) for one in kept[1:]
    }


@pytest.mark.parametrize("shown", ["list", "read", "nothing"])
def test_a_name_that_the_server_changes(tmp_path: Path, shown: str) -> None:
    """It is never counted as undone: its list has it in small letters, or nothing shows it."""
    named = members(["name"], name={**TEXT, "pattern": "^[A-Z]{9,}$"})
    zones = ["theirs"]

    def service(asked: Asked) -> Answer:
        name = asked.path.removeprefix("/zones").removeprefix("/")
        if asked.method == "POST":
            body = lawful_body(asked, named)
            if body is None:
                return 400, {"error": "no"}
            if body["name"].lower() in zones:
                return 409, {"error": "there is one"}
            zones.append(body["name"].lower())
            zones.append(f"their{len(zones)}")  # somebody else makes some, too
            return 201, OK
        if not name:
            return 200, [{"name": one} for one in zones]
        if name not in zones:
            return GONE
        if asked.method == "DELETE":
            zones.remove(name)
        return 200, {"name": name}

    paths = _paths(shown == "list", shown == "read")
    paths["/zones"]["post"] = operation("make", named, status="201")
    paths["/zones/{name}"] = paths.pop("/zones/{zone}")
    for node in paths["/zones/{name}"].values():
        node["parameters"] = [placed("name", TEXT)]
    created = campaign_of(tmp_path, paths, service).sender.created
    left = [one for one in zones if not one.startswith("their")]
    made = sum(one.startswith("their") for one in zones) - 1
    assert created.started == made > 1
    assert created.undone == created.started - len(created.left_over)
    assert len(created.left_over) == len(left) > 0
    assert (created.undone > 0) is (shown == "list")  # what nobody else has drawn
    assert {thing.url.rpartition("/")[2] for thing in created.to_undo} <= set(left)
