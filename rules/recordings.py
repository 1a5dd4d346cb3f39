"""Rules about a recording as one reply shows it."""

from __future__ import annotations

import re
from functools import lru_cache

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
        told = shown.recording.get
        times = told("invoked_time"), told("started_time"), told("stopped_time")
        known = tuple([time if isinstance(time, str) else None for time in times])
        wrong = _out_of_order(known)
        if wrong is not None:
            if wrong:
                name, first = wrong
                text = f"{name} {told(name)} is before {first} {told(first)}"
                return Broken(text, at=f"{shown.at}/{name}")
            said = KEPT
    return said


# A recording's times stand in every reply that shows it.
@lru_cache(maxsize=4_096)
def _out_of_order(times: tuple[str | None, ...]) -> tuple[()] | tuple[str, str] | None:
    """The first time that precedes the one before it, and that one; None where one is alone."""
    before: tuple[str, Instant] | None = None
    found: tuple[()] | None = None
    for name, time in zip(_TIMES, times, strict=True):
        at = instant(time)
        if at is None:
            continue
        if before is not None:
            first, earlier = before
            if precedes(at, earlier):
                return name, first
            found = ()
        before = name, at
    return found


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
