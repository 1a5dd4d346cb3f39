"""Things in states that no document tells of: what has to come first, and what is undone after."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from .odd import hard, operation
from .services import (
    GONE,
    NO,
    OK,
    TEXT,
    WHOLE,
    Answer,
    Asked,
    campaign_of,
    findings,
    lawful_body,
    members,
    placed,
    ruled,
    showing,
)

SHORT = {"type": "string", "minLength": 1, "maxLength": 20}
BY = {"parameters": [placed("id", TEXT)]}
NAMED = members(["name"], name=SHORT)


def things_of(kind: str, state: str, **actions: dict[str, Any]) -> dict[str, Any]:
    """The paths of things that are made in a `state`, read, deleted, and acted on by POSTs."""
    shown = {"id": TEXT, "state": TEXT}
    paths: dict[str, Any] = {
        f"/{kind}/{{id}}/{name}": {**BY, "post": showing(node, **shown)}
        for name, node in actions.items()
    }
    paths[f"/{kind}"] = {"post": showing(operation("make", NAMED, status="201"), **shown)}
    one = {"get": showing(operation("read"), **shown), "delete": operation("drop")}
    return paths | {f"/{kind}/{{id}}": {**BY, **one}}


class Machine:
    """Things that actions lead from state to state; what is not foreseen gets `refusal`."""

    def __init__(
        self, begins: str, moves: dict[str, tuple[str, str]], keeps: set[str], refusal: Answer
    ) -> None:
        """`moves` have by action where it begins and ends; in states of `keeps` none goes."""
        self.begins, self.moves, self.keeps, self.refusal = begins, moves, keeps, refusal
        self.states: dict[str, str] = {}
        self.numbers = count(1)

    def __call__(self, asked: Asked) -> Answer:
        """What is answered."""
        _, _, key, *action = [*asked.path.split("/"), ""][:4]
        if not key:
            if lawful_body(asked, NAMED) is None:
                return NO
            key = f"t{next(self.numbers)}"
            self.states[key] = self.begins
            return 201, self.shown(key)
        if key not in self.states:
            return GONE
        if asked.method == "DELETE":
            if self.states[key] in self.keeps:
                return self.refusal
            del self.states[key]
            return 200, OK
        if action and action[0]:
            before, after = self.moves[action[0]]
            if self.states[key] != before:
                return self.refusal
            self.states[key] = after
        return 200, self.shown(key)

    def shown(self, key: str) -> dict[str, Any]:
        """What is said of a thing."""
        return {"id": key, "state": self.states[key]}


PAID = members(["note"], note={"type": "string", "maxLength": 10})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(
    "refusal",
    [(409, {"error": "no"}), (400, {"error": "no"}), (422, {"error": "claim is draft"})],
)
def test_what_has_to_come_first_comes_first(tmp_path: Path, refusal: Answer, broken: bool) -> None:
    """A claim is submitted, approved, then paid; the document has them the other way round."""
    actions = {"pay": operation("pay", PAID), "approve": operation("approve")}
    paths = things_of("claims", "draft", **actions, submit=operation("submit"))
    moves = {"submit": ("new", "sent"), "approve": ("sent", "good"), "pay": ("good", "paid")}
    machine = Machine("new", moves, set(), refusal)

    def service(asked: Asked) -> Answer:
        schema = members(["note"], note=TEXT) if broken else PAID
        if asked.path.endswith("/pay") and lawful_body(asked, schema) is None:
            return NO
        return machine(asked)

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == ({"pay:request#/note:maxLength": "lenient"} if broken else {})
    served = ("submit", "approve", "pay", "drop")
    assert {rulings[f"{name}:served"].verdict for name in served} == {"upheld"}
    assert not machine.states


@pytest.mark.parametrize(("status", "stop"), [(409, "post"), (422, "put"), (403, "post")])
def test_what_runs_is_stopped_before_it_is_deleted(tmp_path: Path, status: int, stop: str) -> None:
    """Machines run from the beginning, and none that runs is deleted: all are stopped, and gone."""
    paths = things_of("vms", "running", start=operation("start"))
    stopping = showing(operation("stop"), id=TEXT, state=TEXT)
    paths["/vms/{id}/stop"] = {**BY, stop: stopping}
    moves = {"stop": ("running", "stopped"), "start": ("stopped", "running")}
    machine = Machine("running", moves, {"running"}, (status, {"error": "no"}))
    campaign = campaign_of(tmp_path, paths, machine)
    assert hard(campaign.rulings()) == {}
    assert not machine.states
    assert not campaign.sender.created.left_over


def test_an_action_that_is_left_out_is_not_sent_in_the_end(tmp_path: Path) -> None:
    """What a user leaves out may do more than stop a machine: what runs is told as left."""
    paths = things_of("vms", "running", stop=operation("stop"))
    machine = Machine("running", {}, {"running"}, (409, {"error": "no"}))
    stopped: list[str] = []

    def service(asked: Asked) -> Answer:
        if asked.path.endswith("/stop"):
            stopped.append(asked.path)
        return machine(asked)

    campaign = campaign_of(tmp_path, paths, service, operations=["make", "read"])
    assert not stopped
    assert len(campaign.sender.created.left_over) == len(machine.states) > 0


@pytest.mark.parametrize("status", ["201", "200"])
def test_a_copy_is_no_way_to_another_state(tmp_path: Path, status: str) -> None:
    """What makes something else is not tried on what cannot be taken back; it is told as left."""
    paths = things_of("vms", "running")
    paths["/vms/{id}/copy"] = {**BY, "post": operation("copy", status=status)}
    if status == "200":
        number = placed("number", TEXT)
        parameters = [*BY["parameters"], number]
        paths["/vms/{id}/copy/{number}"] = {"parameters": parameters, "get": operation("look")}
    copies: list[str] = []
    machine = Machine("running", {}, {"running"}, (403, {"error": "no"}))

    def service(asked: Asked) -> Answer:
        if "/copy" not in asked.path:
            return machine(asked)
        if asked.method == "GET":
            return GONE
        copies.append(asked.path)
        return int(status), OK

    campaign = campaign_of(tmp_path, paths, service)
    first = next(iter(machine.states))
    assert len(campaign.sender.created.left_over) >= len(machine.states)
    assert {path.split("/")[2] for path in copies} & machine.states.keys() == {first}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("told", ["orderId", "order_id", "orders"])
def test_an_id_that_only_an_action_tells(tmp_path: Path, told: str, broken: bool) -> None:
    """Nothing makes or lists orders: a checkout names one, once there is something in the cart."""
    item = members(["sku"], sku=SHORT)
    # `orders: [{id}]` names one as well as a member of just its name.
    inner = {"type": "array", "items": members(["id"], id=TEXT)}
    shape = inner if told == "orders" else TEXT
    paths = {
        "/orders/{order_id}": {
            "parameters": [placed("order_id", TEXT)],
            "get": showing(operation("order"), total=WHOLE),
        },
        "/carts": {"post": showing(operation("cart", status="201"), id=TEXT)},
        "/carts/{id}": {**BY, "delete": operation("drop")},
        "/carts/{id}/checkout": {**BY, "post": showing(operation("checkout"), **{told: shape})},
        "/carts/{id}/items": {**BY, "post": operation("add", item)},
    }
    carts: dict[str, int] = {}
    orders: set[str] = set()
    numbers = count(1)

    def service(asked: Asked) -> Answer:
        _, kind, *rest = asked.path.split("/")
        if kind == "orders":
            return (200, {"total": "1" if broken else 1}) if rest[0] in orders else GONE
        if not rest:
            carts[f"c{next(numbers)}"] = 0
            return 201, {"id": list(carts)[-1]}
        if rest[0] not in carts:
            return GONE
        if asked.method == "DELETE":
            del carts[rest[0]]
            return 200, OK
        if rest[1] == "items":
            carts[rest[0]] += lawful_body(asked, item) is not None
            return (200, OK) if lawful_body(asked, item) else NO
        if not carts[rest[0]]:
            return 409, {"error": "the cart is empty"}
        carts[rest[0]] = 0
        key = f"o{next(numbers)}"
        orders.add(key)
        return 200, {told: [{"id": key}] if told == "orders" else key}

    found = findings(tmp_path, paths, service, settle_seconds=0.0)
    assert found == ({"order:200#/total:type": "violated"} if broken else {})
    assert not carts


def test_whom_an_invoice_names_is_left_alone(tmp_path: Path) -> None:
    """A reply that names a customer does not make them: they are read, not changed or deleted."""
    shown = {"id": TEXT, "customerId": TEXT}
    paths = {
        "/invoices": {"post": showing(operation("make", NAMED, status="201"), **shown)},
        "/invoices/{id}": {**BY, "delete": operation("drop")},
        "/customers/{customerId}": {
            "parameters": [placed("customerId", TEXT)],
            "get": operation("customer"),
            "patch": operation("change", NAMED),
            "delete": operation("remove"),
        },
    }
    theirs = "c-77"
    asked_for: set[str] = set()

    def service(asked: Asked) -> Answer:
        if asked.path.startswith("/customers/"):
            if not asked.path.endswith(f"/{theirs}"):
                return GONE
            asked_for.add(asked.method)
        elif asked.method == "POST" and lawful_body(asked, NAMED) is None:
            return NO
        elif asked.method == "POST":
            return 201, {"id": "i1", "customerId": theirs}
        return 200, OK

    rulings = campaign_of(tmp_path, paths, service).rulings()
    assert rulings["customer:served"].verdict == "upheld"
    assert asked_for == {"GET"}


@pytest.mark.parametrize("status", [410, 404])
def test_an_invitation_of_others_is_not_used_up(tmp_path: Path, status: int) -> None:
    """What is accepted is there no more: each request has one of the run's own, and no other."""
    theirs, used = {"t-0": "theirs"}, set[str]()
    there, numbers = dict(theirs), count(1)
    paths = things_of("invitations", "open", accept=operation("accept", NAMED))
    listed = {"type": "array", "items": members(["id"], id=TEXT)}
    every = operation("every")
    every["responses"]["200"]["content"]["application/json"]["schema"] = listed
    paths["/invitations"]["get"] = every

    def service(asked: Asked) -> Answer:
        _, _, key, *action = [*asked.path.split("/"), ""][:4]
        if asked.method == "GET" and not key:
            return 200, [{"id": one} for one in there]
        if not key:
            if lawful_body(asked, NAMED) is None:
                return NO
            key = f"i-{next(numbers)}"
            there[key] = "ours"
        if key in used:
            return status, {"error": "it was accepted"}
        if key not in there:
            return GONE
        if asked.method == "DELETE":
            del there[key]
        elif action and action[0]:
            if lawful_body(asked, NAMED) is None:
                return NO
            used.add(key)
            del there[key]
        return (201 if asked.path == "/invitations" else 200), OK | {"id": key, "state": "open"}

    found, rulings = ruled(campaign_of(tmp_path, paths, service))
    assert found == {}
    assert rulings["accept:served"].verdict == "upheld"
    assert there == theirs


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("stages", ["/stages", "/flags/{id}/stages"])
def test_a_flag_of_others_is_not_switched(tmp_path: Path, stages: str, ours: bool) -> None:
    """No stage is made, but flags are: nobody else's flag is switched in a stage, and no stage."""
    by = {"parameters": [placed("id", TEXT), placed("stage", TEXT)]}
    paths = things_of("flags", "off")
    paths["/flags/{id}/stages/{stage}/on"] = {**by, "post": operation("switch")}
    paths["/stages/{stage}/off"] = {
        "post": operation("stop", parameters=[placed("stage", TEXT)]),
    }
    for path in ("/flags", stages):
        listing = operation(f"list_{path[-6:]}", parameters=BY["parameters"] if "{" in path else [])
        listed = {"type": "array", "items": members(["id"], id=TEXT)}
        listing["responses"]["200"]["content"]["application/json"]["schema"] = listed
        paths.setdefault(path, {})["get"] = listing
    machine = Machine("off", {}, set(), NO)
    machine.states["theirs"] = "off"
    switched: set[str] = set()

    def service(asked: Asked) -> Answer:
        if asked.path.endswith(("/on", "/off")):
            switched.add(asked.path.split("/")[2])
            return 200, OK
        if asked.path.endswith("/stages"):
            return 200, [{"id": "live"}]
        if asked.path == "/flags" and asked.method == "GET":
            return 200, [{"id": one} for one in machine.states]
        return NO if asked.path == "/flags" and not ours else machine(asked)

    campaign_of(tmp_path, paths, service)
    assert not {"theirs", "live"} & switched
    assert bool(switched) == ours
    assert machine.states == {"theirs": "off"}


