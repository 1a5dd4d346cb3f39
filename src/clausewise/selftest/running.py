"""The self-test: a run against every fault, and how many of them it notices and names."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property
from typing import Any, NamedTuple

from msgspec.structs import replace

from clausewise.campaign.campaign import Campaign
from clausewise.campaign.scenario import play
from clausewise.errors import TargetError
from clausewise.pack import Pack, find_pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.ground import NO_FORM, NOBODY, taken_by
from clausewise.plan.negatives import NOT_ALONE
from clausewise.plan.plan import Plan, make_plan
from clausewise.plan.transport import same_schema
from clausewise.record.policy import DEVIATIONS, Policy
from clausewise.record.record import Record
from clausewise.record.verdicts import Ruling
from clausewise.selftest.deriving import derive
from clausewise.selftest.echo import Echo
from clausewise.selftest.fault import KINDS, Fault
from clausewise.selftest.faulty import Faulty
from clausewise.selftest.outcomes import Outcome, Score, State
from clausewise.selftest.stand_ins import stand_ins
from clausewise.transport.in_process import InProcessTarget

# What a finding is, whatever a pack waives: here the target is broken on purpose.
_POLICY = Policy()
# How many faults one process is given at a time.
_CHUNK = 8


class Deviation(NamedTuple):
    """What a run says of a clause that was not kept, and whether that fails the run."""

    verdict: str
    fails: bool


class _Seen(NamedTuple):
    """What came of a run: deviations by clause, and why clauses are inconclusive.

    `no_entry`: it ended because the target accepted nothing.
    """

    faulty: Faulty
    found: dict[str, Deviation]
    open: dict[str, str]
    requests: int
    no_entry: bool = False


def is_alone(pack: Pack) -> bool:
    """Whether a pack says no more than its contract does, so that an echo of that can play it."""
    return "mock" not in pack.settings and not pack.contract.rules and not pack.supplies


def conforming_target(pack: Pack) -> Callable[[], Any]:
    """What makes a conforming target: the pack's mock, else an echo of the contract.

    Raises UsageError for a pack without a mock that has more than a contract.
    """
    if not is_alone(pack):
        pack.mock()
        return pack.mock
    echo = Echo(pack.contract, stand_ins(pack))
    return lambda: echo


def selftest_settings(pack: Pack) -> Settings:
    """The settings of a run against it: nothing goes on in this process while a run waits."""
    settings = resolve(pack, environment={}, settle_seconds=0.0)
    if not is_alone(pack):
        return settings
    # Nothing that it does is real.
    return replace(settings, credentials=stand_ins(pack), token=None, destructive=True)


class Trial:
    """Runs of one pack's plan against faults, one at a time."""

    def __init__(self, pack: Pack, plan: Plan) -> None:
        self.pack = pack
        self.plan = plan
        self._make_target, self._settings = conforming_target(pack), selftest_settings(pack)

    @cached_property
    def faults(self) -> list[Fault]:
        """Every fault of the plan."""
        return derive(self.pack, self.plan)

    def outcome(self, fault: Fault) -> Outcome:
        """What a run makes of one fault."""
        seen = self._seen([fault], everywhere=fault.everywhere)
        if seen.no_entry and len(self.plan.operations) > 1:
            # Of one operation that accepts nothing, a run of all says which it is.
            seen = self._seen([fault], everywhere=True)
        return self._told(fault, seen)

    def run(
        self, faults: Sequence[Fault], *, everywhere: bool = True
    ) -> tuple[Faulty, dict[str, Deviation], int]:
        """A run against faults at once: the target, deviations by clause, requests.

        Unless `everywhere`, only the operations of the faults are judged.
        """
        seen = self._seen(faults, everywhere)
        return seen.faulty, seen.found, seen.requests

    def _seen(self, faults: Sequence[Fault], everywhere: bool) -> _Seen:
        names = {fault.operation for fault in faults}
        operations = tuple(self.plan.operations) if everywhere or not names else tuple(names)
        scenarios = self.pack.scenarios if everywhere else ()
        faulty, campaign = self._campaign(faults, operations, scenarios)
        try:
            rulings = _carried_out(campaign, scenarios)
        except TargetError as error:
            shut = {"the target as a whole": Deviation(str(error), fails=True)}
            return _Seen(faulty, shut, {}, campaign.sender.requests, no_entry=True)
        found: dict[str, Deviation] = {}
        contradictions = tuple(getattr(faulty.application, "contradictions", ()))
        for name, ruling in rulings.items():
            if ruling.verdict in DEVIATIONS and not name.startswith(contradictions):
                fails = _POLICY.fails(name, ruling.verdict, ruling.soft)
                found[name] = Deviation(ruling.verdict, fails)
        open_ = {n: one.message for n, one in rulings.items() if one.verdict == "inconclusive"}
        return _Seen(faulty, found, open_, campaign.sender.requests)

    def record(self, faults: Sequence[Fault], operations: Sequence[str]) -> tuple[Faulty, Record]:
        """The record of a run of these operations against faults; scenarios go with all of them.

        Raises TargetError.
        """
        scenarios = self.pack.scenarios if len(operations) == len(self.plan.operations) else ()
        faulty, campaign = self._campaign(faults, operations, scenarios)
        _carried_out(campaign, scenarios)
        return faulty, campaign.record()

    def _campaign(
        self, faults: Sequence[Fault], operations: Sequence[str], scenarios: Sequence[Any]
    ) -> tuple[Faulty, Campaign]:
        """A run of some operations against faults, not begun yet."""
        faulty = Faulty(self._make_target(), self.pack.contract, faults)
        plans = {n: plan for n, plan in self.plan.operations.items() if n in operations}
        campaign = Campaign(
            self.pack,
            Plan(plans),
            self._settings,
            InProcessTarget(faulty),
            scenarios=sum(scenery.requests for scenery, _ in scenarios),
        )
        return faulty, campaign

    def alarms(self, seed: int) -> tuple[str, ...]:
        """What a run finds that keeps everything: its random search has this seed."""
        searched = Trial(
            self.pack,
            make_plan(self.pack, operations=list(self.plan.operations), seed=seed),
        )
        _, found, _ = searched.run([])
        return tuple(name for name, deviation in found.items() if deviation.fails)

    def _told(self, fault: Fault, seen: _Seen) -> Outcome:
        state: State
        reason: str | None = None
        found, applied = seen.found, seen.faulty.applied[fault.name]
        if any(clause in found for clause in fault.clauses):
            state = "named"
        elif any(deviation.fails for deviation in found.values()):
            state = "noticed"
        elif fault.kind == "strict" and (excuse := _for_its_data(fault, seen.open)):
            state, reason = "equivalent", excuse
        elif applied:
            state, reason = "hole", f"it changed {applied} replies, and nothing was found"
        elif fault.kind in ("reply", "transport", "rule"):
            state, reason = "equivalent", "no reply of the target could show it"
        else:
            state, reason = self._not_met(fault)
        return Outcome(
            fault.name,
            fault.kind,
            fault.operation,
            fault.clauses,
            state,
            tuple(found),
            reason,
            seen.requests,
        )

    def _not_met(self, fault: Fault) -> tuple[State, str]:
        plan = self.plan.operations[fault.operation]
        unknown = plan.operation.unasked or plan.operation.in_doubt
        if unknown is not None:
            return "equivalent", unknown.reason
        if plan.lack is not None and (NO_FORM in plan.lack or NOBODY in plan.lack):
            return "equivalent", plan.lack
        shared = (same_schema(plan.operation),) if plan.operation.contents else ()
        twin = plan.operation.twin
        taken = () if twin is None else (taken_by(twin),)
        excused = (*NOT_ALONE, NO_FORM, *shared, *taken)
        for clause in (*fault.clauses, *fault.about):
            promise = plan.operation.clauses.get(clause)
            if promise is not None and promise.untestable is not None:
                return "equivalent", promise.untestable
            why = plan.unplanned.get(clause)
            if why is not None:
                return ("equivalent" if why in excused else "hole"), why
        return "hole", "no request of the plan met it"


