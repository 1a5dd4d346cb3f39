"""The pack's rules: what keeps them, what breaks them, and what they must not speak of."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise.checks import Broken, Kept, Message
from clausewise.contract.compiled import compiled
from clausewise.exchange import Exchange, Request, Response
from clausewise.judge.history import History, occurrences
from clausewise.judge.replies import ReplyJudge, ReplyJudgement
from clausewise.pack import find_pack

from ..conftest import REPOSITORY

PACK = find_pack(str(REPOSITORY))
CONTRACT = PACK.contract
START, TRACK = "start_recording", "startTrackRecordingForAMeeting"
ONE, PUT = "get_one_recording", "pause_resume_stop_recording"
ACTIVE, LIST = "get_active_recording", "get_all_recordings"

ID = "0d9c5c1e-52f6-4f7e-8f0d-6f3e4c1b2a90"
OTHER = "b2f3a0de-7c11-4d2b-9a55-0c6f1e8d7b34"
MEETING = "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"
ELSEWHERE = "97440c6a-140b-40a9-9499-b23fd7a3868a"
LINK = "https://files.example.net/a.mp4"
TIME = "2026-03-01T12:00:00.123Z"

# Rules that the schemas hold clause by clause, and clauses that do it.
HELD_BY_CLAUSES = {
    "R6": (
        f"{START}:request#/storage_config/bucket:required",
        f"{START}:request#/storage_config/access_key:required",
        f"{START}:request#/storage_config/access_key:minLength",
        f"{START}:request#/storage_config/region:minLength",
        f"{START}:request#/storage_config/type:enum",
    ),
    "R9": (f"{START}:request#/max_seconds:minimum", f"{START}:request#/max_seconds:maximum"),
    "R10": (
        f"{START}:request#/video_config/height:maximum",
        f"{START}:request#/video_config/width:minimum",
        f"{START}:request#/video_config/watermark/size/width:minimum",
    ),
    "R11": (
        f"{START}:request#/max_seconds:type",
        f"{START}:request#/video_config/height:type",
        f"{START}:request#/video_config/watermark/size/height:type",
    ),
    "X10": (f"{LIST}:200#/data:required", f"{ACTIVE}:200#/data:required"),
}


def recording(**members: Any) -> dict[str, Any]:
    """A lawful recording that has just been asked for."""
    return {
        "id": ID,
        "status": "INVOKED",
        "invoked_time": TIME,
        "started_time": None,
        "stopped_time": None,
        "output_file_name": "room_20260301120000.mp4",
        "session_id": None,
        "download_url": None,
        "download_url_expiry": None,
        "audio_download_url": None,
        "file_size": None,
        **members,
    }


def message(
    operation: str,
    shown: Any = None,
    *,
    body: Any = None,
    path: dict[str, str] | None = None,
    query: dict[str, Any] | None = None,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
    paging: dict[str, Any] | None = None,
    secrets: tuple[str, ...] = (),
) -> Message:
    """One exchange whose reply shows a recording, or a list of them."""
    reply: dict[str, Any] = {"success": status < 300}
    if shown is not None:
        reply["data"] = {"recording": shown} if operation == TRACK else shown
    if paging is not None:
        reply["paging"] = paging
    return Message(
        operation,
        body,
        status,
        reply,
        json.dumps(reply),
        secrets,
        headers,
        path or {},
        query or {},
    )


class After(NamedTuple):
    """An exchange, and those that were over before it; seconds lie between each two of them."""

    before: Sequence[Message]
    message: Message
    seconds: float | None = 60.0


def soon(after: After, seconds: float | None = 14.0) -> After:
    """The same within the settle time, or at times that nobody knows."""
    return after._replace(seconds=seconds)


def started(*, shown: dict[str, Any] | None = None, **asked: Any) -> Message:
    """A start, and the recording that it made."""
    return message(START, shown or recording(), body={"meeting_id": MEETING, **asked})


def look(**members: Any) -> Message:
    """A look at the recording."""
    return message(ONE, recording(**members), path={"recording_id": ID})


def one(*before: Message, **members: Any) -> After:
    """A later look at the recording."""
    return After(before, look(**members))


def listed(*items: dict[str, Any], before: Sequence[Message] = (), **query: Any) -> After:
    """A list of recordings."""
    return After(before, message(LIST, list(items), query=query))


def item(**members: Any) -> dict[str, Any]:
    """An item of a list, with its meeting."""
    times = {"created_at": "2026-02-01T08:00:00Z", "updated_at": "2026-02-01T08:00:00Z"}
    return recording(**{"meeting": {"id": MEETING, **times}, **members})


def said(name: str, of: Message | After) -> str:
    """What a check or fold says of an exchange: kept, broken and where, or silent."""
    before, message, seconds = of if isinstance(of, After) else After((), of)
    rule = next(rule for rule in CONTRACT.rules.values() if name in (rule.check, rule.fold))
    if rule.check:
        answer = PACK.checks[name](message)
    else:
        history = History()
        for number, each in enumerate((*before, message)):
            if seconds is not None:
                moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number * seconds)
                each = replace(each, started=moment, ended=moment)
            keys = occurrences(each.parts, rule.by)
            answer = history.add(each, {rule.id: (PACK.checks[name], keys)})[rule.id]
    if answer is None:
        return "silent"
    if isinstance(answer, Kept):
        return "kept"
    assert isinstance(answer, Broken)
    assert answer.message
    return f"broken at {answer.at}"


def cases(*rows: tuple[str, Any, str]) -> pytest.MarkDecorator:
    """Rows of a name, an exchange and what is said of it."""
    return pytest.mark.parametrize(
        ("of", "expected"), [pytest.param(of, said, id=name) for name, of, said in rows]
    )


# The file of rules as a whole.


def test_every_rule_of_the_fact_sheet_has_its_place() -> None:
    """R1 to R43 are rules, or clauses of the schemas, and nothing is left over."""
    numbered = {f"R{number}" for number in range(1, 44)}

    assert set(CONTRACT.rules) | set(HELD_BY_CLAUSES) == numbered | {"X10"}
    assert set(CONTRACT.rules) & set(HELD_BY_CLAUSES) == {"R9", "X10"}  # each by another half
    for clauses in HELD_BY_CLAUSES.values():
        assert set(clauses) <= set(CONTRACT.clauses)


def test_what_cannot_be_seen_is_not_checked() -> None:
    """A rule is checked or has a reason why not, never both."""
    ways = ("then", "check", "fold", "keyword", "body", "steps", "scenario")
    for rule in CONTRACT.rules.values():
        checked = any(getattr(rule, way) for way in ways)
        assert checked is not bool(rule.unobservable), rule.id


def test_every_rule_is_a_contract_test() -> None:
    """Each rule is named by one test of contract_tests/test_rules.py."""
    text = (REPOSITORY / "contract_tests" / "test_rules.py").read_text("utf-8")

    named = re.findall(r'^@clausewise\.rule\("(\w+)"\)$', text, re.MULTILINE)
    assert sorted(named) == sorted(CONTRACT.rules)


def test_softness_is_explained() -> None:
    """Each soft rule has its reason beside it."""
    text = (REPOSITORY / "rules" / "recordings.yaml").read_text("utf-8")
    soft = {rule.id for rule in CONTRACT.rules.values() if rule.soft}

    assert soft == {"R2", "R12", "R14", "R15", "R17", "R18", "R20", "R34", "X10"}
    for name in soft - {"X10"}:  # which has it above the statement
        block = text.split(f"\n{name}:\n")[1].split("\n\n")[0]
        assert re.search("^  soft: true # .", block, re.MULTILINE), name


# What a start asks for, in all that follows.

ENABLED = {"realtimekit_bucket_config": {"enabled": True}}
DISABLED = {"realtimekit_bucket_config": {"enabled": False}}
UPLOADED = {
    "status": "UPLOADED",
    "download_url": LINK,
    "download_url_expiry": "2026-03-08T12:00:00Z",
}


def _named(name: str | None, **asked: Any) -> Message:
    return started(shown=recording(output_file_name=name), **asked)


@cases(
    ("mp4 of H264", _named("a.mp4", video_config={"codec": "H264"}), "kept"),
    ("WEBM of VP8", _named("a.WEBM", video_config={"codec": "VP8"}), "kept"),
    (
        "webm of H264",
        _named("a.webm", video_config={"codec": "H264"}),
        "broken at /data/output_file_name",
    ),
    (
        "later",
        one(started(video_config={"codec": "VP8"}), output_file_name="a.mp4"),
        "broken at /data/output_file_name",
    ),
    ("VP9 is not told", _named("a.mp4", video_config={"codec": "VP9"}), "silent"),
    ("no codec", _named("a.webm", video_config={}), "silent"),
    ("no ending", _named("output_file_name", video_config={"codec": "VP8"}), "silent"),
    ("sound alone", _named("a.mp3", video_config={"codec": "VP8"}), "silent"),
    (
        "an archive",
        _named("a.mp4", video_config={"codec": "VP8"}, interactive_config={}),
        "silent",
    ),
    ("unknown start", one(output_file_name="a.webm"), "silent"),
)
def test_r2(of: Message | After, expected: str) -> None:
    """The ending of the file follows the codec."""
    assert said("ending_follows_the_codec", of) == expected


@cases(
    ("at the start", started(**DISABLED), "kept"),
    (
        "a link at the start",
        started(shown=recording(download_url=LINK), **DISABLED),
        "broken at /data/download_url",
    ),
    ("later", one(started(**DISABLED), status="ERRORED"), "kept"),
    ("a link later", one(started(**DISABLED), **UPLOADED), "broken at /data/download_url"),
    (
        "in a list",
        listed(
            recording(id=OTHER, **UPLOADED),
            recording(audio_download_url=LINK),
            before=[started(**DISABLED)],
        ),
        "broken at /data/1/audio_download_url",
    ),
    (
        "of another",
        listed(recording(id=OTHER, **UPLOADED), before=[started(**DISABLED)]),
        "silent",
    ),
    ("enabled", one(started(**ENABLED), **UPLOADED), "silent"),
    ("not said", one(started(), **UPLOADED), "silent"),
    ("not a boolean", one(started(realtimekit_bucket_config="no"), **UPLOADED), "silent"),
    ("an id of two starts", one(started(**DISABLED), started(**ENABLED), **UPLOADED), "silent"),
    (
        "upper case",
        one(started(**DISABLED), id=ID.upper(), **UPLOADED),
        "broken at /data/download_url",
    ),
)
def test_r3(of: Message | After, expected: str) -> None:
    """Without the bucket there is never a link."""
    assert said("no_links_without_the_bucket", of) == expected


@cases(
    ("both", one(started(**ENABLED), **UPLOADED), "kept"),
    (
        "no link",
        one(started(**ENABLED), **{**UPLOADED, "download_url": None}),
        "broken at /data/download_url",
    ),
    (
        "no expiry",
        one(started(**ENABLED), **{**UPLOADED, "download_url_expiry": None}),
        "broken at /data/download_url_expiry",
    ),
    ("not yet", one(started(**ENABLED), status="UPLOADING"), "silent"),
    ("lost", one(started(**ENABLED), status="ERRORED"), "silent"),
    ("not known to be enabled", one(started(), status="UPLOADED"), "silent"),
    ("not started here", one(status="UPLOADED"), "silent"),
    ("sound alone", one(started(**ENABLED, audio_config={}), status="UPLOADED"), "silent"),
    (
        "no file",
        one(started(**ENABLED, video_config={"export_file": False}), status="UPLOADED"),
        "silent",
    ),
)
def test_r16(of: Message | After, expected: str) -> None:
    """What was uploaded can be fetched."""
    assert said("links_once_uploaded", of) == expected


@cases(
    ("none", started(), "kept"),
    ("later", one(started(), audio_download_url=LINK), "broken at /data/audio_download_url"),
    ("asked for", one(started(audio_config={}), audio_download_url=LINK), "silent"),
    ("not started here", one(audio_download_url=LINK), "silent"),
)
def test_r18(of: Message | After, expected: str) -> None:
    """Sound has a file of its own only where the start says so."""
    assert said("sound_apart_only_if_asked_for", of) == expected


@cases(
    ("in front", _named("weekly_room.mp4", file_name_prefix="weekly"), "kept"),
    (
        "behind",
        _named("room_weekly.mp4", file_name_prefix="weekly"),
        "broken at /data/output_file_name",
    ),
    ("no prefix", started(), "silent"),
    ("an empty prefix", started(file_name_prefix=""), "silent"),
    ("a prefix that the guide forbids", _named("a_b.mp4", file_name_prefix="a-b"), "silent"),
    ("no name", _named(None, file_name_prefix="weekly"), "silent"),
    ("refused", message(START, status=400, body={"file_name_prefix": "weekly"}), "silent"),
    ("no object", message(START, recording(), body=[1]), "silent"),
)
def test_r24(of: Message | After, expected: str) -> None:
    """The prefix is only put in front."""
    assert said("prefix_is_prepended", of) == expected


# One recording in one reply.


def _timed(invoked: Any, begun: Any = None, stopped: Any = None) -> After:
    times = {"invoked_time": invoked, "started_time": begun, "stopped_time": stopped}
    return one(**times)


@cases(
    ("in order", _timed("2026-03-01T12:00:00Z", "2026-03-01T12:00:05Z"), "kept"),
    ("all at once", _timed(TIME, TIME, TIME), "kept"),
    ("zones", _timed("2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00"), "kept"),
    (
        "zones, too early",
        _timed("2026-03-01T12:00:00Z", "2026-03-01T12:30:00+01:00"),
        "broken at /data/started_time",
    ),
    (
        "a millisecond too early",
        _timed("2026-03-01T12:00:00.123Z", "2026-03-01T12:00:00.122Z"),
        "broken at /data/started_time",
    ),
    ("cut to seconds", _timed("2026-03-01T12:00:00.123Z", "2026-03-01T12:00:00Z"), "kept"),
    ("cut, zeros kept", _timed("2026-03-01T12:00:00.123Z", "2026-03-01T12:00:00.000Z"), "kept"),
    (
        "nine digits",
        _timed("2026-03-01T12:00:00.123456789Z", "2026-03-01T12:00:00.123456Z"),
        "kept",
    ),
    ("small letters", _timed("2026-03-01t12:00:00z", "2026-03-01t12:00:01z"), "kept"),
    (
        "stopped, never started",
        _timed(TIME, None, "2026-03-01T11:59:00Z"),
        "broken at /data/stopped_time",
    ),
    ("one time", _timed(TIME), "silent"),
    ("no times", _timed(1772366400, "yesterday", "2026-03-01T12:00:00"), "silent"),
    ("a leap second", _timed("2016-12-31T23:59:60Z", TIME), "silent"),
    ("refused", message(ONE, status=404), "silent"),
    (
        "tracks",
        message(TRACK, recording(started_time="2026-03-01T11:00:00Z")),
        "broken at /data/recording/started_time",
    ),
    (
        "the second of a list",
        listed(recording(), recording(stopped_time="2026-03-01T11:00:00Z")),
        "broken at /data/1/stopped_time",
    ),
)
def test_r13(of: Message | After, expected: str) -> None:
    """Invoked, started, stopped; no time is held to more digits than it has."""
    assert said("times_in_order", of) == expected


# One recording in several replies.


@cases(
    ("the same", one(), "kept"),
    ("in upper case", one(id=ID.upper()), "kept"),
    ("another", one(id=OTHER), "broken at /data/id"),
    (
        "of a PUT",
        message(PUT, recording(id=OTHER), path={"recording_id": ID}),
        "broken at /data/id",
    ),
    ("no UUID", one(id="1"), "silent"),
    ("no UUID wanted", message(ONE, recording(), path={"recording_id": "1"}), "silent"),
    ("refused", message(ONE, path={"recording_id": ID}, status=404), "silent"),
    ("no data", message(ONE, path={"recording_id": ID}), "silent"),
)
def test_r27(of: Message | After, expected: str) -> None:
    """The reply is about the recording that was asked for."""
    assert said("the_one_that_was_asked_for", of) == expected


def _after(status: str) -> Message:
    return look(status=status)


@cases(
    ("on to the end", one(_after("UPLOADING"), status="UPLOADED"), "kept"),
    ("lost on the way", one(_after("UPLOADING"), status="ERRORED"), "kept"),
    ("still", one(_after("UPLOADED"), status="UPLOADED"), "kept"),
    ("up again", one(_after("UPLOADING"), status="RECORDING"), "broken at /data/status"),
    ("up again too soon", soon(one(_after("UPLOADING"), status="RECORDING")), "silent"),
    ("up again some time", soon(one(_after("UPLOADING"), status="RECORDING"), None), "silent"),
    ("found again", one(_after("ERRORED"), status="UPLOADED"), "broken at /data/status"),
    ("back", one(_after("UPLOADED"), status="UPLOADING"), "broken at /data/status"),
    ("begun", one(started(), status="RECORDING"), "silent"),
    ("resumed", one(_after("PAUSED"), status="RECORDING"), "silent"),
    ("no status", one(_after("UPLOADED"), status="uploaded"), "silent"),
    (
        "in a list",
        listed(recording(status="ERRORED"), before=[_after("UPLOADED")]),
        "broken at /data/0/status",
    ),
    (
        "a list behind",
        soon(listed(recording(status="PAUSED"), before=[_after("UPLOADED")])),
        "silent",
    ),
    (
        "a list far behind",
        listed(recording(status="PAUSED"), before=[_after("UPLOADED")]),
        "broken at /data/0/status",
    ),
    (
        "found again at once",
        soon(one(_after("ERRORED"), status="UPLOADED")),
        "broken at /data/status",
    ),
    ("of another", listed(recording(id=OTHER), before=[_after("UPLOADED")]), "silent"),
)
def test_r29(of: Message | After, expected: str) -> None:
    """What has ended stays so."""
    assert said("an_end_is_an_end", of) == expected


def _active(meeting: str = MEETING, **members: Any) -> After:
    shown = message(ACTIVE, recording(**members), path={"meeting_id": meeting})
    return After([started()], shown)


@cases(
    ("the same", one(started()), "kept"),
    ("in upper case", one(started(), id=ID.upper()), "kept"),
    ("another zone", one(started(), invoked_time="2026-03-01T13:00:00.123+01:00"), "kept"),
    ("+00:00", one(started(), invoked_time="2026-03-01T12:00:00.123+00:00"), "kept"),
    ("six digits", one(started(), invoked_time="2026-03-01T12:00:00.123456Z"), "kept"),
    ("no fraction", one(started(), invoked_time="2026-03-01T12:00:00Z"), "kept"),
    (
        "invoked later",
        one(started(), invoked_time="2026-03-01T12:00:01.123Z"),
        "broken at /data/invoked_time",
    ),
    ("named for good", one(started(), status="RECORDING", output_file_name="b.mp4"), "kept"),
    (
        "renamed",
        one(started(), look(status="RECORDING"), status="PAUSED", output_file_name="b.mp4"),
        "broken at /data/output_file_name",
    ),
    (
        "named as at the start again",
        one(started(), look(status="RECORDING", output_file_name="b.mp4"), status="PAUSED"),
        "kept",
    ),
    ("named when stored", one(started(), status="UPLOADED", output_file_name="b.mp4"), "kept"),
    ("named at last", one(started(shown=recording(output_file_name=""))), "kept"),
    ("active", _active(MEETING.upper()), "kept"),
    ("active elsewhere", _active(ELSEWHERE), "broken at /data"),
    ("listed", listed(item(), before=[started()]), "kept"),
    ("listed without its meeting", listed(recording(), before=[started()]), "kept"),
    (
        "listed elsewhere",
        listed(item(id=OTHER), item(meeting={"id": ELSEWHERE}), before=[started()]),
        "broken at /data/1",
    ),
    (
        "of a track",
        one(message(TRACK, recording(), body={"meeting_id": MEETING}), invoked_time=TIME),
        "kept",
    ),
    ("the first time", one(), "silent"),
    ("another one", one(started(shown=recording(id=OTHER))), "silent"),
)
def test_r42(of: Message | After, expected: str) -> None:
    """A recording is the same in whichever reply."""
    assert said("always_the_same_recording", of) == expected


@cases(
    ("two", After([started()], started(shown=recording(id=OTHER))), "kept"),
    ("one meeting", After([started()], started(meeting_id=MEETING.upper())), "kept"),
    ("two meetings", After([started()], started(meeting_id=ELSEWHERE)), "broken at /data/id"),
    (
        "no UUID",
        After([started(shown=recording(id="1"))], started(shown=recording(id="1"))),
        "silent",
    ),
    (
        "a track",
        After([started()], message(TRACK, recording(), body={"meeting_id": ELSEWHERE})),
        "broken at /data/recording/id",
    ),
    ("a look", one(started()), "silent"),
)
def test_r43(of: Message | After, expected: str) -> None:
    """Starts of two meetings are answered with two ids."""
    assert said("one_id_for_one_meeting", of) == expected


# A list.


DATE = (("Date", "Sun, 01 Mar 2026 12:00:00 GMT"),)


def _expiring(expiry: str | None, expired: Any, headers: Any = DATE) -> Message:
    return message(
        LIST, [item(download_url_expiry=expiry)], query={"expired": expired}, headers=headers
    )


def _over(**query: Any) -> After:
    times = {"started_time": "2026-03-01T12:00:05Z", "stopped_time": "2026-03-01T13:00:00Z"}
    return listed(item(status="UPLOADED", **times), **query)


@cases(
    ("of the meeting", listed(item(), meeting_id=MEETING.upper()), "kept"),
    ("of another", listed(item(), item(), meeting_id=ELSEWHERE), "broken at /data/0"),
    ("of no told meeting", listed(recording(), meeting_id=ELSEWHERE), "silent"),
    (
        "known by its start",
        listed(recording(), before=[started()], meeting_id=ELSEWHERE),
        "broken at /data/0",
    ),
    ("of no meeting", listed(item(), meeting_id="1"), "silent"),
    ("status", listed(item(), status=["PAUSED", "INVOKED"]), "kept"),
    ("status as text", listed(item(), status="PAUSED,INVOKED"), "kept"),
    (
        "another status",
        listed(item(), item(status="PAUSED"), status=["INVOKED"]),
        "broken at /data/1/status",
    ),
    ("no status", listed(item(), status=["STARTED", "PAUSED"]), "silent"),
    ("an empty filter", listed(item(), status="", meeting_id="", expired=""), "silent"),
    ("expired", _expiring("2026-02-20T12:00:00Z", True), "kept"),
    ("not expired", _expiring("2026-03-05T12:00:00Z", "false"), "kept"),
    (
        "not expired, though asked for",
        _expiring("2026-03-05T12:00:00Z", True),
        "broken at /data/0/download_url_expiry",
    ),
    (
        "expired, though not asked for",
        _expiring("2026-02-20T12:00:00Z", False),
        "broken at /data/0/download_url_expiry",
    ),
    ("just expired", _expiring("2026-03-01T11:00:00Z", False), "silent"),
    ("nothing to expire", _expiring(None, True), "silent"),
    ("no clock", _expiring("2026-03-05T12:00:00Z", True, ()), "silent"),
    ("a broken clock", _expiring("2026-03-05T12:00:00Z", True, (("date", "noon"),)), "silent"),
    ("found by its meeting", listed(item(), search=MEETING), "kept"),
    ("found elsewhere", listed(item(), search=ELSEWHERE), "broken at /data/0"),
    (
        "found by its title",
        listed(item(meeting={"id": MEETING, "title": f"as {ELSEWHERE}"}), search=ELSEWHERE),
        "kept",
    ),
    ("found by some text", listed(item(), search="weekly"), "silent"),
    ("in the range", _over(start_time="2026-03-01T11:00:00Z", end_time=TIME), "kept"),
    ("ended before", _over(start_time="2026-03-01T14:00:00Z"), "broken at /data/0/stopped_time"),
    ("ended inside", _over(start_time="2026-03-01T12:59:00Z"), "kept"),
    ("begun after", _over(end_time="2026-01-01T00:00:00Z"), "broken at /data/0/invoked_time"),
    ("of an older meeting", _over(end_time="2026-02-15T00:00:00Z"), "kept"),
    ("still running", listed(item(), start_time="2026-03-01T14:00:00Z"), "silent"),
    ("no meeting told", listed(recording(), end_time="2026-01-01T00:00:00Z"), "silent"),
    ("no time", listed(item(), start_time="noon", end_time="noon"), "silent"),
    ("nothing", listed(meeting_id=MEETING, status=["PAUSED"]), "silent"),
    ("no filter", listed(item()), "silent"),
)
def test_r32(of: Message | After, expected: str) -> None:
    """Every item is inside of every filter, as far as it can be known."""
    assert said("only_what_was_asked_for", of) == expected


EARLY, LATE = "2026-03-01T12:00:00Z", "2026-03-01T12:00:02.5Z"


def _sorted(*times: str | None, order: str | None = "ASC", by: str = "invokedTime") -> Message:
    query = {"sort_by": by} | ({"sort_order": order} if order else {})
    return message(LIST, [recording(invoked_time=time) for time in times], query=query)


@cases(
    ("upwards", _sorted(EARLY, EARLY, LATE), "kept"),
    ("downwards", _sorted(LATE, EARLY, EARLY, order="DESC"), "kept"),
    ("not upwards", _sorted(EARLY, LATE, EARLY), "broken at /data/2/invoked_time"),
    ("not downwards", _sorted(EARLY, LATE, order="DESC"), "broken at /data/1/invoked_time"),
    ("either way", _sorted(LATE, EARLY, order=None), "kept"),
    ("neither way", _sorted(EARLY, LATE, EARLY, order=None), "broken at /data/1/invoked_time"),
    (
        "instants, not strings",
        _sorted("2026-03-01T12:30:00+01:00", "2026-03-01T12:00:00.000001+00:00", LATE),
        "kept",
    ),
    ("within a cut second", _sorted("2026-03-01T12:00:02.5Z", "2026-03-01T12:00:02Z"), "silent"),
    ("equal times", _sorted(EARLY, "2026-03-01T12:00:00.000Z"), "silent"),
    ("one item", _sorted(EARLY), "silent"),
    ("no order", _sorted(LATE, EARLY, order="UP"), "silent"),
    ("by something else", _sorted(LATE, EARLY, by="id"), "silent"),
    ("no times", _sorted(None, "noon"), "silent"),
    (
        "not asked for",
        listed(recording(invoked_time=LATE), recording(invoked_time=EARLY)),
        "silent",
    ),
)
def test_r33(of: Message | After, expected: str) -> None:
    """A list is sorted as it was asked for."""
    assert said("in_order_of_invocation", of) == expected


def _paged(count: int, start: Any, end: Any, total: Any, **query: Any) -> Message:
    paging = {"start_offset": start, "end_offset": end, "total_count": total}
    return message(LIST, [item()] * count, query=query, paging=paging)


@cases(
    ("the example", _paged(3, 1, 3, 3), "kept"),
    ("a later page", _paged(3, 4.0, 6.0, 7), "kept"),
    ("counted from 0", _paged(3, 0, 2, 3), "kept"),
    ("a page", _paged(3, 1, 3, 9, per_page=3.5), "kept"),
    ("too many", _paged(3, 1, 3, 9, per_page="2"), "broken at /data"),
    ("another count", _paged(3, 1, 4, 9), "broken at /paging/end_offset"),
    ("beyond the end", _paged(3, 1, 3, 2), "broken at /paging/end_offset"),
    ("no limit", _paged(3, 1, 3, 3, per_page=0), "kept"),
    ("an empty limit", _paged(3, 1, 3, 3, per_page=""), "kept"),
    ("odd numbers", _paged(3, True, None, "x", per_page=10**400), "silent"),
    ("an empty page", _paged(0, 31, 30, 30, per_page=5), "silent"),
    ("no paging", listed(item()), "silent"),
    ("no list", message(LIST, item()), "silent"),
    ("refused", message(LIST, status=400), "silent"),
)
def test_r34(of: Message | After, expected: str) -> None:
    """A page is as long as it says, and no longer than was asked for."""
    assert said("a_page_of_the_whole", of) == expected


@cases(
    ("two", listed(item(), item(id=OTHER)), "kept"),
    ("twice", listed(item(), item(id=OTHER), item(id=ID.upper())), "broken at /data/2/id"),
    ("one", listed(item()), "silent"),
    ("no ids", listed({"id": 1}, {"id": 1}, {}), "silent"),
)
def test_r35(of: Message | After, expected: str) -> None:
    """Nothing is listed twice."""
    assert said("each_one_once", of) == expected


# Any reply.


@cases(
    ("none came back", message(START, recording(), secrets=("geheim-0123",)), "kept"),
    (
        "one came back",
        message(LIST, [recording(session_id="x-geheim-0123")], secrets=("geheim-0123",)),
        "broken at None",
    ),
    (
        "what was said openly, before any secret was",
        After(
            [replace(message(ONE, recording()), openly=("geheim-0123",))],
            message(START, recording(session_id="geheim-0123"), secrets=("geheim-0123",)),
        ),
        "silent",
    ),
    ("none was sent", message(START, recording()), "silent"),
    ("too short to tell", message(START, recording(), secrets=("INVOKED",)), "silent"),
)
def test_r7(of: Message | After, expected: str) -> None:
    """No reply has a secret in it that was sent."""
    assert said("no_secret_comes_back", of) == expected


def _error(status: int, body: Any) -> Message:
    return Message(START, None, status, body, json.dumps(body))


@cases(
    ("the status", _error(404, {"error": {"code": 404.0, "message": "no"}}), "kept"),
    ("another", _error(409, {"error": {"code": 404}}), "broken at /error/code"),
    ("the gateway's", _error(400, {"errors": [{"code": 7003}], "error": {"code": 7003}}), "silent"),
    ("no number", _error(400, {"error": {"code": True}}), "silent"),
    ("text", _error(400, {"error": "no"}), "silent"),
    ("no object", _error(400, ["no"]), "silent"),
    ("a success", _error(200, {"error": {"code": 404}}), "silent"),
)
def test_r37(of: Message | After, expected: str) -> None:
    """The code of RealtimeKit's own errors is the status."""
    assert said("error_code_is_the_status", of) == expected


