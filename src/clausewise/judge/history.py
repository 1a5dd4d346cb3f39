"""What a run has come to so far: for every rule of several exchanges, one state a key.

An exchange is held against what was over when its request was sent: of two that were under way
at the same time neither is the earlier one. So a key has a few states, not one.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from clausewise.checks import IN_ANY_ORDER, Broken, Kept, Message
from clausewise.pointer import escape, steps_of

Verdict = Kept | Broken | None
# What is known of a key, a message, where the key stands; gives what is known then, and a verdict.
Fold = Callable[[Any, Message, str], tuple[Any, Verdict]]

# Of the things that exchanges are about, those that were seen last are remembered.
MOST_KEYS = 100_000
_PARAMETERS = ("/request/path/", "/request/query/")
# So many changes of one key may fall into the time that one request takes.
MOST_STATES = 32
_SMALL_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Occurrence(NamedTuple):
    """A key in an exchange, and the pointer at which it stands in `{request, response}`.

    The key is None where the object that should have it has none: that stands for itself.
    """

    key: str | None
    at: str


class _State(NamedTuple):
    """What was known of a key from the n-th exchange on."""

    since: int
    value: Any


_NOTHING = _State(0, None)


class History:
    """The states of all rules of several exchanges. Safe to use from several threads."""

    def __init__(self) -> None:
        self._states: dict[str, OrderedDict[str, list[_State]]] = {}
        self._over = 0
        self._lock = threading.Lock()

    def now(self) -> int:
        """How many exchanges are over: to be asked before a request is sent."""
        return self._over

    def add(
        self,
        message: Message,
        folds: Mapping[str, tuple[Fold, tuple[Occurrence, ...]]],
        sent: int | None = None,
    ) -> dict[str, Verdict]:
        """Fold in an exchange that is over; gives by rule what is to be said of it.

        Where an exchange is about several keys, that is the first breach, or that one is kept.

        `sent` is what `now` said before the request was sent; without it, all that was added so
        far is earlier.
        """
        with self._lock:
            self._over += 1
            before = self._over - 1 if sent is None else sent
            said: dict[str, Verdict] = {}
            for rule, (fold, occurrences) in folds.items():
                known = self._states.get(rule)
                if known is None:
                    known = self._states[rule] = OrderedDict()
                said[rule] = self._fold(known, fold, message, occurrences, before)
            return said

    def _fold(
        self,
        known: OrderedDict[str, list[_State]],
        fold: Fold,
        message: Message,
        occurrences: Iterable[Occurrence],
        before: int,
    ) -> Verdict:
        """Fold in one rule: the first breach, or that one is kept."""
        worst: Verdict = None
        # A key may stand in one exchange twice: neither place is earlier than the other.
        first: dict[str, _State | None] = {}
        for key, at in occurrences:
            if key is None:
                worst = _worse(worst, fold(None, message, at)[1])
                continue
            states = known.get(key)
            latest = states[-1] if states is not None else _NOTHING
            earlier = first.get(key, latest)
            if earlier is not None and earlier.since > before:
                earlier = _fitting(states or (), before)
            first[key] = earlier
            free = earlier is not latest and getattr(fold, IN_ANY_ORDER, False)
            if free and (earlier is None or earlier.value):
                earlier = latest
            if earlier is not None:
                after, verdict = fold(earlier.value, message, at)
                worst = _worse(worst, verdict)
            if earlier is not latest:
                after, verdict = fold(latest.value, message, at)
                # Where nothing was known yet, nothing is kept, in whatever order replies come.
                if free and isinstance(verdict, Broken):
                    worst = _worse(worst, verdict)
            if states is None:
                states = known[key] = [_NOTHING]
                if len(known) > MOST_KEYS:
                    known.popitem(last=False)
            else:
                known.move_to_end(key)
            if after is not latest.value and after != latest.value:
                states.append(_State(self._over, after))
                if len(states) > MOST_STATES:
                    del states[0]
        return worst


def _fitting(states: Sequence[_State], before: int) -> _State | None:
    """What was known when so many exchanges were over; None where that is forgotten."""
    return next((state for state in reversed(states) if state.since <= before), None)


def _worse(one: Verdict, other: Verdict) -> Verdict:
    """The first breach of two verdicts, else the first one that says something."""
    if one is None or (isinstance(other, Broken) and not isinstance(one, Broken)):
        return other
    return one


def occurrences(exchange: Any, by: tuple[str, ...]) -> tuple[Occurrence, ...]:
    """Where the keys of a rule stand in `{request, response}`.

    `*` in a pointer is any item or member. A rule without pointers has one key for all exchanges.
    A body's object without its key is told, but for members of an object that `*` stands for: they
    may be anything. A parameter that was not sent is not told either.
    """
    if not by:
        return (Occurrence("", ""),)
    found: list[Occurrence] = []
    for way in _ways(by):
        value = exchange
        for step in way.down:
            if type(value) is not dict:
                break
            value = value.get(step)
        else:
            if type(value) in _CONTAINERS:
                _walk(value, way.rest, way.at, way.lone, found)
            continue
        if type(value) is list:  # an item by its number
            _walk(exchange, (*way.down, *way.rest), "", way.lone, found)
    return tuple(found)


class KeyPlace(NamedTuple):
    """Where one key stands in all exchanges of one shape: the steps to it, and its pointer.

    `lone` says that an object without it is told.
    """

    steps: tuple[str, ...]
    at: str
    lone: bool


def places_of_keys(exchange: Any, by: tuple[str, ...]) -> tuple[KeyPlace, ...] | None:
    """Where `occurrences` looks in whatever has the same names and types.

    None where a list is on the way: how long another one is, its shape does not tell.
    """
    found: list[KeyPlace] = []
    for pointer in by:
        ways: list[tuple[Any, tuple[str, ...]]] = [(exchange, ())]
        for step in steps_of(pointer):
            if (step == "*" or step.isdigit()) and any(type(value) is list for value, _ in ways):
                return None
            ways = [
                (value.get(name), (*steps, name))
                for value, steps in ways
                if type(value) is dict
                for name in (value if step == "*" else (step,))
            ]
        lone = not pointer.startswith(_PARAMETERS) and "*" not in steps_of(pointer)
        found += [
            KeyPlace(at, "".join(f"/{escape(one)}" for one in at), lone)
            for value, at in ways
            if lone or type(value) in _KEYS
        ]
    return tuple(found)


def keys_at(exchange: Any, places: tuple[KeyPlace, ...]) -> list[Occurrence]:
    """What `occurrences` finds in an exchange, of whose shape the places are."""
    found = []
    for steps, at, lone in places:
        value = exchange
        for step in steps:
            value = value.get(step)
        key = _key(value)
        if key is not None or lone:
            found.append(Occurrence(key, at))
    return found


class _KeyWay(NamedTuple):
    """A pointer to keys: `down` to what may be several it is one place, `at`.

    `lone` says that an object without a key is told.
    """

    down: tuple[str, ...]
    at: str
    rest: tuple[str, ...]
    lone: bool


@lru_cache
def _ways(by: tuple[str, ...]) -> tuple[_KeyWay, ...]:
    return tuple(map(_way, by))


def _way(pointer: str) -> _KeyWay:
    steps = tuple(steps_of(pointer))
    split = steps.index("*") if "*" in steps else len(steps) - 1
    at = pointer.rsplit("/", len(steps) - split)[0]
    return _KeyWay(steps[:split], at, steps[split:], not pointer.startswith(_PARAMETERS))


def _walk(value: Any, steps: Sequence[str], at: str, lone: bool, found: list[Occurrence]) -> None:
    """Find the keys below a value; `lone` says that an object without one is told."""
    step, rest = steps[0], steps[1:]
    if type(value) is dict:
        if step != "*":
            if not rest:
                key = _key(value.get(step))
                if key is not None or lone:
                    found.append(Occurrence(key, f"{at}/{escape(step)}"))
                return
            members = [(step, value.get(step))]
        else:
            members = list(value.items())
            lone = False
    elif type(value) is list and step == "*":
        members = [(str(place), inner) for place, inner in enumerate(value)]
    elif type(value) is list and step.isdigit() and int(step) < len(value):
        members = [(step, value[int(step)])]
    else:
        return
    if rest:
        for name, inner in members:
            if type(inner) in _CONTAINERS:
                _walk(inner, rest, f"{at}/{escape(name)}", lone, found)
        return
    for name, inner in members:
        key = _key(inner)
        if key is not None or lone:
            found.append(Occurrence(key, f"{at}/{escape(name)}"))


_CONTAINERS = frozenset({dict, list})
_KEYS = frozenset({str, int, float})


def _key(value: Any) -> str | None:
    """A text or number as a key: the same in a URL and in a body, a UUID in whatever case."""
    kind = value.__class__
    if kind not in _KEYS:
        return None
    text: str = value if kind is str else str(value)
    if len(text) == 36 and _SMALL_UUID.fullmatch(text) is None:
        # RFC 9562, section 4: upper case means the same
        try:
            return str(UUID(text))
        except ValueError:
            return text
    return text or None
