"""Runs over several operations: what one of them does wrong is no matter of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.budgeting import cut_plan
from clausewise.campaign.campaign import Campaign
from clausewise.campaign.pacing import MOST_WAITS
from clausewise.campaign.session import Scope, Session, clauses_of
from clausewise.contract.security import SecurityScheme
from clausewise.errors import TargetError
from clausewise.pack.settings import Settings
from clausewise.plan.plan import make_plan
from clausewise.transport.target import Failed

from .faults import Run
from .small import (
    MOCK,
    OPERATIONS,
    Service,
    always,
    carried_out,
    of_operation,
    pack_of,
    reasons,
    settings_of,
)

# What no operation can be told for another.
LEAST = 14
# What is known of an operation that refuses everything: its replies.

SEEN = {"status", "4XX"}


def _served(found: Run) -> dict[str, str]:
    """The verdict on each operation's first clause."""
    return {
        name.removesuffix(":served"): ruling.verdict
        for name, ruling in found.rulings.items()
        if name.endswith(":served")
    }


def _limited(pack: Any, most: int | None, *names: str, **scope: Any) -> Run:
    """A run as `clausewise run` has it, with at most so many requests."""
    settings = settings_of(pack, max_requests=most, concurrency=scope.pop("concurrency", 1))
    clauses = clauses_of(pack, names or None)
    campaign: Campaign = Session(pack, settings, Scope(clauses, 0, **scope)).campaign
    campaign.join()
    return Run(campaign, campaign.rulings())


@pytest.mark.parametrize("status", [404, 405, 422, 500, 501])
@pytest.mark.parametrize("name", ["list", "ping", "look", "act"])
def test_an_operation_that_is_not_served(tmp_path: Path, name: str, status: int) -> None:
    """It is named once, as `served`; its other clauses say why they are not judged."""
    pack = pack_of(tmp_path)
    alive = set(OPERATIONS) - {name} - ({"act"} if name == "look" else set())
    found = carried_out(pack, Service(pack, {name: always(status)}))

    told = {f"{name}:served": "strict"}
    if status >= 500:
        told[f"{name}:status"] = "violated"
    assert found.findings == told
    planned = {case.id: case for case in found.campaign.plan.operations[name].cases}
    entries = [entry for entry in found.campaign.ledger.entries if entry.case.id in planned]
    tried = len({entry.case.id for entry in entries if entry.case.expect != "refused"})
    assert tried <= 4
    # One of each family of broken requests: had one been accepted, the others would follow.
    assert len({entry.case.id for entry in entries}) - tried <= 5
    message = found.rulings[f"{name}:served"].message
    assert f"answered with {status} (exchange " in message
    assert message.startswith("a lawful request was" if tried == 1 else f"each of {tried} lawful")
    others = of_operation(found, name)
    rest = {verdict for short, verdict in others.items() if f"{name}:{short}" not in told}
    assert rest <= {"inconclusive", "upheld"}
    assert {name: _served(found)[name] for name in alive} == dict.fromkeys(alive, "upheld")
    assert not found.verdicts("inconclusive").keys() & {
        clause for clause in found.rulings if clause.partition(":")[0] in alive
    }


def test_what_nobody_can_make_is_no_finding_of_those_who_need_it(tmp_path: Path) -> None:
    """The supplier is named, and it alone; what needs no thing is judged."""
    pack = pack_of(tmp_path)
    found = carried_out(pack, Service(pack, {"make": always(404)}))
    assert found.findings == {"make:served": "strict"}
    assert _served(found) == {
        "make": "strict",
        "look": "inconclusive",
        "act": "inconclusive",
        "list": "upheld",
        "write": "inconclusive",
        "read": "inconclusive",
        "ping": "upheld",
    }
    # A note needs a thing: the reason is that of the thing.
    (reason,) = reasons(found, "read")
    assert "it needs a thing, and make answered 404" in reason


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (404, "does not serve this operation there"),
        (422, "accepted none of the"),
        (500, "accepted none of the"),
        (401, "does not take a request without a credential"),
        (302, "a redirect"),
    ],
)
def test_nothing_is_served(tmp_path: Path, status: int, told: str) -> None:
    """Then nothing was judged, whatever was answered."""
    pack = pack_of(tmp_path)
    service = Service(pack, dict.fromkeys(OPERATIONS, always(status)))
    with pytest.raises(TargetError, match=told):
        carried_out(pack, service)
    assert service.closed


