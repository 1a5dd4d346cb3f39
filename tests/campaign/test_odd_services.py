"""Services that keep their document in odd ways have no finding; twins break one promise each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.record.policy import DEVIATIONS

from .odd import operation
from .services import (
    OK,
    TEXT,
    Answer,
    Asked,
    campaign_of,
    findings,
    lawful_body,
    members,
    placed,
)


@pytest.mark.parametrize("broken", [False, True])
def test_kinds_that_a_discriminator_tells_apart(tmp_path: Path, broken: bool) -> None:
    """Open kinds of one `oneOf` overlap; the one that a reply names is meant, and is judged."""
    pet = members(["kind"], kind=TEXT)
    cat = {"allOf": [pet, members(["lives"], lives={"type": "integer", "maximum": 9})]}
    dog = {"allOf": [pet, members([], tricks={"type": "integer", "maximum": 99})]}
    named = {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}
    choice = {
        "oneOf": [{"$ref": reference} for reference in named.values()],
        "discriminator": {"propertyName": "kind", "mapping": named},
    }
    paths = {"/pet": {"get": operation("look")}}
    said = {"application/json": {"schema": choice}}
    paths["/pet"]["get"]["responses"]["200"]["content"] = said
    fits_both = {"kind": "cat", "lives": 9}
    # What names neither kind, and fits both, is neither.
    reply = fits_both | {"kind": "fish"} if broken else fits_both
    found = findings(tmp_path, paths, lambda asked: (200, reply), schemas={"Cat": cat, "Dog": dog})
    assert found == ({"look:200#:oneOf": "violated"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("name", ["cursor", "pageToken", "starting_after", "after", "next_page"])
def test_a_value_that_only_the_server_gives_out(tmp_path: Path, name: str, broken: bool) -> None:
    """A made-up one may be refused with 400; the same of a free text is strict."""
    name = "title" if broken else name
    listed = operation("list", parameters=[{"name": name, "in": "query", "schema": TEXT}])
    found = findings(
        tmp_path,
        {"/things": {"get": listed}},
        lambda asked: (400, {"error": "no"}) if asked.query else (200, OK),
    )
    assert found == ({"list:served": "strict"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (members(["coupon_code"], coupon_code=TEXT), "no"),
        (members(["token", "note"], token=TEXT, note=TEXT), "no"),
        (members(["user", "password"], user=TEXT, password=TEXT), "Invalid credentials."),
        (members(["ticket"], ticket=TEXT), "That link has expired."),
        (members(["day"], day={**TEXT, "format": "date"}), "The day must not be in the past."),
        (members(["born"], born={**TEXT, "format": "date"}), "It has to be a future date."),
    ],
)
def test_what_only_a_mail_or_a_user_knows(
    tmp_path: Path, body: Any, words: str, broken: bool
) -> None:
    """A made-up code, token, password or day may be refused whenever it is sent; a text not."""
    body = members(["title"], title=TEXT) if broken else body
    words = "no" if broken else words
    paths = {"/enter": {"post": operation("enter", body)}, "/ping": {"get": operation("ping")}}

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/ping" else (422, {"error": words})

    found = findings(tmp_path, paths, service)
    assert found == ({"enter:served": "strict"} if broken else {})


@pytest.mark.parametrize(
    ("body", "strict"),
    [
        ({}, False),
        (True, False),
        ({"type": "string"}, True),
        ({"enum": ["a", "b", "c"]}, True),
    ],
)
def test_what_the_document_says_nothing_of(tmp_path: Path, body: Any, strict: bool) -> None:
    """A value made up for a schema that says nothing may be refused; one of a stated type not."""
    paths = {"/import": {"post": operation("add", body)}, "/ping": {"get": operation("ping")}}

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/ping" else (400, {"error": "no"})

    found = findings(tmp_path, paths, service)
    assert found == ({"add:served": "strict"} if strict else {})


@pytest.mark.parametrize(
    ("schema", "strict"),
    [({}, False), ({"type": "integer"}, False), ({"type": "integer", "examples": [7]}, True)],
)
def test_a_path_value_that_the_document_says_nothing_of(
    tmp_path: Path, schema: Any, strict: bool
) -> None:
    """A value in a path may be refused where nothing says which there are; a documented one not."""
    status = placed("status", schema)
    paths = {
        "/status/{status}": {"get": operation("show", parameters=[status])},
        "/ping": {"get": operation("ping")},
    }

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/ping" else (400, {"error": "no"})

    found = findings(tmp_path, paths, service)
    assert found == ({"show:served": "strict"} if strict else {})


@pytest.mark.parametrize("broken", [False, True])
def test_an_idempotency_key(tmp_path: Path, broken: bool) -> None:
    """A key stands for one body, another one is refused with it: so each request has its own."""
    schema = members(["amount"], amount={"type": "integer", "minimum": 1, "maximum": 99})
    key = {"name": "Idempotency-Key", "in": "header", "required": True}
    paths = {
        "/payments": {"post": operation("pay", schema, parameters=[key | {"schema": TEXT}])},
    }
    checked = members(["amount"], amount={"type": "integer", "minimum": 1}) if broken else schema
    bodies: dict[str, Any] = {}

    def service(asked: Asked) -> Answer:
        body, key = lawful_body(asked, checked), asked.headers.get("idempotency-key")
        if body is None or not key:
            return 422, {"error": "no"}
        kept = bodies.setdefault(key, body)
        return (200, OK) if kept == body else (409, {"error": "this key has another body"})

    found = findings(tmp_path, paths, service)
    assert found == ({"pay:request#/amount:maximum": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_a_broken_value_that_has_to_be_unique(tmp_path: Path, broken: bool) -> None:
    """That it is taken when it is sent again shows that it was accepted; once refused it is not."""
    email = {"type": "string", "format": "email"}
    schema = members(["email"], email=email)
    checked = members(["email"], email=TEXT) if broken else schema
    known: set[str] = set()

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, checked)
        if body is None:
            return 422, {"error": "no"}
        if body["email"] in known:
            return 409, {"error": "This address is taken."}
        known.add(body["email"])
        return 200, OK

    found = findings(tmp_path, {"/people": {"post": operation("join", schema)}}, service)
    assert found == ({"join:request#/email:format": "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("stated", [{"additionalProperties": False}, {"maxProperties": 2}], ids=str)
def test_members_too_many_beside_a_unique_one(
    tmp_path: Path, stated: dict[str, Any], broken: bool
) -> None:
    """What only has members too many gets a fresh value for one that is unique, as others do."""
    schema = members(["email"], email={"type": "string", "format": "email"}, name=TEXT)
    known: set[str] = set()

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, schema if broken else schema | stated)
        if body is None:
            return 422, {"error": "no"}
        if body["email"] in known:
            return 409, {"error": "This address is taken."}
        known.add(body["email"])
        return 200, OK

    paths = {"/people": {"post": operation("join", schema | stated)}}
    clause = f"join:request#:{next(iter(stated))}"
    assert findings(tmp_path, paths, service) == ({clause: "lenient"} if broken else {})


@pytest.mark.parametrize("broken", [False, True])
def test_a_condition_that_is_left_out(tmp_path: Path, broken: bool) -> None:
    """That it is asked for by 428 is about the request that leaves it out, and about no other."""
    schema = members(["name"], name=TEXT)
    told = {
        "/name": {
            "put": operation("change", schema, parameters=[placed("If-Match", TEXT, "header")])
        }
    }

    def service(asked: Asked) -> Answer:
        if "if-match" not in asked.headers and not broken:
            return 428, {"error": "If-Match is wanted"}
        return (200, OK) if lawful_body(asked, schema) is not None else (422, {"error": "no"})

    rulings = campaign_of(tmp_path, told, service, path_values=()).rulings()
    wanted = "lenient" if broken else "upheld"
    assert rulings["change:header#/If-Match:required"].verdict == wanted


@pytest.mark.parametrize("broken", [False, True])
def test_a_number_that_rounds_to_a_float(tmp_path: Path, broken: bool) -> None:
    """What a float32 comes near is one, at its upper end too; what is twice as much is none."""
    schema = members(["size"], size={"type": "number", "format": "float"})
    checked = members(["size"], size={"type": "number"})
    # Halfway between the greatest float32 and the next one that there would be.
    most = float("inf") if broken else 3.4028235677973366e38

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, checked)
        fits = body is not None and abs(body["size"]) < most
        return (200, OK) if fits else (422, {"error": "no"})

    found = findings(tmp_path, {"/sizes": {"post": operation("size", schema)}}, service)
    assert found == ({"size:request#/size:format": "lenient"} if broken else {})


LINE = members(
    ["kind"],
    kind={"enum": ["book", "box", "map"]},
    count={"type": "integer", "minimum": 1, "maximum": 5},
    gift={"type": "boolean"},
)


@pytest.mark.parametrize(
    ("refused", "clause"),
    [
        (None, None),
        ({"kind": "map"}, "order:request#/lines/*:type"),
        ({"gift": True}, "order:request#/lines/*:type"),
        ({"count": 5}, "order:request#/lines/*:type"),
    ],
)
@pytest.mark.parametrize("most", [{}, {"maxItems": 2}])
def test_members_of_items(tmp_path: Path, most: Any, refused: Any, clause: str | None) -> None:
    """Each value class of the members of an array's items is sent, and the item is named."""
    schema = members(["lines"], lines={"type": "array", "minItems": 1, "items": LINE, **most})

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, schema)
        lines = body["lines"] if body is not None else [refused]
        bad = refused is not None and any(refused.items() <= line.items() for line in lines)
        return (422, {"error": "no"}) if body is None or bad else (200, OK)

    found = findings(tmp_path, {"/orders": {"post": operation("order", schema)}}, service)
    assert found == ({clause: "strict"} if clause else {})


