"""Rules about one recording in several replies: which one it is, and how it goes on."""

from __future__ import annotations

import clausewise
from clausewise import Broken, Kept, Message

from ._sightings import ENDED, RUNNING, Sighting, earlier, sightings, the_one, uuid
from ._times import differ, instant

_LIST = "get_all_recordings"
_STORED = ("UPLOADED", "ERRORED")
_NOT_YET_STORED = (*RUNNING, "UPLOADING")


@clausewise.check
def the_one_that_was_asked_for(message: Message) -> Kept | Broken | None:
    """R27: the id of the reply is the {recording_id} of the path."""
    wanted, shown = uuid(message.path.get("recording_id")), the_one(message)
    if wanted is None or shown is None or shown.id is None:
        return None
    if shown.id == wanted:
        return Kept()
    return Broken(f"id is {shown.id}, asked for was {wanted}", at=f"{shown.at}/id")


@clausewise.check
def an_end_is_an_end(message: Message) -> Kept | Broken | None:
    """R29: what is UPLOADING runs no more, what is UPLOADED or ERRORED stays so."""
    said: Kept | None = None
    for shown in sightings(message):
        if shown.status not in (*RUNNING, *ENDED):
            continue
        for one in (one for one in earlier(shown) if one.status in ENDED):
            if _may_lag(message, one) and shown.status not in _STORED:
                continue
            lawful = ENDED if one.status == "UPLOADING" else (one.status,)
            if shown.status not in lawful:
                text = f"it is {shown.status}, {_then(one)} {one.status}"
                return Broken(text, at=f"{shown.at}/status")
            said = Kept()
    return said


def _may_lag(message: Message, one: Sighting) -> bool:
    """Whether a list may show what was before: that lists are current is promised nowhere."""
    return message.operation == _LIST != one.message.operation


@clausewise.check
def always_the_same_recording(message: Message) -> Kept | Broken | None:
    """R42: wherever a recording is shown, it has one invoked_time, file name and meeting.

    The first reply that showed it counts, so that of several operations only the odd one is named.
    """
    said: Kept | None = None
    for shown in sightings(message):
        for compare in (_times, _names, _meetings):
            told = next((t for t in (compare(shown, one) for one in earlier(shown)) if t), None)
            if isinstance(told, Broken):
                return told
            said = told or said
    return said


def _times(shown: Sighting, one: Sighting) -> Kept | Broken | None:
    now, then = shown.recording.get("invoked_time"), one.recording.get("invoked_time")
    moment, past = instant(now), instant(then)
    if moment is None or past is None:
        return None
    if not differ(moment, past):
        return Kept()
    return Broken(f"invoked_time is {now}, {_then(one)} {then}", at=f"{shown.at}/invoked_time")


def _names(shown: Sighting, one: Sighting) -> Kept | Broken | None:
    now, then = _name(shown), _name(one)
    if not now or not then:
        return None
    if now == then:
        return Kept()
    return Broken(f"it is {now!r}, {_then(one)} {then!r}", at=f"{shown.at}/output_file_name")


def _meetings(shown: Sighting, one: Sighting) -> Kept | Broken | None:
    if not shown.meeting or not one.meeting:
        return None
    if shown.meeting == one.meeting:
        return Kept()
    text = f"it is of meeting {shown.meeting}, {_then(one)} of {one.meeting}"
    return Broken(text, at=shown.at)


def _then(one: Sighting) -> str:
    return f"in an earlier reply to {one.message.operation}"


def _name(shown: Sighting) -> str | None:
    # R42 is about replies that come soon after each other. What a file is called once it is
    # stored is said nowhere.
    name = shown.recording.get("output_file_name")
    return name if isinstance(name, str) and shown.status in _NOT_YET_STORED else None
