"""Services that need a moment: what is on its way is waited for, and taken back in the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from clausewise.exchange import Request, Response
from clausewise.transport.http import HttpTarget
from clausewise.transport.target import Failed

from .odd import operation
from .services import (
    NO,
    OK,
    TEXT,
    Answer,
    Asked,
    Full,
    campaign_of,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

SIZE = members(["size"], size={"type": "integer", "minimum": 0, "maximum": 9})
LOOSE = members(["size"], size={"type": "integer", "minimum": 0})
# So many seconds a thing needs after it was made.
NEEDS = 0.4


class Things:
    """Things with a size, and when each was made; `early` is what is answered before its time.

    `is_early` says of a request about a thing of an age, in seconds, whether that is not ready.
    """

    def __init__(
        self,
        early: Answer,
        schema: Any,
        is_early: Callable[[Asked, float], bool] = lambda asked, age: age < NEEDS,
    ) -> None:
        self.early = early
        self.is_early = is_early
        self.schema = schema
        self.made: dict[str, float] = {}
        self._numbers = count(1)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request for `/things` or below."""
        key = asked.path.removeprefix("/things").strip("/")
        if not key:
            if asked.method == "GET":
                return 200, [{"id": known, "ok": True} for known in self.made]
            if lawful_body(asked, self.schema) is None:
                return NO
            key = f"t{next(self._numbers)}"
            self.made[key] = time.monotonic()
            return 201, {"id": key}
        if key not in self.made:
            return 404, {"error": "no"}
        if self.is_early(asked, time.monotonic() - self.made[key]):
            return self.early
        if asked.method == "DELETE":
            del self.made[key]
        return 200, {"id": key, "ok": True}


def paths() -> dict[str, Any]:
    """One operation that makes a thing, one that lists them, two that are about one."""
    listed = operation("list")
    items = {"type": "array", "items": members(["id"], id=TEXT)}
    listed["responses"]["200"]["content"] = {"application/json": {"schema": items}}
    read = showing(operation("read"), id=TEXT, ok={"type": "boolean"})
    read["responses"]["202"] = {"description": "It is being made."}
    return {
        "/things": {"post": showing(operation("make", SIZE, "201"), id=TEXT), "get": listed},
        "/things/{id}": {
            "parameters": [placed("id", TEXT)],
            "get": read,
            "delete": operation("drop"),
        },
    }


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("status", [202, 409, 423, 425])
def test_a_thing_that_is_not_ready(tmp_path: Path, status: int, broken: bool) -> None:
    """It is asked for until it is ready, so its reply is judged, and it is taken back."""

    class Late(Things):
        def __call__(self, asked: Asked) -> Answer:
            answer = super().__call__(asked)
            shown = answer[0] == 200 and asked.method == "GET" and asked.path != "/things"
            return (200, {"id": answer[1]["id"], "ok": 1}) if broken and shown else answer

    def is_early(asked: Asked, age: float) -> bool:
        # Only what reads a thing is answered with 202 before it is there.
        return age < NEEDS and (status != 202 or asked.method == "GET")

    things = Late((status, {"error": "being made"}), SIZE, is_early)
    found, rulings = ruled(campaign_of(tmp_path, paths(), things))
    assert found == ({"read:200#/ok:type": "violated"} if broken else {})
    assert rulings["read:served"].verdict == rulings["drop:served"].verdict == "upheld"
    assert things.made == {}


def test_what_is_never_ready_is_waited_for_once(tmp_path: Path) -> None:
    """A state that does not come proves nothing, and what could not be taken back is told."""
    things = Things((409, {"error": "being made"}), SIZE, lambda asked, age: True)
    campaign = campaign_of(tmp_path, paths(), things)
    assert campaign.rulings()["read:served"].verdict == "inconclusive"
    assert campaign.sender.created.undone == 0
    assert len(campaign.sender.created.to_undo) == len(things.made) > 0


