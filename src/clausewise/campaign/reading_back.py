"""Reading back: a few of the things that a run makes are read before they are taken back.

What is asked about in depth is one thing of each kind. Another branch of a choice, another value of
an enum and a member that it lacks are shown by others alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from clausewise.contract.requests import BODY
from clausewise.links.seen import Instance
from clausewise.pack import Pack
from clausewise.plan.cases import LAWFUL
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Entry

# So many things of one kind are read so.
MOST_READ_BACK = 4


class ReadingBack:
    """Chooses the things that show what none before them did."""

    def __init__(self, pack: Pack, read: Callable[[Instance], Entry | None]) -> None:
        """`read` reads a thing by a safe operation of its own, if there is one that finds it."""
        self._pack = pack
        self._read = read
        self._lock = threading.Lock()
        self._made: dict[int, Instance] = {}
        # By collection, what the things that were read were made with, and how many those were.
        self._known: dict[str, set[tuple[str, object]]] = {}
        self._times: dict[str, int] = {}

    def note(self, entry: Entry, made: list[Instance]) -> None:
        """Take note of what an accepted request made."""
        case, operation = entry.case, entry.case.operation
        alone = len(made) == 1 and not made[0].before and not made[0].within
        lawful = case.expect == "accepted" and case.kind in LAWFUL and bool(case.levels)
        supplied = self._pack.supply_for(operation) is not None or self._pack.leased is not None
        if alone and lawful and not supplied:
            self._made[entry.id] = made[0]

    def read(self, entry: Entry) -> None:
        """Read what a request made, where that may show something new. Raises Stopped."""
        thing = self._made.pop(entry.id, None)
        if thing is None or thing.gone:
            return
        marks = {
            (at, level.value if level.keyword == "enum" or isinstance(level.value, bool) else "")
            for at, level in entry.case.levels.items()
            if at.startswith(f"/{BODY}/") and level.value is not ABSENT
        }
        with self._lock:
            known = self._known.setdefault(thing.collection, set())
            times = self._times.get(thing.collection, 0)
            if marks <= known or times >= MOST_READ_BACK:
                return
        if self._read(thing) is not None:
            with self._lock:
                known |= marks
                self._times[thing.collection] = self._times.get(thing.collection, 0) + 1
