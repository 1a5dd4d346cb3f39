"""What puts one thing into another: `PUT /teams/1/members/2`, and what comes of it."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from .odd import operation
from .services import (
    GONE,
    NO,
    OK,
    TEXT,
    Answer,
    Asked,
    campaign_of,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

ROLE = members(["role"], role={"enum": ["reader", "writer"]})
LOOSE = members(["role"], role=TEXT)
NAME = members(["name"], name={**TEXT, "minLength": 1})


class Teams:
    """Teams, and who is in them; users are there, and may be `made` as well."""

    def __init__(self, broken: bool) -> None:
        self.schema = LOOSE if broken else ROLE
        self.things: dict[str, set[str]] = {"teams": {"t0"}, "users": {"u0"}}
        self.roles = {("t0", "u0"): "writer"}
        self._numbers = count(1)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        kind, *steps = asked.path.strip("/").split("/")
        there = self.things[kind]
        if steps and steps[0] not in there:
            return GONE
        if len(steps) > 1:
            return self.within(asked, *steps)
        if asked.method == "POST":
            if lawful_body(asked, NAME) is None:
                return NO
            key = f"{kind[0]}{next(self._numbers)}"
            there.add(key)
            return 201, {"id": key}
        if not steps:
            return 200, [{"id": key} for key in sorted(there)]
        if asked.method == "DELETE":
            if any(steps[0] in pair for pair in self.roles):
                return 409, {"error": "it is in use"}
            there.remove(steps[0])
        return 200, OK

    def within(self, asked: Asked, team: str, _members: str, *user: str) -> Answer:
        """Answer a request about who is in a team."""
        pair = (team, *user)
        if not user:
            return 200, [{"userId": u, "role": r} for (t, u), r in self.roles.items() if t == team]
        if user[0] not in self.things["users"] or (
            asked.method != "PUT" and pair not in self.roles
        ):
            return GONE
        if asked.method == "PUT":
            body = lawful_body(asked, self.schema)
            if body is None:
                return NO
            self.roles[team, user[0]] = body["role"]
        elif asked.method == "DELETE":
            del self.roles[team, user[0]]
        return 200, OK


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("made", [False, True])
def test_who_is_in_a_team(tmp_path: Path, made: bool, broken: bool) -> None:
    """A user who is there is put into a team of the run's; one of the run's, where it can."""
    shown = {"id": TEXT}
    team, user = placed("teamId", TEXT), placed("userId", TEXT)
    listed = operation("members")
    item = members(["userId"], userId=TEXT)
    listed["responses"]["200"]["content"] = {
        "application/json": {"schema": {"type": "array", "items": item}}
    }
    paths: dict[str, Any] = {
        "/teams": {"post": showing(operation("found", NAME, "201"), **shown)},
        "/teams/{teamId}": {"parameters": [team], "delete": operation("drop")},
        "/users": {"get": listing("users")},
        "/teams/{teamId}/members": {"parameters": [team], "get": listed},
        "/teams/{teamId}/members/{userId}": {
            "parameters": [team, user],
            "get": operation("member"),
            "put": operation("join", ROLE),
            "delete": operation("leave"),
        },
    }
    if made:
        paths["/users"]["post"] = showing(operation("sign_up", NAME, "201"), **shown)
        paths["/users/{userId}"] = {"parameters": [user], "delete": operation("sign_off")}
    teams = Teams(broken)
    found, rulings = ruled(campaign_of(tmp_path, paths, teams))
    assert found == ({"join:request#/role:enum": "lenient"} if broken else {})
    for name in ("join", "member", "leave"):
        assert rulings[f"{name}:served"].verdict == "upheld"
    assert teams.things == {"teams": {"t0"}, "users": {"u0"}}
    assert teams.roles == {("t0", "u0"): "writer"}


def listing(name: str) -> dict[str, Any]:
    """An operation that lists things by their ids."""
    node = operation(name)
    items = {"type": "array", "items": members(["id"], id=TEXT)}
    node["responses"]["200"]["content"] = {"application/json": {"schema": items}}
    return node


FLOW = members(["id", "label"], id=TEXT, label={**TEXT, "minLength": 1})


class Nested:
    """Flows, and steps whose writes are written through to the flows that they tell of."""

    def __init__(self, step: dict[str, Any], full: bool) -> None:
        self.full = full
        self.flows = {"f0": "theirs"}
        self.step = step
        self._numbers = count(1)
        self.through = 0

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        kind, *steps = asked.path.strip("/").split("/")
        if steps and steps[0] not in self.flows:
            return GONE
        if asked.method == "DELETE":
            del self.flows[steps[0]]
        if asked.method == "GET":
            return 200, [{"id": key} for key in sorted(self.flows)] if not steps else OK
        if asked.method != "POST":
            return 200, OK
        schema = FLOW_MADE if kind == "flows" else self.step
        body = lawful_body(asked, schema)
        if body is None or (kind == "flows" and self.full):
            return NO
        if kind == "flows":
            key = f"f{next(self._numbers)}"
            self.flows[key] = body["label"]
            return 201, {"id": key}
        told = body["flow"] if isinstance(body["flow"], list) else [body["flow"]]
        if any(one["id"] not in self.flows for one in told):
            return 422, {"error": "no such flow"}
        for one in told:
            self.flows[one["id"]] = one["label"]
            self.through += 1
        return 200, OK


FLOW_MADE = members(["label"], label={**TEXT, "minLength": 1})


@pytest.mark.parametrize(("several", "full"), [(False, True), (True, True), (True, False)])
def test_what_a_body_tells_more_of_is_ours(tmp_path: Path, several: bool, full: bool) -> None:
    """What a request names and describes at once may be written through: it is one of the run's.

    Where none can be made, nobody's is named.
    """
    flow = {"type": "array", "items": FLOW, "minItems": 1, "maxItems": 3} if several else FLOW
    step = members(["flow"], flow=flow)
    item = {"type": "array", "items": members(["id"], id=TEXT)}
    paths: dict[str, Any] = {
        "/flows": {
            "get": operation("list"),
            "post": showing(operation("make", FLOW_MADE, "201"), id=TEXT),
        },
        "/flows/{id}": {
            "parameters": [placed("id", TEXT)],
            "get": operation("read"),
            "delete": operation("drop"),
        },
        "/steps": {"post": operation("go", step)},
    }
    paths["/flows"]["get"]["responses"]["200"]["content"] = {"application/json": {"schema": item}}
    service = Nested(step, full)
    campaign_of(tmp_path, paths, service)
    assert service.flows == {"f0": "theirs"}
    assert bool(service.through) is not full


@pytest.mark.parametrize("broken", [False, True])
def test_who_pays_and_who_is_paid_are_two_of_the_run(tmp_path: Path, broken: bool) -> None:
    """An account does not pay itself, and nobody else's is paid: both are made by the run."""
    text = {"type": "string", "maxLength": 9}
    shape = {"fromAccountId": TEXT, "toAccountId": TEXT}
    transfer, loose = (members([*shape, "text"], text=one, **shape) for one in (text, TEXT))
    by = {"parameters": [placed("id", TEXT)]}
    listed = operation("accounts")
    reply = {"type": "array", "items": members(["id"], id=TEXT)}
    listed["responses"]["200"]["content"]["application/json"]["schema"] = reply
    paths = {
        "/accounts": {"post": showing(operation("open", NAME, "201"), id=TEXT), "get": listed},
        "/accounts/{id}": {**by, "get": operation("account"), "delete": operation("close")},
        "/transfers": {"post": operation("transfer", transfer)},
    }
    accounts, paid, numbers = {"a0"}, set[str](), count(1)

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/accounts").strip("/")
        if asked.path == "/transfers":
            body = lawful_body(asked, loose if broken else transfer)
            if body is None or {body["fromAccountId"], body["toAccountId"]} - accounts:
                return NO
            if body["fromAccountId"] == body["toAccountId"]:
                return 422, {"error": "it cannot pay itself"}
            paid.update((body["fromAccountId"], body["toAccountId"]))
        elif asked.method == "POST":
            if lawful_body(asked, NAME) is None:
                return NO
            key = f"a{next(numbers)}"
            accounts.add(key)
            return 201, {"id": key}
        elif not key:
            return 200, [{"id": one} for one in sorted(accounts)]
        elif key not in accounts:
            return GONE
        elif asked.method == "DELETE":
            accounts.remove(key)
        return 200, OK

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"transfer:request#/text:maxLength": "lenient"} if broken else {})
    assert rulings["transfer:served"].verdict == "upheld"
    assert "a0" not in paid
    assert accounts == {"a0"}
