"""A path that is served with another slash at its end than the document has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.slashes import FOLLOWED
from clausewise.errors import TargetError

from .odd import hard, operation
from .services import OK, TEXT, Asked, Full, campaign_of, lawful_body, members, placed, showing

BODY = members(["title"], title=TEXT)
THING = {"id": {"type": "integer"}, "title": TEXT}


def _paths(slash: str) -> dict[str, Any]:
    by = [placed("id", {"type": "integer"})]
    make, read = showing(operation("make", BODY, status="201"), **THING), operation("read")
    read = showing(operation("read", parameters=by), **THING)
    drop = operation("drop", parameters=by)
    for node in (read, drop):
        node["responses"]["404"] = {"description": "There is none."}
    return {
        f"/things{slash}": {"post": make},
        f"/things/{{id}}{slash}": {"get": read, "delete": drop},
    }


class Things:
    """Keeps things below `/things`, with a `slash` at the end of each path or without.

    What comes otherwise is led there by `status`, to `to` where that is said. `broken` things have
    a title that is none.
    """

    def __init__(self, slash: str, status: int = 307, to: str = "", broken: bool = False) -> None:
        self.slash = slash
        self.status = status
        self.to = to
        self.broken = broken
        self.things: dict[str, Any] = {}
        self.log: list[tuple[str, str]] = []

    def __call__(self, asked: Asked) -> Full:
        """Answer one request."""
        self.log.append((asked.method, asked.path))
        plain = asked.path.rstrip("/")
        if asked.path != plain + self.slash:
            mark = "?" if asked.query else ""
            return self.status, OK, {"location": f"{self.to}{plain}{self.slash}{mark}{asked.query}"}
        name = plain.rpartition("/")[2]
        if asked.method == "POST":
            body = lawful_body(asked, BODY)
            if body is None:
                return 400, {"error": "no"}, {}
            number = len(self.log)
            self.things[str(number)] = {"id": number, "title": 7 if self.broken else body["title"]}
            return 201, self.things[str(number)], {}
        if name not in self.things:
            return 404, {"error": "no"}, {}
        if asked.method == "DELETE":
            del self.things[name]
            return 200, OK, {}
        return 200, self.things[name], {}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize(("documented", "served"), [("", "/"), ("/", "")])
def test_a_slash_is_followed(
    tmp_path: Path, documented: str, served: str, status: int, broken: bool
) -> None:
    """All is judged where it is served, told once an operation, and taken back there."""
    things = Things(served, status, broken=broken)
    campaign = campaign_of(tmp_path, _paths(documented), things)
    rulings, created = campaign.rulings(), campaign.sender.created
    found = {"make:201#/title:type", "read:200#/title:type"} if broken else set()
    assert {name for name, one in rulings.items() if one.verdict == "violated"} == found
    assert hard(rulings).keys() == found
    assert {rulings[f"{name}:served"].verdict for name in ("make", "read", "drop")} == {"upheld"}
    assert created.started == created.undone > 0
    assert not things.things
    led = [note for note in campaign.ledger.notes if note.kind == FOLLOWED]
    assert {note.operation for note in led} == {"make", "read", "drop"}
    assert len(led) == 3


@pytest.mark.parametrize(
    ("status", "to"), [(301, ""), (302, ""), (307, "http://localhost:9"), (308, "/v2")]
)
def test_what_is_not_followed(tmp_path: Path, status: int, to: str) -> None:
    """A redirect that makes another request of it, or leads elsewhere, breaks `status`."""
    things = Things("/", status, to)
    paths = _paths("") | {"/ping/": {"get": operation("ping")}}

    def service(asked: Asked) -> Any:
        return (200, OK) if asked.path == "/ping/" else things(asked)

    campaign = campaign_of(tmp_path, paths, service)
    assert not [path for method, path in things.log if method == "POST" and path.endswith("/")]
    assert campaign.rulings()["make:served"].verdict == "inconclusive"
    assert campaign.rulings()["make:status"].verdict == "violated"


def test_what_leads_back_is_not_followed_for_ever(tmp_path: Path) -> None:
    """A path that leads to the other one, and that one back, is asked and given up."""
    asked_for: list[str] = []

    def service(asked: Asked) -> Any:
        asked_for.append(asked.path)
        if asked.path == "/ping":
            return 200, OK
        other = asked.path.rstrip("/") if asked.path.endswith("/") else f"{asked.path}/"
        return 307, OK, {"location": other}

    paths = {"/things": {"get": operation("list")}, "/ping": {"get": operation("ping")}}
    rulings = campaign_of(tmp_path, paths, service).rulings()
    assert rulings["list:served"].verdict == "inconclusive"
    assert 2 <= len([path for path in asked_for if path.startswith("/things")]) <= 6


@pytest.mark.parametrize("end", ["/", "", "/elsewhere"])
def test_the_only_operation_leads_to_itself(tmp_path: Path, end: str) -> None:
    """The address is right, so its redirect breaks `status`; one that leads elsewhere need not."""

    def service(asked: Asked) -> Any:
        return 308, OK, {"location": asked.path.rstrip("/") + end}

    paths = {"/things": {"post": operation("make", BODY)}}
    if end == "/elsewhere":
        with pytest.raises(TargetError, match="answered 308"):
            campaign_of(tmp_path, paths, service)
        return
    assert campaign_of(tmp_path, paths, service).rulings()["make:status"].verdict == "violated"
