"""The pack's scenarios, played against its stand-in: what breaks a promise, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn
from uuid import uuid4

import httpx
import pytest

from clausewise import Reply
from clausewise.campaign.requests import read_path
from clausewise.pack import find_pack
from clausewise.pointer import ABSENT, look

from ..conftest import REPOSITORY

PACK = find_pack(str(REPOSITORY))
START, LIST, ONE = "start_recording", "get_all_recordings", "get_one_recording"
PUT, ACTIVE = "pause_resume_stop_recording", "get_active_recording"
# What the three scenarios send to an endpoint that keeps everything, all together.
MOST = 42


class Asked:
    """A request of a scenario, and its answer. A fault may change either."""

    def __init__(self, operation: str, path: Any, query: Any, body: Any) -> None:
        self.operation = operation
        self.path = dict(path or {})
        self.query = dict(query or {})
        self.body = body
        self.status = 0
        self.reply: Any = None

    @property
    def accepted(self) -> bool:
        """Whether the answer is a success."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether it is a 4xx about the request."""
        return 400 <= self.status < 500 and self.status not in (401, 403, 429)

    def at(self, pointer: str) -> Any:
        """The value at a pointer, or None."""
        value = look(self.reply, pointer)
        return None if value is ABSENT else value

    def must_be_accepted(self) -> Reply:
        """The answer itself, or the end of the scenario."""
        if not self.accepted:
            raise _Ended
        return self

    def refuse(self, status: int) -> None:
        """Answer no instead."""
        self.status = status
        self.reply = {"success": False, "error": {"code": status, "message": "no"}}


class _Ended(Exception):  # noqa: N818  # an outcome
    pass


Change = Callable[[Asked], None]


def nothing(asked: Asked) -> None:
    """Change nothing."""


class Played:
    """A scenario without a run around it: requests to a stand-in, and what was noted."""

    def __init__(self, before: Change, after: Change) -> None:
        self.app = PACK.mock()
        self.before = before
        self.after = after
        self.sent = 0
        self.kept: set[str] = set()
        self.broken: set[str] = set()

    def fresh(self, resource: str) -> str:
        """A meeting that nobody records."""
        assert resource in PACK.resources
        return str(uuid4())

    def send(
        self, operation: str, *, path: Any = None, query: Any = None, body: Any = ABSENT
    ) -> Asked:
        """Send one request."""
        asked = Asked(operation, path, query, body)
        self.sent += 1
        self.before(asked)
        response = asyncio.run(self._sent(asked))
        asked.operation = operation
        asked.status, asked.reply = response.status_code, response.json()
        self.after(asked)
        return asked

    async def _sent(self, asked: Asked) -> httpx.Response:
        operation = PACK.contract.operations[asked.operation]
        texts = {**PACK.path_values, **{k: str(v) for k, v in asked.path.items()}}
        wire = operation.codec.written(
            {"path": read_path(operation, texts), "query": dict(asked.query)}
        )
        assert wire is not None
        assert PACK.credential is not None
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://mock",
            headers={"Authorization": f"Bearer {PACK.credential.stand_in}"},
        ) as client:
            body = {} if asked.body is ABSENT else {"json": asked.body}
            return await client.request(operation.method, f"{wire.path}?{wire.query}", **body)

    def poll(
        self,
        operation: str,
        *,
        until: Any,
        path: Any = None,
        query: Any = None,
        body: Any = ABSENT,
        most: int = 4,
    ) -> Asked:
        """Send one request again, without waiting."""
        for _ in range(most):
            reply = self.send(operation, path=path, query=query, body=body)
            if until(reply):
                break
        return reply

    def give_up(self, reason: str) -> NoReturn:
        """End the scenario."""
        assert reason
        raise _Ended

    def holds(self, rule: str, reply: Asked, condition: bool, message: str) -> bool:
        """Note what is said of a rule."""
        assert f"{reply.operation}:rule:{rule}" in PACK.contract.clauses
        assert condition or message
        (self.kept if condition else self.broken).add(f"{rule} of {reply.operation}")
        return condition