_NASTY = st.sampled_from(
    [None, True, -1, 10**400, 1.5, "", "x", ID, ID.upper(), TIME, "0001-01-01T00:00:00+23:59",
     "9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00Z", "UPLOADED", "PAUSED,x", [], [None, "x"],
     {}, {"id": ID}, {"enabled": False}]
)  # fmt: skip
_NAMES = ("meeting", "meeting_id", "error", "video_config", "realtimekit_bucket_config")


def _objects(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), _NASTY, max_size=6)


@st.composite
def _any_message(draw: st.DrawFn) -> Message:
    shown = _objects(*recording(), *_NAMES)
    data = st.one_of(
        _NASTY, shown, st.lists(shown, max_size=3), shown.map(lambda r: {"recording": r})
    )
    body = st.one_of(_NASTY, st.fixed_dictionaries({"data": data, "paging": data, "error": data}))
    return Message(
        draw(st.sampled_from(sorted(CONTRACT.operations))),
        draw(st.one_of(_NASTY, _objects(*_NAMES, "file_name_prefix", "audio_config"))),
        draw(st.sampled_from([200, 204, 404, 500])),
        draw(body),
        None,
        path=draw(st.dictionaries(st.sampled_from(["recording_id", "meeting_id"]), st.just(ID))),
        query=draw(_objects("per_page", "status", "expired", "search", "start_time", "end_time",
                            "meeting_id", "sort_by", "sort_order")),
    )  # fmt: skip


