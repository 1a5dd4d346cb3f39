"""Regular expressions of ECMA-262, read into their parts; Annex B as far as documents use it."""

from __future__ import annotations

import re
from typing import Any

from clausewise.patterns.parts import (
    CLASSES,
    LINE_ENDS,
    SURROGATES,
    CharacterSet,
    Group,
    Repeat,
    UntranslatableError,
    Verbatim,
    complement,
)
from clausewise.patterns.unicode_properties import is_property

_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D}

_QUANTIFIER = re.compile(r"[*+?]|\{(\d+)(,(\d*))?\}")

_LOOKS = ("?=", "?!", "?<=", "?<!")
# What no document needs, and what would exhaust the stack of an engine.
_DEEPEST = 100
_LONGEST = 20_000


class Parser:
    """Reads an expression; `sure` are the groups that have matched wherever it stands."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > _LONGEST:
            raise UntranslatableError(f"is longer than {_LONGEST:,} characters")
        self.text = pattern
        self.at = 0
        self.names, self.count = _groups_of(pattern)
        self.opened = 0
        self.closed: set[int] = set()
        self.sure: set[int] = set()
        self.depth = 0
        self.behind = 0

    def parse(self) -> Group:
        """The whole expression."""
        group = self._branches("(?:")
        if self.at < len(self.text):
            raise UntranslatableError("has a `)` without its `(`")
        return group

    def _peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _take(self, text: str) -> bool:
        if self._peek(text):
            self.at += len(text)
            return True
        return False

    def _branches(self, opening: str) -> Group:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UntranslatableError(f"has more than {_DEEPEST} groups within groups")
        before = set(self.sure)
        group = Group(opening, [])
        common: set[int] | None = None
        while True:
            self.sure = set(before)
            group.branches.append(self._sequence())
            common = set(self.sure) if common is None else common & self.sure
            if not self._take("|"):
                break
        self.sure = common
        self.depth -= 1
        return group

    def _sequence(self) -> list[Any]:
        parts: list[Any] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            before = set(self.sure)
            part, repeatable = self._atom()
            found = _QUANTIFIER.match(self.text, self.at)
            if found is None:
                parts.append(part)
                continue
            if not repeatable:
                raise UntranslatableError(f"has nothing before `{found[0]}` that could be repeated")
            self.at = found.end()
            least, most = _counts(found)
            if most is not None and most < least:
                raise UntranslatableError(f"counts from {least} down to {most}")
            if least == 0:
                self.sure = before
            parts.append(Repeat(part, found[0] + ("?" if self._take("?") else "")))
        return parts

    def _atom(self) -> tuple[Any, bool]:
        """The next part, and whether a quantifier may follow."""
        char = self.text[self.at]
        if char in "^$":
            self.at += 1
            return Verbatim(char), False
        if char == "(":
            return self._group()
        if char == "[":
            return self._class(), True
        if char == "\\":
            return self._escape()
        if char in "*+?" or (char == "{" and _QUANTIFIER.match(self.text, self.at)):
            raise UntranslatableError(f"has nothing before `{char}` that could be repeated")
        self.at += 1
        if char == ".":
            return CharacterSet(list(LINE_ENDS), negated=True), True
        return CharacterSet([(ord(char), ord(char))]), True

    def _group(self) -> tuple[Any, bool]:
        self.at += 1
        for look in _LOOKS:
            if self._take(look):
                return self._look(f"({look}"), False
        if self._take("?:"):
            group = self._branches("(?:")
            self._close()
            return group, True
        if named := re.compile(r"\?<[\w$]+>").match(self.text, self.at):
            self.at = named.end()
        elif self._peek("?"):
            raise UntranslatableError(f"has `({self.text[self.at : self.at + 2]}`, which is no "
                                      "group of ECMA-262")  # fmt: skip
        self.opened += 1
        number = self.opened
        group = self._branches("(")
        self._close()
        self.closed.add(number)
        self.sure.add(number)
        return group, True

    def _look(self, opening: str) -> Group:
        before = set(self.sure)
        behind = "<" in opening
        self.behind += behind
        group = self._branches(opening)
        self.behind -= behind
        self._close()
        if "!" in opening:
            self.sure = before
        return group

    def _close(self) -> None:
        if not self._take(")"):
            raise UntranslatableError("has a `(` without its `)`")

    def _escape(self) -> tuple[Any, bool]:
        self.at += 1
        if self.at == len(self.text):
            raise UntranslatableError("ends with a backslash")
        char = self.text[self.at]
        if char in "bB":
            self.at += 1
            return Verbatim(f"\\{char}"), False
        if char in "123456789":
            digits = re.compile(r"\d+").match(self.text, self.at)
            assert digits is not None
            self.at = digits.end()
            return self._reference(int(digits[0])), True
        if named := re.compile(r"k<([\w$]+)>").match(self.text, self.at):
            self.at = named.end()
            if named[1] not in self.names:
                raise UntranslatableError(f"has no group of the name {named[1]}")
            return self._reference(self.names[named[1]]), True
        if char in "DWS":
            self.at += 1
            return CharacterSet(list(CLASSES[char.lower()]), negated=True), True
        one = CharacterSet()
        self._escaped(one)
        return one, True

    def _reference(self, number: int) -> Any:
        if number > self.count:
            raise UntranslatableError(f"refers to a group {number}, which it does not have")
        if self.behind:
            raise UntranslatableError("refers back to a group from within a look-behind")
        if number not in self.closed:  # a group that matched nothing yet is empty in ECMA-262
            return Group("(?:", [[]])
        if number not in self.sure:
            raise UntranslatableError(f"refers back to group {number}, which may not have matched")
        return Verbatim(f"\\{number}")

    def _escaped(self, into: CharacterSet) -> int | None:
        """Add what follows a backslash to a set; its code point, or None for a class."""
        char = self.text[self.at]
        if char.lower() in CLASSES:
            self.at += 1
            ranges = CLASSES[char.lower()]
            into.ranges += ranges if char.islower() else complement(ranges)
            return None
        if char in "pP":
            found = re.compile(r"[pP]\{([A-Za-z_]+(?:=[A-Za-z_0-9]+)?)\}").match(self.text, self.at)
            if found is None or not is_property(found[1]):
                raise UntranslatableError("has a `\\p` whose property nobody here knows")
            self.at = found.end()
            into.properties.append((found[1], char == "P"))
            return None
        point = self._code_point()
        if not SURROGATES[0] <= point <= SURROGATES[1]:  # alone, it is in no text
            into.ranges.append((point, point))
        return point

    def _code_point(self) -> int:
        """The character of an escape, at whose letter this stands."""
        char = self.text[self.at]
        if char in _CONTROLS:
            self.at += 1
            return _CONTROLS[char]
        for form, base in _NUMBERED:
            if found := form.match(self.text, self.at):
                self.at = found.end()
                return _joined(*(int(group, base) for group in found.groups() if group))
        if found := re.compile(r"c([A-Za-z])").match(self.text, self.at):
            self.at = found.end()
            return ord(found[1]) % 32
        if re.compile(r"0(?!\d)").match(self.text, self.at):
            self.at += 1
            return 0
        if char.isalnum():
            raise UntranslatableError(f"has `\\{char}`, which means nothing in ECMA-262")
        self.at += 1
        return ord(char)

    def _class(self) -> CharacterSet:
        self.at += 1
        found = CharacterSet(negated=self._take("^"))
        while not self._take("]"):
            if self.at >= len(self.text):
                raise UntranslatableError("has a `[` without its `]`")
            known = len(found.ranges)
            first = self._member(found)
            if not self._peek("-") or self.text[self.at + 1 : self.at + 2] in ("]", ""):
                continue
            self.at += 1
            last = self._member(found)
            if first is None or last is None:  # beside a class, the hyphen is one
                found.ranges.append((0x2D, 0x2D))
            elif last < first:
                raise UntranslatableError(f"has a range from {chr(first)!r} down to {chr(last)!r}")
            else:
                found.ranges[known:] = _clipped(first, last)
        return found

    def _member(self, into: CharacterSet) -> int | None:
        char = self.text[self.at]
        if char != "\\":
            self.at += 1
            into.ranges.append((ord(char), ord(char)))
            return ord(char)
        self.at += 1
        if self._take("b"):
            into.ranges.append((0x08, 0x08))
            return 0x08
        if self.at == len(self.text):
            raise UntranslatableError("ends with a backslash")
        return self._escaped(into)


_HEX = "([0-9A-Fa-f]{4})"
_NUMBERED = (
    (re.compile(r"x([0-9A-Fa-f]{2})"), 16),
    (re.compile(r"u\{0*([0-9A-Fa-f]{1,5}|10[0-9A-Fa-f]{4})\}"), 16),
    (re.compile(r"u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})"), 16),
    (re.compile(rf"u{_HEX}"), 16),
)


def _joined(high: int, low: int | None = None) -> int:
    """The character of two halves of a surrogate pair."""
    return high if low is None else 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)


def _counts(found: re.Match[str]) -> tuple[int, int | None]:
    if found[1] is None:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[found[0]]
    least = int(found[1])
    return least, least if not found[2] else int(found[3]) if found[3] else None


_PART = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|(?P<open>\((?:\?<(?P<name>[\w$]+)>)?(?!\?))", re.S)


def _groups_of(pattern: str) -> tuple[dict[str, int], int]:
    """The numbers of the named groups, and how many groups there are."""
    names: dict[str, int] = {}
    count = 0
    for part in _PART.finditer(pattern):
        if part["open"]:
            count += 1
            if part["name"]:
                if part["name"] in names:
                    raise UntranslatableError(f"has two groups of the name {part['name']}")
                names[part["name"]] = count
    return names, count


def _clipped(first: int, last: int) -> list[tuple[int, int]]:
    """A range without the halves of surrogate pairs, which are in no text."""
    low, high = SURROGATES
    parts = [(first, min(last, low - 1)), (max(first, high + 1), last)]
    whole = first < low and last > high
    return [(first, last)] if whole else [part for part in parts if part[0] <= part[1]]