def played(before: Change = nothing, after: Change = nothing) -> Played:
    """Play all scenarios, one after the other, on one stand-in.

    None sends more, or notes another rule, than it declares.
    """
    whole = Played(before, after)
    for scenery, play in PACK.scenarios:
        one = Played(before, after)
        one.app = whole.app
        with suppress(_Ended):
            play(one)
        assert one.sent <= scenery.requests
        assert {note.split()[0] for note in one.kept | one.broken} <= set(scenery.rules)
        whole.sent += one.sent
        whole.kept |= one.kept
        whole.broken |= one.broken
    return whole


def test_an_endpoint_that_keeps_everything() -> None:
    """Every rule that names a scenario is shown, for each operation, with few requests."""
    whole = played()

    assert whole.broken == set()
    assert whole.sent <= MOST
    for rule in PACK.contract.rules.values():
        if rule.scenario is not None:
            assert rule.scenario in {scenery.name for scenery, _ in PACK.scenarios}
            assert {f"{rule.id} of {name}" for name in rule.operations} <= whole.kept


def test_an_endpoint_that_makes_up_its_replies() -> None:
    """Whose ids are new each time is asked for what never comes, and not more than is declared."""
    real: list[str] = []

    def before(asked: Asked) -> None:
        if asked.operation == START:
            asked.body = {**asked.body, "allow_multiple_recordings": True}
        if "recording_id" in asked.path:
            asked.path["recording_id"] = real[-1]

    def after(asked: Asked) -> None:
        if asked.operation == START and asked.body.get("storage_config"):
            asked.refuse(422)
        if asked.operation == LIST:
            asked.reply["paging"]["total_count"] = 0
        data = asked.reply.get("data")
        for one in data if isinstance(data, list) else [data]:
            if isinstance(one, dict):
                real.append(one["id"])
                one |= {"id": str(uuid4()), "status": "RECORDING"}

    whole = played(before, after)

    assert {"R5 of start_recording", "R41 of get_all_recordings"} <= whole.broken


def _ignoring(name: str, asked: Asked) -> None:
    asked.query.pop(name, None)


def _instead(action: str, asked: Asked) -> None:
    """Only look at the recording, whatever else was asked for."""
    if asked.operation == PUT and asked.body["action"] == action:
        asked.operation, asked.body = ONE, ABSENT


def _always_allowed(asked: Asked) -> None:
    if asked.operation == START:
        asked.body = {**asked.body, "allow_multiple_recordings": True}


def _refusing(action: str, asked: Asked) -> None:
    if asked.operation == PUT and asked.body["action"] == action:
        asked.refuse(409)


def _nothing_active(asked: Asked) -> None:
    if asked.operation == ACTIVE:
        asked.refuse(404)


def _another_4xx(asked: Asked) -> None:
    if asked.refused:
        asked.refuse(400)


def _one_id(asked: Asked) -> None:
    if asked.operation == START and asked.accepted:
        asked.reply["data"]["id"] = "0d9c5c1e-52f6-4f7e-8f0d-6f3e4c1b2a90"


def _another_active(asked: Asked) -> None:
    if asked.operation == ACTIVE and asked.accepted:
        asked.reply["data"]["id"] = str(uuid4())


def _short(asked: Asked) -> None:
    if asked.operation == LIST and asked.accepted:
        del asked.reply["data"][1:]


