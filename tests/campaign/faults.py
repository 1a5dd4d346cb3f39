"""Hand-broken endpoints: the pack's mock in this process, behind faults that a test names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_OID, uuid5

import pytest

from clausewise.cache import VARIABLE
from clausewise.campaign.campaign import Campaign
from clausewise.contract import Clause, Operation
from clausewise.contract.compiled import compiled
from clausewise.exchange import Request, Response
from clausewise.mock import Application
from clausewise.pack import Pack, find_pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import OperationPlan, Plan, make_plan
from clausewise.pointer import ABSENT, look
from clausewise.record.verdicts import Ruling
from clausewise.strict_json import NotJSON, parse
from clausewise.values.values import Level, written_alike

from ..conftest import REPOSITORY

NAME = "start_recording"
STATUS = f"{NAME}:status"
FINDINGS = ("violated", "lenient", "strict")
JSON = "application/json"


@cache
def the_pack() -> Pack:
    """The pack of this repository."""
    return find_pack(start=REPOSITORY)


@cache
def the_plan(examples: int = 0, seed: int = 0) -> Plan:
    """Its plan, made once: a plan is not changed by being carried out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")  # no plan of another day, and none kept in anybody's home
        return make_plan(the_pack(), operations=[NAME], examples=examples, seed=seed)


def the_operation_plan() -> OperationPlan:
    """The plan of the one operation."""
    return the_plan().operations[NAME]


def the_operation() -> Operation:
    """The one operation."""
    return the_pack().contract.operations[NAME]


@dataclass(frozen=True, slots=True)
class Asked:
    """One start as a fault sees it.

    `body` is ABSENT where there is none or it is not JSON; `number` counts the starts from 1.
    """

    request: Request
    body: Any
    number: int
    target: FaultyTarget

    def header(self, name: str) -> str | None:
        """The value of a request header."""
        wanted = name.lower()
        return next((value for key, value in self.request.headers if key.lower() == wanted), None)

    @property
    def authorized(self) -> bool:
        """Whether the pack's own token came along."""
        credential = the_pack().credential
        assert credential is not None
        return self.header("authorization") == f"Bearer {credential.stand_in}"

    def accepted(self) -> Response:
        """What a success looks like, whatever was asked.

        It is the mock's reply to the plainest start of a fresh meeting, but for the prefix.
        """
        body = {"meeting_id": self.target.fresh_id()}
        prefix = self.body.get("file_name_prefix") if isinstance(self.body, dict) else None
        if isinstance(prefix, str):
            body["file_name_prefix"] = prefix
        return self.target.plain_start(body)


Before = Callable[[Asked], Response | None]
After = Callable[[Asked, Response], Response]


@dataclass(frozen=True, slots=True)
class Fault:
    """One deliberate breach of a promise, and what a run must say of it: verdicts by clause id.

    `before` may answer in place of the mock, `after` may change what the mock answers.
    """

    name: str
    expected: Mapping[str, str] = field(default_factory=dict)
    before: Before | None = None
    after: After | None = None


class FaultyTarget:
    """The pack's mock with faults in front of it and behind it.

    The first fault that answers before the mock decides; those behind it work one after another.
    """

    kind = "in-process"

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = list(faults)
        self.application: Application = the_pack().mock()
        self.starts = 0
        self.closed = False
        self._ids = count()

    def send(self, request: Request) -> Response:
        """Answer one request; only starts are broken."""
        if request.method != "POST":
            return self.ask(request)
        self.starts += 1
        asked = Asked(request, parsed(request.content), self.starts, self)
        answers = (fault.before(asked) for fault in self.faults if fault.before is not None)
        response = next((answer for answer in answers if answer is not None), None)
        if response is None:
            response = self.ask(request)
        for fault in self.faults:
            if fault.after is not None:
                response = fault.after(asked, response)
        return response

    def close(self) -> None:
        """Note that the run is over."""
        self.closed = True

    def ask(self, request: Request) -> Response:
        """The mock's own answer."""
        start = time.perf_counter()
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers}
        sent = self.application.answer(
            request.method, parts.path, parts.query, headers, request.content or b""
        )
        return Response(
            sent.status,
            tuple((name.decode(), value.decode()) for name, value in sent.headers),
            sent.content,
            time.perf_counter() - start,
        )

    def plain_start(self, body: Any) -> Response:
        """The mock's answer to a start in which all but the body is as it should be."""
        pack = the_pack()
        credential = pack.credential
        assert credential is not None
        headers = (("Content-Type", JSON), ("Authorization", f"Bearer {credential.stand_in}"))
        url = f"http://mock.invalid{filled(the_operation(), pack.path_values)}"
        return self.ask(Request("POST", url, headers, json.dumps(body).encode()))

    def fresh_id(self) -> str:
        """The id of a meeting that nobody else uses."""
        return str(uuid5(NAMESPACE_OID, f"fault {next(self._ids)}"))


