"""A campaign: one run against one target, from the preflight to the last verdict.

It sends in a thread of its own, ahead of whoever waits for verdicts. The order is fixed: what the
contract accepts first, so that every refusal later on is a refusal of the right thing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clausewise.campaign.diagnosis import Diagnosis
from clausewise.campaign.sending import Sender, Stopped
from clausewise.contract import Clause
from clausewise.errors import TargetError
from clausewise.judge.ledger import Entry, Ledger
from clausewise.judge.replies import ReplyJudge
from clausewise.judge.verdicts import Ruling, rule_on
from clausewise.pack import Pack
from clausewise.plan.cases import Case
from clausewise.plan.plan import OperationPlan, Plan
from clausewise.plan.values import ABSENT
from clausewise.target.settings import Settings
from clausewise.target.target import Target

# Lawful requests that get the same answer of a kind that is not about them, before giving up.
ENOUGH_ALIKE = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: requests sent, requests planned, and what it is doing."""

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
    ) -> None:
        """`selected` are the ids of the clauses to judge; None means all."""
        self.pack = pack
        self.selected = selected
        self.plan = plan
        self.settings = settings
        self.target = target
        self.ledger = Ledger(refusal=pack.refusal)
        self.started = datetime.now(UTC)
        self.seconds = 0.0
        self.complete = False
        self._listen = listen or (lambda progress: None)
        self._phase = "preflight"
        judges = {
            name: ReplyJudge(pack.contract, operation.operation, pack.checks)
            for name, operation in plan.operations.items()
        }
        self.sender = Sender(pack, settings, target, self.ledger, judges, self._heard)
        self._thread: threading.Thread | None = None
        self._finished = threading.Event()
        self._error: BaseException | None = None
        self._rulings: dict[str, Ruling] | None = None
        self._begun = time.perf_counter()

    @property
    def clauses(self) -> list[Clause]:
        """The clauses this run is about: all of the planned operations, in document order."""
        return [
            clause
            for clause in self.pack.contract.clauses.values()
            if clause.operation in self.plan.operations
        ]

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

    def join(self) -> None:
        """Wait for the end. Raises what the run raised: TargetError, or a bug."""
        while not self._finished.wait(0.1):
            pass
        if self._error is not None:
            raise self._error

    @property
    def finished(self) -> bool:
        """Whether everything was sent that will be."""
        return self._finished.is_set()

    def rulings(self) -> dict[str, Ruling]:
        """The verdict on every clause, by id. Waits for the end."""
        self.join()
        if self._rulings is None:
            unplanned: dict[str, str] = {}
            for plan in self.plan.operations.values():
                unplanned |= plan.unplanned
            for rule in self.pack.contract.rules.values():
                if rule.unobservable:
                    for name in rule.operations:
                        unplanned[rule.clause(name).id] = rule.unobservable
            if self.stopped_because:
                for clause in self.clauses:
                    unplanned.setdefault(clause.id, f"not reached: {self.stopped_because}")
            rulings = rule_on(self.clauses, self.ledger, self._leaned(), unplanned)
            if self.selected is not None:
                # What was seen of other clauses on the way is no full judgement of them.
                for name in rulings.keys() - set(self.selected):
                    clause = rulings[name].clause
                    rulings[name] = Ruling(clause, "unexercised", "not selected for this run")
            self._rulings = rulings
        return self._rulings

    def _heard(self, entry: Entry) -> None:
        planned = len(self.plan.cases)
        self._listen(Progress(self.sender.requests, planned, self._phase))

    def _run_safely(self) -> None:
        try:
            self._send_all()
        except BaseException as error:  # it is raised again where the run is waited for
            self._error = error
        finally:
            # Whatever happened: who waits must not wait for ever.
            self.seconds = time.perf_counter() - self._begun
            self._finished.set()

    def _send_all(self) -> None:
        try:
            for plan in self.plan.operations.values():
                self._operation(plan)
            self.complete = True
        except Stopped:
            pass
        finally:
            self._phase = "clean-up"
            self.sender.undo_all()
            self.target.close()

    def _operation(self, plan: OperationPlan) -> None:
        positives = [c for c in plan.cases if c.kind in ("example", "pairs", "search")]
        others = [c for c in plan.cases if c.kind not in ("example", "pairs", "search")]
        self._phase = "preflight"
        entries = self._preflight(plan, positives, others)
        sent = {entry.case.id for entry in entries}
        self._phase = "lawful requests"
        entries += self.sender.send_all(c for c in positives if c.id not in sent)
        self._phase = "diagnosis"
        diagnosis = Diagnosis(plan, self.ledger, self._send_alone)
        diagnosis.run(entries)
        self._phase = "broken requests"
        self.sender.send_all(self._mended(diagnosis, [c for c in others if c.id not in sent]))
        self._phase = "shorter proofs"
        diagnosis.shorten(entries)

    def _send_alone(self, case: Case) -> Entry:
        return self.sender.send_all([case])[0]

    def _mended(self, diagnosis: Diagnosis, cases: Iterable[Case]) -> list[Case]:
        mended = []
        for case in cases:
            fixed = diagnosis.repaired(case)
            if fixed is None:
                for clause in case.probes:
                    self.ledger.hindered[clause] = (
                        f"not sent: {case.label}, since its body has what the endpoint refuses "
                        "although it is lawful"
                    )
            else:
                mended.append(fixed)
        return mended

    def _preflight(
        self, plan: OperationPlan, positives: list[Case], others: list[Case]
    ) -> list[Entry]:
        """One documented request; on a refusal others, until one is accepted.

        Raises TargetError when none is.
        """
        entries: list[Entry] = []
        group = positives[0].group
        first = [positives[0], *(c for c in others if group and c.group == group)]
        for number, case in enumerate(positives):
            unit = [case] if number else first[:1]
            entries += self.sender.send_all(unit) if number else [self.sender.send(case)]
            entry = entries[-1]
            if entry.outcome == "accepted":
                if number == 0:
                    entries += [self.sender.send(case) for case in first[1:]]
                break
            hopeless = number + 1 >= ENOUGH_ALIKE and _alike(entries[-ENOUGH_ALIKE:])
            if hopeless or entry.outcome in (
                "no reply", "unauthorized", "redirected", "put off",
            ):  # fmt: skip
                raise TargetError(self._no_entry(entry))
        else:
            raise TargetError(self._no_entry(entries[0]))
        self.sender.undo(group or positives[0].id)
        return entries

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
        said = response.content[:200].decode("utf-8", "replace").strip()
        quoted = f" It said: {said}" if said else ""
        if entry.outcome == "unauthorized":
            return (
                f"{url} answered {status} to {request}, so it does not take the credential of "
                f"{self.settings.token_name}. Nothing else was sent. Set the right token there, "
                f"or give --header 'Authorization: Bearer …'.{quoted}"
            )
        if entry.outcome == "redirected":
            target = response.header("location") or "another place"
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
            if entry.outcome != "accepted" or entry.case.expect == "refused":
                continue
            plan = self.plan.operations.get(entry.case.operation)
            if plan is None or plan.model is None:
                continue
            for at, level in entry.case.levels.items():
                if level.value is ABSENT and not _container_there(plan, at, entry.case.levels):
                    continue
                clause = plan.clause_of(at, level)
                if clause is not None:
                    counts[clause] = counts.get(clause, 0) + 1
        return counts


def _alike(entries: list[Entry]) -> bool:
    """Whether all were answered with the same 404, 405 or 5xx: this is not about their bodies."""
    statuses = {e.exchange.response.status if e.exchange.response else 0 for e in entries}
    return len(statuses) == 1 and (statuses <= {404, 405} or min(statuses) >= 500)


def _container_there(plan: OperationPlan, at: str, levels: Any) -> bool:
    assert plan.model is not None
    parent = plan.model.factors[at].parent
    return not parent or (parent in levels and isinstance(levels[parent].value, dict))
