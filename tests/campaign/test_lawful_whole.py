"""What the documents leave open is left alone: no lawful variant of the service is a finding."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest

from clausewise.exchange import Response
from clausewise.pointer import ABSENT

from .catalogue import GATEWAY
from .faults import reply, with_body, with_content, with_header, with_status
from .lagging import StillClock
from .whole import (
    ACT,
    ACTIVE,
    LIST,
    ONE,
    START,
    TRACK,
    After,
    Asked,
    Before,
    Fault,
    clause,
    each,
    on_refusal,
    recordings_in,
    run,
    run_served,
    setting,
    touched,
)

TIMES = ("invoked_time", "started_time", "stopped_time", "download_url_expiry", "created_at")
OPTIONAL = ("start_reason", "stop_reason", "storage_config", "recording_duration", "meeting")
ENDED = ("UPLOADING", "UPLOADED", "ERRORED")
# What changes about a recording as it goes on.
CHANGING = (
    "status", "started_time", "stopped_time", "download_url", "download_url_expiry",
    "audio_download_url", "file_size", "recording_duration",
)  # fmt: skip
UUID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Variant:
    """A lawful peculiarity, and the soft rules that it breaks: clauses that warn.

    `takes_time` says that it goes by the time of this machine, which then has to be waited for.
    """

    name: str
    before: Before | None = None
    after: After | None = None
    warned: tuple[str, ...] = ()
    takes_time: bool = False

    def __str__(self) -> str:
        return self.name


# How replies are written.


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON value, the outer ones first."""
    if isinstance(node, dict):
        yield node
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for inner in list(inside):
        yield from _objects(inner)


def _of_every_body(change: Callable[[dict[str, Any]], Any]) -> After:
    """Changes every object of every JSON reply in place."""

    def after(asked: Asked, response: Response) -> Response:
        if response.not_json is not None:
            return response
        body = deepcopy(response.json)
        for node in list(_objects(body)):
            change(node)
        return with_body(response, body)

    return after


def _enlarged(node: dict[str, Any]) -> None:
    node |= {"x_region": "weur", "x_count": 1.5, "x_parts": [{"id": None}], "x_none": None}


def _times(form: Callable[[str], str]) -> After:
    def change(node: dict[str, Any]) -> None:
        for name in TIMES:
            if isinstance(node.get(name), str):
                node[name] = form(re.sub(r"(?:\.\d+)?(?:Z|\+00:00)$", "", node[name]))

    return _of_every_body(change)


def _rounded(asked: Asked, recording: dict[str, Any]) -> None:
    for name in TIMES:
        if isinstance(recording.get(name), str):
            recording[name] = re.sub(r"\.\d+", "", recording[name])


def _upper(asked: Asked, response: Response) -> Response:
    def change(node: dict[str, Any]) -> None:
        for name, value in node.items():
            if isinstance(value, str) and UUID.fullmatch(value):
                node[name] = value.upper()

    return _of_every_body(change)(asked, response)


def _in_lists(change: After) -> After:
    return lambda asked, response: change(asked, response) if asked.operation == LIST else response


def _seven(asked: Asked, recording: dict[str, Any]) -> None:
    recording["id"] = f"{recording['id'][:14]}7{recording['id'][15:]}"


def _asked_by_seven(asked: Asked) -> Response | None:
    name = asked.path.get("recording_id", "")
    if UUID.fullmatch(name) is None or name[14] != "7":
        return None
    return asked.translated(name, f"{name[:14]}4{name[15:]}")


def _pointed(asked: Asked, response: Response) -> Response:
    """Writes every number with a point."""
    if response.not_json is not None:
        return response
    body = json.loads(response.content, parse_int=float)
    return with_body(response, body)


def _indented(asked: Asked, response: Response) -> Response:
    if response.not_json is not None:
        return response
    text = json.dumps(response.json, indent=2, sort_keys=True)
    return with_content(response, f"\n{text}\n".encode())


def _typed(value: str) -> After:
    return lambda asked, response: with_header(response, "content-type", value)


def _gzipped(asked: Asked, response: Response) -> Response:
    coded = with_content(response, gzip.compress(response.content))
    return with_header(coded, "content-encoding", "gzip")


def _unmeasured(asked: Asked, response: Response) -> Response:
    return with_header(response, "content-length", None)


def _closing(asked: Asked, response: Response) -> Response:
    return with_header(response, "connection", "close")


# Refusals. The 404 of an idle meeting is documented, and so is its envelope.


