"""Habits of real services that a stranger's document does not tell of; twins break a promise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from .odd import operation
from .services import OK, TEXT, Answer, Asked, campaign_of, findings, lawful_body, members

NUMBER = {"type": "integer"}
GONE = 404, {"error": "not there"}
WRONG = 400, {"error": "no"}


def _by(name: str, schema: Any) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": schema}]


def _read(asked: Asked) -> Any:
    """The JSON object of a request, or None."""
    try:
        body = json.loads(asked.content) if asked.content else None
    except ValueError:
        return None
    typed = asked.headers.get("content-type", "").partition(";")[0].endswith("json")
    return body if typed and isinstance(body, dict) else None


class Shelf:
    """Things by id, as a service; `id_of` says what a thing goes by on its path."""

    def __init__(self, reply: Callable[[dict[str, Any]], Any] = dict, key: str = "id") -> None:
        self.things: dict[str, dict[str, Any]] = {}
        self._reply, self._key = reply, key
        self._made = 0

    def __call__(self, asked: Asked) -> Answer:
        """Make, read, change and delete things."""
        body, steps = _read(asked), asked.path.split("/", 2)[1:]
        if len(steps) == 1:
            if asked.method != "POST":
                return 200, list(self.things.values())
            if body is None or not isinstance(body.get("name"), str) or not body["name"]:
                return WRONG
            if any(thing["name"] == body["name"] for thing in self.things.values()):
                return 409, {"error": "this name is taken"}
            self._made += 1
            thing = {"id": f"t-{self._made}", "ok": True, **body}
            self.things[str(thing[self._key])] = thing
            return 200, self._reply(thing)
        if steps[1] not in self.things:
            return GONE
        if asked.method == "DELETE":
            del self.things[steps[1]]
        return 200, OK


def _shelf_paths(name: str = "thing_name") -> dict[str, Any]:
    by = _by(name, TEXT)
    return {
        "/things": {"post": operation("make", members(["name"], name=TEXT))},
        f"/things/{{{name}}}": {
            "get": operation("read", parameters=by),
            "delete": operation("drop", parameters=by),
        },
    }


@pytest.mark.parametrize("name", ["thing_name", "thing"])
def test_what_was_made_goes_by_the_name_it_was_given(tmp_path: Path, name: str) -> None:
    """Where a reply says nothing of a thing, it is found, asked and undone by its sent name."""
    shelf = Shelf(lambda thing: OK, key="name")
    run = campaign_of(tmp_path, _shelf_paths(name), shelf)
    verdicts = {one: run.rulings()[f"{one}:served"].verdict for one in ("make", "read", "drop")}
    assert verdicts == dict.fromkeys(verdicts, "upheld")
    assert shelf.things == {}
    created = run.sender.created
    assert created.started == created.undone > 0
    assert created.left_over == []


def test_a_number_that_a_client_gives_names_nothing(tmp_path: Path) -> None:
    """A thing of somebody else that has this number is not taken for the one just made."""
    theirs = {str(number): {"name": f"theirs {number}"} for number in range(-1000, 1000)}
    paths = _shelf_paths("id")
    body = members(["name", "number"], name=TEXT, number=NUMBER)
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
    paths = _shelf_paths("thing")
    change = operation("change", members(["name"], name=TEXT), parameters=_by("thing", TEXT))
    paths["/things/{thing}"]["put"] = change

    def service(asked: Asked) -> Answer:
        body, key = _read(asked), asked.path.split("/")[-1]
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
    paths = _shelf_paths("thing")
    change = operation("change", members(["name"], name=TEXT), parameters=_by("thing", TEXT))
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
    by = _by("thing_id", TEXT)
    paths = _shelf_paths("thing_id")
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
    by = _by("id", {**TEXT, "examples": ["known"]})
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
def test_a_condition_that_does_not_hold(tmp_path: Path, broken: bool) -> None:
    """A 412 is about the state of things; a 400 for the same header is strict."""
    header = {"name": "If-Match", "in": "header", "schema": TEXT}
    read = operation("read", parameters=[header])
    read["responses"]["412"] = {"description": "It was changed."}

    def service(asked: Asked) -> Answer:
        if "if-match" in asked.headers:
            return (400 if broken else 412), {"error": "no"}
        return 200, OK

    found = findings(tmp_path, {"/thing": {"get": read}}, service)
    assert found == ({"read:served": "strict"} if broken else {})


@pytest.mark.parametrize("name", ["id", "size"])
def test_a_body_that_has_another_id_than_its_path(tmp_path: Path, name: str) -> None:
    """It may be refused, since it names another thing; any other number may not."""
    paths: dict[str, Any] = {
        "/things": {"post": operation("make", members([], note=TEXT))},
        "/things/{id}": {
            "get": operation("read", parameters=_by("id", NUMBER)),
            "put": operation("change", members([], **{name: NUMBER}), parameters=_by("id", NUMBER)),
        },
    }
    numbers = iter(range(1000, 9000))

    def service(asked: Asked) -> Answer:
        body = _read(asked)
        if asked.method == "POST":
            return WRONG if body is None else (200, OK | {"id": next(numbers)})
        said = asked.path.rpartition("/")[2]
        if not said.isdigit() or not 1000 <= (number := int(said)) < 9000:
            return GONE
        if asked.method == "GET":
            return 200, OK
        if body is None or type(body.get(name, number)) is not int:
            return WRONG
        return (200, OK) if body.get(name, number) == number else WRONG

    found = {one for one in findings(tmp_path, paths, service) if one.startswith("change:")}
    assert bool(found) == (name == "size")


@pytest.mark.parametrize(
    "said", ["member not found", "no such voter", "Not Found", "no such route"]
)
def test_a_thing_that_a_body_need_not_name(tmp_path: Path, said: str) -> None:
    """What is said of a thing that is not there proves nothing; of an operation, it does."""
    body = members([], ID=TEXT, weight=NUMBER)
    paths = {
        "/members/promote": {"post": operation("promote", body)},
        "/members/count": {"get": operation("count")},
    }

    def service(asked: Asked) -> Answer:
        if asked.method == "GET":
            return 200, OK
        return (404, {"error": said}) if _read(asked) is not None else WRONG

    found = findings(tmp_path, paths, service)
    there = said in ("member not found", "no such voter")
    assert found == ({} if there else {"promote:served": "strict"})


@pytest.mark.parametrize(
    ("said", "strict"),
    [("Experiment has no runs", False), ("Request has no signature", True), ("away", True)],
)
def test_what_is_not_within_a_thing_yet(tmp_path: Path, said: str, strict: bool) -> None:
    """That a thing has none of what is asked for says nothing of the request."""
    by = _by("id", TEXT)
    paths = {
        "/trials": {"get": showing_ids("list")},
        "/trials/{id}": {"get": operation("read", parameters=by)},
        "/trials/{id}/csv": {"get": operation("csv", parameters=by)},
    }

    def service(asked: Asked) -> Answer:
        if asked.path == "/trials":
            return 200, [{"id": "t-1"}]
        if asked.path.split("/")[2] != "t-1":
            return GONE
        return (404, {"error": said}) if asked.path.endswith("/csv") else (200, OK)

    assert findings(tmp_path, paths, service) == ({"csv:served": "strict"} if strict else {})


@pytest.mark.parametrize("broken", [False, True])
def test_what_a_refusal_calls_by_its_name(tmp_path: Path, broken: bool) -> None:
    """`desk/d-1 is gone` names a thing; what repeats the path that was asked for names none.

    A query may name a thing as well: `Unknown voter: v-1`.
    """
    by = _by("desk_id", {**TEXT, "example": "d-1"})
    voter = {"name": "voter", "in": "query", "required": True, "schema": {**TEXT, "example": "v-1"}}
    paths = {
        "/menus/{desk_id}": {"get": operation("menu", parameters=by)},
        "/menus/{desk_id}/order": {"post": operation("order", parameters=by)},
        "/elect": {"post": operation("elect", parameters=[voter])},
        "/count": {"get": operation("count")},
    }

    def service(asked: Asked) -> Answer:
        _, first, *rest = asked.path.split("/")
        if first == "elect":
            named = unquote_plus(asked.query.removeprefix("voter="))
            said = f"Cannot POST /elect?voter={named}" if broken else f"Unknown voter: {named}"
            return (404, {"error": said}) if named else WRONG
        if first == "menus" and len(rest) == 2:
            said = f"/menus/{rest[0]}/order is off" if broken else f"No record: desk/{rest[0]}"
            return 404, {"error": said}
        return (200, OK) if rest in ([], ["d-1"]) else WRONG

    found = findings(tmp_path, paths, service)
    told = {"order:served": "strict", "elect:served": "strict"}
    assert found == (told if broken else {})


def showing_ids(name: str) -> dict[str, Any]:
    """An operation that lists things by their ids."""
    node = operation(name)
    listed = {"type": "array", "items": members(["id"], id=TEXT)}
    node["responses"]["200"]["content"]["application/json"]["schema"] = listed
    return node


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("name", ["id", "pk"])
def test_a_name_that_things_of_each_kind_have(tmp_path: Path, name: str, broken: bool) -> None:
    """That a number is somebody's label does not say that it is somebody's task."""
    paths: dict[str, Any] = {
        f"/{kind}s/{{{name}}}": {"get": operation(kind, parameters=_by(name, NUMBER))}
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
        return (200, OK) if _read(asked) is not None else WRONG

    run = campaign_of(tmp_path, paths, service, destructive=destructive)
    assert (method.upper() in asked_for) == destructive
    if not destructive:
        ruling = run.rulings()["change_all:served"]
        assert ruling.verdict == "unexercised"
        assert "everything that is there" in ruling.message


@pytest.mark.parametrize("broken", [False, True])
def test_a_further_content_is_tried_with_what_is_accepted(tmp_path: Path, broken: bool) -> None:
    """A value that is refused in any content says nothing of the second one; its type may."""
    schema = members([], name=TEXT)
    change = operation("change", schema)
    merge = "application/merge-patch+json"
    change["requestBody"]["content"][merge] = {"schema": schema}

    def service(asked: Asked) -> Answer:
        body = _read(asked)
        if broken and asked.headers.get("content-type") == merge:
            return WRONG
        good = body and set(body) == {"name"} and isinstance(body["name"], str)
        return (200, OK) if good else WRONG

    found = findings(tmp_path, {"/thing": {"post": change}}, service)
    assert ("change:request:media-type" in found) == broken


@pytest.mark.parametrize("theirs", [None, 0])
def test_a_number_that_is_rarely_an_id(tmp_path: Path, theirs: int | None) -> None:
    """A crash on number 0 is found; what somebody else has under it is neither changed nor gone."""
    by = _by("number", NUMBER)
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
        return (200, OK) if asked.method == "DELETE" or _read(asked) is not None else WRONG

    found = findings(tmp_path, paths, service)
    assert changed == []
    assert ("change:status" in found) == (theirs is None)


@pytest.mark.parametrize("broken", [False, True])
def test_values_that_go_together_are_found(tmp_path: Path, broken: bool) -> None:
    """Lists of one length, and one form of two: what accepts that is asked, what takes none not."""
    vectors = {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}
    texts = {"type": "array", "items": TEXT}
    body = members(
        ["vectors", "ids"], vectors={"anyOf": [texts, vectors]}, ids=texts, notes=texts, links=texts
    )

    def service(asked: Asked) -> Answer:
        sent = _read(asked) or {}
        lists = [sent.get(name) for name in ("vectors", "ids", "notes", "links") if name in sent]
        alike = all(isinstance(one, list) and len(one) == 1 for one in lists)
        good = alike and len(lists) > 1 and isinstance(sent["vectors"][0], list)
        good = good and all(isinstance(item, str) for one in lists[1:] for item in one or ())
        return (200, OK) if good and sent["vectors"][0] and not broken else WRONG

    run = campaign_of(
        tmp_path,
        {"/points": {"post": operation("add", body)}, "/all": {"get": operation("list")}},
        lambda asked: (200, OK) if asked.path == "/all" else service(asked),
    )
    accepted = [e for e in run.ledger.of("add") if e.outcome == "accepted"]
    assert bool(accepted) == (not broken)
    assert len(run.ledger.of("add")) < 20 or not broken


@pytest.mark.parametrize("broken", [False, True])
def test_a_thing_that_has_no_picture(tmp_path: Path, broken: bool) -> None:
    """A documented 404 for what is of a thing says that it has none; an undocumented is strict."""
    shelf = Shelf()
    paths = _shelf_paths("thing_id")
    picture = operation("picture", parameters=_by("thing_id", TEXT))
    if not broken:
        picture["responses"]["404"] = {"description": "It has none."}
    paths["/things/{thing_id}/picture"] = {"get": picture}

    def service(asked: Asked) -> Answer:
        return GONE if asked.path.endswith("/picture") else shelf(asked)

    found = findings(tmp_path, paths, service)
    assert found.get("picture:served") == ("strict" if broken else None)


def test_a_create_that_answers_with_what_is_there(tmp_path: Path) -> None:
    """A thing that several replies name is taken back once; what may be somebody's is told."""
    there: dict[str, int] = {}
    numbers = iter(range(1000, 9000))
    by = _by("id", NUMBER)
    paths = {
        "/tags": {"post": operation("make", members([], name=TEXT, note=TEXT))},
        "/tags/{id}": {
            "get": operation("read", parameters=by),
            "delete": operation("drop", parameters=by),
        },
    }

    def service(asked: Asked) -> Answer:
        if asked.method == "POST":
            body = _read(asked)
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


