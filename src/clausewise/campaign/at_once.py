"""The same work in several threads at once, and which requests have to take turns."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain
from queue import SimpleQueue
from typing import TypeVar

from clausewise.links.catalogue import Catalogue
from clausewise.plan.cases import Case

_Unit = TypeVar("_Unit")
_Result = TypeVar("_Result")


class Workers:
    """Threads that do work at the same time: made when they are needed, and kept until `close`.

    Each that is made waits for its turn among those that work, so a round of many would be over
    before the last one began. They are daemons: nobody waits for them at the end of a process.
    """

    def __init__(self) -> None:
        """None is made yet."""
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._count = 0

    def at_once(
        self, units: Iterable[_Unit], do: Callable[[_Unit], list[_Result]], most: int
    ) -> list[_Result]:
        """What `do` gives for each unit, in their order; at most so many are under way.

        Of one thread, and never from within `do`. Raises what one of them raised, once all that
        was begun is over.
        """
        listed = list(units)
        count = min(most, len(listed))
        if count < 2:
            return [result for unit in listed for result in do(unit)]
        results: list[list[_Result]] = [[] for _ in listed]
        waiting = deque(range(len(listed)))
        over: SimpleQueue[BaseException | None] = SimpleQueue()

        def work() -> None:
            try:
                while (number := _next(waiting)) is not None:
                    results[number] = do(listed[number])
            except BaseException as error:  # it is raised again where it is waited for
                over.put(error)
            else:
                over.put(None)

        for _ in range(count):
            self._work.put(work)
        while self._count < count:
            self._count += 1
            name = f"clausewise-sender-{self._count}"
            threading.Thread(target=self._serve, name=name, daemon=True).start()
        error = next(filter(None, [over.get() for _ in range(count)]), None)
        if error is not None:
            raise error
        return list(chain.from_iterable(results))

    def close(self) -> None:
        """Let the threads end, once they have done what they were given."""
        for _ in range(self._count):
            self._work.put(None)
        self._count = 0

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()


def _next(waiting: deque[int]) -> int | None:
    """The number of the next unit; None where none is left: others were quicker."""
    try:
        return waiting.popleft()
    except IndexError:
        return None


def may_change_one_thing(catalogue: Catalogue, case: Case, apart: bool) -> bool:
    """Whether a request may change a thing that other requests of its kind are about, too.

    Whoever makes things below what the run neither makes nor lists (an account) changes none where
    the target keeps things `apart`: one file may hold them all.
    """
    if catalogue.contract.operations[case.operation].safe:
        return False
    if not apart:
        return True
    needs = catalogue.needs(case.operation)
    if case.needs is not None or catalogue.made_by(case.operation) is None:
        return case.needs is not None or bool(needs)
    told = any(one.operation == case.operation for one in catalogue.told)
    return told or any(need.collections for need in needs)
