"""The contract files of the pack: well-formed, complete, and saying what the documents say."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import jsonschema
import jsonschema_rs
import openapi_spec_validator
import pytest
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
SHAPES = sorted(path.name for path in SCHEMAS.glob("*.yaml") if path.name != "openapi.yaml")
SEED = json.loads((Path(__file__).parent / "seed_example.json").read_text("utf-8"))
BASE = "https://pack.invalid/schemas/"

REQUEST_POINTERS = {
    "/meeting_id",
    "/allow_multiple_recordings",
    "/audio_config",
    "/audio_config/channel",
    "/audio_config/codec",
    "/audio_config/export_file",
    "/file_name_prefix",
    "/interactive_config",
    "/interactive_config/type",
    "/max_seconds",
    "/realtimekit_bucket_config",
    "/realtimekit_bucket_config/enabled",
    "/rtmp_out_config",
    "/rtmp_out_config/rtmp_url",
    "/storage_config",
    "/storage_config/type",
    "/storage_config/bucket",
    "/storage_config/path",
    "/storage_config/region",
    "/storage_config/access_key",
    "/storage_config/secret",
    "/storage_config/auth_method",
    "/storage_config/username",
    "/storage_config/password",
    "/storage_config/host",
    "/storage_config/port",
    "/storage_config/private_key",
    "/url",
    "/video_config",
    "/video_config/codec",
    "/video_config/export_file",
    "/video_config/height",
    "/video_config/width",
    "/video_config/watermark",
    "/video_config/watermark/position",
    "/video_config/watermark/size",
    "/video_config/watermark/size/height",
    "/video_config/watermark/size/width",
    "/video_config/watermark/url",
}
REQUEST_ENUMS = {
    "/audio_config/channel": {"mono", "stereo"},
    "/audio_config/codec": {"MP3", "AAC"},
    "/interactive_config/type": {"ID3"},
    "/storage_config/auth_method": {"KEY", "PASSWORD"},
    "/storage_config/type": {"aws", "azure", "digitalocean", "gcs", "sftp"},
    "/video_config/codec": {"H264", "VP8", "VP9"},
    "/video_config/watermark/position": {
        "left top",
        "right top",
        "left bottom",
        "right bottom",
    },
}

REPLY_POINTERS = {
    "/success",
    "/data",
    "/data/id",
    "/data/status",
    "/data/invoked_time",
    "/data/started_time",
    "/data/stopped_time",
    "/data/output_file_name",
    "/data/session_id",
    "/data/download_url",
    "/data/download_url_expiry",
    "/data/audio_download_url",
    "/data/file_size",
    "/data/recording_duration",
    "/data/start_reason",
    "/data/start_reason/reason",
    "/data/start_reason/caller",
    "/data/start_reason/caller/name",
    "/data/start_reason/caller/type",
    "/data/start_reason/caller/user_Id",
    "/data/stop_reason",
    "/data/stop_reason/reason",
    "/data/stop_reason/caller",
    "/data/stop_reason/caller/name",
    "/data/stop_reason/caller/type",
    "/data/stop_reason/caller/user_Id",
    "/data/storage_config",
    "/data/storage_config/type",
    "/data/storage_config/bucket",
    "/data/storage_config/path",
    "/data/storage_config/region",
    "/data/storage_config/access_key",
    "/data/storage_config/secret",
    "/data/storage_config/auth_method",
    "/data/storage_config/username",
    "/data/storage_config/password",
    "/data/storage_config/host",
    "/data/storage_config/port",
    "/data/storage_config/private_key",
}
REPLY_ENUMS = {
    "/data/status": {"INVOKED", "RECORDING", "UPLOADING", "UPLOADED", "ERRORED", "PAUSED"},
    "/data/start_reason/reason": {"API_CALL", "RECORD_ON_START"},
    "/data/start_reason/caller/type": {"ORGANIZATION", "USER"},
    "/data/stop_reason/reason": {"API_CALL", "INTERNAL_ERROR", "ALL_PEERS_LEFT"},
    "/data/stop_reason/caller/type": {"ORGANIZATION", "USER"},
    "/data/storage_config/type": {"aws", "azure", "digitalocean", "gcs", "sftp"},
    "/data/storage_config/auth_method": {"KEY", "PASSWORD"},
}


def below(pointer: str, names: Iterable[str]) -> set[str]:
    """Return the pointers of these members at a pointer."""
    return {f"{pointer}/{name}" for name in names}


def part_of(pointers: Iterable[str], start: str) -> list[str]:
    """List what stands below one pointer, without what leads there."""
    return [one.removeprefix(f"{start}/") for one in pointers if one.startswith(f"{start}/")]


# The bare recording: what the reply to a start has besides reasons and storage.
RECORDING_NAMES = [
    name
    for name in part_of(REPLY_POINTERS, "/data")
    if not name.startswith(("start_reason", "stop_reason", "storage_config"))
]
NULLABLE = {
    "started_time",
    "stopped_time",
    "session_id",
    "download_url",
    "download_url_expiry",
    "audio_download_url",
    "file_size",
    "storage_config",
}
STORAGE_NAMES = part_of(REPLY_POINTERS, "/data/storage_config")
ACTION_POINTERS = {"/action"}
TRACK_POINTERS = {
    "/meeting_id",
    "/layers",
    "/layers/*",
    "/layers/*/file_name_prefix",
    "/layers/*/media_kind",
    "/user_ids",
    "/user_ids/*",
}
ACTIVE_POINTERS = {"/success", "/data"} | below("/data", RECORDING_NAMES)
TRACK_REPLY_POINTERS = {"/success", "/data", "/data/recording"} | below(
    "/data/recording", RECORDING_NAMES
)
LISTED = "/data/*"
CONFIG = "/data/*/meeting/recording_config"
LIST_POINTERS = {
    "/success",
    "/paging",
    "/paging/total_count",
    "/paging/start_offset",
    "/paging/end_offset",
    "/data",
    "/data/*",
    *below(LISTED, RECORDING_NAMES),
    "/data/*/storage_config",
    *below(f"{LISTED}/storage_config", STORAGE_NAMES),
    "/data/*/meeting",
    "/data/*/meeting/id",
    "/data/*/meeting/created_at",
    "/data/*/meeting/updated_at",
    "/data/*/meeting/title",
    "/data/*/meeting/status",
    "/data/*/meeting/record_on_start",
    "/data/*/meeting/live_stream_on_start",
    "/data/*/meeting/persist_chat",
    "/data/*/meeting/summarize_on_end",
    "/data/*/meeting/transcribe_on_end",
    "/data/*/meeting/session_keep_alive_time_in_secs",
    CONFIG,
    f"{CONFIG}/file_name_prefix",
    f"{CONFIG}/max_seconds",
    f"{CONFIG}/live_streaming_config",
    f"{CONFIG}/live_streaming_config/rtmp_url",
    *(
        CONFIG + pointer
        for pointer in REQUEST_POINTERS
        if pointer.startswith(
            ("/audio_config", "/video_config", "/realtimekit_bucket_config", "/storage_config")
        )
    ),
}
ACTION_ENUMS = {"/action": {"stop", "pause", "resume"}}
TRACK_ENUMS = {"/layers/*/media_kind": {"audio"}}
ACTIVE_ENUMS = {"/data/status": REPLY_ENUMS["/data/status"]}
TRACK_REPLY_ENUMS = {"/data/recording/status": REPLY_ENUMS["/data/status"]}
LIST_ENUMS = {
    "/data/*/status": REPLY_ENUMS["/data/status"],
    "/data/*/storage_config/type": REQUEST_ENUMS["/storage_config/type"],
    "/data/*/storage_config/auth_method": REQUEST_ENUMS["/storage_config/auth_method"],
    "/data/*/meeting/status": {"ACTIVE", "INACTIVE"},
    **{
        CONFIG + pointer: values
        for pointer, values in REQUEST_ENUMS.items()
        if pointer != "/interactive_config/type"
    },
}

# Every message by its shape: pointers, how many of them there are and have nothing below, enums.
MESSAGES: dict[str, tuple[set[str], int, int, dict[str, set[str]]]] = {
    "start_recording_request.yaml": (REQUEST_POINTERS, 39, 31, REQUEST_ENUMS),
    "recording_action_request.yaml": (ACTION_POINTERS, 1, 1, ACTION_ENUMS),
    "track_recording_request.yaml": (TRACK_POINTERS, 7, 4, TRACK_ENUMS),
    "recording_reply.yaml": (REPLY_POINTERS, 39, 33, REPLY_ENUMS),
    "recordings_list_reply.yaml": (LIST_POINTERS, 79, 66, LIST_ENUMS),
    "active_recording_reply.yaml": (ACTIVE_POINTERS, 14, 13, ACTIVE_ENUMS),
    "track_recording_reply.yaml": (TRACK_REPLY_POINTERS, 15, 13, TRACK_REPLY_ENUMS),
    "generic_error.yaml": ({"/success", "/error", "/error/code", "/error/message"}, 4, 3, {}),
}

AWS = {"type": "aws", "bucket": "b", "access_key": "k", "region": "eu-west-1"}
SFTP = {
    "type": "sftp",
    "bucket": "b",
    "access_key": "k",
    "region": "r",
    "username": "u",
    "host": "sftp.example.net",
    "port": 22,
}
SFTP_KEY = {**SFTP, "auth_method": "KEY", "private_key": "pem"}
SFTP_PASSWORD = {**SFTP, "auth_method": "PASSWORD", "password": "pw"}


def without(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return a copy that lacks the members of these names."""
    return {name: item for name, item in value.items() if name not in names}


