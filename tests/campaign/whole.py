"""Hand-broken services: the pack's mock as a whole, behind faults, and a whole run against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from clausewise.cache import VARIABLE
from clausewise.campaign.campaign import Campaign
from clausewise.campaign.clock import Clock
from clausewise.campaign.scenario import play
from clausewise.contract import Operation
from clausewise.contract.parameter_pairs import read_query
from clausewise.exchange import Request, Response
from clausewise.mock import running
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import Plan, make_plan
from clausewise.pointer import ABSENT
from clausewise.transport.http import HttpTarget
from clausewise.transport.target import Target

from .faults import JSON, FaultyTarget, Run, filled, parsed, the_pack, the_settings, with_body
from .services import content_of

START = "start_recording"
LIST = "get_all_recordings"
ONE = "get_one_recording"
ACT = "pause_resume_stop_recording"
ACTIVE = "get_active_recording"
TRACK = "startTrackRecordingForAMeeting"


@cache
def the_whole_plan() -> Plan:
    """The plan of all six operations, made once: a plan is not changed by being carried out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")
        return make_plan(the_pack(), examples=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as a fault sees it.

    `body` is ABSENT where there is none or it is not JSON. `number` counts the requests of this
    run from 1. What a fault has to remember stands in `target.notes`.
    """

    request: Request
    operation: str
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    number: int
    target: WholeTarget

    @property
    def lawful(self) -> bool:
        """Whether it is a request that the contract allows, as far as no rule is concerned."""
        operation = the_pack().contract.operations[self.operation]
        credential = the_pack().credential
        assert credential is not None
        if self._header("authorization") != f"Bearer {credential.stand_in}":
            return False
        if any(self.path[name] != value for name, value in the_pack().path_values.items()):
            return False
        if operation.body is None:
            return True
        told = (self._header("content-type") or "").startswith(JSON)
        return told and self.body is not ABSENT and operation.body.validator.is_valid(self.body)

    def elsewhere(self, **parameters: Any) -> Response:
        """The mock's answer to this request with other parameters in its query, ABSENT for none."""
        url, _, written = self.request.url.partition("?")
        pairs = [pair for pair in written.split("&") if pair.partition("=")[0] not in parameters]
        pairs += [f"{name}={value}" for name, value in parameters.items() if value is not ABSENT]
        return self._sent(self.request.method, f"{url}?{'&'.join(pairs)}")

    def translated(self, here: str, there: str) -> Response:
        """The mock's answer to this request with another text in its URL."""
        request = self.request
        url = request.url.replace(here, there)
        return self.target.ask(Request(request.method, url, request.headers, request.content))

    def ask(self, operation: str, **path: str) -> Response:
        """The mock's answer to another request of the same sender, one without a body."""
        asked = the_pack().contract.operations[operation]
        return self._sent(
            asked.method, f"http://mock.invalid{filled(asked, {**self.path, **path})}"
        )

    def _sent(self, method: str, url: str) -> Response:
        headers = (("Authorization", self._header("authorization") or ""),)
        return self.target.ask(Request(method, url, headers))

    def _header(self, name: str) -> str | None:
        return next((v for key, v in self.request.headers if key.lower() == name), None)


Before = Callable[[Asked], Response | None]
After = Callable[[Asked, Response], Response]


@dataclass(frozen=True, slots=True)
class Fault:
    """One deliberate breach of a promise, or a lawful peculiarity.

    `before` may answer in place of the mock, `after` may change what is answered.
    """

    name: str
    before: Before | None = None
    after: After | None = None


@dataclass(slots=True)
class Started:
    """A recording that was started: what was asked for, and `data` as it was answered."""

    asked: Asked
    data: dict[str, Any]


class WholeTarget(FaultyTarget):
    """The pack's mock with faults in front of every operation of it, and behind each."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.all_faults = faults
        self.number = 0
        # How many replies were other than the mock's.
        self.touched = 0
        # By id, in the order in which they were started.
        self.started: dict[str, Started] = {}
        self.notes: dict[str, Any] = {}

    def send(self, request: Request) -> Response:
        """Answer one request."""
        self.number += 1
        asked = self._asked(request)
        if asked is None:
            return self.ask(request)
        answers = (fault.before(asked) for fault in self.all_faults if fault.before is not None)
        response = next((answer for answer in answers if answer is not None), None)
        self.touched += response is not None
        if response is None:
            response = self.ask(request)
        if asked.operation == START and response.status == 200:
            data = response.json.get("data")
            if isinstance(data, dict):
                self.started.setdefault(data["id"], Started(asked, data))
        for fault in self.all_faults:
            if fault.after is not None:
                changed = fault.after(asked, response)
                self.touched += changed is not response
                response = changed
        return response

    def _asked(self, request: Request) -> Asked | None:
        parts = urlsplit(request.url)
        for method, pattern, operation in _templates():
            found = pattern.fullmatch(parts.path) if method == request.method else None
            if found is not None:
                query = read_query(operation.parameters, parts.query)
                body = parsed(request.content)
                path = found.groupdict()
                return Asked(request, operation.id, path, query, body, self.number, self)
        return None


@cache
def _templates() -> list[tuple[str, re.Pattern[str], Operation]]:
    operations = the_pack().contract.operations.values()
    # A concrete path goes before a templated one.
    return [
        (o.method, re.compile(re.sub(r"\\{(\w+)\\}", "(?P<\\1>[^/]+)", re.escape(o.path))), o)
        for o in sorted(operations, key=lambda operation: operation.path.count("{"))
    ]


def run(*faults: Fault, settle_seconds: float = 0.0, clock: Clock | None = None) -> Run:
    """A whole run, scenarios first, on a mock in this process with these faults, by a clock."""
    settings = replace(the_settings(), settle_seconds=settle_seconds)
    return carried_out(WholeTarget(*faults), settings, clock)


def run_served(*faults: Fault) -> Run:
    """The same over loopback, where replies are real bytes."""
    with running(Served(WholeTarget(*faults))) as url:
        settings = resolve(the_pack(), base_url=url, environment={})
        return carried_out(HttpTarget(settings), settings)


def carried_out(target: Target, settings: Settings, clock: Clock | None = None) -> Run:
    """A whole run of the pack, scenarios first, by a clock."""
    pack = the_pack()
    scenarios = sum(scenery.requests for scenery, _ in pack.scenarios)
    campaign = Campaign(pack, the_whole_plan(), settings, target, scenarios=scenarios, clock=clock)
    campaign.start()
    try:
        for scenery, function in pack.scenarios:
            play(campaign, scenery, function)
    finally:
        campaign.join()
    return Run(campaign, campaign.rulings())


class Served:
    """A target as an ASGI application; without a length, bodies go out in chunks."""

    def __init__(self, target: WholeTarget) -> None:
        self.target = target

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        content = await content_of(receive)
        query = scope["query_string"].decode()
        url = "http://mock.invalid" + scope["raw_path"].decode() + (f"?{query}" if query else "")
        headers = tuple(
            (name.decode(), value.decode("latin-1")) for name, value in scope["headers"]
        )
        sent = self.target.send(Request(scope["method"], url, headers, content or None))
        told = [(name.encode(), value.encode("latin-1")) for name, value in sent.headers]
        await send({"type": "http.response.start", "status": sent.status, "headers": told})
        half = len(sent.content) // 2
        await send({"type": "http.response.body", "body": sent.content[:half], "more_body": True})
        await send({"type": "http.response.body", "body": sent.content[half:]})


def touched(found: Run) -> int:
    """How many replies were other than the mock's."""
    target = found.campaign.target
    assert isinstance(target, WholeTarget)
    return target.touched


# Ways of breaking replies.


def recordings_in(operation: str, body: Any) -> list[dict[str, Any]]:
    """Every recording that the body of a success shows."""
    data = body.get("data")
    if operation == TRACK and isinstance(data, dict):
        data = data.get("recording")
    return [item for item in (data if isinstance(data, list) else [data]) if isinstance(item, dict)]


def on_refusal(change: Callable[[Asked, Response], Response], *operations: str) -> After:
    """Change each 4xx of these operations, or of all."""

    def after(asked: Asked, response: Response) -> Response:
        about = not operations or asked.operation in operations
        return change(asked, response) if about and 400 <= response.status < 500 else response

    return after


def each(change: Callable[[Asked, dict[str, Any]], Any], *operations: str) -> After:
    """Change every recording that a success of these operations, or of all, shows, in place."""

    def after(asked: Asked, response: Response) -> Response:
        if not 200 <= response.status < 300 or (operations and asked.operation not in operations):
            return response
        body = deepcopy(response.json)
        for recording in recordings_in(asked.operation, body):
            change(asked, recording)
        return response if body == response.json else with_body(response, body)

    return after


def setting(*operations: str, **members: Any) -> After:
    """Give recordings these members wherever they are shown."""
    return each(lambda asked, recording: recording.update(members), *operations)


def clause(operation: str, rule: str) -> str:
    """The id of a rule as a clause of an operation."""
    return f"{operation}:rule:{rule}"
