"""Which lawful requests an operation is asked, one after the other, until one is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from clausewise.diagnosis.words import steady_body
from clausewise.plan.cases import LAWFUL, Case
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Entry

# So many of the planned requests are tried before those near the first one, and so many of these.
FAR_FIRST, MOST_NEAR = 2, 6
# Bytes of a body that is held against others: what is longer is no message.
_SHORT = 2048


def tried(plan: OperationPlan, first: Case, taught: Iterator[Case]) -> Iterator[Case]:
    """The requests to try in turn: some with much that is new, then some near the first one.

    `taught` are what the refusals lead to, from the first one on. Where values have to go together
    in ways that no document tells of, the near ones find out. What comes after the first one is
    planned when that one is refused.
    """
    yield first
    yield from taught  # of the least, to which nothing else is in the way
    spread = _spread(planned_lawful(plan))
    yield from islice(spread, FAR_FIRST - 1)
    yield from islice(_near(plan, first), MOST_NEAR)
    yield from spread


def planned_lawful(plan: OperationPlan) -> list[Case]:
    """The lawful requests of a plan: those that have to be accepted, if there are any."""
    lawful = [case for case in plan.cases if case.kind in LAWFUL]
    return [case for case in lawful if case.expect == "accepted"] or lawful


def _near(plan: OperationPlan, first: Case) -> Iterator[Case]:
    """The first request with another list, object or kind of value for one of its members each."""
    if first.kind not in LAWFUL:
        return
    for at, level in first.levels.items():
        factor = plan.model.factors.get(at)
        if factor is None or factor.container or level.value is ABSENT or at.startswith("/path/"):
            continue
        for number, other in enumerate(factor.levels):
            plain = not isinstance(other.value, list | dict) and type(other.value) is type(
                level.value
            )
            if plain or other.value in (ABSENT, None, level.value):
                continue
            value = plan.model.build({**first.levels, at: other})
            if not plan.lawful(value):
                continue
            yield replace(
                first,
                id=f"{first.id}/near-{at.rpartition('/')[2]}-{number}",
                kind="search",
                label=f"the first request with another {at.removeprefix('/')}",
                value=value,
                levels=plan.model.classify(value),
                group=None,
            )


def _spread(lawful: list[Case]) -> Iterator[Case]:
    """After the first request the documented ones, then those with most that was not tried.

    Members that no request had yet come before values of members that were there.
    """
    first, *rest = lawful
    order = [first, *(case for case in rest if case.kind == "example")]
    yield from order[1:]
    others = [case for case in rest if case.kind != "example"]
    members = {at for case in order for at in places_of(case)}
    tried = {value for case in order for value in case.labels}
    while others:
        best = max(
            others, key=lambda case: (len(places_of(case) - members), len(case.labels - tried))
        )
        others.remove(best)
        members |= places_of(best)
        tried |= best.labels
        yield best


def places_of(case: Case) -> set[str]:
    """The places that a request has."""
    return {at for at, level in case.levels.items() if level.value is not ABSENT}


def said_of(entry: Entry) -> tuple[str, int, bytes]:
    """What an answer says, without the digits that differ from one to the next."""
    status = entry.exchange.status or 0
    if entry.outcome == "crashed" or status in (404, 405):
        return entry.outcome, status, b""
    return entry.outcome, status, steady_body(entry.exchange.response, _SHORT)
