"""Cloudflare's own Python SDK takes `clausewise mock` for the service, in all six operations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID, uuid4

import pytest
from cloudflare import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    Cloudflare,
    ConflictError,
    NotFoundError,
)

from .serving import ACCOUNT, APP, TOKEN


class Owner(TypedDict):
    """Whose recordings."""

    account_id: str
    app_id: str


OWNER: Owner = {"account_id": ACCOUNT, "app_id": APP}


@pytest.fixture
def cloudflare(mock: str) -> Iterator[Cloudflare]:
    """The SDK, turned to the mock.

    What fails is not tried again, and a reply that does not fit the SDK's own types is an error.
    """
    with Cloudflare(
        api_token=TOKEN, base_url=mock, max_retries=0, _strict_response_validation=True
    ) as client:
        yield client


def start(cloudflare: Cloudflare, meeting: str, *, several: bool = False) -> str:
    """Start a recording; gives its id."""
    reply = cloudflare.realtime_kit.recordings.start_recordings(
        APP, account_id=ACCOUNT, meeting_id=meeting, allow_multiple_recordings=several
    )
    assert reply.data is not None
    recording: str = reply.data.id
    return recording


def code(refusal: pytest.ExceptionInfo[APIStatusError]) -> int:
    """The code of a refusal, from RealtimeKit's own envelope."""
    body: Any = refusal.value.body
    assert body["success"] is False
    told: int = body["error"]["code"]
    return told


def test_start(cloudflare: Cloudflare, meeting: str) -> None:
    """A recording is started, and the SDK reads the reply into its own types."""
    reply = cloudflare.realtime_kit.recordings.start_recordings(
        APP,
        account_id=ACCOUNT,
        meeting_id=meeting,
        file_name_prefix="weekly",
        max_seconds=600,
        storage_config={"type": "gcs", "bucket": "acme-meetings"},
        video_config={"codec": "VP8", "width": 1280, "height": 720},
    )

    assert reply.success is True
    assert reply.data is not None
    assert UUID(reply.data.id)
    assert reply.data.status == "INVOKED"
    assert reply.data.invoked_time.utcoffset() == timedelta(0)
    assert reply.data.started_time is None
    assert reply.data.output_file_name.startswith("weekly")
    assert reply.data.start_reason is not None
    assert reply.data.start_reason.reason == "API_CALL"
    assert reply.data.storage_config is not None
    assert reply.data.storage_config.bucket == "acme-meetings"


def test_from_start_to_stop(cloudflare: Cloudflare, meeting: str) -> None:
    """One recording through its whole life: its id in every reply, and every status in turn."""
    recordings = cloudflare.realtime_kit.recordings
    recording = start(cloudflare, meeting)
    active = recordings.get_active_recordings(meeting, **OWNER)
    began = recordings.get_one_recording(recording, **OWNER)
    paused = recordings.pause_resume_stop_recording(recording, **OWNER, action="pause")
    resumed = recordings.pause_resume_stop_recording(recording, **OWNER, action="resume")
    stopped = recordings.pause_resume_stop_recording(recording, **OWNER, action="stop")
    ended = recordings.get_one_recording(recording, **OWNER)
    stored = recordings.get_one_recording(recording, **OWNER).data
    listed = recordings.get_recordings(APP, account_id=ACCOUNT, meeting_id=meeting)
    replies = (active, began, paused, resumed, stopped, ended)
    seen = [*(reply.data for reply in replies), stored, *listed.data]

    assert {data and data.id for data in seen} == {recording}
    assert [data and data.status for data in seen] == [
        "INVOKED",
        "RECORDING",
        "PAUSED",
        "RECORDING",
        "UPLOADING",
        "UPLOADING",
        "UPLOADED",
        "UPLOADED",
    ]
    assert len({data and (data.invoked_time, data.output_file_name) for data in seen}) == 1
    assert stored is not None
    assert stored.started_time is not None
    assert stored.stopped_time is not None
    assert stored.invoked_time <= stored.started_time <= stored.stopped_time
    assert stored.stop_reason is not None
    assert stored.stop_reason.reason == "API_CALL"
    assert stored.download_url is not None
    assert stored.download_url_expiry is not None
    assert stored.download_url_expiry > datetime.now(UTC)


def test_nothing_is_active_after_the_stop(cloudflare: Cloudflare, meeting: str) -> None:
    """The one error that is documented: nothing is being recorded. Then it may start anew."""
    recordings = cloudflare.realtime_kit.recordings
    recording = start(cloudflare, meeting)
    recordings.pause_resume_stop_recording(recording, **OWNER, action="stop")

    with pytest.raises(NotFoundError) as refusal:
        recordings.get_active_recordings(meeting, **OWNER)
    assert code(refusal) == 404
    assert start(cloudflare, meeting) != recording


def test_tracks(cloudflare: Cloudflare, meeting: str) -> None:
    """Participants are recorded one by one, and that is stopped like any other recording."""
    recordings = cloudflare.realtime_kit.recordings
    reply = recordings.start_track_recording(
        APP,
        account_id=ACCOUNT,
        meeting_id=meeting,
        layers={"default": {"file_name_prefix": "weekly-1", "media_kind": "audio"}},
        user_ids=["host-17", "guest-42"],
    )
    assert reply.data is not None
    track = reply.data.recording
    stopped = recordings.pause_resume_stop_recording(track.id, **OWNER, action="stop").data

    assert track.status == "INVOKED"
    assert track.output_file_name.startswith("weekly-1_")
    assert stopped is not None
    assert (stopped.id, stopped.status) == (track.id, "UPLOADING")


