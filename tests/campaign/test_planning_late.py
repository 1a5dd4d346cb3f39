"""Operations are planned when their turn comes: a large document keeps nobody waiting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import clausewise
from clausewise.campaign.campaign import Progress
from clausewise.campaign.order import stages
from clausewise.campaign.session import Scope, Session, clauses_of
from clausewise.contract.reading_replies import replies_of
from clausewise.links.catalogue import Catalogue
from clausewise.mock import running
from clausewise.pack import find_pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.planning import Planner

from .services import OK, Answer, Asked, Served, members

# Three operations that ask for different things.
PATHS = {
    f"/{name}": {
        "post": {
            "operationId": name,
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": members([name], **{name: {"type": kind}})}
                },
            },
            "responses": {"200": {"description": "Done."}, "400": {"description": "No."}},
        }
    }
    for name, kind in (("a", "string"), ("b", "integer"), ("c", "boolean"))
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Made for a test", "version": "1"},
    "paths": PATHS,
}


class Log:
    """A service, and what happened when: `plan NAME` and `ask NAME`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **answers: Answer) -> None:
        self.events: list[str] = []
        self._answers = answers
        plan = Planner.plan

        def noted(planner: Planner) -> Any:
            self.events.append(f"plan {planner.ground.operation.id}")
            return plan(planner)

        monkeypatch.setattr(Planner, "plan", noted)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        name = asked.path.strip("/")
        self.events.append(f"ask {name}")
        return self._answers.get(name, (200, OK))


def _run(folder: Path, log: Log, **options: Any) -> clausewise.Report:
    path = folder / "openapi.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    with running(Served(log)) as url:
        return clausewise.run(path, url, examples=0, min_judged=0, **options)


pytestmark = pytest.mark.usefixtures("without_kept_plans")


@pytest.mark.parametrize("most", [None, 60])
def test_all_are_asked_once_before_any_is_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int | None
) -> None:
    """The first request of each needs no plan, also where plans are cut to a budget."""
    log = Log(monkeypatch)
    report = _run(tmp_path, log, max_requests=most)

    assert log.events[:4] == ["ask a", "ask b", "ask c", "plan a"]
    assert log.events.count("plan b") == log.events.count("plan c") == 1
    assert report.run.planned >= len([one for one in log.events if one.startswith("ask")]) / 2


def test_a_budget_is_shared_out_while_it_is_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an operation may send is sent before the next one is planned."""
    log = Log(monkeypatch)
    _run(tmp_path, log, max_requests=60)

    events = log.events[log.events.index("plan a") :]
    assert events.index("ask a") < events.index("plan b") < events.index("plan c")
    assert "ask b" in events[events.index("plan b") : events.index("plan c")]


def test_nothing_of_replies_is_read_before_the_first_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only replies show is looked for in them once it is wanted: by then others were asked."""
    read: list[str] = []

    def noted(*args: Any) -> Any:
        read.append("replies")
        return replies_of(*args)

    monkeypatch.setattr("clausewise.contract.operations.replies_of", noted)
    box = members(["id"], id={"type": "string"}, ticketId={"type": "string"})
    paths = {
        "/tickets/{ticketId}": {"get": reading("ticket", members([]), "ticketId")},
        "/boxes/{boxId}": {"get": reading("box", box, "boxId")},
        "/boxes": {"get": reading("boxes", {"type": "array", "items": box})},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps({**DOCUMENT, "paths": paths}), encoding="utf-8")
    pack = find_pack(str(path))
    settings = resolve(pack, base_url="http://127.0.0.1:1", environment={})
    (order,) = stages(pack, settings, Catalogue(pack), pack.contract.operations)

    assert (next(order), read) == ("boxes", [])
    assert [*order] == ["box", "ticket"]


