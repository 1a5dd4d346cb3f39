"""Things that their DELETE does not find, since they go by another name now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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
    showing,
)

USER = members(["name"], name={**TEXT, "pattern": "^[a-z]{9,}$"}, note=TEXT)
CHANGE = members([], name=TEXT, note=TEXT)


class Users:
    """Users by their names, which a PATCH may change, or take; `shows` says whether it tells so.

    Somebody makes users, too, of names that begin with `their`.
    """

    def __init__(self, shows: bool = True, nulls: bool = False) -> None:
        self.users: list[dict[str, Any]] = [{"name": "theirs", "note": ""}]
        self.shows, self.nulls = shows, nulls
        self.renamed = 0

    def __call__(self, asked: Asked) -> Answer | Full:
        """Answer one request."""
        name = asked.path.removeprefix("/users").removeprefix("/")
        found = next((one for one in self.users if one["name"] == name), None)
        if asked.method == "POST":
            return self.made(lawful_body(asked, USER))
        if not name:
            return 200, self.users
        if found is None:
            return GONE
        if asked.method == "DELETE":
            self.users.remove(found)
            return 200, OK
        return self.changed(found, asked) if asked.method == "PATCH" else (200, found)

    def made(self, body: Any) -> Answer:
        """Make a user."""
        if body is None:
            return NO
        if any(one["name"] == body["name"] for one in self.users):
            return 409, {"error": "name is in use already"}
        self.users.append({"name": body["name"], "note": ""})
        return 201, {"name": body["name"]}

    def changed(self, user: dict[str, Any], asked: Asked) -> Answer:
        """Change a user: to a name that nobody has, or to none."""
        try:
            body = json.loads(asked.content)
        except ValueError:
            return NO
        if not isinstance(body, dict):
            return NO
        new = body.get("name", user["name"])
        if new != user["name"]:
            if not (isinstance(new, str) and new) and not (self.nulls and new is None):
                return NO
            if any(one["name"] == new for one in self.users if new is not None):
                return 409, {"error": "name is in use already"}
            self.renamed += 1
            if self.renamed % 2:
                self.users.append({"name": f"their{self.renamed}", "note": "note-1"})
            user["name"] = new
        return 200, {"name": new} if self.shows else OK


def _paths(listed: bool) -> dict[str, Any]:
    by = [placed("name", TEXT)]
    item = members(["name"], name={"type": ["string", "null"]}, note=TEXT)
    listing = operation("list")
    listing["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": item}}
    }
    made = showing(operation("make", USER, status="201"), name=TEXT)
    change = operation("change", CHANGE, parameters=by)
    return {
        "/users": {"post": made} | ({"get": listing} if listed else {}),
        "/users/{name}": {
            "get": operation("read", parameters=by),
            "patch": change,
            "delete": operation("drop", parameters=by),
        },
    }


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("shows", [True, False])
def test_what_a_change_has_renamed(tmp_path: Path, listed: bool, shows: bool) -> None:
    """It goes by its new name where the server tells that, and its list lacked it; else told."""
    users = Users(shows)
    created = campaign_of(tmp_path, _paths(listed), users).sender.created
    theirs = {one["name"] for one in users.users if one["name"].startswith("their")}
    left = {one["name"] for one in users.users} - theirs
    assert users.renamed > 0
    assert len(theirs) == 1 + (users.renamed + 1) // 2
    assert bool(left) is not (listed and shows)
    assert created.started == created.undone + len(created.left_over)
    assert {thing.url.rpartition("/")[2] for thing in created.to_undo} == left


def test_what_has_no_name_any_more(tmp_path: Path) -> None:
    """No path can name it: it is told, without a request that would take it back."""
    users = Users(nulls=True)
    created = campaign_of(tmp_path, _paths(True), users).sender.created
    nameless = [one for one in users.users if one["name"] is None]
    assert len(nameless) > 0
    assert all("it has no name since exchange" in one for one in created.left_over)
    assert len(created.left_over) == len(nameless) == created.started - created.undone
    assert created.to_undo == []


@pytest.mark.parametrize("checks", [True, False])
def test_a_name_that_is_not_to_be_had_twice(tmp_path: Path, checks: bool) -> None:
    """A change to a name that is too long is told, though no other thing can be called so, too."""
    named = members(["name"], name={**TEXT, "pattern": "^[a-z]+$", "minLength": 9, "maxLength": 30})
    loose = members(["name"], name={**TEXT, "pattern": "^[a-z]+$", "minLength": 9})
    names = ["theirsalone"]

    def service(asked: Asked) -> Answer:
        name = asked.path.removeprefix("/tags").removeprefix("/")
        if name and name not in names:
            return GONE
        if asked.method == "DELETE":
            names.remove(name)
            return 200, OK
        if asked.method in ("POST", "PUT"):
            body = lawful_body(asked, loose if asked.method == "PUT" and not checks else named)
            if body is None:
                return NO
            if body["name"] != name and body["name"] in names:
                return 409, {"error": "name is in use"}
            names[:] = [one for one in names if one != name] + [body["name"]]
            return 201 if asked.method == "POST" else 200, body
        return 200, {"name": name} if name else [{"name": one} for one in names]

    by = [placed("name", TEXT)]
    listing, shown = operation("list"), {"name": TEXT}
    listing["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": members(["name"], **shown)}}
    }
    made = showing(operation("make", named, status="201"), **shown)
    one = {
        "get": showing(operation("read", parameters=by), **shown),
        "put": showing(operation("change", named, parameters=by), **shown),
        "delete": operation("drop", parameters=by),
    }
    paths = {"/tags": {"post": made, "get": listing}, "/tags/{name}": one}
    campaign = campaign_of(tmp_path, paths, service)
    wanted = {} if checks else {"change:request#/name:maxLength": "lenient"}
    assert (hard(campaign.rulings()), names) == (wanted, ["theirsalone"])
