"""Names of things that replies tell oddly: in a header, by a word of their own, by a format alone.

Each service has a twin that takes more than its document says.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from clausewise.links.names import made_up
from clausewise.links.needs import Need

from .notes import CAUGHT, NOTE, Notes, paths, upheld
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
    keeps,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

UNIQUE = {"type": "string", "format": "uuid"}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("header", ["X-Resource-Id", "Note-Id", "X-Note-Key"])
def test_a_documented_header_names_what_was_made(tmp_path: Path, header: str, broken: bool) -> None:
    """A create without a body says in a header what it made; another header names its message."""
    notes = Notes(broken)

    def service(asked: Asked) -> Answer | Full:
        status, said = notes(asked)
        if status != 201:
            return status, said
        return 201, OK, {header: str(said["id"]), "X-Request-Id": "r1"}

    told = paths(title=TEXT)
    said = {name: {"schema": TEXT} for name in ("X-Request-Id", header)}
    told["/notes"]["post"] = operation("make", NOTE, "201")
    told["/notes"]["post"]["responses"]["201"]["headers"] = said
    found, rulings = ruled(campaign_of(tmp_path, told, service))
    assert found == (CAUGHT if broken else {})
    assert upheld(rulings, "read", "change", "drop")
    assert notes.notes == {}


@pytest.mark.parametrize("broken", [None, "lenient", "lost"])
def test_a_word_that_only_this_service_has(tmp_path: Path, broken: str | None) -> None:
    """A number that the server gave is the name, not the title that the client did.

    It is also where reads have lost a member: what they show is the same thing all the same.
    """

    class Numbered(Notes):
        def shown(self, key: str) -> dict[str, Any]:
            return {"folio": key, "name": self.notes[key]["title"]}

        def about(self, asked: Asked, key: str) -> Answer:
            status, said = super().about(asked, key)
            return status, {"folio": key} if broken == "lost" and asked.method == "GET" else said

    notes = Numbered(broken == "lenient")
    found, rulings = ruled(campaign_of(tmp_path, paths(folio=TEXT, name=TEXT), notes))
    lost = {"read:200#/name:required": "violated"}
    assert found == {None: {}, "lenient": CAUGHT, "lost": lost}[broken]
    assert upheld(rulings, "read", "change", "drop")
    assert notes.notes == {}


def owned() -> dict[str, Any]:
    """The operations on people, and on tasks that one of them owns."""
    person = members(["name"], name={"type": "string", "minLength": 1})
    task = members(["owner", "what"], owner=UNIQUE, what={"type": "string", "maxLength": 20})
    return {
        "/people": {"post": showing(operation("enter", person, "201"), uid=UNIQUE, name=TEXT)},
        "/people/{personId}": {
            "parameters": [placed("personId", UNIQUE)],
            "get": showing(operation("read_person"), uid=UNIQUE, name=TEXT),
            "delete": operation("leave"),
        },
        "/tasks": {"post": showing(operation("give", task, "201"), tid=UNIQUE, owner=UNIQUE)},
        "/tasks/{taskId}": {
            "parameters": [placed("taskId", UNIQUE)],
            "get": showing(operation("read_task"), tid=UNIQUE, owner=UNIQUE),
            "delete": operation("drop"),
        },
    }


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("broken", [False, True])
def test_a_uuid_names_somebody_by_its_format(tmp_path: Path, broken: bool, known: bool) -> None:
    """`owner` names no collection, yet a person: 404 to a made-up one is not strict.

    Where nothing that was seen will do, nothing is told.
    """
    people: dict[str, Any] = {}
    tasks: dict[str, Any] = {}
    told = owned()
    schemas = {
        path: told[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        for path in ("/people", "/tasks")
    }
    loose = members(["owner", "what"], owner=UNIQUE, what=TEXT)

    def make(asked: Asked) -> Answer:
        schema = loose if broken and asked.path == "/tasks" else schemas[asked.path]
        body = lawful_body(asked, schema)
        if body is None:
            return NO
        if asked.path == "/people":
            key = str(uuid4())
            people[key] = {"uid": key, "name": body["name"]}
            return 201, people[key]
        if not known or body["owner"] not in people:
            return GONE
        key = str(uuid4())
        tasks[key] = {"tid": key, "owner": body["owner"]}
        return 201, tasks[key]

    def service(asked: Asked) -> Answer:
        if asked.method == "POST":
            return make(asked)
        kept = people if asked.path.startswith("/people") else tasks
        key = asked.path.rpartition("/")[2]
        if key not in kept:
            return GONE
        return (200, OK) if asked.method == "DELETE" and kept.pop(key) else (200, kept[key])

    found, rulings = ruled(campaign_of(tmp_path, told, service))
    caught = broken and known
    assert found == ({"give:request#/what:maxLength": "lenient"} if caught else {})
    assert upheld(rulings, "enter", "read_person", *(("give", "read_task") if known else ()))
    assert not people
    assert not tasks


@pytest.mark.parametrize("broken", [None, "lenient", "strict"])
@pytest.mark.parametrize("place", ["header", "query"])
def test_things_of_one_tenant(tmp_path: Path, place: str, broken: str | None) -> None:
    """What was made for one tenant is not there for another: that is no strict refusal of one."""
    tenants = {"enum": ["acme", "umbrella"]}
    told = paths(id=TEXT, title=TEXT)
    for path in told.values():
        path.setdefault("parameters", []).append(placed("tenant", tenants, place))
    numbers = count(1)

    class Parted:
        """Notes by tenant."""

        def __init__(self) -> None:
            self.parts = {name: Notes(broken == "lenient") for name in tenants["enum"]}
            for part in self.parts.values():
                part.name = lambda body: f"n{next(numbers)}"  # type: ignore[method-assign]  # names that no other tenant has

        def __call__(self, asked: Asked) -> Answer:
            """Answer one request as the notes of its tenant do."""
            of = asked.headers.get("tenant") if place == "header" else asked.query[7:]
            if of not in self.parts or (broken == "strict" and of == "umbrella"):
                return NO
            return self.parts[of](asked)

    service = Parted()
    found, rulings = ruled(campaign_of(tmp_path, told, service))
    strict = {f"{n}:{place}#/tenant:enum": "strict" for n in ("make", "list", "read", "change")}
    assert found.items() >= {None: {}, "lenient": CAUGHT, "strict": strict}[broken].items()
    assert broken == "strict" or found == (CAUGHT if broken else {})
    assert upheld(rulings, *(() if broken == "strict" else ("make", "read", "change", "drop")))
    assert all(not part.notes for part in service.parts.values())


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    ("form", "name"),
    [
        ({**TEXT, "pattern": "^[0-9a-f]{24}$"}, "65f0c0ffee5ca1ab1e{:06x}"),
        ({**TEXT, "pattern": "^ord_[A-Za-z0-9]{14}$"}, "ord_Aa0000000{:05d}"),
        ({**TEXT, "pattern": "^n[0-9]+$"}, "n{}"),
        ({"type": "integer", "minimum": 1, "maximum": 9_999_999}, "{}"),
    ],
)
def test_a_name_of_a_form_that_nobody_has(
    tmp_path: Path, form: dict[str, Any], name: str, broken: bool
) -> None:
    """A thing that is not there is asked for by a name of the documented form."""
    told = paths(id=form, title=TEXT)
    told["/notes/{id}"]["parameters"] = [placed("id", form)]
    numbers = count(10)
    notes = Notes(False)
    notes.name = lambda body: name.format(next(numbers))  # type: ignore[method-assign]  # names of this form
    if form["type"] == "integer":
        notes.shown = lambda key: {"id": int(key), "title": notes.notes[key]["title"]}  # type: ignore[method-assign]  # numbers

    def service(asked: Asked) -> Answer:
        if asked.path != "/notes" and not keeps(
            form,
            int(key) if (key := asked.path[7:]).isdigit() and form["type"] == "integer" else key,
        ):
            return NO
        answer = notes(asked)
        lost = asked.method == "GET" and answer[0] == 404
        return (500, {"error": "no"}) if broken and lost else answer

    found, _ = ruled(campaign_of(tmp_path, told, service))
    assert found == ({"read:status": "violated"} if broken else {})


def test_no_name_is_as_long_as_a_book() -> None:
    """A name of that least length is not even tried."""
    need = Need("read", "path", "/id", "id", (), schema={**TEXT, "minLength": 1e12})
    assert made_up(need) is None
