"""A list of recordings: which, in what order, and which page of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from . import _meetings
from ._recording import Recording, now

PER_PAGE = 20


class Page(NamedTuple):
    """What a page shows, and its `paging`."""

    recordings: list[Recording]
    paging: dict[str, int]


def page(recordings: Iterable[Recording], query: Mapping[str, Any]) -> Page:
    """Choose what a list shows.

    The newest come first where no order is asked for, pages count from 1, and page 0 is the first
    as well. Of a number the whole part counts.
    """
    wanted = list(_filters(query))
    found = [recording for recording in recordings if all(fits(recording) for fits in wanted)]
    found.sort(key=lambda recording: recording.invoked)
    if query.get("sort_order") != "ASC":
        found.reverse()
    size = int(query.get("per_page", PER_PAGE))
    before = min(max(int(query.get("page_no", 1)) - 1, 0) * size, len(found))
    shown = found[before : before + size]
    # Both offsets count from 1 and are inclusive: a page without items ends before it starts (R34).
    paging = {
        "total_count": len(found),
        "start_offset": before + 1,
        "end_offset": before + len(shown),
    }
    return Page(shown, paging)


def item(recording: Recording) -> dict[str, Any]:
    """Give a recording as a list has it: with storage and meeting, without reasons."""
    return {
        **recording.shown(),
        **recording.storage,
        "meeting": _meetings.shown(recording.meeting),
    }


def _filters(query: Mapping[str, Any]) -> Iterator[Callable[[Recording], bool]]:
    if "meeting_id" in query:
        meeting = UUID(query["meeting_id"])
        yield lambda recording: recording.meeting == meeting
    if "status" in query:
        yield lambda recording: recording.status in query["status"]
    if "expired" in query:
        # Both are about links: what has none is neither.
        moment = now()
        yield (
            lambda recording: (
                recording.expiry is not None and (recording.expiry <= moment) == query["expired"]
            )
        )
    if "search" in query:
        text = query["search"].casefold()
        yield (
            lambda recording: (
                text in str(recording.meeting)
                or text in (_meetings.title(recording.meeting) or "").casefold()
            )
        )
    if "start_time" in query:
        start = _moment(query["start_time"])
        yield lambda recording: recording.invoked >= start
    if "end_time" in query:
        end = _moment(query["end_time"])
        yield lambda recording: recording.invoked <= end


def _moment(text: str) -> datetime:
    """Read a time of RFC 3339, which has a few that `datetime` does not."""
    if text.startswith("0000"):
        return datetime.min.replace(tzinfo=UTC)
    # Letters may be small there, and a minute may have a leap second.
    return datetime.fromisoformat(re.sub(r":60(\.\d+)?", ":59.999999", text.upper()))
