"""A campaign: one run against one target, from the preflight to the last verdict.

It sends in a thread of its own, ahead of whoever waits for verdicts. The order is fixed: what the
contract accepts first, so that every refusal later on is a refusal of the right thing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clausewise.campaign.baseless import send_families, send_without_base
from clausewise.campaign.pacing import Stopped
from clausewise.campaign.recording import record_of
from clausewise.campaign.requests import MissingValueError
from clausewise.campaign.sending import Sender
from clausewise.contract import Clause
from clausewise.diagnosis.confirming import Confirming
from clausewise.diagnosis.diagnosis import Diagnosis
from clausewise.diagnosis.serving import for_its_data, proved_by, unvaried
from clausewise.errors import TargetError
from clausewise.judge.outcomes import CLOSED
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.cases import LAWFUL, Case, Unsupplied
from clausewise.plan.plan import OperationPlan, Plan
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Blame, Entry, Ledger
from clausewise.record.record import Record
from clausewise.record.recording import clauses_about, rulings_of
from clausewise.record.verdicts import Ruling
from clausewise.secrets.masking import Mask
from clausewise.transport.target import Target

_POSITIVE = LAWFUL
# Lawful requests that get the same answer of a kind that is not about them, before giving up.
ENOUGH_ALIKE = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: requests sent, requests planned, and what it is doing of what."""

    operation: str
    sent: int
    planned: int
    phase: str