@pytest.mark.parametrize("again", [False, True])
def test_what_is_not_empty_is_emptied(tmp_path: Path, again: bool) -> None:
    """A folder comes with a page in it, and goes only without: so does the page of each.

    Where a create gives out `again` what was there, nothing in it is touched.
    """
    # More of them than the run asks about; the last one is given out.
    theirs = {f"f-{number}x": {"p-0"} for number in range(6)} if again else {}
    folders: dict[str, Any] = {key: {*pages} for key, pages in theirs.items()}
    numbers = count(1)
    paths = things_of("folders", "kept")
    page = {"type": "array", "items": members(["id"], id=TEXT)}
    within: dict[str, Any] = {**BY, "get": operation("pages"), "post": operation("add", NAMED)}
    within["get"]["responses"]["200"]["content"]["application/json"]["schema"] = page
    showing(within["post"], id=TEXT)
    both = [*BY["parameters"], placed("pageId", TEXT)]
    paths["/folders/{id}/pages"] = within
    paths["/folders/{id}/pages/{pageId}"] = {"parameters": both, "delete": operation("tear")}
    every = operation("every")
    every["responses"]["200"]["content"]["application/json"]["schema"] = page
    paths["/folders"]["get"] = every

    def service(asked: Asked) -> Answer:
        _, _, key, *more = asked.path.split("/") if asked.path.count("/") > 1 else ["", "", ""]
        if not key and asked.method == "GET":
            return 200, [{"id": one} for one in folders]
        if not key:
            if lawful_body(asked, NAMED) is None:
                return NO
            key = "f-5x" if again else f"f-{next(numbers)}"
            folders.setdefault(key, {f"p-{next(numbers)}"})
            return 201, {"id": key, "state": "kept"}
        if key not in folders:
            return GONE
        if more[1:]:
            if more[1] not in folders[key]:
                return GONE
            folders[key].remove(more[1])
            return 200, OK
        if more and asked.method == "GET":
            return 200, [{"id": one} for one in sorted(folders[key])]
        if more:
            if lawful_body(asked, NAMED) is None:
                return NO
            folders[key].add(f"p-{next(numbers)}")
            return 200, {"id": f"p-{next(numbers) - 1}"}
        if asked.method == "DELETE":
            if folders[key]:
                return 409, {"error": "there is something in it"}
            del folders[key]
        return 200, OK | {"id": key, "state": "kept"}

    campaign = campaign_of(tmp_path, paths, service)
    assert hard(campaign.rulings()) == {}
    assert folders == theirs
    assert not campaign.sender.created.left_over


