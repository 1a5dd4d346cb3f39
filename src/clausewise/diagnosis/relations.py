"""Relations: a value that is refused for where it stands to another one beside it.

What ends may have to end after it begins, and the least be no more than the most, whatever the two
are called. No document can say so; so neither of the two is to blame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from clausewise.diagnosis.probing import Cause, OutOfBudget, Prober
from clausewise.diagnosis.repeating import own_words
from clausewise.diagnosis.serving import in_part
from clausewise.pointer import ABSENT, look, put
from clausewise.record.ledger import Entry
from clausewise.values.ranges import order

# So many values beside a refused one are moved to its other side, each to so many.
MOST_BESIDE, MOST_MOVED = 3, 2
_NUMBERED = re.compile(r"[\w-]*\d[\w:.+-]*")


def relation_in(prober: Prober, cause: Cause) -> tuple[str, str] | None:
    """The other value that a refused one hangs together with, and why; None where none is known.

    It is moved to the other side of the refused one: then that is accepted, or it is refused in
    other words.
    """
    (at, _), *others = cause.levels.items()
    sent = cause.entry.case.value
    value = look(sent, at)
    if others or cause.entry.outcome != "refused":
        return None
    for beside in list(_beside(prober, sent, at))[:MOST_BESIDE]:
        held = look(sent, beside)
        for moved in list(_moved(prober, beside, held, value))[:MOST_MOVED]:
            body = put(sent, beside, moved)
            if not prober.plan.lawful(body):
                continue
            with suppress(OutOfBudget):
                entry = prober.post(body, prober.read(body))
                taken = entry.outcome == "accepted"
                other_words = _words(entry) != _words(cause.entry)
                if taken or (entry.outcome == "refused" and other_words):
                    came = "accepted" if taken else "refused in other words"
                    return beside, (
                        f"{in_part(at)} = {value} is refused beside {in_part(beside)} = {held}, "
                        f"and {came} beside {moved} (exchange {entry.id}): the two go together, "
                        "which no document can say"
                    )
    return None


def _beside(prober: Prober, sent: Any, at: str) -> Iterator[str]:
    """The places beside one whose values lie on a side of it on which none was accepted."""
    around, value = at.rpartition("/")[0], look(sent, at)
    for other, factor in prober.model.factors.items():
        if other == at or factor.container or other.rpartition("/")[0] != around:
            continue
        side = order(look(sent, other), value)
        if side in (None, 0):
            continue
        taken = (one.case.value for _, one in prober.accepted)
        if side not in {order(look(one, other), look(one, at)) for one in taken}:
            yield other


def _moved(prober: Prober, beside: str, held: Any, value: Any) -> Iterator[Any]:
    """Values for a place that lie on the other side of a value than what it has."""
    side = order(held, value)
    near = _next_to(value, held, up=side == -1)
    if near is not None:
        yield near
    for level in prober.model.factors[beside].levels:
        if level.value is not ABSENT and order(level.value, value) not in (None, 0, side):
            yield level.value


def _words(entry: Entry) -> str:
    """What a reply says, without numbers, times and ids of requests."""
    return _NUMBERED.sub("", own_words(entry))


def _next_to(value: Any, like: Any, up: bool) -> Any:
    """What comes next to a number or a moment, written like another one; None for nothing."""
    if isinstance(value, int | float):
        return value + (1 if up else -1)
    step = timedelta(days=1 if up else -1)
    try:
        moment = datetime.fromisoformat(value) + step
        if isinstance(like, str) and len(like) == len("2000-01-01"):
            return date(moment.year, moment.month, moment.day).isoformat()
        zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return zoned.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None