@pytest.mark.parametrize("same", [False, True])
def test_one_demand_is_told_once(tmp_path: Path, same: bool) -> None:
    """A refusal that nothing explains has the words of one that is explained: no second finding."""
    names = [f"member{number}" for number in range(9)]
    size = {"type": "integer", "maximum": 10}
    schema = members([], size=size, note=TEXT, **dict.fromkeys(names, NUMBER))

    def service(asked: Asked) -> Answer:
        body = _read(asked)
        note = (body or {}).pop("note", "")
        if body is None or type(note) is not str:
            return WRONG
        note = note if len(note) > 2 else ""
        if any(type(one) is not int for one in body.values()):
            return WRONG
        if body.get("size", 0) >= 10:
            return 400, {"error": f"the size is too much, not even with {note}"}
        if len(body) > 5:
            told = f"the size is too much, not even with {note}"
            return 400, {"error": told if same else "no"}
        return 200, OK

    found = findings(tmp_path, {"/thing": {"post": operation("make", schema)}}, service)
    assert any(one.startswith("make:request#/size:") for one in found)
    assert ("make:served" in found) == (not same)


@pytest.mark.parametrize("broken", [False, True])
def test_a_crash_among_refusals_for_the_data(tmp_path: Path, broken: bool) -> None:
    """What is not there may be refused, though other requests for it crash; the crash is told."""
    change = operation("change", members([], name=TEXT), parameters=_by("path", TEXT))
    change["responses"]["404"] = {"description": "It is not there."}
    paths = {"/files/{path}": {"patch": change}, "/all": {"get": operation("list")}}

    def service(asked: Asked) -> Answer:
        if asked.path == "/all":
            return 200, OK
        return (500, OK) if broken and (_read(asked) or {}).get("name") == "" else GONE

    found = findings(tmp_path, paths, service)
    assert found == ({"change:status": "violated"} if broken else {})


