"""Guards against hanging: no limit here says how long anything should take."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds: no machine is so busy that what comes to an end at all is not over by then.
FOR_EVER = 600
# A machine that was suspended meanwhile loses one step of them, not all.
STEPS = 60
# What is a step: a clock that makes up for lost time rings again at once.
_LEAST_STEP = FOR_EVER / STEPS / 2


@contextmanager
def in_time() -> Iterator[None]:
    """Fail what takes for ever, instead of waiting for it."""
    left, last = STEPS, time.monotonic()

    def step(*_: object) -> None:
        nonlocal left, last
        now = time.monotonic()
        left, last = left - (now - last >= _LEAST_STEP), now
        if left <= 0:
            raise TimeoutError(f"not done after {FOR_EVER} s")

    before = signal.signal(signal.SIGALRM, step)
    signal.setitimer(signal.ITIMER_REAL, FOR_EVER / STEPS, FOR_EVER / STEPS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