@pytest.mark.parametrize("full", [False, True])
def test_what_an_action_names_after_its_verb_is_ours(tmp_path: Path, full: bool) -> None:
    """`POST /jobs/stop/{job_id}` stops a job of the run's, and none where it can make none."""
    paths = things_of("jobs", "running")
    paths["/jobs"]["get"] = operation("list")
    paths["/jobs/stop/{job_id}"] = {
        "parameters": [placed("job_id", TEXT)],
        "post": operation("stop"),
    }
    jobs, numbers, stopped = {"j0": "running"}, count(1), []

    def service(asked: Asked) -> Answer:
        *around, last = asked.path.strip("/").split("/")
        if not around and asked.method == "GET":
            return 200, [{"id": key} for key in jobs]
        if not around:
            if full or lawful_body(asked, NAMED) is None:
                return NO
            key = f"j{next(numbers)}"
            jobs[key] = "running"
            return 201, {"id": key, "state": "running"}
        if last not in jobs:
            return GONE
        if asked.method == "DELETE":
            del jobs[last]
        elif around[-1] == "stop":
            stopped.append(last)
        return 200, {**OK, "id": last, "state": "running"}

    campaign_of(tmp_path, paths, service)
    assert "j0" not in stopped
    assert bool(stopped) is not full


def test_what_is_elsewhere_once_it_was_published_or_deleted(tmp_path: Path) -> None:
    """Notes are read among the published ones, restored from the trash, and deleted for good there.

    What others have thrown away stays where it is. `read` alone breaks a promise.
    """
    by = {"parameters": [placed("noteId", TEXT)]}
    shown = {"id": TEXT, "text": TEXT}
    listed = operation("thrown_away")
    listed["responses"]["200"]["content"]["application/json"]["schema"] = {
        "type": "array",
        "items": members(["id"], **shown),
    }
    paths = {
        "/notes": {"post": showing(operation("make", NAMED, status="201"), **shown)},
        "/notes/{noteId}": {**by, "delete": operation("drop")},
        "/notes/{noteId}/publish": {**by, "post": operation("publish")},
        "/published/{noteId}": {**by, "get": showing(operation("read"), **shown)},
        "/trash": {"get": listed},
        "/trash/{noteId}": {
            **by,
            "get": showing(operation("look"), **shown),
            "delete": operation("purge"),
        },
        "/trash/{noteId}/restore": {**by, "post": showing(operation("restore"), **shown)},
    }
    notes: dict[str, dict[str, Any]] = {}
    trash: dict[str, dict[str, Any]] = {"t0": {"id": "t0", "text": "theirs"}}
    published: set[str] = set()
    numbers = count(1)

    def service(asked: Asked) -> Answer:
        _, kind, key, *action = [*asked.path.split("/"), "", ""][:5]
        if asked.path == "/trash":
            return 200, list(trash.values())
        if not key:
            if lawful_body(asked, NAMED) is None:
                return NO
            key = f"n{next(numbers)}"
            notes[key] = {"id": key, "text": "new"}
            return 201, notes[key]
        if key not in (trash if kind == "trash" else published if kind == "published" else notes):
            return GONE
        if kind == "published":
            return 200, {"id": key}
        thing = trash.pop(key) if kind == "trash" and asked.method != "GET" else None
        if asked.method == "DELETE" and kind == "notes":
            trash[key] = notes.pop(key)
            published.discard(key)
        elif action[0] == "publish":
            published.add(key)
        elif action[0] == "restore":
            notes[key] = thing or {}
        return 200, OK | (thing or trash.get(key, {}))

    rulings = campaign_of(tmp_path, paths, service, settle_seconds=0.0).rulings()
    assert hard(rulings) == {"read:200#/text:required": "violated"}
    served = ("look", "restore", "purge")
    assert {rulings[f"{name}:served"].verdict for name in served} == {"upheld"}
    assert trash["t0"]["text"] == "theirs"
    assert not notes