STORAGE: list[tuple[str, Any, bool]] = [
    ("null", None, True),
    ("gcs", {"type": "gcs", "bucket": "b"}, True),
    ("gcs-and-path", {"type": "gcs", "bucket": "b", "path": "a/b"}, True),
    ("gcs-empty-region", {"type": "gcs", "bucket": "b", "region": ""}, True),
    ("gcs-no-bucket", {"type": "gcs"}, False),
    ("aws-no-secret", AWS, True),
    ("aws-secret", {**AWS, "secret": "s"}, True),
    ("aws-no-bucket", without(AWS, "bucket"), False),
    ("aws-no-region", without(AWS, "region"), False),
    ("aws-no-access-key", without(AWS, "access_key"), False),
    ("aws-empty-access-key", {**AWS, "access_key": ""}, False),
    ("aws-with-sftp-members", {**AWS, "host": "h", "port": 0, "auth_method": "KEY"}, True),
    ("azure", {**AWS, "type": "azure"}, True),
    ("azure-empty-region", {**AWS, "type": "azure", "region": ""}, False),
    ("digitalocean", {**AWS, "type": "digitalocean"}, True),
    ("digitalocean-no-region", without({**AWS, "type": "digitalocean"}, "region"), False),
    ("sftp-key", SFTP_KEY, True),
    ("sftp-password", SFTP_PASSWORD, True),
    ("sftp-key-and-passphrase", {**SFTP_KEY, "password": "pw"}, True),
    ("sftp-key-no-private-key", without(SFTP_KEY, "private_key"), False),
    ("sftp-key-password-instead", {**SFTP, "auth_method": "KEY", "password": "pw"}, False),
    ("sftp-password-no-password", without(SFTP_PASSWORD, "password"), False),
    ("sftp-no-auth-method", without(SFTP_KEY, "auth_method"), False),
    ("sftp-unknown-auth-method", {**SFTP_KEY, "auth_method": "NONE"}, False),
    ("sftp-no-access-key", without(SFTP_KEY, "access_key"), False),
    ("sftp-empty-access-key", {**SFTP_KEY, "access_key": ""}, False),
    ("sftp-no-region", without(SFTP_KEY, "region"), False),
    ("sftp-empty-region", {**SFTP_PASSWORD, "region": ""}, False),
    ("sftp-no-username", without(SFTP_KEY, "username"), False),
    ("sftp-no-host", without(SFTP_PASSWORD, "host"), False),
    ("sftp-no-port", without(SFTP_KEY, "port"), False),
    ("sftp-port-zero", {**SFTP_KEY, "port": 0}, True),
    ("sftp-port-70000.5", {**SFTP_KEY, "port": 70000.5}, True),
    ("sftp-port-text", {**SFTP_KEY, "port": "22"}, False),
    ("cloudflare", {**AWS, "type": "cloudflare"}, False),
    ("no-type", {"bucket": "b"}, False),
    ("empty", {}, False),
    ("text", "gcs", False),
    ("list", [], False),
    ("unknown-member", {"type": "gcs", "bucket": "b", "x_note": 1}, True),
]

