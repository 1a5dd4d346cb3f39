"""What refusals teach: members that are demanded, values that are quoted, or like those there."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from .odd import operation
from .services import (
    GONE,
    NO,
    OK,
    TEXT,
    WHOLE,
    Answer,
    Asked,
    campaign_of,
    lawful_body,
    members,
    placed,
    showing,
)

ZONE = members([], name=TEXT, kind=TEXT, note=TEXT)


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    listing = operation("list")
    schema = {"type": "array", "items": item}
    listing["responses"]["200"]["content"] = {"application/json": {"schema": schema}}
    return listing


def _paths(single: str = "/zones/{zone}") -> dict[str, Any]:
    by = [placed("zone", TEXT)]
    one = {"get": operation("read", parameters=by), "delete": operation("drop", parameters=by)}
    for node in one.values():
        node["responses"]["404"] = {"description": "There is no such zone."}
    item = members([], name=TEXT, kind=TEXT)
    made = showing(operation("make", ZONE, status="201"), name=TEXT)
    made["responses"]["422"] = {"description": "It is not taken."}
    return {"/zones": {"get": _list_of(item), "post": made}, single: one}


class Zones:
    """Zones by a name that ends with a dot; their kind is one of two, or of those that are there.

    `says` is what is said of a kind that is none.
    """

    def __init__(self, says: str) -> None:
        self.zones: dict[str, dict[str, Any]] = {"theirs.": {"name": "theirs.", "kind": "Native"}}
        self.says = says
        self.log: list[tuple[str, str, int]] = []

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        answer = self._answer(asked)
        self.log.append((asked.method, asked.path, answer[0]))
        return answer

    def _answer(self, asked: Asked) -> Answer:
        name = asked.path.rpartition("/")[2]
        if asked.method == "POST":
            return self._make(lawful_body(asked, ZONE))
        if asked.path == "/zones":
            return 200, list(self.zones.values())
        if name not in self.zones:
            return GONE
        return 200, self.zones.pop(name) if asked.method == "DELETE" else self.zones[name]

    def _make(self, body: Any) -> Answer:
        if body is None:
            return 400, {"error": "no"}
        for member in ("name", "kind"):
            if member not in body:
                return 422, {"error": f"Key '{member}' not present or not a String"}
        if not body["name"].endswith("."):
            return 422, {"error": f"DNS Name '{body['name']}' is not canonical"}
        if body["kind"] not in ("Native", "Master"):
            return 422, {"error": self.says}
        if body["name"] in self.zones:
            return 409, {"error": "Conflict"}
        self.zones[body["name"]] = {"name": body["name"], "kind": body["kind"]}
        return 201, {"name": body["name"]}


@pytest.mark.parametrize("single", ["/zones/{zone}", "/zone/{zone}"])
@pytest.mark.parametrize("says", ["kind is unknown", "kind has to be 'Master'"])
def test_what_is_demanded_is_found_out(tmp_path: Path, says: str, single: str) -> None:
    """A name of the form that names there have, and a kind, make things; all are taken back.

    That the server wants what the document lets be left out is the finding.
    """
    zones = Zones(says)
    campaign = campaign_of(tmp_path, _paths(single), zones)
    rulings, created = campaign.rulings(), campaign.sender.created
    assert created.started == created.undone > 0
    assert list(zones.zones) == ["theirs."]
    for name in ("read", "drop"):
        assert rulings[f"{name}:served"].verdict == "upheld"
    strict = {name for name, one in rulings.items() if one.verdict == "strict"}
    assert {"make:request#/name:optional", "make:request#/kind:optional"} <= strict
    assert {name.partition(":")[0] for name in strict} == {"make"}


@pytest.mark.parametrize(
    ("name", "taken", "says"),
    [
        ("role", r"admin|editor|viewer", "role must be one of: admin, editor, viewer"),
        ("role", r"admin|editor|viewer", "Input should be 'admin', 'editor' or 'viewer' (role)"),
        ("role", r"admin|editor", "role: Invalid enum value. Expected 'admin' | 'editor'"),
        ("role", r"admin|editor", "role is not in the list of allowed values [admin, editor]"),
        ("role", r"[A-Z]{3}-[0-9]{4}", "role must match pattern ^[A-Z]{3}-[0-9]{4}$"),
        ("role", r".{25,90}", "role must have at least 25 characters"),
        ("score", r"[1-9][0-9]{3,}", "score must be greater than or equal to 1000"),
        ("score", r"[1-9][0-9]{3,}", "Number must be greater than 999, for score"),
        ("score", r"[1-9][0-9]{3,}", "1\u0663: score must be greater than 999"),
    ],
)
def test_what_a_refusal_tells_of_values(tmp_path: Path, name: str, taken: str, says: str) -> None:
    """One such value is enough to judge all else, and to name the member that it is of."""
    body = members(["role", "score"], role=TEXT, score=WHOLE, note=TEXT)

    def service(asked: Asked) -> Answer:
        known = lawful_body(asked, body)
        if known is None:
            return 422, {"error": "no"}
        right = re.fullmatch(taken, str(known[name]).removesuffix(".0"), re.DOTALL)
        return (200, OK) if right else (422, {"error": says})

    paths = {"/members": {"post": operation("add", body)}}
    campaign = campaign_of(tmp_path, paths, service)
    told = {r.clause.id: r.verdict for r in campaign.rulings().values() if r.verdict != "upheld"}
    assert told == {f"add:request#/{name}:type": "strict"}


def test_who_refuses_whatever_it_says_is_taught_in_vain(tmp_path: Path) -> None:
    """No value is offered twice, and the requests come to an end."""
    body = members(["role"], role=TEXT)
    roles: list[str] = []

    def service(asked: Asked) -> Answer:
        if asked.path == "/ping":
            return 200, OK
        known = lawful_body(asked, body)
        if known is not None:
            roles.append(known["role"])
        return 422, {"error": "role must be one of: a1, b2"}

    paths = {"/members": {"post": operation("add", body)}, "/ping": {"get": operation("ping")}}
    campaign = campaign_of(tmp_path, paths, service)
    taught = [one.case.id for one in campaign.ledger.entries if "taught" in one.case.id]
    assert len(taught) == 2
    assert roles.count("a1") == roles.count("b2") == 1


@pytest.mark.parametrize("has_body", [False, True])
def test_what_is_there_is_looked_at_for_a_body_alone(tmp_path: Path, has_body: bool) -> None:
    """A list is asked for what a create may want, unless the create sends nothing like it."""
    paths = {"/zones": _paths()["/zones"]}
    if not has_body:
        del paths["/zones"]["post"]["requestBody"]

    def service(asked: Asked) -> Answer:
        return (422, {"error": "no zone today"}) if asked.method == "POST" else (200, [])

    first, second, *_ = campaign_of(tmp_path, paths, service).ledger.entries
    assert first.case.operation == "make"
    assert (second.case.operation == "list") is has_body


def test_who_demands_nothing_is_taught_nothing(tmp_path: Path) -> None:
    """Where the least is accepted no request is made of a refusal, and nothing is found."""

    def service(asked: Asked) -> Answer:
        if asked.method == "POST":
            return (
                (400, {"error": "no"}) if lawful_body(asked, ZONE) is None else (201, {"name": "a"})
            )
        if asked.path == "/zones":
            return 200, []
        return (200, OK) if asked.path.endswith("/a") else GONE

    campaign = campaign_of(tmp_path, _paths(), service)
    assert not any("taught" in entry.case.id for entry in campaign.ledger.entries)
    found = {r.verdict for r in campaign.rulings().values() if not r.soft}
    assert not found & {"strict", "lenient", "violated"}


@pytest.mark.parametrize(
    "theirs", ["boss@example.org", "https://example.org/hook", "+49 30 123456"]
)
def test_what_leads_to_somebody_is_not_made_up_of_what_is_there(
    tmp_path: Path, theirs: str
) -> None:
    """An address or a number that is there stands in no request, though the refusal names it."""
    bodies: list[bytes] = []

    def service(asked: Asked) -> Answer:
        if asked.method != "POST":
            return (200, [{"name": theirs, "kind": "x"}]) if asked.path == "/zones" else GONE
        bodies.append(asked.content)
        return 422, {"error": "name is no address that we know"}

    campaign_of(tmp_path, _paths(), service)
    domain = theirs.rpartition("@")[2]
    assert bodies
    assert not any(domain.encode() in body or theirs.encode() in body for body in bodies)


@pytest.mark.parametrize("within", ["", "/servers/{server}"])
def test_what_a_refused_create_left_is_told(tmp_path: Path, within: str) -> None:
    """Who refuses a thing and keeps it all the same: it is listed with its DELETE."""
    zones = Zones("kind is unknown")

    def service(asked: Asked) -> Answer:
        if asked.path == "/servers":
            return 200, [{"id": "s1"}]
        if within and not asked.path.startswith("/servers/s1/"):
            return GONE
        asked = asked._replace(path=asked.path.removeprefix("/servers/s1"))
        body = lawful_body(asked, ZONE) if asked.method == "POST" else None
        answer = zones(asked)
        if body and "note" in body and answer[0] == 201:
            return 422, {"error": "a note is too much"}
        return answer

    paths = {within + path: node for path, node in _paths().items()}
    if within:
        for node in (one for path in paths.values() for one in path.values()):
            node.setdefault("parameters", []).append(placed("server", TEXT))
        servers = operation("servers")
        schema = {"type": "array", "items": members(["id"], id=TEXT)}
        servers["responses"]["200"]["content"] = {"application/json": {"schema": schema}}
        paths["/servers"] = {"get": servers}
    campaign = campaign_of(tmp_path, paths, service)
    left = set(zones.zones) - {"theirs."}
    assert left
    told = {thing.url.rpartition("/")[2] for thing in campaign.sender.created.to_undo}
    assert told == left


KEY = members([], use=TEXT, note=TEXT)


class Shops:
    """Shops with keys within them, which want a `use`; `unknown` is said where there is none."""

    def __init__(self, unknown: Answer) -> None:
        self.unknown = unknown
        self.shops: dict[str, set[str]] = {}
        self.numbers = count(1)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        shop, key = [*asked.path.split("/")[2::2], "", ""][:2]
        if asked.path == "/shops":
            name = f"s{next(self.numbers)}"
            self.shops[name] = set()
            return 201, {"id": name}
        keys = self.shops.get(shop)
        if keys is None:
            return GONE
        if asked.path.endswith("/keys"):
            return self._make(keys, lawful_body(asked, KEY))
        if asked.path.count("/") == 2:
            return (200, OK) if self.shops.pop(shop, None) is not None else GONE
        if key not in keys:
            return self.unknown
        if asked.method == "DELETE":
            keys.remove(key)
            return 200, OK
        return (200, OK) if lawful_body(asked, members([], use=TEXT)) is not None else NO

    def _make(self, keys: set[str], body: Any) -> Answer:
        if body is None:
            return NO
        if "use" not in body:
            return 422, {"error": "Key 'use' not present or not a String"}
        keys.add(name := f"k{next(self.numbers)}")
        return 201, {"id": name}


@pytest.mark.parametrize("unknown", [GONE, (500, {"error": "Internal Server Error"})])
def test_what_is_made_within_a_thing_is_taught_before_it_is_waited_for(
    tmp_path: Path, unknown: Answer
) -> None:
    """A key is made as the refusal says before others are asked about one, which they need."""
    by = [placed("shop", TEXT)]
    making = showing(operation("make", KEY, status="201", parameters=by), id=TEXT)
    within = [*by, placed("key", TEXT)]
    one = {"put": operation("change", KEY), "delete": operation("drop")}
    for node in one.values():
        node["responses"] |= {"404": {"description": "None."}, "500": {"description": "Broken."}}
    paths: dict[str, Any] = {
        "/shops": {"post": showing(operation("open", status="201"), id=TEXT)},
        "/shops/{shop}": {"delete": operation("close", parameters=by)},
        "/shops/{shop}/keys": {"post": making},
        "/shops/{shop}/keys/{key}": {"parameters": within, **one},
    }
    shops = Shops(unknown)
    rulings = campaign_of(tmp_path, paths, shops).rulings()
    lenient = {name for name, one in rulings.items() if one.verdict == "lenient"}
    assert lenient == {"change:request#/note:type"}
    assert rulings["change:served"].verdict == "upheld"
    assert not any(shops.shops.values())