def _but_idle(change: Callable[[Asked, Response], Response]) -> After:
    def after(asked: Asked, response: Response) -> Response:
        idle = asked.operation == ACTIVE and response.status == 404
        return response if idle else change(asked, response)

    return on_refusal(after)


def _unprocessable(asked: Asked, response: Response) -> Response:
    return with_status(response, 422)


def _by_the_gateway(asked: Asked, response: Response) -> Response:
    return with_body(response, GATEWAY)


def _forbidden(asked: Asked, response: Response) -> Response:
    return with_status(response, 403) if response.status == 401 else response


def _impatient(asked: Asked) -> Response | None:
    if asked.number % 25:
        return None
    status = 429 if asked.number % 2 else 503
    return reply(status, {"success": False}, ("Retry-After", "0"))


# What may be absent, and what may be there.


def _without(*names: str) -> After:
    def change(asked: Asked, recording: dict[str, Any]) -> None:
        for name in names:
            recording.pop(name, None)

    return each(change)


def _least_meeting(asked: Asked, item: dict[str, Any]) -> None:
    item["meeting"] = {n: item["meeting"][n] for n in ("id", "created_at", "updated_at")}


def _linked_at_once(asked: Asked, recording: dict[str, Any]) -> None:
    started = asked.target.started.get(recording["id"])
    if started is None:
        return
    settings = started.asked.body.get("realtimekit_bucket_config", {})
    if settings.get("enabled") is not False:
        recording["download_url"] = f"https://files.example.net/{recording['id']}"
        recording["download_url_expiry"] = "2999-01-01T00:00:00Z"


def _renamed_once_stored(asked: Asked, recording: dict[str, Any]) -> None:
    if recording["status"] == "UPLOADED":
        recording["output_file_name"] = f"final_{recording['output_file_name']}"


# How recordings go on.


def _begun_at_once(asked: Asked, response: Response) -> Response:
    if asked.operation != START or response.status != 200:
        return response
    name = response.json["data"]["id"]
    asked.ask(ONE, recording_id=name)
    return asked.ask(ONE, recording_id=name)


NOT_BEGUN: dict[str, Any] = {"status": "INVOKED", "started_time": None}
NOT_STORED: dict[str, Any] = {
    "status": "UPLOADING",
    "download_url": None,
    "download_url_expiry": None,
    "audio_download_url": None,
    "file_size": None,
}


def _held_up(status: str, told: dict[str, Any], looks: int) -> After:
    """Tells of what came before a status for so many looks more, unless an action was taken."""

    def change(asked: Asked, recording: dict[str, Any]) -> None:
        left = asked.target.notes.setdefault("looks", {})
        name = recording["id"]
        if asked.operation == ACT and asked.body != {"action": "stop"}:
            left[name] = 0
        if recording["status"] == status and left.setdefault(name, looks):
            left[name] -= 1
            recording |= told

    return each(change)


def _nothing_happens(asked: Asked, response: Response) -> Response:
    """Answers an action that does not go with the status with what is there."""
    return asked.ask(ONE) if asked.operation == ACT and response.status == 409 else response


def _told_as_it_was(asked: Asked) -> Response | None:
    """Answers an action with the recording as it was before."""
    if asked.operation != ACT or not asked.lawful:
        return None
    before = asked.ask(ONE)
    done = asked.target.ask(asked.request)
    return before if done.status == 200 else done


def _lost(asked: Asked, recording: dict[str, Any]) -> None:
    if recording["status"] == "UPLOADED":
        recording |= {"status": "ERRORED", "download_url": None, "download_url_expiry": None}
        recording |= {"audio_download_url": None, "file_size": None}


def _failing(asked: Asked, recording: dict[str, Any]) -> None:
    if asked.operation not in (START, TRACK):
        recording |= {"status": "ERRORED", "started_time": None}


def _failed(asked: Asked, response: Response) -> Response:
    failed = asked.operation in (ACT, ACTIVE) and 200 <= response.status < 300
    status = 409 if asked.operation == ACT else 404
    return _refusal(status) if failed else response


def _refusal(status: int) -> Response:
    return reply(status, {"success": False, "error": {"code": status, "message": "no"}})


def _not_yet_active(asked: Asked) -> Response | None:
    """Has nothing active before the recorder was seen at work."""
    if asked.operation != ACTIVE or not asked.lawful:
        return None
    notes = asked.target.notes
    last = notes.get("last", {}).get(asked.path["meeting_id"])
    return _refusal(404) if last and notes["shown"][last]["status"] == "INVOKED" else None