RECORDING: dict[str, Any] = {
    "id": "0d9c5c1e-52f6-4f7e-8f0d-6f3e4c1b2a90",
    "status": "INVOKED",
    "invoked_time": "2026-10-03T08:00:00Z",
    "started_time": None,
    "stopped_time": None,
    "output_file_name": "weekly_review_room_1.mp4",
    "session_id": None,
    "download_url": None,
    "download_url_expiry": None,
    "audio_download_url": None,
    "file_size": None,
}
REPLIES: list[tuple[str, Any, bool]] = [
    ("fresh", {"success": True, "data": RECORDING}, True),
    ("storage-null", {"success": True, "data": {**RECORDING, "storage_config": None}}, True),
    ("no-data", {"success": True}, True),
    ("success-false", {"success": False}, True),
    ("success-text", {"success": "true"}, False),
    ("no-success", {"data": RECORDING}, False),
    ("data-null", {"success": True, "data": None}, False),
    ("duration-null", {"success": True, "data": {**RECORDING, "recording_duration": None}}, False),
    ("status-lower", {"success": True, "data": {**RECORDING, "status": "invoked"}}, False),
    ("id-no-uuid", {"success": True, "data": {**RECORDING, "id": "42"}}, False),
    ("invoked-null", {"success": True, "data": {**RECORDING, "invoked_time": None}}, False),
    *(
        (f"no-{name}", {"success": True, "data": without(RECORDING, name)}, False)
        for name in RECORDING
    ),
]

GATEWAY: dict[str, Any] = {
    "success": False,
    "errors": [{"code": 7003, "message": "no route"}],
    "messages": [],
    "result": None,
}
REFUSALS: list[tuple[str, Any, bool]] = [
    ("realtimekit", {"success": False, "error": {"code": 409, "message": "busy"}}, True),
    ("realtimekit-no-code", {"success": False, "error": {"message": "busy"}}, False),
    ("realtimekit-no-message", {"success": False, "error": {"code": 409}}, False),
    ("realtimekit-no-success", {"error": {"code": 409, "message": "busy"}}, False),
    ("gateway", GATEWAY, True),
    ("gateway-low-code", {**GATEWAY, "errors": [{"code": 999, "message": "m"}]}, False),
    ("gateway-result", {**GATEWAY, "result": {}}, False),
    *((f"gateway-no-{name}", without(GATEWAY, name), False) for name in GATEWAY),
    ("null", None, False),
]

