"""Lags: answers that may only come too soon, since a thing is new or a door is locked for a while.

Such a request is sent again until it comes out otherwise, a settle time long. Of all its exchanges
one counts: the one that came out otherwise, or the first, where that never happens. One that was
accepted before that (202, RFC 9110, section 15.3.3) counts as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from clausewise.campaign.settling import Settling
from clausewise.contract import Contract
from clausewise.judge.outcomes import (
    CREDENTIAL,
    GONE,
    ON_THE_WAY,
    PATIENCE,
    TOO_SOON,
    is_success,
)
from clausewise.judge.refusals import speaks_of_use
from clausewise.pointer import escape
from clausewise.record.ledger import Entry, Ledger

# So many things may be waited for one after the other.
MOST_DOORS = 3
# What is answered to what comes too soon, and may be otherwise a little later.
_PASSING = frozenset({*CREDENTIAL, *PATIENCE, *GONE})
_ACCEPTED = 202


class Lags:
    """Waits for what the run made itself, and for a lock-out after its own wrong credentials."""

    def __init__(self, contract: Contract, settling: Settling, ledger: Ledger) -> None:
        self._contract = contract
        self._settling = settling
        self._ledger = ledger
        # When a credential that is not ours was sent last.
        self._wrong_at: datetime | None = None
        # By operation that changes something, when it accepted a request last.
        self._accepted_at: dict[str, datetime | None] = {}
        # The operations that may take one request after the other only.
        self.one_by_one: set[str] = set()

    def settled(self, entry: Entry, send_again: Callable[[], Entry]) -> Entry:
        """The entry that counts of a request that was just sent. Raises Stopped."""
        if entry.case.credential != "ours":
            self._wrong_at = entry.exchange.started
        looks, counts = [entry], entry

        def look() -> bool:
            looks.append(send_again())
            # What fails on the way says nothing of what is there.
            return looks[-1].exchange.status not in (counts.exchange.status, None, *ON_THE_WAY)

        # Behind a door that was locked there may be what is not there yet.
        for _ in range(MOST_DOORS):
            state = self._awaited(counts)
            if state is None:
                break
            if self._settling.again(state, look):
                counts = looks[-1]
                continue
            if self._settling.spent:
                self._ledger.explained[counts.id] = (
                    f"{state}, which may need some time, and the run has waited long enough in all"
                )
            break
        if counts.outcome == "accepted":
            self._accepted_at[counts.case.operation] = counts.exchange.started
        for other in looks:
            if other is not counts and other.outcome != "accepted":
                self._ledger.hiccups[other.id] = counts.id
        return counts

    def _awaited(self, entry: Entry) -> str | None:
        """What may come about by waiting, in words; None where nothing may."""
        status, case = entry.exchange.status, entry.case
        early = self._is_early(entry)
        if status not in _PASSING and not early:
            return None
        if case.kind == "scenario":
            return None  # it says itself what it waits for
        operation = self._contract.operations[case.operation]
        # Of what the run needs for itself, only a made-up id is about the path.
        own = case.kind == "supply" and case.expect != "either"
        about_the_path = not own and any(
            case.is_pinned(f"/path/{escape(p.name)}") for p in operation.located("path")
        )
        if case.credential != "ours":
            counted = status in PATIENCE and self._is_recent(self._wrong_at)
            return f"{operation.id} may count wrong credentials" if counted else None
        if (status in GONE or early) and about_the_path:
            return None
        made = max(filter(None, map(self._made_at, entry.after)), default=None)
        if (status in GONE or early) and self._is_recent(made):
            return f"what {operation.id} is asked about was made just before"
        if early and not operation.safe and self._is_recent(self._accepted_at.get(operation.id)):
            self.one_by_one.add(operation.id)
            return f"{operation.id} may be busy with what it accepted just before"
        # Who was let in may be so no more; where nothing was ever found there may be nothing.
        found = status not in GONE or case.operation in self._accepted_at
        if found and self.may_be_locked(status):
            return f"{operation.id} may be locked for a while after a wrong credential"
        return None

    def _is_early(self, entry: Entry) -> bool:
        """Whether an answer may say that something is on its way, and not there yet."""
        if entry.case.needs is not None:
            return False  # of what a pack supplies, it says which states there are
        if entry.exchange.status in TOO_SOON:
            return entry.outcome != "refused" and not speaks_of_use(entry.exchange.response)
        operation = self._contract.operations[entry.case.operation]
        if entry.exchange.status != _ACCEPTED or not operation.safe:
            return False
        return any(is_success(int(s)) for s in operation.replies if s.isdigit() and s != "202")

    def may_be_locked(self, status: int | None) -> bool:
        """Whether an answer may be for a wrong credential that was sent just before."""
        return status in _PASSING and self._is_recent(self._wrong_at)

    def is_new(self, entry: Entry) -> bool:
        """Whether what an exchange made may not be there yet, for whoever asks for it."""
        return self._is_recent(entry.exchange.started)

    def _made_at(self, number: int) -> datetime | None:
        """When an exchange changed something, if it did."""
        entry = self._ledger.entries[number - 1]
        changed = not self._contract.operations[entry.case.operation].safe
        return entry.exchange.started if changed and entry.outcome == "accepted" else None

    def _is_recent(self, moment: datetime | None) -> bool:
        if moment is None:
            return False
        return (self._settling.now() - moment).total_seconds() <= self._settling.seconds
