"""A campaign: one run against one target, from the preflight to the last verdict.

It sends in a thread of its own, ahead of whoever waits for verdicts. Breadth comes first: a lawful
request of every operation, so that a run that is cut short anywhere has seen something of
everything; then each operation in depth; what destroys comes last (`order.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from clausewise.campaign.alternatives import Alternatives
from clausewise.campaign.baseless import ask_strangers, send_families
from clausewise.campaign.breadth import asked_once
from clausewise.campaign.clock import Clock
from clausewise.campaign.depth import Depth, Shares
from clausewise.campaign.echoes import note_echoes
from clausewise.campaign.leaning import Leaning
from clausewise.campaign.near_misses import near_misses
from clausewise.campaign.order import stages
from clausewise.campaign.pacing import Stopped
from clausewise.campaign.preflight import Preflight
from clausewise.campaign.sending import Sender
from clausewise.contract import Clause
from clausewise.diagnosis.confirming import Confirming
from clausewise.diagnosis.varying import blame_varying
from clausewise.links.proving import Link
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.plan import OperationPlan, Plan
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.recording import clauses_about, rulings_of
from clausewise.record.verdicts import Ruling
from clausewise.secrets.masking import Mask
from clausewise.transport.target import Target

if TYPE_CHECKING:
    from clausewise.record.record import Record


class Progress(Struct, frozen=True):
    """How far a run has come: requests sent, requests planned, and what it is doing of what.

    `waiting` says that for some seconds there is nothing else to tell.
    """

    operation: str
    sent: int
    planned: int
    phase: str
    waiting: bool = False


class Campaign:
    """One run. `listen` is called after every exchange, from the thread that sent it."""

    def __init__(
        self,
        pack: Pack,
        plan: Plan,
        settings: Settings,
        target: Target,
        *,
        listen: Callable[[Progress], None] | None = None,
        selected: Collection[str] | None = None,
        scenarios: int | None = 0,
        record: Callable[[Campaign, Entry], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`selected` are the ids of the clauses to judge; None means all.

        `scenarios` is how many requests they send at most, None where that is not known yet: where
        it is not 0, nothing but the first request of the plan is sent before `release` is called.
        `record` is told of every entry, from the thread that sent it. `clock` is the time that it
        goes by.
        """
        self._record = record
        self.pack = pack
        self.selected = selected
        self.plan = plan
        self.settings = settings
        self.target = target
        self.ledger = Ledger()
        self.started = datetime.now(UTC)
        self.seconds = 0.0
        self.complete = False
        self._listen = listen or (lambda progress: None)
        self._phase = "preflight"
        self._operation_now = ""
        self.sender = Sender(pack, settings, target, self.ledger, self._heard, clock, self._waits)
        self.sender.supplies.plans = plan.operations
        for one in plan.operations.values():
            one.listen = self._planning
        self._leaning = Leaning(plan.operations, settings)
        # How many requests scenarios send at most.
        self.scenarios = scenarios or 0
        # The operations whose plan is noted in the ledger.
        self._noted: set[str] = set()
        self._ready = threading.Event()
        self._released = threading.Event()
        if scenarios == 0:
            self._released.set()
        self._thread: threading.Thread | None = None
        self._finished = threading.Event()
        self._error: BaseException | None = None
        self._rulings: dict[str, Ruling] | None = None
        self._begun = time.perf_counter()
        asked = [one.operation for one in plan.operations.values()]
        self._preflight = Preflight(self.sender, asked)

    @property
    def clauses(self) -> list[Clause]:
        """The clauses this run is about, in document order."""
        return clauses_about(self.pack.contract, self.plan.operations, self.ledger)

    @property
    def planned(self) -> int:
        """How many requests are planned so far: cases, what they need, at most in scenarios."""
        made = Plan({n: one for n, one in self.plan.operations.items() if one.is_made})
        return made.requests(self.pack) + self.scenarios

    @property
    def stopped_because(self) -> str | None:
        """Why the run ended early, if it did."""
        return self.sender.stopped_because

    def start(self) -> None:
        """Begin to send, in a thread of its own."""
        self._thread = threading.Thread(target=self._run_safely, name="clausewise", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Send everything, in this thread. Raises TargetError when the preflight fails."""
        self._run_safely()
        self.join()

    def stop(self, reason: str) -> None:
        """Send nothing more than what is under way."""
        if not self._finished.is_set():
            self.sender.stop(reason)
            self.release()

    def until_ready(self) -> None:
        """Wait until the target has answered the first request, or nothing is planned.

        Raises what the run raised: TargetError, or a bug; KeyboardInterrupt after the second one.
        """
        while not (self._ready.wait(0.1) or self._finished.is_set()):
            self._heed()
        if self._error is not None:
            raise self._error

    def release(self) -> None:
        """Go on with what is planned: no scenario is to come before it any more."""
        self._released.set()

    def join(self) -> None:
        """Wait for the end. Raises what `until_ready` does."""
        self.release()
        while not self._finished.wait(0.1):
            self._heed()
        if self._error is not None:
            raise self._error

    def _heed(self) -> None:
        if self.sender.undisturbed.given_up:
            raise KeyboardInterrupt

    def rulings(self) -> dict[str, Ruling]:
        """The verdict on every clause, by id. Waits for the end."""
        self.join()
        if self._rulings is None:
            self._rulings = rulings_of(
                self.clauses,
                self.ledger,
                self.leaned,
                self.why_not(),
                self.stopped_because,
                self.selected,
            )
        return self._rulings

    def record(self, mask: Mask | None = None, seed: int = 0) -> Record:
        """The run as a value, masked. Waits for the end.

        `mask` has to know all exchanges; without one, it is made of them. `seed` is the plan's.
        """
        from clausewise.campaign.recording import record_of

        return record_of(self, mask, seed)

    def why_not(self) -> dict[str, str]:
        """By clause, why no request is planned that would show it."""
        reasons: dict[str, str] = {}
        for plan in self.plan.operations.values():
            if plan.is_made:
                reasons |= plan.unplanned
        for clause in self.pack.contract.clauses.values():
            if clause.operation in self._preflight.unasked:
                reasons[clause.id] = str(self._preflight.unasked[clause.operation])
        for rule in self.pack.contract.rules.values():
            if rule.unobservable:
                for name in rule.operations:
                    reasons[rule.clause(name).id] = rule.unobservable
        return reasons

    def leaned_by(self, entry: Entry) -> list[str]:
        """The clauses on whose inner side an accepted request stood, as often as it did."""
        return self._leaning.of(entry)

    def vet(self, entry: Entry) -> None:
        """Raise TargetError for an answer that closes the door, where it never was open."""
        self._preflight.vet(entry)

    @property
    def links(self) -> list[Link]:
        """Where the values came from that name things: links that were found or declared."""
        return self.sender.links.found

    @property
    def leaned(self) -> dict[str, int]:
        """By clause, how many accepted requests stood on its inner side."""
        return self._leaning.counts(self.ledger.entries)

    def enter(self, phase: str) -> None:
        """Take note of what the run does now."""
        self._phase = phase

    def _heard(self, entry: Entry) -> None:
        operation, phase = self._operation_now, self._phase
        if entry.case.kind == "scenario":
            operation, phase = entry.case.label, "scenario"
        self._note(self._operation_now)
        if self._record is not None:
            self._record(self, entry)
        self._listen(Progress(operation, self.sender.requests, self._expected, phase))

    def _note(self, operation: str) -> None:
        """Note in the ledger what is planned for an operation, once that is known."""
        plan = self.plan.operations.get(operation)
        if plan is None or not plan.is_made or operation in self._noted:
            return
        self._noted.add(operation)
        self.ledger.planned = self.planned
        self.ledger.unplanned |= plan.unplanned

    @property
    def _expected(self) -> int:
        """How many requests there will be: operations that are not planned yet are like others."""
        share = len(self._noted) / len(self.plan.operations) if self._noted else 1
        return round(self.ledger.planned / share)

    def _planning(self, operation: str) -> None:
        self._listen(Progress(operation, self.sender.requests, self._expected, "planning"))

    def _waits(self, seconds: float) -> None:
        phase = f"the target asks for patience, waiting {seconds:.0f} s"
        if seconds >= 1:
            sent = self.sender.requests
            self._listen(Progress(self._operation_now, sent, self._expected, phase, waiting=True))

    def _run_safely(self) -> None:
        try:
            self._send_all()
        except BaseException as error:  # it is raised again where the run is waited for
            self._error = error
        finally:
            # Whatever happened: who waits must not wait for ever.
            self.seconds = time.perf_counter() - self._begun
            self._finished.set()
            self._ready.set()

    def _send_all(self) -> None:
        try:
            self.sender.tokens.fetch()
            order = stages(
                self.pack, self.settings, self.sender.links.catalogue, self.plan.operations
            )
            for names in order:
                self._stage(self.plan.operations[name] for name in names)
                self._preflight.unserved.look_for_what_was_written()
                self.sender.look_again()
            self._await_scenarios()
            self._preflight.check_any_accepted(self.plan.operations.values())
            self._preflight.unserved.decide()
            self._confirm_all()
            ask_strangers(self.ledger, self.sender.ask_stranger)
            self._try_alternatives()
            self._try_near_misses()
            self.complete = True
        except Stopped:
            self._confirm_what_was_seen()
            self._preflight.check_any_answered()
        finally:
            self._phase = "clean-up"
            self.sender.undo_all()
            self.sender.close()
            note_echoes(self.pack.contract, self.settings, self.ledger)

    def _stage(self, plans: Iterable[OperationPlan]) -> None:
        """Ask each of some operations once, then each in depth."""
        asked: list[Depth] = []
        opened = self._open_first(plans)
        for plan, entries in asked_once(self._preflight, opened, self._begins):
            if entries is not None:
                self._await_scenarios()
                asked.append(Depth(self, plan, entries))
                continue
            if any(entry.outcome == "refused" for entry in self.ledger.of(plan.operation.id)):
                why = self.ledger.hindered.get(plan.operation.served, "nothing is accepted")
                send_families(plan.cases, self.ledger, self.sender.send_all, why)
                self._confirm(plan)
            self.plan.give_up(plan.operation.id, len(self.ledger.of(plan.operation.id)))
        self._await_scenarios()
        # What crashes is seen before all that is refused; budgets are shared out among operations.
        if self.settings.max_requests is None and self.settings.max_seconds is None:
            self._go_deep(asked, lawful=True)
        self._go_deep(asked)

    def _begins(self, plan: OperationPlan) -> None:
        self._operation_now, self._phase = plan.operation.id, "preflight"

    def _go_deep(self, asked: list[Depth], lawful: bool = False) -> None:
        """Send what is planned of some operations: all of it, or the `lawful` requests alone."""
        shares = Shares(self.settings, self.sender.pace)
        while asked:
            going_on = []
            for number, depth in enumerate(asked):
                self._operation_now = depth.plan.operation.id
                if not depth.go_on(shares.of(len(asked) - number), lawful):
                    going_on.append(depth)
                elif not lawful:
                    self._confirm(depth.plan)
            asked = going_on

    def _confirm(self, plan: OperationPlan, last: bool = False) -> None:
        """Ask again about what looks like a finding of an operation; `last`: after all others."""
        self._phase = "confirmations"
        Confirming(plan, self.ledger, self.sender.send_all).run(last)

    def _confirm_all(self) -> None:
        """Ask again for the last time; then what was answered in two ways, which takes longer."""
        for plan in self.plan.operations.values():
            self._confirm(plan, last=True)
        for plan in self.plan.operations.values():
            if self.sender.links.catalogue.destroys(plan.operation) is None:
                blame_varying(plan, self.ledger, self.sender.send_all)

    def _confirm_what_was_seen(self) -> None:
        """After a budget is used up: ask again with what was kept for that."""
        self._preflight.unserved.decide()
        with suppress(Stopped), self.sender.pace.confirming():
            self._confirm_all()

    def _try_alternatives(self) -> None:
        """Send each documented alternative of a credential by itself."""
        self._phase = "credentials"
        tried = Alternatives(self.plan, self.ledger, self.settings)
        asked = self.sender.send_all(list(tried.cases()))
        tried.explain(asked)
        for name in {entry.case.operation: None for entry in asked if entry.outcome == "refused"}:
            self._confirm(self.plan.operations[name], last=True)

    def _try_near_misses(self) -> None:
        """Send credentials that are almost ours, until the target locks the door on them."""
        self._phase = "near misses"
        for cases in near_misses(self.plan, self.ledger):
            for case in cases:
                entry = self.sender.send(case)
                if entry.outcome == "put off" or not entry.exchange.response:
                    return
            self._confirm(self.plan.operations[cases[0].operation], last=True)

    def _open_first(self, plans: Iterable[OperationPlan]) -> Iterator[OperationPlan]:
        """The operations in order; those that ask for a credential wait once it was not taken."""
        waiting: list[OperationPlan] = []
        for plan in plans:
            if plan.operation.secured and self._preflight.shut:
                waiting.append(plan)
            else:
                yield plan
        yield from waiting

    def _await_scenarios(self) -> None:
        if not self._released.is_set():
            self.sender.supplies.make_room()
        self._ready.set()
        while not self._released.wait(0.1):
            pass
