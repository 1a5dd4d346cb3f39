"""Bodies as levels, compared: by pointer, the value class that each member of a body has.

A member that is left out of an object that is not there tells nothing: such levels are dropped
(`Prober.told`) before anything is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from clausewise.pointer import ABSENT
from clausewise.values.factors import Factor
from clausewise.values.values import Level

Levels: TypeAlias = Mapping[str, Level]


def is_same(one: Level, other: Level) -> bool:
    """Whether two levels are of one class and have one value."""
    return one.label == other.label and one.value == other.value


def within(part: Levels, levels: Levels) -> bool:
    """Whether a body has all of these levels."""
    return all(at in levels and is_same(levels[at], level) for at, level in part.items())


def differing(start: Levels, levels: Levels) -> list[str]:
    """Where a body is not as another one."""
    return [at for at in levels if at not in start or not is_same(levels[at], start[at])]


def there(levels: Levels) -> dict[str, Level]:
    """The levels of members that are there."""
    return {at: level for at, level in levels.items() if level.value is not ABSENT}


def members_there(levels: Levels) -> int:
    """How many members a body has."""
    return len(there(levels))


def telling(levels: Levels, factors: Mapping[str, Factor]) -> dict[str, Level]:
    """The levels that tell something: without what is left out of what is not there."""
    told = {}
    for at, level in levels.items():
        if level.value is ABSENT:
            around = factors[at].parent
            if around and (around not in levels or not isinstance(levels[around].value, dict)):
                continue
        told[at] = level
    return told


def holds(levels: Levels, around: str | None) -> bool:
    """Whether the object at a pointer is there to hold members; the whole always is."""
    return not around or (around in levels and isinstance(levels[around].value, dict))