ADDRESS = {"type": "string", "format": "email"}
PERSON = members(["email"], email=ADDRESS, age={"type": "integer", "minimum": 0})
CARELESS = members(["email"], email=ADDRESS, age={"type": "integer"})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    "told",
    [
        (400, {"error": "Bad Request"}),
        (422, None),
        (400, {"code": "EMAIL_EXISTS"}),
        (400, {"code": "AddressTaken"}),
        (403, {"error": "This address is in use."}),
    ],
)
def test_a_second_use_that_is_refused(tmp_path: Path, told: Answer, broken: bool) -> None:
    """A fresh value is tried, whatever the refusal says, and what is lenient is seen with it."""
    known: set[str] = set()

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, CARELESS if broken else PERSON)
        if body is None:
            return 422, {"error": "no"}
        if body["email"] in known:
            return told
        known.add(body["email"])
        return 200, OK

    paths = {"/people": {"post": operation("join", PERSON)}, "/ping": {"get": operation("ping")}}

    def answered(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/ping" else service(asked)

    campaign = campaign_of(tmp_path, paths, answered)
    verdicts = {name: ruling.verdict for name, ruling in campaign.rulings().items()}
    assert verdicts["join:served"] == "upheld"
    assert verdicts["join:request#/email:format"] == "upheld"
    assert verdicts["join:request#/age:minimum"] == ("lenient" if broken else "upheld")
    assert not {"violated", "strict"} & set(verdicts.values())


NOTE = members(["text"], text=TEXT)
NUMBERED = members(["id"], id={"type": "integer"})


@pytest.mark.parametrize("status", [415, 500])
def test_a_charset_that_is_not_taken(tmp_path: Path, status: int) -> None:
    """Documents do not speak of it: its refusal is a note, and a crash on it breaks the status."""
    notes: dict[str, Any] = {}

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/notes").strip("/")
        if key and key not in notes:
            return 404, {"error": "no"}
        if asked.method == "GET":
            return 200, notes[key]
        if "charset" in asked.headers.get("content-type", ""):
            return status, {"error": "no"}
        body = lawful_body(asked, NOTE)
        if body is None:
            return 422, {"error": "no"}
        key = key or str(len(notes) + 1)
        notes[key] = {**body, "id": int(key)}
        return (200 if asked.method == "PUT" else 201), notes[key]

    shown = {"description": "Done.", "content": {"application/json": {"schema": NUMBERED}}}
    place = placed("id", {"type": "integer"})
    paths: dict[str, Any] = {
        "/notes": {"post": operation("make", NOTE)},
        "/notes/{id}": {
            "parameters": [place],
            "get": operation("look"),
            "put": operation("change", NOTE),
        },
    }
    for path in paths.values():
        for one in path.values():
            if isinstance(one, dict):
                one["responses"] = {"200": shown, "201": shown, "404": {"description": "No."}}
    campaign = campaign_of(tmp_path, paths, service)
    found = {n for n, r in campaign.rulings().items() if r.verdict in DEVIATIONS}
    noted = {note.operation for note in campaign.ledger.notes if "charset" in note.kind}
    both = {"make", "change"}
    assert found == (set() if status == 415 else {f"{name}:status" for name in both})
    assert noted == (both if status == 415 else set())


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("told", [(409, {"error": "no"}), (400, {"error": "already exists"})])
def test_a_second_use_after_other_refusals(tmp_path: Path, told: Answer, broken: bool) -> None:
    """What is refused for something else first says nothing of whether a value has to be new."""
    options = {"type": "object", "properties": {"one": TEXT, "two": TEXT}}
    person = members(["email"], **PERSON["properties"], options=options)
    careless = members(["email"], **CARELESS["properties"], options=options)
    known: set[str] = set()

    def service(asked: Asked) -> Answer:
        if asked.path == "/ping":
            return 200, OK
        body = lawful_body(asked, careless if broken else person)
        if body is None:
            return 422, {"error": "no"}
        if "options" in body:
            return 400, {"error": "these go together with nothing"}
        if body["email"] in known:
            return told
        known.add(body["email"])
        return 200, OK

    paths = {"/people": {"post": operation("join", person)}, "/ping": {"get": operation("ping")}}
    verdicts = {n: r.verdict for n, r in campaign_of(tmp_path, paths, service).rulings().items()}
    assert verdicts["join:request#/email:format"] == "upheld"
    assert verdicts["join:request#/age:minimum"] == ("lenient" if broken else "upheld")


@pytest.mark.parametrize("broken", [False, True])
def test_a_charset_beside_a_body_that_is_refused_anyway(tmp_path: Path, broken: bool) -> None:
    """What is refused without a charset as well says nothing of it: it goes beside a good body."""
    schema = members(["size"], size={"anyOf": [TEXT, {"type": "integer"}]})

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, schema)
        if body is None or isinstance(body["size"], str):
            return 400, {"error": "no number"}
        if broken and "charset" in asked.headers["content-type"]:
            return 415, {"error": "no"}
        return 200, OK

    campaign = campaign_of(tmp_path, {"/add": {"post": operation("add", schema)}}, service)
    assert campaign.rulings()["add:request:media-type"].verdict == "upheld"
    assert any("charset" in note.kind for note in campaign.ledger.notes) == broken


