"""What real services refuse for reasons that no document tells of; twins break a promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from .odd import operation
from .services import OK, TEXT, WHOLE, Answer, Asked, campaign_of, findings, lawful_body, members
from .shelf import GONE, WRONG, Shelf, object_of, on_path, shelf_paths


def showing_ids(name: str) -> dict[str, Any]:
    """An operation that lists things by their ids."""
    node = operation(name)
    listed = {"type": "array", "items": members(["id"], id=TEXT)}
    node["responses"]["200"]["content"]["application/json"]["schema"] = listed
    return node


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
    by = on_path("id", WHOLE)
    paths: dict[str, Any] = {
        "/things": {"post": operation("make", members([], note=TEXT))},
        "/things/{id}": {
            "get": operation("read", parameters=by),
            "put": operation("change", members([], **{name: WHOLE}), parameters=by),
        },
    }
    numbers = iter(range(1000, 9000))

    def service(asked: Asked) -> Answer:
        body = object_of(asked)
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
    body = members([], ID=TEXT, weight=WHOLE)
    paths = {
        "/members/promote": {"post": operation("promote", body)},
        "/members/count": {"get": operation("count")},
    }

    def service(asked: Asked) -> Answer:
        if asked.method == "GET":
            return 200, OK
        return (404, {"error": said}) if object_of(asked) is not None else WRONG

    found = findings(tmp_path, paths, service)
    there = said in ("member not found", "no such voter")
    assert found == ({} if there else {"promote:served": "strict"})


@pytest.mark.parametrize(
    ("said", "strict"),
    [("Experiment has no runs", False), ("Request has no signature", True), ("away", True)],
)
def test_what_is_not_within_a_thing_yet(tmp_path: Path, said: str, strict: bool) -> None:
    """That a thing has none of what is asked for says nothing of the request."""
    by = on_path("id", TEXT)
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
    by = on_path("desk_id", {**TEXT, "example": "d-1"})
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


@pytest.mark.parametrize("broken", [False, True])
def test_what_is_within_a_thing_that_cannot_be_made(tmp_path: Path, broken: bool) -> None:
    """A route is set by the address of a map that is not there: nor can it be turned round."""
    by_address = members(["href"], href={**TEXT, "pattern": "^/maps/[0-9a-f]{8}$"})
    paths = {
        "/route": {"put": operation("set", by_address)},
        "/route/reverse": {"put": operation("reverse", members([], far=WHOLE))},
        "/count": {"get": operation("count")},
    }

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, by_address if asked.path == "/route" else {"type": "object"})
        set_ = broken and asked.path == "/route" and body is not None
        return (200, OK) if set_ or asked.path == "/count" else WRONG

    assert findings(tmp_path, paths, service) == ({"reverse:served": "strict"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_a_further_content_is_tried_with_what_is_accepted(tmp_path: Path, broken: bool) -> None:
    """A value that is refused in any content says nothing of the second one; its type may."""
    schema = members([], name=TEXT)
    change = operation("change", schema)
    merge = "application/merge-patch+json"
    change["requestBody"]["content"][merge] = {"schema": schema}

    def service(asked: Asked) -> Answer:
        body = object_of(asked)
        if broken and asked.headers.get("content-type") == merge:
            return WRONG
        good = body and set(body) == {"name"} and isinstance(body["name"], str)
        return (200, OK) if good else WRONG

    found = findings(tmp_path, {"/thing": {"post": change}}, service)
    assert ("change:request:media-type" in found) == broken


@pytest.mark.parametrize("broken", [False, True])
def test_values_that_go_together_are_found(tmp_path: Path, broken: bool) -> None:
    """Lists of one length, and one form of two: what accepts that is asked, what takes none not."""
    vectors = {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}
    texts = {"type": "array", "items": TEXT}
    body = members(
        ["vectors", "ids"], vectors={"anyOf": [texts, vectors]}, ids=texts, notes=texts, links=texts
    )

    def service(asked: Asked) -> Answer:
        sent = object_of(asked) or {}
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
    paths = shelf_paths("thing_id")
    picture = operation("picture", parameters=on_path("thing_id", TEXT))
    if not broken:
        picture["responses"]["404"] = {"description": "It has none."}
    paths["/things/{thing_id}/picture"] = {"get": picture}

    def service(asked: Asked) -> Answer:
        return GONE if asked.path.endswith("/picture") else shelf(asked)

    found = findings(tmp_path, paths, service)
    assert found.get("picture:served") == ("strict" if broken else None)


@pytest.mark.parametrize("same", [False, True])
def test_one_demand_is_told_once(tmp_path: Path, same: bool) -> None:
    """A refusal that nothing explains has the words of one that is explained: no second finding."""
    names = [f"member{number}" for number in range(9)]
    size = {"type": "integer", "maximum": 10}
    schema = members([], size=size, note=TEXT, **dict.fromkeys(names, WHOLE))

    def service(asked: Asked) -> Answer:
        body = object_of(asked)
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
    change = operation("change", members([], name=TEXT), parameters=on_path("path", TEXT))
    change["responses"]["404"] = {"description": "It is not there."}
    paths = {"/files/{path}": {"patch": change}, "/all": {"get": operation("list")}}

    def service(asked: Asked) -> Answer:
        if asked.path == "/all":
            return 200, OK
        return (500, OK) if broken and (object_of(asked) or {}).get("name") == "" else GONE

    found = findings(tmp_path, paths, service)
    assert found == ({"change:status": "violated"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_what_is_refused_for_what_it_says(tmp_path: Path, broken: bool) -> None:
    """A list of the greatest length is not blamed for that, where its items are what is wrong."""
    many = {"type": "array", "items": TEXT, "maxItems": 20}
    paths = {"/hooks": {"post": operation("hook", members([], urls=many))}}

    def service(asked: Asked) -> Answer:
        body = object_of(asked)
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
def test_a_wrong_media_type_needs_a_body(tmp_path: Path, broken: bool) -> None:
    """Where every body crashes, no request without one is told to have a wrong media type."""
    paths = {"/things": {"post": operation("make", members([], name=TEXT, size=WHOLE))}}
    paths["/things"]["post"]["requestBody"]["required"] = False

    def service(asked: Asked) -> Answer:
        if not asked.content:
            return 200, OK
        return (200, OK) if broken else (500, OK)

    run = campaign_of(tmp_path, paths, service)
    found = run.rulings()["make:request:media-type"].verdict
    assert found == ("lenient" if broken else "inconclusive")
    assert all(e.exchange.request.content for e in run.ledger.of("make") if e.case.content_type)


@pytest.mark.parametrize("said", ["oops", "j-1 not found: no layer of it", "no job was found"])
@pytest.mark.parametrize("documented", [False, True])
def test_a_crash_for_what_need_not_be_there(tmp_path: Path, documented: bool, said: str) -> None:
    """It is told as a crash and not as what serves nobody, too; unless crashes are documented.

    One that says that the thing is not there says nothing of others.
    """
    stop = operation("stop", parameters=on_path("job", TEXT))
    if documented:
        stop["responses"]["500"] = {"description": "It failed."}
    paths = {"/jobs/{job}/stop": {"post": stop}, "/all": {"get": operation("list")}}

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/all" else (500, {"error": said})

    found = findings(tmp_path, paths, service)
    expected = {"stop:served": "strict"} if said == "oops" else {}
    assert found == (expected if documented else {"stop:status": "violated"})


def test_what_is_not_built_serves_nobody(tmp_path: Path) -> None:
    """501 is about every thing there could be (RFC 9110, 15.6.2), so a missing one excuses none."""
    stop = operation("stop", parameters=on_path("job", TEXT))
    paths = {"/jobs/{job}/stop": {"post": stop}, "/all": {"get": operation("list")}}
    answers = {"/all": (200, OK)}
    found = findings(tmp_path, paths, lambda asked: answers.get(asked.path, (501, {"error": "no"})))
    assert found == {"stop:status": "violated", "stop:served": "strict"}


@pytest.mark.parametrize("broken", [False, True])
def test_one_answer_of_several_says_that_nothing_is_there(tmp_path: Path, broken: bool) -> None:
    """Where some lawful requests find no thing, what others are refused for is not red yet."""
    flag = {"name": "flag", "in": "query", "schema": {"type": "boolean"}}
    (one,) = on_path("path", {**TEXT, "examples": ["raw"]})
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
