"""Texts and values that are drawn by a die that always falls the same way.

Texts of a regular expression are put together along its parse tree, which is a hundred times faster
than to have Hypothesis do it and needs no tables of Unicode; what a look-around asks for is not
seen, so whoever takes a text asks a validator of it. What this has no text for, Hypothesis may.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from clausewise.contract.compiled import compiled
from clausewise.patterns.cost import CATEGORIES, is_affordable, parsed
from clausewise.patterns.parts import UntranslatableError
from clausewise.patterns.translating import for_python

# Characters for what may be any, or any but some.
_ANY = "aA0b1_- .xé会"
_LONGEST = 2_000
_ROUNDS = 24
_FEW = 8
# A choice of no more words is sent as a list of values is.
_MOST_WORDS = 16


@lru_cache(maxsize=2_000)
def texts_of(pattern: str) -> tuple[str, ...]:
    """Some texts that an ECMA expression finds something in, the shortest first.

    None where Python cannot read it. What takes Python too long is matched in linear time.
    """
    try:
        matcher = re.compile(for_python(pattern))
    except (UntranslatableError, re.error, OverflowError, RecursionError):
        return ()
    slow = not is_affordable(pattern)
    matches = compiled({"pattern": pattern}).is_valid if slow else matcher.search
    tree = parsed(pattern)
    if tree is None:
        return ()
    die = random.Random(pattern)  # noqa: S311  # it is to fall the same way every time
    drawn = (_Text(die, round_).of(list(tree)) for round_ in range(_ROUNDS))
    found = {made for made in drawn if len(made) <= _LONGEST and matches(made)}
    if not found and not slow and not _is_never_found(list(tree)):
        found = set(_by_hypothesis(matcher))
    return tuple(sorted(found, key=lambda made: (len(made), made)))


def words_of(pattern: str) -> list[str]:
    """Every text of an expression that is a choice of words, `^(json|xml)$`; none of another."""
    tree = parsed(pattern)
    parts = [] if tree is None else [(str(part[0]), str(part[1])) for part in tree]
    if parts[:1] != [("AT", "AT_BEGINNING")] or parts[-1] != ("AT", "AT_END_STRING"):
        return []
    words = _words(list(tree)[1:-1])
    return list(dict.fromkeys(words)) if len(words) > 1 else []


def _words(parts: list[Any]) -> list[str]:
    """The same of a part of a parse tree; none where there are more than a few."""
    words = [""]
    for part in parts:
        kind, told = str(part[0]), part[1]
        ends: list[str] = []
        if kind == "LITERAL":
            ends = [chr(told)]
        elif kind == "SUBPATTERN" and not (told[1] or told[2]):  # it changes no flags
            ends = _words(list(told[-1]))
        elif kind == "BRANCH":
            branches = [_words(list(branch)) for branch in told[1]]
            ends = [word for branch in branches for word in branch] if all(branches) else []
        elif kind == "IN" and all(str(item[0]) == "LITERAL" for item in told):
            ends = [chr(item[1]) for item in told]
        elif kind == "MAX_REPEAT" and told[:2] == (0, 1) and (more := _words(list(told[2]))):
            ends = ["", *more]
        if not 0 < len(words) * len(ends) <= _MOST_WORDS:
            return []
        words = [word + end for word in words for end in ends]
    return words


class _Text:
    """One text along a parse tree; repetitions get longer from round to round."""

    def __init__(self, die: random.Random, round_: int) -> None:
        self.die = die
        self.more = round_ // 2
        self.groups: dict[int, str] = {}

    def of(self, parts: list[Any]) -> str:
        return "".join(self._part(str(part[0]), part[1]) for part in parts)

    def _part(self, kind: str, told: Any) -> str:
        if kind == "LITERAL":
            return chr(told)
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, item = told
            count = min(least + self.die.randint(0, self.more), int(most), max(least, 60))
            return "".join(self.of(list(item)) for _ in range(count))
        if kind == "SUBPATTERN":
            made = self.of(list(told[-1]))
            if told[0] is not None:
                self.groups[told[0]] = made
            return made
        if kind == "BRANCH":
            return self.of(list(self.die.choice(told[1])))
        if kind == "ATOMIC_GROUP":
            return self.of(list(told))
        if kind == "GROUPREF":
            return self.groups.get(told, "")
        if kind in ("IN", "NOT_LITERAL", "ANY"):
            return self._one_of(kind, told)
        return ""

    def _one_of(self, kind: str, told: Any) -> str:
        items = list(told) if kind == "IN" else []
        if kind == "IN" and str(items[0][0]) != "NEGATE":
            item = self.die.choice(items[:_FEW])  # the first are the likeliest to be read
            if str(item[0]) == "LITERAL":
                return chr(item[1])
            if str(item[0]) == "RANGE":
                low, high = item[1]
                return chr(self.die.randint(low, min(high, low + 25)))
        name = "[" if kind == "IN" else kind
        fitting = [char for char in _ANY if name == "ANY" or _has(kind, told, char)]
        return self.die.choice(fitting or list(_ANY))


def _has(kind: str, told: Any, char: str) -> bool:
    if kind == "NOT_LITERAL":
        return bool(ord(char) != told)
    inside = False
    for item in told:
        name = str(item[0])
        if name == "LITERAL":
            inside = inside or ord(char) == item[1]
        elif name == "RANGE":
            inside = inside or item[1][0] <= ord(char) <= item[1][1]
        elif name == "CATEGORY":
            inside = inside or re.match(CATEGORIES.get(str(item[1]), r"\w"), char) is not None
    return inside is not (str(told[0][0]) == "NEGATE")


# What takes a character of a text, whatever it is.
_TAKES_ONE = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY"})


def _is_never_found(parts: list[Any]) -> bool:
    """Whether the text has to begin after a character of it: `/^a$/`, a literal of JavaScript."""
    takes = False
    for part in parts:
        if takes and (str(part[0]), str(part[1])) == ("AT", "AT_BEGINNING"):
            return True
        takes = takes or str(part[0]) in _TAKES_ONE
    return False


def _by_hypothesis(matcher: re.Pattern[str]) -> list[str]:
    """One text, if Hypothesis finds one soon."""
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis.strategies import from_regex

    from clausewise.values.folders import leaving_no_folder, scalars

    quiet = settings(
        database=None,
        deadline=None,
        derandomize=True,
        max_examples=50,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        with leaving_no_folder():
            return [find(from_regex(matcher, alphabet=scalars()), lambda _: True, settings=quiet)]
    except Exception:  # what Hypothesis cannot draw, or finds nothing of in so many tries
        return []


def values_of(scalars: list[Any], names: list[str], count: int) -> Iterator[Any]:
    """Values put together at random of these scalars, in objects with members of these names."""
    die = random.Random(count)  # noqa: S311  # it is to fall the same way every time

    def one(depth: int) -> Any:
        kind = die.random()
        if depth == 0 or kind < 0.4:
            return die.choice(scalars)
        if kind < 0.6:
            return [one(depth - 1) for _ in range(die.randint(0, 4))]
        return {die.choice(names): one(depth - 1) for _ in range(die.randint(0, 5))}

    for number in range(count):
        yield one(1 + number % 3)
