"""What a document says that nobody may ever ask for: it is read when somebody does."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from threading import RLock
from typing import TypeVar

T = TypeVar("T")


class Later(Mapping[str, T]):
    """A mapping that is made when it is first looked at, once, whichever thread looks."""

    def __init__(self, make: Callable[[], dict[str, T]], lock: RLock | None = None) -> None:
        self._make: Callable[[], dict[str, T]] | None = make
        self._made: dict[str, T] = {}
        self._lock = lock or RLock()

    def made(self) -> dict[str, T]:
        """What it is made of."""
        if self._make is not None:
            with self._lock:
                if self._make is not None:
                    self._made = self._make()
                    self._make = None
        return self._made

    def __getitem__(self, key: str) -> T:
        return self.made()[key]

    def __contains__(self, key: object) -> bool:
        return key in self.made()

    def __iter__(self) -> Iterator[str]:
        return iter(self.made())

    def __len__(self) -> int:
        return len(self.made())

    def keys(self) -> KeysView[str]:
        """The keys, as a dict has them."""
        return self.made().keys()

    def values(self) -> ValuesView[T]:
        """The values, as a dict has them."""
        return self.made().values()

    def items(self) -> ItemsView[str, T]:
        """Keys and values, as a dict has them."""
        return self.made().items()
