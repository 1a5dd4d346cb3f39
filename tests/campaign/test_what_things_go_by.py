"""What real services call a thing, of which a document does not tell; twins break a promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .odd import operation
from .services import OK, TEXT, WHOLE, Answer, Asked, campaign_of, findings, lawful_body, members
from .shelf import GONE, WRONG, Shelf, object_of, on_path, shelf_paths


@pytest.mark.parametrize("name", ["thing_name", "thing"])
def test_what_was_made_goes_by_the_name_it_was_given(tmp_path: Path, name: str) -> None:
    """Where a reply says nothing of a thing, it is found, asked and undone by its sent name."""
    shelf = Shelf(lambda thing: OK, key="name")
    run = campaign_of(tmp_path, shelf_paths(name), shelf)
    verdicts = {one: run.rulings()[f"{one}:served"].verdict for one in ("make", "read", "drop")}
    assert verdicts == dict.fromkeys(verdicts, "upheld")
    assert shelf.things == {}
    created = run.sender.created
    assert created.started == created.undone > 0
    assert created.left_over == []


def test_a_number_that_a_client_gives_names_nothing(tmp_path: Path) -> None:
    """A thing of somebody else that has this number is not taken for the one just made."""
    theirs = {str(number): {"name": f"theirs {number}"} for number in range(-1000, 1000)}
    paths = shelf_paths("id")
    body = members(["name", "number"], name=TEXT, number=WHOLE)
    paths["/things"]["post"] = operation("make", body)

    def service(asked: Asked) -> Answer:
        if asked.path == "/things":
            return 200, OK
        if asked.path.rpartition("/")[2] not in theirs:
            return GONE
        if asked.method == "DELETE":
            del theirs[asked.path.rpartition("/")[2]]
        return 200, OK

    campaign_of(tmp_path, paths, service)
    assert len(theirs) == 2000


@pytest.mark.parametrize("broken", [False, True])
def test_what_was_made_goes_by_a_member_of_its_reply(tmp_path: Path, broken: bool) -> None:
    """Its own name for it is found by reading, and it is changed and taken back by that."""
    made: dict[str, dict[str, Any]] = {}
    paths = shelf_paths("thing")
    change = operation("change", members(["name"], name=TEXT), parameters=on_path("thing", TEXT))
    paths["/things/{thing}"]["put"] = change

    def service(asked: Asked) -> Answer:
        body, key = object_of(asked), asked.path.split("/")[-1]
        if asked.method in ("POST", "PUT") and not isinstance((body or {}).get("name"), str):
            return WRONG
        if asked.method == "POST":
            key = f"h-{len(made)}"
            made[key] = {"size": 3, "handle": key, "kind": "box", "ok": True}
            return 200, made[key]
        if key not in made or "gone" in made[key]:
            return GONE
        if asked.method == "DELETE":
            made[key]["gone"] = True
        return 200, {} if broken and asked.method == "PUT" else made[key]

    run = campaign_of(tmp_path, paths, service)
    for one in ("make", "read", "change", "drop"):
        assert run.rulings()[f"{one}:served"].verdict == "upheld"
    assert run.rulings()["change:200#/ok:required"].verdict == ("violated" if broken else "upheld")
    assert all("gone" in thing for thing in made.values())
    assert run.sender.created.left_over == []


@pytest.mark.parametrize("shown", ["all", "the owner"])
def test_what_only_looks_like_a_name_is_not_changed(tmp_path: Path, shown: str) -> None:
    """A thing of somebody else goes by a member of the reply: it is read, and never touched."""
    theirs = {"owner": "me", "ok": True, **({"size": 3} if shown == "all" else {})}
    changed: list[str] = []
    paths = shelf_paths("thing")
    change = operation("change", members(["name"], name=TEXT), parameters=on_path("thing", TEXT))
    paths["/things/{thing}"]["put"] = change

    def service(asked: Asked) -> Answer:
        if asked.path == "/things":
            return 200, {"owner": "me", "size": 3, "ok": True}
        if asked.path != "/things/me":
            return GONE
        if asked.method != "GET":
            changed.append(asked.method)
        return 200, theirs

    campaign_of(tmp_path, paths, service)
    assert changed == []


@pytest.mark.parametrize("key", ["id", "name"])
def test_one_path_has_another_name_for_a_thing(tmp_path: Path, key: str) -> None:
    """What reads and deletes go by is found out, though other paths take another name."""
    shelf = Shelf(key=key)
    by = on_path("thing_id", TEXT)
    paths = shelf_paths("thing_id")
    paths["/things/{thing_id}/size"] = {"get": operation("measure", parameters=by)}

    def service(asked: Asked) -> Answer:
        if not asked.path.endswith("/size"):
            return shelf(asked)
        wanted = asked.path.split("/")[2]
        return (200, OK) if any(t["id"] == wanted for t in shelf.things.values()) else GONE

    run = campaign_of(tmp_path, paths, service)
    for one in ("make", "read", "drop", "measure"):
        assert run.rulings()[f"{one}:served"].verdict == "upheld"
    assert shelf.things == {}
    assert run.sender.created.left_over == []


@pytest.mark.parametrize("broken", [False, True])
def test_what_takes_any_id_proves_none(tmp_path: Path, broken: bool) -> None:
    """That a careless operation takes a made-up id is no reason to want it of another one.

    Where one that tells ids apart has taken it, it is.
    """
    by = on_path("id", {**TEXT, "examples": ["known"]})
    paths = {
        "/things/{id}": {"get": operation("read", parameters=by)},
        "/things/{id}/notes": {"get": operation("notes", parameters=by)},
        "/things/{id}/size": {"get": operation("measure", parameters=by)},
    }

    def service(asked: Asked) -> Answer:
        if asked.path.endswith("/size"):
            return GONE
        known = broken and asked.path.split("/")[2] == "known"
        return (200, OK) if known or asked.path.endswith("/notes") else GONE

    found = findings(tmp_path, paths, service)
    assert found.get("measure:served") == ("strict" if broken else None)


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("name", ["id", "pk"])
def test_a_name_that_things_of_each_kind_have(tmp_path: Path, name: str, broken: bool) -> None:
    """That a number is somebody's label does not say that it is somebody's task."""
    paths: dict[str, Any] = {
        f"/{kind}s/{{{name}}}": {"get": operation(kind, parameters=on_path(name, WHOLE))}
        for kind in ("label", "task")
    }
    paths["/count"] = {"get": operation("count")}

    def service(asked: Asked) -> Answer:
        kind, _, number = asked.path[1:].partition("/")
        if kind == "count":
            return 200, OK
        if not number.lstrip("-").isdigit():
            return WRONG
        there = kind == "labels" and number == "7"
        return (200, {} if broken else OK) if there else GONE

    found = findings(tmp_path, paths, service)
    assert found == ({"label:200#/ok:required": "violated"} if broken else {})


@pytest.mark.parametrize("theirs", [None, 0])
def test_a_number_that_is_rarely_an_id(tmp_path: Path, theirs: int | None) -> None:
    """A crash on number 0 is found; what somebody else has under it is neither changed nor gone."""
    by = on_path("number", WHOLE)
    paths = {
        "/things": {"post": operation("make", members([], name=TEXT))},
        "/things/{number}": {
            "get": operation("read", parameters=by),
            "put": operation("change", members([], name=TEXT), parameters=by),
            "delete": operation("drop", parameters=by),
        },
    }
    changed: list[str] = []
    ours = set[str]()

    def service(asked: Asked) -> Answer:
        is_theirs = theirs is not None and asked.path == f"/things/{theirs}"
        if asked.method == "POST":
            ours.add(f"/things/{len(ours) + 5000}")
            return 200, OK | {"number": len(ours) + 4999}
        if asked.method == "GET":
            return (200, OK) if is_theirs or asked.path in ours else GONE
        if is_theirs:
            changed.append(asked.method)
        if asked.path not in ours:
            return (500, OK) if asked.path == "/things/0" else GONE
        if asked.method == "DELETE":
            ours.discard(asked.path)
        return (200, OK) if asked.method == "DELETE" or object_of(asked) is not None else WRONG

    found = findings(tmp_path, paths, service)
    assert changed == []
    assert ("change:status" in found) == (theirs is None)


@pytest.mark.parametrize("broken", [False, True])
def test_an_id_within_an_object_names_what_the_object_is_called(
    tmp_path: Path, broken: bool
) -> None:
    """`owner: {id}` gets an owner that is there; one that makes owners gets no owner's id."""
    owners: list[str] = []
    within = members([], owner=members(["id"], id=TEXT))
    paths = {
        "/owners": {"post": operation("add_owner", members(["owner"], **within["properties"]))},
        "/pets": {"post": operation("add_pet", members(["owner"], **within["properties"]))},
    }

    def service(asked: Asked) -> Answer:
        body = object_of(asked) or {}
        owner = body.get("owner")
        own = owner.get("id") if isinstance(owner, dict) else None
        if not isinstance(own, str):
            return WRONG
        if asked.path == "/owners":
            if own in owners:
                return 409, {"error": "there is one already"}
            owners.append(f"o-{len(owners)}")
            return 200, OK | {"id": owners[-1]}
        return (200, OK) if own in owners and not broken else WRONG

    run = campaign_of(tmp_path, paths, service)
    rulings = run.rulings()
    assert rulings["add_owner:served"].verdict == "upheld"
    assert (rulings["add_pet:served"].verdict == "upheld") == (not broken)
    sent = {entry.case.value["body"]["owner"]["id"] for entry in run.ledger.of("add_owner")[:1]}
    assert not sent & set(owners)


