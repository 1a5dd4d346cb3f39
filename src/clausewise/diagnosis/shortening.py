"""Shortening: the smallest request whose reply breaks a clause, for whoever reads the report."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from clausewise.diagnosis.causes import BUDGET_TO_SHORTEN, size
from clausewise.diagnosis.levels import differing, members_there
from clausewise.diagnosis.probing import OutOfBudget, Prober
from clausewise.record.ledger import Entry


def shorten(prober: Prober, entries: Iterable[Entry]) -> None:
    """For each clause that replies break: look for the smallest request that shows it.

    Most show in the smallest request of all; then nothing is sent.
    """
    shown: dict[str, Entry] = {}
    for entry in entries:
        if entry.outcome != "accepted" or not entry.case.levels:
            continue
        for breach in entry.judgement.broken:
            known = shown.get(breach.clause)
            if known is None or size(entry) < size(known):
                shown[breach.clause] = entry
    for clause, entry in shown.items():
        _shorten(prober, clause, entry)


def _shorten(prober: Prober, clause: str, entry: Entry) -> None:
    """Send less and less of a request, as long as the reply breaks the clause."""
    shows = partial(_breaks, clause)
    clean = [levels for levels, accepted in prober.accepted if not shows(accepted)]
    if not clean:
        return
    start = min(clean, key=members_there)
    if members_there(entry.case.levels) <= members_there(start) + 1:
        return
    levels = prober.told(entry.case.levels)
    prober.grant(BUDGET_TO_SHORTEN)
    with suppress(OutOfBudget):
        prober.least(start, levels, differing(start, levels), shows)


def _breaks(clause: str, entry: Entry) -> bool:
    """Whether the reply of an accepted request breaks a clause."""
    return any(breach.clause == clause for breach in entry.judgement.broken)
