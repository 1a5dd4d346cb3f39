"""Rules about what a start asked for, and what becomes of it in every later reply.

What a start leaves out may be set for the meeting or the whole app, where no client of these
operations sees it (R26). So only what a start says itself is held against a recording.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import clausewise
from clausewise import Broken, Kept, Message

from ._sightings import KEPT, START, Sighting, shown_at

_LINKS = ("download_url", "audio_download_url", "download_url_expiry")
# G:codecs names the container of these two codecs.
_ENDINGS = {"H264": ".mp4", "VP8": ".webm"}

_Verdict = Kept | Broken | None
# What follows from the start of a recording, by one rule: None before one is known, False where
# nothing does, or that is uncertain.
_Folded = tuple[Any, _Verdict]


@clausewise.fold
def ending_follows_the_codec(known: Any, message: Message, at: str) -> _Folded:
    """R2: H264 gives .mp4, VP8 gives .webm."""
    return _ask(known, message, at, _expected_ending, _ending)


@clausewise.fold
def no_links_without_the_bucket(known: Any, message: Message, at: str) -> _Folded:
    """R3: a recording that was started with the bucket disabled never gets a link."""
    return _ask(known, message, at, _without_bucket, _no_links)


@clausewise.fold
def links_once_uploaded(known: Any, message: Message, at: str) -> _Folded:
    """R16: a recording that was uploaded to the bucket has a link that expires."""
    return _ask(known, message, at, _with_links, _links)


@clausewise.fold
def sound_apart_only_if_asked_for(known: Any, message: Message, at: str) -> _Folded:
    """R18: audio_download_url is null unless audio_config was passed."""
    return _ask(known, message, at, _without_sound_apart, _no_sound)


def _ask(
    known: Any,
    message: Message,
    at: str,
    follows: Callable[[dict[str, Any]], Any],
    ask: Callable[[Sighting, Any], _Verdict],
) -> _Folded:
    """Ask about one recording of a reply, where something `follows` from its start."""
    if message.operation != START:
        shown = shown_at(message, at) if known else None
        return known, ask(shown, known) if shown is not None else None
    shown = shown_at(message, at)
    if shown is None:
        return known, None
    asked = message.request_body
    now = follows(asked) if isinstance(asked, dict) else False
    # An id that two starts were answered with belongs to none of them.
    return now if known is None else False, ask(shown, now) if now else None


def _expected_ending(asked: dict[str, Any]) -> Any:
    codec = _inside(asked, "video_config", "codec")
    # An interactive recording is an archive (R25), sound alone has endings of its own.
    if not isinstance(codec, str) or codec not in _ENDINGS or "interactive_config" in asked:
        return False
    return codec


def _ending(shown: Sighting, codec: str) -> _Verdict:
    name = shown.recording.get("output_file_name")
    if not isinstance(name, str):
        return None
    small = name.lower()
    if small.endswith(_ENDINGS[codec]):
        return KEPT
    if not small.endswith(tuple(_ENDINGS.values())):
        return None
    return Broken(f"{name!r} is the outcome of {codec}", at=f"{shown.at}/output_file_name")


def _without_bucket(asked: dict[str, Any]) -> bool:
    return _inside(asked, "realtimekit_bucket_config", "enabled") is False


def _no_links(shown: Sighting, _: bool) -> _Verdict:
    for name in _LINKS:
        if isinstance(shown.recording.get(name), str | list):
            return Broken(
                f"{name} is {shown.recording[name]!r}, the bucket was disabled at the start",
                at=f"{shown.at}/{name}",
            )
    return KEPT


def _with_links(asked: dict[str, Any]) -> bool:
    in_bucket = _inside(asked, "realtimekit_bucket_config", "enabled") is True
    # Sound alone has a link of its own, and without an export there is no file.
    with_file = "video_config" in asked or "audio_config" not in asked
    return in_bucket and with_file and _inside(asked, "video_config", "export_file") is not False


def _links(shown: Sighting, _: bool) -> _Verdict:
    if shown.status != "UPLOADED":
        return None
    for name in ("download_url", "download_url_expiry"):
        if shown.recording.get(name, "absent") is None:
            return Broken(f"{name} is null, the status UPLOADED", at=f"{shown.at}/{name}")
    return KEPT


def _without_sound_apart(asked: dict[str, Any]) -> bool:
    return "audio_config" not in asked


def _no_sound(shown: Sighting, _: bool) -> _Verdict:
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