@pytest.mark.parametrize("broken", [False, True])
def test_a_route_that_takes_letters_and_digits_alone(tmp_path: Path, broken: bool) -> None:
    """A made-up name in a path keeps to letters and digits; what never answers is not upheld."""
    by = on_path("section_name", TEXT)
    paths = {
        "/sections/{section_name}": {
            "get": operation("read", parameters=by),
            "patch": operation("change", parameters=by),
        }
    }

    def service(asked: Asked) -> Answer:
        name = asked.path.rpartition("/")[2]
        return (200, OK) if name.isalnum() and name.isascii() and not broken else GONE

    run = campaign_of(
        tmp_path,
        {**paths, "/all": {"get": operation("list")}},
        lambda asked: (200, OK) if asked.path == "/all" else service(asked),
    )
    for one in ("read", "change"):
        assert (run.rulings()[f"{one}:served"].verdict == "upheld") == (not broken)


@pytest.mark.parametrize("said", ["user not found: ", "no"])
def test_what_an_item_of_a_list_names(tmp_path: Path, said: str) -> None:
    """A refusal of the list that says who is not there is about what an item names."""
    member = members(["login", "role"], login=TEXT, role={"enum": ["admin", "guest"]})
    body = members(["members"], members={"type": "array", "items": member})
    paths = {"/members": {"post": operation("add", body)}, "/all": {"get": operation("list")}}

    def service(asked: Asked) -> Answer:
        if asked.method == "GET":
            return 200, OK
        sent = lawful_body(asked, body)
        if sent is None:
            return WRONG
        return (400, {"error": said}) if sent["members"] else (200, OK)

    found = findings(tmp_path, paths, service)
    assert any(one.startswith("add:request#/members") for one in found) == (said == "no")


