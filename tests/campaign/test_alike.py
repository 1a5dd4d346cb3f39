"""What came of every case, and whether it was answered alike when it was asked again."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from clausewise.record.record import CaseResult

from .odd import Answer, Call, Handler, carried_out, operation, pack_of
from .test_truth import FINE, NO, SIZE, careful

STARTS = {"/size": {"put": operation("resize", SIZE)}, "/ping": {"get": operation("ping")}}


def cases(root: Path, handler: Handler) -> dict[str, CaseResult]:
    """The cases of a run against a service of two operations, by id."""
    found = carried_out(pack_of(root, STARTS), handler)
    return {case.id: case for case in found.campaign.record().cases}


def test_what_is_safe_is_asked_twice_and_the_rest_once(tmp_path: Path) -> None:
    """A service that keeps everything: one repeated request for the safe operation, no more."""
    found = cases(tmp_path, careful)

    repeated = {name: case.alike for name, case in found.items() if case.times > 1}
    assert repeated == {"ping/000": True}
    assert {case.alike for case in found.values()} == {True, None}


@pytest.mark.parametrize(
    ("bodies", "alike"),
    [
        ([{"ok": True}, {"ok": False}], True),
        ([{"ok": True, "at": None}, {"ok": True, "at": "noon"}], True),
        ([{"ok": True, "items": []}, {"ok": True, "items": [{"id": 1}]}], True),
        ([{"ok": True}, {"ok": True, "more": 1}], False),
        ([{"ok": True, "size": 1}, {"ok": True, "size": "1"}], False),
    ],
)
def test_kinds_are_compared_and_not_values(
    tmp_path: Path, bodies: list[dict[str, object]], alike: bool
) -> None:
    """Other values, other items, and what was null before are alike; other members are not."""
    turns = count()

    def handler(call: Call) -> Answer:
        return (200, bodies[next(turns) % 2]) if call.path == "/ping" else careful(call)

    assert cases(tmp_path, handler)["ping/000"].alike is alike


def test_one_request_that_is_answered_in_two_ways_is_not_alike(tmp_path: Path) -> None:
    """Accepted once and refused once: the case varies, whatever came of it the last time."""
    turns = count()

    def handler(call: Call) -> Answer:
        small = isinstance(call.body, dict) and call.body.get("size") == 0
        if small:
            return (FINE, NO)[next(turns) % 2]
        return careful(call)

    found = [case for case in cases(tmp_path, handler).values() if case.times > 1]
    assert (False, "refused") in {(case.alike, case.expect) for case in found}


def test_a_case_asked_again_is_one_case(tmp_path: Path) -> None:
    """Confirmations and controls count as their planned cases: no id depends on what came back."""

    def lenient(call: Call) -> Answer:
        small = isinstance(call.body, dict) and call.body.get("size") == 0
        return FINE if small else careful(call)

    found = cases(tmp_path, lenient)
    assert found.keys() == cases(tmp_path, careful).keys()
    assert sum(case.times > 1 and case.alike is True for case in found.values()) == 3
