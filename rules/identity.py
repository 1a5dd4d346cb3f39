"""Rules about one recording in several replies: which one it is, and how it goes on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import clausewise
from clausewise import Broken, Kept, Message

from ._sightings import ENDED, KEPT, RUNNING, START, TRACK, Sighting, shown_at, the_one, uuid
from ._times import differ, instant

# Operations that look, and may do so where a change arrives later.
_LOOKS = ("get_all_recordings", "get_one_recording", "get_active_recording")
_STATUSES = (*RUNNING, *ENDED)
_STORED = ("UPLOADED", "ERRORED")
# When a recording has the name that it keeps until it is stored.
_NAMED = ("RECORDING", "PAUSED", "UPLOADING")


@clausewise.check
def the_one_that_was_asked_for(message: Message) -> Kept | Broken | None:
    """R27: the id of the reply is the {recording_id} of the path."""
    wanted, shown = uuid(message.path.get("recording_id")), the_one(message)
    told = shown.id if wanted is not None and shown is not None else None
    if shown is None or told is None:
        return None
    if told == wanted:
        return KEPT
    return Broken(f"id is {told}, asked for was {wanted}", at=f"{shown.at}/id")


class End(NamedTuple):
    """A status that ends a recording, the operation whose reply showed it, and since when."""

    status: str
    operation: str
    since: datetime | None


@clausewise.fold
def an_end_is_an_end(
    ends: tuple[End, ...] | None, message: Message, at: str
) -> tuple[tuple[End, ...], Kept | Broken | None]:
    """R29: what is UPLOADING runs no more, what is UPLOADED or ERRORED stays so."""
    ends, shown = ends or (), shown_at(message, at)
    if shown is None or shown.status not in (_STATUSES if ends else ENDED):
        return ends, None
    return _and_its_end(ends, shown), _after(ends, shown) if ends else None


def _and_its_end(ends: tuple[End, ...], shown: Sighting) -> tuple[End, ...]:
    status, message = shown.status, shown.message
    if status not in ENDED:
        return ends
    for end in ends:
        if end.status == status and end.operation == message.operation:
            return ends
    return (*ends, End(status, message.operation, message.ended))


def _after(ends: tuple[End, ...], shown: Sighting) -> Kept | Broken | None:
    said: Kept | None = None
    for end in ends:
        if shown.status not in _STORED and _may_lag(shown.message, end):
            continue
        lawful = ENDED if end.status == "UPLOADING" else (end.status,)
        if shown.status not in lawful:
            text = f"it is {shown.status}, {_then(end.operation)} {end.status}"
            return Broken(text, at=f"{shown.at}/status")
        said = KEPT
    return said


def _may_lag(message: Message, end: End) -> bool:
    """Whether a reply may show what was before: that looks are current is promised nowhere."""
    return message.operation in _LOOKS and not message.settled(end.since)


@clausewise.fold
def one_id_for_one_meeting(
    meeting: str | None, message: Message, at: str
) -> tuple[str | None, Kept | Broken | None]:
    """R43: an id that a start was answered with is no other meeting's."""
    shown = shown_at(message, at) if message.operation in (START, TRACK) else None
    if shown is None or not (shown.id and shown.meeting):
        return meeting, None
    if meeting in (None, shown.meeting):
        return shown.meeting, KEPT
    text = f"{shown.id} was the answer to a start in meeting {meeting} before"
    return meeting, Broken(text, at=f"{shown.at}/id")


class Told(NamedTuple):
    """A value of a recording, and the operation whose reply told it first."""

    value: str
    operation: str


class Identity(NamedTuple):
    """What a recording keeps all its life, as far as replies have told it.

    The `provisional` name, which it had while it was INVOKED, may be its name for good.
    """

    invoked_time: Told | None = None
    name: Told | None = None
    meeting: Told | None = None
    provisional: str | None = None


_UNKNOWN = Identity()


@clausewise.fold
def always_the_same_recording(
    known: Identity | None, message: Message, at: str
) -> tuple[Identity, Kept | Broken | None]:
    """R42: wherever a recording is shown, it has one invoked_time, file name and meeting.

    The first reply that showed it counts, so that of several operations only the odd one is named.
    """
    known, shown = known or _UNKNOWN, shown_at(message, at)
    if shown is None:
        return known, None
    recording, meeting = shown.recording, shown.meeting
    status, called = recording.get("status"), recording.get("output_file_name")
    invoked, then = recording.get("invoked_time"), known.invoked_time
    if (then is None or invoked != then.value) and instant(invoked) is None:
        invoked = None
    # R42 is about replies that come soon after each other. What a file is called before it is
    # written, and once it is stored, is said nowhere.
    name = called if status in _NAMED and isinstance(called, str) else None
    provisional = known.provisional
    if not provisional and status == "INVOKED" and isinstance(called, str):
        provisional = called
    first = known
    if (
        (invoked and known.invoked_time is None)
        or (name and known.name is None)
        or (meeting and known.meeting is None)
        or provisional != known.provisional
    ):
        first = Identity(
            known.invoked_time or _told(message, invoked),
            known.name or _told(message, name),
            known.meeting or _told(message, meeting),
            provisional,
        )
    if name and name == known.provisional:
        if first.name != (name, message.operation):
            first = first._replace(name=_told(message, name))
        known = first  # so another one in between was the odd one
    said: Kept | Broken | None = None
    for now, then, compare in (
        (invoked, known.invoked_time, _times),
        (name, known.name, _names),
        (meeting, known.meeting, _meetings),
    ):
        if now and then is not None:
            said = KEPT if now == then.value else compare(now, then, shown.at)
            if said is not KEPT:
                return first, said
    return first, said


def _told(message: Message, value: str | None) -> Told | None:
    return Told(value, message.operation) if value else None


def _times(now: str, then: Told, at: str) -> Kept | Broken:
    moment, past = instant(now), instant(then.value)
    if moment is None or past is None or not differ(moment, past):
        return KEPT
    text = f"invoked_time is {now}, {_then(then.operation)} {then.value}"
    return Broken(text, at=f"{at}/invoked_time")


def _names(now: str, then: Told, at: str) -> Kept | Broken:
    text = f"it is {now!r}, {_then(then.operation)} {then.value!r}"
    return Broken(text, at=f"{at}/output_file_name")


def _meetings(now: str, then: Told, at: str) -> Kept | Broken:
    return Broken(f"it is of meeting {now}, {_then(then.operation)} of {then.value}", at=at)


def _then(operation: str) -> str:
    return f"in an earlier reply to {operation}"