MEETING_ID = "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4"
MEETING: dict[str, Any] = {
    "id": MEETING_ID,
    "created_at": "2026-10-01T08:00:00Z",
    "updated_at": "2026-10-01T08:00:00Z",
}
MEETINGS: list[tuple[str, Any, bool]] = [
    ("minimal", MEETING, True),
    *((f"no-{name}", without(MEETING, name), False) for name in MEETING),
    *((f"{name}-null", {**MEETING, name: None}, False) for name in MEETING),
    ("id-no-uuid", {**MEETING, "id": "42"}, False),
    ("created-no-time", {**MEETING, "created_at": "2026-10-01"}, False),
    ("updated-no-time", {**MEETING, "updated_at": "yesterday"}, False),
    ("title", {**MEETING, "title": ""}, True),
    ("title-null", {**MEETING, "title": None}, False),
    ("status", {**MEETING, "status": "INACTIVE"}, True),
    ("status-lower", {**MEETING, "status": "active"}, False),
    *(
        case
        for name in (
            "record_on_start",
            "live_stream_on_start",
            "persist_chat",
            "summarize_on_end",
            "transcribe_on_end",
        )
        for case in (
            (name, {**MEETING, name: True}, True),
            (f"{name}-text", {**MEETING, name: "true"}, False),
        )
    ),
    *(
        (f"keep-alive-{value}", {**MEETING, "session_keep_alive_time_in_secs": value}, valid)
        for value, valid in ((59, False), (60, True), (60.5, True), (600, True), (601, False))
    ),
    ("config-empty", {**MEETING, "recording_config": {}}, True),
    ("config-null", {**MEETING, "recording_config": None}, False),
    ("unknown-member", {**MEETING, "x_note": 1}, True),
]
CONFIGS: list[tuple[str, Any, bool]] = [
    ("empty", {}, True),
    ("list", [], False),
    *(
        (f"max-{value}", {"max_seconds": value}, valid)
        for value, valid in (
            (59.5, False),
            (60, True),
            (60.5, True),
            (86400, True),
            (86400.5, False),
            ("60", False),
        )
    ),
    ("prefix", {"file_name_prefix": "a b/c"}, True),
    ("prefix-number", {"file_name_prefix": 1}, False),
    ("audio", {"audio_config": {"codec": "MP3"}}, True),
    ("audio-unknown", {"audio_config": {"codec": "VORBIS"}}, False),
    ("video", {"video_config": {"codec": "VP9", "height": 1920}}, True),
    ("video-too-high", {"video_config": {"height": 1921}}, False),
    ("bucket", {"realtimekit_bucket_config": {"enabled": False}}, True),
    ("bucket-empty", {"realtimekit_bucket_config": {}}, False),
    ("storage-null", {"storage_config": None}, True),
    ("storage-gcs", {"storage_config": {"type": "gcs", "bucket": "b"}}, True),
    ("storage-no-bucket", {"storage_config": {"type": "gcs"}}, False),
    ("stream-empty", {"live_streaming_config": {}}, True),
    ("stream", {"live_streaming_config": {"rtmp_url": "rtmp://live.example.net/app"}}, True),
    ("stream-no-address", {"live_streaming_config": {"rtmp_url": "no address"}}, False),
    # The name of the same thing in a start request: here it is an unknown member.
    ("stream-other-name", {"rtmp_out_config": {"rtmp_url": "no address"}}, True),
]
PAGING: dict[str, Any] = {"total_count": 30, "start_offset": 1, "end_offset": 30}
PAGINGS: list[tuple[str, Any, bool]] = [
    ("full-page", PAGING, True),
    ("nothing", {"total_count": 0, "start_offset": 0, "end_offset": 0}, True),
    ("numbers", {"total_count": 0.5, "start_offset": -1.5, "end_offset": -0.5}, True),
    ("total-negative", {**PAGING, "total_count": -1}, False),
    *((f"no-{name}", without(PAGING, name), False) for name in PAGING),
    *((f"{name}-text", {**PAGING, name: "1"}, False) for name in PAGING),
    *((f"{name}-null", {**PAGING, name: None}, False) for name in PAGING),
]
LIST: dict[str, Any] = {"success": True, "data": [], "paging": PAGING}
LISTS: list[tuple[str, Any, bool]] = [
    ("empty", LIST, True),
    ("bare", {**LIST, "data": [RECORDING]}, True),
    ("meeting", {**LIST, "data": [{**RECORDING, "meeting": MEETING}]}, True),
    ("twice", {**LIST, "data": [RECORDING, RECORDING]}, True),
    ("success-false", {**LIST, "success": False}, True),
    *((f"no-{name}", without(LIST, name), False) for name in LIST),
    *((f"{name}-null", {**LIST, name: None}, False) for name in LIST),
    ("data-object", {**LIST, "data": {"0": RECORDING}}, False),
    ("item-null", {**LIST, "data": [None]}, False),
    ("item-no-id", {**LIST, "data": [RECORDING, without(RECORDING, "id")]}, False),
    ("item-bad-meeting", {**LIST, "data": [{**RECORDING, "meeting": {}}]}, False),
    ("item-storage-null", {**LIST, "data": [{**RECORDING, "storage_config": None}]}, True),
    ("item-bad-storage", {**LIST, "data": [{**RECORDING, "storage_config": {}}]}, False),
    # A list promises nothing about reasons.
    ("item-start-reason", {**LIST, "data": [{**RECORDING, "start_reason": 1}]}, True),
]
ACTIVE: list[tuple[str, Any, bool]] = [
    ("running", {"success": True, "data": RECORDING}, True),
    ("success-false", {"success": False, "data": RECORDING}, True),
    ("success-text", {"success": "true", "data": RECORDING}, False),
    ("no-success", {"data": RECORDING}, False),
    ("no-data", {"success": True}, False),
    ("data-null", {"success": True, "data": None}, False),
    ("data-list", {"success": True, "data": [RECORDING]}, False),
    # The bare recording promises nothing about storage.
    ("storage", {"success": True, "data": {**RECORDING, "storage_config": 1}}, True),
    *(
        (f"no-{name}", {"success": True, "data": without(RECORDING, name)}, False)
        for name in RECORDING
    ),
]
TRACK_REPLIES: list[tuple[str, Any, bool]] = [
    ("asked-for", {"success": True, "data": {"recording": RECORDING}}, True),
    ("no-data", {"success": True}, True),
    ("no-success", {"data": {"recording": RECORDING}}, False),
    ("success-null", {"success": None}, False),
    ("data-null", {"success": True, "data": None}, False),
    ("data-empty", {"success": True, "data": {}}, False),
    ("recording-null", {"success": True, "data": {"recording": None}}, False),
    # X8: a list of links, as a guide has it.
    (
        "links",
        {
            "success": True,
            "data": {"recording": {**RECORDING, "download_url": ["https://a.example.net/1.webm"]}},
        },
        False,
    ),
    *(
        (f"no-{name}", {"success": True, "data": {"recording": without(RECORDING, name)}}, False)
        for name in RECORDING
    ),
]
ACTIONS: list[tuple[str, Any, bool]] = [
    *((action, {"action": action}, True) for action in ("stop", "pause", "resume")),
    ("unknown-member", {"action": "stop", "x_note": 1}, True),
    ("upper", {"action": "STOP"}, False),
    ("start", {"action": "start"}, False),
    ("null", {"action": None}, False),
    ("list", {"action": ["stop"]}, False),
    ("empty", {}, False),
    ("text", "stop", False),
]
TRACK = {"meeting_id": MEETING_ID}
TRACKS: list[tuple[str, Any, bool]] = [
    ("minimal", TRACK, True),
    ("empty", {}, False),
    ("meeting-no-uuid", {"meeting_id": "42"}, False),
    ("unknown-member", {**TRACK, "max_seconds": "60"}, True),
    ("layers-empty", {**TRACK, "layers": {}}, True),
    ("layers-null", {**TRACK, "layers": None}, False),
    ("layers-list", {**TRACK, "layers": [{}]}, False),
    ("layer-default", {**TRACK, "layers": {"default": {"media_kind": "audio"}}}, True),
    ("layer-of-any-name", {**TRACK, "layers": {"": {}, "a b": {}}}, True),
    ("layer-null", {**TRACK, "layers": {"default": None}}, False),
    ("layer-video", {**TRACK, "layers": {"default": {"media_kind": "video"}}}, False),
    ("second-layer-bad", {**TRACK, "layers": {"default": {}, "b": {"media_kind": 1}}}, False),
    ("users-1", {**TRACK, "user_ids": ["u"]}, True),
    ("users-same", {**TRACK, "user_ids": ["u", "u"]}, True),
    ("users-100", {**TRACK, "user_ids": [f"u{number}" for number in range(100)]}, True),
    ("users-101", {**TRACK, "user_ids": [f"u{number}" for number in range(101)]}, False),
    ("users-0", {**TRACK, "user_ids": []}, False),
    ("users-null", {**TRACK, "user_ids": None}, False),
    ("users-text", {**TRACK, "user_ids": "u"}, False),
    ("user-empty", {**TRACK, "user_ids": ["u", ""]}, False),
    ("user-256", {**TRACK, "user_ids": ["u" * 256]}, True),
    ("user-257", {**TRACK, "user_ids": ["u" * 257]}, False),
    ("user-number", {**TRACK, "user_ids": [1]}, False),
]
# As ECMA-262 reads `^[-\w\s]+$`; Python by itself takes the last five differently.
PREFIXES: list[tuple[str, bool]] = [
    ("weekly_review", True),
    ("weekly review-1", True),
    ("-", True),
    (" ", True),
    ("a\tb\n", True),
    ("", False),
    ("a.b", False),
    ("a/b", False),
    ("a\x00", False),
    ("\u00a0\u2003\u3000", True),
    ("\u200b", False),
    ("é", False),
    ("٣", False),
    ("名", False),
    ("a\x1cb", False),
    ("a\ufeffb", True),
]

