"""The self-test: a hole in the plan lowers the score, and a conforming endpoint has no findings."""

from __future__ import annotations

import re
from collections import OrderedDict
from functools import cache
from pathlib import Path

import pytest

from clausewise.cache import VARIABLE
from clausewise.exchange import Response
from clausewise.pack import find_pack
from clausewise.plan import apart
from clausewise.plan.plan import make_plan
from clausewise.selftest.deriving import derive
from clausewise.selftest.fault import KINDS, Asked, Fault, with_body
from clausewise.selftest.outcomes import Outcome
from clausewise.selftest.running import Trial, selftest
from clausewise.selftest.score import keep, save, score_of
from clausewise.values import breaking

from ..campaign.faults import the_pack
from ..campaign.odd import operation, pack_of
from ..conftest import REPOSITORY

# `tox -e hostile` has it.
pytestmark = pytest.mark.slow

START, LIST, TRACK = "start_recording", "get_all_recordings", "startTrackRecordingForAMeeting"


@cache
def _trial(*operations: str) -> Trial:
    return Trial(the_pack(), make_plan(the_pack(), operations=operations, examples=0))


def _first(trial: Trial, kind: str, keyword: str) -> Fault:
    """The first fault of a kind whose clause has a keyword."""
    return next(
        fault
        for fault in trial.faults
        if fault.kind == kind and re.search(f"#.*:{keyword}$", fault.clauses[0])
    )


# Every generator that the plans of this pack are made with, and an operation that needs it.
USED = {
    "type": START,
    "required": START,
    "enum": LIST,
    "minimum": LIST,
    "maximum": START,
    "minLength": TRACK,
    "maxLength": TRACK,
    "pattern": TRACK,
    "format": LIST,
    "minItems": TRACK,
    "maxItems": TRACK,
}


def test_every_generator_that_is_used_is_tried() -> None:
    """The next test leaves out no generator that the pack's plan has a request of."""
    probed = {
        name.rpartition(":")[2]
        for plan in make_plan(the_pack(), examples=0).operations.values()
        for case in plan.cases
        if case.kind == "negative"
        for name in case.probes
    }
    assert probed & breaking.GENERATORS.keys() == USED.keys()


