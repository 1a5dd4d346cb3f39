"""Bodies as a record keeps them: what was cut or masked is said in fields, never in the text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from clausewise.pointer import escape
from clausewise.secrets.masking import Mask

# Characters of a reply's body that a record keeps.
LONGEST_BODY = 20_000
# Beyond this many, the whole body counts as masked.
_MOST_POINTERS = 100


class Cut(Struct, frozen=True):
    """How much of a body is kept: the first `kept` of `bytes` bytes."""

    kept: int
    bytes: int


class RecordedBody(Struct, frozen=True):
    """One message's body: `text` where it is UTF-8, else `base64`.

    `masked` are JSON Pointers to what is masked in it; the empty one is the body as a whole, where
    it is no JSON. `cut` says that only its beginning is kept.
    """

    text: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET
    cut: Cut | None = None
    masked: tuple[str, ...] = ()

    @property
    def content(self) -> bytes:
        """The bytes that are kept."""
        if self.base64 is not UNSET:
            return base64.b64decode(self.base64)
        return self.text.encode("utf-8", "surrogatepass") if self.text is not UNSET else b""

    @property
    def shown(self) -> str:
        """The body as text; bytes that are no UTF-8 are spelt out."""
        if self.text is not UNSET:
            return self.text
        return self.content.decode("utf-8", "backslashreplace")


def recorded_body(
    content: bytes, mask: Mask, longest: int | None = None, size: int | None = None
) -> RecordedBody:
    """A body, masked, and then cut to `longest` characters if that is given.

    It is masked first: half a secret would be taken for none. `size` is how many bytes the body
    had, if `content` is its beginning alone.
    """
    size = len(content) if size is None else size
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        spelt = content.decode("utf-8", "backslashreplace")
        if mask.body(spelt) == spelt:
            return _binary(content, longest, size)
        text = spelt
    shown = mask.body(text)
    masked = _masked(text, shown)
    if (longest is None or len(shown) <= longest) and len(content) == size:
        return RecordedBody(text=shown, masked=masked)
    kept = shown[:longest]
    return RecordedBody(
        text=kept, cut=Cut(len(kept.encode("utf-8", "replace")), size), masked=masked
    )


def _binary(content: bytes, longest: int | None, size: int) -> RecordedBody:
    cut = None
    if longest is not None and size > longest:
        content = content[:longest]
        cut = Cut(len(content), size)
    return RecordedBody(base64=base64.b64encode(content).decode(), cut=cut)


def _masked(text: str, shown: str) -> tuple[str, ...]:
    """The pointers to what differs between a body and its masked form."""
    if text == shown:
        return ()
    pointers: list[str] = []
    with suppress(ValueError, RecursionError):
        for pointer in _changed(json.loads(text), json.loads(shown)):
            pointers.append(pointer)
            if len(pointers) > _MOST_POINTERS:
                return ("",)
    return tuple(pointers) or ("",)


def _changed(before: Any, after: Any, at: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict) and len(before) == len(after):
        for (name, inner), (shown, other) in zip(before.items(), after.items(), strict=True):
            pointer = f"{at}/{escape(shown)}"
            if name != shown:
                yield pointer
            else:
                yield from _changed(inner, other, pointer)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (inner, other) in enumerate(zip(before, after, strict=True)):
            yield from _changed(inner, other, f"{at}/{index}")
    elif type(before) is not type(after) or before != after:
        yield at
