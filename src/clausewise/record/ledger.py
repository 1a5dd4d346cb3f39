"""The ledger: every exchange of a run, what it was for, and what it proved."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from clausewise.exchange import Exchange
from clausewise.judge.replies import PATIENCE, Judgement
from clausewise.plan.cases import Case

Outcome = Literal[
    "accepted", "refused", "conflict", "unauthorized", "crashed", "redirected", "put off",
    "no reply", "odd",
]  # fmt: skip


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
    # Bodies that mean a refusal whatever the status (the pack's `refusal`), if it says so.
    refusal: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self, case: Case, exchange: Exchange, judgement: Judgement, after: Iterable[int] = ()
    ) -> Entry:
        """Record an exchange, which rests on those `after` which it comes."""
        outcome = self._outcome(case, exchange)
        with self._lock:
            number = len(self.entries) + 1
            entry = Entry(number, case, exchange, outcome, judgement, tuple(after))
            self.entries.append(entry)
        return entry

    def _outcome(self, case: Case, exchange: Exchange) -> Outcome:
        outcome, response = outcome_of(case, exchange), exchange.response
        if outcome != "accepted" or self.refusal is None or response is None:
            return outcome
        said = response.not_json is None and self.refusal.is_valid(response.json)
        return "refused" if said else outcome


def outcome_of(case: Case, exchange: Exchange) -> Outcome:
    """What came of a request.

    Only a 4xx that can be about the request itself is a refusal. For a case about the credential,
    401 and 403 are refusals; for a rule of several requests, 409 is.
    """
    response = exchange.response
    if response is None:
        return "no reply"
    status = response.status
    if 200 <= status < 300:
        return "accepted"
    if status in PATIENCE:
        return "put off"
    if 500 <= status < 600:
        return "crashed"
    if 300 <= status < 400:
        return "redirected"
    if status in (401, 403, 407):
        return "refused" if case.about_credential else "unauthorized"
    if status in (408, 425):
        return "put off"
    if status == 409:
        return "refused" if case.kind == "rule" else "conflict"
    return "refused" if 400 <= status < 500 else "odd"
