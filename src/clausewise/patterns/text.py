"""The parts of a regular expression, written for an engine."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from clausewise.patterns.parser import Parser
from clausewise.patterns.parts import LAST, CharacterSet, Group, Repeat, Verbatim, complement
from clausewise.patterns.unicode_properties import characters_of

_SHORT = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}

_SYNTAX = "^$\\.*+?()[]{}|"


def rendered(pattern: str, in_class: Callable[[CharacterSet], str], python: bool = False) -> str:
    """An expression for an engine. Raises UntranslatableError.

    `in_class` writes a set of characters as that engine reads it; `python` is for `re`.
    """
    words = {"$": r"\Z" if python else "$", "\\b": _BOUNDARY, "\\B": _NO_BOUNDARY}

    def text(part: Any) -> str:
        if isinstance(part, Verbatim):
            return words.get(part.text, part.text)
        if isinstance(part, Repeat):
            return text(part.item) + part.count
        if isinstance(part, Group):
            return f"{part.opening}{branches(part)})"
        return in_class(part)

    def sequence(parts: list[Any]) -> str:
        texts = [text(part) for part in parts]
        for index, part in enumerate(parts[:-1]):
            # A digit behind it would become a part of the number of the group.
            if isinstance(part, Verbatim) and texts[index + 1][:1].isdigit():
                texts[index] = f"(?:{texts[index]})"
        return "".join(texts)

    def branches(group: Group) -> str:
        return "|".join(map(sequence, group.branches))

    return branches(Parser(pattern).parse())


_W = "[A-Za-z0-9_]"
_BOUNDARY = f"(?:(?<={_W})(?!{_W})|(?<!{_W})(?={_W}))"
_NO_BOUNDARY = f"(?:(?<={_W})(?={_W})|(?<!{_W})(?!{_W}))"
_NOTHING = f"[^\\x00-{chr(LAST)}]"
_ANYTHING = f"[\\x00-{chr(LAST)}]"


def engine_range(one: CharacterSet) -> str:
    """A set of characters as ECMA-262 and Rust read it alike."""
    names = [f"\\{'P' if other else 'p'}{{{name}}}" for name, other in one.properties]
    if len(names) == 1 and not one.ranges and not one.negated:
        return names[0]
    return _class_text(one.ranges, "".join(names), one.negated)


def python_range(one: CharacterSet) -> str:
    """The same for Python's `re`, which has no properties: their characters stand for them."""
    ranges = list(one.ranges)
    for name, other in one.properties:
        ranges += complement(characters_of(name)) if other else characters_of(name)
    # Who draws texts goes through every character that stands there: `[^\\W_]` has few.
    rest = complement(ranges)
    if not (ranges if one.negated else rest):
        return "(?s:.)"
    if _size(rest) < _size(ranges):
        return _class_text(rest, "", not one.negated)
    return _class_text(ranges, "", one.negated)


def _size(ranges: list[tuple[int, int]]) -> int:
    return sum(last - first + 1 for first, last in ranges)


def _class_text(ranges: list[tuple[int, int]], names: str, negated: bool) -> str:
    if not ranges and not names:
        return _ANYTHING if negated else _NOTHING
    if not complement(ranges):
        return _NOTHING if negated else _ANYTHING
    if not negated and not names and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _literal(ranges[0][0])
    inner = "".join(
        _in_class(first) if first == last else f"{_in_class(first)}-{_in_class(last)}"
        for first, last in dict.fromkeys(ranges)
    )
    return f"[{'^' if negated else ''}{inner}{names}]"


def _literal(point: int) -> str:
    char = chr(point)
    return f"\\{char}" if char in _SYNTAX else _shown(point)


def _in_class(point: int) -> str:
    char = chr(point)
    if char in "\\]^[-":
        return f"\\{char}"
    # Twice in a row these are set operations in some engines.
    return f"\\x{point:02X}" if char in "&~|#" else _shown(point)


def _shown(point: int) -> str:
    if point > 0xFFFF or (chr(point).isprintable() and not unicodedata.combining(chr(point))):
        return chr(point)
    if point in _SHORT:
        return _SHORT[point]
    return f"\\x{point:02X}" if point < 0x80 else f"\\u{point:04X}"
