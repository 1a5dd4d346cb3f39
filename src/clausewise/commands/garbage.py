"""Garbage in circles, which is rare here: it is looked for where there may be some, and seldom."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# It is looked for once in so many allocations, not in 700.
_ALLOCATIONS = 20_000


@contextmanager
def none_expected() -> Iterator[None]:
    """While a contract is read: what is read lives to the end, so nothing is looked for."""
    gc.disable()
    try:
        yield
    finally:
        looked_for_seldom()


def looked_for_seldom() -> None:
    """From here on, only among what comes from here on."""
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
    gc.enable()
