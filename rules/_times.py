"""Times as replies tell them: each no more exact than it is written."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

# RFC 3339, section 5.6; a leap second is a time that Python does not know.
_WRITTEN = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.(?P<fraction>\d+))?(?:Z|[+-]\d\d:\d\d)",
    re.ASCII | re.IGNORECASE,
)
_FINEST = 6
_UNITS = [timedelta(seconds=1) / 10**digits for digits in range(_FINEST + 1)]


class Instant(NamedTuple):
    """A point in time. `unit` is what its last digit counts: a second, or a part of one.

    Zeros at the end of a fraction are no digits: they may be all that is left of a cut one.
    """

    moment: datetime
    unit: timedelta


def instant(value: Any) -> Instant | None:
    """The instant that a string names, or None for anything else."""
    return _instant(value) if isinstance(value, str) else None


# A recording's times stand in every reply that shows it.
@lru_cache(maxsize=4_096)
def _instant(value: str) -> Instant | None:
    written = _WRITTEN.fullmatch(value)
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        return None
    digits = min(len((written["fraction"] or "").rstrip("0")), _FINEST)
    return Instant(moment, _UNITS[digits])


def precedes(one: Instant, other: Instant) -> bool:
    """Whether one instant is earlier for certain.

    Two replies may round or cut the same time to different digits, so a difference below the
    coarser unit says nothing.
    """
    if other.moment <= one.moment:
        return False
    return other.moment - one.moment >= max(one.unit, other.unit)


def differ(one: Instant, other: Instant) -> bool:
    """Whether two instants are two for certain."""
    return precedes(one, other) or precedes(other, one)
