"""How a recording goes on, and a service that tells it otherwise, or of another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from clausewise.exchange import Response
from clausewise.selftest import Asked, with_body, with_status

from ._breaking import (
    ACT,
    ACTIVE,
    ALL,
    LIST,
    LONG_AGO,
    ONE,
    ONE_DAY,
    START,
    TRACK,
    WITH_REASONS,
    After,
    Before,
    broken,
    each,
    made_in,
    on_refusal,
    seen_now,
    setting,
    started,
    told,
)

_RUNS: dict[str, Any] = {"status": "RECORDING", "stopped_time": None}

# Times and reasons (R13, R14, R15, R19, R20).


def _ended_long_ago(asked: Asked, recording: dict[str, Any]) -> None:
    if recording["stopped_time"]:
        recording["stopped_time"] = LONG_AGO


def _began_long_ago(asked: Asked, recording: dict[str, Any]) -> None:
    if recording["started_time"]:
        recording["started_time"] = LONG_AGO


def _began_when_asked_to(asked: Asked, recording: dict[str, Any]) -> None:
    recording["started_time"] = recording["started_time"] or recording["invoked_time"]


def _ends_one_day(asked: Asked, recording: dict[str, Any]) -> None:
    recording["stopped_time"] = recording["stopped_time"] or ONE_DAY


def _reason_in_advance(asked: Asked, recording: dict[str, Any]) -> None:
    recording.setdefault("stop_reason", {"reason": "API_CALL"})


def _started_by_itself(asked: Asked, recording: dict[str, Any]) -> None:
    recording["start_reason"]["reason"] = "RECORD_ON_START"


def _talkative_user(asked: Asked, recording: dict[str, Any]) -> None:
    recording["start_reason"]["caller"] |= {"type": "USER", "email": "zoe@example.net"}


# Which recording it is (R27, R31).


def another_id(asked: Asked, recording: dict[str, Any]) -> None:
    """Shows a recording under an id that is not its own."""
    recording["id"] = str(uuid5(NAMESPACE_OID, recording["id"]))


def _of_another_meeting(asked: Asked, response: Response) -> Response:
    if asked.operation.id != ACTIVE or response.status != 200:
        return response
    mine = made_in(asked, asked.path["meeting_id"])
    other = next((name for name, one in started(asked).items() if one not in mine), None)
    return seen_now(asked, other) if other else response


# Actions without effect, and ends that are none (R28, R29, R30).


def _without_effect(action: str, **said: Any) -> Before:
    """Takes an action and does nothing, though it may say otherwise."""

    def before(asked: Asked) -> Response | None:
        if asked.operation.id != ACT or not asked.lawful or asked.body != {"action": action}:
            return None
        response = seen_now(asked)
        data = response.json.get("data", {})
        if data.get("status") not in ("RECORDING", "PAUSED"):
            return None
        return with_body(response, {**response.json, "data": {**data, **said}})

    return before


def _first(*befores: Before) -> Before:
    """The first of several that answers."""
    return lambda asked: next((r for before in befores if (r := before(asked)) is not None), None)


def _not_when_running(asked: Asked) -> Response | None:
    """Takes an action that does not go with the status, and does nothing."""
    if asked.operation.id != ACT or not asked.lawful or asked.body != {"action": "resume"}:
        return None
    response = seen_now(asked)
    return response if response.json.get("data", {}).get("status") == "RECORDING" else None


def _after(ended: str, on: str, said: dict[str, Any], seen_in: Sequence[str] = ALL) -> After:
    """Tells something else of a recording once it was seen in a status."""

    def change(asked: Asked, recording: dict[str, Any]) -> None:
        seen = asked.notes.setdefault(f"{ended}, as {on} tells it", set())
        if recording["id"] not in seen:
            if recording["status"] == ended and asked.operation.id in seen_in:
                seen.add(recording["id"])
        elif asked.operation.id == on:
            recording.update(said)
            recording.pop("stop_reason", None)

    return each(change)


def _resumed_after_the_end(asked: Asked, response: Response) -> Response:
    resumed = asked.operation.id == ACT and asked.body == {"action": "resume"}
    if not resumed or response.status != 409:
        return response
    body = seen_now(asked).json
    body["data"] |= _RUNS
    body["data"].pop("stop_reason", None)
    return told(200, body)


def _gone(asked: Asked, response: Response) -> Response:
    if response.status != 404:
        return response
    error = {**response.json["error"], "code": 410}
    return with_status(with_body(response, {**response.json, "error": error}), 410)


def _active_for_ever(**said: Any) -> After:
    """Answers with the newest recording of a meeting, whether it runs or not."""

    def after(asked: Asked, response: Response) -> Response:
        if asked.operation.id != ACTIVE or response.status != 404:
            return response
        mine = made_in(asked, asked.path["meeting_id"])
        if not mine:
            return response
        seen = seen_now(asked, mine[-1].data["id"])
        if seen.status != 200:  # it was made in another account
            return response
        body = seen.json
        body["data"] |= said
        return told(200, body)

    return after


def _never_active(asked: Asked, response: Response) -> Response:
    if asked.operation.id != ACTIVE or response.status != 200:
        return response
    return told(404, {"success": False, "error": {"code": 404, "message": "no"}})


FAULTS = (
    broken(
        "R12",
        "RECORDING at once",
        [START, TRACK],
        after=setting(START, TRACK, status="RECORDING"),
    ),
    broken(
        "R13",
        "began before the start",
        [START, TRACK],
        after=setting(START, TRACK, started_time=LONG_AGO),
    ),
    broken("R13", "ended before it began", [LIST, ONE, ACT], after=each(_ended_long_ago)),
    broken(
        "R13", "began before it was asked to", [LIST, ONE, ACT, ACTIVE], after=each(_began_long_ago)
    ),
    broken(
        "R14",
        "began when asked to",
        [START, TRACK, LIST, ONE, ACTIVE],
        after=each(_began_when_asked_to),
    ),
    broken("R14", "ends one day", ALL, after=each(_ends_one_day)),
    broken(
        "R15", "a reason in advance", WITH_REASONS, after=each(_reason_in_advance, *WITH_REASONS)
    ),
    broken(
        "R19", "a caller of nobody", WITH_REASONS, after=each(_started_by_itself, *WITH_REASONS)
    ),
    broken("R20", "more of a user", WITH_REASONS, after=each(_talkative_user, *WITH_REASONS)),
    broken("R27", "another id from GET", [ONE], after=each(another_id, ONE)),
    broken("R27", "another id from PUT", [ACT], after=each(another_id, ACT)),
    broken("R28", "no pause", [ACT], _without_effect("pause")),
    broken(
        "R28",
        "no pause, and no refusal",
        [ACT],
        _first(_without_effect("pause"), _not_when_running),
    ),
    broken(
        "R28",
        "a pause in words alone",
        [ACT],
        _first(_without_effect("pause", status="PAUSED"), _not_when_running),
    ),
    broken("R28", "a resumption in words alone", [ACT], _without_effect("resume", **_RUNS)),
    broken("R28", "a stop in words alone", [ACT], _without_effect("stop", status="UPLOADING")),
    broken("R28", "no resumption", [ACT], _without_effect("resume")),
    broken("R28", "no stop", [ACT], _without_effect("stop")),
    broken("R29", "GET: on after UPLOADING", [ONE], after=_after("UPLOADING", ONE, _RUNS, [ONE])),
    broken(
        "R29",
        "GET: ERRORED after UPLOADED",
        [ONE],
        after=_after("UPLOADED", ONE, {"status": "ERRORED"}),
    ),
    broken(
        "R29",
        "list: ERRORED after UPLOADED",
        [LIST],
        after=_after("UPLOADED", LIST, {"status": "ERRORED"}),
    ),
    broken("R29", "PUT: resumed after the end", [ACT], after=_resumed_after_the_end),
    broken("R30", "410 for 404", [ACTIVE], after=on_refusal(_gone, ACTIVE)),
    broken("R30", "RECORDING for ever", [ACTIVE], after=_active_for_ever(**_RUNS)),
    broken("R31", "nothing is ever active", [ACTIVE], after=_never_active),
    broken("R31", "PAUSED", [ACTIVE], after=setting(ACTIVE, status="PAUSED")),
    broken("R31", "UPLOADED", [ACTIVE], after=_active_for_ever()),
    broken("R31", "one of another meeting", [ACTIVE], after=_of_another_meeting),
    broken("R31", "another id", [ACTIVE], after=each(another_id, ACTIVE)),
    *(
        broken("R42", f"{name} of {on}", [on], after=setting(on, **{name: value}))
        for on, name, value in (
            (LIST, "invoked_time", LONG_AGO),
            (ONE, "output_file_name", "another"),
            (ACT, "invoked_time", LONG_AGO),
            (ACTIVE, "output_file_name", "another"),
        )
    ),
)