def _for_its_data(fault: Fault, open_: Mapping[str, str]) -> str | None:
    """What a run says of a refusal that may be about data, which nobody gave; None for no such.

    Some documents have no other words for a refusal than of a credential or a thing.
    """
    told = [open_[clause] for clause in fault.clauses if clause in open_]
    return next((one for one in told if fault.everywhere or "the server says" in one), None)


def _carried_out(campaign: Campaign, scenarios: Iterable[Any]) -> dict[str, Ruling]:
    campaign.start()
    try:
        for scenery, function in scenarios:
            play(campaign, scenery, function)
    finally:
        campaign.release()
    return campaign.rulings()


def selftest(
    pack: Pack,
    *,
    sample: int | None,
    jobs: int | None,
    operations: Sequence[str] | None,
    seeds: int,
    listen: Callable[[int, int], None] | None = None,
) -> Score:
    """Run the plan, random search off, against every fault, or a sample of them.

    Then, with the search, against the target without a fault, once for each of so many `seeds`.
    `jobs` processes share the work; `listen` is told how many runs are done, and of how many. A
    sample is the same every time, and has its share of every kind. Raises UsageError for a pack
    with rules or supplies and without a mock.
    """
    conforming_target(pack)  # without one there is nothing to break
    plan = make_plan(pack, operations=operations, examples=0)
    faults = derive(pack, plan)
    if operations is not None:
        faults = [fault for fault in faults if _is_about(fault, operations)]
    chosen = _sampled(faults, sample)
    jobs = jobs or os.cpu_count() or 1
    done: list[Outcome] = []
    alarms: dict[int, tuple[str, ...]] = {}
    names = [fault.name for fault in chosen]
    tasks: list[_Task] = [
        tuple(names[start : start + _CHUNK]) for start in range(0, len(names), _CHUNK)
    ]
    tasks += range(seeds)
    for result in _shared_out(pack, operations, tasks, jobs):
        if isinstance(result, list):
            done += result
        else:
            alarms[result[0]] = result[1]
        if listen is not None:
            listen(len(done) + len(alarms), len(chosen) + seeds)
    return Score(tuple(done), len(faults), pack.contract.digest, alarms)


