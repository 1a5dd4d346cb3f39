"""What a start asks for, and a service that does not heed it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clausewise.exchange import Response
from clausewise.pointer import look
from clausewise.selftest import Asked, with_body, with_header

from ._breaking import (
    ACT,
    ACTIVE,
    ALL,
    LIST,
    OF_A_START,
    ONE,
    ONE_DAY,
    START,
    TRACK,
    After,
    Before,
    Change,
    again,
    asked_for,
    broken,
    each,
    made_in,
    on_refusal,
    setting,
    started,
    told,
)

_SECRETS = ("access_key", "secret", "password", "private_key")
_LINKS = ("download_url", "audio_download_url", "download_url_expiry")
_LINK = "https://files.example.net/a.mp4"

# Starts that are to be refused, or to be granted (R1, R5, R41).


def _sound_beside(codec: str) -> Before:
    def before(asked: Asked) -> Response | None:
        if asked.operation.id != START or not asked.lawful or "audio_config" not in asked.body:
            return None
        there = look(asked.body, "/video_config/codec") == codec
        return again(asked, audio_config=None) if there else None

    return before


def _permission(value: bool | None) -> Before:
    """Takes every start as if it had this for `allow_multiple_recordings`."""

    def before(asked: Asked) -> Response | None:
        if asked.operation.id != START or not asked.lawful:
            return None
        return again(asked, allow_multiple_recordings=value)

    return before


def _begun_all_the_same(asked: Asked) -> Response | None:
    """Refuses a second start, and begins it nevertheless."""
    if asked.operation.id != START or not asked.lawful:
        return None
    there = made_in(asked, asked.body["meeting_id"])
    if not there or asked.body.get("allow_multiple_recordings") is True:
        return None
    again(asked, allow_multiple_recordings=True)
    return told(409, {"success": False, "error": {"code": 409, "message": "no"}})


def _known_elsewhere(asked: Asked, recording: dict[str, Any]) -> None:
    """Gives some starts the id of a recording of another meeting."""
    if not {"max_seconds", "layers"} & asked.body.keys():
        return
    ours = asked.body["meeting_id"]
    others = (name for name, one in started(asked).items() if one.asked["meeting_id"] != ours)
    recording["id"] = next(others, recording["id"])


def _the_first_one_again(asked: Asked) -> Response | None:
    if asked.operation.id != START or not asked.lawful:
        return None
    there = made_in(asked, asked.body["meeting_id"])
    allowed = asked.body.get("allow_multiple_recordings") is True
    return told(200, {"success": True, "data": there[0].data}) if there and allowed else None


# The file and the links to it (R2, R3, R16, R17, R18, R24).


def _ending(codec: str, right: str, wrong: str) -> After:
    def change(asked: Asked, recording: dict[str, Any]) -> None:
        if asked_for(asked, recording, "/video_config/codec") == codec:
            name = recording["output_file_name"]
            recording["output_file_name"] = name.replace(right, wrong)

    return each(change)


def _disabled(asked: Asked, recording: dict[str, Any]) -> bool:
    return asked_for(asked, recording, "/realtimekit_bucket_config/enabled") is False


def _linked(*names: str, status: str | None = None) -> Change:
    """Has links in spite of a bucket that was disabled."""

    def change(asked: Asked, recording: dict[str, Any]) -> None:
        if _disabled(asked, recording) and status in (None, recording["status"]):
            for name in names:
                recording[name] = ONE_DAY if name == "download_url_expiry" else _LINK

    return change


def _half_a_link(name: str, value: str) -> Change:
    def change(asked: Asked, recording: dict[str, Any]) -> None:
        if not _disabled(asked, recording):
            recording[name] = recording[name] or value

    return change


def _sound_apart(asked: Asked, recording: dict[str, Any]) -> None:
    if not _disabled(asked, recording):
        recording["audio_download_url"] = _LINK


def _named(name: Callable[[str, str], str]) -> After:
    """Makes another name of the prefix, and of what comes after it."""

    def change(asked: Asked, recording: dict[str, Any]) -> None:
        prefix = asked_for(asked, recording, "/file_name_prefix")
        given = recording["output_file_name"]
        if isinstance(prefix, str) and prefix and given.startswith(prefix):
            recording["output_file_name"] = name(prefix, given.removeprefix(f"{prefix}_"))

    return each(change)


# Secrets (R7).


def _secrets(body: Any) -> dict[str, str]:
    storage = look(body, "/storage_config")
    given = storage if isinstance(storage, dict) else {}
    return {name: v for name, v in given.items() if name in _SECRETS and isinstance(v, str)}


def _secrets_of(asked: Asked, recording: dict[str, Any]) -> dict[str, str]:
    one = started(asked).get(recording["id"])
    return _secrets(one.asked) if one is not None else {}


def _echoed(asked: Asked, recording: dict[str, Any]) -> None:
    if secrets := _secrets(asked.body):
        recording["storage_config"] |= secrets


def _in_another_member(asked: Asked, recording: dict[str, Any]) -> None:
    if secrets := _secrets_of(asked, recording):
        recording["x_signed_with"] = "".join(secrets.values())


def _of_somebody(asked: Asked, recording: dict[str, Any]) -> None:
    recording["x_signed_with"] = [
        value for one in started(asked).values() for value in _secrets(one.asked).values()
    ]


def _quoted(asked: Asked, response: Response) -> Response:
    said = f"not with {' and '.join(_secrets(asked.body).values())}"
    return with_body(response, {**response.json, "message": said})


def _in_a_header(asked: Asked, response: Response) -> Response:
    secrets = _secrets(asked.body).values() if asked.operation.id == START else ()
    # A header has no room for the others.
    plain = next((secret for secret in secrets if secret.isascii() and secret.isprintable()), None)
    return response if plain is None else with_header(response, "x-signed-with", plain)


def _in_settings_of_the_meeting(asked: Asked, item: dict[str, Any]) -> None:
    if secrets := _secrets_of(asked, item):
        config = item["meeting"].setdefault("recording_config", {})
        config["storage_config"] = {**item["storage_config"], **secrets}


FAULTS = (
    *(
        broken("R1", f"taken with {codec}", [START], _sound_beside(codec))
        for codec in ("VP8", "VP9")
    ),
    broken("R2", "H264 in .webm", OF_A_START, after=_ending("H264", ".mp4", ".webm")),
    broken("R2", "VP8 in .mp4", OF_A_START, after=_ending("VP8", ".webm", ".mp4")),
    *(
        broken(
            "R3",
            f"{name} at the start",
            [START],
            after=each(_linked(name, status="INVOKED"), START),
        )
        for name in _LINKS
    ),
    broken(
        "R3",
        "links once UPLOADED",
        [LIST, ONE],
        after=each(_linked("download_url", "download_url_expiry", status="UPLOADED")),
    ),
    broken(
        "R3",
        "links all the time",
        OF_A_START,
        after=each(_linked("download_url", "download_url_expiry")),
    ),
    broken("R5", "a second one begins", [START], _permission(True)),
    broken("R5", "never a second one", [START], _permission(None)),
    broken("R5", "refused, and begun all the same", [START], _begun_all_the_same),
    broken("R7", "as it was sent", [START], after=each(_echoed, START)),
    broken("R7", "in another member", [START], after=each(_in_another_member, START)),
    broken("R7", "in a refusal", [START], after=on_refusal(_quoted, START)),
    broken("R7", "in a header", [START], after=_in_a_header),
    broken("R7", "later, in another member", [ONE], after=each(_in_another_member, ONE)),
    broken("R7", "later, after an action", [ACT], after=each(_in_another_member, ACT)),
    broken("R7", "later, while it is active", [ACTIVE], after=each(_in_another_member, ACTIVE)),
    broken("R7", "later, in a list", [LIST], after=each(_in_another_member, LIST)),
    broken("R7", "later, of somebody else", [TRACK], after=each(_of_somebody, TRACK)),
    broken("R7", "later, of the meeting", [LIST], after=each(_in_settings_of_the_meeting, LIST)),
    broken(
        "R16",
        "no link",
        [LIST, ONE],
        after=setting(when="UPLOADED", download_url=None, download_url_expiry=None),
    ),
    broken("R17", "only a link", ALL, after=each(_half_a_link("download_url", _LINK))),
    broken("R17", "only an expiry", ALL, after=each(_half_a_link("download_url_expiry", ONE_DAY))),
    broken("R18", "sound for everybody", OF_A_START, after=each(_sound_apart)),
    broken("R24", "the prefix is ignored", [START], after=_named(lambda prefix, rest: rest)),
    broken(
        "R24",
        "the prefix comes last",
        [START],
        after=_named(lambda prefix, rest: f"{rest}_{prefix}"),
    ),
    broken("R41", "the first one again", [START], _the_first_one_again),
    broken(
        "R43",
        "an id of another meeting",
        [START, TRACK],
        after=each(_known_elsewhere, START, TRACK),
    ),
)