def test_a_lock_is_taken_off_before_what_it_locks_is_deleted(tmp_path: Path) -> None:
    """No action without a body opens a lock, but its own DELETE: all that was locked is gone."""
    paths = things_of("docs", "open")
    lock = {"post": operation("lock", PAID), "delete": operation("unlock")}
    paths["/docs/{id}/lock"] = {**BY, **lock}
    machine = Machine("open", {"lock": ("open", "locked")}, {"locked"}, (423, {"error": "no"}))

    def service(asked: Asked) -> Answer:
        key = asked.path.split("/")[2] if asked.path != "/docs" else ""
        if asked.method == "DELETE" and asked.path.endswith("/lock"):
            if machine.states.get(key) != "locked":
                return GONE
            machine.states[key] = "open"
            return 200, OK
        if asked.path.endswith("/lock") and lawful_body(asked, PAID) is None:
            return NO
        status, said = machine(asked)
        return status, said | OK

    campaign = campaign_of(tmp_path, paths, service, settle_seconds=0.0)
    assert hard(campaign.rulings()) == {}
    assert not machine.states
    assert not campaign.sender.created.left_over


@pytest.mark.parametrize("broken", [False, True])
def test_what_is_said_behind_a_colon_comes_first_as_well(tmp_path: Path, broken: bool) -> None:
    """`POST /claims/{id}:pay` wants a claim after its `:submit` and `:approve`, each time anew."""
    actions = {"pay": operation("pay", PAID), "approve": operation("approve", PAID)}
    paths = things_of("claims", "new", **actions, submit=operation("submit", PAID))
    paths = {path.replace("{id}/", "{id}:"): node for path, node in paths.items()}
    moves = {"submit": ("new", "sent"), "approve": ("sent", "good"), "pay": ("good", "paid")}
    machine = Machine("new", moves, set(), (409, {"error": "no"}))

    def service(asked: Asked) -> Answer:
        schema = members(["note"], note=TEXT) if broken and ":approve" in asked.path else PAID
        if ":" in asked.path and lawful_body(asked, schema) is None:
            return NO
        return machine(asked._replace(path=asked.path.replace(":", "/")))

    campaign = campaign_of(tmp_path, paths, service, settle_seconds=0.0)
    rulings = campaign.rulings()
    assert hard(rulings) == ({"approve:request#/note:maxLength": "lenient"} if broken else {})
    assert {rulings[f"{name}:served"].verdict for name in (*moves, "drop")} == {"upheld"}
    assert not machine.states


