"""Lists in replies: a create that answers with all there is, and things that only others show.

Each service has a twin that breaks one promise; what is somebody's stays as it is.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from .notes import CAUGHT, NOTE, Notes, paths, upheld
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
    findings,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

THEIRS = {"title": "theirs", "size": 1}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("status", [200, 201])
def test_a_create_answers_with_the_whole_list(
    tmp_path: Path, status: int, last: bool, broken: bool
) -> None:
    """What the list has more than before is what was made, at its end or at its beginning."""

    class Listing(Notes):
        def make(self, asked: Asked) -> Answer:
            code, said = super().make(asked)
            return (status, self.listed()) if code == 201 else (code, said)

        def listed(self) -> Any:
            shown = [self.shown(key) for key in self.notes]
            return shown if last else shown[::-1]

    told = paths(id=TEXT, title=TEXT)
    items = {"type": "array", "items": members(["id", "title"], id=TEXT, title=TEXT)}
    told["/notes"]["post"] = operation("make", NOTE, str(status))
    said = told["/notes"]["post"]["responses"][str(status)]
    said["content"] = {"application/json": {"schema": items}}
    notes = Listing(broken)
    notes.notes = {"t1": dict(THEIRS), "t2": dict(THEIRS)}
    found, rulings = ruled(campaign_of(tmp_path, told, notes))
    assert found == (CAUGHT if broken else {})
    assert upheld(rulings, "make", "read", "change", "drop")
    assert notes.notes == {"t1": THEIRS, "t2": THEIRS}


@pytest.mark.parametrize("broken", [False, True])
def test_a_create_answers_with_what_is_around(tmp_path: Path, broken: bool) -> None:
    """A line is made, and the cart with all lines comes back: its own name is no line's."""

    class Cart(Notes):
        def key_of(self, asked: Asked) -> str:
            return asked.path.removeprefix("/cart/notes").strip("/")

        def listed(self) -> Any:
            return {"id": "t1", "notes": [self.shown(key) for key in self.notes]}

        def make(self, asked: Asked) -> Answer:
            code, said = super().make(asked)
            return (code, self.listed()) if code == 201 else (code, said)

    told = {f"/cart{path}": node for path, node in paths(id=TEXT, title=TEXT).items()}
    lines = {"type": "array", "items": members(["id", "title"], id=TEXT, title=TEXT)}
    for method in ("get", "post"):
        showing(told["/cart/notes"][method], id=TEXT, notes=lines)
    cart = Cart(broken)
    cart.notes = {"t1": dict(THEIRS)}
    found, rulings = ruled(campaign_of(tmp_path, told, cart))
    assert found == (CAUGHT if broken else {})
    assert upheld(rulings, "make", "read", "change", "drop")
    assert cart.notes == {"t1": THEIRS}


def test_what_was_there_is_never_taken_for_what_was_made(tmp_path: Path) -> None:
    """Where nothing shows the list before, a reply with several items does not tell its own."""

    class Listing(Notes):
        def make(self, asked: Asked) -> Answer:
            code, said = super().make(asked)
            return (200, [self.shown(key) for key in self.notes]) if code == 201 else (code, said)

    told = paths(id=TEXT, title=TEXT)
    del told["/notes"]["get"]
    items = {"type": "array", "items": members(["id", "title"], id=TEXT, title=TEXT)}
    told["/notes"]["post"] = operation("make", NOTE)
    said = told["/notes"]["post"]["responses"]["200"]
    said["content"] = {"application/json": {"schema": items}}
    notes = Listing(broken=False)
    notes.notes = {key: {"title": "abc", "size": 0} for key in ("t1", "t2")}
    created = campaign_of(tmp_path, told, notes).sender.created
    assert notes.notes.keys() >= {"t1", "t2"}
    assert len(created.left_over) == created.started == len(notes.notes) - 2


@pytest.mark.parametrize("single", ["/notes/{id}", "/note/{id}"])
def test_what_changes_by_itself_is_not_taken_for_what_was_made(tmp_path: Path, single: str) -> None:
    """Of a list a thing is known by its name, where its path stands beside the list as well."""
    looks = count()

    class Listing(Notes):
        def key_of(self, asked: Asked) -> str:
            return asked.path.rpartition("/")[2] if asked.path != "/notes" else ""

        def make(self, asked: Asked) -> Answer:
            code, said = super().make(asked)
            return (201, self.listed()) if code == 201 else (code, said)

        def shown(self, key: str) -> dict[str, Any]:
            return {**super().shown(key), "seen": f"{next(looks)} times"}

    told = paths(id=TEXT, title=TEXT)
    told[single] = told.pop("/notes/{id}")
    body = members(["title"], title={"const": "abc"})
    told["/notes"]["post"] = operation("make", body, "201")
    items = {"type": "array", "items": members(["id", "title"], id=TEXT, title=TEXT)}
    said = told["/notes"]["post"]["responses"]["201"]
    said["content"] = {"application/json": {"schema": items}}
    notes = Listing(broken=False)
    notes.notes = {"t1": {"title": "abc", "size": 1}, "t2": {"title": "abc", "size": 1}}
    notes.schema = body
    campaign_of(tmp_path, told, notes)
    assert notes.notes.keys() == {"t1", "t2"}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("listed", [False, True])