def _the_oldest_is_active(asked: Asked, response: Response) -> Response:
    if asked.operation != ACTIVE or response.status != 200:
        return response
    meeting = asked.path["meeting_id"]
    for name, one in asked.target.started.items():
        if one.asked.body["meeting_id"] == meeting:
            shown = asked.ask(ONE, recording_id=name)
            return response if shown.json["data"]["status"] in ENDED else shown
    return response


def _needs_to_begin_first(asked: Asked) -> Response | None:
    """Refuses actions on what is INVOKED."""
    if asked.operation != ACT or not asked.lawful:
        return None
    shown = asked.target.notes.get("shown", {}).get(asked.path["recording_id"])
    return _refusal(409) if shown is not None and shown["status"] == "INVOKED" else None


def _remembered(asked: Asked, recording: dict[str, Any]) -> None:
    """Notes what every recording was shown as, and which one a meeting had last."""
    notes = asked.target.notes
    notes.setdefault("shown", {})[recording["id"]] = deepcopy(recording)
    if asked.operation == START:
        notes.setdefault("last", {})[asked.body["meeting_id"]] = recording["id"]


def _no_session(asked: Asked) -> Response | None:
    return _refusal(409) if asked.operation == TRACK and asked.lawful else None


# Lists.


def _at_most(most: int) -> Before:
    def before(asked: Asked) -> Response | None:
        size = asked.query.get("per_page", 20)
        if asked.operation != LIST or not isinstance(size, int | float) or size <= most:
            return None
        return asked.elsewhere(per_page=most)

    return before


def _counted_from_0(asked: Asked) -> Response | None:
    page = asked.query.get("page_no")
    if asked.operation != LIST or not isinstance(page, int | float) or page < 0:
        return None
    return asked.elsewhere(page_no=page + 1)


def _oldest_first(asked: Asked) -> Response | None:
    if asked.operation != LIST or "sort_order" in asked.query:
        return None
    return asked.elsewhere(sort_order="ASC")


def _times_of_the_meeting(asked: Asked) -> Response | None:
    """Compares the time at which the meeting was created: in 2025, for all of the mock's."""
    query = asked.query
    if asked.operation != LIST or asked.target.ask(asked.request).status != 200:
        return None
    if query.get("start_time", "") > "2026":
        paging = {"total_count": 0, "start_offset": 1, "end_offset": 0}
        return reply(200, {"success": True, "data": [], "paging": paging})
    return asked.elsewhere(end_time=ABSENT) if query.get("end_time", "") > "2026" else None


def _with_what_has_no_link(asked: Asked) -> Response | None:
    """Counts as not expired what has no link."""
    if asked.operation != LIST or asked.query.get("expired") is not False:
        return None
    return asked.elsewhere(expired=ABSENT)


def _lagging_starts(asked: Asked, response: Response) -> Response:
    """Lists a recording only when there was another request after its start."""
    notes = asked.target.notes
    newest, notes["newest"] = notes.get("newest"), None
    if asked.operation == START and response.status == 200:
        notes["newest"] = response.json["data"]["id"]
    if asked.operation != LIST or response.status != 200:
        return response
    kept = [item for item in response.json["data"] if item["id"] != newest]
    return _listed(response, kept)


def _lagging(asked: Asked, response: Response) -> Response:
    """Lists every recording as it was before the last request."""
    if not 200 <= response.status < 300:
        return response
    known = asked.target.notes.setdefault("known", {})
    if asked.operation != LIST:
        for recording in recordings_in(asked.operation, response.json):
            told = {name: recording[name] for name in CHANGING if name in recording}
            known.setdefault(recording["id"], []).append((asked.number, told))
        return response
    items = []
    for item in response.json["data"]:
        past = [told for number, told in known.get(item["id"], []) if number < asked.number - 1]
        items.append({**item, **past[-1]} if past else item)
    return with_body(response, {**response.json, "data": items})


def _within_the_filter(asked: Asked, response: Response) -> Response:
    """Leaves out of a list what a variant shows in a status that was not asked for."""
    wanted = asked.query.get("status")
    if asked.operation != LIST or response.status != 200 or wanted is None:
        return response
    kept = [item for item in response.json["data"] if item["status"] in wanted]
    return response if kept == response.json["data"] else _listed(response, kept)


def _listed(response: Response, items: list[Any]) -> Response:
    """A list with fewer items, which are counted."""
    missing = len(response.json["data"]) - len(items)
    paging = dict(response.json["paging"])
    paging["total_count"] -= missing
    paging["end_offset"] -= missing
    return with_body(response, {**response.json, "data": items, "paging": paging})


