"""What the stand-in remembers: recordings, and which meetings are being recorded."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from clausewise.mock import Refused

from ._recording import Clock, Owner, Recording, recording, track_recording

# Beyond this many the oldest are forgotten: a stand-in may run for weeks.
MOST = 10_000


class Recordings:
    """Every recording of every app, the newest ten thousand of them. Safe to share by threads.

    What is read is told as it is, and then takes its next step: so a few reads see a whole life.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._clock = Clock()
        self._by_id: OrderedDict[str, Recording] = OrderedDict()
        self._ended: deque[str] = deque()
        # The oldest first, as keys of a dictionary: any of them may end.
        self._running: dict[tuple[Owner, str], dict[str, None]] = {}

    def start(
        self, owner: Owner, request: dict[str, Any], storage: dict[str, Any]
    ) -> dict[str, Any]:
        """Start what a lawful request asks for, and show it.

        `storage` is what may be told of its storage. Raises Refused with 409 while the meeting is
        being recorded, unless `allow_multiple_recordings` is true (R5).
        """
        with self._lock:
            started = recording(owner, request, storage, self._clock)
            running = self._running.get(_place(started))
            if running and not request.get("allow_multiple_recordings"):
                raise Refused(409, "the meeting is being recorded already")
            self._running.setdefault(_place(started), {})[started.id] = None
            self._remember(started)
            return started.shown_alone()

    def start_track(self, owner: Owner, request: dict[str, Any]) -> dict[str, Any]:
        """Start to record tracks, and show it. It stands in no other recording's way."""
        with self._lock:
            started = track_recording(owner, request, self._clock)
            self._remember(started)
            return started.shown()

    def act(self, owner: Owner, recording_id: str, action: str) -> dict[str, Any]:
        """Pause, resume or stop a recording, and show it.

        Raises Refused: 404 for one that the owner does not have, 409 where its status does not
        allow the action (R28).
        """
        with self._lock:
            found = self._find(owner, recording_id)
            found.act(action)
            if action == "stop":
                self._end(found)
                self._ended.append(found.id)
            return found.shown_alone()

    def one(self, owner: Owner, recording_id: str) -> dict[str, Any]:
        """Show a recording. Raises Refused with 404 for one that the owner does not have."""
        with self._lock:
            found = self._find(owner, recording_id)
            data = found.shown_alone()
            found.go_on()
            return data

    def active(self, owner: Owner, meeting_id: str) -> dict[str, Any]:
        """Show the newest running recording of a meeting. Raises Refused with 404 (R30)."""
        with self._lock:
            running = self._running.get((owner, meeting_id.lower()))
            if not running:
                raise Refused(404, "the meeting is not being recorded")
            found = self._by_id[next(reversed(running))]
            data = found.shown()
            found.go_on()
            return data

    @contextmanager
    def of(self, owner: Owner) -> Iterator[list[Recording]]:
        """Give all that an owner has, the oldest first, and keep them as they are meanwhile."""
        with self._lock:
            yield [found for found in self._by_id.values() if found.owner == owner]

    def _find(self, owner: Owner, recording_id: str) -> Recording:
        found = self._by_id.get(str(UUID(recording_id)))
        if found is None or found.owner != owner:
            raise Refused(404, "there is no such recording")
        return found

    def _remember(self, started: Recording) -> None:
        self._by_id[started.id] = started
        if len(self._by_id) > self._most:
            self._forget_one()

    def _end(self, ended: Recording) -> None:
        running = self._running.get(_place(ended), {})
        running.pop(ended.id, None)
        if not running:
            self._running.pop(_place(ended), None)

    def _forget_one(self) -> None:
        """Forget the oldest ended recording, or else the oldest: that one ends unseen."""
        if self._ended:
            del self._by_id[self._ended.popleft()]
            return
        self._end(self._by_id.popitem(last=False)[1])


def _place(recording: Recording) -> tuple[Owner, str]:
    return recording.owner, str(recording.meeting)
