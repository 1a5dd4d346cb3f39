"""A document alone, and a service that has things within things: reach, order, no harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.order import left_out, stages
from clausewise.links.catalogue import Catalogue
from clausewise.pack.resolving import resolve

from .clinic import Clinic, judged, pack_in, pack_of, served

LEFT_OUT = {"stop_it", "bye", "drop_vet", "change_vet"}


def test_every_operation_that_can_be_reached_is_reached(tmp_path: Path) -> None:
    """Ids come from replies, lists and Location, three deep, and into a body; nothing is red."""
    clinic, pack = Clinic(), pack_of(tmp_path)
    with served(clinic) as url:
        found = judged(pack, url)
    assert found.findings == {}
    served_ones = {n for n in pack.contract.operations if found.rulings[f"{n}:served"]}
    upheld = {n for n in served_ones if found.rulings[f"{n}:served"].verdict == "upheld"}
    assert upheld == set(pack.contract.operations) - LEFT_OUT
    assert clinic.asked("GET", "/owners/[^/]+/pets/[^/]+/visits/\\d+")
    # The operation whose maker needs an owner in its body was asked with one that is there.
    assert any(one.status == 201 for one in clinic.asked("POST", "/invoices"))


def test_the_links_are_told_with_what_proves_them(tmp_path: Path) -> None:
    """Proved where a safe operation tells an id from a made-up one, else assumed."""
    clinic = Clinic()
    with served(clinic) as url:
        found = judged(pack_of(tmp_path), url)
    told = {
        (link.source, link.expression, place): link.state
        for link in found.campaign.links
        for place in link.to
    }
    expected = {
        ("add_owner", "$response.body#/data/owner/uuid", ("get_owner", "path", "/owner_id")),
        ("add_pet", "$response.header.Location#path.pet", ("get_pet", "path", "/pet")),
        ("add_pet", "$response.header.Location#path.pet", ("drop_pet", "path", "/pet")),
        ("add_visit", "$response.body#/number", ("get_visit", "path", "/number")),
        ("list_vets", "$response.body#/*/slug", ("get_vet", "path", "/slug")),
        ("add_invoice", "$response.body#/invoice/id", ("get_invoice", "path", "/id")),
    }
    assert {key for key, state in told.items() if state == "proved"} >= expected
    body = ("add_owner", "$response.body#/data/owner/uuid", ("add_invoice", "request", "/ownerId"))
    assert told[body] == "assumed"
    entries = found.campaign.ledger.entries
    for link in found.campaign.links:
        if link.state == "proved":
            accepted, refused = (entries[number - 1] for number in link.exchanges)
            assert (accepted.outcome, refused.outcome) == ("accepted", "refused")


def test_what_takes_any_id_needs_no_link(tmp_path: Path) -> None:
    """An operation that accepts a made-up id is asked, and no link is told for it."""
    clinic, pack = Clinic(), pack_of(tmp_path, "list_vets", "get_vet")

    def anything(method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        known = path == "/vets"
        return clinic.answer(method, path, body) if known else (200, {}, {})

    with served(clinic, anything) as url:
        found = judged(pack, url)
    assert found.rulings["get_vet:served"].verdict == "upheld"
    assert found.campaign.links == []


def test_an_id_that_only_looks_alike_is_no_link(tmp_path: Path) -> None:
    """Where another member names the things, that is found, and the look-alike is not told."""
    clinic, pack = Clinic(), pack_of(tmp_path, "list_vets", "get_vet")

    def by_code(method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        if path == "/vets":
            return 200, {"items": [{"slug": "nobody", "id": 7, "name": "right"}]}, {}
        return (200, {}, {}) if path == "/vets/right" else (404, None, {})

    with served(clinic, by_code) as url:
        found = judged(pack, url)
    assert found.rulings["get_vet:served"].verdict == "upheld"
    (link,) = found.campaign.links
    assert link.expression == "$response.body#/items/*/name"


def test_nothing_that_the_run_did_not_make_is_destroyed(tmp_path: Path) -> None:
    """Vets of the house stay as they are; no shutdown, no logout; the reason is said."""
    clinic, pack = Clinic(), pack_of(tmp_path)
    before = dict(clinic.vets)
    with served(clinic) as url:
        found = judged(pack, url)
    assert clinic.vets == before
    assert not clinic.asked("PUT", "/vets/dr-.")
    assert not clinic.asked("DELETE", "/vets/dr-.")
    assert not clinic.asked("POST", "/shutdown|/session/log-out")
    for name in ("stop_it", "bye", "drop_vet", "change_vet"):
        ruling = found.rulings[f"{name}:served"]
        assert ruling.verdict == "unexercised"
        assert ruling.message.startswith("left out: ")
        assert "--destructive" in ruling.message
    told = left_out(pack, found.campaign.settings, Catalogue(pack), pack.contract.operations)
    assert set(told) == {"stop_it", "bye"}


def test_what_destroys_is_sent_where_the_user_says_so(tmp_path: Path) -> None:
    """With --destructive all is asked, what ends the session last of all."""
    clinic, pack = Clinic(), pack_of(tmp_path)
    with served(clinic) as url:
        judged(pack, url, destructive=True)
    assert clinic.asked("DELETE", "/vets/dr-.")
    asked = [one for one in clinic.log if not one.path.startswith(("/owners", "/invoices"))]
    last = {one.path for one in asked[-2:]}
    assert last <= {"/shutdown", "/session/log-out"}


def test_a_read_only_run_changes_nothing(tmp_path: Path) -> None:
    """Nothing but safe methods arrives; what needs anything else says why it was not asked."""
    clinic, pack = Clinic(), pack_of(tmp_path)
    with served(clinic) as url:
        found = judged(pack, url, read_only=True)
    assert {one.method for one in clinic.log} <= {"GET", "HEAD", "OPTIONS"}
    assert found.rulings["get_vet:served"].verdict == "upheld"
    ruling = found.rulings["change_vet:served"]
    assert (ruling.verdict, "read-only" in ruling.message) == ("unexercised", True)
    assert (clinic.owners, clinic.pets) == ({}, {})


def test_what_was_made_is_undone_or_listed(tmp_path: Path) -> None:
    """Things within things first; what has no DELETE is told with how it was made."""
    clinic, pack = Clinic(), pack_of(tmp_path)
    with served(clinic) as url:
        found = judged(pack, url)
    created = found.campaign.sender.created
    assert (clinic.owners, clinic.pets) == ({}, {})
    assert len(created.left_over) == len(clinic.invoices) > 0
    assert all("POST /invoices" in said for said in created.left_over)
    made = sum(1 for one in clinic.log if one.method == "POST" and one.status == 201)
    assert created.started == made
    assert created.undone == made - len(clinic.invoices)


def test_what_a_broken_request_made_is_undone_too(tmp_path: Path) -> None:
    """A create that should have been refused leaves nothing behind."""
    clinic, pack = Clinic(), pack_of(tmp_path, "add_owner", "get_owner", "drop_owner")

    def careless(method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        if method == "POST" and path == "/owners":
            made = {"uuid": f"u{len(clinic.log)}", "email": str(len(clinic.log))}
            clinic.owners[made["uuid"]] = made
            return 201, made, {}
        return clinic.answer(method, path, body)

    with served(clinic, careless) as url:
        found = judged(pack, url)
    assert found.verdicts("lenient")
    assert clinic.owners == {}
    assert found.campaign.sender.created.left_over == []


def test_a_unique_member_gets_fresh_values(tmp_path: Path) -> None:
    """After the first refused second use no address is used twice, and nothing is red."""
    clinic, pack = Clinic(), pack_of(tmp_path, "add_owner")
    with served(clinic) as url:
        found = judged(pack, url, concurrency=1)
    assert found.findings == {}
    assert found.rulings["add_owner:served"].verdict == "upheld"
    assert found.campaign.sender.uniques.members("add_owner") == ("/email",)
    taken = [one for one in clinic.asked("POST", "/owners") if one.status == 400 and one.body]
    lawful = [one for one in taken if set(one.body) == {"email", "name"}]
    emails = [one.body["email"] for one in lawful if "@" in str(one.body["email"])]
    assert emails.count("qa@example.net") <= 2


def test_a_refusal_now_and_then_makes_no_member_unique(tmp_path: Path) -> None:
    """A value that is accepted when it is sent again was not in use."""
    clinic, pack = Clinic(), pack_of(tmp_path, "add_visit", "add_pet", "add_owner")

    def moody(method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        if path.endswith("/pets") and len(clinic.asked("POST", "/owners/[^/]+/pets")) == 1:
            return 409, {"message": "already busy"}, {}
        return clinic.answer(method, path, body)

    with served(clinic, moody) as url:
        found = judged(pack, url, concurrency=1)
    assert found.campaign.sender.uniques.members("add_pet") == ()


def test_breadth_comes_before_depth(tmp_path: Path) -> None:
    """A run that is cut short has asked every operation it could once, makers before readers."""
    clinic, pack = Clinic(), pack_of(tmp_path)
    with served(clinic) as url:
        found = judged(pack, url, concurrency=1, max_requests=30)
    asked = {entry.case.operation for entry in found.campaign.ledger.entries}
    assert asked >= set(pack.contract.operations) - LEFT_OUT - {"drop_owner", "drop_pet"}
    assert found.requests <= 30


def test_the_order_of_the_document_means_nothing(tmp_path: Path) -> None:
    """Makers before what needs them, destroyers in a stage of their own, the end of all last."""
    pack = pack_of(tmp_path)
    settings = resolve(pack, base_url="http://127.0.0.1:1", environment={})
    first, destroying, last = map(
        list, stages(pack, settings, Catalogue(pack), pack.contract.operations)
    )
    assert first.index("add_owner") < first.index("add_pet") < first.index("add_visit")
    assert first.index("add_visit") < first.index("get_visit")
    assert first.index("add_owner") < first.index("add_invoice") < first.index("get_invoice")
    assert first.index("list_vets") < first.index("get_vet") < first.index("change_vet")
    assert set(destroying) == {"drop_owner", "drop_pet", "drop_vet"}
    assert destroying.index("drop_pet") < destroying.index("drop_owner")
    assert set(last) == {"bye", "stop_it"}


def test_what_the_user_named_is_rewritten_after_the_reads(tmp_path: Path) -> None:
    """And never destroyed, though the run knows nothing else to destroy."""
    clinic, pack = Clinic(), pack_of(tmp_path, "get_vet", "change_vet", "drop_vet")
    with served(clinic) as url:
        found = judged(pack, url, path_values=("slug=dr-b",))
    assert found.rulings["get_vet:served"].verdict == "upheld"
    assert found.rulings["change_vet:served"].verdict == "upheld"
    assert found.rulings["drop_vet:served"].verdict == "unexercised"
    assert "slug is what you named" in found.rulings["drop_vet:served"].message
    methods = [one.method for one in clinic.log]
    assert methods == sorted(methods, key=["GET", "PUT"].index)
    assert clinic.vets.keys() == {"dr-a", "dr-b"}


def test_what_always_crashes_is_not_asked_again_and_again(tmp_path: Path) -> None:
    """Broken requests of one kind that crash alike are left after some."""
    clinic, pack = Clinic(), pack_of(tmp_path, "add_owner")

    def fragile(method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        status, said, headers = clinic.answer(method, path, body)
        return (500, {"message": "boom"}, {}) if status == 400 and said is None else (
            status, said, headers,
        )  # fmt: skip

    with served(clinic, fragile) as url:
        found = judged(pack, url, concurrency=1)
    crashed = [one for one in clinic.log if one.status == 500]
    assert found.findings == {"add_owner:status": "violated"}
    assert 3 <= len(crashed) <= 15


@pytest.mark.parametrize("status", [400, 404])
def test_what_accepts_nothing_is_left_after_few_requests(tmp_path: Path, status: int) -> None:
    """Four lawful requests that get one answer, and one broken one of each family.

    What any path is answered as well may be no answer of the API: it is asked again once that one
    has answered.
    """
    clinic, pack = Clinic(), pack_of(tmp_path, "add_owner", "list_owners")

    def closed(method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        return (status, {"message": "no"}, {}) if method == "POST" else (200, [], {})

    with served(clinic, closed) as url:
        found = judged(pack, url)
    assert len(clinic.asked("POST", "/owners")) <= 4 + 5 + (status == 404)
    assert found.rulings["add_owner:request#/email:type"].verdict in ("inconclusive", "unexercised")


@pytest.mark.parametrize(
    "target",
    [{"operationId": "look_up"}, {"operationRef": "#/paths/~1look-up~1{code}~1{part}/get"}],
)
def test_a_link_of_the_document_is_followed(tmp_path: Path, target: dict[str, str]) -> None:
    """No name or path would tell where the values come from; they are told as the links say."""
    text = {"type": "string"}
    named = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in ("code", "part")
    ]
    link = target | {"parameters": {"code": "$response.body#/ref", "path.part": "main"}}
    pack = pack_in(
        tmp_path,
        "tickets",
        {
            "/look-up/{code}/{part}": {
                "get": {
                    "operationId": "look_up",
                    "parameters": named,
                    "responses": {"200": {"description": "Done."}, "404": {"description": "No."}},
                }
            },
            "/tickets": {
                "post": {
                    "operationId": "open",
                    "responses": {"201": {"description": "Done.", "links": {"it": link}}},
                }
            },
        },
    )

    def answer(method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        if method == "POST":
            return 201, {"id": "x", "ref": "t-1"}, {}
        return (200, {}, {}) if path == "/look-up/t-1/main" else (404, None, {})

    with served(Clinic(), answer) as url:
        found = judged(pack, url)
    assert found.rulings["look_up:served"].verdict == "upheld"
    told = {(link.source, link.expression, link.state) for link in found.campaign.links}
    assert ("open", "main", "proved") in told