def test_lines_that_only_their_orders_show(tmp_path: Path, listed: bool, broken: bool) -> None:
    """The lines in an order, whether a list or a read shows it, can be asked for one by one."""
    line = members(["line", "sku"], line=TEXT, sku=TEXT)
    order = {"id": TEXT, "lines": {"type": "array", "items": line}}
    whole = members(list(order), **order)
    told: dict[str, Any] = {
        "/orders/{orderId}": {
            "parameters": [placed("orderId", TEXT)],
            "get": showing(operation("read"), **order),
        },
        "/orders/{orderId}/lines/{line}": {
            "parameters": [placed("orderId", TEXT), placed("line", TEXT)],
            "get": showing(operation("look"), line=TEXT, sku=TEXT),
        },
    }
    shown = members(["id"], id=TEXT) if not listed else whole
    node = operation("list")
    node["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": shown}}
    }
    told["/orders"] = {"get": node}
    orders = {"o1": [], "o2": [{"line": "l1", "sku": "a"}, {"line": "l2", "sku": "b"}]}
    if not listed:
        orders["o1"] = [{"line": "l9", "sku": "c"}]

    def service(asked: Asked) -> Answer:
        steps = asked.path.strip("/").split("/")
        if len(steps) == 1:
            extra = {o: {"lines": lines} if listed else {} for o, lines in orders.items()}
            return 200, [{"id": o, **extra[o]} for o in orders]
        key = steps[1]
        if key not in orders:
            return GONE
        if len(steps) == 2:
            return 200, {"id": key, "lines": orders[key]}
        known = next((one for one in orders[key] if one["line"] == steps[3]), None)
        return GONE if known is None else (200, {**known, **({"sku": 5} if broken else {})})

    campaign = campaign_of(tmp_path, told, service)
    found, rulings = ruled(campaign)
    assert found == ({"look:200#/sku:type": "violated"} if broken else {})
    assert upheld(rulings, "list", "read", "look")


def test_a_line_of_an_order_that_is_there(tmp_path: Path) -> None:
    """What goes with its order is asked about no more: a line that is deleted is of another one."""
    line = members(["sku"], sku=TEXT)
    sent = members(["lines"], lines={"type": "array", "items": line, "minItems": 2, "maxItems": 2})
    shown = members(["line", "sku"], line=TEXT, sku=TEXT)
    order = {"id": TEXT, "lines": {"type": "array", "items": shown}}
    below = [placed("orderId", TEXT)]
    told: dict[str, Any] = {
        "/orders": {"post": showing(operation("make", sent, status="201"), **order)},
        "/orders/{orderId}": {
            "parameters": below,
            "get": showing(operation("read"), **order),
            "delete": operation("drop"),
        },
        "/orders/{orderId}/lines/{line}": {
            "parameters": [*below, placed("line", TEXT)],
            "get": showing(operation("look"), line=TEXT, sku=TEXT),
            "delete": operation("strike"),
        },
    }
    orders: dict[str, list[dict[str, Any]]] = {}
    numbers = count(1)
    known_to_be_gone: list[str] = []

    def service(asked: Asked) -> Answer:
        _, _, key, _, number = [*asked.path.split("/"), "", "", ""][:5]
        if not key:
            body = lawful_body(asked, sent)
            if body is None:
                return NO
            key = f"o{next(numbers)}"
            orders[key] = [{**one, "line": f"l{next(numbers)}"} for one in body["lines"]]
        if key not in orders:
            if number and key.startswith("o"):
                known_to_be_gone.append(asked.path)
            return GONE
        if asked.method == "DELETE" and not number:
            del orders[key]
            return 200, OK
        if not number:
            made = asked.method == "POST"
            return (201 if made else 200), {"id": key, "lines": orders[key]}
        known = next((one for one in orders[key] if one["line"] == number), None)
        if known is None:
            return GONE
        if asked.method == "DELETE":
            orders[key].remove(known)
            return 200, OK
        return 200, known

    found, rulings = ruled(campaign_of(tmp_path, told, service))
    assert found == {}
    assert upheld(rulings, "make", "read", "look", "strike", "drop")
    assert not orders
    assert not known_to_be_gone


@pytest.mark.parametrize(
    ("name", "bound"), [("per_page", {"maximum": 60}), ("page[limit]", {}), ("maxResults", {})]
)
def test_what_is_far_down_a_list(tmp_path: Path, name: str, bound: dict[str, int]) -> None:
    """An old thing that stands on no first page lacks a member: one long page shows it."""
    thing = members(["id", "title"], id=WHOLE, title=TEXT)
    node = operation("list_things")
    said = {"application/json": {"schema": {"type": "array", "items": thing}}}
    node["responses"]["200"]["content"] = said
    node["parameters"] = [
        {"name": name, "in": "query", "schema": {**WHOLE, "minimum": 1, **bound}},
        {"name": "page", "in": "query", "schema": {**WHOLE, "minimum": 0, "maximum": 9}},
        {"name": "title", "in": "query", "schema": TEXT},
    ]
    things: list[dict[str, Any]] = [{"id": n, "title": f"Thing {n}"} for n in range(60)]
    del things[45]["title"]

    def service(asked: Asked) -> Answer:
        query = dict(parse_qsl(asked.query, keep_blank_values=True))
        size, page = query.get(name, "10"), query.get("page", "0")
        if not size.isdigit() or not page.isdigit() or not 0 < int(size) <= 100 or int(page) > 9:
            return NO
        if bound and int(size) > bound["maximum"]:
            return NO
        at = int(size) * int(page)
        shown = [t for t in things if query.get("title", "") in t.get("title", "")]
        return 200, shown[at : at + int(size)]

    found = findings(tmp_path, {"/things": {"get": node}}, service)
    assert found == {"list_things:200#/*/title:required": "violated"}