def _remembering() -> Change:
    """Go on showing what was active once."""
    seen: dict[str, Any] = {}

    def change(asked: Asked) -> None:
        if asked.operation == ACTIVE and asked.accepted:
            seen[asked.path["meeting_id"]] = asked.reply
        elif asked.operation == ACTIVE and asked.path["meeting_id"] in seen:
            asked.status, asked.reply = 200, seen[asked.path["meeting_id"]]

    return change


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        pytest.param(before, after, broken, id=name)
        for name, before, after, broken in (
            ("pause does nothing", partial(_instead, "pause"), nothing, {f"R28 of {PUT}"}),
            ("stop does nothing", partial(_instead, "stop"), nothing, {f"R28 of {PUT}"}),
            ("no pause", nothing, partial(_refusing, "pause"), {f"R28 of {PUT}"}),
            ("no resuming", nothing, partial(_refusing, "resume"), {f"R28 of {PUT}"}),
            ("any number at once", _always_allowed, nothing, {f"R5 of {START}"}),
            ("nothing is active", nothing, _nothing_active, {f"R31 of {ACTIVE}"}),
            (
                "another is active",
                nothing,
                _another_active,
                {f"R31 of {ACTIVE}", f"R41 of {ACTIVE}"},
            ),
            ("always active", nothing, _remembering(), {f"R30 of {ACTIVE}"}),
            ("idle is 400", nothing, _another_4xx, {f"R30 of {ACTIVE}"}),
            ("a list of one", nothing, _short, {f"R41 of {LIST}"}),
            ("no pages", partial(_ignoring, "page_no"), nothing, {f"R35 of {LIST}"}),
            ("no beginning", partial(_ignoring, "start_time"), nothing, {f"R32 of {LIST}"}),
            ("no end", partial(_ignoring, "end_time"), nothing, {f"R32 of {LIST}"}),
            ("no search", partial(_ignoring, "search"), nothing, {f"R32 of {LIST}"}),
            ("no expiry", partial(_ignoring, "expired"), nothing, {f"R32 of {LIST}"}),
        )
    ],
)
def test_a_broken_promise(before: Change, after: Change, broken: set[str]) -> None:
    """It is noted for its rule, and nothing else is."""
    assert played(before, after).broken == broken


def test_one_id_for_all() -> None:
    """Then a second start gave the first recording again, and others are not known any more."""
    assert f"R41 of {START}" in played(after=_one_id).broken


def _upper_case(asked: Asked) -> None:
    shown = asked.reply.get("data", [])
    for recording in [shown] if isinstance(shown, dict) else shown:
        recording["id"] = recording["id"].upper()


def _late(asked: Asked) -> None:
    """Show the recording as it was before the action."""
    was = {"pause": "RECORDING", "resume": "PAUSED", "stop": "RECORDING"}
    if asked.operation == PUT and asked.accepted:
        asked.reply["data"]["status"] = was[asked.body["action"]]


def _changing_nothing(asked: Asked) -> None:
    if asked.operation == PUT and asked.status == 409:
        asked.status, asked.reply = 200, {"success": True, "data": {"status": "UPLOADING"}}


def _answering(status: int, operation: str, asked: Asked) -> None:
    if asked.operation == operation:
        asked.refuse(status)


def _no_other_storage(asked: Asked) -> None:
    if asked.operation == START and "storage_config" in asked.body:
        asked.refuse(400)


def _without_data(asked: Asked) -> None:
    asked.reply.pop("data", None)


def _ended_by_itself(asked: Asked) -> None:
    """Lose every recording at its first action (R22)."""
    if asked.operation == PUT and asked.body["action"] != "stop":
        asked.operation, asked.body = PUT, {"action": "stop"}


def _not_active_yet() -> Change:
    """Count a recording as active from the second time on."""
    asked_before: set[str] = set()

    def change(asked: Asked) -> None:
        if asked.operation == ACTIVE and asked.path["meeting_id"] not in asked_before:
            asked_before.add(asked.path["meeting_id"])
            asked.refuse(404)

    return change


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(before, after, id=name)
        for name, before, after in (
            ("upper case", nothing, _upper_case),
            ("late effects", nothing, _late),
            ("actions that change nothing", nothing, _changing_nothing),
            ("what ends by itself", _ended_by_itself, nothing),
            ("no storage of one's own", nothing, _no_other_storage),
            ("INVOKED is not active", nothing, _not_active_yet()),
            ("no data", nothing, _without_data),
            *(
                (f"{status} of {operation}", nothing, partial(_answering, status, operation))
                for operation in (START, LIST, ONE, PUT, ACTIVE)
                for status in (429, 500, 503)
            ),
            ("no lists", nothing, partial(_answering, 400, LIST)),
            ("no starts", nothing, partial(_answering, 403, START)),
        )
    ],
)
def test_no_broken_promise(before: Change, after: Change) -> None:
    """What the documents leave open, and what is about something else, is never held against it."""
    assert played(before, after).broken == set()