@given(st.lists(_any_message(), min_size=1, max_size=4))
def test_no_check_stumbles(messages: list[Message]) -> None:
    """Whatever replies are made of, a check answers, and so does a fold."""
    history = History()
    for message in messages:
        rules = CONTRACT.rules.values()
        answers = [PACK.checks[rule.check](message) for rule in rules if rule.check]
        folds = {
            rule.id: (PACK.checks[rule.fold], occurrences(message.parts, rule.by))
            for rule in rules
            if rule.fold
        }
        for answer in (*answers, *history.add(message, folds).values()):
            assert answer is None or isinstance(answer, Kept | Broken)


def test_every_check_and_fold_is_of_a_rule() -> None:
    """None is left over that no rule names."""
    named = {rule.check or rule.fold for rule in CONTRACT.rules.values()} - {None}

    assert named == set(PACK.checks)


# The declared ones, through the judge of replies.

PATHS = {
    START: {},
    LIST: {},
    TRACK: {},
    ONE: {"recording_id": ID},
    PUT: {"recording_id": ID},
    ACTIVE: {"meeting_id": MEETING},
}
BODIES: dict[str, Any] = {
    START: {"meeting_id": MEETING},
    TRACK: {"meeting_id": MEETING},
    PUT: {"action": "stop"},
}


