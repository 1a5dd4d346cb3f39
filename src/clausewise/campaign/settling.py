"""Settling: what is not there yet is looked at again for some seconds, before it is called broken.

That a state, a list or a lookup is current at once is promised by hardly any document. So a run
waits, a settle time long; what it waited for in vain once is looked at once from then on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise

from clausewise.campaign.pacing import Pace

# How often something is looked at within a settle time: at once, soon, and then ever more rarely.
LOOKS = 6
# Seconds that a run waits in all for what its requests do not need to be sent.
MOST_SECONDS = 60.0


class Settling:
    """Waits for what is not there yet. Safe to use from several threads."""

    def __init__(self, pace: Pace, seconds: float) -> None:
        """`seconds` is the settle time; with 0 nothing is waited for between two looks."""
        self._pace = pace
        self.seconds = seconds
        self._waited = 0.0
        self._in_vain: set[str] = set()
        self._came: set[str] = set()
        self._lock = threading.Lock()

    def until(
        self, state: str, look: Callable[[], bool], looks: int = LOOKS, *, needed: bool = False
    ) -> bool:
        """Whether a look shows a state, at the latest when the settle time is over.

        `state` names what is waited for. What is `needed` for requests may take time whenever they
        are sent: only waiting for it in vain uses up what a run may wait. `look` may raise Stopped.
        """
        return look() or self.again(state, look, looks, needed=needed)

    def again(
        self, state: str, look: Callable[[], bool], looks: int = LOOKS, *, needed: bool = False
    ) -> bool:
        """The same as `until`, where the first look showed nothing."""
        for pause in self._pauses(state, looks):
            self._pace.rest(pause)
            if not needed:
                self._count(pause)
            if look():
                with self._lock:
                    self._came.add(state)
                return True
        if not self.spent:
            with self._lock:
                known = state in self._in_vain
                if state not in self._came:
                    self._in_vain.add(state)
            if needed and not known:
                self._count(self.seconds)
        return False

    def now(self) -> datetime:
        """The time by the clock of the run."""
        return self._pace.clock.now()

    @property
    def spent(self) -> bool:
        """Whether a run has waited as long as it may: what is not there yet stays unknown."""
        return self._waited >= MOST_SECONDS

    def _pauses(self, state: str, looks: int) -> Iterator[float]:
        if state in self._in_vain or looks < 2:
            return
        moments = [(number / (looks - 1)) ** 3 * self.seconds for number in range(looks)]
        for before, moment in pairwise(moments):
            if self.spent:
                return
            yield moment - before

    def _count(self, seconds: float) -> None:
        with self._lock:
            self._waited += seconds
