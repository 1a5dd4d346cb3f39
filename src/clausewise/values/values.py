"""Value classes, and what is asked of values: names, copies, whether two are the same."""

from __future__ import annotations

import json
import math
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from clausewise.pointer import ABSENT

LONG = 256
# What the keyword of a level begins with where it is a promise about the items of an array.
OF_ITEMS = "*:"
# Of arrays whose items have other values of their members each: one is sent, beside no others.
EACH_KIND = OF_ITEMS + "type"
NON_ASCII = "Zoë 会議 🎥"


class Level(Struct, frozen=True):
    """One value class of a member, and one value of it.

    `keyword` is the keyword whose inner side the value stands on: refusing it is refusing that
    promise.
    """

    label: str
    value: Any
    keyword: str

    def __repr__(self) -> str:
        return f"<{self.label}>"


LEFT_OUT = Level("left out", ABSENT, "optional")
PRESENT = Level("present", {}, "type")


def written_alike(one: Any, other: Any) -> bool:
    """JSON equality that tells true from 1 and 1.0 from 1."""
    return as_text(one) == as_text(other)


def key_of(value: Any) -> Any:
    """Something to look a value up by, which is the same for the same values only."""
    if isinstance(value, dict | list):
        return as_text(value)
    # In a tuple with its type, true is not 1; nor is 1.0, nor a text what reads like another value.
    return type(value), value


def is_carried(value: Any) -> bool:
    """Whether JSON can carry a value: a number beyond the greatest float it cannot."""
    if not isinstance(value, int | float):
        return True
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number has to become a float to be asked
        return False


def digest(*parts: object) -> str:
    """A short, stable name for these parts."""
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def stable_uuid(*parts: object) -> str:
    """A version 4 UUID that is always the same for the same parts."""
    raw = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
    return str(UUID(bytes=raw, version=4))


def label_of(value: Any) -> str:
    """A value in a label: as JSON, and not too long."""
    if not isinstance(value, dict | list):
        # No sign takes less than itself.
        begin = value[:61] if isinstance(value, str) else value
        text = _in_parts.encode(begin)
        return text if len(text) <= 60 else f"{text[:57]}…"
    text = ""
    for part in _in_parts.iterencode(value):  # of large ones, only the beginning is written
        text += part
        if len(text) > 60:
            return f"{text[:57]}…"
    return text


_in_parts = json.JSONEncoder(ensure_ascii=False)


def exactly(text: str, length: int) -> str:
    """A text over and over, up to this length."""
    return (text * (length // len(text) + 1))[:length]


_encoder = json.JSONEncoder(sort_keys=True)
_quick_encoder = msgspec.json.Encoder(order="sorted")


def fingerprint(value: Any) -> bytes:
    """Sixteen bytes that are the same for the same values, to know large ones by."""
    try:
        content = _quick_encoder.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        content = b"null"
    if b"null" in content:  # see `as_text`
        content = as_text(value).encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=16).digest()


def as_text(value: Any) -> str:
    """A text that is the same for the same values; for keys, as it is asked for very often."""
    try:
        text = _quick_encoder.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        return _encoder.encode(value)
    # It may be the null of what is no number.
    # As Latin-1 a sign outside of it makes no text four times as large; many are kept.
    return _encoder.encode(value) if b"null" in text else text.decode("latin-1")
