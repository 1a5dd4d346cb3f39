"""How much of replies a run keeps: it stays within a bound, whatever they hold."""

from __future__ import annotations

import threading
from collections import deque

from clausewise.exchange import Response

# Bytes of bodies that are kept whole, over a run; beyond that those that came first are cut.
MOST_KEPT = 64 * 1024 * 1024
# Of a body that nobody could read so much is kept, which is more than a report shows of it; and of
# one that has to make room, as much as a message quotes.
KEPT_OF_UNREAD = 96 * 1024
KEPT_BEYOND = 4 * 1024
# What a smaller body says stays read: it is asked for again and again.
_SMALL = 16 * 1024


class Memory:
    """What the bodies of a run take. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept = 0
        self._long: deque[Response] = deque()
        self._lock = threading.Lock()

    def settle(self, response: Response) -> None:
        """Take a reply that was judged, and let go of what takes too much of all so far."""
        if response.too_much:
            response.trim(KEPT_OF_UNREAD)
        elif len(response.content) > _SMALL:
            response.forget_parsed()
        with self._lock:
            self._kept += len(response.content)
            if len(response.content) > KEPT_BEYOND:
                self._long.append(response)
            while self._kept > MOST_KEPT and len(self._long) > 1:
                first = self._long.popleft()
                self._kept -= len(first.content) - KEPT_BEYOND
                first.trim(KEPT_BEYOND)