VARIANTS: list[tuple[str, str, Any, bool]] = [
    (shape, *case)
    for shape, cases in (
        ("storage_config.yaml", STORAGE),
        ("recording_reply.yaml", REPLIES),
        ("refusal.yaml", REFUSALS),
        ("meeting.yaml", MEETINGS),
        ("recording_config.yaml", CONFIGS),
        ("paging.yaml", PAGINGS),
        ("recordings_list_reply.yaml", LISTS),
        ("active_recording_reply.yaml", ACTIVE),
        ("track_recording_reply.yaml", TRACK_REPLIES),
        ("recording_action_request.yaml", ACTIONS),
        ("track_recording_request.yaml", TRACKS),
    )
    for case in cases
]

ROOT = "/accounts/{account_id}/realtime/kit/{app_id}/recordings"
ONE = f"{ROOT}/{{recording_id}}"
# In the order of the file: id, path and method, shapes of body and 200.
OPERATIONS: list[tuple[str, str, str, str | None, str]] = [
    ("start_recording", ROOT, "post", "start_recording_request.yaml", "recording_reply.yaml"),
    ("get_all_recordings", ROOT, "get", None, "recordings_list_reply.yaml"),
    ("get_one_recording", ONE, "get", None, "recording_reply.yaml"),
    (
        "pause_resume_stop_recording",
        ONE,
        "put",
        "recording_action_request.yaml",
        "recording_reply.yaml",
    ),
    (
        "get_active_recording",
        f"{ROOT}/active-recording/{{meeting_id}}",
        "get",
        None,
        "active_recording_reply.yaml",
    ),
    (
        "startTrackRecordingForAMeeting",
        f"{ROOT}/track",
        "post",
        "track_recording_request.yaml",
        "track_recording_reply.yaml",
    ),
]
UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
COUNT: dict[str, Any] = {"type": "number", "minimum": 0}
STATUSES = ["INVOKED", "RECORDING", "UPLOADING", "UPLOADED", "ERRORED", "PAUSED"]
# What a list may be asked for; all of it is optional. Beside the schema: how it is written.
QUERY: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "meeting_id": (UUID, {}),
    "page_no": (COUNT, {"allowEmptyValue": True}),
    "per_page": (COUNT, {"allowEmptyValue": True}),
    "expired": ({"type": "boolean"}, {}),
    "search": ({"type": "string"}, {}),
    "sort_by": ({"type": "string", "enum": ["invokedTime"]}, {}),
    "sort_order": ({"type": "string", "enum": ["ASC", "DESC"]}, {}),
    "start_time": (TIME, {}),
    "end_time": (TIME, {}),
    "status": (
        {"type": "array", "items": {"type": "string", "enum": STATUSES}},
        {"style": "form", "explode": False},
    ),
}

# Contradictions between the documents; the last of them is X27.
DECIDED = range(1, 28)
TAG = re.compile(r"[SOJPNDEF]|G:[a-z ]+")


@cache
def load(name: str) -> Any:
    """Read one file of the contract."""
    return yaml.safe_load((SCHEMAS / name).read_text("utf-8"))


def read(uri: str) -> Any:
    """Read the file that a reference of the contract leads to."""
    if not uri.startswith(BASE):
        raise ValueError(f"{uri} leads out of the contract")
    return load(uri.removeprefix(BASE))


@cache
def registry() -> Registry[Any]:
    """Hold every shape under the address that the references lead to."""
    shapes = [(BASE + name, DRAFT202012.create_resource(load(name))) for name in SHAPES]
    return Registry[Any]().with_resources(shapes)


def python_accepts(name: str, value: Any) -> bool:
    """Say whether jsonschema finds the value valid."""
    validator = jsonschema.Draft202012Validator(
        {"$ref": BASE + name},
        registry=registry(),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    return validator.is_valid(value)


def rust_accepts(name: str, value: Any) -> bool:
    """Say whether jsonschema-rs finds the value valid."""
    validator = jsonschema_rs.Draft202012Validator(
        {"$ref": BASE + name}, validate_formats=True, retriever=read
    )
    return validator.is_valid(value)


def verdicts(name: str, value: Any) -> set[bool]:
    """Collect what the two validators say, one element when they agree."""
    return {python_accepts(name, value), rust_accepts(name, value)}


def references(node: Any) -> Iterator[str]:
    """Yield every $ref at or below a node."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for item in node.values():
            yield from references(item)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def follow(base: str, reference: str) -> tuple[str, Any]:
    """Return the file and the node that a reference leads to."""
    file, fragment = urldefrag(urljoin(base, reference))
    node = read(file)
    for token in fragment.split("/")[1:]:
        node = node[token.replace("~1", "/").replace("~0", "~")]
    return file, node


def members(base: str, schema: Any, pointer: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield pointer, file and schema of every member below a schema; branches only repeat them."""
    if "$ref" in schema:
        yield from members(*follow(base, schema["$ref"]), pointer)
    for part in schema.get("allOf", ()):
        yield from members(base, part, pointer)
    for name, member in schema.get("properties", {}).items():
        yield f"{pointer}/{name}", base, member
        yield from members(base, member, f"{pointer}/{name}")
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield f"{pointer}/*", base, schema[keyword]
            yield from members(base, schema[keyword], f"{pointer}/*")


def nodes(value: Any) -> Iterator[Any]:
    """Yield every key and value at or below a node."""
    yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def pointers(name: str) -> list[str]:
    """List the pointer of every member that a shape documents."""
    return [pointer for pointer, _, _ in members(BASE, {"$ref": name})]


def leaves(found: list[str]) -> set[str]:
    """Keep the pointers that no other one goes below."""
    return {one for one in found if not any(other.startswith(one + "/") for other in found)}


def enums(name: str) -> dict[str, set[str]]:
    """Map the pointers of a shape that list their values to these values."""
    return {
        pointer: set(schema["enum"])
        for pointer, _, schema in members(BASE, {"$ref": name})
        if "enum" in schema
    }


def reachable() -> set[str]:
    """Collect the files that can be reached from the entry of the contract."""
    seen: set[str] = set()
    waiting = [BASE + "openapi.yaml"]
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += [follow(file, reference)[0] for reference in references(read(file))]
    return {file.removeprefix(BASE) for file in seen}


def operation(name: str) -> Any:
    """Return the operation of this id."""
    return next(
        load("openapi.yaml")["paths"][path][method]
        for known, path, method, _, _ in OPERATIONS
        if known == name
    )


def parameters(name: str, location: str) -> dict[str, Any]:
    """Return the parameters that an operation takes in one place, by their names."""
    path = next(path for known, path, *_ in OPERATIONS if known == name)
    listed = [
        *load("openapi.yaml")["paths"][path].get("parameters", ()),
        *operation(name).get("parameters", ()),
    ]
    found = [follow(f"{BASE}openapi.yaml", each["$ref"])[1] for each in listed]
    return {each["name"]: each for each in found if each["in"] == location}


def test_openapi_document_is_valid() -> None:
    """The entry passes the OpenAPI 3.1 validator, its relative references included."""
    openapi_spec_validator.validate(
        load("openapi.yaml"), base_uri=(SCHEMAS / "openapi.yaml").as_uri()
    )


@pytest.mark.parametrize("name", SHAPES)
def test_shape_is_a_json_schema(name: str) -> None:
    """Each shape passes the 2020-12 meta-schema by both validators."""
    jsonschema.Draft202012Validator.check_schema(load(name))

    assert jsonschema_rs.meta.is_valid(load(name))


@pytest.mark.parametrize("name", SHAPES)
def test_shape_introduces_itself(name: str) -> None:
    """Each shape names its dialect, title, description and sources, and stays relocatable."""
    schema = load(name)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"title", "description", "x-source"} <= schema.keys()
    assert "$id" not in list(nodes(schema))