def _is_about(fault: Fault, operations: Sequence[str]) -> bool:
    """Whether a fault breaks clauses of these operations alone: a rule of others takes them all."""
    return all(clause.partition(":")[0] in operations for clause in fault.clauses)


def _sampled(faults: list[Fault], sample: int | None) -> list[Fault]:
    if sample is None or sample >= len(faults):
        return faults
    chance = random.Random(0)  # noqa: S311  # a choice of tests is no secret
    chosen: set[str] = set()
    for kind in KINDS:
        names = [fault.name for fault in faults if fault.kind == kind]
        share = -(-sample * len(names) // len(faults))
        chosen |= set(chance.sample(names, min(share, len(names))))
    return [fault for fault in faults if fault.name in chosen]


# Some faults by name, or a seed.
_Task = tuple[str, ...] | int
_Result = list[Outcome] | tuple[int, tuple[str, ...]]


def _shared_out(
    pack: Pack, operations: Sequence[str] | None, tasks: list[_Task], jobs: int
) -> Iterator[_Result]:
    """The results of all tasks, in their order."""
    if jobs == 1 or len(tasks) < 2:
        _prepare(pack.origin, operations)
        yield from map(_result, tasks)
        return
    with ProcessPoolExecutor(
        jobs, initializer=_prepare, initargs=(pack.origin, operations)
    ) as pool:
        yield from pool.map(_result, tasks)


_TRIAL: dict[str, Any] = {}


def _prepare(origin: str, operations: Sequence[str] | None) -> None:
    """Make this process ready: closures do not travel between processes, names do."""
    pack = find_pack(origin)
    trial = Trial(pack, make_plan(pack, operations=operations, examples=0))
    _TRIAL["trial"] = trial
    _TRIAL["faults"] = {fault.name: fault for fault in trial.faults}


def _result(task: _Task) -> _Result:
    trial: Trial = _TRIAL["trial"]
    if isinstance(task, int):
        return task, trial.alarms(task)
    return [trial.outcome(_TRIAL["faults"][name]) for name in task]
