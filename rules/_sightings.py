"""Which recordings a reply shows, and what the run knew of them before."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from clausewise import Message

START = "start_recording"
TRACK = "startTrackRecordingForAMeeting"
ACTIVE = "get_active_recording"

# The life cycle (section 4 of the fact sheet): what is ended never runs again.
RUNNING = ("INVOKED", "RECORDING", "PAUSED")
ENDED = ("UPLOADING", "UPLOADED", "ERRORED")
_UUID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class Sighting(NamedTuple):
    """One recording as one reply shows it; `at` points to it in the reply's body."""

    message: Message
    at: str
    recording: dict[str, Any]

    @property
    def id(self) -> str | None:
        """The id of the recording."""
        return uuid(self.recording.get("id"))

    @property
    def status(self) -> Any:
        """The status, whatever it is."""
        return self.recording.get("status")

    @property
    def meeting(self) -> str | None:
        """The meeting that is recorded, where the exchange tells it."""
        message = self.message
        if message.operation in (START, TRACK):
            asked = message.request_body
            return uuid(asked.get("meeting_id")) if isinstance(asked, dict) else None
        if message.operation == ACTIVE:
            return uuid(message.path.get("meeting_id"))
        told = self.recording.get("meeting")
        return uuid(told.get("id")) if isinstance(told, dict) else None


def uuid(value: Any) -> str | None:
    """A UUID in lower case (both cases are lawful), or None for anything else."""
    small = value.lower() if isinstance(value, str) else ""
    return small if _UUID.fullmatch(small) else None


def sightings(message: Message) -> list[Sighting]:
    """Every recording that a 2xx reply shows: in `data`, in `data.recording` or in a list."""
    if not message.succeeded or not isinstance(message.response_body, dict):
        return []
    data = message.response_body.get("data")
    if isinstance(data, list):
        found = [(f"/data/{place}", item) for place, item in enumerate(data)]
    elif message.operation == TRACK and isinstance(data, dict):
        found = [("/data/recording", data.get("recording"))]
    else:
        found = [("/data", data)]
    return [Sighting(message, at, item) for at, item in found if isinstance(item, dict)]


def the_one(message: Message) -> Sighting | None:
    """The recording of a reply that is about one, or None."""
    found = sightings(message)
    return found[0] if len(found) == 1 else None


class _Known(NamedTuple):
    message: Message
    earlier: dict[str, list[Sighting]]


# Several rules ask about the same message, one after the other.
_known: _Known | None = None


def earlier(sighting: Sighting) -> list[Sighting]:
    """What earlier replies of the run showed of the same recording, oldest first."""
    global _known
    message, known = sighting.message, _known
    if known is None or known.message is not message:
        ids = {one.id for one in sightings(message)} - {None}
        found: dict[str, list[Sighting]] = {}
        if ids:
            for one in (one for other in message.before for one in sightings(other)):
                if one.id in ids:
                    found.setdefault(one.id or "", []).append(one)
        known = _known = _Known(message, found)
    return known.earlier.get(sighting.id or "", [])


def settings(sighting: Sighting) -> dict[str, Any] | None:
    """What the start that made a recording asked for; None where that is not certain.

    An id that several starts were answered with belongs to none of them.
    """
    if sighting.message.operation == START:
        starts = [sighting]
    else:
        starts = [one for one in earlier(sighting) if one.message.operation == START]
    if len(starts) != 1:
        return None
    asked = starts[0].message.request_body
    return asked if isinstance(asked, dict) else None