def judged(operation: str, body: Any, status: int = 200) -> ReplyJudgement:
    """Judge a reply to a plain request."""
    sent = json.dumps(BODIES[operation]).encode() if operation in BODIES else None
    exchange = Exchange(
        operation,
        Request("POST", "http://127.0.0.1/", content=sent, path=PATHS[operation]),
        Response(status, (("Content-Type", "application/json"),), json.dumps(body).encode(), 0.01),
    )
    return ReplyJudge(CONTRACT, CONTRACT.operations[operation], PACK.checks).judge(exchange)


def wrapped(operation: str, shown: dict[str, Any]) -> dict[str, Any]:
    """The lawful reply of an operation that shows a recording; a list shows another one first."""
    if operation == LIST:
        paging = {"total_count": 2, "start_offset": 1, "end_offset": 2}
        return {"success": True, "data": [recording(id=OTHER), shown], "paging": paging}
    return {"success": True, "data": {"recording": shown} if operation == TRACK else shown}


def rule_said(rule: str, operation: str, judgement: ReplyJudgement) -> str:
    """What the judge says of a rule: kept, broken and where, or silent."""
    clause = f"{operation}:rule:{rule}"
    assert clause in CONTRACT.clauses
    at = [f"broken at {breach.at}" for breach in judgement.broken if breach.clause == clause]
    return at[0] if at else "kept" if clause in judgement.kept else "silent"