@pytest.mark.parametrize("missing", [True, False])
def test_a_token_in_a_header_that_only_a_server_gives_out(tmp_path: Path, missing: bool) -> None:
    """However its name is spelt: nobody has what the one that was made up stands for."""
    held = {"name": "Proof-Token", "in": "header", "required": True, "schema": TEXT}
    paths = {
        "/proofs": {"get": operation("proofs", parameters=[held])},
        "/all": {"get": operation("list")},
    }

    def service(asked: Asked) -> Answer:
        said = f"No proof found for {asked.headers.get('proof-token')}" if missing else "no"
        return (200, OK) if asked.path == "/all" else (404 if missing else 400, {"error": said})

    found = findings(tmp_path, paths, service)
    assert found == {}


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        ("Lid '{}' is not one that follows another", "inconclusive"),
        ("this is not what we do", "strict"),
        ("no; path: /lids/{}/sync", "strict"),
    ],
)
@pytest.mark.parametrize("name_of", ["lid-{}x", "lid_{}x", "myLid{}x"])
def test_what_a_thing_is_refused_for_by_its_name(
    tmp_path: Path, says: str, verdict: str, name_of: str
) -> None:
    """A refusal that names the thing may be about its state; one that repeats the path is not."""
    lids: dict[str, Any] = {}
    by = on_path("lid", TEXT)
    make = operation("make", members(["label"], label=TEXT), status="201")
    paths = {
        "/lids": {"post": make},
        "/lids/{lid}": {
            "get": operation("read", parameters=by), "delete": operation("drop", parameters=by)
        },
        "/lids/{lid}/sync": {"put": operation("sync", parameters=by)},
    }  # fmt: skip
    for node in (paths["/lids/{lid}"]["get"], paths["/lids/{lid}"]["delete"]):
        node["responses"]["404"] = {"description": "There is none."}

    def service(asked: Asked) -> Answer:
        name = asked.path.split("/")[2] if asked.path != "/lids" else ""
        if not name:
            if not isinstance((object_of(asked) or {}).get("label"), str):
                return WRONG
            lids[name_of.format(len(lids) + 100)] = OK
            return 201, OK | {"id": list(lids)[-1]}
        if name not in lids:
            return GONE
        if asked.path.endswith("/sync"):
            return 422, {"error": says.format(name)}
        return 200, lids.pop(name) if asked.method == "DELETE" else lids[name]

    rulings = campaign_of(tmp_path, paths, service).rulings()
    assert rulings["sync:served"].verdict == verdict
    assert rulings["read:served"].verdict == "upheld"


def test_what_is_read_by_another_name_is_not_gone(tmp_path: Path) -> None:
    """A thing that goes by its id elsewhere is not looked for where it goes by its name."""
    shelf, by = Shelf(key="name"), on_path("thing_id", TEXT)
    paths = shelf_paths("thing_id")
    paths["/things/{thing_id}/size"] = {"get": operation("measure", parameters=by)}
    paths["/things/{thing_id}/fix"] = {"post": operation("fix", parameters=by)}

    def service(asked: Asked) -> Answer:
        if not asked.path.endswith(("/size", "/fix")):
            return shelf(asked)
        there = any(thing["id"] == asked.path.split("/")[2] for thing in shelf.things.values())
        return (200, OK) if there and asked.method == "GET" else GONE

    run = campaign_of(tmp_path, paths, service)
    assert run.rulings()["measure:served"].verdict == "upheld"
    assert not any("is gone" in why for why in run.ledger.explained.values())
