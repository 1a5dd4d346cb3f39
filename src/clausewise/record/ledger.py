"""The ledger: every exchange of a run, what it was for, and what it proved."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from clausewise.exchange import Exchange
from clausewise.judge.outcomes import Outcome
from clausewise.judge.replies import Judgement
from clausewise.plan.cases import Case


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange in the ledger; `id` counts from 1 in the order of recording.

    `after` are the exchanges that it needs to be repeated: they made what it is about.
    """

    id: int
    case: Case
    exchange: Exchange
    outcome: Outcome
    judgement: Judgement
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Blame:
    """What an endpoint refuses (or crashes on) although the contract allows it.

    `levels` are the values that do it together: one, or a pair. `entry` is the smallest request
    that shows it.
    """

    clause: str
    levels: tuple[tuple[str, str], ...]
    message: str
    entry: int
    crashed: bool


@dataclass(frozen=True, slots=True)
class Observation:
    """What a scenario saw of a rule: kept, or in `broken` what was wrong. `entry` shows it."""

    clause: str
    entry: int
    broken: str | None = None


@dataclass
class Ledger:
    """All entries, in order. Adding is safe from several threads."""

    entries: list[Entry] = field(default_factory=list)
    blames: list[Blame] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    # Why clauses have no evidence although they were planned.
    hindered: dict[str, str] = field(default_factory=dict)
    # By entry: why an outcome that was not expected says nothing of what the case probes.
    explained: dict[int, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        case: Case,
        exchange: Exchange,
        outcome: Outcome,
        judgement: Judgement,
        after: Iterable[int] = (),
    ) -> Entry:
        """Record an exchange, which rests on those `after` which it comes."""
        with self._lock:
            number = len(self.entries) + 1
            entry = Entry(number, case, exchange, outcome, judgement, tuple(after))
            self.entries.append(entry)
        return entry
