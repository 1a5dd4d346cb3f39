"""Guards against hanging: no limit here says how long anything should take."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

# Seconds: no machine is so busy that what comes to an end at all is not over by then.
FOR_EVER = 600


@contextmanager
def in_time() -> Iterator[None]:
    """Fail what takes for ever, instead of waiting for it."""

    def end(*_: object) -> NoReturn:
        raise TimeoutError(f"not done after {FOR_EVER} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(FOR_EVER)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
