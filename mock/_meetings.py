"""What the stand-in tells of a meeting. It knows the id alone, and makes up the rest from that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

_SWITCHES = (
    "record_on_start",
    "live_stream_on_start",
    "persist_chat",
    "summarize_on_end",
    "transcribe_on_end",
)
# Every kind of storage, and none. There is never a secret in one (R7).
_STORAGES: tuple[dict[str, Any] | None, ...] = (
    None,
    {"type": "gcs", "bucket": "meetings", "path": "reviews/weekly"},
    {"type": "aws", "bucket": "meetings", "region": "eu-west-1"},
    {"type": "azure", "bucket": "meetings", "region": "westeurope"},
    {"type": "digitalocean", "bucket": "meetings", "region": "fra1"},
    {"type": "sftp", "bucket": "meetings", "region": "eu", "auth_method": "KEY",
     "username": "recorder", "host": "sftp.example.net", "port": 22},
    {"type": "sftp", "bucket": "meetings", "region": "eu", "auth_method": "PASSWORD",
     "username": "recorder", "host": "sftp.example.net", "port": 2222},
)  # fmt: skip
_CONFIGS: tuple[dict[str, Any], ...] = (
    {},
    {
        "audio_config": {"channel": "mono", "codec": "MP3", "export_file": False},
        "file_name_prefix": "weekly_review",
        "live_streaming_config": {"rtmp_url": "rtmp://live.example.net/app/weekly-review"},
        "max_seconds": 5400,
        "realtimekit_bucket_config": {"enabled": True},
        "video_config": {
            "codec": "H264",
            "export_file": True,
            "height": 1280,
            "width": 720,
            "watermark": {
                "position": "right bottom",
                "size": {"height": 48, "width": 160},
                "url": "https://cdn.example.net/brand/mark.png",
            },
        },
    },
    # X13: a number here. R1: VP8 goes without settings for the sound.
    {
        "max_seconds": 90.5,
        "realtimekit_bucket_config": {"enabled": False},
        "video_config": {"codec": "VP8"},
    },
)


def title(meeting: UUID) -> str | None:
    """Give the title of a meeting that has one."""
    named: str | None = _pick(meeting, "title", None, "Weekly review", "Rückblick", "Town hall")
    return named


def shown(meeting: UUID) -> dict[str, Any]:
    """Give a meeting as an item of a list has it (section 2.3)."""
    created = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=_number(meeting, "age", 10**6))
    updated = created + timedelta(hours=_number(meeting, "change", 3))
    optional = {
        "title": title(meeting),
        "status": _pick(meeting, "status", None, "ACTIVE", "INACTIVE"),
        **{name: _pick(meeting, name, None, False, True) for name in _SWITCHES},
        "session_keep_alive_time_in_secs": _pick(meeting, "keep alive", None, 60, 90.5, 600),
        "recording_config": _pick(meeting, "config", None, *_CONFIGS),
    }
    if optional["recording_config"]:
        storage = _pick(meeting, "storage", *_STORAGES)
        optional["recording_config"] = {**optional["recording_config"], "storage_config": storage}
    return {
        "id": str(meeting),
        "created_at": created.isoformat(),
        "updated_at": updated.isoformat(),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _pick(meeting: UUID, what: str, *forms: Any) -> Any:
    """Choose a form; the same meeting always has the same one."""
    return forms[_number(meeting, what, len(forms))]


def _number(meeting: UUID, what: str, below: int) -> int:
    told = blake2b(what.encode(), digest_size=8, key=meeting.bytes).digest()
    return int.from_bytes(told) % below
