"""Creates whose replies name nothing: what was made is looked up in its list."""

from __future__ import annotations

from itertools import count
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
    campaign_of,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

TITLE = {"type": "string", "minLength": 1, "maxLength": 30}
NOTE = members(["title"], title=TITLE)
LOOSE = members(["title"], title={"type": "string", "minLength": 1})


def paths_of(by: str, status: str, listed: Any) -> dict[str, Any]:
    """Notes that are made, listed, read, changed and deleted; a create tells nothing."""
    make, all_ = operation("make", NOTE, status=status), operation("all")
    make["responses"][status].pop("content", None)
    all_["responses"]["200"]["content"] = {"application/json": {"schema": listed}}
    shown = {by: TEXT, "title": TEXT}
    one = {
        "parameters": [placed(by, TEXT)],
        "get": showing(operation("read"), **shown),
        "put": showing(operation("change", NOTE), **shown),
        "delete": operation("drop"),
    }
    return {"/notes": {"post": make, "get": all_}, f"/notes/{{{by}}}": one}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("by", "status", "wrapped", "newest_first"),
    [("id", 201, False, False), ("id", 204, True, False), ("token", 201, True, True)],
)
def test_what_only_a_list_names(
    tmp_path: Path, by: str, status: int, wrapped: bool, newest_first: bool, broken: bool
) -> None:
    """All that was made is judged and taken back by its name in the list; others' stay as is."""
    theirs = {by: "other", "title": "theirs"}
    notes: dict[str, dict[str, str]] = {"other": dict(theirs)}
    numbers = count(1)
    items = {"type": "array", "items": members([by, "title"], **{by: TEXT, "title": TEXT})}
    listed = members(["data"], data=items) if wrapped else items

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/notes").strip("/")
        if asked.method == "GET" and not key:
            shown = list(notes.values())[:: -1 if newest_first else 1]
            return 200, {"data": shown} if wrapped else shown
        if key and key not in notes:
            return GONE
        if asked.method in ("POST", "PUT"):
            body = lawful_body(asked, LOOSE if broken and key else NOTE)
            if body is None:
                return NO
            key, made = key or f"n{next(numbers)}", not key
            notes[key] = {by: key, "title": body["title"]}
            return (status, None) if made else (200, notes[key])
        if asked.method == "DELETE":
            del notes[key]
            return 200, OK
        return 200, notes[key]

    found, rulings = ruled(campaign_of(tmp_path, paths_of(by, str(status), listed), service))
    assert found == ({"change:request#/title:maxLength": "lenient"} if broken else {})
    served = ("make", "all", "read", "change", "drop")
    assert {rulings[f"{name}:served"].verdict for name in served} == {"upheld"}
    assert notes == {"other": theirs}


def test_what_no_list_tells_is_told_as_left(tmp_path: Path) -> None:
    """A list that shows other titles than were sent names nothing: nobody's note is touched."""
    notes = {"n0": "theirs"}
    numbers = count(1)
    items = {"type": "array", "items": members(["id", "title"], id=TEXT, title=TEXT)}

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/notes").strip("/")
        if asked.method == "GET" and not key:
            return 200, [{"id": name, "title": f"<{title}>"} for name, title in notes.items()]
        if not key:
            body = lawful_body(asked, NOTE)
            if body is None:
                return NO
            notes[f"n{next(numbers)}"] = body["title"]
            return 201, None
        if key not in notes:
            return GONE
        assert asked.method == "GET", "nothing is known to be ours"
        return 200, {"id": key, "title": notes[key]}

    campaign = campaign_of(tmp_path, paths_of("id", "201", items), service)
    assert hard(campaign.rulings()) == {}
    assert len(campaign.sender.created.left_over) == len(notes) - 1


def test_a_note_that_somebody_else_made_alike_is_left(tmp_path: Path) -> None:
    """Of two notes of one title that a list shows nobody can tell which one the run has made."""
    notes = {"n0": "theirs"}
    theirs = {"n0"}
    numbers = count(1)
    items = {"type": "array", "items": members(["id", "title"], id=TEXT, title=TEXT)}

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/notes").strip("/")
        if asked.method == "GET" and not key:
            return 200, [{"id": name, "title": title} for name, title in notes.items()]
        if not key:
            body = lawful_body(asked, NOTE)
            if body is None:
                return NO
            notes[f"n{next(numbers)}"] = body["title"]
            if len(theirs) < 4:
                theirs.add(f"n{next(numbers)}")
                notes[max(theirs, key=lambda name: int(name[1:]))] = body["title"]
            return 201, None
        if key not in notes:
            return GONE
        if asked.method == "PUT":
            assert key not in theirs, "somebody else's note is changed"
            body = lawful_body(asked, NOTE)
            if body is None:
                return NO
            notes[key] = body["title"]
        shown = {"id": key, "title": notes[key]}
        if asked.method == "DELETE":
            assert key not in theirs, "somebody else's note is deleted"
            del notes[key]
        return 200, shown

    campaign = campaign_of(tmp_path, paths_of("id", "201", items), service)
    assert hard(campaign.rulings()) == {}
    assert theirs <= notes.keys()
    assert len(campaign.sender.created.left_over) == len(notes) - len(theirs)