def _fault(variant: Variant) -> Fault:
    if variant.after is None:
        return Fault(variant.name, variant.before)
    return Fault(variant.name, variant.before, _both(variant.after, _within_the_filter))


def _both(first: After, second: After) -> After:
    return lambda asked, response: second(asked, first(asked, response))


VARIANTS = (
    Variant("undocumented members", after=_of_every_body(_enlarged)),
    Variant("times in seconds", after=_times(lambda time: f"{time}Z")),
    Variant("times in nanoseconds", after=_times(lambda time: f"{time}.123456789Z")),
    Variant("times of India", after=_times(lambda time: f"{time}+05:30")),
    Variant("times in small letters", after=_times(lambda time: f"{time}z".lower())),
    Variant("lists in seconds", after=each(_rounded, LIST)),
    Variant("ids in upper case", after=_upper),
    Variant("ids in upper case in lists", after=_in_lists(_upper)),
    Variant("ids of version 7", _asked_by_seven, each(_seven)),
    Variant("numbers with a point", after=_pointed),
    Variant("indented and escaped", after=_indented),
    Variant("Application/JSON;Charset=UTF-8", after=_typed("Application/JSON;Charset=UTF-8")),
    Variant("every refusal a 422", after=_but_idle(_unprocessable)),
    Variant("a wrong token is a 403", after=_forbidden),
    Variant("every refusal by the gateway", after=_but_idle(_by_the_gateway)),
    Variant("429 or 503 once in a while", _impatient),
    Variant("no optional members", after=_without(*OPTIONAL)),
    Variant("little of a meeting", after=each(_least_meeting, LIST)),
    Variant("no session", after=setting(session_id=None)),
    Variant("storage is null", after=setting(START, LIST, ONE, ACT, storage_config=None)),
    Variant("links at once", after=each(_linked_at_once)),
    Variant("another name once stored", after=each(_renamed_once_stored)),
    Variant("no length", after=_unmeasured),
    Variant("RECORDING at once", after=_begun_at_once, warned=(clause(START, "R12"),)),
    Variant("INVOKED for three looks", after=_held_up("RECORDING", NOT_BEGUN, 2)),
    Variant("UPLOADING for three looks", after=_held_up("UPLOADED", NOT_STORED, 2)),
    Variant("INVOKED for ever", after=_held_up("RECORDING", NOT_BEGUN, 10**6)),
    Variant("UPLOADING for ever", after=_held_up("UPLOADED", NOT_STORED, 10**6)),
    Variant("wrong actions do nothing", after=_nothing_happens),
    Variant("actions answered with what was before", _told_as_it_was),
    Variant(
        "no action before RECORDING",
        _needs_to_begin_first,
        _both(_held_up("RECORDING", NOT_BEGUN, 10**6), each(_remembered)),
    ),
    Variant("every file is lost", after=each(_lost)),
    Variant("every recording fails", after=_both(_failed, each(_failing))),
    Variant("active only once RECORDING", _not_yet_active, each(_remembered)),
    Variant("the oldest is active", after=_the_oldest_is_active),
    Variant("no session to record tracks of", _no_session),
    Variant("twenty a page", _at_most(20)),
    Variant("three a page", _at_most(3)),
    Variant("pages from 0", _counted_from_0),
    Variant("oldest first by default", _oldest_first),
    Variant("filters by the meeting's time", _times_of_the_meeting),
    Variant("not expired without a link", _with_what_has_no_link),
    Variant("lists behind starts", after=_lagging_starts, takes_time=True),
    Variant("lists behind everything", after=_lagging, takes_time=True),
)
OVER_HTTP = (
    Variant("gzip, in chunks", after=_both(_gzipped, _unmeasured)),
    Variant("a connection each", after=_closing),
)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_lawful_variant(variant: Variant) -> None:
    """A service that the documents allow has no findings, however unusual it is."""
    clock = None if variant.takes_time else StillClock()
    found = run(_fault(variant), settle_seconds=2.0, clock=clock)
    assert found.findings == {}
    assert found.warnings == dict.fromkeys(variant.warned, "violated")
    assert touched(found)


@pytest.mark.parametrize("variant", OVER_HTTP, ids=str)
def test_a_lawful_variant_over_http(variant: Variant) -> None:
    """Nor does it matter how replies are carried."""
    found = run_served(Fault(variant.name, variant.before, variant.after))
    assert found.findings == {}
    assert found.warnings == {}
    assert not found.verdicts("inconclusive")