def filled(operation: Operation, texts: Mapping[str, str]) -> str:
    """The path of an operation with these texts in it."""
    return operation.codec.with_texts({name: quote(text) for name, text in texts.items()})


def parsed(content: bytes | None) -> Any:
    """The JSON of a request, or ABSENT where it is none."""
    try:
        return parse(content or b"")
    except NotJSON:
        return ABSENT


@dataclass(slots=True)
class Run:
    """A finished run: its campaign, and the verdict on every clause."""

    campaign: Campaign
    rulings: dict[str, Ruling]

    @property
    def findings(self) -> dict[str, str]:
        """What fails the run: clause id to verdict, without what is soft."""
        return {
            name: ruling.verdict
            for name, ruling in self.rulings.items()
            if ruling.verdict in FINDINGS and not ruling.clause.soft
        }

    @property
    def refusals(self) -> dict[str, str]:
        """What of `warnings` is about refusals, which no document describes."""
        return {name: verdict for name, verdict in self.warnings.items() if ":4XX" in name}

    @property
    def warnings(self) -> dict[str, str]:
        """What does not fail it though it is broken: soft clause id to verdict."""
        return {
            name: ruling.verdict
            for name, ruling in self.rulings.items()
            if ruling.verdict in FINDINGS and ruling.clause.soft
        }

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self.campaign.sender.requests

    def verdict(self, short_id: str) -> str:
        """The verdict on a clause of the operation."""
        return self.rulings[f"{NAME}:{short_id}"].verdict

    def message(self, short_id: str) -> str:
        """What is said of a clause of the operation."""
        return self.rulings[f"{NAME}:{short_id}"].message

    def verdicts(self, *names: str) -> dict[str, str]:
        """The clauses, by id, that have one of these verdicts."""
        return {
            name: ruling.verdict for name, ruling in self.rulings.items() if ruling.verdict in names
        }


def run(
    *faults: Fault, plan: Plan | None = None, target: Any = None, settings: Settings | None = None
) -> Run:
    """Carry out the plan on a mock with these faults. Raises TargetError."""
    pack = the_pack()
    campaign = Campaign(
        pack,
        plan or the_plan(),
        settings or the_settings(),
        target or FaultyTarget(faults),
    )
    campaign.run()
    return Run(campaign, campaign.rulings())


def the_settings() -> Settings:
    """The settings of a run on the mock, whatever the environment says."""
    # Nothing goes on in this process while a run waits.
    return resolve(the_pack(), environment={}, settle_seconds=0.0)


def expected(*faults: Fault) -> dict[str, str]:
    """What a run must find when all of these faults are there."""
    found: dict[str, str] = {}
    for fault in faults:
        found |= fault.expected
    return found


# Replies.


def reply(status: int, body: Any, *headers: tuple[str, str]) -> Response:
    """A JSON reply."""
    content = json.dumps(body).encode()
    return Response(status, (("content-type", JSON), *headers), content, 0.0)


def refusal(status: int = 422, message: str = "no") -> Response:
    """A refusal in RealtimeKit's envelope."""
    return reply(status, {"success": False, "error": {"code": status, "message": message}})


def text(status: int, words: str = "Internal Server Error") -> Response:
    """A reply in plain text."""
    return Response(status, (("content-type", "text/plain"),), words.encode(), 0.0)


def with_body(response: Response, body: Any) -> Response:
    """A reply with another body."""
    return with_content(response, json.dumps(body, ensure_ascii=False).encode())


def with_content(response: Response, content: bytes) -> Response:
    """A reply with other bytes for a body."""
    headers = tuple(item for item in response.headers if item[0].lower() != "content-length")
    return Response(response.status, headers, content, 0.0)


def with_header(response: Response, name: str, value: str | None) -> Response:
    """A reply with another value of a header, or without it."""
    headers = [item for item in response.headers if item[0].lower() != name.lower()]
    if value is not None:
        headers.append((name, value))
    return Response(response.status, tuple(headers), response.content, 0.0)


