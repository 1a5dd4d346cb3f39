r"""Regular expressions of ECMA-262, written so that two other engines read the same in them.

JSON Schema asks for ECMA-262 with Unicode (2020-12 core, section 6.4). jsonschema-rs has Rust's
engine and `jsonschema` has Python's, and both differ from it: in `\d`, `\s`, `\b`, `.` and `$`,
in what may be escaped, in empty classes. `translated` gives an expression of the few forms that
ECMA-262 and Rust read alike; `for_python` gives the same for `re`. Forms of Annex B that documents
use (`^{id}$`, `[\w-.]`, `\-`) are read as browsers do; text is a row of code points.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jsonschema_rs

from clausewise.contract.expressions import MOST_COUNTED, counted
from clausewise.contract.keywords import DATA

_LAST = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)
_Ranges = tuple[tuple[int, int], ...]

_DIGITS: _Ranges = ((0x30, 0x39),)
_WORD: _Ranges = ((0x41, 0x5A), (0x61, 0x7A), (0x30, 0x39), (0x5F, 0x5F))
# WhiteSpace and LineTerminator (ECMA-262, sections 12.2 and 12.3).
_SPACE: _Ranges = (
    (0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
    (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
)  # fmt: skip
_LINE_ENDS: _Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": 0x09, "n": 0x0A, "v": 0x0B, "f": 0x0C, "r": 0x0D}
_SHORT = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}
_QUANTIFIER = re.compile(r"[*+?]|\{(\d+)(,(\d*))?\}")
_SYNTAX = "^$\\.*+?()[]{}|"
_LOOKS = ("?=", "?!", "?<=", "?<!")
# What no document needs, and what would exhaust the stack of an engine.
_DEEPEST = 100
_LONGEST = 20_000


class UntranslatableError(ValueError):
    """An expression that is none of ECMA-262, or that no engine here can match as it says."""


@lru_cache(maxsize=20_000)
def translated(pattern: str) -> str:
    """The expression in forms that ECMA-262 and Rust's engine read alike.

    Raises UntranslatableError where it is no expression of ECMA-262, refers back to a group that
    may have matched nothing, or is beyond what the engine can match in good time.
    """
    text = _rendered(pattern, _engine_range)
    if counted(text) > MOST_COUNTED:
        raise UntranslatableError(
            f"has counts within counts that multiply beyond {MOST_COUNTED:,}, which takes too "
            "long on long texts; write it with `*` or `+`, and the length as maxLength"
        )
    try:
        jsonschema_rs.Draft202012Validator({"pattern": text})
    except ValueError as error:  # a ValidationError is one as well
        raise UntranslatableError("is more than the engine of regular expressions takes") from error
    return text


@lru_cache(maxsize=20_000)
def for_python(pattern: str) -> str:
    """The same expression for Python's `re`, which may still know no way to match it.

    Takes what `translated` gives too. Raises UntranslatableError as that does.
    """
    return _rendered(pattern, _python_range, python=True)


def with_python_names(schema: Any) -> Any:
    """A schema whose `patternProperties` have the expressions that Python's `re` is to read.

    `jsonschema` asks `re` for them in several of its keywords, so that nothing else would do.
    """
    if isinstance(schema, list):
        return [with_python_names(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key in DATA:
            result[key] = value
        elif key == "patternProperties" and isinstance(value, dict):
            names = {for_python(name): part for name, part in value.items()}
            result[key] = {name: with_python_names(part) for name, part in names.items()}
        else:
            result[key] = with_python_names(value)
    return result


@dataclass(slots=True)
class _Set:
    """One character of a class: ranges and properties, or any but those."""

    ranges: list[tuple[int, int]] = field(default_factory=list)
    # The name of each property, and whether it is `\P`.
    properties: list[tuple[str, bool]] = field(default_factory=list)
    negated: bool = False


@dataclass(slots=True)
class _Repeat:
    item: Any
    count: str


@dataclass(slots=True)
class _Group:
    opening: str
    branches: list[list[Any]]


@dataclass(slots=True)
class _Verbatim:
    """`^`, `$`, a word boundary by its name, or a reference back to a group."""

    text: str


class _Parser:
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

    def parse(self) -> _Group:
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

    def _branches(self, opening: str) -> _Group:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UntranslatableError(f"has more than {_DEEPEST} groups within groups")
        before = set(self.sure)
        group = _Group(opening, [])
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
            parts.append(_Repeat(part, found[0] + ("?" if self._take("?") else "")))
        return parts

    def _atom(self) -> tuple[Any, bool]:
        """The next part, and whether a quantifier may follow."""
        char = self.text[self.at]
        if char in "^$":
            self.at += 1
            return _Verbatim(char), False
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
            return _Set(list(_LINE_ENDS), negated=True), True
        return _Set([(ord(char), ord(char))]), True

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

    def _look(self, opening: str) -> _Group:
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
            return _Verbatim(f"\\{char}"), False
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
            return _Set(list(_CLASSES[char.lower()]), negated=True), True
        one = _Set()
        self._escaped(one)
        return one, True

    def _reference(self, number: int) -> Any:
        if number > self.count:
            raise UntranslatableError(f"refers to a group {number}, which it does not have")
        if self.behind:
            raise UntranslatableError("refers back to a group from within a look-behind")
        if number not in self.closed:  # a group that matched nothing yet is empty in ECMA-262
            return _Group("(?:", [[]])
        if number not in self.sure:
            raise UntranslatableError(f"refers back to group {number}, which may not have matched")
        return _Verbatim(f"\\{number}")

    def _escaped(self, into: _Set) -> int | None:
        """Add what follows a backslash to a set; its code point, or None for a class."""
        char = self.text[self.at]
        if char.lower() in _CLASSES:
            self.at += 1
            ranges = _CLASSES[char.lower()]
            into.ranges += ranges if char.islower() else _others(ranges)
            return None
        if char in "pP":
            found = re.compile(r"[pP]\{([A-Za-z_]+(?:=[A-Za-z_0-9]+)?)\}").match(self.text, self.at)
            if found is None or not _is_property(found[1]):
                raise UntranslatableError("has a `\\p` whose property nobody here knows")
            self.at = found.end()
            into.properties.append((found[1], char == "P"))
            return None
        point = self._code_point()
        if not _SURROGATES[0] <= point <= _SURROGATES[1]:  # alone, it is in no text
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

    def _class(self) -> _Set:
        self.at += 1
        found = _Set(negated=self._take("^"))
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

    def _member(self, into: _Set) -> int | None:
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
    low, high = _SURROGATES
    parts = [(first, min(last, low - 1)), (max(first, high + 1), last)]
    whole = first < low and last > high
    return [(first, last)] if whole else [part for part in parts if part[0] <= part[1]]


def _others(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """All characters but these."""
    found: list[tuple[int, int]] = []
    start = 0
    for first, last in sorted(ranges):
        if first > start:
            found.append((start, first - 1))
        start = max(start, last + 1)
    return [*found, (start, _LAST)] if start <= _LAST else found


def _rendered(pattern: str, in_class: Callable[[_Set], str], python: bool = False) -> str:
    words = {"$": r"\Z" if python else "$", "\\b": _BOUNDARY, "\\B": _NO_BOUNDARY}

    def text(part: Any) -> str:
        if isinstance(part, _Verbatim):
            return words.get(part.text, part.text)
        if isinstance(part, _Repeat):
            return text(part.item) + part.count
        if isinstance(part, _Group):
            return f"{part.opening}{branches(part)})"
        return in_class(part)

    def sequence(parts: list[Any]) -> str:
        texts = [text(part) for part in parts]
        for index, part in enumerate(parts[:-1]):
            # A digit behind it would become a part of the number of the group.
            if isinstance(part, _Verbatim) and texts[index + 1][:1].isdigit():
                texts[index] = f"(?:{texts[index]})"
        return "".join(texts)

    def branches(group: _Group) -> str:
        return "|".join(map(sequence, group.branches))

    return branches(_Parser(pattern).parse())


_W = "[A-Za-z0-9_]"
_BOUNDARY = f"(?:(?<={_W})(?!{_W})|(?<!{_W})(?={_W}))"
_NO_BOUNDARY = f"(?:(?<={_W})(?={_W})|(?<!{_W})(?!{_W}))"
_NOTHING = f"[^\\x00-{chr(_LAST)}]"
_ANYTHING = f"[\\x00-{chr(_LAST)}]"


def _engine_range(one: _Set) -> str:
    names = [f"\\{'P' if other else 'p'}{{{name}}}" for name, other in one.properties]
    if len(names) == 1 and not one.ranges and not one.negated:
        return names[0]
    return _class_text(one.ranges, "".join(names), one.negated)


def _python_range(one: _Set) -> str:
    ranges = list(one.ranges)
    for name, other in one.properties:
        ranges += _others(_property(name)) if other else _property(name)
    return _class_text(ranges, "", one.negated)


def _class_text(ranges: list[tuple[int, int]], names: str, negated: bool) -> str:
    if not ranges and not names:
        return _ANYTHING if negated else _NOTHING
    if not _others(ranges):
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


@lru_cache(maxsize=1_000)
def _is_property(name: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": f"\\p{{{name}}}"})
    except ValueError:
        return False
    return True


@lru_cache(maxsize=100)
def _property(name: str) -> _Ranges:
    """The characters of a Unicode property, asked of the engine that knows it, block by block."""
    every = jsonschema_rs.Draft202012Validator({"pattern": f"^\\p{{{name}}}+$"})
    none = jsonschema_rs.Draft202012Validator({"pattern": f"^\\P{{{name}}}+$"})

    def points() -> Iterator[tuple[int, int]]:
        for start in range(0, _LAST + 1, 256):
            if _SURROGATES[0] <= start <= _SURROGATES[1]:
                continue
            block = [chr(point) for point in range(start, start + 256)]
            text = "".join(block)
            if every.is_valid(text):
                yield start, start + 255
            elif not none.is_valid(text):
                yield from ((ord(char), ord(char)) for char in block if every.is_valid(char))

    found: list[tuple[int, int]] = []
    for first, last in points():
        if found and found[-1][1] == first - 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)
