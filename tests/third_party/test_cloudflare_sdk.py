"""Cloudflare's own Python SDK takes `clausewise mock` for the service."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from cloudflare import AuthenticationError, Cloudflare, ConflictError

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
APP = "7c1d2a90-3b58-4e0f-9d26-61a4f0e8b713"
# No secret: the bundled mock prints it.
TOKEN = "cfat_stand-in-token-of-the-bundled-mock-0000"  # noqa: S105


@pytest.fixture
def cloudflare(mock: str) -> Iterator[Cloudflare]:
    """The SDK, turned to the mock; what fails is not tried again."""
    with Cloudflare(api_token=TOKEN, base_url=mock, max_retries=0) as client:
        yield client


def test_start(cloudflare: Cloudflare) -> None:
    """A recording is started, and the SDK reads the reply into its own types."""
    reply = cloudflare.realtime_kit.recordings.start_recordings(
        APP,
        account_id=ACCOUNT,
        meeting_id=str(uuid4()),
        file_name_prefix="weekly",
        max_seconds=600,
        video_config={"codec": "VP8", "width": 1280, "height": 720},
    )

    assert reply.success is True
    assert reply.data is not None
    assert UUID(reply.data.id)
    assert reply.data.status == "INVOKED"
    assert reply.data.output_file_name.startswith("weekly")


def test_second_start_conflicts(cloudflare: Cloudflare) -> None:
    """A meeting that is being recorded is a conflict, and the SDK raises its error for that."""
    recordings = cloudflare.realtime_kit.recordings
    meeting = str(uuid4())
    recordings.start_recordings(APP, account_id=ACCOUNT, meeting_id=meeting)

    with pytest.raises(ConflictError):
        recordings.start_recordings(APP, account_id=ACCOUNT, meeting_id=meeting)


def test_several_at_once_where_asked_for(cloudflare: Cloudflare) -> None:
    """With `allow_multiple_recordings` a second recording of the meeting is started."""
    recordings = cloudflare.realtime_kit.recordings
    meeting = str(uuid4())
    replies = [
        recordings.start_recordings(
            APP, account_id=ACCOUNT, meeting_id=meeting, allow_multiple_recordings=True
        )
        for _ in range(2)
    ]

    assert len({reply.data.id for reply in replies if reply.data}) == 2


def test_wrong_token(mock: str) -> None:
    """A token that the mock does not know is refused as the service would."""
    client = Cloudflare(api_token="another", base_url=mock, max_retries=0)  # noqa: S106
    with client, pytest.raises(AuthenticationError):
        client.realtime_kit.recordings.start_recordings(
            APP, account_id=ACCOUNT, meeting_id=str(uuid4())
        )