_STOP = {"reason": "API_CALL"}
_USER = {"type": "USER", "name": "Ada", "user_Id": ID}
_LATER = "2026-03-01T12:00:05Z"


@pytest.mark.parametrize(
    ("rule", "members", "expected"),
    [
        ("R12", {}, "kept"),
        ("R12", {"status": "RECORDING"}, "broken /status"),
        ("R14", {}, "kept"),
        ("R14", {"started_time": _LATER}, "broken /started_time"),
        ("R14", {"status": "RECORDING", "started_time": _LATER}, "kept"),
        ("R14", {"status": "PAUSED", "stopped_time": _LATER}, "broken /stopped_time"),
        ("R14", {"status": "UPLOADED", "stopped_time": _LATER}, "other"),
        ("R15", {}, "kept"),
        ("R15", {"stop_reason": _STOP}, "broken "),
        ("R15", {"status": "UPLOADING", "stop_reason": _STOP}, "silent"),
        ("R17", {}, "kept"),
        ("R17", {"download_url": LINK}, "broken /download_url_expiry"),
        ("R17", {"download_url_expiry": _LATER}, "broken /download_url_expiry"),
        ("R17", {"download_url": [LINK], "download_url_expiry": _LATER}, "kept"),
        ("R19", {"start_reason": {"reason": "RECORD_ON_START"}}, "kept"),
        ("R19", {"start_reason": {"reason": "RECORD_ON_START", "caller": {}}}, "kept"),
        (
            "R19",
            {"start_reason": {"reason": "RECORD_ON_START", "caller": _USER}},
            "broken /start_reason/caller",
        ),
        ("R19", {"start_reason": {"reason": "API_CALL", "caller": _USER}}, "silent"),
        ("R19", {"start_reason": {"caller": _USER}}, "silent"),
        ("R19", {}, "silent"),
        ("R20", {"start_reason": {"caller": _USER}}, "kept"),
        (
            "R20",
            {"start_reason": {"caller": {**_USER, "email": "a@example.net"}}},
            "broken /start_reason/caller",
        ),
        (
            "R20",
            {"stop_reason": {"caller": {**_USER, "email": "a@example.net"}}},
            "broken /stop_reason/caller",
        ),
        ("R20", {"start_reason": {"caller": {"type": "ORGANIZATION", "email": "a"}}}, "silent"),
        ("R20", {"start_reason": {"reason": "API_CALL"}}, "silent"),
        ("R31", {}, "kept"),
        ("R31", {"status": "UPLOADING"}, "kept"),
        ("R31", {"status": "UPLOADED"}, "broken /status"),
        ("R31", {"status": "active"}, "silent"),
        ("X10", {}, "kept"),
    ],
    ids=str,
)
def test_a_declared_rule(rule: str, members: dict[str, Any], expected: str) -> None:
    """It says the same wherever the recording stands in the reply."""
    for operation in CONTRACT.rules[rule].operations:
        found = rule_said(
            rule, operation, judged(operation, wrapped(operation, recording(**members)))
        )

        at = {LIST: "/data/1", TRACK: "/data/recording"}.get(operation, "/data")
        # The other item of the list keeps what it can.
        quiet = "kept" if operation == LIST else "silent"
        wanted = {"other": quiet}.get(expected, expected.replace("broken ", f"broken at {at}"))
        assert found == wanted, operation