def test_an_odd_value_elsewhere_in_a_path_takes_nothing_away(tmp_path: Path) -> None:
    """A thing that is not found within another one is still there, and is asked for again."""
    box, both = _by("box_id", TEXT), [*_by("box_id", TEXT), *_by("item_id", TEXT)]
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
            if (around and around not in there) or _read(asked) is None:
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
def test_what_is_refused_for_what_it_says(tmp_path: Path, broken: bool) -> None:
    """A list of the greatest length is not blamed for that, where its items are what is wrong."""
    many = {"type": "array", "items": TEXT, "maxItems": 20}
    paths = {"/hooks": {"post": operation("hook", members([], urls=many))}}

    def service(asked: Asked) -> Answer:
        body = _read(asked)
        urls = (body or {}).get("urls", [])
        if body is None or type(urls) is not list or any(type(one) is not str for one in urls):
            return WRONG
        if len(urls) > 20 or (broken and len(urls) > 19):
            return 400, {"error": "these are too many urls"}
        return (
            (400, {"error": f"{urls[0]} is none of the urls"}) if urls and not broken else (200, OK)
        )

    found = {one for one in findings(tmp_path, paths, service) if one.startswith("hook:request")}
    assert ("hook:request#/urls:maxItems" in found) == broken
    assert found


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
        body = _read(asked) or {}
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
def test_another_thing_is_made_as_the_first_one_was(tmp_path: Path, broken: bool) -> None:
    """A create that wants more than its document says gives things again, as it did once."""
    shelf = Shelf()
    paths = _shelf_paths("thing_id")
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
def test_a_wrong_media_type_needs_a_body(tmp_path: Path, broken: bool) -> None:
    """Where every body crashes, no request without one is told to have a wrong media type."""
    paths = {"/things": {"post": operation("make", members([], name=TEXT, size=NUMBER))}}
    paths["/things"]["post"]["requestBody"]["required"] = False

    def service(asked: Asked) -> Answer:
        if not asked.content:
            return 200, OK
        return (200, OK) if broken else (500, OK)

    run = campaign_of(tmp_path, paths, service)
    found = run.rulings()["make:request:media-type"].verdict
    assert found == ("lenient" if broken else "inconclusive")
    assert all(e.exchange.request.content for e in run.ledger.of("make") if e.case.content_type)


