"""What a regular expression of ECMA-262 consists of, and which characters its classes have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field

LAST = 0x10FFFF
SURROGATES = (0xD800, 0xDFFF)
Ranges = tuple[tuple[int, int], ...]

_DIGITS: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x41, 0x5A), (0x61, 0x7A), (0x30, 0x39), (0x5F, 0x5F))
# WhiteSpace and LineTerminator (ECMA-262, sections 12.2 and 12.3).
_SPACE: Ranges = (
    (0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
    (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
)  # fmt: skip
LINE_ENDS: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}

# The tokens of an expression as `translated` gives it: what is escaped, a class, what opens or
# closes a group, a count, or one character.
TOKEN = re.compile(
    r"""\\. | \[\^?\]?(?:\\.|[^\]\\])*\] | (?P<open>\() | (?P<close>\))
    | \{(?P<least>\d+)(?P<range>,(?P<most>\d*))?\} | .""",
    re.VERBOSE | re.DOTALL,
)


class UntranslatableError(ValueError):
    """An expression that is none of ECMA-262, or that no engine here can match as it says."""


class CharacterSet(Struct):
    """One character of a class: ranges and properties, or any but those."""

    ranges: list[tuple[int, int]] = field(default_factory=list)
    # The name of each property, and whether it is `\P`.
    properties: list[tuple[str, bool]] = field(default_factory=list)
    negated: bool = False


class Repeat(Struct):
    """A part that may come more than once; `count` is its quantifier as it is written."""

    item: Any
    count: str


class Group(Struct):
    """Branches, and what opens the brackets around them, such as `(?:`."""

    opening: str
    branches: list[list[Any]]


class Verbatim(Struct):
    """`^`, `$`, a word boundary by its name, or a reference back to a group."""

    text: str


def complement(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """All characters but these."""
    found: list[tuple[int, int]] = []
    start = 0
    for first, last in sorted(ranges):
        if first > start:
            found.append((start, first - 1))
        start = max(start, last + 1)
    return [*found, (start, LAST)] if start <= LAST else found
