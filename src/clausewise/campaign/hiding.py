"""Hiding: a read finds nothing where a change was accepted."""

from __future__ import annotations

from collections.abc import Sequence

from clausewise.campaign.sending import Sender
from clausewise.contract import Operation
from clausewise.judge.outcomes import GONE
from clausewise.record.ledger import Entry


def hides_what_was_written(sender: Sender, operation: Operation, refused: Sequence[Entry]) -> bool:
    """Whether a read finds nothing where a PUT or a PATCH of just its path was accepted.

    `refused` are the requests of it so far. Raises Stopped.
    """
    if not operation.safe or not all(one.exchange.status in GONE for one in refused):
        return False
    links = sender.links
    at = links.catalogue.at(links.catalogue.path_of(operation))
    writers = {one.id for one in at if one.method in ("PUT", "PATCH")}
    for entry in reversed(sender.ledger.entries):
        binding = sender.bound.get(entry.id)
        target = binding.target if binding is not None else None
        if entry.case.operation not in writers or entry.outcome != "accepted":
            continue
        if target is not None and target.instance.usable:
            shown = links.read_at(operation, entry.exchange.request.path)
            return shown is not None and shown.exchange.status in GONE
    return False
