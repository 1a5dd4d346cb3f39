"""Depth: all that is planned for one operation, in shares of a run's time and requests."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from clausewise.campaign.baseless import send_without_base
from clausewise.campaign.crashes import ENOUGH_CRASHES, Crashes, keyword_broken, values_in
from clausewise.campaign.pacing import Pace
from clausewise.diagnosis.confirming import tell_varying
from clausewise.diagnosis.diagnosis import Diagnosis
from clausewise.diagnosis.shortening import shorten
from clausewise.judge.outcomes import ABOUT_THE_REQUEST
from clausewise.pack.settings import Settings
from clausewise.plan.cases import LAWFUL, TWICE, Case, again
from clausewise.plan.plan import OperationPlan
from clausewise.record.ledger import Entry

if TYPE_CHECKING:
    from clausewise.campaign.campaign import Campaign

# So many requests go out between two looks at what came of them, and so many for each connection.
# At the end of a round all wait for the last of them, so with many connections it is longer still,
# unless operations share a budget.
_ROUND, _ROUND_EACH = 16, 4


class Shares:
    """What each of several operations may use of what is left of a run's budgets."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings = settings
        self._pace = pace

    def of(self, operations: int) -> BudgetShare:
        """The share of the next of so many operations."""
        requests = seconds = None
        if self._settings.max_requests is not None:
            left = self._settings.max_requests - self._pace.requests
            requests = self._pace.requests + max(_ROUND, left // operations)
        if self._settings.max_seconds is not None:
            seconds = self._pace.clock.seconds() + max(self._pace.seconds_left, 0.0) / operations
        return BudgetShare(self._pace, requests, seconds)


class BudgetShare:
    """One operation's share: up to so many requests of the run, until a moment."""

    def __init__(self, pace: Pace, requests: int | None, until: float | None) -> None:
        self._pace = pace
        self._requests = requests
        self._until = until

    @property
    def used_up(self) -> bool:
        """Whether another operation's turn has come."""
        if self._requests is not None and self._pace.requests >= self._requests:
            return True
        return self._until is not None and self._pace.clock.seconds() >= self._until


class Depth:
    """What is sent of one operation after its first request; it can be broken off and taken up."""

    def __init__(self, campaign: Campaign, plan: OperationPlan, entries: list[Entry]) -> None:
        """`entries` are what was sent of it already."""
        self.plan = plan
        self._campaign = campaign
        self._entries = entries
        self._sender = campaign.sender
        self._ledger = campaign.ledger
        self._round = _round_of(campaign.settings)
        self._diagnosed = False
        self._steps = self._all()

    def go_on(self, share: BudgetShare, lawful: bool = False) -> bool:
        """Send what a share allows, `lawful` requests alone or all; whether no such one is left."""
        if lawful and self._diagnosed:
            return True
        for _ in self._steps:
            if share.used_up:
                return False
            if lawful and self._diagnosed:
                return True
        return True

    def _all(self) -> Iterator[None]:
        """Everything, with a pause after every round of requests.

        What is drawn at random shows least: where it changes nothing for others, it comes after
        what is broken, and before doors.
        """
        if self.plan.asked_twice:
            self._repeat()
        cases, sent = self.plan.cases, {entry.case.id for entry in self._entries}
        positives = [case for case in cases if case.kind in LAWFUL]
        waiting = [case for case in positives if case.id not in sent]
        drawn = [c for c in waiting if c.kind == "search"] if self.plan.operation.safe else []
        early = waiting if not drawn else [c for c in waiting if c.kind != "search"]
        others = [c for c in cases if c.kind not in LAWFUL and c.id not in sent]
        doors, controls, others = _parted(others)
        crashes = Crashes(values_in)
        crashes.note(self._entries)
        diagnosis = Diagnosis(self.plan, self._ledger, self._sender.send_alone)
        yield from self._send_lawful(early, crashes)
        self._diagnose(diagnosis, self._entries)
        self._diagnosed = True
        yield
        broken = Crashes(keyword_broken, alike=True)
        baseless = yield from self._send_broken(diagnosis, _rounds(others, self._round), broken)
        known = len(self._entries)
        yield from self._send_lawful(drawn, crashes)
        self._diagnose(diagnosis, self._entries[known:])
        diagnosis.conclude()
        self._tell_unsent(positives)
        # By now another base may be known; and the rest is sent without one.
        baseless = yield from self._send_broken(diagnosis, _rounds(baseless, self._round), broken)
        alone = [*([case] for case in doors), controls]
        baseless += yield from self._send_broken(diagnosis, filter(None, alone), broken)
        self._send_without_base(diagnosis, baseless)
        self._campaign.enter("shorter proofs")
        shorten(diagnosis.prober, self._entries)

    def _send_lawful(self, cases: list[Case], crashes: Crashes) -> Iterator[None]:
        for some in _rounds(cases, self._round):
            self._campaign.enter("lawful requests")
            entries = self._sender.send_all(self._without_known_crash(some, crashes))
            crashes.note(entries)
            self._entries += entries
            yield

    def _diagnose(self, diagnosis: Diagnosis, entries: Iterable[Entry]) -> None:
        self._campaign.enter("diagnosis")
        diagnosis.run(entries)

    def _send_broken(
        self, diagnosis: Diagnosis, rounds: Iterable[list[Case]], crashes: Crashes
    ) -> Generator[None, None, list[Case]]:
        """Send broken requests on what the target accepts; gives those that have no base."""
        baseless: list[Case] = []
        for some in rounds:
            self._campaign.enter("broken requests")
            rebased, without = self._rebased(diagnosis, self._worth(some, crashes))
            baseless += without
            crashes.note(self._sender.send_all(rebased))
            yield
        return baseless

    def _repeat(self) -> None:
        """Ask a safe operation the very same once more, to see whether the answer is the same."""
        if not self._entries:  # nothing can be sent
            return
        entry = self._entries[-1]
        if entry.case.group is not None:
            return
        case = again(entry.case, TWICE, self.plan.leased)
        label = "the same request once more, to see whether the answer is the same"
        for repeated in self._sender.send_all([replace(case, label=label, probes=())]):
            if repeated.outcome in ABOUT_THE_REQUEST and repeated.outcome != entry.outcome:
                tell_varying(self._ledger, entry, repeated)

    def _without_known_crash(self, cases: list[Case], crashes: Crashes) -> list[Case]:
        """The lawful requests without what crashed time and again, and was in none that did not."""
        kept, left = crashes.parted(cases)
        for case, (at, label), _ in left:
            what = f"{at} = <{label}>" if label else f"{at}, whatever its value,"
            self._sender.unsent[case.id] = (
                f"not sent: {ENOUGH_CRASHES} requests or more with {what} crashed, and all did"
            )
        return kept

    def _worth(self, cases: list[Case], crashes: Crashes) -> list[Case]:
        """The broken requests of which it is not known that they would crash as others did."""
        kept, left = crashes.parted(cases)
        for case, _, last in left:
            for clause in case.probes:
                self._ledger.hindered.setdefault(
                    clause,
                    f"not sent: {ENOUGH_CRASHES} requests of its kind crashed alike (the last in "
                    f"exchange {last.id})",
                )
        return kept

    def _tell_unsent(self, cases: Iterable[Case]) -> None:
        """Say of which clauses nothing is known since what the cases need was not there."""
        unsent = self._sender.unsent
        lost = [case for case in cases if case.id in unsent]
        leaned = self._campaign.leaned if lost else {}
        for case in lost:
            for clause in self.plan.leans_on(dict(case.levels)):
                if clause not in leaned:
                    self._ledger.hindered.setdefault(clause, unsent[case.id])

    def _rebased(
        self, diagnosis: Diagnosis, cases: Iterable[Case]
    ) -> tuple[list[Case], list[Case]]:
        """The cases on what the target accepts, and those of which it accepts no base."""
        rebased, baseless = [], []
        for case in cases:
            fixed = diagnosis.rebased(case)
            if fixed is None:
                baseless.append(case)
            else:
                rebased.append(fixed)
        return rebased, baseless

    def _send_without_base(self, diagnosis: Diagnosis, baseless: list[Case]) -> None:
        """Send the cases whose base is refused as well, and say so of those that are not sent."""
        if not diagnosis.unsteady:
            self._campaign.enter("broken requests")
            baseless = send_without_base(baseless, self._ledger, self._sender.send_all)
        for case in baseless:
            for clause in case.probes:
                self._ledger.hindered[clause] = (
                    f"not sent: {case.label}, since its body has what the target refuses "
                    "although it is lawful"
                )


def _round_of(settings: Settings) -> int:
    """How many requests go out between two looks at what came of them."""
    connections, each = settings.concurrency, _ROUND_EACH
    if settings.max_requests is None and settings.max_seconds is None:
        each = max(each, connections // 4)
    return max(_ROUND, each * connections)


def _parted(cases: list[Case]) -> tuple[list[Case], list[Case], list[Case]]:
    """The cases with another credential than ours, the controls, and all others.

    Whoever is locked out for a wrong one is so at the same time for all that is under way.
    """
    doors = [case for case in cases if case.credential != "ours"]
    controls = [case for case in cases if case.kind == "control"]
    aside = {case.id for case in (*doors, *controls)}
    return doors, controls, [case for case in cases if case.id not in aside]


def _rounds(cases: list[Case], most: int) -> Iterator[list[Case]]:
    """The cases in portions of so many, groups unbroken."""
    portion: list[Case] = []
    for case in cases:
        if len(portion) >= most and (case.group is None or case.group != portion[-1].group):
            yield portion
            portion = []
        portion.append(case)
    if portion:
        yield portion
