"""PUT …/recordings/{recording_id}: pause, resume or stop a recording."""

from __future__ import annotations

from typing import Any

from clausewise.contract import Message, Operation, Parameter
from clausewise.contract.places import read_places
from clausewise.contract.schemas import Schema

ACTIONS = ("stop", "pause", "resume")


def put_recording(start: Operation) -> Operation:
    """Lay out the operation, which schemas/openapi.yaml does not have.

    It is served all the same, because clausewise.yaml undoes a start with it. O gives it the
    replies, the path and the credential of `start_recording` (section 1, operations 2 and 4).
    """
    recording_id = Parameter(
        "recording_id",
        "path",
        _message("path", {"type": "string", "format": "uuid"}),
        "simple",
        False,
    )
    body = _message(
        "request",
        {
            "type": "object",
            "required": ["action"],
            "properties": {"action": {"type": "string", "enum": list(ACTIONS)}},
        },
    )
    body.media_types = ("application/json",)
    return Operation(
        id="pause_resume_stop_recording",
        method="PUT",
        path=f"{start.path}/{{recording_id}}",
        summary="Pause, resume or stop a recording",
        parameters=(*start.parameters, recording_id),
        body=body,
        replies=start.replies,
        secured=start.secured,
    )


def _message(part: str, document: dict[str, Any]) -> Message:
    schema = Schema(document)
    return Message(part, schema, read_places(schema, "request"))
