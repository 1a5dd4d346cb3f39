"""One broken rule at a time: a run names it, and nothing that still holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from clausewise.pack.python import module_of
from clausewise.plan.plan import Plan
from clausewise.selftest import Fault
from clausewise.selftest.running import Trial

from .faults import the_pack
from .whole import ACT, ACTIVE, LIST, ONE, START, TRACK, clause, the_whole_plan

CONTRACT = the_pack().contract
FAULTS = {fault.name: fault for fault in the_pack().rule_faults}


@dataclass(frozen=True, slots=True)
class Also:
    """A clause that a fault breaks beside its rule, and why it does."""

    clause: str
    reason: str
    verdict: str = "violated"


# A rule is violated, unless it is about what is accepted.
VERDICTS = {
    "R1: taken with VP8": "lenient",
    "R1: taken with VP9": "lenient",
}
# Seen only by requests that break the contract.
UNLAWFUL = {"R1: taken with VP8", "R1: taken with VP9", "R7: in a refusal"}
OTHER_IS_NULL = Also(clause(START, "R17"), "the other one of the two is null")
ALSO = {
    "R3: download_url at the start": (OTHER_IS_NULL,),
    "R3: download_url_expiry at the start": (OTHER_IS_NULL,),
    "R3: audio_download_url at the start": (
        Also(clause(START, "R18"), "some of these starts have no audio_config"),
    ),
    "R13: began before the start": tuple(
        Also(clause(name, "R14"), "it is INVOKED") for name in (START, TRACK)
    ),
    "R5: refused, and begun all the same": (
        Also(clause(LIST, "R34"), "more are counted than were started"),
    ),
    "R28: a stop in words alone": tuple(
        Also(clause(name, "R29"), "it is not UPLOADING at all") for name in (ONE, LIST)
    ),
    "R29: GET: ERRORED after UPLOADED": (Also(clause(LIST, "R29"), "there it is UPLOADED again"),),
    "R29: list: ERRORED after UPLOADED": (Also(clause(ONE, "R29"), "then it is UPLOADED again"),),
    "R31: nothing is ever active": (
        Also(f"{ACTIVE}:served", "it has no success for anybody", "strict"),
    ),
    "R31: one of another meeting": (
        Also(clause(ACTIVE, "R41"), "it is neither of two"),
        Also(clause(ACTIVE, "R42"), "it was started for another meeting"),
    ),
    "R31: another id": (Also(clause(ACTIVE, "R41"), "it is neither of two"),),
    "R32: meeting_id is ignored": (
        Also(clause(LIST, "R34"), "more are counted than were started in the meeting"),
    ),
    "R36: errors with status 200": (
        Also(f"{LIST}:200#/data:required", "a success has it"),
        Also(f"{LIST}:200#/paging:required", "a success has it"),
        Also(f"{ACTIVE}:200#/data:required", "a success has it"),
        *(Also(clause(name, "X10"), "a success has it") for name in (START, ONE, ACT, TRACK)),
        Also(clause(ACTIVE, "R30"), "it is no 404"),
    ),
    "R41: the first one again": (Also(clause(START, "R2"), "the first was not started with VP8"),),
    f"R42: meeting of {LIST}": (Also(clause(LIST, "R32"), "it is not the one that was asked for"),),
}


def _expected(fault: Fault) -> dict[str, str]:
    """The verdict by clause, for every clause that a fault breaks."""
    named = dict.fromkeys(fault.clauses, VERDICTS.get(fault.name, "violated"))
    return named | {also.clause: also.verdict for also in ALSO.get(fault.name, ())}


@cache
def _trial(whole: bool) -> Trial:
    """Runs of all that is planned, or of what is enough to show nearly all rules."""
    plans = the_whole_plan().operations
    enough = {
        name: plan.holding([c for c in plan.cases if c.kind not in ("pairs", "negative")])
        for name, plan in plans.items()
    }
    return Trial(the_pack(), Plan(plans if whole else enough))


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_rule_is_named(name: str) -> None:
    """The rule is broken for the operations that show it, and nothing is but what really is."""
    _, found, _ = _trial(name in UNLAWFUL).run([FAULTS[name]])
    verdicts = {clause: deviation.verdict for clause, deviation in found.items()}
    assert verdicts == _expected(FAULTS[name])


def test_every_rule_that_can_be_broken_is() -> None:
    """No rule of the pack is without a fault that it is named for, in whichever operation."""
    named = {name for fault in FAULTS.values() for name in _expected(fault) if ":rule:" in name}
    observable = [rule for rule in CONTRACT.rules.values() if not rule.unobservable]
    assert named == {clause(name, rule.id) for rule in observable for name in rule.operations}


def test_the_exceptions_are_about_faults() -> None:
    """What is said of a fault here is said of one that the pack has."""
    assert VERDICTS.keys() | ALSO.keys() | UNLAWFUL <= FAULTS.keys()
    assert len(FAULTS) == len(the_pack().rule_faults)


def test_no_two_moments_of_the_mock_are_alike() -> None:
    """However quick a run is, times tell what came first: each to the last digit."""
    clock = module_of(the_pack().root, Path("mock/_recording.py")).Clock()
    moments = [clock.moment() for _ in range(1000)]
    assert moments == sorted(set(moments))
    written = {f"{moment:%f}" for moment in moments}
    assert {(text[2] == "0", text[3:]) for text in written} == {(False, "000")}
