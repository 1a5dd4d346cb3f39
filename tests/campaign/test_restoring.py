"""What was there before a run and is changed by it has its values back in the end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .odd import hard, operation
from .services import (
    NO,
    OK,
    Answer,
    Asked,
    Full,
    campaign_of,
    lawful_body,
    members,
    placed,
    ruled,
)

THEME = {"enum": ["dark", "light"]}
SIZE = {"type": "integer", "minimum": 1, "maximum": 50}
SHOWN = members(["theme", "size", "revision"], theme=THEME, size=SIZE, revision={"type": "integer"})
AS_JSON = {"content-type": "application/json"}
BEFORE = {"theme": "dark", "size": 7}


class Settings:
    """One thing without a name, or under a name that the user gives; it counts its changes."""

    def __init__(self, schema: Any, wrapped: bool = False) -> None:
        self.schema = schema
        self.wrapped = wrapped
        self.now = dict(BEFORE)
        self.changes = 0

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        if asked.path == "/ping":
            return 200, OK
        if asked.path not in ("/settings", "/themes/main"):
            return 404, {"error": "no"}
        if asked.method != "GET":
            body = lawful_body(asked, self.schema)
            if body is None:
                return NO
            self.now |= {name: body[name] for name in BEFORE if name in body}
            self.changes += 1
        shown = {**self.now, "revision": self.changes}
        return 200, {"data": shown} if self.wrapped else shown


def paths(path: str, method: str, takes: Any, wrapped: bool = False) -> dict[str, Any]:
    """A path that is read and changed, and another one."""
    whole = members(["data"], data=SHOWN) if wrapped else SHOWN
    one: dict[str, Any] = {"get": operation("read"), method: operation("change", takes)}
    for node in one.values():
        node["responses"]["200"]["content"] = {"application/json": {"schema": whole}}
    if "{" in path:
        one["parameters"] = [placed("theme", {"type": "string"})]
    return {path: one, "/ping": {"get": operation("ping")}}


def takes(required: list[str], **more: Any) -> dict[str, Any]:
    """What a change may have."""
    return members(required, theme=THEME, size={**SIZE, **more})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(("method", "wrapped"), [("put", False), ("put", True), ("patch", False)])
def test_a_thing_without_a_name(tmp_path: Path, method: str, wrapped: bool, broken: bool) -> None:
    """It is as it was, also where a request that should have been refused changed it."""
    required = ["theme", "size"] if method == "put" else []
    checked = takes(required, **({"maximum": 99} if broken else {}))
    settings = Settings(checked, wrapped)
    told = paths("/settings", method, takes(required), wrapped)
    found, rulings = ruled(campaign_of(tmp_path, told, settings))
    # What was taken shows in the replies after it.
    replies = {name: verdict for name, verdict in found.items() if ":request#" not in name}
    assert found.keys() - replies.keys() == ({"change:request#/size:maximum"} if broken else set())
    assert all(broken and name.endswith("/size:maximum") for name in replies)
    assert rulings["change:served"].verdict == "upheld"
    assert settings.changes > 1
    assert settings.now == BEFORE


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/admin/settings", "patch"),
        ("/system/configuration", "put"),
        ("/server/raw_config", "post"),
    ],
)
def test_how_a_whole_service_works_is_not_changed(tmp_path: Path, path: str, method: str) -> None:
    """One lawful value may be enough for nothing to be answered any more: it is not tried."""
    lawful = takes([])

    def service(asked: Asked) -> Answer:
        if asked.path == "/ping":
            return 200, OK
        if asked.method != "GET":
            service_is["set up"] += 1
        return (500, {}) if service_is["set up"] else (200, {**BEFORE, "revision": 0})

    service_is = {"set up": 0}
    found, rulings = ruled(campaign_of(tmp_path, paths(path, method, lawful), service))
    assert (found, service_is) == ({}, {"set up": 0})
    assert rulings["read:served"].verdict == "upheld"
    assert "--destructive" in (rulings["change:served"].message or "")


def test_a_switch_that_is_there_once_stays_as_it_is(tmp_path: Path) -> None:
    """Nobody knows on which side it was; what is said of one of several things is no switch."""
    one = members(["job"], job={"type": "string"})
    told = {
        "/recordings/start": {"post": operation("record", members([], size=SIZE))},
        "/recordings/stop": {"post": operation("stop")},
        "/alarm/disable": {"put": operation("disarm")},
        "/alarm/enable": {"put": operation("arm")},
        "/items:throw-away": {"post": operation("clean")},
        "/tickets/close-all": {"post": operation("close_all")},
        "/tickets/list-all": {"post": operation("list_all")},
        "/strict": {
            "post": operation("strict"),
            "delete": operation("lax"),
            "get": operation("is"),
        },
        "/jobs/start": {"post": operation("begin", one)},
        "/jobs/stop": {"post": operation("end", one)},
        "/engine/start": {"post": operation("run")},
    }
    switched = set()

    def service(asked: Asked) -> Answer:
        if asked.method != "GET":
            switched.add(asked.path)
        taken = asked.path[:5] != "/jobs" or lawful_body(asked, one) is not None
        return (200, OK) if taken else NO

    found, rulings = ruled(campaign_of(tmp_path, told, service))
    assert (found, switched) == (
        {},
        {"/jobs/start", "/jobs/stop", "/engine/start", "/tickets/list-all"},
    )
    left = ("record", "stop", "disarm", "arm", "strict", "lax", "clean", "close_all")
    assert all("--destructive" in (rulings[f"{name}:served"].message or "") for name in left)


PASSWORD = {"type": "string", "minLength": 8}


@pytest.mark.parametrize("wrapped", [False, True])
def test_what_lets_a_run_in_is_not_changed(tmp_path: Path, wrapped: bool) -> None:
    """No password and no token of who asks; what else they have is changed, and given back."""
    user = members([], theme=THEME, new_password=PASSWORD)
    taken = members(["data"], data=user) if wrapped else user
    renewing = operation("renew", members([], days=SIZE))
    told = paths("/settings", "patch", taken, wrapped) | {"/settings/token": {"put": renewing}}
    settings = Settings(user, wrapped)
    tried: list[str] = []

    def service(asked: Asked) -> Answer:
        if asked.path == "/settings/token" or b"new_password" in asked.content:
            tried.append(f"{asked.method} {asked.path}")
        if wrapped and asked.method == "PATCH":
            body = lawful_body(asked, taken)
            if body is None:
                return NO
            asked = asked._replace(content=json.dumps(body["data"]).encode())
        return settings(asked)

    found, rulings = ruled(campaign_of(tmp_path, told, service))
    assert (found, tried, settings.now) == ({}, [], BEFORE)
    assert rulings["change:served"].verdict == "upheld"
    assert "--destructive" in (rulings["renew:served"].message or "")


def test_an_action_that_a_value_names(tmp_path: Path) -> None:
    """`{"operation": "shutdown"}` ends the service, and `reload` does not: that one is asked."""
    job = members(["operation"], operation={"enum": ["reload", "shutdown", "plugin_reset"]})
    done: set[str] = set()

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, job)
        if body is None:
            return NO
        done.add(body["operation"])
        return 200, OK

    found, rulings = ruled(
        campaign_of(tmp_path, {"/server/manage": {"post": operation("manage", job)}}, service)
    )
    assert (found, done) == ({}, {"reload"})
    assert rulings["manage:served"].verdict == "upheld"


def test_several_breaches_of_one_value(tmp_path: Path) -> None:
    """What another breach left in the reply to a lawful request leaves no one of them open."""
    settings = Settings(members([], theme=THEME))
    found, rulings = ruled(campaign_of(tmp_path, paths("/settings", "patch", takes([])), settings))
    sent = {f"change:request#/size:{keyword}" for keyword in ("type", "minimum", "maximum")}
    assert {name for name in found if ":request#" in name} == sent
    assert {rulings[name].verdict for name in sent} == {"lenient"}
    assert settings.now == BEFORE


def test_a_thing_that_the_user_named(tmp_path: Path) -> None:
    """What `--set` names is asked about, changed, and as it was in the end."""
    checked = takes(["theme", "size"])
    settings, told = Settings(checked), paths("/themes/{theme}", "put", checked)
    campaign = campaign_of(tmp_path, told, settings, values={"path#/theme": "main"})
    found, rulings = ruled(campaign)
    assert found == {}
    assert rulings["change:served"].verdict == "upheld"
    assert settings.changes > 1
    assert settings.now == BEFORE


def test_what_no_request_need_have_is_not_given_back(tmp_path: Path) -> None:
    """A member that is `readOnly` is shown, and refused where a request has it."""
    number = {"type": "integer", "readOnly": True}
    documented = takes(["theme", "size"])
    documented["properties"] = {**documented["properties"], "revision": number}
    settings = Settings({**takes(["theme", "size"]), "additionalProperties": False})
    ruled(campaign_of(tmp_path, paths("/settings", "put", documented), settings))
    assert settings.changes > 1
    assert settings.now == BEFORE


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_is_changed_by_a_form_is_given_back_by_one(tmp_path: Path, kind: str) -> None:
    """The reply that shows a thing is JSON; what changes it takes a form alone."""
    checked = takes(["theme", "size"])
    settings = Settings(checked)

    def service(asked: Asked) -> Answer:
        if asked.method == "GET":
            return settings(asked)
        if not asked.headers.get("content-type", "").startswith(kind):
            return NO
        told = asked.content.decode("latin-1").replace("\r\n", "&")
        found = dict(re.findall(r"(theme|size)\"?[=&]+([^&]*)", told))
        body = found | {"size": int(found["size"])} if found.get("size", "").isdigit() else found
        return settings(asked._replace(content=json.dumps(body).encode(), headers=AS_JSON))

    told = paths("/settings", "put", checked)
    told["/settings"]["put"]["requestBody"]["content"] = {kind: {"schema": checked}}
    campaign = campaign_of(tmp_path, told, service)
    assert hard(campaign.rulings()) == {}
    assert settings.changes > 1
    assert settings.now == BEFORE
    assert not campaign.sender.created.left_over


def test_what_would_destroy_is_not_read(tmp_path: Path) -> None:
    """Where a GET says that it does something, no value is looked up by it."""
    checked, settings = takes(["theme", "size"]), Settings(takes(["theme", "size"]))
    asked: list[tuple[str, str]] = []

    def service(one: Asked) -> Answer:
        asked.append((one.method, one.path))
        return settings(one)

    told = paths("/settings", "put", checked)
    told["/settings"]["get"]["operationId"] = "wipe_settings"
    campaign_of(tmp_path, told, service)
    assert ("PUT", "/settings") in asked
    assert ("GET", "/settings") not in asked


@pytest.mark.parametrize("most", [4, 12])
def test_what_is_read_before_a_change_counts(tmp_path: Path, most: int) -> None:
    """A budget holds for the looks at what will be changed; only what gives it back is beyond."""
    checked, asked = takes(["theme", "size"]), list[str]()
    settings = Settings(checked)

    def service(one: Asked) -> Answer:
        asked.append(one.method)
        return settings(one)

    told = paths("/settings", "put", checked)
    campaign = campaign_of(tmp_path, told, service, max_requests=most)
    given_back = campaign.sender.created.started
    assert campaign.sender.requests == len(asked) - given_back <= most
    assert settings.now == BEFORE


def test_what_cannot_be_given_back_is_told(tmp_path: Path) -> None:
    """Where the values that a thing had are refused, the request that has them is listed."""

    class Closed(Settings):
        def __call__(self, asked: Asked) -> Answer:
            return NO if lawful_body(asked, self.schema) == BEFORE else super().__call__(asked)

    checked = takes(["theme", "size"])
    campaign = campaign_of(tmp_path, paths("/settings", "put", checked), Closed(checked))
    created = campaign.sender.created
    assert hard(campaign.rulings()) == {}
    assert (created.started, created.undone) == (1, 0)
    (back,) = created.to_undo
    assert back.method == "PUT"
    assert json.loads(back.body or "") == BEFORE


def test_a_part_of_what_is_read(tmp_path: Path) -> None:
    """A part with a path of its own is given back as the whole shows it; if it shows nothing, told.

    So is null, which the document does not let a part be.
    """
    parts = {"size": members(["value"], value=SIZE), "theme": THEME, "until": members([], at=SIZE)}
    told: dict[str, Any] = {
        f"/course/{name}": {"put": operation(name, schema)} for name, schema in parts.items()
    }
    told |= {
        "/course": {"get": operation("read")},
        "/course/pace": {"put": operation("pace", THEME)},
    }
    before: dict[str, Any] = {**BEFORE, "until": None}
    now, changes = dict(before), dict.fromkeys(parts, 0)

    def service(asked: Asked) -> Answer:
        name = asked.path.rpartition("/")[2]
        if name not in parts:
            return 200, ({"data": now} if name == "course" else OK)
        nothing = name == "until" and asked.content == b'{"at":null}'
        body = {"at": None} if nothing else lawful_body(asked, parts[name])
        if body is None:
            return NO
        now[name] = next(iter(body.values()), 1) if isinstance(body, dict) else body
        changes[name] += 1
        return 200, OK

    campaign = campaign_of(tmp_path, told, service)
    assert (now, min(changes.values()) > 1) == (before, True)
    [left] = campaign.sender.created.left_over
    assert "no reply shows what it was before" in left


@pytest.mark.parametrize("kind", ["column", "id", "number"])
def test_what_the_body_of_a_change_of_nobody_names(tmp_path: Path, kind: str) -> None:
    """It names nobody, too, whatever its examples say: a server may change what it finds there."""
    name = {"type": "string", "example": "title"}
    number = {"type": "integer", "example": 1}
    inner = members([], id=number, hidden={"type": "boolean"})
    body = {
        "column": members(["column"], column=name, size=SIZE),
        "id": members(["id"], id=name, size=SIZE),
        "number": members([], meta=inner, size=SIZE),
    }[kind]
    changed, asked_for = set[Any](), set[str]()
    told = {
        "/columns/{id}": {
            "patch": operation("change", body),
            "parameters": [placed("id", {"type": "string"})],
        },
        "/ping": {"get": operation("ping")},
    }

    def service(asked: Asked) -> Answer:
        sent = lawful_body(asked, body) if asked.method == "PATCH" else {}
        if sent is None:
            return NO
        asked_for.add(asked.method)
        named = [sent.get("column"), sent.get("id"), sent.get("meta", {}).get("id")]
        changed.update(one for one in named if one is not None)
        return 200, OK

    campaign_of(tmp_path, told, service)
    assert asked_for == {"GET", "PATCH"}
    assert changed.isdisjoint({"title", 1})


@pytest.mark.parametrize("method", ["put", "patch"])
def test_what_nothing_reads_is_told_as_changed(tmp_path: Path, method: str) -> None:
    """It has no name and was there before: what it was, no reply shows."""
    settings, told = Settings(takes([])), paths("/settings", method, takes([]))
    del told["/settings"]["get"]
    campaign = campaign_of(tmp_path, told, settings)
    assert hard(campaign.rulings()) == {}
    assert settings.changes > 0
    [left] = campaign.sender.created.left_over
    assert "no reply shows what it was before" in left


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_setting_that_is_one_value(tmp_path: Path, kind: str) -> None:
    """A list or a text is changed as a whole, by a request without a body too, and given back."""
    is_list = kind == "application/json"
    was = b'["one", "two"]' if is_list else b"quiet"
    now, asked_for = [was], list[bytes]()
    schema = {"type": "array", "items": {"type": "string"}} if is_list else {"type": "string"}

    def service(asked: Asked) -> Answer | Full:
        if asked.method == "PUT":
            if asked.content and not asked.headers.get("content-type", "").startswith(kind):
                return NO
            if is_list and asked.content and lawful_body(asked, schema) is None:
                return NO
            asked_for.append(asked.content)
            now[0] = asked.content or b"[]"
        return 200, now[0], {"content-type": kind}

    one = {"get": operation("read"), "put": operation("change", schema)}
    del one["put"]["requestBody"]["required"]
    for node in (*one.values(),):
        node["responses"]["200"]["content"] = {kind: {"schema": schema}}
    one["put"]["requestBody"]["content"] = {kind: {"schema": schema}}
    campaign = campaign_of(tmp_path, {"/level": one}, service)
    assert hard(campaign.rulings()) == {}
    assert b"" in asked_for
    assert json.loads(now[0]) == json.loads(was) if is_list else now[0] == was