@pytest.mark.parametrize("rule", ["R12", "R14", "R15", "R17", "R19", "R20", "R31"])
def test_a_declared_rule_needs_a_recording(rule: str) -> None:
    """It is silent about refusals, and where there is no recording in the data."""
    for operation in CONTRACT.rules[rule].operations:
        for data in ("null", '"x"', "[]", "{}"):
            judgement = judged(operation, {"success": True, "data": json.loads(data)})
            assert rule_said(rule, operation, judgement) == "silent", operation
        refusal = {"success": False, "error": {"code": 404, "message": "no"}, "data": recording()}
        assert rule_said(rule, operation, judged(operation, refusal, 404)) == "silent", operation


@pytest.mark.parametrize("operation", CONTRACT.rules["X10"].operations)
def test_x10(operation: str) -> None:
    """A success without data is noted, a refusal without it is not."""
    assert rule_said("X10", operation, judged(operation, {"success": True})) == "broken at "
    assert rule_said("X10", operation, judged(operation, {"success": False}, 404)) == "silent"


@pytest.mark.parametrize(
    ("status", "success", "expected"),
    [
        (200, True, "kept"),
        (404, False, "kept"),
        (200, False, "broken at /success"),
        (404, True, "broken at /success"),
        (200, "yes", "silent"),
    ],
)
def test_r36(status: int, success: Any, expected: str) -> None:
    """The member success says what the status says, in every reply."""
    for operation in CONTRACT.operations:
        assert (
            rule_said("R36", operation, judged(operation, {"success": success}, status)) == expected
        )


