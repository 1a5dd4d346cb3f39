"""What a regular expression may cost, where Python's own engine is asked.

`re` goes back and tries again, which for `(a+)+$` takes more steps than there are atoms. How many
ways it may have to try is bounded here from the expression's form. jsonschema-rs needs none of
this: it matches in linear time, and gives up where it cannot.
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_left, bisect_right
from functools import cache
from typing import Any

from clausewise.patterns.parts import UntranslatableError
from clausewise.patterns.translating import for_python

# Steps of one search; more take seconds.
MOST_STEPS = 10_000_000
# An expression that is longer is not looked into, and counts as slow.
LONGEST = 2_000
# The length of the texts that are made up for an expression, for the most part.
DRAWN = 100

# Characters to tell classes apart by, beside those that an expression names itself.
_SAMPLE = frozenset(range(128)) | {
    0xA0,
    0xB2,
    0xDF,
    0xE9,
    0x131,
    0x17F,
    0x661,
    0x2003,
    0x212A,
    0x4E2D,
}
_END = frozenset({-1})
CATEGORIES = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip
_Chars = frozenset[int]


def is_affordable(pattern: str, length: int = DRAWN) -> bool:
    """Whether Python searches a text of this length in few steps, or does not know the pattern.

    The pattern is one of ECMA-262, of which Python reads its own form.

    Careful: some expressions that would be quick are taken for slow.
    """
    # Rounded up, so that few lengths have to be told apart.
    return _steps(pattern, 1 << length.bit_length()) <= MOST_STEPS


_UNKNOWN: Any = object()


def parsed(pattern: str) -> Any:
    """The parse tree of Python's expression; None where there is none, or it is too long."""
    expression = _parsed(pattern)
    return None if expression is _UNKNOWN else expression


@cache
def _steps(pattern: str, length: int) -> float:
    expression = _parsed(pattern)
    if expression is None:
        return 0
    if expression is _UNKNOWN:
        return float("inf")
    return _Cost(expression, length).of_search()


def _parsed(pattern: str) -> Any:
    """The parsed expression; None where Python has none of it, `_UNKNOWN` where it is too long."""
    if len(pattern) > LONGEST:
        return _UNKNOWN
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = for_python(pattern)
            parsed = re._parser.parse(text)  # type: ignore[attr-defined]  # noqa: SLF001  # as Hypothesis
    except (UntranslatableError, re.error, OverflowError):
        return None
    except RecursionError:
        return _UNKNOWN
    # Without regard to case, say, other characters are alike than those that are named.
    return _UNKNOWN if parsed.state.flags & ~re.UNICODE else parsed