def test_a_refusal_in_words_is_not_waited_for(tmp_path: Path) -> None:
    """What says that it was done already will not come out otherwise a little later."""
    early = (409, {"error": "already archived"})
    things = Things(early, SIZE, lambda asked, age: asked.method == "GET")
    campaign = campaign_of(tmp_path, paths(), things)
    assert campaign.sender.settling._waited == 0
    assert things.made == {}


def slow_down(most: int, told: Answer | Full) -> Callable[[], Answer | Full | None]:
    """What answers `told` where it was asked more often than `most` times in half a second."""
    asked: list[float] = []

    def answer() -> Answer | Full | None:
        now = time.monotonic()
        asked[:] = [moment for moment in asked if now - moment < 0.5]
        if len(asked) >= most:
            return told
        asked.append(now)
        return None

    return answer


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    "told",
    [
        (429, {"error": "no"}),
        (403, {"error": "API rate limit exceeded"}),
        (403, OK, {"retry-after": "1"}),
    ],
)
def test_a_limit_that_does_not_say_how_long(
    tmp_path: Path, told: Answer | Full, broken: bool
) -> None:
    """It is waited for on this machine as well: all is judged, and nothing stays behind."""
    things = Things(NO, LOOSE if broken else SIZE, lambda asked, age: False)
    limit = slow_down(40, told)
    campaign = campaign_of(tmp_path, paths(), lambda asked: limit() or things(asked))
    found, rulings = ruled(campaign)
    assert found == ({"make:request#/size:maximum": "lenient"} if broken else {})
    assert rulings["drop:served"].verdict == "upheld"
    assert things.made == {}


def test_a_limit_that_never_ends_is_not_waited_for_each_time(tmp_path: Path) -> None:
    """What always asks for patience gets it twice; then its answers are taken as they come."""
    paths = {"/ping": {"get": operation("ping")}, "/busy": {"get": operation("busy")}}

    def service(asked: Asked) -> Answer:
        return (200, OK) if asked.path == "/ping" else (429, OK)

    campaign = campaign_of(tmp_path, paths, service)
    assert campaign.rulings()["busy:served"].verdict == "inconclusive"
    assert 0 < campaign.sender.pace.put_off <= 6


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("status", [409, 423])
def test_what_takes_one_request_at_a_time(tmp_path: Path, status: int, broken: bool) -> None:
    """What is busy with the request before is asked again, one request after the other."""
    reason = members(["reason"], reason={"type": "string", "maxLength": 30})
    loose = members(["reason"], reason=TEXT)
    until = [0.0]

    def service(asked: Asked) -> Answer:
        if lawful_body(asked, loose if broken else reason) is None:
            return NO
        if time.monotonic() < until[0]:
            return status, {"error": "busy"}
        until[0] = time.monotonic() + 0.1
        return 200, OK

    campaign = campaign_of(tmp_path, {"/lock": {"post": operation("lock", reason)}}, service)
    found, rulings = ruled(campaign)
    assert found == ({"lock:request#/reason:maxLength": "lenient"} if broken else {})
    assert rulings["lock:request#/reason:type"].verdict == "upheld"


@pytest.mark.parametrize("broken", [False, True])
def test_a_target_that_starts_anew(tmp_path: Path, broken: bool) -> None:
    """Half a second without replies ends no run, and what was made before is taken back."""
    things = Things(NO, SIZE, lambda asked, age: False)

    def service(asked: Asked) -> Answer:
        answer = things(asked)
        shown = asked.method == "GET" and asked.path != "/things" and answer[0] == 200
        return (200, {**answer[1], "ok": 1}) if broken and shown else answer

    asked_before, since = count(1), [0.0]

    class Restarting(HttpTarget):
        def send(self, request: Request) -> Response:
            """Answer, but for half a second."""
            if next(asked_before) == 30:
                since[0] = time.monotonic()
            if time.monotonic() - since[0] < 0.5:
                raise Failed("Server disconnected", unreachable=False)
            return super().send(request)

    campaign = campaign_of(tmp_path, paths(), service, kind=Restarting)
    found, rulings = ruled(campaign)
    assert found == ({"read:200#/ok:type": "violated"} if broken else {})
    assert rulings["drop:served"].verdict == "upheld"
    assert things.made == {}
