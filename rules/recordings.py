"""Rules about a recording as one reply shows it."""

from __future__ import annotations

import re

import clausewise
from clausewise import Broken, Kept, Message

from ._sightings import KEPT, sightings, the_one
from ._times import Instant, instant, precedes

_TIMES = ("invoked_time", "started_time", "stopped_time")


@clausewise.check
def times_in_order(message: Message) -> Kept | Broken | None:
    """R13: invoked_time <= started_time <= stopped_time, where they are present."""
    said: Kept | None = None
    for shown in sightings(message):
        recording = shown.recording
        before: tuple[str, Instant] | None = None
        for name in _TIMES:
            told = recording.get(name)
            at = instant(told) if told is not None else None
            if at is None:
                continue
            if before is not None:
                first, earlier = before
                if precedes(at, earlier):
                    text = f"{name} {recording[name]} is before {first} {recording[first]}"
                    return Broken(text, at=f"{shown.at}/{name}")
                said = KEPT
            before = name, at
    return said


@clausewise.check
def prefix_is_prepended(message: Message) -> Kept | Broken | None:
    """R24: output_file_name starts with the file_name_prefix of the request."""
    shown = the_one(message)
    if shown is None or not isinstance(message.request_body, dict):
        return None
    prefix = message.request_body.get("file_name_prefix")
    name = shown.recording.get("output_file_name")
    if not isinstance(prefix, str) or not isinstance(name, str):
        return None
    if not re.fullmatch("[A-Za-z0-9_]+", prefix):
        return None  # the guide forbids others, and does not say what becomes of them
    if name.startswith(prefix):
        return KEPT
    return Broken(f"{name!r} does not start with {prefix!r}", at=f"{shown.at}/output_file_name")
