"""A stand-in for RealtimeKit Recordings that remembers what it was told."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from clausewise.contract import Message
from clausewise.mock import Application, Call, Reply, echo
from clausewise.pack import Pack

from ._put_recording import put_recording
from ._recordings import Owner, Recordings


def create_app(pack: Pack) -> Application:
    """Build a stand-in of its own memory.

    It takes the pack's stand-in token, and the real one where its variable is set: so a profile
    that is made for the service can be tried here. Raises UsageError when the pack has no token.
    """
    contract = pack.contract
    recordings = Recordings()
    start = contract.operations["start_recording"]
    beside = put_recording(start)
    return Application(
        contract,
        {
            start.id: partial(_start, recordings, start.replies["200"]),
            beside.id: partial(_put, recordings),
        },
        refuse=refuse,
        tokens=_tokens(pack),
        beside=[beside],
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


def _start(recordings: Recordings, documented: Message, call: Call) -> Reply:
    data = recordings.start(_owner(call), call.body)
    if "storage_config" in call.body:
        place = documented.place.members["data"].members["storage_config"]
        data["storage_config"] = echo(place, call.body["storage_config"])
    return Reply(200, {"success": True, "data": data})


def _put(recordings: Recordings, call: Call) -> Reply:
    data = recordings.act(_owner(call), call.path["recording_id"], call.body["action"])
    return Reply(200, {"success": True, "data": data})


def _owner(call: Call) -> Owner:
    return Owner(call.path["account_id"], call.path["app_id"])
