"""Pairs of members that read as a range: a sensible client never sends its end before its start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from clausewise.pointer import ABSENT, look

# Words of a start, each with those of the end that goes with it.
_ENDS = {
    "start": ("end", "stop", "finish"),
    "begin": ("end", "finish"),
    "from": ("to", "until", "till"),
    "since": ("until", "till", "to"),
    "min": ("max",),
    "minimum": ("maximum",),
    "after": ("before",),
    "lower": ("upper",),
    "low": ("high",),
    "first": ("last",),
    "gte": ("lte", "lt"),
    "gt": ("lt", "lte"),
}
# Words of when something is over, each the last of a name but for what kind of time it is.
_OVER = frozenset(
    {"end", "ends", "stop", "finish", "until", "till", "expire", "expires", "expiry", "expiration"}
    | {"deadline", "due"}
)
_LAST = _OVER.union(*_ENDS.values())
# What the name of a start ends with, but for what kind of time it is.
_BEGINS = {("start",), ("begin",), ("from",), ("since",), ("effective",), ("not", "before")}
_FORMS = {
    f"{word}{ending}": word
    for word in ("start", "end", "finish")
    for ending in ("s", "es", "ed", "ing")
} | {"begins": "begin", "beginning": "begin", "stops": "stop", "stopped": "stop"}
_TIMES = frozenset({"at", "on", "date", "time", "datetime", "timestamp"})
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def range_pairs(pointers: Iterable[str]) -> list[tuple[str, str]]:
    """Pointers of a start and of its end, side by side in one object."""
    listed = list(pointers)
    by_words = {(at.rpartition("/")[0], _plain(_words(at))): at for at in listed}
    pairs = []
    for at in listed:
        around, words = at.rpartition("/")[0], _plain(_words(at))
        for index, word in enumerate(words):
            for end in _ENDS.get(word, ()):
                other = by_words.get((around, (*words[:index], end, *words[index + 1 :])))
                if other is not None:
                    # What is not before a moment begins with it (RFC 5280, section 4.1.2.5).
                    not_after = "not" in words[:index]
                    pairs.append((other, at) if not_after else (at, other))
    return [*pairs, *_of_other_words(listed, {at for pair in pairs for at in pair})]


def _of_other_words(pointers: list[str], paired: set[str]) -> Iterator[tuple[str, str]]:
    """The only start and end of an object, whatever their words: `notBefore`, `expiresAt`."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for at in pointers:
        words = _plain(_core(_words(at)))
        over, begins = is_an_end(at), words[-1:] in _BEGINS or words[-2:] in _BEGINS
        if at not in paired and (over or begins):
            found.setdefault(at.rpartition("/")[0], ([], []))[over].append(at)
    for starts, ends in found.values():
        if len(starts) == len(ends) == 1:
            yield starts[0], ends[0]


def is_an_end(at: str) -> bool:
    """Whether a pointer's last name is of the time when something will be over."""
    words = _core(_words(at))
    if words[-2:-1] == ("not",):
        return words[-1] == "after"
    return bool(_LAST.intersection(words[-1:]))


def _core(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name without those at its end that only say that it is a time."""
    while len(words) > 1 and words[-1] in _TIMES:
        words = words[:-1]
    return words


def _words(at: str) -> tuple[str, ...]:
    name = at.rpartition("/")[2]
    return tuple(word.lower() for word in _WORDS.findall(name))


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a name, those of a start or an end in one form: `startsAt` is `start at`."""
    return tuple(_FORMS.get(word, word) for word in words)


def is_inverted(value: Any, pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether the end of any range lies before its start, or at the very moment of it."""
    for start, end in pairs:
        last = look(value, end)
        side = order(last, look(value, start))
        if side == -1 or (side == 0 and isinstance(last, str) and "T" in last.upper()):
            return True
    return False


def order(one: Any, other: Any) -> int | None:
    """-1 where a number or a moment lies before another one, 0 for the same, 1 for after.

    None where they are not of one kind.
    """
    if ABSENT in (one, other) or isinstance(one, bool) or isinstance(other, bool):
        return None
    if isinstance(one, int | float) and isinstance(other, int | float):
        return (one > other) - (one < other)
    first, second = _moment(one), _moment(other)
    if first is None or second is None:
        return None
    return (first > second) - (first < second)


def _moment(value: Any) -> datetime | None:
    """A date or a date-time (RFC 3339)."""
    if not isinstance(value, str) or not value[:4].isdigit():
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
