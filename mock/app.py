"""A stand-in for RealtimeKit Recordings that remembers what it was told."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from clausewise.contract import MessagePart
from clausewise.mock import Application, Call, Reply, echo
from clausewise.pack import Pack

from ._listing import item, page
from ._recording import Owner
from ._recordings import Recordings


def create_app(pack: Pack) -> Application:
    """Build a stand-in of its own memory.

    It takes the pack's stand-in token, and the real one where its variable is set: so a profile
    that is made for the service can be tried here. Raises UsageError when the pack has no token.
    """
    contract = pack.contract
    recordings = Recordings()
    content = contract.operations["start_recording"].replies["200"].json_content
    assert content is not None  # the contract has it
    documented = content.message
    return Application(
        contract,
        {
            "start_recording": partial(_start, recordings, documented),
            "get_all_recordings": partial(_list, recordings),
            "get_one_recording": partial(_one, recordings),
            "pause_resume_stop_recording": partial(_act, recordings),
            "get_active_recording": partial(_active, recordings),
            "startTrackRecordingForAMeeting": partial(_start_track, recordings),
        },
        refuse=refuse,
        tokens=_tokens(pack),
    )


def refuse(status: int, message: str) -> dict[str, Any]:
    """Say no in RealtimeKit's own envelope (section 2.4), its code the HTTP status (R37)."""
    return {"success": False, "error": {"code": status, "message": message}}


def _tokens(pack: Pack) -> list[str]:
    credential = pack.credential
    if credential is None:
        return []
    return [
        token for token in (credential.stand_in, os.environ.get(credential.environment)) if token
    ]


def _start(recordings: Recordings, documented: MessagePart, call: Call) -> Reply:
    storage = {}
    if "storage_config" in call.body:
        # Remembered without its secrets: so none can come back.
        place = documented.place.members["data"].members["storage_config"]
        storage["storage_config"] = echo(place, call.body["storage_config"])
    return _shown(recordings.start(_owner(call), call.body, storage))


def _start_track(recordings: Recordings, call: Call) -> Reply:
    return _shown({"recording": recordings.start_track(_owner(call), call.body)})


def _act(recordings: Recordings, call: Call) -> Reply:
    found = recordings.act(_owner(call), call.path["recording_id"], call.body["action"])
    return _shown(found)


def _one(recordings: Recordings, call: Call) -> Reply:
    return _shown(recordings.one(_owner(call), call.path["recording_id"]))


def _active(recordings: Recordings, call: Call) -> Reply:
    return _shown(recordings.active(_owner(call), call.path["meeting_id"]))


def _list(recordings: Recordings, call: Call) -> Reply:
    with recordings.of(_owner(call)) as owned:
        chosen, paging = page(owned, call.query)
        items = [item(recording) for recording in chosen]
        for recording in chosen:
            recording.go_on()
    return _shown(items, paging=paging)


def _shown(data: Any, **more: Any) -> Reply:
    return Reply(200, {"success": True, "data": data, **more})


def _owner(call: Call) -> Owner:
    return Owner(call.path["account_id"], call.path["app_id"])