def test_what_is_within_another_is_destroyed_first_though_its_makers_need_each_other(
    tmp_path: Path,
) -> None:
    """Lines and coupons ask for each other, so a cart is known before any line of it is."""
    line = making("line", {"couponId": {"type": "string"}}, "lineId", "cartId")
    coupon = making("coupon", {"lineId": {"type": "string"}}, "couponId")
    paths = {
        "/carts/{cartId}": {"delete": deleting("drop_cart", "cartId")},
        "/carts/{cartId}/lines/{lineId}": {"delete": deleting("drop_line", "cartId", "lineId")},
        "/carts": {"post": making("cart", {}, "cartId")},
        "/carts/{cartId}/lines": {"post": line},
        "/coupons": {"post": coupon},
    }
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps({**DOCUMENT, "paths": paths}), encoding="utf-8")
    pack = find_pack(str(path))
    settings = resolve(pack, base_url="http://127.0.0.1:1", environment={})
    making_them, destroying = stages(pack, settings, Catalogue(pack), pack.contract.operations)

    assert {*making_them} == {"cart", "line", "coupon"}
    assert [*destroying] == ["drop_line", "drop_cart"]


def making(name: str, wanted: dict[str, Any], gives: str, *of: str) -> dict[str, Any]:
    """An operation that makes something, of which its reply gives the id."""
    made = members([gives], **{gives: {"type": "string"}})
    body = {
        "required": True,
        "content": {"application/json": {"schema": members([*wanted], **wanted)}},
    }
    reply = {"description": "It.", "content": {"application/json": {"schema": made}}}
    responses = {"201": reply, "400": {"description": "No."}}
    return {**deleting(name, *of), "requestBody": body, "responses": responses}


def deleting(name: str, *of: str) -> dict[str, Any]:
    """An operation on what its path names, that shows nothing."""
    named = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in of]
    responses = {"204": {"description": "Gone."}, "404": {"description": "None."}}
    return {"operationId": name, "parameters": named, "responses": responses}


def reading(name: str, shown: dict[str, Any], *of: str) -> dict[str, Any]:
    """An operation that shows something of what its path names."""
    reply = {"description": "It.", "content": {"application/json": {"schema": shown}}}
    return {
        **deleting(name, *of),
        "responses": {"200": reply, "404": {"description": "None."}},
    }


def test_what_an_operation_gives_up_goes_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that accepts nothing leaves its share to those whose turn is still to come."""

    def planned(**answers: Answer) -> dict[str, int]:
        path = tmp_path / "openapi.json"
        path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
        pack = find_pack(str(path))
        with running(Served(Log(monkeypatch, **answers))) as url:
            settings = Settings(url, {}, max_requests=36)
            campaign = Session(pack, settings, Scope(clauses_of(pack), 0)).campaign
            campaign.join()
        made = campaign.plan.operations
        return {name: len(one.cases) for name, one in made.items() if one.is_made}

    assert planned(a=(404, {"error": "no"}))["b"] > planned()["b"]


def test_planning_is_told_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks at a run sees which operation it is planning, for as long as that takes."""
    log = Log(monkeypatch)

    def heard(progress: Progress) -> None:
        if progress.phase == "planning":
            log.events.append(f"tell {progress.operation}")

    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    pack = find_pack(str(path))
    for most in (None, 60):
        log.events.clear()
        with running(Served(log)) as url:
            settings = Settings(url, {}, max_requests=most)
            Session(pack, settings, Scope(clauses_of(pack), 0), heard).campaign.join()
        told = [one for one in log.events if one.startswith(("tell", "plan"))]
        assert told == ["tell a", "plan a", "tell b", "plan b", "tell c", "plan c"]


def test_what_refuses_its_first_request_is_planned_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another lawful request has to be found before the next operation's turn."""
    log = Log(monkeypatch, a=(400, {"error": "no"}))
    _run(tmp_path, log)

    assert log.events[:2] == ["ask a", "plan a"]
    assert log.events.index("plan b") > log.events.index("ask c")


def test_what_is_never_reached_is_never_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is out of time plans nothing more, and its report says so of the clauses."""
    log = Log(monkeypatch)
    report = _run(tmp_path, log, max_seconds=0)

    assert "plan c" not in log.events
    told = {one.id: one.message for one in report.clauses if one.verdict == "unexercised"}
    assert told["c:request#/c:type"].startswith("not reached: ")