def test_a_condition_that_does_not_hold(tmp_path: Path) -> None:
    """An operation that needs what no client can bring about is inconclusive, and says what."""
    pack = pack_of(tmp_path, conditions={"list": "a full moon"})
    found = carried_out(pack, Service(pack, {"list": always(422)}))
    assert found.findings == {}
    judged = {n for n, v in of_operation(found, "list").items() if v != "inconclusive"}
    assert {name.partition(":")[0].partition("#")[0] for name in judged} <= SEEN
    (reason,) = reasons(found, "list")
    assert reason.endswith("; it needs a full moon")
    assert "answered with 422" in reason
    assert {v for name, v in _served(found).items() if name != "list"} == {"upheld"}


def test_a_condition_excuses_no_broken_promise(tmp_path: Path) -> None:
    """A crash is one, and a refusal of another form than documented; where it holds, all counts."""
    pack = pack_of(tmp_path, conditions={"list": "a full moon"})
    crashed = carried_out(pack, Service(pack, {"list": always(500)}))
    assert crashed.findings == {"list:status": "violated"}
    odd = carried_out(pack, Service(pack, {"list": always(422, {"wrong": 1})}))
    assert odd.findings == {"list:4XX#/error:required": "violated"}
    lenient = carried_out(pack, Service(pack, {"list": always(200, [])}))
    assert set(lenient.findings.values()) == {"lenient"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((401, {"error": "no"}), "answered with 401"),
        ((403, {"error": "no"}), "answered with 403"),
        ((429, {"error": "slower"}), "answered with 429"),
        (Failed("timed out"), "not answered"),
    ],
)
def test_one_operation_with_its_door_closed(tmp_path: Path, answer: Any, told: str) -> None:
    """A token that may not do one thing says nothing of the others; only silence is red."""
    pack = pack_of(tmp_path)
    service = Service(pack, {"list": lambda path, body: answer})
    found = carried_out(pack, service)
    silent = isinstance(answer, Failed)
    assert found.findings == ({"list:status": "violated"} if silent else {})
    judged = {n for n, v in of_operation(found, "list").items() if v != "inconclusive"}
    assert {name.partition(":")[0].partition("#")[0] for name in judged} <= SEEN
    (reason,) = reasons(found, "list")
    assert told in reason
    assert {v for name, v in _served(found).items() if name != "list"} == {"upheld"}
    # Whoever is turned away at the door is not asked again and again; 429 asks to come back.
    # Whoever is turned away at the door is not asked again and again; 429 asks to come back.
    assert len(service.asked("list")) <= MOST_WAITS + 1


def test_the_first_operation_decides_whether_the_door_is_open(tmp_path: Path) -> None:
    """Where it is about the credential, and all ask for that, nothing else is sent."""
    pack = pack_of(tmp_path)
    service = Service(pack, {"make": always(401)})
    bearer = SecurityScheme("token", "header", "Authorization", "Bearer")
    for operation in pack.contract.operations.values():
        operation.security = ((bearer,),)
    with pytest.raises(TargetError, match="does not take a request without a credential"):
        carried_out(pack, service)
    assert len(service.log) == 1


