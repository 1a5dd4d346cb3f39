"""Rules about a recording as one reply shows it."""

from __future__ import annotations

import re
from itertools import pairwise

import clausewise
from clausewise import Broken, Kept, Message

from ._sightings import Sighting, sightings, the_one
from ._times import Instant, instant, precedes

_TIMES = ("invoked_time", "started_time", "stopped_time")


@clausewise.check
def times_in_order(message: Message) -> Kept | Broken | None:
    """R13: invoked_time <= started_time <= stopped_time, where they are present."""
    said: Kept | None = None
    for shown in sightings(message):
        recording = shown.recording
        told = [(name, time) for name in _TIMES if (time := recording.get(name)) is not None]
        if len(told) < 2:
            continue
        known = [(name, at) for name, time in told if (at := instant(time)) is not None]
        if len(known) < 2:
            continue
        wrong = _first_disorder(shown, known)
        if wrong is not None:
            return wrong
        said = Kept()
    return said


def _first_disorder(shown: Sighting, known: list[tuple[str, Instant]]) -> Broken | None:
    for (first, earlier), (second, later) in pairwise(known):
        if precedes(later, earlier):
            return Broken(
                f"{second} {shown.recording[second]} is before {first} {shown.recording[first]}",
                at=f"{shown.at}/{second}",
            )
    return None


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
        return Kept()
    return Broken(f"{name!r} does not start with {prefix!r}", at=f"{shown.at}/output_file_name")
