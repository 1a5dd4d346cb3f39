"""Supplies: things that operations need are made, used, brought into states, and let go of."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from clausewise import ContractError
from clausewise.campaign import settling
from clausewise.campaign.pacing import MOST_WAITS
from clausewise.errors import TargetError
from clausewise.mock import running
from clausewise.pack.resolving import resolve
from clausewise.plan.plan import make_plan
from clausewise.record.ledger import Entry
from clausewise.transport.http import HttpTarget
from clausewise.transport.target import Failed

from .faults import Run
from .small import (
    OPERATIONS,
    SLOTS,
    SUPPLIES,
    Asked,
    Service,
    Things,
    always,
    campaign_of,
    carried_out,
    of_operation,
    pack_of,
    reasons,
    settings_of,
)


def _changed(**changes: Any) -> dict[str, Any]:
    """The usual supplies with members of `thing` replaced."""
    supplies = deepcopy(SUPPLIES)
    supplies["thing"] |= changes
    return supplies


def _cases(found: Run, operation: str, *kinds: str) -> list[Entry]:
    """What was sent of an operation for its own sake."""
    return [
        entry
        for entry in found.campaign.ledger.entries
        if entry.case.operation == operation and entry.case.kind != "supply"
    ]


def _stops(service: Service) -> Counter[str]:
    """How often each thing was stopped, by whomever."""
    stops = (one for one in service.asked("act") if one.accepted and one.body["action"] == "stop")
    return Counter(one.thing for one in stops)


def _made(service: Service) -> list[str]:
    return list(service.things.states)


def test_a_service_that_keeps_everything(tmp_path: Path) -> None:
    """No finding, nothing inconclusive, and as many requests as planned."""
    pack = pack_of(tmp_path)
    service = Service(pack)
    found = carried_out(pack, service)
    assert found.verdicts("violated", "lenient", "strict", "inconclusive") == {}
    assert {of_operation(found, name)["served"] for name in OPERATIONS} == {"upheld"}
    assert found.requests == found.campaign.planned == len(service.log)
    assert service.closed


def test_a_thing_is_reused_until_a_request_changes_it(tmp_path: Path) -> None:
    """Safe and refused requests share one; each accepted unsafe one has had its own.

    What the first request of every operation is about may be used up before the lawful ones follow,
    and what these are about before the broken ones do.
    """
    pack = pack_of(tmp_path)
    found = carried_out(pack, Service(pack))
    looked = {
        entry.exchange.request.path["thing_id"]
        for entry in _cases(found, "look")
        if entry.case.needs is not None
    }
    assert len(looked) <= 3
    acts = [entry for entry in _cases(found, "act") if entry.case.needs == ("thing", "running")]
    accepted = [e.exchange.request.path["thing_id"] for e in acts if e.outcome == "accepted"]
    refused = {e.exchange.request.path["thing_id"] for e in acts if e.outcome == "refused"}
    assert len(accepted) == len(set(accepted)) > 2
    assert len(refused) == 1


def test_what_a_case_did_may_be_the_state_that_the_next_one_needs(tmp_path: Path) -> None:
    """A thing that a case has paused is resumed by another; the exchanges before it are told."""
    pack = pack_of(tmp_path)
    found = carried_out(pack, Service(pack))
    entries = found.campaign.ledger.entries
    resumed = next(
        entry
        for entry in _cases(found, "act")
        if entry.case.needs == ("thing", "paused") and entry.case.kind == "pairs"
    )
    rests_on = [entries[number - 1] for number in resumed.after]
    assert [entry.case.operation for entry in rests_on] == ["make", "look", "act"]
    assert rests_on[-1].case.kind == "example"
    names = {entry.exchange.request.path.get("thing_id") for entry in (*rests_on[1:], resumed)}
    assert len(names) == 1


def test_a_supply_of_a_supply(tmp_path: Path) -> None:
    """A note needs a thing: both are made, the thing is not let go of before the note was read."""
    pack = pack_of(tmp_path)
    service = Service(pack)
    found = carried_out(pack, service, ["read"], clean_up=True)
    assert of_operation(found, "read")["served"] == "upheld"
    read = [entry for entry in _cases(found, "read") if entry.outcome == "accepted"]
    entries = found.campaign.ledger.entries
    assert [entries[n - 1].case.operation for n in read[0].after] == ["make", "write"]
    assert [one.operation for one in service.log].count("make") == 1
    assert service.log[-1].operation == "act", "the thing is stopped last"
    assert _stops(service) == dict.fromkeys(_made(service), 1)


@pytest.mark.parametrize(
    ("status", "told"), [(500, "answered 500"), (503, "answered 503"), (404, "answered 404")]
)
def test_a_supplier_that_refuses(tmp_path: Path, status: int, told: str) -> None:
    """What needs it is inconclusive with the reason; nothing else is affected."""
    pack = pack_of(tmp_path, supplies={"thing": SUPPLIES["thing"]})
    service = Service(pack, {"make": always(status)})
    found = carried_out(pack, service, ["ping", "look", "act", "list"])
    for name in ("look", "act"):
        assert set(of_operation(found, name).values()) == {"inconclusive"}
        (reason,) = reasons(found, name)
        assert f"it needs a thing, and make {told} (exchange " in reason
        assert service.asked(name) == []
    for name in ("list", "ping"):
        assert of_operation(found, name)["served"] == "upheld"
        assert not found.verdicts("inconclusive").keys() & {
            f"{name}:{short}" for short in of_operation(found, name)
        }
    # One request for each state that somebody needs: to ask again would tell no more. A 503 asks
    # to come back, which is done a few times.
    assert len(service.asked("make")) <= 2 * 4 + (MOST_WAITS if status == 503 else 0)
    assert found.findings.keys() <= {"make:status"}


def test_a_supplier_that_is_wrong_sometimes(tmp_path: Path) -> None:
    """A supplier that answers its own cases, and then no more: its own clauses keep their say."""
    pack = pack_of(tmp_path, "make", "look", "ping", supplies=_of("look"))
    calls = Counter[str]()

    def failing(path: str, body: Any) -> Any:
        calls["make"] += 1
        return (500, {"error": "no"}) if calls["make"] > 30 else None

    service = Service(pack, {"make": failing})
    found = carried_out(pack, service)
    assert len([case for case in found.campaign.plan.cases if case.operation == "make"]) < 30
    assert of_operation(found, "make")["served"] == "upheld"

    calls["make"] = 100
    service = Service(pack, {"make": failing})
    found = carried_out(pack, service, ["look", "ping"])
    assert set(of_operation(found, "look").values()) == {"inconclusive"}
    assert of_operation(found, "ping")["served"] == "upheld"


def _of(*names: str) -> dict[str, Any]:
    """The supply `thing` for these operations alone, without states."""
    return {
        "thing": {
            "operation": "make",
            "gives": {"thing_id": "/response/id"},
            "needed_by": {name: {} for name in names},
        }
    }


@pytest.mark.parametrize(
    "body",
    [
        {"state": "NEW"},
        {"id": None, "state": "NEW"},
        {"id": "", "state": "NEW"},
        {"id": {"value": "x"}, "state": "NEW"},
        {"id": True, "state": "NEW"},
        [],
        "text",
    ],
)
def test_a_reply_without_the_id(tmp_path: Path, body: Any) -> None:
    """Nothing can be asked about it: inconclusive, and the exchange is named. No made-up path."""
    pack = pack_of(tmp_path)
    service = Service(pack, {"make": always(201, body)})
    found = carried_out(pack, service, ["look", "ping"])
    assert set(of_operation(found, "look").values()) == {"inconclusive"}
    (reason,) = reasons(found, "look")
    assert reason == (
        "it needs a thing, and the reply of make has no /id that could name it (exchange 2)"
    )
    assert [one.operation for one in service.log[:2]] == ["ping", "make"]
    assert of_operation(found, "ping")["served"] == "upheld"


def test_an_id_of_the_request(tmp_path: Path) -> None:
    """What names a thing may be what was sent; a number is as good as a text."""
    supplies = _of("look")
    supplies["thing"]["gives"]["thing_id"] = "/request/slot"
    pack = pack_of(tmp_path, "make", "look", supplies=supplies)
    service = Service(pack, {"look": always(200, {"id": "x", "state": "NEW"})})
    found = carried_out(pack, service, ["look"])
    (made,) = service.asked("make")
    assert {one.thing for one in service.asked("look")} >= {made.body["slot"]}
    assert found.requests == len(service.log)


def test_a_state_that_is_never_reached(tmp_path: Path) -> None:
    """It is looked at some times and no more; what does not depend on it is judged all the same."""
    names = ("make", "look", "act", "list", "write", "ping")
    pack = pack_of(tmp_path, *names, supplies={"thing": SUPPLIES["thing"]})
    service = Service(pack)
    service.things.wake = False
    found = carried_out(pack, service, clean_up=True)
    # A thing that does not run can be stopped, and not paused.
    paused = [entry for entry in _cases(found, "act") if entry.case.body == {"action": "pause"}]
    assert {entry.outcome for entry in paused} == {"conflict"}
    assert {v for v in of_operation(found, "act").values() if v != "upheld"} <= {"inconclusive"}
    assert of_operation(found, "act")["request#/action:required"] == "upheld"
    for name in ("make", "look", "list", "write", "ping"):
        assert of_operation(found, name)["served"] == "upheld"
        assert "inconclusive" not in of_operation(found, name).values()
    assert found.findings == {}
    assert _stops(service) == dict.fromkeys(_made(service), 1)
    # What was waited for in vain is looked at once from then on.
    tried = [entry for entry in found.campaign.ledger.entries if "/look-" in entry.case.id]
    assert [entry.case.id[-1] for entry in tried].count("2") == 1
    assert max(int(entry.case.id[-1]) for entry in tried) == settling.LOOKS


def test_what_failed_on_the_way_is_let_go_of_at_once(tmp_path: Path) -> None:
    """Before anything else is made: it may hold the very resource that comes next."""
    pack = pack_of(tmp_path, supplies={"thing": SUPPLIES["thing"]})
    service = Service(pack, {"look": always(500)})
    carried_out(pack, service, ["act", "list"], clean_up=True)
    operations = [one.operation for one in service.log]
    assert operations[:4] == ["list", "make", "look", "act"]
    assert service.log[3].body == {"action": "stop"}


@pytest.mark.parametrize("clean_up", [True, False])
def test_everything_is_undone_once(tmp_path: Path, clean_up: bool) -> None:
    """Each thing is stopped once, by a case or afterwards; nothing is stopped unless asked for.

    Notes, which nothing takes back, are listed with how they were made.
    """
    pack = pack_of(tmp_path)
    service = Service(pack)
    found = carried_out(pack, service, clean_up=clean_up)
    created = found.campaign.sender.created
    if not clean_up:
        assert (created.started, created.undone) == (0, 0)
        assert set(service.things.states.values()) > {"RUNNING", "STOPPED"}
        return
    assert _stops(service) == dict.fromkeys(_made(service), 1)
    assert set(service.things.states.values()) == {"STOPPED"}
    notes = len(service.things.notes)
    assert (created.started, created.undone) == (len(_made(service)) + notes, len(_made(service)))
    assert len(created.left_over) == notes > 0
    assert all("POST /things/{thing_id}/notes" in said for said in created.left_over)


def test_what_a_case_stopped_is_not_stopped_again(tmp_path: Path) -> None:
    """Also where the case said more than the undoing request would."""
    pack = pack_of(tmp_path)
    service = Service(pack)
    found = carried_out(pack, service, ["act"], clean_up=True)
    stopped = [
        entry
        for entry in _cases(found, "act")
        if entry.outcome == "accepted" and entry.case.body["action"] == "stop"
    ]
    assert any("note" in entry.case.body for entry in stopped)
    assert 409 not in {one.status for one in service.asked("act")}
    assert found.campaign.sender.created.left_over == []


def test_what_cannot_be_undone_is_told(tmp_path: Path) -> None:
    """Once for each thing, with what was answered; at the end it is asked for once more."""
    pack = pack_of(tmp_path, "make", "look", "act", supplies=_of("look"))

    def failing(path: str, body: Any) -> Any:
        return 500, {"error": "no"}

    service = Service(pack, {"act": failing})
    found = carried_out(pack, service, ["make", "look"], clean_up=True)
    created = found.campaign.sender.created
    names = _made(service)
    assert created.undone == 0
    assert sorted(created.left_over) == sorted(f"{name}: PUT answered 500" for name in names)
    assert len(service.asked("act")) == 2 * len(names) == 2 * created.started


def test_a_request_without_a_body_needs_the_usual_state(tmp_path: Path) -> None:
    """A schema that says nothing of what is no object is not asked about no value at all."""
    supplies = _changed()
    supplies["thing"]["needed_by"]["act"]["states"][0]["when"] = {
        "properties": {"action": {"const": "resume"}},
        "required": ["action"],
    }
    pack = pack_of(tmp_path, supplies=supplies)
    plan = make_plan(pack, operations=["act"], examples=0).operations["act"]
    empty = next(case for case in plan.cases if "act:request:required" in case.probes)
    assert empty.needs == ("thing", "running")


def test_values_whose_state_cannot_be_had(tmp_path: Path) -> None:
    """What needs that state is sent all the same; only its refusal says nothing."""
    supplies = _changed()
    supplies["thing"]["states"]["frozen"] = [{"operation": "ping", "until": {"required": ["cold"]}}]
    when = {"type": "object", "required": ["note"]}
    supplies["thing"]["needed_by"]["act"]["states"].insert(0, {"when": when, "state": "frozen"})
    pack = pack_of(tmp_path, supplies=supplies)
    service = Service(pack)
    found = carried_out(pack, service, ["act", "ping"])
    verdicts = of_operation(found, "act")
    assert found.findings == {}
    assert verdicts["request#/note:type"] == verdicts["request#/note:maxLength"] == "upheld"
    ledger = found.campaign.ledger
    refused = [entry for entry in _cases(found, "act") if entry.outcome == "conflict"]
    assert refused
    for entry in refused:
        assert "in a state that was not reached" in ledger.explained[entry.id]
    assert verdicts["served"] == verdicts["request#/action:enum"] == "upheld"


def test_several_threads(tmp_path: Path) -> None:
    """Over loopback with four connections: the same verdicts, and each thing is undone once."""
    pack = pack_of(tmp_path)
    things = Things()
    log: list[tuple[str, str, bytes]] = []
    application = things.application(pack)

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        event = await receive()
        log.append((scope["method"], scope["path"], event.get("body", b"")))

        async def again() -> Any:
            return event

        await application(scope, again, send)

    alone = carried_out(pack, Service(pack), clean_up=True)
    with running(noting) as url:
        settings = resolve(pack, base_url=url, environment={})
        assert settings.concurrency == 4
        found = carried_out(pack, HttpTarget(settings), base_url=url, concurrency=4, clean_up=True)
    assert found.findings == {}
    assert {n: r.verdict for n, r in found.rulings.items()} == {
        n: r.verdict for n, r in alone.rulings.items()
    }
    created = found.campaign.sender.created
    assert set(things.states.values()) == {"STOPPED"}
    made = len(things.states)
    assert (created.started, created.undone) == (made + len(things.notes), made)
    assert len(created.left_over) == len(things.notes)
    undone = Counter(
        path for method, path, body in log if method == "PUT" and body == b'{"action":"stop"}'
    )
    assert set(undone.values()) == {1}


def test_listed_resources_take_turns(tmp_path: Path) -> None:
    """A slot that a profile lists holds one thing at a time, supplied ones too."""
    pack = pack_of(tmp_path)
    open_in: dict[str, str] = {}

    def made(path: str, body: Any) -> Any:
        slot = body.get("slot") if isinstance(body, dict) else None
        known = open_in.get(slot) if isinstance(slot, str) else None
        if known is not None and service.things.states[known] != "STOPPED":
            return 409, {"error": "the slot is taken"}
        return None

    class Watched(Service):
        def send(self, request: Any) -> Any:
            response = super().send(request)
            last = self.log[-1]
            if last.operation == "make" and last.accepted:
                open_in[last.body["slot"]] = response.json["id"]
            return response

    service = Watched(pack, {"make": made})
    slots = ("97440c6a-140b-40a9-9499-b23fd7a3868f", "0f0b25e7-3d1e-4c0a-8a2b-9d1f4f7ac1b2")
    found = carried_out(pack, service, leases={"slot": slots[:1]}, clean_up=True)
    assert {one.body["slot"] for one in service.asked("make") if one.accepted} == {slots[0]}
    assert 409 not in {one.status for one in service.log}
    assert found.verdicts("violated", "lenient", "strict", "inconclusive") == {}
    assert set(service.things.states.values()) == {"STOPPED"}


def test_a_run_that_stops_on_the_way_undoes_what_it_made(tmp_path: Path) -> None:
    """At any request where the budget ends, nothing that was made goes on."""
    pack = pack_of(tmp_path)
    plan = make_plan(pack, operations=["act"], examples=0)
    for most in range(1, 12):
        service = Service(pack)
        campaign = campaign_of(pack, service, plan=plan, max_requests=most, clean_up=True)
        campaign.run()
        assert not campaign.complete
        assert campaign.sender.requests == most
        assert set(service.things.states.values()) == {"STOPPED"}, most
        assert _stops(service) == dict.fromkeys(_made(service), 1)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Failed("connection refused", True), "cannot be reached"),
        ((401, {"error": "who are you"}), "does not take a request without a credential"),
        ((404, {"error": "no"}), "does not serve this operation there"),
        ((422, {"error": "no"}), "accepted none of the"),
    ],
)
def test_nothing_is_judged_where_the_first_thing_cannot_be_had_at_all(
    tmp_path: Path, answer: Any, told: str
) -> None:
    """A target that takes no request is no target, though no planned one was sent."""
    pack = pack_of(tmp_path)
    service = Service(pack, {"make": lambda path, body: answer})
    with pytest.raises(TargetError, match=told):
        carried_out(pack, service, ["look", "act"])
    assert service.closed


def test_a_supplier_that_cannot_be_asked_at_all(tmp_path: Path) -> None:
    """One that needs a parameter which cannot be written: the reason goes on to who needs it."""
    node = deepcopy(OPERATIONS["make"])
    deep = {"name": "filter", "in": "query", "required": True, "style": "deepObject"}
    node[2]["parameters"] = [{**deep, "schema": {"type": "object"}}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(OPERATIONS, "make", node)
        pack = pack_of(tmp_path, "make", "look", "ping", supplies=_of("look"))
    service = Service(pack)
    found = carried_out(pack, service)
    assert [one.operation for one in service.log] == ["ping", "ping", "ping"]
    assert set(of_operation(found, "make").values()) == {"unexercised"}
    assert set(of_operation(found, "look").values()) == {"inconclusive"}
    (reason,) = reasons(found, "look")
    assert "query parameter filter" in reason


def test_requests_to_supply_are_counted_before(tmp_path: Path) -> None:
    """What a plan says it takes is what it takes, for each operation by itself and for all."""
    pack = pack_of(tmp_path)
    for names in (["look"], ["act"], ["write"], ["read"], ["make", "ping"], None):
        plan = make_plan(pack, operations=names, examples=0)
        service = Service(pack)
        found = carried_out(pack, service, plan=plan)
        assert found.requests == len(plan.cases) + plan.preparations(pack) + plan.repeats, names


def test_an_accepted_request_that_needs_nothing_leaves_things_alone(tmp_path: Path) -> None:
    """A list between two looks: the same thing still serves."""
    pack = pack_of(tmp_path, "look", "list", "make", supplies=_of("look"))
    service = Service(pack)
    carried_out(pack, service, ["look", "list", "make"])
    looked: list[Asked] = [one for one in service.asked("look") if one.accepted]
    assert len({one.thing for one in looked}) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"operation": "nothing"}, "supply thing names 'nothing', which is no operation"),
        ({"operation": "look", "needed_by": {"look": {}}}, "supply thing needs thing to be made"),
        ({"gives": {"thing_id": "/id"}}, "a pointer that begins with /request/ or /response/"),
        ({"states": {"a": [{"state": "b"}]}, "needed_by": {}}, "`supplies.thing.needed_by`"),
        ({"states": {"a": [{"state": "b"}]}, "needed_by": {"look": {}}}, "has no state 'b'"),
        (
            {"states": {"a": [{"state": "b"}], "b": [{"state": "a"}]}, "needed_by": {"look": {}}},
            "has the state 'a' before itself",
        ),
        ({"states": {"a": [{"state": "a"}]}, "needed_by": {"look": {}}}, "before itself"),
        ({"states": {"a": ["look"]}, "needed_by": {"look": {}}}, "a step into a state is"),
        ({"states": {"a": [{}]}, "needed_by": {"look": {}}}, "which is no operation"),
        (
            {"states": {"a": [{"operation": "look", "until": 7}]}, "needed_by": {"look": {}}},
            "has no JSON Schema there",
        ),
        (
            {"states": {"a": [{"operation": "look", "until": "x"}]}, "needed_by": {"look": {}}},
            "has no JSON Schema there",
        ),
        ({"needed_by": {"look": {"state": "gone"}}}, "has no state 'gone'"),
        ({"needed_by": {"nobody": {}}}, "names 'nobody', which is no operation"),
        ({"needed_by": {"act": {"states": [{"when": {}}]}}}, "is {when: …, state: …}"),
        (
            {"needed_by": {"act": {"states": [{"when": 5, "state": "paused"}]}}},
            "has no JSON Schema there",
        ),
    ],
)
def test_a_mistake_in_a_supply_has_file_and_line(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    """Each is told before anything is sent, and none makes the run go round in circles."""
    with pytest.raises(ContractError) as raised:
        _ = pack_of(tmp_path, supplies={"thing": SUPPLIES["thing"] | change}).contract
    assert told in str(raised.value)
    assert raised.value.file == "clausewise.yaml"
    assert raised.value.line is not None


def test_two_supplies_that_need_each_other(tmp_path: Path) -> None:
    """Neither could be made first."""
    supplies = deepcopy(SUPPLIES)
    supplies["note"]["needed_by"]["make"] = {}
    pack = pack_of(tmp_path, supplies=supplies)
    with pytest.raises(ContractError, match="needs thing and note to be made"):
        _ = pack.contract


def test_the_resource_of_the_pack_is_what_is_undone(tmp_path: Path) -> None:
    """Where neither it nor the contract says how, what was made is listed, and no more."""
    pack = pack_of(tmp_path, resources={"slot": {"members": SLOTS["slot"]["members"]}})
    service = Service(pack)
    found = carried_out(pack, service, ["look"], clean_up=True)
    created = found.campaign.sender.created
    assert (created.started, created.undone) == (len(_made(service)), 0)
    assert created.left_over == ["exchange 1: POST /things: the contract has no DELETE of it"]
    assert _stops(service) == {}
    assert settings_of(pack, clean_up=True).clean_up


def test_what_is_given_goes_where_the_pack_says(tmp_path: Path) -> None:
    """By runtime expressions, into a path of another name, and into a body."""
    supplies = {
        "thing": {
            "operation": "make",
            "gives": {"made": "$response.body#/id", "slot": "$request.body#/slot"},
            "needed_by": {
                "look": {"into": {"path#/thing_id": "made"}},
                "act": {"into": {"path#/thing_id": "made", "request#/note": "slot"}},
            },
        }
    }
    pack = pack_of(tmp_path, "make", "look", "act", supplies=supplies)
    service = Service(pack)
    found = carried_out(pack, service)
    assert of_operation(found, "look")["served"] == "upheld"
    assert "look:path#/thing_id:unknown" in found.rulings
    notes = {one.body.get("note") for one in service.asked("act") if isinstance(one.body, dict)}
    slots = {one.body["slot"] for one in service.asked("make") if one.accepted}
    # A slot is longer than a note may be: what is given counts, lawful or not.
    assert notes & slots


@pytest.mark.parametrize(
    ("need", "told"),
    [
        ({"into": {"path#/thing_id": "other"}}, "supply thing gives no 'other'"),
        ({"into": {"thing_id": "thing_id"}}, "has 'thing_id' under `into`: a place is path#/NAME"),
    ],
)
def test_a_place_that_is_none(tmp_path: Path, need: Any, told: str) -> None:
    """A mistake under `into` is told with its line."""
    supply = SUPPLIES["thing"] | {"needed_by": {"look": need}}
    pack = pack_of(tmp_path, supplies={"thing": supply})
    with pytest.raises(ContractError, match=told) as raised:
        _ = pack.contract
    assert raised.value.line is not None
