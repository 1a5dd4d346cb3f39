"""Lags: refusals that may only come too soon, since a thing is new or a door is locked for a while.

Such a request is sent again until it comes out otherwise, a settle time long. Of all its exchanges
one counts: the one that came out otherwise, or the first, where that never happens.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from clausewise.campaign.settling import Settling
from clausewise.contract import Contract
from clausewise.judge.outcomes import CREDENTIAL, GONE, PATIENCE
from clausewise.pointer import escape
from clausewise.record.ledger import Entry, Ledger


class Lags:
    """Waits for what the run made itself, and for a lock-out after its own wrong credentials."""

    def __init__(self, contract: Contract, settling: Settling, ledger: Ledger) -> None:
        self._contract = contract
        self._settling = settling
        self._ledger = ledger
        # When a credential that is not ours was sent last.
        self._wrong_at: datetime | None = None

    def settled(self, entry: Entry, send_again: Callable[[], Entry]) -> Entry:
        """The entry that counts of a request that was just sent. Raises Stopped."""
        if entry.case.credential != "ours":
            self._wrong_at = entry.exchange.started
        state = self._awaited(entry)
        if state is None:
            return entry
        looks = [entry]

        def look() -> bool:
            looks.append(send_again())
            return _status(looks[-1]) != _status(entry)

        came = self._settling.again(state, look)
        counts = looks[-1] if came else entry
        for other in looks:
            if other is not counts:
                self._ledger.hiccups[other.id] = counts.id
        if not came and self._settling.spent:
            self._ledger.explained[entry.id] = (
                f"{state}, which may need some time, and the run has waited long enough in all"
            )
        return counts

    def _awaited(self, entry: Entry) -> str | None:
        """What may come about by waiting, in words; None where nothing may."""
        status, case = _status(entry), entry.case
        if case.kind == "scenario":
            return None  # it says itself what it waits for
        operation = self._contract.operations[case.operation]
        about_the_path = case.kind != "supply" and any(
            case.is_pinned(f"/path/{escape(p.name)}") for p in operation.located("path")
        )
        if case.credential != "ours":
            counted = status in PATIENCE and self._is_recent(self._wrong_at)
            return f"{operation.id} may count wrong credentials" if counted else None
        locked = status in (*CREDENTIAL, *PATIENCE) or (status in GONE and not about_the_path)
        if locked and self._is_recent(self._wrong_at):
            return f"{operation.id} may be locked for a while after a wrong credential"
        if status in GONE and not about_the_path:
            made = max(filter(None, map(self._made_at, entry.after)), default=None)
            if self._is_recent(made):
                return f"what {operation.id} is asked about was made just before"
        return None

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


def _status(entry: Entry) -> int | None:
    return entry.exchange.response.status if entry.exchange.response is not None else None