@pytest.mark.parametrize("broken", [False, True])
def test_a_route_that_takes_letters_and_digits_alone(tmp_path: Path, broken: bool) -> None:
    """A made-up name in a path keeps to letters and digits; what never answers is not upheld."""
    by = _by("section_name", TEXT)
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


@pytest.mark.parametrize("broken", [False, True])
def test_what_went_with_another_thing_is_made_again(tmp_path: Path, broken: bool) -> None:
    """A thing that is there no more is no reason for red; one that is read and cannot go is."""
    shelf = Shelf()
    paths = _shelf_paths("thing_id")
    paths["/lids/{thing_id}"] = {"patch": operation("lift", parameters=_by("thing_id", TEXT))}

    def service(asked: Asked) -> Answer:
        if asked.path.startswith("/lids/"):
            return (200, OK) if shelf.things.pop(asked.path[6:], None) else GONE
        if broken and asked.method == "DELETE":
            return GONE
        return shelf(asked)

    found = campaign_of(tmp_path, paths, service).rulings()["drop:served"].verdict
    assert found == ("strict" if broken else "upheld")


@pytest.mark.parametrize("said", ["oops", "j-1 not found: no layer of it", "no job was found"])
@pytest.mark.parametrize("documented", [False, True])
def test_a_crash_for_what_need_not_be_there(tmp_path: Path, documented: bool, said: str) -> None:
    """It is told as a crash and not as what serves nobody, too; unless crashes are documented.

    One that says that the thing is not there says nothing of others.
    """
    stop = operation("stop", parameters=_by("job", TEXT))
    if documented:
        stop["responses"]["500"] = {"description": "It failed."}
    paths = {"/jobs/{job}/stop": {"post": stop}, "/all": {"get": operation("list")}}

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/all" else (500, {"error": said})

    found = findings(tmp_path, paths, service)
    expected = {"stop:served": "strict"} if said == "oops" else {}
    assert found == (expected if documented else {"stop:status": "violated"})


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
    by = _by("lid", TEXT)
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
            if not isinstance((_read(asked) or {}).get("label"), str):
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