@pytest.mark.parametrize("name", ["openapi.yaml", *SHAPES])
def test_yaml_means_what_it_looks_like(name: str) -> None:
    """No key turned into a boolean or number, and no value into a date, when YAML was read."""
    for node in nodes(load(name)):
        assert not isinstance(node, datetime.date)
        if isinstance(node, dict):
            assert all(isinstance(key, str) for key in node)


@pytest.mark.parametrize("name", ["openapi.yaml", *SHAPES])
def test_references_are_relative_and_resolve(name: str) -> None:
    """Every reference leads to an object inside the contract."""
    for reference in references(load(name)):
        assert ":" not in reference
        assert isinstance(follow(BASE + name, reference)[1], dict)


def test_no_file_is_orphaned() -> None:
    """Every file of the contract is reached from its entry."""
    assert reachable() == {"openapi.yaml", *SHAPES}


@pytest.mark.parametrize("name", ["openapi.yaml", *SHAPES])
def test_sources_use_known_tags(name: str) -> None:
    """Every x-source is a comma-separated list of documented tags without repetition."""
    found = [
        node["x-source"]
        for node in nodes(load(name))
        if isinstance(node, dict) and "x-source" in node
    ]

    assert found
    for source in found:
        tags = source.split(", ")
        assert len(tags) == len(set(tags))
        assert all(TAG.fullmatch(tag) for tag in tags), source


@pytest.mark.parametrize("shape", MESSAGES)
def test_members_are_described(shape: str) -> None:
    """Every member has a description, of its own or of the shape that it refers to."""
    for pointer, base, schema in members(BASE, {"$ref": shape}):
        target = follow(base, schema["$ref"])[1] if "$ref" in schema else schema
        assert target.get("description"), pointer


@pytest.mark.parametrize("shape", MESSAGES)
def test_null_is_allowed_exactly_where_documented(shape: str) -> None:
    """Every place of a message has a type; null is one for storage and parts of a recording."""

    def stated(base: str, schema: Any) -> set[str]:
        found = [stated(base, part) for part in schema.get("allOf", ())]
        if "$ref" in schema:
            found.append(stated(*follow(base, schema["$ref"])))
        if "type" in schema:
            found.append({schema["type"]} if isinstance(schema["type"], str) else {*schema["type"]})
        return set.intersection(*found)

    found = [("", BASE, {"$ref": shape}), *members(BASE, {"$ref": shape})]
    types = {pointer: stated(base, schema) for pointer, base, schema in found}

    assert all(types.values())
    assert {pointer for pointer, words in types.items() if "null" in words} == {
        pointer for pointer in types if pointer.rpartition("/")[2] in NULLABLE
    }


def test_contradictions_are_decided_in_the_files() -> None:
    """Each contradiction of the documents is named in a comment."""
    comments = "\n".join(
        line
        for path in SCHEMAS.glob("*.yaml")
        for line in path.read_text("utf-8").splitlines()
        if line.lstrip().startswith("#")
    )
    missing = [f"X{number}" for number in DECIDED if not re.search(rf"\bX{number}\b", comments)]

    assert missing == []


@pytest.mark.parametrize("shape", MESSAGES)
def test_pointers_are_exactly_the_documented_ones(shape: str) -> None:
    """A message has the documented members, each once, and no other."""
    expected, count, leaf_count, _ = MESSAGES[shape]
    found = pointers(shape)

    assert len(found) == len(set(found)) == len(expected) == count
    assert set(found) == expected
    assert len(leaves(found)) == leaf_count


@pytest.mark.parametrize("shape", MESSAGES)
def test_enums_are_exactly_the_documented_ones(shape: str) -> None:
    """The listed value sets of a message are the documented ones."""
    assert enums(shape) == MESSAGES[shape][3]


def test_request_has_eleven_top_level_members() -> None:
    """A start request has eleven members of which only the meeting is required."""
    request = load("start_recording_request.yaml")

    assert len(request["properties"]) == 11
    assert request["required"] == ["meeting_id"]


