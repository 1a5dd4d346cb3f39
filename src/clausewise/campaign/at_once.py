"""The same work in several threads at once, and which requests have to take turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import TypeVar

from clausewise.links.catalogue import Catalogue
from clausewise.plan.cases import Case

_Unit = TypeVar("_Unit")
_Result = TypeVar("_Result")


def at_once(
    units: Iterable[_Unit], do: Callable[[_Unit], list[_Result]], most: int
) -> list[_Result]:
    """What `do` gives for each unit, in their order; at most so many are under way.

    Raises what one of them raised.
    """
    listed = list(units)
    if most <= 1 or len(listed) < 2:
        return [result for unit in listed for result in do(unit)]
    results: dict[int, list[_Result]] = {}
    queue: SimpleQueue[int] = SimpleQueue()
    for number in range(len(listed)):
        queue.put(number)

    def work() -> None:
        while True:
            try:
                number = queue.get_nowait()
            except Empty:  # others were quicker
                return
            results[number] = do(listed[number])

    _in_threads(work, min(most, len(listed)))
    return [result for number in sorted(results) for result in results[number]]


def may_change_one_thing(catalogue: Catalogue, case: Case) -> bool:
    """Whether a request may change a thing that other requests of its kind are about, too.

    Whoever makes things below what the run neither makes nor lists (an account) changes none.
    """
    if catalogue.contract.operations[case.operation].safe:
        return False
    needs = catalogue.needs(case.operation)
    if case.needs is not None or catalogue.made_by(case.operation) is None:
        return case.needs is not None or bool(needs)
    told = any(one.operation == case.operation for one in catalogue.told)
    return told or any(need.collections for need in needs)


def _in_threads(work: Callable[[], None], count: int) -> None:
    """Do the same work in so many threads. Raises what one of them raised.

    They are daemons: an executor's threads would keep a process that nobody waits for from its end.
    """
    errors: list[BaseException] = []

    def safely() -> None:
        try:
            work()
        except BaseException as error:  # it is raised again where it is waited for
            errors.append(error)

    threads = [
        threading.Thread(target=safely, name=f"clausewise-sender-{number}", daemon=True)
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