def test_r1_is_about_bodies() -> None:
    """Its sample breaks it, and sound alone or VP8 alone does not."""
    rule = CONTRACT.rules["R1"]
    keeps = compiled(rule.body).is_valid

    assert not any(keeps({"meeting_id": MEETING, **members}) for members in rule.broken_by)
    assert keeps({"audio_config": {}, "video_config": {"codec": "H264"}})
    assert keeps({"audio_config": {}, "video_config": {}})
    assert keeps({"video_config": {"codec": "VP9"}})


# Lawful variants.

_OWN = {"success": False, "error": {"code": 0, "message": "no"}}
_GATEWAY = {
    "success": False,
    "errors": [{"code": 7003, "message": "no"}],
    "messages": [],
    "result": None,
}


def broken_rules(judgement: ReplyJudgement) -> set[str]:
    """The hard rules that a reply breaks."""
    names = {breach.clause for breach in judgement.broken}
    return {name for name in names if ":rule:" in name and not CONTRACT.clauses[name].soft}


@pytest.mark.parametrize("operation", CONTRACT.operations)
@pytest.mark.parametrize("status", [400, 401, 404, 409, 422])
def test_any_refusal_is_lawful(operation: str, status: int) -> None:
    """In either envelope, with whichever 4xx."""
    own = {**_OWN, "error": {"code": status, "message": "no"}}
    for body in (own, _GATEWAY, {**own, "trace": "1"}):
        assert broken_rules(judged(operation, body, status)) == set()


@pytest.mark.parametrize("operation", CONTRACT.operations)
@pytest.mark.parametrize(
    "members",
    [
        {},
        {"id": ID.upper(), "session_id": OTHER.upper()},
        {"invoked_time": "2026-03-01T12:00:00Z"},
        {"invoked_time": "2026-03-01T12:00:00.123456+00:00"},
        {"meeting_id": MEETING, "type": "TRACK", "err_message": "", "x_region": {"a": [1]}},
        {"status": "RECORDING", "started_time": _LATER},
        {"recording_duration": 0, "storage_config": None},
    ],
    ids=str,
)
def test_any_form_of_a_recording_is_lawful(operation: str, members: dict[str, Any]) -> None:
    """Of ids, times, optional members, and members that nobody documented."""
    judgement = judged(operation, wrapped(operation, recording(**members)))

    assert broken_rules(judgement) == set()