def test_recording_requires_all_but_its_duration() -> None:
    """Eleven of the twelve members of a recording are required."""
    recording = load("recording.yaml")

    assert len(recording["properties"]) == 12
    assert set(recording["properties"]) - set(recording["required"]) == {"recording_duration"}


@pytest.mark.parametrize(
    ("file", "keyword", "names"),
    [
        ("storage_config.yaml", "writeOnly", {"access_key", "secret", "password", "private_key"}),
        ("storage_config.yaml", "x-sensitive", {"access_key", "secret", "password", "private_key"}),
        ("meeting.yaml", "readOnly", {"id", "created_at", "updated_at"}),
        (
            "recording.yaml",
            "readOnly",
            {
                "id",
                "session_id",
                "download_url",
                "download_url_expiry",
                "audio_download_url",
                "file_size",
            },
        ),
    ],
)
def test_marks_are_the_documented_ones(file: str, keyword: str, names: set[str]) -> None:
    """Exactly the documented members are marked write-only, sensitive or read-only."""
    marked = {name for name, schema in load(file)["properties"].items() if schema.get(keyword)}

    assert marked == names


def test_meeting_requires_what_the_service_itself_sets() -> None:
    """Three of the twelve members of a meeting are required."""
    meeting = load("meeting.yaml")

    assert len(meeting["properties"]) == 12
    assert set(meeting["required"]) == {"id", "created_at", "updated_at"}


CONFIG_DEFAULTS: dict[str, Any] = {
    "/audio_config/channel": "stereo",
    "/audio_config/codec": "AAC",
    "/audio_config/export_file": True,
    "/realtimekit_bucket_config/enabled": True,
    "/video_config/codec": "H264",
    "/video_config/export_file": True,
    "/video_config/height": 720,
    "/video_config/width": 1280,
    "/video_config/watermark/position": "left top",
}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            "start_recording_request.yaml",
            {**CONFIG_DEFAULTS, "/allow_multiple_recordings": False, "/max_seconds": 86400},
        ),
        ("recording_action_request.yaml", {}),
        ("track_recording_request.yaml", {"/layers/*/media_kind": "audio"}),
        ("recording_reply.yaml", {"/success": True}),
        ("active_recording_reply.yaml", {"/success": True}),
        ("track_recording_reply.yaml", {"/success": True}),
        ("generic_error.yaml", {"/success": False}),
        (
            "recordings_list_reply.yaml",
            {
                "/data/*/meeting/session_keep_alive_time_in_secs": 60,
                **{CONFIG + pointer: value for pointer, value in CONFIG_DEFAULTS.items()},
            },
        ),
    ],
)
def test_defaults_are_the_documented_ones(shape: str, expected: dict[str, Any]) -> None:
    """A message has the documented defaults; they and the examples keep their schema."""
    found = {
        pointer: schema["default"]
        for pointer, _, schema in members(BASE, {"$ref": shape})
        if "default" in schema
    }

    assert found == expected
    for pointer, _, schema in members(BASE, {"$ref": shape}):
        for value in [*schema.get("examples", ()), found.get(pointer, ...)]:
            if value is not ...:
                jsonschema.validate(value, schema)


@pytest.mark.parametrize(
    ("pointer", "agreed", "contested"),
    [
        ("/file_name_prefix", ["weekly_review", "A1"], ["", "a b", "a-b", "é"]),
        ("/storage_config/port", [1, 22, 22.0, 65535], [0, -1, 65536, 70000.5]),
    ],
)
def test_contested_values_are_valid_but_set_apart(
    pointer: str, agreed: list[Any], contested: list[Any]
) -> None:
    """What the sources disagree about keeps the schema and breaks its x-contested."""
    schema = {p: s for p, _, s in members(BASE, {"$ref": "start_recording_request.yaml"})}[pointer]
    jsonschema.Draft202012Validator.check_schema(schema["x-contested"])
    doubt = jsonschema.Draft202012Validator(schema["x-contested"])
    doubt_rs = jsonschema_rs.Draft202012Validator(schema["x-contested"])

    assert all(jsonschema.Draft202012Validator(schema).is_valid(v) for v in agreed + contested)
    assert [v for v in agreed + contested if doubt.is_valid(v)] == agreed
    assert [v for v in agreed + contested if doubt_rs.is_valid(v)] == agreed


def test_seed_request_is_valid() -> None:
    """The request example of the reference page keeps the contract."""
    assert verdicts("start_recording_request.yaml", SEED["request"]) == {True}


def test_seed_reply_taken_literally_is_invalid() -> None:
    """The reply example lacks a write-only required member, which makes it literally invalid."""
    body = SEED["response"]["body"]
    reply = {**body, "data": without(body["data"], "storage_config")}

    assert verdicts("recording_reply.yaml", body) == {False}
    assert verdicts("recording_reply.yaml", reply) == {True}


@pytest.mark.parametrize(
    ("name", "examples"),
    [
        ("start_recording", {"minimal", "full"}),
        ("pause_resume_stop_recording", {"stop", "pause", "resume"}),
        ("startTrackRecordingForAMeeting", {"minimal", "full"}),
    ],
)
def test_request_examples_are_valid(name: str, examples: set[str]) -> None:
    """The named examples of an operation keep the contract, also where it is contested."""
    content = operation(name)["requestBody"]["content"]["application/json"]
    shape = content["schema"]["$ref"]

    assert set(content["examples"]) == examples
    for title, example in content["examples"].items():
        assert example["summary"]
        assert example["value"] != SEED["request"]
        assert verdicts(shape, example["value"]) == {True}
        if title in ("minimal", "full"):
            every = set(load(shape)["properties"])
            assert set(example["value"]) == (every if title == "full" else {"meeting_id"})
        else:
            assert example["value"] == {"action": title}


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"x_unknown": 1}, True),
        ({"meeting_id": "not-a-uuid"}, False),
        ({"meeting_id": None}, False),
        ({"max_seconds": 60}, True),
        ({"max_seconds": 60.0}, True),
        ({"max_seconds": 60.5}, False),
        ({"max_seconds": 59}, False),
        ({"max_seconds": 86400}, True),
        ({"max_seconds": 86401}, False),
        ({"file_name_prefix": ""}, True),
        ({"audio_config": {"codec": "VORBIS"}}, False),
        ({"audio_config": None}, False),
        ({"interactive_config": {}}, True),
        ({"interactive_config": {"type": "id3"}}, False),
        ({"realtimekit_bucket_config": {}}, False),
        ({"realtimekit_bucket_config": False}, False),
        ({"rtmp_out_config": {}}, True),
        ({"rtmp_out_config": {"rtmp_url": "rtmp://live.example.net/app"}}, True),
        ({"rtmp_out_config": {"rtmp_url": "no address"}}, False),
        ({"url": "no address"}, False),
        ({"storage_config": None}, True),
        ({"video_config": {"codec": "VP9"}}, True),
        ({"video_config": {"height": 1920, "width": 1920}}, True),
        ({"video_config": {"height": 1921}}, False),
        ({"video_config": {"width": 0}}, False),
        ({"video_config": {"watermark": {"size": {"height": 0}}}}, False),
        ({"video_config": {"watermark": {"size": {"height": 5000}}}}, True),
        ({"video_config": {"watermark": {"position": "center"}}}, False),
        ({"video_config": {"watermark": {"url": "no address"}}}, False),
    ],
    ids=str,
)
def test_request_variants(change: dict[str, Any], valid: bool) -> None:
    """A request is valid exactly when the documents say so, by both validators."""
    request = {"meeting_id": "5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4", **change}

    assert verdicts("start_recording_request.yaml", request) == {valid}


