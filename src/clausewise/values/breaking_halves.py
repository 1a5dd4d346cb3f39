"""How one of several things is broken that a pattern says of a text: by little changes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clausewise.values.finding import from_pattern

# Kinds of characters, one of which a text may need, and what stands for each.
_KINDS = {"[a-z]": "A", "[A-Z]": "a", "[0-9]": "a", "[^a-zA-Z0-9]": "a"}
# What often may not stand at an end, nor twice in a row.
_SIGNS = "-._ "
# Any characters at the begin of a look-ahead, as `translated` writes them, and the end of a text.
_ANY_BEFORE = re.compile(r"^\[\^[^\]]*\][*+]\??|^\.[*+]\??")


def texts_without_a_half(text: str, halves: list[str]) -> Iterator[str]:
    """A lawful text of a pattern, changed so that it may keep all `halves` of it but one.

    What is taken out is taken from within: what a look-ahead asks for may stand at the end.
    """
    yield text * 9
    yield from (text[:1] + text[first:] for first in (2, len(text) // 2 + 1, len(text) - 1))
    for half in halves:
        if half.startswith("^(?!"):
            yield from _with_what_is_barred(text, half[4:-1])
    for kind, usual in _KINDS.items():
        kept = re.sub(kind, "", text)
        for other in dict.fromkeys((kept[:1] or usual, kept[-1:] or usual)):
            yield re.sub(kind, other.replace("\\", r"\\"), text)
    for sign in _SIGNS:
        middle = len(text) // 2
        yield f"{text[:middle]}{sign * 2}{text[middle + 2 :]}"
        yield f"{sign}{text[1:]}"
        yield f"{text[:-1]}{sign}"


def _with_what_is_barred(text: str, barred: str) -> Iterator[str]:
    """A text with what a negative look-ahead is about, in all its forms."""
    inner = _ANY_BEFORE.sub("", barred)
    for word in from_pattern(inner, 3):
        yield word
        yield f"{word}{text[len(word) :]}"
        yield f"{text[:1]}{word}{text[1 + len(word) :]}"
        yield f"{text[:1]}{word}{text[1:]}"