def test_what_was_made_is_there_once_it_was_activated(tmp_path: Path) -> None:
    """A note is as good as not there until then: `change` alone takes what it must not."""
    change = members(["text"], text=SHORT)
    actions = {"activate": operation("activate", PAID)}
    paths = things_of("notes", "new", **actions)
    paths["/notes/{id}"]["put"] = operation("change", change)
    machine = Machine("new", {"activate": ("new", "active")}, set(), (409, {"error": "no"}))

    def service(asked: Asked) -> Answer:
        _, _, key, *action = [*asked.path.split("/"), ""][:4]
        if asked.method in ("GET", "PUT") and machine.states.get(key) != "active":
            return GONE
        if asked.method == "PUT":
            loose = members(["text"], text={"type": "string", "minLength": 1})
            return NO if lawful_body(asked, loose) is None else (200, OK)
        if action and action[0] and lawful_body(asked, PAID) is None:
            return NO
        return machine(asked)

    rulings = campaign_of(tmp_path, paths, service, settle_seconds=0.0).rulings()
    assert hard(rulings) == {"change:request#/text:maxLength": "lenient"}
    assert {rulings[f"{name}:served"].verdict for name in ("read", "activate")} == {"upheld"}
    assert not machine.states


def test_my_own_one_is_there_once_it_was_made(tmp_path: Path) -> None:
    """Nothing is at `/books/{id}/reviews/mine` before the POST: `read` alone breaks a promise."""
    review = members(["text"], text=SHORT)
    listed = operation("books")
    reply = {"type": "array", "items": members(["id"], id=TEXT)}
    listed["responses"]["200"]["content"]["application/json"]["schema"] = reply
    paths = {
        "/books": {"get": listed},
        "/books/{id}/reviews/mine": {**BY, "get": showing(operation("read"), text=TEXT)},
        "/books/{id}/reviews": {**BY, "post": operation("write", review, status="201")},
    }
    mine: set[str] = set()

    def service(asked: Asked) -> Answer:
        _, _, key, *_ = [*asked.path.split("/"), ""]
        if not key:
            return 200, [{"id": "b1"}]
        if key != "b1" or (asked.method == "GET" and not mine):
            return GONE
        if asked.method == "POST":
            if lawful_body(asked, review) is None:
                return NO
            mine.add(key)
            return 201, OK
        return 200, {"text": 1}

    rulings = campaign_of(tmp_path, paths, service, settle_seconds=0.0).rulings()
    assert hard(rulings) == {"read:200#/text:type": "violated"}
    assert rulings["write:served"].verdict == "upheld"
