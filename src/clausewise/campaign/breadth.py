"""Breadth: each of some operations is asked once, and once more what may have come too early."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from clausewise.campaign.preflight import Preflight, TooEarlyError
from clausewise.plan.plan import OperationPlan
from clausewise.record.ledger import Entry


def asked_once(
    preflight: Preflight, plans: Iterable[OperationPlan], begin: Callable[[OperationPlan], None]
) -> Iterator[tuple[OperationPlan, list[Entry] | None]]:
    """Each operation with what was sent of it, None where nothing was accepted.

    What does something to a thing may want it as another operation leaves it: it is asked again
    after the others, as long as that lets any in. `begin` is told whose turn it is. Raises Stopped
    and TargetError.
    """
    early: list[OperationPlan] = []
    waiting = plans
    last = False
    while True:
        let_in = False
        for plan in waiting:
            begin(plan)
            try:
                entries = preflight.ask(plan, last)
            except TooEarlyError:
                early.append(plan)
                continue
            let_in = let_in or entries is not None
            yield plan, entries
        if not early:
            return
        waiting, early, last = early, [], not let_in
