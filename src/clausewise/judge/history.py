"""What a run has said and heard so far, as the rules' checks see it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import overload

from clausewise.checks import Message


class History:
    """The exchanges of a run in the order of their replies, and the secrets that were sent.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._secrets: dict[str, None] = {}
        self._spoken: set[str] = set()
        self._lock = threading.Lock()

    def now(self) -> Sequence[Message]:
        """The exchanges that are over now; it does not grow."""
        return _Earlier(self._messages, len(self._messages))

    def add(self, message: Message) -> None:
        """Note an exchange that is over."""
        with self._lock:
            self._messages.append(message)

    def tell(self, secrets: Iterable[str], spoken: Iterable[str]) -> tuple[str, ...]:
        """Note what a request sends; gives all secrets that were sent so far.

        One that was sent as something else as well is left out: it may come back as that. So is an
        empty one, which stands in every text.
        """
        with self._lock:
            for text in spoken:
                if text not in self._spoken:
                    self._spoken.add(text)
                    for secret in [known for known in self._secrets if known in text]:
                        del self._secrets[secret]
            for secret in secrets:
                if secret and not any(secret in text for text in self._spoken):
                    self._secrets[secret] = None
            return tuple(self._secrets)


class _Earlier(Sequence[Message]):
    """The beginning of a list that may go on growing."""

    def __init__(self, messages: list[Message], length: int) -> None:
        self._messages = messages
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | Sequence[Message]:
        if isinstance(index, slice):
            return self._messages[: self._length][index]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._messages[index if index >= 0 else self._length + index]
