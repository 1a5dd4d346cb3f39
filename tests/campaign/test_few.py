"""Things of which there may be few: quotas, slots that are taken, locks that are held."""

from __future__ import annotations

from collections.abc import Callable
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

BY_ID = {"parameters": [placed("id", TEXT)]}
SIZED = {"type": "integer", "minimum": 1, "maximum": 9}
LOOSE = {"type": "integer", "minimum": 1}


def paths_of(kind: str, make: dict[str, Any]) -> dict[str, Any]:
    """A create, a list, a read and a DELETE."""
    shown = {"id": TEXT}
    listed = operation("all")
    reply = {"type": "array", "items": members(["id"], **shown)}
    listed["responses"]["200"]["content"] = {"application/json": {"schema": reply}}
    one = {"get": showing(operation("read"), **shown), "delete": operation("drop")}
    return {
        f"/{kind}": {"post": showing(make, **shown), "get": listed},
        f"/{kind}/{{id}}": {**BY_ID, **one},
    }


def kept(things: dict[str, Any], create: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """What answers to `create`s, and lists, reads and deletes what is in `things`."""

    def service(asked: Asked) -> Answer:
        key = asked.path.split("/")[2] if asked.path.count("/") == 2 else ""
        if asked.method == "POST":
            return create(asked)
        if not key:
            return 200, [{"id": name} for name in things]
        if key not in things:
            return GONE
        if asked.method == "DELETE":
            del things[key]
            return 200, OK
        return 200, {"id": key}

    return service


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (422, "quota exceeded"),
        (403, "limit of things reached"),
        (400, "You have reached the maximum number of things."),
    ],
)
def test_a_run_keeps_within_a_quota(
    tmp_path: Path, status: int, says: str, most: int, broken: bool
) -> None:
    """So few things at once are enough to judge all by, and what is taken wrongly shows."""
    schema, loose = (members(["size"], size=size) for size in (SIZED, LOOSE))
    things: dict[str, Any] = {}
    numbers = count(1)

    def create(asked: Asked) -> Answer:
        if lawful_body(asked, loose if broken else schema) is None:
            return 400, {"error": "no"}
        if len(things) >= most:
            return status, {"error": says}
        things[f"t{next(numbers)}"] = OK
        return 201, {"id": list(things)[-1]}

    paths = paths_of("things", operation("make", schema, status="201"))
    found, rulings = ruled(campaign_of(tmp_path, paths, kept(things, create)))
    assert found == ({"make:request#/size:maximum": "lenient"} if broken else {})
    assert {rulings[f"{name}:served"].verdict for name in ("make", "read", "drop")} == {"upheld"}
    assert not things