def test_pages(cloudflare: Cloudflare, meeting: str) -> None:
    """Three recordings of a meeting in two pages, upwards; then in one, downwards."""
    recordings = cloudflare.realtime_kit.recordings
    started = [start(cloudflare, meeting, several=True) for _ in range(3)]
    one, two = (
        recordings.get_recordings(
            APP,
            account_id=ACCOUNT,
            meeting_id=meeting,
            page_no=number,
            per_page=2,
            sort_by="invokedTime",
            sort_order="ASC",
        )
        for number in (1, 2)
    )
    whole = recordings.get_recordings(
        APP, account_id=ACCOUNT, meeting_id=meeting, sort_by="invokedTime", sort_order="DESC"
    )

    assert [item.id for item in one.data] == started[:2]
    assert [item.id for item in two.data] == started[2:]
    assert [item.id for item in whole.data] == started[::-1]
    assert (one.paging.start_offset, one.paging.end_offset) == (1, 2)
    assert (two.paging.start_offset, two.paging.end_offset) == (3, 3)
    assert {page.paging.total_count for page in (one, two, whole)} == {3}
    assert {item.meeting and item.meeting.id for item in whole.data} == {meeting}


def test_filters(cloudflare: Cloudflare, meeting: str) -> None:
    """Every filter keeps what it should, and that alone; several statuses are repeated keys."""
    recordings = cloudflare.realtime_kit.recordings
    paused, stored, begun = (start(cloudflare, meeting, several=True) for _ in range(3))
    start(cloudflare, str(uuid4()))
    recordings.pause_resume_stop_recording(paused, **OWNER, action="pause")
    recordings.pause_resume_stop_recording(stored, **OWNER, action="stop")
    recordings.get_one_recording(stored, **OWNER)

    def found(**query: Any) -> set[str]:
        reply = recordings.get_recordings(APP, account_id=ACCOUNT, **query)
        return {item.id for item in reply.data}

    every = {paused, stored, begun}
    now, day = datetime.now(UTC), timedelta(days=1)
    assert found(search=meeting) == every
    assert found(meeting_id=meeting, status=["PAUSED"]) == {paused}
    assert found(meeting_id=meeting, status=["PAUSED", "UPLOADED"]) == {paused, stored}
    assert found(meeting_id=meeting, status=["ERRORED"]) == set()
    assert found(meeting_id=meeting, expired=False) == {stored}
    assert found(meeting_id=meeting, expired=True) == set()
    assert found(meeting_id=meeting, start_time=now - day, end_time=now + day) == every
    assert found(meeting_id=meeting, start_time=now + day) == set()
    assert found(meeting_id=meeting, end_time=now - day) == set()


def test_second_start_conflicts(cloudflare: Cloudflare, meeting: str) -> None:
    """A meeting that is being recorded is a conflict, and the SDK raises its error for that."""
    start(cloudflare, meeting)

    with pytest.raises(ConflictError) as refusal:
        start(cloudflare, meeting)
    assert code(refusal) == 409


def test_action_out_of_turn_conflicts(cloudflare: Cloudflare, meeting: str) -> None:
    """What was never paused cannot be resumed."""
    recording = start(cloudflare, meeting)

    with pytest.raises(ConflictError) as refusal:
        cloudflare.realtime_kit.recordings.pause_resume_stop_recording(
            recording, **OWNER, action="resume"
        )
    assert code(refusal) == 409


def test_several_at_once_where_asked_for(cloudflare: Cloudflare, meeting: str) -> None:
    """With `allow_multiple_recordings` a second recording of the meeting is started."""
    assert len({start(cloudflare, meeting, several=True) for _ in range(2)}) == 2


def test_unknown_recording(cloudflare: Cloudflare) -> None:
    """A recording that nobody started is not found, whatever is asked of it."""
    recordings = cloudflare.realtime_kit.recordings
    unknown = str(uuid4())

    with pytest.raises(NotFoundError) as looked_up:
        recordings.get_one_recording(unknown, **OWNER)
    with pytest.raises(NotFoundError) as stopped:
        recordings.pause_resume_stop_recording(unknown, **OWNER, action="stop")
    assert code(looked_up) == code(stopped) == 404


def test_wrong_value(cloudflare: Cloudflare, meeting: str) -> None:
    """What the contract does not allow is refused."""
    with pytest.raises(BadRequestError) as refusal:
        cloudflare.realtime_kit.recordings.start_recordings(
            APP, account_id=ACCOUNT, meeting_id=meeting, max_seconds=59
        )
    assert code(refusal) == 400


def test_wrong_token(mock: str, meeting: str) -> None:
    """A token that the mock does not know is refused as the service would."""
    client = Cloudflare(api_token="another", base_url=mock, max_retries=0)  # noqa: S106  # made up for the tests
    with client, pytest.raises(AuthenticationError):
        start(client, meeting)
