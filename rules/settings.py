"""Rules about what a start asked for, and what becomes of it in every later reply.

What a start leaves out may be set for the meeting or the whole app, where no client of these
operations sees it (R26). So only what a start says itself is held against a recording.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import clausewise
from clausewise import Broken, Kept, Message

from ._sightings import KEPT, START, Sighting, shown_at

_LINKS = ("download_url", "audio_download_url", "download_url_expiry")
# G:codecs names the container of these two codecs.
_ENDINGS = {"H264": ".mp4", "VP8": ".webm"}

_Verdict = Kept | Broken | None
# What the start of a recording asked for; None before one is known, False where that is uncertain.
_Asked = dict[str, Any] | Literal[False] | None
_Folded = tuple[_Asked, _Verdict]


@clausewise.fold
def ending_follows_the_codec(known: _Asked, message: Message, at: str) -> _Folded:
    """R2: H264 gives .mp4, VP8 gives .webm."""
    return _ask(known, message, at, _ending)


@clausewise.fold
def no_links_without_the_bucket(known: _Asked, message: Message, at: str) -> _Folded:
    """R3: a recording that was started with the bucket disabled never gets a link."""
    return _ask(known, message, at, _no_links)


@clausewise.fold
def links_once_uploaded(known: _Asked, message: Message, at: str) -> _Folded:
    """R16: a recording that was uploaded to the bucket has a link that expires."""
    return _ask(known, message, at, _links)


@clausewise.fold
def sound_apart_only_if_asked_for(known: _Asked, message: Message, at: str) -> _Folded:
    """R18: audio_download_url is null unless audio_config was passed."""
    return _ask(known, message, at, _no_sound)


def _ask(
    known: _Asked,
    message: Message,
    at: str,
    ask: Callable[[Sighting, dict[str, Any]], _Verdict],
) -> _Folded:
    """Ask about one recording of a reply, where its start is known."""
    if message.operation != START:
        if not isinstance(known, dict):
            return known, None
        shown = shown_at(message, at)
        return known, ask(shown, known) if shown is not None else None
    shown = shown_at(message, at)
    if shown is None:
        return known, None
    asked = message.request_body
    if not isinstance(asked, dict):
        return False, None
    # An id that two starts were answered with belongs to none of them.
    return asked if known is None else False, ask(shown, asked)


def _ending(shown: Sighting, asked: dict[str, Any]) -> _Verdict:
    name = shown.recording.get("output_file_name")
    codec = _inside(asked, "video_config", "codec")
    expected = _ENDINGS.get(codec) if isinstance(codec, str) else None
    # An interactive recording is an archive (R25), sound alone has endings of its own.
    if expected is None or not isinstance(name, str) or "interactive_config" in asked:
        return None
    small = name.lower()
    if small.endswith(expected):
        return KEPT
    if not small.endswith(tuple(_ENDINGS.values())):
        return None
    return Broken(f"{name!r} is the outcome of {codec}", at=f"{shown.at}/output_file_name")


def _no_links(shown: Sighting, asked: dict[str, Any]) -> _Verdict:
    if _inside(asked, "realtimekit_bucket_config", "enabled") is not False:
        return None
    for name in _LINKS:
        if isinstance(shown.recording.get(name), str | list):
            return Broken(
                f"{name} is {shown.recording[name]!r}, the bucket was disabled at the start",
                at=f"{shown.at}/{name}",
            )
    return KEPT


def _links(shown: Sighting, asked: dict[str, Any]) -> _Verdict:
    in_bucket = _inside(asked, "realtimekit_bucket_config", "enabled") is True
    # Sound alone has a link of its own, and without an export there is no file.
    with_file = "video_config" in asked or "audio_config" not in asked
    if _inside(asked, "video_config", "export_file") is False:
        with_file = False
    if shown.status != "UPLOADED" or not in_bucket or not with_file:
        return None
    for name in ("download_url", "download_url_expiry"):
        if shown.recording.get(name, "absent") is None:
            return Broken(f"{name} is null, the status UPLOADED", at=f"{shown.at}/{name}")
    return KEPT


def _no_sound(shown: Sighting, asked: dict[str, Any]) -> _Verdict:
    if "audio_config" in asked:
        return None
    link = shown.recording.get("audio_download_url")
    if isinstance(link, str):
        return Broken(
            f"audio_download_url is {link!r}, though the start had no audio_config",
            at=f"{shown.at}/audio_download_url",
        )
    return KEPT


def _inside(asked: dict[str, Any], name: str, member: str) -> Any:
    value = asked.get(name)
    return value.get(member) if isinstance(value, dict) else None
