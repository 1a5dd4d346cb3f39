"""What one request does to a thing that others are about: one that crashes on, one that rests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .odd import operation
from .services import OK, Answer, Asked, campaign_of, lawful_body, members, placed

ID = placed("id", {"type": "integer"})
TEXT = {"type": "string", "minLength": 1, "maxLength": 20}
CHANGE = {
    "type": "object",
    "properties": {"title": {"type": ["string", "null"], "maxLength": 20}, "done": TEXT},
}


class Desk:
    """Keeps tickets as it is told, and crashes on whatever ticket has no title."""

    def __init__(self, stores: bool) -> None:
        self.tickets: dict[int, dict[str, Any]] = {}
        self.made = 0
        self.stores = stores

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request for `/tickets` or below."""
        if asked.path == "/tickets":
            body = lawful_body(asked, members(["title"], title=TEXT))
            if body is None:
                return 422, {}
            self.made += 1
            self.tickets[self.made] = {"id": self.made, "ok": True, **body}
            return 201, self.tickets[self.made]
        name = asked.path.rpartition("/")[2]
        number = int(name) if name.isdigit() else 0
        ticket = self.tickets.get(number)
        if ticket is None:
            return (404, {}) if name.lstrip("-").isdigit() else (422, {})
        if asked.method == "DELETE":
            return 200, self.tickets.pop(number)
        if asked.method == "PATCH":
            body = lawful_body(asked, CHANGE)
            if body is None:
                return 422, {}
            if self.stores or body.get("title", "") is not None:
                ticket.update(body)
            else:
                return 500, {}
        return (500, {}) if ticket["title"] is None else (200, ticket)


@pytest.mark.parametrize("stores", [True, False])
def test_what_crashes_for_what_was_stored_is_asked_about_no_more(
    tmp_path: Path, stores: bool
) -> None:
    """A crash is blamed on the request that stores what crashes, not on those that come after it.

    Everything that does not depend on it is judged, as where nothing had been stored.
    """
    paths = {
        "/tickets": {"post": operation("add", members(["title"], title=TEXT), "201")},
        "/tickets/{id}": {
            "parameters": [ID],
            "get": operation("show"),
            "patch": operation("change", CHANGE),
            "delete": operation("drop"),
        },
    }
    desk = Desk(stores)
    rulings = campaign_of(tmp_path, paths, desk).rulings()

    assert rulings["change:status"].verdict == "violated"
    assert "/title = null" in rulings["change:status"].message
    assert rulings["change:request#/done:maxLength"].verdict == "upheld"
    assert rulings["change:request#/title:maxLength"].verdict == "upheld"
    assert not desk.tickets


class Folders:
    """Folders and the notes in them; what has notes cannot be dropped."""

    def __init__(self, within: bool) -> None:
        self.folders: set[int] = set()
        self.notes: dict[int, int | None] = {}
        self.made = 0
        self.within = within  # else notes are in no folder

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request for `/folders` or `/notes`, or below."""
        _, kind, *rest = asked.path.split("/")
        things = self.folders if kind == "folders" else self.notes
        if not rest:
            needed = members(["folder_id"], folder_id={"type": "integer"})
            body = lawful_body(asked, members([]) if kind == "folders" else needed)
            if body is None:
                return 422, {}
            if kind == "notes" and body["folder_id"] not in self.folders:
                return 404, {}
            self.made += 1
            if kind == "folders":
                self.folders.add(self.made)
            else:
                self.notes[self.made] = body["folder_id"] if self.within else None
            return 201, {"id": self.made, **OK}
        number = int(rest[0]) if rest[0].isdigit() else 0
        if number not in things:
            return (404, {}) if rest[0].lstrip("-").isdigit() else (422, {})
        if asked.method == "GET":
            return 200, OK
        if kind == "notes":
            del self.notes[number]
        elif number in self.notes.values():
            return 409, {"error": "there are notes in it"}
        else:
            self.folders.discard(number)
        return 200, OK


@pytest.mark.parametrize("within", [True, False])
def test_what_others_were_made_with_is_dropped_after_them(tmp_path: Path, within: bool) -> None:
    """A DELETE gets a thing that nothing names which is still there: a refusal says nothing."""
    paths: dict[str, Any] = {
        f"/{kind}/{{id}}": {
            "parameters": [ID],
            "get": operation(f"show_{kind}"),
            "delete": operation(f"drop_{kind}"),
        }
        for kind in ("folders", "notes")
    }
    note = members(["folder_id"], folder_id={"type": "integer"})
    paths["/folders"] = {"post": operation("add_folders", members([]), "201")}
    paths["/notes"] = {"post": operation("add_notes", note, "201")}
    desk = Folders(within)
    rulings = campaign_of(tmp_path, paths, desk).rulings()

    assert rulings["drop_folders:served"].verdict == "upheld"
    assert rulings["drop_folders:200#/ok:required"].verdict == "upheld"
    assert not desk.folders