class _Cost:
    """Counts, at most, the ways to match that are tried before a search fails."""

    def __init__(self, parsed: Any, length: int) -> None:
        self.parsed = parsed
        self.length = max(length, 1)
        self.sample = _SAMPLE | _named(parsed)
        self._sorted = sorted(self.sample)
        self._classes: dict[int, _Chars] = {}

    def of_search(self) -> float:
        """The steps of a search through a text."""
        anchored = bool(self.parsed.data) and str(self.parsed.data[0][1]) in (
            "AT_BEGINNING", "AT_BEGINNING_STRING",
        )  # fmt: skip
        # After the last part there is nothing that could fail.
        ways = self._sequence(list(self.parsed), frozenset())
        return max(ways, self.length) * (1 if anchored else self.length)

    def _sequence(self, parts: list[Any], after: _Chars) -> float:
        ways = 1.0
        for part in reversed(parts):
            ways *= self._part(part, after)
            after = self._before(part, after)
        return ways

    def _part(self, part: Any, after: _Chars) -> float:
        """The ways to match one part, where these characters may come next."""
        kind, told = str(part[0]), part[1]
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeat(told[0], told[1], told[2], after)
        if kind == "BRANCH":
            return self._branch([list(branch) for branch in told[1]], after)
        if kind == "SUBPATTERN":
            return self._sequence(list(told[-1]), after)
        if kind in ("ASSERT", "ASSERT_NOT"):
            return self._sequence(list(told[1]), frozenset())
        if kind == "ATOMIC_GROUP":
            return self._sequence(list(told), after)
        if kind == "GROUPREF_EXISTS":
            inner = [list(branch) for branch in told[1:] if branch]
            return self._branch([*inner, []], after)
        return 1.0

    def _repeat(self, least: int, most: Any, item: Any, after: _Chars) -> float:
        parts = list(item)
        first = self._first(parts, frozenset())
        most = min(int(most), self.length)
        again = first if most > 1 else frozenset[int]()
        inner = self._sequence(parts, after | again)
        ways = _power(inner, most)
        # Where the next character says whether there is one more, no other number is tried.
        if most > least and (first & after or self._is_empty(parts)):
            ways *= most - least + 1
        if most > 1 and self._is_empty(parts):
            return float("inf")
        return ways

    def _branch(self, branches: list[list[Any]], after: _Chars) -> float:
        seen: set[int] = set()
        alike = False
        ways = 1.0
        for branch in branches:
            first = self._first(branch, after)
            alike = alike or bool(seen & first)
            seen |= first
            ways = max(ways, self._sequence(branch, after))
        return ways * len(branches) if alike else ways

    def _first(self, parts: list[Any], after: _Chars) -> _Chars:
        """The characters that a match of these parts, and what comes after, may begin with."""
        for part in reversed(parts):
            after = self._before(part, after)
        return after

    def _before(self, part: Any, after: _Chars) -> _Chars:
        """The characters that may come where this part begins, if these may come after it."""
        if str(part[1]) in ("AT_END", "AT_END_STRING"):
            return _END
        if self._is_empty([part]):
            return self._firsts(part) | after
        return self._firsts(part)

    def _firsts(self, part: Any) -> _Chars:
        kind, told = str(part[0]), part[1]
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._first(list(told[2]), frozenset())
        if kind == "BRANCH":
            return frozenset().union(*(self._first(list(b), frozenset()) for b in told[1]))
        if kind == "SUBPATTERN":
            return self._first(list(told[-1]), frozenset())
        if kind == "ATOMIC_GROUP":
            return self._first(list(told), frozenset())
        if kind in ("AT", "ASSERT", "ASSERT_NOT"):
            return frozenset()
        if kind in ("GROUPREF", "GROUPREF_EXISTS"):
            return self.sample
        return self._class(part)

    def _class(self, part: Any) -> _Chars:
        """The characters of the sample that a part of one character may be."""
        known = self._classes.get(id(part))
        if known is None:
            known = self._classes[id(part)] = self._in_class(str(part[0]), part[1])
        return known

    def _in_class(self, kind: str, told: Any) -> _Chars:
        if kind == "LITERAL":
            return self.sample & {told}
        if kind == "NOT_LITERAL":
            return self.sample - {told}
        if kind == "RANGE":
            low, high = bisect_left(self._sorted, told[0]), bisect_right(self._sorted, told[1])
            return frozenset(self._sorted[low:high])
        if kind == "CATEGORY":
            category = CATEGORIES[str(told)]
            return frozenset(char for char in self.sample if re.match(category, chr(char)))
        if kind == "IN":
            named = (self._in_class(str(item[0]), item[1]) for item in told)
            inside = frozenset[int]().union(*named)
            return self.sample - inside if str(told[0][0]) == "NEGATE" else inside
        if kind == "NEGATE":
            return frozenset()
        return self.sample  # ANY, which only stands where it is one of all

    def _is_empty(self, parts: list[Any]) -> bool:
        """Whether these parts may match nothing."""
        for kind, told in ((str(part[0]), part[1]) for part in parts):
            if kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
                return False
            if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                if told[0] > 0 and not self._is_empty(list(told[2])):
                    return False
            elif kind == "BRANCH":
                if not any(self._is_empty(list(branch)) for branch in told[1]):
                    return False
            elif kind == "SUBPATTERN" and not self._is_empty(list(told[-1])):
                return False
        return True


def _power(base: float, exponent: int) -> float:
    try:
        return base**exponent
    except OverflowError:
        return float("inf")


def _named(parsed: Any) -> _Chars:
    """The characters that an expression names, and those beside them."""
    found: set[int] = set()

    def visit(node: Any) -> None:
        if isinstance(node, int) and not isinstance(node, bool) and 0 <= node <= 0x10FFFF:
            found.update({max(node - 1, 0), int(node), min(node + 1, 0x10FFFF)})
        elif isinstance(node, list | tuple) or hasattr(node, "data"):
            for inner in node:
                visit(inner)

    visit(parsed)
    return frozenset(found)
