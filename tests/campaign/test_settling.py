"""What is not there yet is waited for, a settle time long, before it is called broken."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.settling import MOST_SECONDS
from clausewise.errors import UsageError
from clausewise.pack.resolving import resolve

from .lagging import LockedNotes, Notes, StillClock, notes_pack, secured, timed
from .odd import operation

OF_A_NOTE = ("read", "change", "drop")
SUPPLIES = {
    "note": {
        "operation": "make",
        "gives": {"note_id": "$response.body#/id"},
        "needed_by": {name: {} for name in OF_A_NOTE},
    }
}


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("lag", [0.0, 0.3, 1.5])
def test_a_new_thing_is_there_a_moment_later(tmp_path: Path, lag: float, declared: bool) -> None:
    """What is 404 for a second after it was made is judged in full, no finding, and undone."""
    clock = StillClock()
    notes = Notes(clock, lag)
    pack = notes_pack(tmp_path, supplies=SUPPLIES if declared else {})
    found = timed(pack, notes, clock)
    assert found.findings == {}
    assert {ruling.verdict for ruling in found.rulings.values()} <= {"upheld", "unexercised"}
    assert found.rulings["change:request#/text:maxLength"].verdict == "upheld"
    assert notes.notes == {}
    assert clock.passed == 0.0 if lag == 0.0 else clock.passed > lag


def test_a_new_thing_that_never_is_there(tmp_path: Path) -> None:
    """It is strict after the settle time, which is waited for once for each operation."""
    clock = StillClock()
    pack = notes_pack(tmp_path, supplies=SUPPLIES)
    found = timed(pack, Notes(clock, math.inf), clock, concurrency=1)
    assert found.findings == {f"{name}:served": "strict" for name in OF_A_NOTE}
    assert clock.passed == pytest.approx(2.0 * len(OF_A_NOTE))


def test_a_settle_time_of_nothing(tmp_path: Path) -> None:
    """With 0 nothing is waited for: what is late is not there."""
    clock = StillClock()
    pack = notes_pack(tmp_path, supplies=SUPPLIES)
    found = timed(pack, Notes(clock, 1.0), clock, settle_seconds=0.0)
    assert clock.passed == 0.0
    assert set(found.findings) == {f"{name}:served" for name in OF_A_NOTE}


def test_a_run_waits_for_a_minute_in_all(tmp_path: Path) -> None:
    """After that what is new and not there proves nothing, and says so."""
    clock = StillClock()
    notes = Notes(clock, 14.0)
    found = timed(notes_pack(tmp_path, supplies=SUPPLIES), notes, clock, settle_seconds=15.0)
    assert found.findings == {}
    assert MOST_SECONDS <= clock.passed < MOST_SECONDS + 15.0
    reasons = {ruling.message for ruling in found.rulings.values() if "change" in ruling.clause.id}
    assert any("the run has waited long enough in all" in reason for reason in reasons)


@pytest.mark.parametrize("status", [403, 404, 429])
def test_a_door_that_is_locked_for_a_while(tmp_path: Path, status: int) -> None:
    """Whoever is locked out for wrong credentials waits, and all is judged."""
    clock = StillClock()
    notes = LockedNotes(clock, status, 1.5)
    found = timed(secured(tmp_path), notes, clock)
    assert found.findings == {}
    assert clock.passed > 1.5
    for name in ("make", "list", *OF_A_NOTE):
        assert found.rulings[f"{name}:served"].verdict == "upheld"
        assert found.rulings[f"{name}:auth"].verdict == "upheld"
    assert notes.notes == {}


def test_where_nothing_was_ever_found_no_door_is_locked(tmp_path: Path) -> None:
    """What was not there before a wrong credential was sent is not waited for after it."""
    clock = StillClock()
    lost = {f"/{name}": {"get": operation(name)} for name in ("lost", "misplaced")}
    found = timed(secured(tmp_path, lost), LockedNotes(clock, 401, 0.0), clock)
    assert {"lost:served", "misplaced:served"} <= found.findings.keys()
    assert clock.passed == 0.0


def test_a_door_that_locks_nobody_out(tmp_path: Path) -> None:
    """A wrong credential that is taken after a while is lenient all the same."""
    clock = StillClock()
    notes = LockedNotes(clock, 401, 0.0, careless=True)
    found = timed(secured(tmp_path), notes, clock)
    assert found.findings == {f"{name}:auth": "lenient" for name in ("make", "list", *OF_A_NOTE)}


def test_where_a_settle_time_comes_from(tmp_path: Path) -> None:
    """The option goes before the profile, that before the pack, and all before what is usual."""
    profiles = {"far": {"base_url": "https://far.example", "settle": "20s"}}
    plain = notes_pack(tmp_path / "plain", profiles={"far": {"base_url": "https://far.example"}})
    said = notes_pack(tmp_path / "said", settle=5, profiles=profiles)

    def settle(pack: Any, **options: Any) -> float:
        return resolve(pack, environment={}, **options).settle_seconds

    assert settle(plain) == settle(plain, base_url="http://127.0.0.1:1") == 2.0
    assert settle(plain, profile="far") == 15.0
    assert settle(said) == 5.0
    assert settle(said, profile="far") == 20.0
    assert settle(said, profile="far", settle_seconds=0.0) == 0.0
    wrong = notes_pack(tmp_path / "wrong", settle="soon")
    with pytest.raises(UsageError, match="settle is a number, not 'soon'"):
        settle(wrong)