@pytest.mark.parametrize(
    ("shape", "value", "valid"),
    [(shape, value, valid) for shape, _, value, valid in VARIANTS],
    ids=[f"{shape.removesuffix('.yaml')}-{name}" for shape, name, _, _ in VARIANTS],
)
def test_shape_variants(shape: str, value: Any, valid: bool) -> None:
    """A value is valid in a shape exactly when the documents say so, by both validators."""
    assert verdicts(shape, value) == {valid}


@pytest.mark.parametrize(("value", "valid"), PREFIXES, ids=lambda value: ascii(value))
def test_layer_prefixes_mean_the_same_to_every_reader(value: str, valid: bool) -> None:
    """The pattern of a layer's prefix does not depend on whose regular expressions read it."""
    assert verdicts("track_layer.yaml", {"file_name_prefix": value}) == {valid}


def test_a_layer_that_needs_a_key_gets_the_one_with_a_meaning() -> None:
    """The free key of the layers is `default` for whoever has to think of one."""
    assert load("track_recording_request.yaml")["properties"]["layers"]["x-key"] == "default"


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        (RECORDING, True),
        ({**RECORDING, "storage_config": None, "meeting": MEETING}, True),
        ({**RECORDING, "meeting": {**MEETING, "recording_config": {"max_seconds": 60.5}}}, True),
        ({**RECORDING, "meeting": None}, False),
        ({**RECORDING, "storage_config": {"type": "cloudflare", "bucket": "b"}}, False),
        (MEETING, False),
    ],
)
def test_listed_recordings(value: Any, valid: bool) -> None:
    """A recording in a list is a recording, and what it has besides keeps its own shape."""
    assert verdicts("listed_recording.yaml", value) == {valid}


def test_operations_are_the_documented_ones() -> None:
    """There are six operations, in the order in which reports will have them."""
    found = [
        (node["operationId"], path, method)
        for path, item in load("openapi.yaml")["paths"].items()
        for method, node in item.items()
        if method != "parameters"
    ]

    assert found == [(name, path, method) for name, path, method, _, _ in OPERATIONS]


@pytest.mark.parametrize(
    ("name", "body", "reply"), [(name, body, reply) for name, _, _, body, reply in OPERATIONS]
)
def test_operation_is_laid_out_as_documented(name: str, body: str | None, reply: str) -> None:
    """An operation has its required body, its statuses and their shapes."""
    node = operation(name)
    replies = node["responses"]

    assert ("requestBody" in node) == (body is not None)
    if body is not None:
        assert node["requestBody"]["required"] is True
        content = node["requestBody"]["content"]
        assert content["application/json"]["schema"] == {"$ref": body}
    assert replies["200"]["content"]["application/json"]["schema"] == {"$ref": reply}
    assert replies["4XX"] == {"$ref": "#/components/responses/refusal"}
    if name == "get_active_recording":
        assert set(replies) == {"200", "404", "4XX"}
        error = replies["404"]["content"]["application/json"]["schema"]
        assert error == {"$ref": "generic_error.yaml"}
    else:
        assert set(replies) == {"200", "4XX"}


@pytest.mark.parametrize("name", [name for name, *_ in OPERATIONS])
def test_path_parameters_are_the_documented_ones(name: str) -> None:
    """Every operation takes account and app; two paths name a recording, one a meeting."""
    found = parameters(name, "path")
    schemas = {each: without(node["schema"], "examples") for each, node in found.items()}
    third: dict[str, Any] = {}
    if name in ("get_one_recording", "pause_resume_stop_recording"):
        third = {"recording_id": UUID}
    elif name == "get_active_recording":
        third = {"meeting_id": {"type": "string"}}  # X18

    assert schemas == {
        "account_id": {"type": "string", "maxLength": 32},
        "app_id": {"type": "string"},
        **third,
    }
    for node in found.values():
        assert node["required"] is True
        assert node["description"]
        for example in node["schema"]["examples"]:
            jsonschema.validate(example, node["schema"])


@pytest.mark.parametrize("name", [name for name, *_ in OPERATIONS])
def test_query_parameters_are_the_documented_ones(name: str) -> None:
    """A list takes ten optional query parameters, the other operations none."""
    found = parameters(name, "query")
    apart = ("name", "in", "description", "x-source", "schema")

    assert {each: (node["schema"], without(node, *apart)) for each, node in found.items()} == (
        QUERY if name == "get_all_recordings" else {}
    )
    assert all(node["description"] for node in found.values())


def test_every_operation_asks_for_a_bearer_token() -> None:
    """The token is asked for once, for all; no operation says otherwise."""
    document = load("openapi.yaml")

    assert document["components"]["securitySchemes"]["api_token"]["scheme"] == "bearer"
    assert document["security"] == [{"api_token": []}]
    assert not any("security" in operation(name) for name, *_ in OPERATIONS)