def test_what_is_not_built_serves_nobody(tmp_path: Path) -> None:
    """501 is about every thing there could be (RFC 9110, 15.6.2), so a missing one excuses none."""
    stop = operation("stop", parameters=_by("job", TEXT))
    paths = {"/jobs/{job}/stop": {"post": stop}, "/all": {"get": operation("list")}}
    answers = {"/all": (200, OK)}
    found = findings(tmp_path, paths, lambda asked: answers.get(asked.path, (501, {"error": "no"})))
    assert found == {"stop:status": "violated", "stop:served": "strict"}


@pytest.mark.parametrize("broken", [False, True])
def test_one_answer_of_several_says_that_nothing_is_there(tmp_path: Path, broken: bool) -> None:
    """Where some lawful requests find no thing, what others are refused for is not red yet."""
    flag = {"name": "flag", "in": "query", "schema": {"type": "boolean"}}
    (one,) = _by("path", {**TEXT, "examples": ["raw"]})
    paths = {
        "/arrays/{path}/patch": {"post": operation("fix", parameters=[one, flag])},
        "/all": {"get": operation("list")},
    }

    def service(asked: Asked) -> Answer:
        if asked.path == "/all":
            return 200, OK
        return WRONG if broken or "flag" not in asked.query else GONE

    found = findings(tmp_path, paths, service)
    assert found.get("fix:served") == ("strict" if broken else None)


def test_what_is_read_by_another_name_is_not_gone(tmp_path: Path) -> None:
    """A thing that goes by its id elsewhere is not looked for where it goes by its name."""
    shelf, by = Shelf(key="name"), _by("thing_id", TEXT)
    paths = _shelf_paths("thing_id")
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
