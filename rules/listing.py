"""Rules about a list of recordings: which ones, in what order, how many, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import clausewise
from clausewise import Broken, Kept, Message

from ._sightings import ENDED, RUNNING, Sighting, shown_at, sightings, uuid
from ._times import Instant, instant, precedes

# Whoever clears expired files away may do it once a day.
_GRACE = timedelta(days=1)

_Verdict = Kept | Broken | None


@clausewise.fold
def only_what_was_asked_for(
    meeting: str | None, message: Message, at: str
) -> tuple[str | None, _Verdict]:
    """R32: every item of a list is inside of every filter.

    Filters with values that are not documented say nothing, nor do items that do not tell what
    a filter is about. The meeting of an item is what it tells itself, or what it was started for.
    """
    is_filtered = bool(message.query)
    if meeting and not is_filtered:
        return meeting, None
    shown = shown_at(message, at)
    if shown is None:
        return meeting, None
    if not is_filtered:
        return shown.meeting, None
    said: _Verdict = None
    for one in _filtered(message, shown, shown.meeting or meeting):
        said = one
        if isinstance(one, Broken):
            break
    return meeting or shown.meeting, said


def _filtered(message: Message, shown: Sighting, meeting: str | None) -> Iterator[Kept | Broken]:
    query = message.query
    asked = (
        _of_the_meeting(query.get("meeting_id"), shown, meeting),
        _of_a_status(query.get("status"), shown),
        _expired(query.get("expired"), shown, message),
        _found(query.get("search"), shown),
        _in_time(query.get("start_time"), query.get("end_time"), shown),
    )
    yield from (one for one in asked if one is not None)


def _of_the_meeting(value: Any, shown: Sighting, meeting: str | None) -> _Verdict:
    wanted = uuid(value)
    if wanted is None or meeting is None:
        return None
    if meeting == wanted:
        return Kept()
    return Broken(f"an item is of meeting {meeting}, asked for was {wanted}", at=shown.at)


def _of_a_status(value: Any, shown: Sighting) -> _Verdict:
    wanted = set(_words(value))
    if not wanted or not wanted <= {*RUNNING, *ENDED} or not isinstance(shown.status, str):
        return None
    if shown.status in wanted:
        return Kept()
    told = " or ".join(sorted(wanted))
    return Broken(f"an item is {shown.status}, asked for was {told}", at=f"{shown.at}/status")


def _expired(value: Any, shown: Sighting, message: Message) -> _Verdict:
    wanted = {"true": True, "false": False}.get(str(value).lower())
    if wanted is None:
        return None
    expiry, now = instant(shown.recording.get("download_url_expiry")), _date(message)
    if expiry is None or now is None:
        return None  # of a recording without a link nothing can expire
    if abs(expiry.moment - now) <= _GRACE:
        return None
    if (expiry.moment < now) == wanted:
        return Kept()
    what = "expired" if wanted else "not expired"
    told = shown.recording["download_url_expiry"]
    return Broken(
        f"the link of an item expires at {told}, asked for was what is {what}",
        at=f"{shown.at}/download_url_expiry",
    )


def _found(value: Any, shown: Sighting) -> _Verdict:
    # How text is searched is not documented. But an id is in a meeting's id or title, or it is not.
    wanted, meeting = uuid(value), shown.recording.get("meeting")
    if wanted is None or not isinstance(meeting, dict) or shown.meeting is None:
        return None
    if wanted == shown.meeting or wanted in str(meeting.get("title")).lower():
        return Kept()
    return Broken(f"an item is of meeting {shown.meeting}, searched was {wanted}", at=shown.at)


def _in_time(start: Any, end: Any, shown: Sighting) -> _Verdict:
    """Ask whether an item is outside of a range, whatever time of it is compared.

    That is not documented: one of the recording's, one of its meeting's, or all the time that
    it took. The earliest is when the meeting was created; the latest is known after the end.
    """
    if start is None and end is None:
        return None
    recording, meeting = shown.recording, shown.recording.get("meeting")
    around = meeting if isinstance(meeting, dict) else {}
    named = {name: recording.get(name) for name in ("invoked_time", "started_time", "stopped_time")}
    known = _instants([*named.values(), around.get("created_at"), around.get("updated_at")])
    first, last = instant(start), instant(end)
    said: Kept | None = None
    if first is not None and known and instant(named["stopped_time"]) is not None:
        if all(precedes(moment, first) for moment in known):
            return Broken(f"an item ended before {start}", at=f"{shown.at}/stopped_time")
        said = Kept()
    if last is not None and known and instant(around.get("created_at")) is not None:
        if all(precedes(last, moment) for moment in known):
            return Broken(f"an item is from after {end}", at=f"{shown.at}/invoked_time")
        said = Kept()
    return said


@clausewise.check
def in_order_of_invocation(message: Message) -> _Verdict:
    """R33: sorted by invokedTime, upwards or downwards; equal times in any order."""
    if message.query.get("sort_by") != "invokedTime":
        return None
    order = message.query.get("sort_order")
    if order not in (None, "ASC", "DESC"):
        return None
    listed = [(shown, instant(shown.recording.get("invoked_time"))) for shown in sightings(message)]
    known = [(shown, moment) for shown, moment in listed if moment is not None]
    rises = [here for (_, one), (here, other) in pairwise(known) if precedes(one, other)]
    falls = [here for (_, one), (here, other) in pairwise(known) if precedes(other, one)]
    # Which way it goes without sort_order is not documented.
    wrong = {"ASC": falls, "DESC": rises, None: rises if falls else []}[order]
    if wrong:
        return Broken(
            f"the order is not {order or 'ascending or descending'}",
            at=f"{wrong[0].at}/invoked_time",
        )
    return Kept() if rises or falls else None


@clausewise.check
def a_page_of_the_whole(message: Message) -> _Verdict:
    """R34: no more items than per_page, and the offsets of `paging` count them."""
    shown = sightings(message)
    if not shown or not isinstance(message.response_body["data"], list):
        return None
    said: Kept | None = None
    count, most = len(message.response_body["data"]), _number(message.query.get("per_page"))
    if most is not None and most >= 1:  # what 0 means is not documented
        if count > most:
            return Broken(f"there are {count} items, per_page was {most:g}", at="/data")
        said = Kept()
    paging = message.response_body.get("paging")
    told = paging if isinstance(paging, dict) else {}
    start, end = _number(told.get("start_offset")), _number(told.get("end_offset"))
    total = _number(told.get("total_count"))
    if start is not None and end is not None:
        if end - start + 1 != count:
            text = f"offsets {start:g} to {end:g} stand for {count} items"
            return Broken(text, at="/paging/end_offset")
        said = Kept()
    if end is not None and total is not None:
        if end > total:
            text = f"end_offset {end:g} is beyond total_count {total:g}"
            return Broken(text, at="/paging/end_offset")
        said = Kept()
    return said


@clausewise.check
def each_one_once(message: Message) -> _Verdict:
    """R35: no recording stands twice in a list."""
    seen: set[str] = set()
    for shown in sightings(message):
        if shown.id is not None:
            if shown.id in seen:
                return Broken(f"{shown.id} stands there twice", at=f"{shown.at}/id")
            seen.add(shown.id)
    return Kept() if len(seen) > 1 else None


def _instants(values: Iterable[Any]) -> list[Instant]:
    return [moment for moment in map(instant, values) if moment is not None]


def _words(value: Any) -> list[str]:
    """The items of a list parameter, as a list or joined with commas."""
    if isinstance(value, str):
        return [word for word in value.split(",") if word]
    return [str(word) for word in value] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _date(message: Message) -> datetime | None:
    """When a reply was sent, by its own clock."""
    for name, value in message.response_headers:
        if name.lower() == "date":
            try:
                moment = parsedate_to_datetime(value)
            except ValueError:
                return None
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