class Campaign:
    """One run. `listen` is called after every exchange, from the thread that sent it."""

    def __init__(
        self,
        pack: Pack,
        plan: Plan,
        settings: Settings,
        target: Target,
        listen: Callable[[Progress], None] | None = None,
        selected: Collection[str] | None = None,
        scenarios: int = 0,
        record: Callable[[Campaign, Entry], None] | None = None,
    ) -> None:
        """`selected` are the ids of the clauses to judge; None means all.

        `scenarios` is how many requests they send at most: where it is not 0, nothing but the
        first request of the plan is sent before `release` is called. `record` is told of every
        entry, from the thread that sent it.
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
        self.sender = Sender(pack, settings, target, self.ledger, self._heard)
        self._beside = plan.preparations(pack) + scenarios
        self._ready = threading.Event()
        self._released = threading.Event()
        if not scenarios:
            self._released.set()
        self._thread: threading.Thread | None = None
        self._finished = threading.Event()
        self._error: BaseException | None = None
        self._rulings: dict[str, Ruling] | None = None
        self._begun = time.perf_counter()
        # Operations of which no request can be made, since a parameter has no value.
        self._unasked: dict[str, MissingValueError] = {}
        # Operations that accepted nothing, each with its first refusal.
        self._unserved: list[tuple[OperationPlan, Entry]] = []

    @property
    def clauses(self) -> list[Clause]:
        """The clauses this run is about, in document order."""
        return clauses_about(self.pack.contract, self.plan.operations, self.ledger)

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

    @property
    def finished(self) -> bool:
        """Whether everything was sent that will be."""
        return self._finished.is_set()

    def rulings(self) -> dict[str, Ruling]:
        """The verdict on every clause, by id. Waits for the end."""
        self.join()
        if self._rulings is None:
            self._rulings = rulings_of(
                self.clauses,
                self.ledger,
                self._leaned(),
                self.why_not(),
                self.stopped_because,
                self.selected,
            )
        return self._rulings

    def record(self, mask: Mask | None = None, seed: int = 0) -> Record:
        """The run as a value, masked. Waits for the end.

        `mask` has to know all exchanges; without one, it is made of them. `seed` is the plan's.
        """
        return record_of(self, mask, seed)

    def why_not(self) -> dict[str, str]:
        """By clause, why no request is planned that would show it."""
        reasons: dict[str, str] = {}
        for plan in self.plan.operations.values():
            reasons |= plan.unplanned
        for clause in self.pack.contract.clauses.values():
            if clause.operation in self._unasked:
                reasons[clause.id] = str(self._unasked[clause.operation])
        for rule in self.pack.contract.rules.values():
            if rule.unobservable:
                for name in rule.operations:
                    reasons[rule.clause(name).id] = rule.unobservable
        return reasons

    def leaned_by(self, entry: Entry) -> list[str]:
        """The clauses on whose inner side an accepted request stood, as often as it did."""
        plan = self.plan.operations.get(entry.case.operation)
        if entry.outcome != "accepted" or entry.case.expect == "refused":
            return []
        if plan is None or plan.model is None:
            return []
        found: list[str] = []
        for at, level in entry.case.levels.items():
            if level.value is ABSENT and not _container_there(plan, at, entry.case.levels):
                continue
            clause = plan.clause_of(at, level)
            if clause is not None:
                found.append(clause)
        return found

    @property
    def planned(self) -> int:
        """How many requests are planned: cases, what they need, and at most in scenarios."""
        return len(self.plan.cases) + self._beside

    def _heard(self, entry: Entry) -> None:
        planned = self.planned
        operation, phase = self._operation_now, self._phase
        if entry.case.kind == "scenario":
            operation, phase = entry.case.label, "scenario"
        if self._record is not None:
            self._record(self, entry)
        self._listen(Progress(operation, self.sender.requests, planned, phase))

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
            for number, plan in enumerate(self.plan.operations.values()):
                self._operation_now = plan.operation.id
                entries = self._preflight(plan)
                if number == 0:
                    self._await_scenarios()
                if entries is not None:
                    self._operation(plan, entries)
                elif any(entry.outcome == "refused" for entry in self._sent_of(plan)):
                    send_families(plan.cases, self.ledger, self.sender.send_all)
                self._confirm(plan)
            self._await_scenarios()
            self._check_any_accepted()
            for plan in self.plan.operations.values():
                self._confirm(plan, last=True)
            self._ask_strangers()
            self.complete = True
        except Stopped:
            self._confirm_what_was_seen()
            self._check_any_answered()
        finally:
            self._phase = "clean-up"
            self.sender.undo_all()
            self.target.close()

    def _sent_of(self, plan: OperationPlan) -> list[Entry]:
        """What was sent of an operation so far."""
        name = plan.operation.id
        return [entry for entry in self.ledger.entries if entry.case.operation == name]

    def _await_scenarios(self) -> None:
        if not self._released.is_set():
            self.sender.make_room()
        self._ready.set()
        while not self._released.wait(0.1):
            pass

    def _operation(self, plan: OperationPlan, entries: list[Entry]) -> None:
        """Send what is planned for one operation; `entries` are what was sent of it already."""
        positives = [case for case in plan.cases if case.kind in _POSITIVE]
        others = [case for case in plan.cases if case.kind not in _POSITIVE]
        sent = {entry.case.id for entry in entries}
        self._phase = "lawful requests"
        entries += self.sender.send_all(c for c in positives if c.id not in sent)
        self._phase = "diagnosis"
        diagnosis = Diagnosis(plan, self.ledger, self._send_alone)
        diagnosis.run(entries)
        self._tell_unsent(plan, positives)
        self._phase = "broken requests"
        self._send_broken(diagnosis, [c for c in others if c.id not in sent])
        self._phase = "shorter proofs"
        diagnosis.shorten(entries)

    def _confirm(self, plan: OperationPlan, last: bool = False) -> None:
        """Ask again about what looks like a finding of an operation; `last`: after all others."""
        self._phase = "confirmations"
        Confirming(plan, self.ledger, self.sender.send_all).run(last)

    def _confirm_what_was_seen(self) -> None:
        """After a budget is used up: ask again with what was kept for that."""
        with suppress(Stopped), self.sender.pace.confirming():
            for plan in self.plan.operations.values():
                self._confirm(plan, last=True)

    def _check_any_answered(self) -> None:
        """Raise TargetError where the run was ended by a target that never answered."""
        entries = self.ledger.entries
        if entries and all(entry.outcome == "no reply" for entry in entries):
            raise TargetError(self._no_entry(entries[0]))

    def _ask_strangers(self) -> None:
        """Ask for a path that is not in the contract, where something was accepted by chance.

        Of an operation that accepts nothing lawful, that tells a reply from any other.
        """
        entries = self.ledger.entries
        serving = {e.case.operation for e in entries if e.outcome == "accepted" and _lawful(e)}
        for entry in entries:
            method = entry.exchange.request.method
            chance = entry.outcome == "accepted" and entry.case.operation not in serving
            if chance and method not in self.ledger.strangers:
                stranger = self.sender.ask_stranger(entry)
                if stranger is not None:
                    self.ledger.strangers[method] = stranger

    def _tell_unsent(self, plan: OperationPlan, cases: Iterable[Case]) -> None:
        """Say of which clauses nothing is known since what the cases need was not there."""
        leaned = self._leaned()
        unsent = self.sender.unsent
        for case in (case for case in cases if case.id in unsent):
            for clause in plan.leans_on(dict(case.levels)):
                if clause not in leaned:
                    self.ledger.hindered.setdefault(clause, unsent[case.id])

    def _send_alone(self, case: Case) -> Entry:
        try:
            return self.sender.send(case)
        finally:
            self.sender.undo(case.group or case.id)

    def _hinder(self, plan: OperationPlan, reason: str) -> None:
        """Say why nothing more can be told of an operation."""
        for clause in self.pack.contract.clauses.values():
            rule = self.pack.contract.rules.get(clause.keyword) if clause.part == "rule" else None
            if clause.operation != plan.operation.id or (rule is not None and rule.unobservable):
                continue
            self.ledger.hindered.setdefault(clause.id, reason)

    def _send_broken(self, diagnosis: Diagnosis, cases: Iterable[Case]) -> None:
        """Send cases on what the endpoint accepts, and last those of which it accepts no base."""
        rebased: list[Case] = []
        baseless: list[Case] = []
        for case in cases:
            fixed = diagnosis.rebased(case)
            if fixed is None:
                baseless.append(case)
            else:
                rebased.append(fixed)
        self.sender.send_all(rebased)
        if not diagnosis.unsteady:
            baseless = send_without_base(baseless, self.ledger, self.sender.send_all)
        for case in baseless:
            for clause in case.probes:
                self.ledger.hindered[clause] = (
                    f"not sent: {case.label}, since its body has what the endpoint refuses "
                    "although it is lawful"
                )

    def _preflight(self, plan: OperationPlan) -> list[Entry] | None:
        """One documented request; on a refusal others, until one is accepted.

        None when none is: then nothing else is sent of this operation. Raises TargetError where
        that says that the target cannot be judged at all.
        """
        self._phase = "preflight"
        positives = [case for case in plan.cases if case.kind in _POSITIVE]
        entries: list[Entry] = []
        if not positives:
            return entries
        group = positives[0].group
        steps = [c for c in plan.cases if group and c.group == group and c is not positives[0]]
        lack: Unsupplied | None = None
        try:
            for case in positives:
                first = case is positives[0]
                try:
                    # What the first one made is undone only after the steps of its group.
                    entry = self.sender.send(case) if first else self._send_alone(case)
                except Unsupplied as why:
                    lack = why
                    continue
                except MissingValueError as why:
                    self._unasked[plan.operation.id] = why
                    return None
                entries.append(entry)
                if entry.outcome == "accepted":
                    return entries + (self.sender.send_all(steps) if first else [])
                hopeless = len(entries) >= ENOUGH_ALIKE and _alike(entries[-ENOUGH_ALIKE:])
                if hopeless or entry.outcome in CLOSED:
                    self._give_up(plan, entry)
                    return None
        finally:
            self.sender.undo(group or positives[0].id)
        if entries:
            self._give_up(plan, entries[0])
        elif lack is not None:
            self._hinder(plan, str(lack))
            self._vet_supplier(plan)
        return None

    def _vet_supplier(self, plan: OperationPlan) -> None:
        """Look at what the supplier of an operation answered. Raises TargetError."""
        asked = [entry for entry in self.ledger.entries if entry.case.kind == "supply"]
        if asked and asked[-1].outcome != "accepted":
            self.vet(asked[-1])
            self._unserved.append((plan, asked[-1]))

    def _give_up(self, plan: OperationPlan, entry: Entry) -> None:
        """Make of it what there is to be made when an operation accepts nothing.

        The target as a whole is to blame while it has accepted nothing at all; else it is a
        finding, unless the pack says that the operation needs what no client can bring about.
        """
        if entry.outcome in CLOSED:
            self.vet(entry)
        response = entry.exchange.response
        said = f"answered with {response.status}" if response else "not answered"
        ours = {case.id for case in plan.cases}
        tried = sum(1 for e in self.ledger.entries if e.case.id in ours)
        what = "a lawful request" if tried == 1 else f"each of {tried} lawful requests"
        reason = f"{what} was {said} (exchange {entry.id})"
        self._unserved.append((plan, entry))
        condition = self.pack.conditions.get(plan.operation.id)
        if condition is None and (data := self._for_its_data(plan, entry)) is not None:
            reason = f"{reason}: {data}"
        elif entry.outcome in ("refused", "crashed") and condition is None:
            self.ledger.blames.append(
                Blame(plan.operation.served, (), reason, entry.id, entry.outcome == "crashed")
            )
            reason = f"not judged: {reason}"
        elif condition is not None:
            reason = f"{reason}; it needs {condition}"
        self._hinder(plan, reason)

    def _for_its_data(self, plan: OperationPlan, entry: Entry) -> str | None:
        """Why it need not be strict that an operation accepted nothing; None where it is."""
        entries = self.ledger.entries
        lawful = {case.id for case in plan.cases if case.kind in _POSITIVE}
        refused = [e for e in entries if e.case.id in lawful and e.outcome == "refused"]
        if entry.outcome != "refused" or not refused:
            return None
        data = for_its_data(plan, entry, proved_by(entries))
        return data or unvaried(plan.model, refused)

    def vet(self, entry: Entry) -> None:
        """Raise TargetError for an answer that closes the door, where it never was open."""
        opened = any(other.outcome == "accepted" for other in self.ledger.entries)
        # What gives no reply may still answer others; what cannot be reached does not.
        passing = entry.outcome == "no reply" and not entry.exchange.unreachable
        if entry.outcome in CLOSED and not opened and not passing:
            raise TargetError(self._no_entry(entry))

    def _check_any_accepted(self) -> None:
        """Raise TargetError when nothing was accepted: then no refusal means anything.

        Raises MissingValueError where nothing that is planned could be asked.
        """
        asked = {name for name, plan in self.plan.operations.items() if plan.cases}
        if asked and asked <= self._unasked.keys():
            raise next(iter(self._unasked.values()))
        if self._unserved and not any(e.outcome == "accepted" for e in self.ledger.entries):
            raise TargetError(self._no_entry(self._unserved[0][1]))

    def _no_entry(self, entry: Entry) -> str:
        """One paragraph on why the target cannot be judged, and what to try."""
        url = self.settings.base_url or "the mock"
        request = f"{entry.exchange.request.method} {entry.exchange.request.url}"
        response = entry.exchange.response
        if response is None:
            return (
                f"{url} cannot be reached: {entry.exchange.failure}. Nothing was judged. Is the "
                "server running, and is --base-url right?"
            )
        status = response.status
        said = _harmless(response.content[:200].decode("utf-8", "replace").strip())
        quoted = f" It said: {said}" if said else ""
        if entry.outcome == "unauthorized":
            return (
                f"{url} answered {status} to {request}, so it does not take the credential of "
                f"{self.settings.token_name}. Nothing else was sent. Set the right token there, "
                f"or give --header 'Authorization: Bearer …'.{quoted}"
            )
        if entry.outcome == "redirected":
            target = _harmless(response.header("location") or "another place")
            return (
                f"{url} answered {status} to {request}, a redirect to {target}. Redirects are not "
                "followed, since the token would go along. If that is the right place, name it "
                "with --base-url."
            )
        if entry.outcome == "put off":
            return (
                f"{url} answered {status} to the first request and asks for patience. Nothing was "
                f"judged. Try again later, or slower with --rate.{quoted}"
            )
        if status in (404, 405):
            return (
                f"{url} answered {status} to {request}, so it does not serve this operation there. "
                "Does --base-url lack a part of the path (such as /client/v4), or are the path "
                f"values of the pack (account_id, app_id) not known there?{quoted}"
            )
        return (
            f"{url} accepted none of the {len(self.ledger.entries)} documented requests that were "
            f"tried; the first one ({request}) was answered with {status}. Without one accepted "
            f"request no refusal means anything, so nothing was judged.{quoted}"
        )

    def _leaned(self) -> dict[str, int]:
        """By clause, how many accepted requests stood on its inner side."""
        counts: dict[str, int] = {}
        for entry in self.ledger.entries:
            for clause in self.leaned_by(entry):
                counts[clause] = counts.get(clause, 0) + 1
        return counts


def _lawful(entry: Entry) -> bool:
    return entry.case.expect != "refused"


def _harmless(text: str) -> str:
    """A text of the target with what a terminal might obey spelt out."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _alike(entries: list[Entry]) -> bool:
    """Whether all were answered with the same 404, 405 or 5xx: this is not about their bodies."""
    statuses = {e.exchange.response.status if e.exchange.response else 0 for e in entries}
    return len(statuses) == 1 and (statuses <= {404, 405} or min(statuses) >= 500)


def _container_there(plan: OperationPlan, at: str, levels: Any) -> bool:
    assert plan.model is not None
    parent = plan.model.factors[at].parent
    return not parent or (parent in levels and isinstance(levels[parent].value, dict))