def test_a_query_value_that_is_refused_is_blamed_on_its_clause(tmp_path: Path) -> None:
    """Values of queries are told apart like members of bodies."""
    pack = pack_of(tmp_path)

    class Strict(Service):
        def send(self, request: Any) -> Any:
            self.instead = {"list": always(422)} if "per_page=50" in request.url else {}
            return super().send(request)

    found = carried_out(pack, Strict(pack))
    assert found.findings == {"list:query#/per_page:maximum": "strict"}
    message = found.rulings["list:query#/per_page:maximum"].message
    assert message == "refused with 422: /per_page = 50, which the contract allows"


def test_a_query_value_that_crashes(tmp_path: Path) -> None:
    """The crash is a finding of the operation's status, and names the value."""
    pack = pack_of(tmp_path)

    class Crashing(Service):
        def send(self, request: Any) -> Any:
            self.instead = {"look": always(500)} if "deep=true" in request.url else {}
            return super().send(request)

    found = carried_out(pack, Crashing(pack))
    assert found.findings == {"look:status": "violated"}
    assert "/deep = true" in found.rulings["look:status"].message


def test_a_value_that_needs_a_state_is_diagnosed_in_that_state(tmp_path: Path) -> None:
    """Refusing one action in the very state it is for is blamed on the list of actions."""
    pack = pack_of(tmp_path)

    def no_resume(path: str, body: Any) -> Any:
        resumes = isinstance(body, dict) and body.get("action") == "resume"
        return (422, {"error": "no"}) if resumes and len(body) <= 2 else None

    found = carried_out(pack, Service(pack, {"act": no_resume}), clean_up=True)
    assert found.findings == {"act:request#/action:enum": "strict"}
    assert '/action = "resume"' in found.rulings["act:request#/action:enum"].message
    assert all("/notes" in said for said in found.campaign.sender.created.left_over)


def test_an_unknown_id_that_is_accepted(tmp_path: Path) -> None:
    """A thing that nobody made is shown: lenient, and so is a text of the same length."""
    pack = pack_of(tmp_path)
    service = Service(pack)

    def anything(path: str, body: Any) -> Any:
        name = path.rpartition("/")[2]
        known = name in service.things.states or len(name) != 36
        return None if known else (200, {"id": name, "state": "NEW"})

    service.instead = {"look": anything}
    found = carried_out(pack, service)
    assert found.findings == {
        "look:path#/thing_id:unknown": "lenient",
        "look:path#/thing_id:format": "lenient",
    }


@pytest.mark.parametrize("most", [18, 40, 60])
def test_a_run_sends_what_its_plan_says(tmp_path: Path, most: int) -> None:
    """With a budget the plan that is told beforehand is the one that is carried out."""
    pack = pack_of(tmp_path, mock=MOCK)
    told = cut_plan(pack, Settings(None, {}), make_plan(pack, examples=0), most, 0)
    planned = [case.id for case in told.cases]
    assert len(planned) < len(make_plan(pack, examples=0).cases)
    found = _limited(pack, most)
    assert [case.id for case in found.campaign.plan.cases] == planned
    sent = {entry.case.id for entry in found.campaign.ledger.entries}
    assert set(planned) <= sent


def test_a_budget_is_shared_alike_by_several_connections(tmp_path: Path) -> None:
    """What is sent at the same time changes no share, and no verdict."""
    pack = pack_of(tmp_path, mock=MOCK)
    alone, together = _limited(pack, 40), _limited(pack, 40, concurrency=4)
    assert [c.id for c in alone.campaign.plan.cases] == [c.id for c in together.campaign.plan.cases]
    assert {name: one.verdict for name, one in alone.rulings.items()} == {
        name: one.verdict for name, one in together.rulings.items()
    }


