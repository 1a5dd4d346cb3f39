"""Requests of a report sent again: with new ids, and judged as in the run."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from clausewise.campaign.campaign import Campaign
from clausewise.campaign.replaying import Replay, Replayed
from clausewise.pack import Pack
from clausewise.pack.resolving import resolve
from clausewise.plan.plan import make_plan
from clausewise.record.bodies import RecordedBody
from clausewise.record.record import Record, RecordedExchange
from clausewise.transport.target import Failed

from .odd import OBJECT, Answer, Call, Endpoint
from .odd import pack_of as odd_pack_of
from .small import Instead, Service, always, carried_out, pack_of, settings_of

RULES = """
P:
  statement: The reply is about the thing of the path.
  operations: [look]
  check: about_the_path
H:
  statement: What runs is never new again.
  operations: [act]
  fold: never_new_again
  by: /response/body/id
Q:
  statement: A page has no more than was asked for.
  operations: [list]
  check: no_more_than_asked
"""
CHECKS = '''"""What is promised between messages."""

import clausewise
from clausewise import Broken, Kept


@clausewise.check
def about_the_path(message):
    """P: the id is the one that was asked for."""
    if not message.succeeded:
        return None
    right = message.response_body["id"] == message.path["thing_id"]
    return Kept() if right else Broken("it is another one", at="/id")


@clausewise.fold
def never_new_again(ran, message, at):
    """H: nothing that was seen running is new."""
    state = message.response_body["state"] if message.succeeded else None
    if ran and state == "NEW":
        return ran, Broken("it is new again", at="/state")
    return ran or (message.operation == "look" and state == "RUNNING"), None


@clausewise.check
def no_more_than_asked(message):
    """Q: per_page is the most."""
    most = message.query.get("per_page")
    if not message.succeeded or not isinstance(most, int):
        return None
    return Kept() if len(message.response_body) <= most else Broken("too many")
'''


def _pack(root: Path, **settings: Any) -> Pack:
    pack = pack_of(root, rules=RULES, **settings)
    (pack.root / "checks.py").write_text(CHECKS, "utf-8")
    return pack


def _record(pack: Pack, service: Service, *operations: str) -> Record:
    """The record of a run."""
    return carried_out(pack, service, [*operations, "ping"]).campaign.record()


def _replayed(
    pack: Pack, record: Record, service: Service, only: str | None = None
) -> dict[str, Replayed]:
    """What becomes of every deviation, or of one, against another service."""
    replay = Replay(pack, settings_of(pack), service, record.clauses, record.exchanges, None)
    return {one.clause: one for one in replay.run(only)}


def _another(path: str, body: Any) -> Any:
    known = len(path.rpartition("/")[2]) == 36
    return (200, {"id": "another", "state": "NEW"}) if known else None


def _new_again(path: str, body: Any) -> Any:
    right = isinstance(body, dict) and body.get("action") in ("pause", "resume", "stop")
    shown = {"id": path.rpartition("/")[2], "state": "NEW"}
    return (200, shown) if right and len(body) == 1 else None


@pytest.mark.parametrize(
    ("clause", "operation", "fault"),
    [
        ("look:rule:P", "look", _another),
        ("act:rule:H", "act", _new_again),
        ("list:rule:Q", "list", always(200, [{"id": "x", "state": "NEW"}] * 60)),
        ("list:status", "list", always(500)),
        ("list:query#/per_page:minimum", "list", always(200, [])),
    ],
)
def test_what_is_still_broken_and_what_is_fixed(
    tmp_path: Path, clause: str, operation: str, fault: Instead
) -> None:
    """Rules see path, query and the exchanges before, as they did in the run."""
    pack = _pack(tmp_path)
    record = _record(pack, Service(pack, {operation: fault}), operation)
    broken = {c.id for c in record.clauses if c.verdict in ("violated", "lenient")}
    assert clause in broken

    same = _replayed(pack, record, Service(pack, {operation: fault}))
    assert same[clause].word == "still broken", same[clause]
    fixed = _replayed(pack, record, Service(pack))
    assert fixed[clause].word == "fixed", fixed[clause]


def test_what_it_rests_on_is_made_anew(tmp_path: Path) -> None:
    """Another thing is made, brought into the state, and asked: that of the first run is gone."""
    pack = _pack(tmp_path)
    record = _record(pack, Service(pack, {"act": _new_again}), "act")
    service = Service(pack)
    # So many things are there already that no id is the first run's.
    for _ in range(3):
        service.things.states[f"old-{len(service.things.states)}"] = "STOPPED"
    _replayed(pack, record, service, "act:rule:H")
    asked = [one for one in service.log if one.operation != "make"]
    assert {one.status for one in asked} == {200}
    assert {one.operation for one in asked} == {"look", "act"}


def _moved(exchange: RecordedExchange, old: str, new: str) -> RecordedExchange:
    request = exchange.request
    return replace(exchange, request=replace(request, url=request.url.replace(old, new)))


@pytest.mark.parametrize("base", ["http://mock.invalid", "http://x.test/things/v1"])
def test_a_base_url_with_a_path_of_its_own(tmp_path: Path, base: str) -> None:
    """What comes before the operation's path is the base URL's, however much it looks like it."""
    pack = _pack(tmp_path)
    record = _record(pack, Service(pack, {"list": always(500)}), "list")
    exchanges = [_moved(exchange, "http://mock.invalid", base) for exchange in record.exchanges]
    service = Service(pack)
    replay = Replay(pack, settings_of(pack), service, record.clauses, exchanges, base)
    assert {one.clause: one.word for one in replay.run()}["list:status"] == "fixed"
    assert {one.operation for one in service.log} == {"list"}


@pytest.mark.parametrize(
    "status", [302, 401, 403, 407, 408, 409, 421, 423, 425, 428, 429, 500, 501, 502, 503, 504]
)
def test_what_is_not_about_the_request_fixes_nothing(tmp_path: Path, status: int) -> None:
    """A lenient finding is fixed by a refusal alone: other answers leave it open, and say why."""
    pack = _pack(tmp_path)
    record = _record(pack, Service(pack, {"list": always(200, [])}), "list")
    seen = _replayed(pack, record, Service(pack, {"list": always(status)}))
    one = seen["list:query#/per_page:minimum"]
    assert one.word == "cannot say"
    assert str(status) in one.seen


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422, 499])
def test_a_refusal_fixes_a_lenient_finding(tmp_path: Path, status: int) -> None:
    """A 4xx that is about the request itself is the refusal that was missing."""
    pack = _pack(tmp_path)
    record = _record(pack, Service(pack, {"list": always(200, [])}), "list")
    seen = _replayed(pack, record, Service(pack, {"list": always(status)}))
    assert seen["list:query#/per_page:minimum"].word == "fixed"


def test_a_refusal_with_a_success_status_is_a_refusal(tmp_path: Path) -> None:
    """Where the pack says which body means no, a lenient finding is fixed by it."""
    pack = _pack(tmp_path, refusal={"type": "object", "required": ["error"]})
    record = _record(pack, Service(pack, {"list": always(200, [])}), "list")
    clause = "list:query#/per_page:minimum"
    fixed = _replayed(pack, record, Service(pack, {"list": always(200)}))
    assert fixed[clause].word == "fixed"
    assert fixed[clause].seen == "refused with 200"


@pytest.mark.parametrize("broken", [2, 7])
def test_a_reply_that_varies_is_not_fixed(tmp_path: Path, broken: int) -> None:
    """Right when it is asked first, wrong later: not the same again, however rarely it is wrong."""
    pack = _pack(tmp_path)
    turns = count(1)

    def at_times(path: str, body: Any) -> Any:
        """Wrong once in the run, which sees right ones too; wrong once more afterwards."""
        return (200, {}) if next(turns) in (2, wrong) else None

    wrong = 0
    service = Service(pack, {"ping": at_times})
    record = _record(pack, service, "list")
    clause = "ping:200#/ok:required"
    assert clause in {c.id for c in record.clauses if c.verdict == "violated"}

    wrong = next(turns) + broken
    seen = _replayed(pack, record, service, clause)[clause]
    assert seen.word == "not the same again"
    assert f"asked {broken} times" in seen.seen


def test_silence_is_still_silence(tmp_path: Path) -> None:
    """A request that never gets a reply breaks the promise of one as it did in the run."""
    pack = _pack(tmp_path)
    lost = Failed("the connection was reset")
    least = "list:query#/per_page:minimum"

    def mute(path: str, body: Any) -> Any:
        return lost

    record = _record(pack, Service(pack, {"list": mute}), "list")
    assert "list:status" in {c.id for c in record.clauses if c.verdict == "violated"}
    assert _replayed(pack, record, Service(pack, {"list": mute}))["list:status"].word == (
        "still broken"
    )
    assert _replayed(pack, record, Service(pack))["list:status"].word == "fixed"
    assert least not in {c.id for c in record.clauses if c.verdict == "lenient"}


def test_a_masked_body_is_not_sent_again(tmp_path: Path) -> None:
    """What stands for a secret is no value: nothing can be said, and nothing is sent."""
    pack = _pack(tmp_path)
    record = _record(pack, Service(pack, {"act": always(500)}), "act")
    masked = [
        replace(
            one, request=replace(one.request, body=RecordedBody(text="{}", masked=("/action",)))
        )
        for one in record.exchanges
    ]
    service = Service(pack)
    replay = Replay(pack, settings_of(pack), service, record.clauses, masked, None)
    said = {one.clause: one for one in replay.run("act:status")}
    assert said["act:status"].word == "cannot say"
    assert "a secret in the body" in said["act:status"].seen
    assert service.log == []


@pytest.mark.parametrize("place", ["query", "cookie", "header"])
def test_a_credential_is_put_back_where_it_stood(tmp_path: Path, place: str) -> None:
    """A report has it masked; the replay sends its own, so that what is broken is seen again."""
    scheme = {"type": "apiKey", "in": place, "name": "sid"}
    secret = "our-own-session-0123456789"  # noqa: S105  # of a service in this process
    reply = {"200": {"description": "Done.", "content": {"application/json": {"schema": OBJECT}}}}
    paths = {"/things": {"get": {"operationId": "list", "responses": reply}}}
    pack = odd_pack_of(tmp_path, paths, security={"key": scheme}, credentials={"key": {"env": "K"}})
    asked: list[bool] = []

    def handler(call: Call) -> Answer:
        cookies = dict(p.split("=") for p in call.headers.get("cookie", "").split("; ") if p)
        given = {"query": call.query, "cookie": cookies, "header": call.headers}[place].get("sid")
        asked.append(given == secret)
        return (200, []) if given == secret else (401, {})

    endpoint = Endpoint(handler)
    settings = resolve(pack, environment={"K": secret})
    campaign = Campaign(pack, make_plan(pack, examples=0), settings, endpoint)
    campaign.run()
    record = campaign.record()
    assert secret not in str(record.exchanges)
    asked.clear()
    replay = Replay(pack, settings, endpoint, record.clauses, record.exchanges, None)
    said = {one.clause: one.word for one in replay.run()}
    assert said == {"list:200#:type": "still broken"}
    assert asked == [True]


def test_an_alternative_of_a_credential_is_sent_alone_again(tmp_path: Path) -> None:
    """What was refused with one alternative, or with none, is not asked with the usual one."""
    schemes = {n: {"type": "apiKey", "in": "header", "name": f"X-{n}"} for n in ("one", "two")}
    reply = {"200": {"description": "Done.", "content": {"application/json": {"schema": OBJECT}}}}
    one, two, none = {"one": list[str]()}, {"two": list[str]()}, dict[str, list[str]]()
    needs = {"own": [two], "either": [one, two], "open": [one, none]}
    paths = {
        f"/{name}": {"get": {"operationId": name, "responses": reply, "security": security}}
        for name, security in needs.items()
    }
    told = {name: {"env": name.upper()} for name in schemes}
    pack = odd_pack_of(tmp_path, paths, security=schemes, credentials=told)
    secrets = {"ONE": "the-key-of-ours", "TWO": "the-other-key-of-ours"}
    broken = True

    def handler(call: Call) -> Answer:
        first = call.headers.get("x-one") == secrets["ONE"]
        second = call.headers.get("x-two") == secrets["TWO"]
        if call.path == "/own":
            return (200, {}) if second else (401, {})
        mended = not broken and (second if call.path == "/either" else "x-one" not in call.headers)
        return (200, {}) if first or mended else (401, {})

    endpoint = Endpoint(handler)
    settings = resolve(pack, environment=secrets)
    campaign = Campaign(pack, make_plan(pack, examples=0), settings, endpoint)
    campaign.run()
    record = campaign.record()
    replay = Replay(pack, settings, endpoint, record.clauses, record.exchanges, None)
    names = {"either:auth", "open:served"}
    assert {one.clause: one.word for one in replay.run()} == dict.fromkeys(names, "still broken")
    broken = False
    assert {one.clause: one.word for one in replay.run()} == dict.fromkeys(names, "fixed")
