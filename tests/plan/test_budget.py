"""A budget of requests is shared out while operations are planned one after the other."""

from __future__ import annotations

import pytest

from clausewise.pack import Pack
from clausewise.plan.budget import Budget, guessed, shares
from clausewise.plan.plan import Plan, make_plan
from clausewise.plan.planning import Planner


def _budget(pack: Pack, plan: Plan, most: int) -> Budget:
    guesses = {name: guessed(one.operation, plan.examples) for name, one in plan.operations.items()}
    return Budget(pack, guesses, most, most)


def _in_turn(pack: Pack, most: int, examples: int = 0) -> Plan:
    """All operations, cut in the order of the document."""
    plan = make_plan(pack, examples=examples)
    budget = _budget(pack, plan, most)
    short = plan.narrowed(budget.cut)
    for one in short.operations.values():
        assert one.cases
    return short


@pytest.mark.parametrize(
    ("sizes", "most", "expected"),
    [
        ({"a": 218, "b": 2, "c": 36}, 100, {"a": 62, "b": 2, "c": 36}),
        ({"a": 218, "b": 200, "c": 2}, 102, {"a": 50, "b": 50, "c": 2}),
        ({"a": 5, "b": 5}, 1, {"a": 1, "b": 1}),
    ],
)
def test_a_large_operation_leaves_none_without(
    sizes: dict[str, int], most: int, expected: dict[str, int]
) -> None:
    """Small plans stay whole, large ones share what is left alike, and each has one request."""
    assert shares(sizes, most) == expected


@pytest.mark.parametrize("most", [20, 60, 120, 250, 400])
def test_what_an_operation_does_not_use_goes_to_those_after_it(pack: Pack, most: int) -> None:
    """All shares together keep to the budget, and use it up but for what one case more would take.

    A case may need others that vouch for it, and a thing that has to be made for it.
    """
    short = _in_turn(pack, most)
    assert most * 0.85 <= short.requests(pack) <= most


def test_a_budget_for_everything_leaves_everything(pack: Pack) -> None:
    """With twice as much as there is nothing is left out, and the random search is there too."""
    whole = make_plan(pack, examples=5)
    short = _in_turn(pack, 2 * whole.requests(pack), examples=5)
    assert [case.id for case in short.cases] == [case.id for case in whole.cases]
    assert [case.value for case in short.cases] == [case.value for case in whole.cases]


def test_a_plan_that_fits_after_all_has_its_random_search(pack: Pack) -> None:
    """An operation that was thought to need more than its share, and does not, loses nothing."""
    whole = make_plan(pack, examples=5, operations=["start_recording"])
    alone = whole.operations["start_recording"]
    room = whole.requests(pack)
    cut = Budget(pack, {"start_recording": room + 50}, room, room).cut(alone)
    fresh = make_plan(pack, examples=5, operations=["start_recording"])
    assert [(case.id, case.value) for case in cut.cases] == [
        (case.id, case.value) for case in fresh.cases
    ]


def test_what_is_left_out_for_a_budget_says_so(pack: Pack) -> None:
    """Every clause that loses all its requests has the reason, and no other one gets another."""
    whole = make_plan(pack, examples=0)
    short = _in_turn(pack, 60)
    probed = {name for case in whole.cases for name in case.probes}
    kept = {name for case in short.cases for name in case.probes}
    reasons = {
        name: why for one in short.operations.values() for name, why in one.unplanned.items()
    }
    assert {n for n, why in reasons.items() if why == "left out to stay within 60 requests"} == (
        probed - kept
    )


def test_a_turn_plans_no_other_operation(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of the first operation is known before any other is planned, and has no search."""
    planned: list[tuple[str, int]] = []
    plan_it = Planner.plan

    def noted(planner: Planner) -> object:
        planned.append((planner.ground.operation.id, planner.examples))
        return plan_it(planner)

    monkeypatch.setattr(Planner, "plan", noted)
    plan = make_plan(pack, examples=5)
    short = plan.narrowed(_budget(pack, plan, 60).cut)
    first = next(iter(short.operations.values()))
    assert 1 < len(first.cases) < 60
    assert planned == [(first.operation.id, 0)]
    assert [one.is_made for one in short.operations.values()].count(True) == 1


def test_a_share_of_one_request_plans_nothing(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request of each is known without its plan, and the other clauses say why."""
    monkeypatch.setattr(Planner, "plan", lambda planner: pytest.fail("planned"))
    short = _in_turn(pack, 1)
    assert [case.id for case in short.cases] == [f"{name}/000" for name in short.operations]
    for one in short.operations.values():
        assert set(one.unplanned.values()) == {"left out to stay within 1 request"}


def test_what_is_given_back_goes_to_those_after_it(pack: Pack) -> None:
    """An operation that was given up, planned or not, has no share any more."""
    sizes = []
    for given_up in ([], ["start_recording"], ["start_recording", "get_all_recordings"]):
        plan = make_plan(pack, examples=0)
        budget = _budget(pack, plan, 60)
        budget.cut(plan.operations["start_recording"])
        for name in given_up:
            budget.give_back(name, 1)
        sizes.append(len(budget.cut(plan.operations["startTrackRecordingForAMeeting"]).cases))
    assert sizes[0] < sizes[1] < sizes[2]
