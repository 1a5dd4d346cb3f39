"""Fresh values: like one that is known to be lawful, and used by nobody else."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from clausewise.contract import MessagePart
from clausewise.contract.place import Promise
from clausewise.pointer import look, put
from clausewise.values.values import digest, stable_uuid

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# A day, or a moment of one (RFC 3339); so many days later another one may be.
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:$|[Tt ])")
_DAYS = 3_000
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
# So many letters and digits have to vary, or two values may be one by chance.
_ENOUGH = 6
_FEW = 3
# So often another value is sought where there are few.
_TURNS = 5


def renewed(value: Any, key: object, lawful: Callable[[Any], bool]) -> Any:
    """A value like another one that no other key gets; None where no lawful one is known.

    Of texts the length and the kinds of characters are kept where enough of them can vary, so
    that a value at a limit stays there; e-mail addresses keep their domain, UUIDs are UUIDs, and
    days are later ones, of which another key may get the same one by chance.
    """
    return next((v for v in _candidates(value, key) if v != value and lawful(v)), None)


def _candidates(value: Any, key: object) -> Iterator[Any]:
    number = int(digest("fresh", key), 16)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return
    if isinstance(value, int):
        for span in (10**9, 10**6, 10**4, 10**2):
            yield value + 1 + number % span
            yield value - 1 - number % span
        return
    if _UUID.fullmatch(value):
        yield stable_uuid("fresh", key)
        return
    word = digest("fresh", key)[:10]
    if _EMAIL.fullmatch(value):
        local, _, domain = value.rpartition("@")
        if _varying(local) >= _ENOUGH:
            yield f"{_reshaped(local, key)}@{domain}"
        yield f"cw-{word}@{domain}"
        yield f"cw-{word}@example.com"
        return
    if _DAY.match(value):
        with suppress(ValueError, OverflowError):
            day = date.fromisoformat(value[:10]) + timedelta(days=1 + number % _DAYS)
            yield f"{day.isoformat()}{value[10:]}"
        return
    if "://" in value:
        yield f"{value.rstrip('/')}/{word}"
    if _varying(value) >= _ENOUGH:
        yield _reshaped(value, key)
    if len(value) < _FEW:
        # One of few: still more often free than a value that is in use for certain.
        if value and _varying(value) == len(value):
            yield from (_reshaped(value, (key, turn)) for turn in range(_TURNS))
        return
    yield f"{value}-{word}"
    yield f"{value}{word}"
    if _varying(value) >= _FEW:
        yield _reshaped(value, key)
    yield word


def _varying(text: str) -> int:
    return sum(1 for character in text if character.isascii() and character.isalnum())


def _reshaped(text: str, key: object) -> str:
    """The text with each ASCII letter and digit replaced by another of its kind."""
    number = int(digest("shape", key, text) + digest("shape too", key, text), 16)
    made = []
    for index, character in enumerate(text):
        kind = next((kind for kind in _CLASSES if character in kind), None)
        if kind is None:
            made.append(character)
            continue
        # A number does not begin with a zero.
        kind = kind[1:] if kind is string.digits and not index else kind
        number, step = divmod(number, len(kind))
        if not number:
            number = int(digest("more", key, text, index), 16)
        made.append(kind[step])
    return "".join(made)


def keeps_place(message: MessagePart, pointer: str) -> Callable[[Any], bool]:
    """Whether a value keeps what is promised of one place of a message, asked of it alone."""
    # Every request with a leased id asks, and a layout may have hundreds of places.
    known: dict[str, list[Promise]] = message.place.memo.setdefault("promises", {})
    if pointer not in known:
        known[pointer] = [
            promise
            for place in message.place.walk()
            if place.pointer == pointer
            for promise in (*place.types, *place.assertions)
        ]
    promises = known[pointer]
    return lambda value: all(promise.kept_by(value) for promise in promises)


def leased_anew(message: MessagePart, value: Any, pointer: str, *key: object) -> Any:
    """A value with what it leases at a pointer replaced by that of a key, of the place's schema."""
    lawful = keeps_place(message, pointer)
    ours: Any = stable_uuid(*key)
    if not lawful(ours):
        ours = renewed(look(value, pointer), key, lawful)
    return value if ours is None else put(value, pointer, ours)
