"""Crashes: what an operation crashed by time and again, so that no more of it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from clausewise.contract.ids import read_id
from clausewise.diagnosis.words import steady_body
from clausewise.plan.cases import Case
from clausewise.record.ledger import Entry

# So many requests with one thing have to crash, and all that have it, until no more are sent.
ENOUGH_CRASHES = 3
# Bytes of a body that says what went wrong; a longer one is a page, or a trace.
_SHORT = 512

# A place of a request and a value class there, or an empty text for whatever value it has; or a
# keyword that is broken.
Mark = tuple[str, str]


class Crashes:
    """What crashed requests of one operation had, and none that did not crash.

    `marks_of` says what of a request may be to blame; where crashes have to be `alike`, a mark of
    which they answer differently is not.
    """

    def __init__(self, marks_of: Callable[[Case], set[Mark]], alike: bool = False) -> None:
        self._marks_of = marks_of
        self._alike = alike
        self._crashed: list[tuple[Entry, set[Mark]]] = []
        # What did not crash, and what it had: that is read once enough has crashed.
        self._fine: list[Case] = []
        self._innocent: set[Mark] = set()
        self._answers: dict[Mark, tuple[int, bytes]] = {}
        self._guilty: dict[Mark, Entry] | None = None

    def note(self, entries: Iterable[Entry]) -> None:
        """Take note of what became of requests."""
        for entry in entries:
            if entry.outcome != "crashed":
                self._fine.append(entry.case)
                continue
            marks = self._marks_of(entry.case)
            self._crashed.append((entry, marks))
            if self._alike:
                answer = _answer(entry)
                told = {mark: self._answers.setdefault(mark, answer) for mark in marks}
                self._innocent |= {mark for mark, first in told.items() if first != answer}
        self._guilty = None

    def parted(self, cases: Iterable[Case]) -> tuple[list[Case], list[tuple[Case, Mark, Entry]]]:
        """The cases to send, and those that would crash too: by what, and the last one that did."""
        if self._guilty is None:
            self._guilty = self._found()
        if not self._guilty:
            return list(cases), []
        kept, left = [], []
        for case in cases:
            marks = self._marks_of(case)
            mark = next((mark for mark in self._guilty if mark in marks), None)
            if mark is None:
                kept.append(case)
            else:
                left.append((case, mark, self._guilty[mark]))
        return kept, left

    def _found(self) -> dict[Mark, Entry]:
        """The fewest marks that enough crashed requests had, and no others.

        A member counts whatever its value once enough values of it crashed.
        """
        guilty: dict[Mark, Entry] = {}
        left = self._crashed
        if len(left) >= ENOUGH_CRASHES:
            self._innocent.update(*map(self._marks_of, self._fine))
            self._fine.clear()
        while len(left) >= ENOUGH_CRASHES:
            counts = Counter(mark for _, marks in left for mark in marks - self._innocent)
            values = Counter(at for at, label in counts if label)
            most = [
                (-count, not label, at, label)
                for (at, label), count in counts.items()
                if count >= ENOUGH_CRASHES and (label or values[at] >= ENOUGH_CRASHES)
            ]
            if not most:
                break
            *_, at, label = min(most)
            guilty[at, label] = next(e for e, marks in reversed(left) if (at, label) in marks)
            left = [(entry, marks) for entry, marks in left if (at, label) not in marks]
        return guilty


def values_in(case: Case) -> set[Mark]:
    """The value classes of a request, and its members whatever their values."""
    return case.labels | {(at, "") for at, _ in case.labels}


def keyword_broken(case: Case) -> set[Mark]:
    """The keyword that a request breaks, where it is about one clause."""
    return {("keyword", read_id(case.probes[0]).kind)} if len(case.probes) == 1 else set()


def _answer(entry: Entry) -> tuple[int, bytes]:
    """How a crash answers: the status, and a short body without its digits."""
    return entry.exchange.status or 0, steady_body(entry.exchange.response, _SHORT)