@pytest.mark.parametrize("keyword", USED)
def test_without_a_generator_the_score_falls(keyword: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes a generator of negatives away sees it as a hole, and named as one."""
    whole = _trial(USED[keyword])
    fault = _first(whole, "lenient", keyword)
    assert whole.outcome(fault).state == "named"

    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(apart, "_members", OrderedDict())  # what was found before
    monkeypatch.delitem(breaking.GENERATORS, keyword)
    poorer = Trial(the_pack(), make_plan(the_pack(), operations=[USED[keyword]], examples=0))
    outcome = poorer.outcome(fault)
    assert outcome.state == "hole"
    assert outcome.reason == f"nothing is known that breaks `{keyword}`"


@pytest.mark.parametrize("kind", ["lenient", "strict", "crash", "reply", "transport"])
def test_faults_of_every_kind_are_named(kind: str) -> None:
    """Of each kind the first ones of an operation with a query are named by their own clause."""
    trial = _trial(LIST)
    faults = [fault for fault in trial.faults if fault.kind == kind][:6]
    outcomes = [trial.outcome(fault) for fault in faults]
    assert {outcome.state for outcome in outcomes} == {"named"}


def test_a_fault_that_nothing_shows_is_equivalent() -> None:
    """A breach that no reply has room for is no hole."""
    idle = Fault("idle", "reply", LIST, (f"{LIST}:status",), after=lambda asked, reply: reply)
    outcome = _trial(LIST).outcome(idle)
    assert (outcome.state, outcome.reason) == (
        "equivalent", "no reply of the target could show it",
    )  # fmt: skip


def test_a_fault_that_shows_and_is_not_found_is_a_hole() -> None:
    """A change that breaks nothing documented is told as what the plan misses."""

    def stranger(_: Asked, reply: Response) -> Response:
        return with_body(reply, {**reply.json, "x_new": 1})

    fault = Fault("new", "reply", LIST, (f"{LIST}:status",), after=stranger)
    outcome = _trial(LIST).outcome(fault)
    assert outcome.state == "hole"
    assert outcome.reason is not None
    assert outcome.reason.startswith("it changed ")


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_conforming_endpoint_has_no_findings(seed: int) -> None:
    """Whatever the random search of any operation comes up with."""
    assert _trial(*the_pack().contract.operations).alarms(seed) == ()


def _plainly(outcomes: tuple[Outcome, ...]) -> list[tuple[str, str]]:
    return [(outcome.name, outcome.state) for outcome in outcomes]


def test_a_sample_is_the_same_in_one_process_and_in_two() -> None:
    """It has its share of every kind, and nothing depends on who does the work."""
    operations = ["get_active_recording"]
    alone = selftest(the_pack(), sample=12, jobs=1, operations=operations, seeds=1)
    told: list[tuple[int, int]] = []
    shared = selftest(
        the_pack(),
        sample=12,
        jobs=2,
        operations=operations,
        seeds=1,
        listen=lambda *far: told.append(far),
    )
    assert _plainly(alone.outcomes) == _plainly(shared.outcomes)
    assert told[-1] == (len(alone.outcomes) + 1, len(alone.outcomes) + 1)
    assert 12 <= len(alone.outcomes) < alone.of
    kinds = {outcome.kind for outcome in alone.outcomes}
    assert {"lenient", "reply", "transport"} <= kinds <= set(KINDS)
    summary = alone.summary()
    assert summary["faults"] == summary["noticed"] == summary["named"] == len(alone.outcomes)
    assert (summary["seeds"], summary["false_alarms"]) == (1, 0)
    assert alone.model()["summary"] == {**summary, "date": alone.summary()["date"]}


def test_a_score_is_told_until_the_contract_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept is in reports; of another contract it is said to be old."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    pack = the_pack()
    monkeypatch.setattr("clausewise.selftest.score.FILE", "no-such-score.json")
    assert score_of(pack) is None

    score = {
        "date": "2026-01-02", "contract": "another", "faults": 9, "noticed": 8, "named": 7,
        "equivalent": 1,
    }  # fmt: skip
    keep(pack, score)
    told = score_of(pack)
    assert told is not None
    assert (told["noticed"], told["current"]) == (8, False)
    keep(pack, {**score, "contract": pack.contract.digest})
    again = score_of(pack)
    assert again is not None
    assert again["current"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"date": 5}', '{"date": "2026-01-01"}'])
def test_what_is_no_score_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A file that somebody else wrote is not read as a score."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr("clausewise.selftest.score.FILE", "no-such-score.json")
    keep(the_pack(), {"x": 1})
    (path,) = tmp_path.glob("selftest-*.json")
    path.write_text(text, "utf-8")
    assert score_of(the_pack()) is None


def test_a_saved_score_goes_with_the_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands beside clausewise.yaml, and wins where it is about this very contract."""
    monkeypatch.setenv(VARIABLE, "")
    for name in ("schemas", "rules"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    (tmp_path / "clausewise.yaml").write_text("contract: openapi.yaml\n", "utf-8")
    (tmp_path / "openapi.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n", "utf-8"
    )
    pack = find_pack(str(tmp_path))
    score = {
        "date": "2026-01-02", "contract": pack.contract.digest, "faults": 9, "noticed": 9,
        "named": 9, "equivalent": 0,
    }  # fmt: skip
    assert save(pack, score) == tmp_path / "selftest.json"
    told = score_of(pack)
    assert told is not None
    assert told["current"]


def test_where_every_status_is_documented(tmp_path: Path) -> None:
    """With a `default` no success status is a fault; all else that can be broken still is."""
    pack = pack_of(tmp_path, {"/things": {"get": operation("list", status="default")}})
    faults = derive(pack, make_plan(pack, examples=0))

    names = {fault.name for fault in faults if fault.kind == "transport"}
    assert "list answers 500 to refusals" in names
    assert not {name for name in names if name.startswith("list answers 20")}
