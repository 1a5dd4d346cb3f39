"""Things that several path parameters name together: they are made, read, changed, taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from .odd import operation
from .services import (
    NO,
    TEXT,
    Answer,
    Asked,
    Full,
    campaign_of,
    findings,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

GONE: Answer = (404, {"error": "nothing is there"})
LABEL = {"type": "string", "minLength": 1, "maxLength": 20}
WORD = {"type": "string", "pattern": "^[a-z][a-z0-9-]{2,19}$"}
CHANGE = members(["label"], label=LABEL)

# What a kind says of a thing when it is made, and with which headers.
Says = Callable[[dict[str, Any]], tuple[Any, dict[str, str]]]


class Kept:
    """Things below `/repos` by the parts of their names; `others` are somebody's."""

    def __init__(
        self, parts: tuple[str, ...], says: Says, sent: bool, between: str, broken: bool
    ) -> None:
        """`sent` says that clients give the outer parts; else the service does."""
        self.between = between
        self.parts, self.says, self.sent, self.broken = parts, says, sent, broken
        self.others = {tuple(f"of-{part}" for part in parts): {"label": "of others"}}
        self.things: dict[tuple[str, ...], dict[str, Any]] = dict(self.others)
        self.numbers = count(1)
        body: dict[str, Any] = dict.fromkeys(parts, WORD) if sent else {parts[-1]: WORD}
        self.kinds = {"ext": {"enum": ["csv", "txt"]}} if "ext" in parts else {}
        body |= self.kinds
        self.body = members(["label", *body], label=LABEL, **body)

    @property
    def paths(self) -> dict[str, Any]:
        """The operations: one makes things, a list shows them, three are about one of them."""
        shown = dict.fromkeys(self.parts, TEXT) | {"label": LABEL}
        one: dict[str, Any] = {
            "parameters": [placed(part, self.kinds.get(part, TEXT)) for part in self.parts],
            "get": showing(operation("read"), **shown),
            "patch": showing(operation("change", CHANGE), **shown),
            "delete": operation("drop"),
        }
        for method in ("get", "patch", "delete"):
            one[method]["responses"]["404"] = {"description": "Nothing is there."}
        at = "/repos/" + self.between.join(f"{{{part}}}" for part in self.parts)
        make = operation("make", self.body, status="201")
        make["responses"]["201"] = {"description": "Made."}
        return {"/repos": {"post": make}, at: one}

    def __call__(self, asked: Asked) -> Answer | Full:
        """Answer one request."""
        if asked.path == "/repos":
            body = lawful_body(asked, self.body)
            if body is None:
                return NO
            outer = {part: f"org-{next(self.numbers)}" for part in self.parts[:-1]}
            thing = outer | {name: body[name] for name in self.body["properties"]}
            key = tuple(thing[part] for part in self.parts)
            if key in self.things:
                return 409, {"error": "it is there already"}
            self.things[key] = {"label": body["label"]}
            said, headers = self.says(thing)
            return 201, said, headers
        key = tuple(asked.path.removeprefix("/repos/").split(self.between))
        if key not in self.things:
            return GONE
        if asked.method == "DELETE":
            del self.things[key]
            return 200, {"ok": True}
        if asked.method == "PATCH":
            body = lawful_body(asked, CHANGE)
            if body is None:
                return NO
            self.things[key] = {"label": body["label"]}
        shown = dict(zip(self.parts, key, strict=True)) | self.things[key]
        if self.broken and asked.method == "GET":
            del shown["label"]
        return 200, shown


def _plainly(thing: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    return thing, {}


def _wrapped(thing: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    # An id of its own that no path takes.
    return {"data": {"id": 4711, **thing}}, {}


def _by_location(thing: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    names = [value for name, value in thing.items() if name != "label"]
    return {"ok": True}, {"location": f"/repos/{'/'.join(names)}"}


def _silently(_: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    return {"ok": True}, {}


KINDS = {
    "what the reply says": (("owner", "name"), _plainly, False, "/"),
    "three parts, in an envelope": (("namespace", "package", "version"), _wrapped, False, "/"),
    "where Location leads": (("owner", "name"), _by_location, False, "/"),
    "what the client sent": (("region", "bucket_name"), _silently, True, "/"),
    "two in one segment": (("base", "quote"), _plainly, True, ".."),
    "one of a few in one segment": (("stem", "ext"), _plainly, True, "."),
    "one of a few behind a slash": (("stem", "ext"), _plainly, True, "/"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_of_several_names(tmp_path: Path, kind: str) -> None:
    """What was made is read, changed and deleted by all of its names; nothing else is touched."""
    kept = Kept(*KINDS[kind], broken=False)
    found, rulings = ruled(campaign_of(tmp_path, kept.paths, kept))
    assert found == {}
    served = {one: rulings[f"{one}:served"].verdict for one in ("make", "read", "change", "drop")}
    assert set(served.values()) == {"upheld"}
    assert rulings["change:request#/label:maxLength"].verdict == "upheld"
    assert kept.things == kept.others


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_reply_of_such_a_thing(tmp_path: Path, kind: str) -> None:
    """A member that a read leaves out is seen, since there is something to read."""
    kept = Kept(*KINDS[kind], broken=True)
    found = findings(tmp_path, kept.paths, kept)
    assert found == {"read:200#/label:required": "violated"}


def test_a_list_of_such_things(tmp_path: Path) -> None:
    """What a list shows is read by the names that its items have."""
    books = {("fiction", "7"): "Ulysses", ("science", "9"): "Cosmos"}
    shown = {"shelf": TEXT, "number": TEXT, "title": TEXT}
    items = {"type": "array", "items": members(list(shown), **shown)}
    every = operation("every")
    every["responses"]["200"]["content"]["application/json"]["schema"] = items
    one = showing(operation("one"), **shown)
    one["responses"]["404"] = {"description": "No such book."}
    place = [placed("shelf", TEXT), placed("number", TEXT)]

    def service(asked: Asked) -> Answer:
        told = [
            {"shelf": shelf, "number": number, "title": title}
            for (shelf, number), title in books.items()
        ]
        if asked.path == "/books":
            return 200, told
        key = tuple(asked.path.split("/")[2:])
        known = [book for book in told if (book["shelf"], book["number"]) == key]
        return (200, known[0]) if known else GONE

    paths = {"/books": {"get": every}, "/books/{shelf}/{number}": {"parameters": place, "get": one}}
    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert (found, rulings["one:served"].verdict) == ({}, "upheld")


def test_what_is_called_otherwise_names_nothing(tmp_path: Path) -> None:
    """A reply without a member of just that name gives no thing: none that looks alike is sent."""
    asked_for: list[str] = []
    make = operation("make", members(["label"], label=LABEL), status="201")
    make["responses"]["201"] = {"description": "Made."}
    read = showing(operation("read"), label=LABEL)
    read["responses"]["404"] = {"description": "Nothing is there."}
    place = [placed("tenant", TEXT), placed("name", TEXT)]

    def service(asked: Asked) -> Answer:
        if asked.path == "/jobs":
            body = lawful_body(asked, members(["label"], label=LABEL))
            return (201, {"id": 12, "name": "n-12", "owner": "o-3"}) if body else NO
        asked_for.append(json.dumps(asked.path))
        return GONE

    paths = {"/jobs": {"post": make}, "/jobs/{tenant}/{name}": {"parameters": place, "get": read}}
    campaign = campaign_of(tmp_path, paths, service)
    hard = {n for n, r in campaign.rulings().items() if r.verdict == "violated" and not r.soft}
    assert hard == set()
    assert not [path for path in asked_for if "o-3" in path or "12/" in path]
