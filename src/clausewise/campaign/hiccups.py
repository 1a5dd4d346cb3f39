"""Failures as happen once on the way to any server, and which of them is worth asking again."""

from __future__ import annotations

from collections import Counter

from clausewise.campaign.clock import Clock
from clausewise.contract import Contract
from clausewise.judge.outcomes import is_passing
from clausewise.record.ledger import Entry

# So often a failed request is sent again at once in vain; and only one that failed within seconds.
MOST_IN_VAIN = 2
SOON = 5.0


class Hiccups:
    """Knows which failures may pass, and where asking again was in vain."""

    def __init__(self, contract: Contract, clock: Clock) -> None:
        self._contract = contract
        self._clock = clock
        # By operation, how often a request failed on the way twice.
        self._in_vain: Counter[str] = Counter()

    def may_pass(self, entry: Entry) -> bool:
        """Whether an entry failed in a way that asking again at once may mend.

        Not in the middle of what was begun: nobody knows how far the first request came. And not
        where that took long, or was in vain before.
        """
        case = entry.case
        if not self._is_passing(entry) or self._in_vain[case.operation] >= MOST_IN_VAIN:
            return False
        started = entry.exchange.started
        if started is None or (self._clock.now() - started).total_seconds() > SOON:
            return False
        begun = case.group or case.kind == "scenario" or (case.kind == "supply" and case.needs)
        return not begun or self._contract.operations[case.operation].safe

    def came_again(self, repeated: Entry) -> bool:
        """Whether what was asked again failed on the way once more; it is counted."""
        failed = self._is_passing(repeated)
        self._in_vain[repeated.case.operation] += failed
        return failed

    def _is_passing(self, entry: Entry) -> bool:
        operation = self._contract.operations[entry.case.operation]
        return is_passing(operation, entry.exchange)
