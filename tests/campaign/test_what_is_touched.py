"""What real services do with things that a document does not tell; nothing of others goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .odd import operation
from .services import OK, TEXT, WHOLE, Answer, Asked, campaign_of, members
from .shelf import GONE, WRONG, Shelf, object_of, on_path, shelf_paths


@pytest.mark.parametrize("destructive", [False, True])
@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_whole_collection_is_not_changed(tmp_path: Path, method: str, destructive: bool) -> None:
    """A PATCH or PUT of all things is left out, and sent with --destructive."""
    asked_for: list[str] = []
    paths = {
        "/things": {
            "post": operation("make", members([], name=TEXT)),
            method: operation("change_all", members([], name=TEXT)),
        }
    }

    def service(asked: Asked) -> Answer:
        asked_for.append(asked.method)
        return (200, OK) if object_of(asked) is not None else WRONG

    run = campaign_of(tmp_path, paths, service, destructive=destructive)
    assert (method.upper() in asked_for) == destructive
    if not destructive:
        ruling = run.rulings()["change_all:served"]
        assert ruling.verdict == "unexercised"
        assert "everything that is there" in ruling.message


def test_a_create_that_answers_with_what_is_there(tmp_path: Path) -> None:
    """A thing that several replies name is taken back once; what may be somebody's is told."""
    there: dict[str, int] = {}
    numbers = iter(range(1000, 9000))
    by = on_path("id", WHOLE)
    paths = {
        "/tags": {"post": operation("make", members([], name=TEXT, note=TEXT))},
        "/tags/{id}": {
            "get": operation("read", parameters=by),
            "delete": operation("drop", parameters=by),
        },
    }

    def service(asked: Asked) -> Answer:
        if asked.method == "POST":
            body = object_of(asked)
            if body is None:
                return WRONG
            name = json.dumps(body.get("name"))
            if name not in there:
                there[name] = next(numbers)
            return 200, OK | {"id": there[name]}
        known = next((n for n, i in there.items() if f"/tags/{i}" == asked.path), None)
        if known is None:
            return WRONG
        if asked.method == "DELETE":
            del there[known]
        return 200, OK

    run = campaign_of(tmp_path, paths, service)
    created, left = run.sender.created, len(there)
    assert created.started - created.undone == len(created.left_over) == left
    assert all("it may have been there" in told for told in created.left_over)


def test_an_odd_value_elsewhere_in_a_path_takes_nothing_away(tmp_path: Path) -> None:
    """A thing that is not found within another one is still there, and is asked for again."""
    box, both = on_path("box_id", TEXT), [*on_path("box_id", TEXT), *on_path("item_id", TEXT)]
    body = members([], name=TEXT)
    paths = {
        "/boxes": {"post": operation("make", body)},
        "/boxes/{box_id}": {"get": operation("look", parameters=box)},
        "/boxes/{box_id}/items": {"post": operation("fill", body, parameters=box)},
        "/boxes/{box_id}/items/{item_id}": {"get": operation("read", parameters=both)},
        "/boxes/{box_id}/items/{item_id}/size": {"get": operation("measure", parameters=both)},
    }
    there: set[str] = set()

    def service(asked: Asked) -> Answer:
        if asked.method == "POST":
            around = asked.path.rpartition("/")[0]
            if (around and around not in there) or object_of(asked) is None:
                return GONE if around and around not in there else WRONG
            there.add(f"{asked.path}/n{len(there)}")
            return 200, OK | {"id": f"n{len(there) - 1}"}
        return (200, OK) if asked.path.removesuffix("/size") in there else GONE

    run = campaign_of(tmp_path, paths, service)
    for one in ("make", "look", "fill", "read", "measure"):
        assert run.rulings()[f"{one}:served"].verdict == "upheld"
    # What is read before it is taken back is another one, and no case of its own.
    accepted = [
        e for e in run.ledger.of("read") if e.outcome == "accepted" and e.case.kind != "supply"
    ]
    assert len({e.exchange.request.url for e in accepted}) == 1 < len(accepted)


@pytest.mark.parametrize("broken", [False, True])
def test_another_thing_is_made_as_the_first_one_was(tmp_path: Path, broken: bool) -> None:
    """A create that wants more than its document says gives things again, as it did once."""
    shelf = Shelf()
    paths = shelf_paths("thing_id")
    paths["/things"]["post"] = operation("make", members([], name=TEXT))

    def service(asked: Asked) -> Answer:
        answer = shelf(asked)
        if broken and asked.method == "DELETE" and answer[0] == 200 and len(shelf.things) == 0:
            shelf.things["t-0"] = {"id": "t-0", "name": "it comes back"}
        return answer

    run = campaign_of(tmp_path, paths, service)
    dropped = [entry for entry in run.ledger.of("drop") if entry.outcome == "accepted"]
    assert len({entry.exchange.request.path["thing_id"] for entry in dropped}) > 1
    assert set(shelf.things) <= {"t-0"}
    assert run.sender.created.left_over == []


@pytest.mark.parametrize("broken", [False, True])
def test_what_went_with_another_thing_is_made_again(tmp_path: Path, broken: bool) -> None:
    """A thing that is there no more is no reason for red; one that is read and cannot go is."""
    shelf = Shelf()
    paths = shelf_paths("thing_id")
    paths["/lids/{thing_id}"] = {"patch": operation("lift", parameters=on_path("thing_id", TEXT))}

    def service(asked: Asked) -> Answer:
        if asked.path.startswith("/lids/"):
            return (200, OK) if shelf.things.pop(asked.path[6:], None) else GONE
        if broken and asked.method == "DELETE":
            return GONE
        return shelf(asked)

    found = campaign_of(tmp_path, paths, service).rulings()["drop:served"].verdict
    assert found == ("strict" if broken else "upheld")
