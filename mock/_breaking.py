"""What faults are made of: whose replies they change, what they remember, whom they ask instead.

A fault that breaks a rule sees the requests of all operations: what a reply should say may follow
from a start long before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from msgspec.structs import replace

from clausewise.exchange import Request, Response
from clausewise.pointer import look
from clausewise.selftest import Asked, Fault, with_body

START = "start_recording"
LIST = "get_all_recordings"
ONE = "get_one_recording"
ACT = "pause_resume_stop_recording"
ACTIVE = "get_active_recording"
TRACK = "startTrackRecordingForAMeeting"
ALL = (START, LIST, ONE, ACT, ACTIVE, TRACK)
# Where a recording is seen that was started, and where reasons are told of it.
OF_A_START = (START, LIST, ONE, ACT, ACTIVE)
WITH_REASONS = (START, ONE, ACT)

LONG_AGO = "2001-01-01T00:00:00Z"
ONE_DAY = "2999-01-01T00:00:00Z"

Before = Callable[[Asked], Response | None]
After = Callable[[Asked, Response], Response]
Change = Callable[[Asked, dict[str, Any]], Any]


def broken(
    rule: str,
    name: str,
    on: Sequence[str],
    before: Before | None = None,
    after: After | None = None,
) -> Fault:
    """A fault that breaks a rule, and the operations that the rule is then broken for."""
    clauses = tuple(f"{operation}:rule:{rule}" for operation in on)
    return Fault(
        f"{rule}: {name}", "rule", "", clauses, before, _remembering(after), everywhere=True
    )


# What was started.


class Started(NamedTuple):
    """A recording that was started: what was asked for, and `data` as it was answered."""

    asked: Any
    data: dict[str, Any]


def started(asked: Asked) -> dict[str, Started]:
    """Every recording that was started, by id, the oldest first."""
    found: dict[str, Started] = asked.notes.setdefault("started", {})
    return found


def made_in(asked: Asked, meeting: str) -> list[Started]:
    """What was started in a meeting, the oldest first."""
    return [one for one in started(asked).values() if one.asked["meeting_id"] == meeting]


def asked_for(asked: Asked, recording: dict[str, Any], pointer: str) -> Any:
    """What the start of a recording said at a pointer, or ABSENT."""
    one = started(asked).get(recording["id"])
    return look(one.asked if one is not None else {}, pointer)


def _remembering(after: After | None) -> After:
    """Notes what is started, and then changes the reply."""

    def remembered(asked: Asked, response: Response) -> Response:
        if asked.operation.id == START and response.status == 200:
            data = look(response.json, "/data")
            if isinstance(data, dict) and asked.lawful:
                started(asked).setdefault(data["id"], Started(asked.body, data))
        return after(asked, response) if after is not None else response

    return remembered


# Other requests of the same sender.


def again(asked: Asked, **members: Any) -> Response:
    """The answer to this request with other members in its body; None leaves one out."""
    body = {**asked.body, **members}
    told = {name: value for name, value in body.items() if value is not None or name not in members}
    content = json.dumps(told).encode()
    headers = [item for item in asked.request.headers if item[0].lower() != "content-length"]
    return asked.ask(replace(asked.request, headers=tuple(headers), content=content))


def elsewhere(asked: Asked, **parameters: Any) -> Response:
    """The answer to this request with other parameters in its query; None leaves one out."""
    url, _, written = asked.request.url.partition("?")
    pairs = [pair for pair in written.split("&") if pair.partition("=")[0] not in parameters]
    pairs += [f"{name}={value}" for name, value in parameters.items() if value is not None]
    return asked.ask(replace(asked.request, url=f"{url}?{'&'.join(pairs)}"))


def seen_now(asked: Asked, recording_id: str | None = None) -> Response:
    """The answer to GET of one recording: by default of the one that the request is about."""
    root = asked.request.url.partition("/recordings")[0]
    url = f"{root}/recordings/{recording_id or asked.path['recording_id']}"
    token = asked.header("authorization")
    headers = (("Authorization", token),) if token is not None else ()
    return asked.ask(Request("GET", url, headers))


def told(status: int, body: Any) -> Response:
    """A reply in JSON."""
    return with_body(Response(status, (("content-type", "application/json"),), b"", 0.0), body)


# Ways of changing a reply.


def on_success(change: Change, *operations: str) -> After:
    """Change the body of each success of these operations, or of all, in place."""

    def after(asked: Asked, response: Response) -> Response:
        if not 200 <= response.status < 300 or not _is_of(asked, operations):
            return response
        body = deepcopy(response.json)
        change(asked, body)
        return response if body == response.json else with_body(response, body)

    return after


def on_refusal(change: After, *operations: str) -> After:
    """Change each 4xx of these operations, or of all."""

    def after(asked: Asked, response: Response) -> Response:
        refused = 400 <= response.status < 500 and _is_of(asked, operations)
        return change(asked, response) if refused else response

    return after


def each(change: Change, *operations: str) -> After:
    """Change every recording that a success of these operations, or of any, shows, in place."""

    def every(asked: Asked, body: dict[str, Any]) -> None:
        for recording in _recordings_in(asked.operation.id, body):
            change(asked, recording)

    return on_success(every, *operations)


def setting(*operations: str, when: str | None = None, **members: Any) -> After:
    """Give recordings these members wherever they are shown; only when in a status, if named."""

    def change(asked: Asked, recording: dict[str, Any]) -> None:
        if when in (None, recording["status"]):
            recording.update(members)

    return each(change, *operations)


def _is_of(asked: Asked, operations: Sequence[str]) -> bool:
    return not operations or asked.operation.id in operations


def _recordings_in(operation: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    data = body.get("data")
    if operation == TRACK and isinstance(data, dict):
        data = data.get("recording")
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            yield item