@pytest.mark.parametrize("most", [LEAST, 18, 25, 40, 60, 80])
def test_a_budget_keeps_every_operation_alive(tmp_path: Path, most: int) -> None:
    """Within one budget for all, supplies included; what is left out says so."""
    pack = pack_of(tmp_path, mock=MOCK)
    found = _limited(pack, most)
    assert found.requests <= most
    assert found.campaign.complete
    assert set(_served(found).values()) == {"upheld"}
    assert found.findings == {}
    assert found.requests >= most // 2
    everything = _limited(pack, None)
    lost = found.verdicts("unexercised").keys() - everything.verdicts("unexercised").keys()
    probed = {name for case in everything.campaign.plan.cases for name in case.probes}
    assert lost & probed
    for name in lost & probed:
        assert found.rulings[name].message == f"left out to stay within {most} requests"


def test_a_budget_that_is_too_small_for_all(tmp_path: Path) -> None:
    """It ends where it ends: no more is sent, and what was not reached says why."""
    pack = pack_of(tmp_path, mock=MOCK)
    for most in (1, 2, 5, 8):
        found = _limited(pack, most)
        assert found.requests == most
        assert not found.campaign.complete
        assert found.findings == {}
        assert _served(found)["act"] == "unexercised"
        assert found.rulings["act:served"].message == (
            f"not reached: the budget of {most} requests is used up"
        )


def test_a_budget_that_is_larger_than_the_plan(tmp_path: Path) -> None:
    """It changes nothing."""
    pack = pack_of(tmp_path, mock=MOCK)
    whole = _limited(pack, None)
    same = _limited(pack, 1000)
    assert same.requests == whole.requests
    assert {n: r.verdict for n, r in same.rulings.items()} == {
        n: r.verdict for n, r in whole.rulings.items()
    }


def test_only_what_is_selected_is_judged(tmp_path: Path) -> None:
    """Operations that are asked on the way are listed, and said not to be selected."""
    pack = pack_of(tmp_path, mock=MOCK)
    found = _limited(pack, None, "look")
    assert of_operation(found, "look")["served"] == "upheld"
    assert set(of_operation(found, "make").values()) == {"unexercised"}
    assert reasons(found, "make", "unexercised") == {"not selected for this run"}
    assert of_operation(found, "ping") == {}


def test_every_operation_is_asked_before_any_is_asked_in_depth(tmp_path: Path) -> None:
    """What makes things first, whatever the order in which they are named.

    In depth the lawful requests of all come before the broken ones of any.
    """
    pack = pack_of(tmp_path, mock=MOCK)
    clauses = clauses_of(pack, ["ping"]) + clauses_of(pack, ["make"]) + clauses_of(pack, ["list"])
    campaign = Session(pack, settings_of(pack), Scope(clauses, 0)).campaign
    campaign.join()
    order = [entry.case.operation for entry in campaign.ledger.entries]
    assert order[:3] == ["make", "list", "ping"]
    deep = [(e.case.expect == "refused", e.case.operation) for e in campaign.ledger.entries[3:]]
    first = next(at for at, (broken, _) in enumerate(deep) if broken)
    assert {name for _, name in deep[:first]} == {"make", "list", "ping"}
    for part in (deep[:first], deep[first:]):
        names = [name for _, name in part]
        assert names == sorted(names, key=["make", "list", "ping"].index)


def test_a_run_that_is_told_to_stop(tmp_path: Path) -> None:
    """What was sent is judged, the rest is not reached, and what was made is undone."""
    pack = pack_of(tmp_path)
    plan = make_plan(pack, examples=0)
    service = Service(pack)

    def heard(progress: Any) -> None:
        if progress.operation == "look" and progress.phase == "preflight":
            campaign.stop("enough")

    campaign = Campaign(pack, plan, settings_of(pack, clean_up=True), service, listen=heard)
    campaign.run()
    found = Run(campaign, campaign.rulings())
    assert campaign.stopped_because == "enough"
    assert not campaign.complete
    assert _served(found)["make"] == "upheld"
    assert found.rulings["act:served"].message == "not reached: enough"
    assert set(service.things.states.values()) == {"STOPPED"}
    assert service.closed
