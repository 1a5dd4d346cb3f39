"""A part of a plan: the cases that some clauses need, and the most valuable ones."""

from __future__ import annotations

import pytest

from clausewise.plan.plan import OperationPlan
from clausewise.plan.selection import limit, select
from clausewise.pointer import ABSENT

MAXIMUM = "start_recording:request#/video_config/height:maximum"


def test_one_request_clause(start_recording: OperationPlan) -> None:
    """One clause about requests needs its negatives, lawful values around them, and little else."""
    chosen = select(start_recording, [start_recording.operation.clauses[MAXIMUM]])
    assert chosen.cases[0] is start_recording.cases[0]
    negatives = [case for case in chosen.cases if case.expect == "refused"]
    assert {case.probes for case in negatives} == {(MAXIMUM,)}
    lawful = [case for case in chosen.cases if case.expect == "accepted"]
    values = {(at, level.label) for case in lawful for at, level in case.levels.items()}
    for case in negatives:
        needed = {(at, lv.label) for at, lv in case.levels.items() if lv.value is not ABSENT}
        assert needed <= values
    assert len(chosen.cases) < 40


def test_a_reply_clause_needs_all_lawful_requests(start_recording: OperationPlan) -> None:
    """Any lawful request may make a reply break its clauses, and any that may be accepted."""
    clause = start_recording.operation.clauses["start_recording:200#/data/status:enum"]
    chosen = select(start_recording, [clause])
    assert {case.expect for case in chosen.cases} == {"accepted", "either"}
    lawful = [c for c in start_recording.cases if c.expect != "refused" and c.kind != "control"]
    assert [case.id for case in chosen.cases] == [case.id for case in lawful]


def test_a_refusal_clause_needs_all_broken_requests(start_recording: OperationPlan) -> None:
    """Any broken request may make an error reply break its clauses."""
    clause = start_recording.operation.clauses["start_recording:4XX:json"]
    chosen = {case.id for case in select(start_recording, [clause]).cases}
    assert {case.id for case in start_recording.cases if case.expect == "refused"} <= chosen


def test_all_clauses_need_the_whole_plan(start_recording: OperationPlan) -> None:
    """With every clause selected, nothing is left out; so it is with `status`."""
    clauses = start_recording.operation.clauses
    assert select(start_recording, list(clauses.values())) is start_recording
    status = select(start_recording, [clauses["start_recording:status"]])
    assert [case.id for case in status.cases] == [case.id for case in start_recording.cases]


@pytest.mark.parametrize("most", [1, 2, 10, 60, 140])
def test_a_budget_keeps_the_most_valuable(start_recording: OperationPlan, most: int) -> None:
    """No more than the budget is kept, in order, and clauses that lose all cases are named."""
    cut, lost = limit(start_recording, most)
    assert len(cut.cases) <= most
    ids = [case.id for case in start_recording.cases]
    assert [case.id for case in cut.cases] == [i for i in ids if i in {c.id for c in cut.cases}]
    assert cut.cases[0] is start_recording.cases[0]
    probed = {name for case in start_recording.cases for name in case.probes}
    kept = {name for case in cut.cases for name in case.probes}
    assert lost == sorted(probed - kept)


def test_a_large_budget_changes_nothing(start_recording: OperationPlan) -> None:
    """A budget above the plan's size keeps all of it."""
    assert limit(start_recording, 10_000) == (start_recording, [])


def test_a_larger_budget_loses_fewer_clauses(start_recording: OperationPlan) -> None:
    """The more requests are allowed, the fewer clauses stay without one."""
    lost = [len(limit(start_recording, most)[1]) for most in (1, 20, 60, 100, 140, 160)]
    assert lost == sorted(lost, reverse=True)
    assert lost[-1] == 0
