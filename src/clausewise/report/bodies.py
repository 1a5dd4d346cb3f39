"""Lay out a message body for reading, and find the place a clause speaks of.

The text is split into tokens and indented; no token is changed. Parsing and writing it anew would
hide what a contract tester looks for: ``60.0`` beside ``60``, a member given twice, a cut-off end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

_TOKEN = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"?|[^\s{}\[\],:"]+', re.DOTALL)
_LITERAL = re.compile(r'"|[-+\w.]+\Z')
_CLOSERS = {"{": "}", "[": "]"}

# A report stays readable, and quick to write, whatever a server sends.
_LONGEST_LAYOUT = 100_000
_LONGEST_RAW = 20_000
_LONGEST_LINE = 1_000
_DEEPEST_INDENT = 40
_MOST_LINES = 120
_AROUND_A_MARK = 12
_MOST_MARKS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a body; ``note`` is a remark beside it that is not part of the message."""

    text: str
    marked: bool = False
    note: str = ""


def laid_out(
    text: str, pointer: str | None = None, *, values: Sequence[Any] = (), missing: bool = False
) -> list[Line]:
    """Return the body as lines, with the lines at ``pointer`` marked.

    JSON objects and arrays are indented, anything else keeps its own lines. ``*`` in the pointer
    stands for any item or key; where it leads to several places, only those that hold one of
    ``values`` are marked. With ``missing``, objects that lack the pointer's last member say so.

    The lines are bounded in number and length: of a long body they are its beginning and what is
    around the marks, with a remark where something was left out.
    """
    if len(text) <= _LONGEST_LAYOUT and text.lstrip()[:1] in _CLOSERS:
        try:
            return _bounded(_Layout(text, _segments(pointer)).lines(values, missing))
        except _NotJsonError:
            pass
    lines = _bounded([Line(line) for line in text[:_LONGEST_RAW].split("\n")])
    if len(text) > _LONGEST_RAW:
        lines.append(Line("", note=f"{len(text) - _LONGEST_RAW} more characters"))
    return lines


class _NotJsonError(Exception):
    pass


@dataclass(slots=True)
class _Container:
    opener: str
    line: int
    start: int
    key: str | int | None = None
    members: set[str] = field(default_factory=set)
    empty: bool = True


class _Layout:
    """The lines of a JSON text, and where in them the pointer's places are.

    Only as much grammar is checked as keeps tokens from running together; a text that ends early
    is laid out as far as it goes.
    """

    def __init__(self, text: str, wanted: list[str] | None) -> None:
        self._text = text
        self._wanted = wanted
        self._lines = [""]
        self._stack: list[_Container] = []
        self._places: list[tuple[range, str]] = []
        self._lacking: list[int] = []
        value_may_come = True
        for match in _TOKEN.finditer(text):
            piece = match[0]
            if piece == ",":
                self._comma()
            elif piece == ":":
                self._lines[-1] += ": "
            elif piece in ("}", "]"):
                self._close(piece, match.start())
            elif not value_may_come or not (self._stack or piece in _CLOSERS):
                raise _NotJsonError
            elif piece in _CLOSERS:
                self._open(piece, match.start())
            else:
                self._scalar(piece)
            value_may_come = piece in ("{", "[", ",", ":")

    def lines(self, values: Sequence[Any], missing: bool) -> list[Line]:
        places = self._places
        if values and len(places) > 1:
            places = [place for place in places if _holds_one_of(values, place[1])] or places
        marks = {number for place, _ in places for number in place}
        lines = [Line(text, number in marks) for number, text in enumerate(self._lines)]
        if missing and self._wanted:
            note = f"{json.dumps(self._wanted[-1], ensure_ascii=False)} is missing here"
            for number in self._lacking:
                lines[number] = replace(lines[number], marked=True, note=note)
        return lines

    def _open(self, opener: str, start: int) -> None:
        self._begin_item()
        self._lines[-1] += opener
        first = 0 if opener == "[" else None
        self._stack.append(_Container(opener, len(self._lines) - 1, start, first))

    def _close(self, closer: str, start: int) -> None:
        if not self._stack or _CLOSERS[self._stack[-1].opener] != closer:
            raise _NotJsonError
        container = self._stack.pop()
        if not container.empty:
            self._break_line()
        self._lines[-1] += closer
        if self._wanted is None:
            return
        if self._at(self._wanted):
            place = range(container.line, len(self._lines))
            self._places.append((place, self._text[container.start : start + 1]))
        name = self._wanted[-1]
        if (
            container.opener == "{"
            and name not in container.members
            and self._at(self._wanted[:-1])
        ):
            self._lacking.append(container.line)

    def _comma(self) -> None:
        if not self._stack or self._stack[-1].empty:
            raise _NotJsonError
        container = self._stack[-1]
        container.key = container.key + 1 if isinstance(container.key, int) else None
        self._lines[-1] += ","
        self._break_line()

    def _scalar(self, token: str) -> None:
        container = self._stack[-1]
        if not _LITERAL.match(token):
            raise _NotJsonError
        if container.key is not None:
            self._begin_item()
            self._lines[-1] += token
            if self._wanted is not None and self._at(self._wanted):
                self._places.append((range(len(self._lines) - 1, len(self._lines)), token))
        elif token.startswith('"'):
            self._begin_item()
            self._lines[-1] += token
            container.key = _unquoted(token)
            container.members.add(container.key)
        else:
            raise _NotJsonError

    def _begin_item(self) -> None:
        if self._stack and self._stack[-1].empty:
            self._stack[-1].empty = False
            self._break_line()

    def _break_line(self) -> None:
        self._lines.append("  " * min(len(self._stack), _DEEPEST_INDENT))

    def _at(self, wanted: Sequence[str]) -> bool:
        return len(wanted) == len(self._stack) and all(
            segment in ("*", str(container.key))
            for segment, container in zip(wanted, self._stack, strict=True)
        )


def _segments(pointer: str | None) -> list[str] | None:
    # The empty pointer is the whole message: marking all of it would point at nothing.
    if not pointer:
        return None
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _unquoted(token: str) -> str:
    if "\\" not in token:
        return token.strip('"')
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token.strip('"')


def _holds_one_of(values: Sequence[Any], text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return any(type(found) is type(value) and found == value for value in values)


def _bounded(lines: list[Line]) -> list[Line]:
    kept = list(_windowed(lines))
    for number, line in enumerate(kept):
        if len(line.text) > _LONGEST_LINE:
            cut = f"{len(line.text) - _LONGEST_LINE} more characters"
            note = f"{line.note}; {cut}" if line.note else cut
            kept[number] = replace(line, text=line.text[:_LONGEST_LINE] + "…", note=note)
    return kept


def _windowed(lines: list[Line]) -> Iterator[Line]:
    if len(lines) <= _MOST_LINES:
        yield from lines
        return
    marks = [n for n, line in enumerate(lines) if line.marked and not (n and lines[n - 1].marked)]
    wanted = set(range(_MOST_LINES // 3 if marks else _MOST_LINES))
    for mark in marks[:_MOST_MARKS]:
        wanted.update(range(mark - _AROUND_A_MARK, mark + _AROUND_A_MARK + 1))
    skipped = 0
    for number, line in enumerate((*lines, None)):
        if line is not None and number not in wanted:
            skipped += 1
            continue
        if skipped:
            yield Line("", note=f"{skipped} lines left out")
            skipped = 0
        if line is not None:
            yield line
