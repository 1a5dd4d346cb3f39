"""Locks that are watched: which one a thread takes while it holds which other."""

from __future__ import annotations

import sys
import threading
from functools import cached_property
from typing import Any

import pytest


class Watch:
    """The order in which the locks of this package are taken, as long as it watches."""

    def __init__(self) -> None:
        # By lock, those that a thread took while it held it.
        self.taken_within: dict[Lock, set[Lock]] = {}
        self._mine = threading.local()

    def begin(self, patch: pytest.MonkeyPatch) -> None:
        """Put watched locks in place of those that this package makes from now on."""
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] != "clausewise":
                continue
            if getattr(module, "threading", None) is threading:
                patch.setattr(module, "threading", _Threading(self))
            if getattr(module, "RLock", None) is threading.RLock:
                patch.setattr(module, "RLock", lambda: Lock(self, threading.RLock()))
            for whose in vars(module).values():
                if isinstance(whose, type) and whose.__module__ == name:
                    self._begin_of_properties(whose, patch)

    def _begin_of_properties(self, whose: type, patch: pytest.MonkeyPatch) -> None:
        """Watch what Python 3.11 locks for all instances of a class while it makes one's value."""
        for made in vars(whose).values():
            if isinstance(made, cached_property) and hasattr(made, "lock"):
                name = f"{whose.__module__}:{whose.__qualname__}.{made.attrname}"
                patch.setattr(made, "lock", Lock(self, threading.RLock(), name))

    @property
    def held(self) -> list[Lock]:
        """What this thread holds, in the order in which it took it."""
        held: list[Lock] = self._mine.__dict__.setdefault("held", [])
        return held

    def takes(self, lock: Lock) -> None:
        """Take note that this thread takes a lock, which may make it wait."""
        if lock not in self.held:
            for other in self.held:
                self.taken_within.setdefault(other, set()).add(lock)

    def circle(self) -> list[Lock]:
        """Locks of which each is taken by somebody who holds the one before; none if all is well.

        Threads that begin at different ones of them wait for each other.
        """
        done: set[Lock] = set()

        def along(way: list[Lock]) -> list[Lock]:
            for inner in self.taken_within.get(way[-1], ()):
                if inner in way:
                    return way[way.index(inner) :]
                found = along([*way, inner]) if inner not in done else []
                if found:
                    return found
            done.add(way[-1])
            return []

        return next(filter(None, (along([lock]) for lock in self.taken_within)), [])


class Lock:
    """A lock that tells who takes it; `repr` says where it was made."""

    def __init__(self, watch: Watch, lock: Any, name: str | None = None) -> None:
        maker = sys._getframe(2)
        self._made = name or f"{maker.f_globals['__name__']}:{maker.f_lineno}"
        self._watch = watch
        self._lock = lock
        self._again = isinstance(lock, type(threading.RLock()))

    def __repr__(self) -> str:
        return self._made

    def __enter__(self) -> None:
        assert self._again or self not in self._watch.held, f"{self} is waited for by its holder"
        self._watch.takes(self)
        self._lock.acquire()
        self._watch.held.append(self)

    def __exit__(self, *_: object) -> None:
        held = self._watch.held
        del held[len(held) - 1 - held[::-1].index(self)]
        self._lock.release()


class _Threading:
    """The module of that name, with watched locks."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)

    def Lock(self) -> Any:  # noqa: N802  # as it is called there
        """A lock."""
        return Lock(self._watch, threading.Lock())

    def RLock(self) -> Any:  # noqa: N802  # as it is called there
        """A lock that its holder may take again."""
        return Lock(self._watch, threading.RLock())
