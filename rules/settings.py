"""Rules about what a start asked for, and what becomes of it in every later reply.

What a start leaves out may be set for the meeting or the whole app, where no client of these
operations sees it (R26). So only what a start says itself is held against a recording.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

import clausewise
from clausewise import Broken, Kept, Message

from ._sightings import KEPT, START, shown_at

_LINKS = ("download_url", "audio_download_url", "download_url_expiry")
# G:codecs names the container of these two codecs.
_ENDINGS = {"H264": ".mp4", "VP8": ".webm"}

_Verdict = Kept | Broken | None


class Asked(Struct, frozen=True):
    """What a start asked for itself, as far as later replies show it.

    `bucket` says whether that is enabled, None where the start leaves it open.
    """

    codec: str | None
    # What files end in; None where the codec does not tell.
    ending: str | None
    bucket: bool | None
    with_file: bool
    with_audio: bool


# What the start of a recording asked for; None before one is known, False where that is uncertain.
_Known = Asked | Literal[False] | None
_Folded = tuple[_Known, _Verdict]
# What a start asked for, an exchange, and where the id of the recording stands in it.
_Ask = Callable[[Asked, Message, str], _Verdict]


@clausewise.fold
def ending_follows_the_codec(known: _Known, message: Message, at: str) -> _Folded:
    """R2: H264 gives .mp4, VP8 gives .webm."""
    return _ask(known, message, at, _ending)


@clausewise.fold
def no_links_without_the_bucket(known: _Known, message: Message, at: str) -> _Folded:
    """R3: a recording that was started with the bucket disabled never gets a link."""
    return _ask(known, message, at, _no_links)


@clausewise.fold
def links_once_uploaded(known: _Known, message: Message, at: str) -> _Folded:
    """R16: a recording that was uploaded to the bucket has a link that expires."""
    return _ask(known, message, at, _links)


@clausewise.fold
def sound_apart_only_if_asked_for(known: _Known, message: Message, at: str) -> _Folded:
    """R18: audio_download_url is null unless audio_config was passed."""
    return _ask(known, message, at, _no_sound)


def _ask(known: _Known, message: Message, at: str, ask: _Ask) -> _Folded:
    """Ask about one recording of a reply, where its start is known."""
    if message.operation != START:
        return known, ask(known, message, at) if known else None
    if shown_at(message, at) is None:
        return known, None
    asked = _asked_by(message.request_body)
    if asked is None:
        return False, None
    # An id that two starts were answered with belongs to none of them.
    return asked if known is None else False, ask(asked, message, at)


def _asked_by(body: Any) -> Asked | None:
    if not isinstance(body, dict):
        return None
    codec = _inside(body, "video_config", "codec")
    ending = _ENDINGS.get(codec) if isinstance(codec, str) else None
    bucket = _inside(body, "realtimekit_bucket_config", "enabled")
    # Sound alone has a link of its own, and without an export there is no file.
    with_file = "video_config" in body or "audio_config" not in body
    return Asked(
        codec if isinstance(codec, str) else None,
        # An interactive recording is an archive (R25), sound alone has endings of its own.
        ending if "interactive_config" not in body else None,
        bucket if isinstance(bucket, bool) else None,
        with_file and _inside(body, "video_config", "export_file") is not False,
        "audio_config" in body,
    )


def _ending(asked: Asked, message: Message, at: str) -> _Verdict:
    shown = shown_at(message, at) if asked.ending is not None else None
    if shown is None or asked.ending is None:
        return None
    name = shown.recording.get("output_file_name")
    if not isinstance(name, str):
        return None
    small = name.lower()
    if small.endswith(asked.ending):
        return KEPT
    if not small.endswith(tuple(_ENDINGS.values())):
        return None
    return Broken(f"{name!r} is the outcome of {asked.codec}", at=f"{shown.at}/output_file_name")


def _no_links(asked: Asked, message: Message, at: str) -> _Verdict:
    shown = shown_at(message, at) if asked.bucket is False else None
    if shown is None:
        return None
    for name in _LINKS:
        if isinstance(shown.recording.get(name), str | list):
            return Broken(
                f"{name} is {shown.recording[name]!r}, the bucket was disabled at the start",
                at=f"{shown.at}/{name}",
            )
    return KEPT


def _links(asked: Asked, message: Message, at: str) -> _Verdict:
    shown = shown_at(message, at) if asked.bucket and asked.with_file else None
    if shown is None or shown.status != "UPLOADED":
        return None
    for name in ("download_url", "download_url_expiry"):
        if shown.recording.get(name, "absent") is None:
            return Broken(f"{name} is null, the status UPLOADED", at=f"{shown.at}/{name}")
    return KEPT


def _no_sound(asked: Asked, message: Message, at: str) -> _Verdict:
    shown = shown_at(message, at) if not asked.with_audio else None
    if shown is None:
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
