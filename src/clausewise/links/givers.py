"""Operations that are asked for things to ask others about: what makes one, what lists some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count

from msgspec.structs import replace

from clausewise.plan.cases import LAWFUL, Case, MissingValueError, Unsupplied, again
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Entry


class Givers:
    """Asks operations for things, each as it was accepted, else with the least it may get."""

    def __init__(
        self,
        least: Callable[[str, object], Case],
        send: Callable[[Case, Sequence[int]], Entry],
    ) -> None:
        """`least` gives the smallest lawful request of an operation, or raises Unsupplied."""
        self._least = least
        self._send = send
        # Operations that gave nothing when they were asked for something.
        self._barren: set[str] = set()
        # By operation, the smallest lawful request that it accepted: another may be as well.
        self._served: dict[str, tuple[tuple[bool, int], Case]] = {}
        # Operations that refuse the least, and accept more.
        self._wanting_more: set[str] = set()
        self._making: list[str] = []
        self._repeated: set[str] = set()
        self._numbers = count(1)

    def served(self, entry: Entry) -> None:
        """Take note of an accepted request."""
        case = entry.case
        if case.kind not in LAWFUL or case.expect != "accepted":
            return
        known = self._served.get(case.operation)
        size = _size(case)
        if known is None or size < known[0]:
            self._served[case.operation] = size, case
            self._barren.discard(case.operation)

    def gave_nothing(self, source: str) -> None:
        """Ask an operation for nothing more, until it serves a smaller request."""
        self._barren.add(source)

    def ask(self, source: str) -> bool:
        """Ask an operation for things; whether it accepted. Raises Stopped."""
        if source in self._barren or source in self._making:
            return False
        self._making.append(source)
        try:
            entry = self._send(self._to_give_a_thing(source), ())
            if entry.outcome == "refused" and source in self._served.keys() - self._wanting_more:
                self._wanting_more.add(source)
                entry = self._send(self.like_one_served(source), ())
        except (Unsupplied, MissingValueError):
            self._barren.add(source)
            return False
        finally:
            self._making.pop()
        if entry.outcome != "accepted":
            self._barren.add(source)
        return entry.outcome == "accepted"

    def repeat(self, source: str) -> None:
        """Ask an operation, once a run, for what it was served with before. Raises Stopped."""
        if source in self._repeated or source in self._making or source not in self._served:
            return
        self._repeated.add(source)
        self._making.append(source)
        try:
            with suppress(Unsupplied, MissingValueError):
                self._send(self.like_one_served(source), ())
        finally:
            self._making.pop()

    def like_one_served(self, operation: str) -> Case:
        """The smallest lawful request that an operation accepted, else the least that it may get.

        The least need not do: of what a server wants the document may say nothing. Raises
        Unsupplied.
        """
        served = self._served.get(operation)
        if served is None:
            return self._the_least(operation)
        renewed = again(served[1], f"supply-{self._name()}", None)
        label = "the least that was accepted, for a thing to ask about"
        return replace(renewed, kind="supply", label=label, probes=(), levels={}, group=None)

    def _to_give_a_thing(self, source: str) -> Case:
        if source in self._wanting_more:
            return self.like_one_served(source)
        return self._the_least(source)

    def _the_least(self, operation: str) -> Case:
        return self._least(operation, self._name())

    def _name(self) -> str:
        return f"seen-{next(self._numbers)}"


def _size(case: Case) -> tuple[bool, int]:
    """How much a request asks for: an odd value may not be had twice, and members may fail."""
    return case.kind == "odd", sum(1 for lv in case.levels.values() if lv.value is not ABSENT)
