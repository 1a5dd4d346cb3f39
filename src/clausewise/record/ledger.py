"""The ledger: every exchange of a run, what it was for, and what it proved."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from msgspec import Struct, field

from clausewise.exchange import Exchange, Response
from clausewise.judge.outcomes import Outcome
from clausewise.judge.replies import ReplyJudgement
from clausewise.plan.cases import Case


class Entry(Struct, frozen=True):
    """One exchange in the ledger; `id` counts from 1 in the order of recording.

    `after` are the exchanges that it needs to be repeated: they made what it is about. `soft` says
    why it only warns where it shows a deviation, if it does.
    """

    id: int
    case: Case
    exchange: Exchange
    outcome: Outcome
    judgement: ReplyJudgement
    after: tuple[int, ...] = ()
    soft: str | None = None


class Blame(Struct, frozen=True):
    """What a target refuses (or crashes on) although the contract allows it.

    `levels` are the values that do it together: one, or a pair. `entry` is the smallest request
    that shows it. `soft` says why it only warns, if it does.
    """

    clause: str
    levels: tuple[tuple[str, str], ...]
    message: str
    entry: int
    crashed: bool
    soft: str | None = None


class RuleObservation(Struct, frozen=True):
    """What a scenario saw of a rule: kept, or in `broken` what was wrong. `entry` shows it."""

    clause: str
    entry: int
    broken: str | None = None


class Note(Struct, frozen=True):
    """What is worth knowing of an operation and breaks no clause; `entry` shows it.

    `kind` is short and the same for all of its kind: `replies vary`, `hiccup`, `undocumented 4xx`.
    """

    kind: str
    operation: str
    text: str
    entry: int


class Ledger(Struct, dict=True):
    """All entries, in order. Adding is safe from several threads."""

    entries: list[Entry] = field(default_factory=list)
    blames: list[Blame] = field(default_factory=list)
    observations: list[RuleObservation] = field(default_factory=list)
    # How many requests are planned so far, and of clauses without one, why. An operation is planned
    # when its turn comes.
    planned: int = 0
    unplanned: dict[str, str] = field(default_factory=dict)
    # Why clauses have no evidence although they were planned.
    hindered: dict[str, str] = field(default_factory=dict)
    # By entry: why an outcome that was not expected says nothing of what the case probes.
    explained: dict[int, str] = field(default_factory=dict)
    # By entry: the entry in which the same request, or one of the same root, came out the same.
    confirmed: dict[int, int] = field(default_factory=dict)
    # By entry that failed on the way: the one of the same request that counts instead.
    hiccups: dict[int, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    # By method: what the target answers to a path that stands in no contract.
    strangers: dict[str, Response] = field(default_factory=dict)
    _by_operation: dict[str, list[Entry]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        case: Case,
        exchange: Exchange,
        outcome: Outcome,
        judgement: ReplyJudgement,
        after: Iterable[int] = (),
        soft: str | None = None,
    ) -> Entry:
        """Record an exchange, which rests on those `after` which it comes."""
        with self._lock:
            number = len(self.entries) + 1
            entry = Entry(number, case, exchange, outcome, judgement, tuple(after), soft)
            self.entries.append(entry)
            self._by_operation.setdefault(case.operation, []).append(entry)
        return entry

    def note(self, kind: str, entry: Entry) -> None:
        """Note what an entry shows, and what breaks no clause."""
        self.notes.append(
            Note(kind, entry.case.operation, f"{kind}: exchange {entry.id}", entry.id)
        )

    def of(self, operation: str) -> list[Entry]:
        """What was added so far of one operation, in order."""
        return list(self._by_operation.get(operation, ()))