@pytest.mark.parametrize("broken", [None, "unchecked", "never"])
@pytest.mark.parametrize("name", ["success", "ok"])
def test_a_refusal_that_is_answered_with_200(tmp_path: Path, name: str, broken: str | None) -> None:
    """What says true of lawful requests refuses by false; what never does says nothing."""
    schema = members(["count"], count={"type": "integer", "maximum": 9})
    checked = members(["count"], count={"type": "integer"}) if broken == "unchecked" else schema
    node = operation("add", schema)
    said = members([name], **{name: {"type": "boolean"}})
    node["responses"]["200"]["content"] = {"application/json": {"schema": said}}

    def service(asked: Asked) -> Answer:
        return 200, {name: broken != "never" and lawful_body(asked, checked) is not None}

    campaign = campaign_of(tmp_path, {"/counts": {"post": node}}, service)
    rulings = campaign.rulings()
    assert (rulings["add:request#/count:maximum"].verdict == "lenient") == (broken is not None)
    assert (rulings["add:request#/count:type"].verdict == "lenient") == (broken == "never")
    told = "a refusal is answered with a success" in {note.kind for note in campaign.ledger.notes}
    assert told == (broken != "never")


@pytest.mark.parametrize("odd", [True, False])
def test_of_many_values_that_crash_a_few_are_named(tmp_path: Path, odd: bool) -> None:
    """Where each text crashes, the first ones are looked for and stand in the message."""
    note = {"name": "note", "in": "query", "schema": {"type": "string"}}
    paths = {"/find": {"get": operation("find", parameters=[note])}}

    def service(asked: Asked) -> Answer:
        crashes = "note=" in asked.query if odd else asked.query == "note=x"
        return (500, {}) if crashes else (200, OK)

    message = campaign_of(tmp_path, paths, service).rulings()["find:status"].message
    assert message.count("it crashed with 500") == (3 if odd else 1)