@pytest.mark.parametrize("broken", [False, True])
def test_what_was_used_up_makes_room(tmp_path: Path, broken: bool) -> None:
    """Each seal wants a bill that has none, and there may be six: sealed ones go before."""
    by = members(["by"], by={"type": "string", "minLength": 1, "maxLength": 9})
    schema, loose = (members(["size"], size=size) for size in (SIZED, LOOSE))
    bills: dict[str, bool] = {}
    numbers = count(1)

    def create(asked: Asked) -> Answer:
        if lawful_body(asked, loose if broken else schema) is None:
            return NO
        if len(bills) >= 6:
            return 409, {"error": "no more than 6 bills are kept"}
        bills[f"t{next(numbers)}"] = False
        return 201, {"id": list(bills)[-1]}

    def service(asked: Asked) -> Answer:
        if not asked.path.endswith("/seal"):
            return kept(bills, create)(asked)
        key = asked.path.split("/")[2]
        if bills.get(key, True):
            return (409, {"error": "it is sealed"}) if key in bills else GONE
        if lawful_body(asked, by) is None:
            return NO
        bills[key] = True
        return 200, OK

    paths = paths_of("bills", operation("make", schema, status="201"))
    paths["/bills/{id}/seal"] = {**BY_ID, "post": operation("seal", by)}
    campaign = campaign_of(tmp_path, paths, service, settle_seconds=0.0)
    rulings = campaign.rulings()
    assert hard(rulings) == ({"make:request#/size:maximum": "lenient"} if broken else {})
    assert {rulings[f"{name}:served"].verdict for name in ("make", "seal", "drop")} == {"upheld"}
    assert not bills


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("status", [409, 422])
def test_each_booking_has_a_slot_of_its_own(tmp_path: Path, status: int, broken: bool) -> None:
    """A slot can be booked once: others are booked, and free ones again."""
    schema, loose = (members(["slotId", "size"], slotId=TEXT, size=s) for s in (SIZED, LOOSE))
    bookings: dict[str, str] = {}
    numbers = count(1)

    def create(asked: Asked) -> Answer:
        body = lawful_body(asked, loose if broken else schema)
        if body is None or body["slotId"] not in ("s1", "s2", "s3"):
            return 400, {"error": "no such slot"}
        if body["slotId"] in bookings.values():
            return status, {"error": "the slot is taken"}
        key = f"b{next(numbers)}"
        bookings[key] = body["slotId"]
        return 201, {"id": key}

    def service(asked: Asked) -> Answer:
        if asked.path == "/slots":
            return 200, [{"id": name} for name in ("s1", "s2", "s3")]
        return kept(bookings, create)(asked)

    paths = paths_of("bookings", operation("book", schema, status="201"))
    slots = operation("slots")
    reply = {"type": "array", "items": members(["id"], id=TEXT)}
    slots["responses"]["200"]["content"] = {"application/json": {"schema": reply}}
    found, rulings = ruled(campaign_of(tmp_path, paths | {"/slots": {"get": slots}}, service))
    assert found == ({"book:request#/size:maximum": "lenient"} if broken else {})
    assert rulings["book:served"].verdict == "upheld"
    assert not bookings


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("name", ["name", "lockId"])
def test_a_lock_is_acquired_by_a_name_of_its_own(tmp_path: Path, name: str, broken: bool) -> None:
    """`POST /locks/{name}` makes what it names: those that others hold are left alone."""
    schema, loose = (members(["size"], size=size) for size in (SIZED, LOOSE))
    theirs = "deploy"
    locks: dict[str, Any] = {theirs: OK}
    asked_for: list[str] = []

    def create(asked: Asked) -> Answer:
        key = asked.path.split("/")[2]
        asked_for.append(key)
        if lawful_body(asked, loose if broken else schema) is None:
            return NO
        if key in locks:
            return 409, {"error": "held"}
        locks[key] = OK
        return 201, {"id": key}

    paths = paths_of("locks", operation("acquire", schema, status="201"))
    make = paths["/locks"].pop("post")
    one = paths.pop("/locks/{id}") | {"parameters": [placed(name, TEXT)], "post": make}
    paths[f"/locks/{{{name}}}"] = one
    found, rulings = ruled(campaign_of(tmp_path, paths, kept(locks, create)))
    assert found == ({"acquire:request#/size:maximum": "lenient"} if broken else {})
    assert {rulings[f"{one}:served"].verdict for one in ("acquire", "drop")} == {"upheld"}
    assert theirs not in asked_for
    assert list(locks) == [theirs]


@pytest.mark.parametrize("held", [False, True])
def test_a_lock_that_the_user_names_is_not_released(tmp_path: Path, held: bool) -> None:
    """Whether `POST /locks/{name}` has made what the user names nobody knows: it is left."""
    schema = members(["size"], size=SIZED)
    theirs = "deploy"
    locks: dict[str, Any] = {theirs: OK} if held else {}

    def create(asked: Asked) -> Answer:
        key = asked.path.split("/")[2]
        if lawful_body(asked, schema) is None:
            return NO
        locks[key] = OK
        return 201, {"id": key}

    paths = paths_of("locks", operation("acquire", schema, status="201"))
    make = paths.pop("/locks")["post"]
    one = paths.pop("/locks/{id}") | {"parameters": [placed("name", TEXT)], "post": make}
    paths["/locks/{name}"] = one
    given = (f"acquire:path#/name={theirs}",)
    campaign = campaign_of(tmp_path, paths, kept(locks, create), path_values=given)
    assert list(locks) == [theirs]
    assert campaign.sender.created.left_over