def with_status(response: Response, status: int) -> Response:
    """A reply with another status; RealtimeKit's own errors tell it as well (R37)."""
    changed = Response(status, response.headers, response.content, 0.0)
    body = None if response.not_json else response.json
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return with_body(changed, {**body, "error": {**body["error"], "code": status}})
    return changed


def on_success(change: Callable[[Asked, dict[str, Any]], Any]) -> After:
    """Behind the mock: change the body of every success, in place or by a new one."""

    def after(asked: Asked, response: Response) -> Response:
        if not 200 <= response.status < 300:
            return response
        body = response.json
        made = change(asked, body)
        return with_body(response, body if made is None else made)

    return after


def on_refusal(change: Callable[[Asked, dict[str, Any]], Any]) -> After:
    """Behind the mock: change the body of every refusal, in place or by a new one."""

    def after(asked: Asked, response: Response) -> Response:
        if not 400 <= response.status < 500:
            return response
        body = response.json
        made = change(asked, body)
        return with_body(response, body if made is None else made)

    return after


# Leniency and strictness.


def lenient(clause: Clause) -> Fault:
    """Accepts a start if and only if it would be lawful with this one clause dropped."""
    operation = the_operation()
    assert operation.body is not None
    assert clause.pointer is not None
    sites = _in_body(clause.sites)
    broken: Any = None
    if clause.keyword in ("type", "enum"):
        # Of a value of a wrong type nothing else is asked. And where the value picks a branch,
        # one that is right still picks its own.
        for keyword in ("enum", "format") if clause.keyword == "type" else ():
            beside = operation.clauses.get(f"{NAME}:request#{clause.pointer}:{keyword}")
            sites += _in_body(beside.sites) if beside else []
        document = operation.body.schema.document
        stated = [look(document, site) for site in _in_body(clause.sites) if "/oneOf/" not in site]
        broken = compiled({"not": {"allOf": [{clause.keyword: value} for value in stated]}})
    relaxed = compiled(operation.body.schema.without(sites))
    full = operation.body.validator
    at = clause.pointer

    def before(asked: Asked) -> Response | None:
        body = asked.body
        if body is ABSENT or not proper(asked) or full.is_valid(body):
            return None
        if broken is not None:
            value = look(body, at)
            if value is ABSENT or not broken.is_valid(value):
                return None
        return asked.accepted() if relaxed.is_valid(body) else None

    return Fault(f"lenient: {clause.short_id}", {clause.id: "lenient"}, before)


def proper(asked: Asked) -> bool:
    """Whether all but the body is as it should be."""
    return (
        asked.authorized
        and (asked.header("content-type") or "").startswith(JSON)
        and dict(asked.request.path) == the_pack().path_values
    )


def _in_body(sites: Iterable[str]) -> list[str]:
    """Where keywords of a request stand in the schema of its body."""
    return [site.removeprefix("/properties/body") for site in sites]


def keeps(body: Any) -> bool:
    """Whether a body keeps the contract."""
    if body is ABSENT:
        return False
    plan = the_operation_plan()
    return plan.lawful({**plan.cases[0].value, "body": body})


def has(at: str, level: Level) -> Callable[[Any], bool]:
    """Whether a body has a value class at a pointer; one left out counts in what is there."""
    around = at.rpartition("/")[0]

    def there(body: Any) -> bool:
        if not isinstance(body, dict) or not isinstance(look(body, around), dict):
            return False
        value = look(body, at)
        if level.value is ABSENT or value is ABSENT:
            return value is level.value
        if level.label == "present":
            return isinstance(value, dict)
        return written_alike(value, level.value)

    return there


def strict(at: str, level: Level, status: int = 422) -> Fault:
    """Refuses every start that has this value class."""
    clause = the_operation_plan().clause_of(f"/body{at}", level)
    assert clause is not None
    there = has(at, level)

    def before(asked: Asked) -> Response | None:
        return refusal(status) if proper(asked) and there(asked.body) else None

    return Fault(f"strict: {at} {level.label}", {clause: "strict"}, before)


def crash(name: str, *there: Callable[[Any], bool], status: int = 500) -> Fault:
    """Crashes on every start that is lawful and of which all of these are true."""

    def before(asked: Asked) -> Response | None:
        if keeps(asked.body) and proper(asked) and all(each(asked.body) for each in there):
            return text(status)
        return None

    return Fault(name, {STATUS: "violated"}, before)


def renamed(fault: Fault, name: str, **verdicts: str) -> Fault:
    """The same fault under another name, and with other verdicts to expect."""
    return replace(fault, name=name, expected=verdicts or fault.expected)
