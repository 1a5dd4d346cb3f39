"""Services that want more than a lawful form have no finding; twins break one promise each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from clausewise.record.ledger import Entry

from .odd import operation
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
    ruled,
    showing,
)

NUMBER = {"type": "integer"}
SHORT = {"type": "string", "minLength": 1, "maxLength": 30}


def serve(things: dict[str, Any], create: Callable[[Asked], Answer]) -> Callable[..., Answer]:
    """What answers to a POST by `create`, and reads and deletes `things` by their last segment."""

    def service(asked: Asked) -> Answer:
        if asked.method == "POST":
            return create(asked)
        key = asked.path.rpartition("/")[2]
        if key not in things:
            return GONE
        if asked.method == "DELETE":
            del things[key]
            return 200, OK
        return 200, things[key]

    return service


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("by", ["If-Match", "if-match", "revision", "lockVersion", "_rev"])
def test_a_change_names_the_version(tmp_path: Path, by: str, broken: bool) -> None:
    """A thing is changed and deleted only by who knows its version: it is read, and named."""
    text = members(["text"], text=SHORT)
    header = by.lower() == "if-match"
    change = text if header else members(["text", by], text=SHORT, **{by: NUMBER})
    loose = members(["text"], text={"type": "string", "minLength": 1})
    shown = {"id": TEXT, "text": TEXT, **({} if header else {by: NUMBER})}
    # The document may let it be left out, though the service does not.
    match = placed("If-Match", TEXT, "header") | {"required": by == "If-Match"}
    matching = [match] if header else []
    # As in CouchDB: what deletes says it in its query.
    asking = [placed("rev", NUMBER, "query")] if by == "_rev" else matching
    one = {
        "parameters": [placed("id", TEXT)],
        "get": showing(operation("read"), **shown),
        "put": showing(operation("change", change, parameters=matching), **shown),
        "delete": operation("drop", parameters=asking),
    }
    paths = {"/notes": {"post": showing(operation("make", text), **shown)}, "/notes/{id}": one}
    notes: dict[str, dict[str, Any]] = {}
    numbers = count(1)

    def told(note: dict[str, Any]) -> Full:
        body = {"id": note["id"], "text": note["text"]} | ({} if header else {by: note["at"]})
        return 200, body, {"etag": f'"{note["at"]}"'}

    def service(asked: Asked) -> Answer | Full:
        key = asked.path.removeprefix("/notes").strip("/")
        if not key:
            made = lawful_body(asked, text)
            if made is None:
                return NO
            key = f"n{next(numbers)}"
            notes[key] = {"id": key, "text": made["text"], "at": next(numbers)}
            return told(notes[key])
        note = notes.get(key)
        if note is None:
            return GONE
        if asked.method == "GET":
            return told(note)
        if header and asked.headers.get("if-match") != f'"{note["at"]}"':
            return (412 if "if-match" in asked.headers else 428), {"error": "no"}
        if asked.method == "DELETE":
            if by == "_rev" and asked.query != f"rev={note['at']}":
                return 409, {"error": "conflict"}
            del notes[key]
            return 200, OK
        new = lawful_body(asked, loose if broken else change)
        if new is None or not (header or type(new.get(by)) is int):
            return NO
        if not header and new[by] != note["at"]:
            return 409, {"error": "stale"}
        note |= {"text": new["text"], "at": next(numbers)}
        return told(note)

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"change:request#/text:maxLength": "lenient"} if broken else {})
    assert rulings["change:served"].verdict == rulings["drop:served"].verdict == "upheld"
    assert notes == {}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("status", [400, 409])
def test_what_may_be_done_once(tmp_path: Path, status: int, broken: bool) -> None:
    """A thing that is used up is not asked about again: each accepted request has its own."""
    seats = members(["seats"], seats={"type": "integer", "minimum": 1, "maximum": 4})
    loose = members(["seats"], seats={"type": "integer", "minimum": 1})
    worth = members(["worth"], worth=NUMBER)
    below = {"parameters": [placed("code", TEXT)]}
    shown = {"code": TEXT, "worth": NUMBER}
    paths = {
        "/vouchers": {"post": showing(operation("issue", worth), **shown)},
        "/vouchers/{code}": below | {"delete": operation("revoke")},
        "/vouchers/{code}/redemption": below | {"post": operation("redeem", seats)},
    }
    vouchers: dict[str, bool] = {}
    numbers = count(1)

    def service(asked: Asked) -> Answer:
        _, _, key, *_ = f"{asked.path}/".split("/")
        if not key:
            made = lawful_body(asked, worth)
            if made is None:
                return NO
            vouchers[f"V{next(numbers)}"] = False
            return 200, made | {"code": list(vouchers)[-1]}
        if key not in vouchers:
            return GONE
        if asked.method == "DELETE":
            del vouchers[key]
            return 200, OK
        if lawful_body(asked, loose if broken else seats) is None:
            return NO
        used, vouchers[key] = vouchers[key], True
        return (status, {"error": "spent"}) if used else (200, OK)

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"redeem:request#/seats:maximum": "lenient"} if broken else {})
    assert rulings["redeem:request#/seats:maximum"].verdict != "inconclusive"
    assert vouchers == {}


@pytest.mark.parametrize("broken", [False, True])
def test_what_is_put_into_a_thing_that_was_finished(tmp_path: Path, broken: bool) -> None:
    """Pages are put into a draft until it is closed, which wants one: each by a draft of its own.

    The first draft is closed before most pages are sent.
    """
    page, close = members(["text"], text=SHORT), members(["title"], title=SHORT)
    loose = members(["text"], text=TEXT)
    number = {"type": "integer", "minimum": 1, "maximum": 9}
    below = {"parameters": [placed("draft_id", TEXT)]}
    within = {"parameters": [placed("draft_id", TEXT), placed("page", number)]}
    paths = {
        "/drafts": {"post": showing(operation("begin", {"type": "object"}), id=TEXT)},
        "/drafts/{draft_id}": below | {"get": operation("read"), "delete": operation("drop")},
        "/drafts/{draft_id}/pages/{page}": within | {"put": operation("write", page)},
        "/drafts/{draft_id}/closing": below | {"post": operation("close", close)},
    }
    drafts: dict[str, dict[str, Any]] = {}
    numbers = count(1)

    def service(asked: Asked) -> Answer:
        _, _, key, what, *rest = f"{asked.path}///".split("/")
        if not key:
            if lawful_body(asked, {"type": "object"}) is None:
                return NO
            drafts[f"D{next(numbers)}"] = {"closed": False, "pages": 0}
            return 200, {"id": list(drafts)[-1]}
        draft = drafts.get(key)
        if draft is None:
            return GONE
        if not what:
            if asked.method == "DELETE":
                del drafts[key]
            return 200, OK
        if what == "pages" and rest[0] not in tuple("123456789"):
            return NO
        checked = (loose if broken else page) if what == "pages" else close
        if lawful_body(asked, checked) is None:
            return NO
        if draft["closed"] or (what == "closing" and not draft["pages"]):
            return 409, {"error": "not now"}
        draft["closed"] = what == "closing"
        draft["pages"] += 1
        return 200, OK

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == (
        {}
        if not broken
        else {
            "write:request#/text:maxLength": "lenient",
            "write:request#/text:minLength": "lenient",
        }
    )
    assert rulings["write:served"].verdict == rulings["close:served"].verdict == "upheld"
    assert rulings["close:request#/title:maxLength"].verdict == "upheld"


@pytest.mark.parametrize("broken", [False, True])
def test_what_a_member_names_may_be_used_up(tmp_path: Path, broken: bool) -> None:
    """An upload is attached once, and then there is none of its name: each request has its own.

    What others have uploaded is left to them.
    """
    caption = {"type": "string", "minLength": 1, "maxLength": 9}
    attached = members(["uploadId", "caption"], uploadId=TEXT, caption=caption)
    loose = members(["uploadId", "caption"], uploadId=TEXT, caption=TEXT)
    below = {"parameters": [placed("id", TEXT)]}
    listed = operation("uploads")
    shown = {"type": "array", "items": members(["id"], id=TEXT)}
    listed["responses"]["200"]["content"] = {"application/json": {"schema": shown}}
    make = showing(operation("upload", members([], name=TEXT)), id=TEXT)
    paths = {
        "/uploads": {"post": make, "get": listed},
        "/uploads/{id}": below | {"delete": operation("forget")},
        "/files": {"post": showing(operation("attach", attached), id=TEXT)},
        "/files/{id}": below | {"delete": operation("drop")},
    }
    theirs: dict[str, Any] = {f"u{number}": {"name": "theirs"} for number in range(3)}
    uploads = dict(theirs)
    files: dict[str, Any] = {}
    numbers = count(1)

    def create(asked: Asked) -> Answer:
        sent = members([], name=TEXT)
        if asked.path == "/files":
            sent = loose if broken else attached
        body = lawful_body(asked, sent)
        if body is None:
            return NO
        if asked.path == "/files" and uploads.pop(body["uploadId"], None) is None:
            return 400, {"error": "no such upload"}
        key = f"k{next(numbers)}"
        (files if asked.path == "/files" else uploads)[key] = body
        return 200, {"id": key}

    def service(asked: Asked) -> Answer:
        if asked.path == "/uploads" and asked.method == "GET":
            return 200, [{"id": key} for key in uploads]
        return serve(files if asked.path.startswith("/files") else uploads, create)(asked)

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    asked = {"attach:request#/caption:maxLength", "attach:request#/caption:minLength"}
    assert found == (dict.fromkeys(asked, "lenient") if broken else {})
    assert {rulings[name].verdict for name in asked} == {"lenient" if broken else "upheld"}
    assert (uploads, files) == (theirs, {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("things", "parameter", "member"),
    [("teams", "team", "team"), ("books", "isbn", "isbn"), ("products", "sku", "product_sku")],
)
def test_a_member_names_what_is_there(
    tmp_path: Path, things: str, parameter: str, member: str, broken: bool
) -> None:
    """What is named as the thing, or as its path names it, may have to be one that is there."""
    own = "name" if parameter == "team" else parameter
    word = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,30}$"}
    make = members([own], **{own: word})
    use: dict[str, Any] = {member: TEXT, "count": {"type": "integer", "minimum": 1}}
    loose = members([member, "count"], **{member: TEXT, "count": NUMBER})
    known: dict[str, Any] = {}
    used: dict[str, Any] = {}
    numbers = count(1)
    paths = {
        "/uses": {"post": showing(operation("use", members([*use], **use)), id=TEXT)},
        "/uses/{id}": {"parameters": [placed("id", TEXT)], "delete": operation("unuse")},
        f"/{things}": {"post": showing(operation("make", make), **{own: TEXT})},
        f"/{things}/{{{parameter}}}": {
            "parameters": [placed(parameter, TEXT)],
            "get": showing(operation("read"), **{own: TEXT}),
            "delete": operation("drop"),
        },
    }

    def create(asked: Asked) -> Answer:
        if asked.path == "/uses":
            body = lawful_body(asked, loose if broken else members([*use], **use))
            if body is None:
                return NO
            if body[member] not in known:
                return 400, {"error": "bad reference"}
            used[f"u{next(numbers)}"] = body
            return 200, {"id": list(used)[-1]}
        body = lawful_body(asked, make)
        if body is None or body[own] in known:
            return NO
        known[body[own]] = body
        return 200, body

    def service(asked: Asked) -> Answer:
        return serve(used if asked.path.startswith("/uses") else known, create)(asked)

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"use:request#/count:minimum": "lenient"} if broken else {})
    assert rulings["use:served"].verdict == "upheld"
    assert known == used == {}


def test_a_name_that_nothing_gives(tmp_path: Path) -> None:
    """Where no thing of that name can be had, the line that gives one is told, and no red."""
    paths = {
        "/uses": {"post": operation("use", members(["team"], team=TEXT))},
        "/teams": {"get": operation("teams")},
    }

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.method == "GET" else (400, {"error": "bad reference"})

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == {}
    assert "--set use:request#/team=VALUE" in rulings["use:served"].message


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("header", "status"), [("X-Tenant-Id", 400), ("tenantId", 400), ("X-Tenant", 403)]
)
def test_a_header_names_whose_things_are_meant(
    tmp_path: Path, header: str, status: int, broken: bool
) -> None:
    """It is one that is there, in each request, and in what takes things back."""
    text = members(["text"], text={"type": "string", "minLength": 1})
    whose = [placed(header, TEXT, "header")]
    listed = operation("tenants")
    called = "tenant" if header == "X-Tenant" else "id"
    item = {"type": "array", "items": members([called], **{called: TEXT})}
    listed["responses"]["200"]["content"] = {"application/json": {"schema": item}}
    paths = {
        "/tenants": {"get": listed},
        "/notes": {"post": showing(operation("make", text, parameters=whose), id=TEXT)},
        "/notes/{id}": {
            "parameters": [placed("id", TEXT), *whose],
            "get": showing(operation("read"), id=TEXT),
            "delete": operation("drop"),
        },
    }
    notes: dict[str, Any] = {}
    numbers = count(1)

    def create(asked: Asked) -> Answer:
        if lawful_body(asked, members(["text"], text=TEXT) if broken else text) is None:
            return NO
        key = f"n{next(numbers)}"
        notes[key] = {"id": key}
        return 200, {"id": key}

    def service(asked: Asked) -> Answer:
        if asked.path == "/tenants":
            return 200, [{called: "t-1"}, {called: "t-2"}]
        if asked.headers.get(header.lower()) not in ("t-1", "t-2"):
            return status, {"error": "no"}
        return serve(notes, create)(asked)

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"make:request#/text:minLength": "lenient"} if broken else {})
    assert rulings["read:served"].verdict == rulings["drop:served"].verdict == "upheld"
    assert notes == {}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("path", "wrapped", "ids"),
    [("/items/bulk", True, ""), ("/items", False, ""), ("/items", False, "item_ids")],
)
def test_many_are_made_at_once(
    tmp_path: Path, path: str, wrapped: bool, ids: str, broken: bool
) -> None:
    """Each of them is known, read, and taken back; a list of their `ids` alone tells as much."""
    item = members(["size"], size={"type": "integer", "minimum": 0})
    several = {"type": "array", "items": item, "minItems": 1, "maxItems": 5}
    loose = {"type": "array", "items": members(["size"], size=NUMBER), "minItems": 1, "maxItems": 5}

    def whole(schema: Any) -> Any:
        return members(["items"], items=schema) if wrapped else schema

    shown = {"type": "array", "items": members(["id"], id=TEXT)}
    many = operation("make", whole(several))
    told = members([ids], **{ids: {"type": "array", "items": TEXT}}) if ids else whole(shown)
    many["responses"]["200"]["content"] = {"application/json": {"schema": told}}
    paths: dict[str, Any] = {
        "/items/{id}": {
            "parameters": [placed("id", TEXT)],
            "get": showing(operation("read"), id=TEXT),
            "delete": operation("drop"),
        },
    }
    paths.setdefault(path, {})["post"] = many
    items: dict[str, Any] = {}
    numbers = count(1)

    def create(asked: Asked) -> Answer:
        if lawful_body(asked, whole(loose if broken else several)) is None:
            return NO
        sent = json.loads(asked.content)
        made = [{"id": f"i{next(numbers)}"} for _ in (sent["items"] if wrapped else sent)]
        items.update({one["id"]: one for one in made})
        if ids:
            return 200, {ids: [one["id"] for one in made]}
        return 200, {"items": made} if wrapped else made

    found, rulings = ruled(campaign_of(tmp_path, paths, serve(items, create)))
    at = "/items/*/size" if wrapped else "/*/size"
    assert found == ({f"make:request#{at}:minimum": "lenient"} if broken else {})
    assert rulings["read:served"].verdict == rulings["drop:served"].verdict == "upheld"
    assert items == {}


def test_a_thing_that_has_a_list_is_one(tmp_path: Path) -> None:
    """Where its name is the one that its path says, its list is not taken for what was made."""
    day = {"type": "string", "maxLength": 9, "minLength": 1}
    days = {"type": "array", "items": day, "minItems": 1, "maxItems": 3}
    sent, shown = members(["days"], days=days), {"eventId": TEXT, "days": days}
    paths: dict[str, Any] = {
        "/special-events": {"post": showing(operation("make", sent), **shown)},
        "/special-events/{eventId}": {
            "parameters": [placed("eventId", TEXT)],
            "get": showing(operation("read"), **shown),
            "delete": operation("drop"),
        },
    }
    events: dict[str, Any] = {}
    numbers = count(1)

    def create(asked: Asked) -> Answer:
        body = lawful_body(asked, sent)
        if body is None:
            return NO
        key = f"e{next(numbers)}"
        events[key] = {"eventId": key, "days": body["days"]}
        return 200, events[key]

    found, rulings = ruled(campaign_of(tmp_path, paths, serve(events, create)))
    assert found == {}
    assert rulings["read:served"].verdict == rulings["drop:served"].verdict == "upheld"
    assert events == {}


def test_what_is_shown_while_another_thread_looks_at_it(tmp_path: Path) -> None:
    """What one connection is shown comes in between what another one goes through."""
    run = campaign_of(tmp_path, {"/it": {"get": operation("read"), "post": operation("act")}}, _ok)
    read, act = (run.ledger.of(name)[0] for name in ("read", "act"))
    remedies, operations, interval = (
        run.sender._remedies, run.pack.contract.operations, sys.getswitchinterval()
    )  # fmt: skip

    def told(number: int) -> None:
        entry = act if number % 2 else _at(read, f"/it/{number}")
        remedies.saw(operations[entry.case.operation], entry)

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(told, range(4000)))
    finally:
        sys.setswitchinterval(interval)
    assert run.rulings()["act:served"].verdict == "upheld"


def _ok(asked: Asked) -> Answer:
    return 200, OK


def _at(entry: Entry, path: str) -> Entry:
    """The same exchange, of another path."""
    request = replace(entry.exchange.request, url=path)
    return replace(entry, exchange=replace(entry.exchange, request=request))


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("status", [412, 428])
def test_what_is_made_says_that_it_is_not_there(tmp_path: Path, status: int, broken: bool) -> None:
    """A PUT makes what it names with `If-None-Match: *`, and changes it with `If-Match`."""
    text = members(["text"], text=SHORT)
    loose = members(["text"], text={"type": "string", "minLength": 1})
    headers = [
        placed(name, TEXT, "header") | {"required": False} for name in ("If-None-Match", "If-Match")
    ]
    one: dict[str, Any] = {
        "parameters": [placed("key", TEXT)],
        "get": operation("read"),
        "put": operation("put", text, parameters=headers),
        "delete": operation("drop"),
    }
    one["put"]["responses"]["201"] = one["put"]["responses"]["200"]
    pages: dict[str, int] = {"theirs": 1}
    paths = {"/pages/{key}": one, "/about": {"get": operation("about")}}

    def service(asked: Asked) -> Answer | Full:
        key = asked.path.removeprefix("/pages/")
        there, new = key in pages, asked.headers.get("if-none-match") == "*"
        if key == "/about":
            return 200, OK
        if asked.method == "PUT":
            if new is there or not (new or asked.headers.get("if-match") == f'"{pages[key]}"'):
                return status, {"error": "no"}
            if lawful_body(asked, loose if broken else text) is None:
                return NO
            pages[key] = pages.get(key, 0) + 1
        elif not there:
            return GONE
        elif asked.method == "DELETE":
            del pages[key]
            return 200, OK
        return 201 if new else 200, OK, {"etag": f'"{pages[key]}"'}

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"put:request#/text:maxLength": "lenient"} if broken else {})
    assert {rulings[f"{n}:served"].verdict for n in ("read", "drop")} == {"upheld"}
    assert pages == {"theirs": 1}


@pytest.mark.parametrize("broken", [False, True])
def test_a_name_is_said_again_within_what_wraps_it(tmp_path: Path, broken: bool) -> None:
    """As in JSON:API: `data.id` of a change is the id that its path has."""
    kept = members(["text"], text=SHORT)
    loose = members(["text"], text={"type": "string", "minLength": 1})
    told = {"data": members(["id", "text"], id=TEXT, text=TEXT)}

    def wrapped(inner: Any) -> Any:
        return members(["data"], data=inner)

    def change(inner: Any) -> Any:
        return wrapped(members(["id", *inner["required"]], id=TEXT, **inner["properties"]))

    paths = {
        "/notes": {"post": showing(operation("make", wrapped(kept), "201"), **told)},
        "/notes/{id}": {
            "parameters": [placed("id", TEXT)],
            "patch": showing(operation("change", change(kept)), **told),
            "delete": operation("drop"),
        },
    }
    notes: dict[str, str] = {}
    numbers = count(1)

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/notes").strip("/")
        if key and key not in notes:
            return GONE
        if asked.method == "DELETE":
            del notes[key]
            return 200, OK
        body = lawful_body(asked, change(loose if broken else kept) if key else wrapped(kept))
        if body is None:
            return NO
        if key and body["data"]["id"] != key:
            return 409, {"error": "no"}
        key = key or f"n{next(numbers)}"
        notes[key] = body["data"]["text"]
        return 200 if asked.method == "PATCH" else 201, {"data": {"id": key, "text": notes[key]}}

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"change:request#/data/text:maxLength": "lenient"} if broken else {})
    assert rulings["change:served"].verdict == "upheld"
    assert notes == {}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("form", ["date", "date-time"])
def test_a_day_that_is_taken(tmp_path: Path, form: str, broken: bool) -> None:
    """A booking of a day that is taken is refused, though nothing says which member is to blame."""
    seats = {"type": "integer", "minimum": 1, "maximum": 9}
    day = {"type": "string", "format": form}
    booking = members(["when", "seats"], when=day, seats=seats)
    loose = members(["when", "seats"], when=day, seats={"type": "integer", "minimum": 1})
    booked: dict[str, Any] = {}
    taken = {"2026-03-01"}
    numbers = count(1)
    paths = {
        "/bookings": {"post": showing(operation("book", booking, "201"), id=TEXT)},
        "/bookings/{id}": {"parameters": [placed("id", TEXT)], "delete": operation("drop")},
    }

    def create(asked: Asked) -> Answer:
        body = lawful_body(asked, loose if broken else booking)
        if body is None:
            return NO
        if body["when"][:10] in taken:
            return 409, {"error": "no"}
        taken.add(body["when"][:10])
        key = f"b{next(numbers)}"
        booked[key] = OK
        return 201, {"id": key}

    found, rulings = ruled(campaign_of(tmp_path, paths, serve(booked, create)))
    assert found == ({"book:request#/seats:maximum": "lenient"} if broken else {})
    assert rulings["book:served"].verdict == "upheld"
    assert booked == {}
