"""Which recordings a reply shows, and what earlier ones showed of the same."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from msgspec import Struct

from clausewise import Kept, Message

START = "start_recording"
TRACK = "startTrackRecordingForAMeeting"
ACTIVE = "get_active_recording"

# The life cycle (section 4 of the fact sheet): what is ended never runs again.
RUNNING = ("INVOKED", "RECORDING", "PAUSED")
ENDED = ("UPLOADING", "UPLOADED", "ERRORED")
# All that says no more is one and the same.
KEPT = Kept()
_UUID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class Sighting(Struct, frozen=True):
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
    return _uuid(value) if isinstance(value, str) else None


# An id stands in many replies, and several rules ask for it.
@lru_cache(maxsize=4_096)
def _uuid(text: str) -> str | None:
    small = text.lower()
    return small if _UUID.fullmatch(small) else None


def sightings(message: Message) -> list[Sighting]:
    """Every recording that a 2xx reply shows: in `data`, in `data.recording` or in a list."""
    global _last
    of, found = _last
    if of is not message:
        found = _sightings(message)
        _last = message, found
    return found


# Several rules ask the same of one message after the other.
_last: tuple[Message | None, list[Sighting]] = (None, [])


def _sightings(message: Message) -> list[Sighting]:
    body = message.response_body
    if not isinstance(body, dict) or not message.succeeded:
        return []
    data = body.get("data")
    if isinstance(data, list):
        listed = enumerate(data)
        return [Sighting(message, f"/data/{at}", item) for at, item in listed if _is_object(item)]
    where = "/data"
    if message.operation == TRACK and isinstance(data, dict):
        where, data = "/data/recording", data.get("recording")
    return [Sighting(message, where, data)] if isinstance(data, dict) else []


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def shown_at(message: Message, at: str) -> Sighting | None:
    """The recording whose id stands at a pointer of the exchange, if it shows one there."""
    global _shown
    of, where, found = _shown
    if of is not message or where != at:
        found = _shown_at(message, at)
        _shown = message, at, found
    return found


_shown: tuple[Message | None, str, Sighting | None] = (None, "", None)


def _shown_at(message: Message, at: str) -> Sighting | None:
    body = message.response_body
    if not isinstance(body, dict) or not message.succeeded:
        return None
    data = body.get("data")
    if at == "/response/body/data/id":
        item = data if message.operation != TRACK else None
        return Sighting(message, "/data", item) if isinstance(item, dict) else None
    where = at.removeprefix("/response/body").removesuffix("/id")
    item = None
    if isinstance(data, list):
        place = where.removeprefix("/data/")
        item = data[int(place)] if place.isdigit() else None
    elif message.operation == TRACK and isinstance(data, dict):
        item = data.get("recording") if where == "/data/recording" else None
    return Sighting(message, where, item) if isinstance(item, dict) else None


def the_one(message: Message) -> Sighting | None:
    """The recording of a reply that is about one, or None."""
    found = sightings(message)
    return found[0] if len(found) == 1 else None
