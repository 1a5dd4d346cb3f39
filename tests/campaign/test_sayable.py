"""Names that the path of a DELETE cannot say: nothing is called so, where nothing takes it back."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import normpath
from urllib.parse import quote, unquote

import pytest

from .odd import operation
from .services import GONE, NO, OK, TEXT, Answer, Asked, campaign_of, lawful_body, members, placed

LABEL = members(["name"], name={**TEXT, "minLength": 1}, note=TEXT)
PIN = members(["name"], name={**TEXT, "minLength": 1, "example": "x/../theirs"})
# What a path may be read as: the rest of it, its segments, twice decoded, not beyond some
# characters, or without its dots.
WHOLE, SEGMENTS, TWICE, SHORT, DOTS = "whole", "segments", "twice", "short", "dots"
MOST = 300


class Shelf:
    """Things that go by the names that clients give them; `theirs` were there before."""

    def __init__(self, reads: str) -> None:
        self.names: dict[str, None] = {"theirs": None, "a/b": None, "100%": None}
        self.theirs = set(self.names)
        self.seen: set[str] = set()
        self.reads = reads

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        name = self._name(asked.path)
        if name is None:
            return 404, {"detail": "Not Found"}
        if asked.method == "POST":
            body = lawful_body(asked, LABEL)
            if body is None:
                return NO
            if body["name"] in self.names:
                return 409, {"error": "name is in use already"}
            self.names[body["name"]] = None
            self.seen.add(body["name"])
            return 201, OK
        if asked.method == "DELETE":
            there = name in self.names
            self.names.pop(name, None)
            return GONE if not there and self.reads != TWICE else (200, OK)
        if not name:
            return 200, [{"name": one} for one in self.names]
        return (200, {"name": name}) if name in self.names else GONE

    def _name(self, path: str) -> str | None:
        name = path.removeprefix("/labels").removeprefix("/")
        if self.reads == SEGMENTS:
            return None if "/" in name else name
        if self.reads == SHORT:
            return None if len(quote(name)) > MOST else name
        if self.reads == DOTS:
            return normpath(path).removeprefix("/labels").removeprefix("/")
        return unquote(name) if self.reads == TWICE else name


def _like(text: str) -> re.Pattern[str]:
    """A pattern of texts with other letters in place of the letters."""
    return re.compile("".join("[a-zA-Z]" if c.isalpha() else re.escape(c) for c in text))


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("reads", [WHOLE, SEGMENTS, TWICE, SHORT, DOTS])
def test_names_that_a_path_cannot_say(tmp_path: Path, reads: str, listed: bool) -> None:
    """Nothing is left, and nobody's thing goes; who reads paths rightly is sent odd names."""
    by = [placed("label", TEXT)]
    drop = operation("drop", parameters=by)
    drop["responses"]["404"] = {"description": "There is none."}
    one = {"delete": drop} | ({"get": operation("read", parameters=by)} if not listed else {})
    wanted = PIN if reads == DOTS else LABEL
    every = {"post": operation("make", wanted, status="201")}
    item = members(["name"], name=TEXT)
    listing = operation("list")
    listing["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": item}}
    }
    every |= {"get": listing} if listed else {}
    shelf = Shelf(reads)
    created = campaign_of(
        tmp_path, {"/labels": every, "/labels/{label}": one}, shelf
    ).sender.created
    assert shelf.theirs <= shelf.names.keys()
    # What has no name but one with dots for a segment is told.
    dotted = {PIN["properties"]["name"]["example"]} if reads == DOTS else set()
    assert shelf.names.keys() - shelf.theirs == dotted & shelf.seen
    assert len(created.left_over) == len(dotted)
    assert created.undone + len(dotted) == created.started > 1
    odd = {"slash": "a/b", "quote": '"quoted"', "long": "long text long text"}
    said = {what for what, text in odd.items() if any(map(_like(text).search, shelf.seen))}
    assert said == odd.keys() - {
        "slash" if reads == SEGMENTS else "",
        "long" if reads == SHORT else "",
    }
