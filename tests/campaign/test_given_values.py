"""Values that the user gives for single places: how they are read, and where they are sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from clausewise import UsageError
from clausewise.pack.given import read_given
from clausewise.pack.loading import load_pack
from clausewise.pack.pack import Pack
from clausewise.pack.resolving import resolve
from clausewise.plan.case_values import is_about, with_given
from clausewise.plan.plan import make_plan

from .clinic import Clinic, judged, served

TEXT = {"type": "string"}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Given", "version": "1"},
    "paths": {
        "/orders/{id}": {
            "post": {
                "operationId": "order",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": TEXT},
                    {"name": "tenant", "in": "query", "schema": TEXT},
                    {"name": "X-Org", "in": "header", "schema": {"type": "integer"}},
                    {"name": "sid", "in": "cookie", "schema": TEXT},
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["plan"],
                                "properties": {
                                    "plan": TEXT,
                                    "seats": {"type": "integer", "minimum": 1},
                                },
                            }
                        }
                    },
                },
                "responses": {"200": {"description": "Done."}, "400": {"description": "No."}},
            }
        },
        "/orders": {
            "get": {
                "operationId": "orders",
                "parameters": [{"name": "tenant", "in": "query", "schema": TEXT}],
                "responses": {"200": {"description": "Done."}},
            }
        },
    },
}


def _pack(root: Path, **settings: Any) -> Pack:
    (root / "openapi.json").write_text(json.dumps(DOCUMENT), "utf-8")
    told = {"contract": "openapi.json", **settings}
    (root / "clausewise.yaml").write_text(yaml.safe_dump(told), "utf-8")
    load_pack.cache_clear()
    return load_pack(root)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("id", "7", "7"),
        ("path#/id", "a=b", "a=b"),
        ("query#/tenant", "12", "12"),
        ("order:header#/X-Org", "12", 12),
        ("order:request#/seats", "3", 3),
        ("request#/seats", "three", "three"),
        ("order:request#/plan", "3", "3"),
    ],
)
def test_a_text_is_read_as_the_place_has_it(
    tmp_path: Path, key: str, text: str, value: Any
) -> None:
    """Where texts are allowed it is one; elsewhere it is JSON, if it can be read as that."""
    found = read_given(_pack(tmp_path).contract, key, text, "--set")
    assert found.value == value
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("nobody", "no request has a path#/nobody; there are: /id"),
        ("query#/nobody", "no request has a query#/nobody; there are: /tenant"),
        ("orders:request#/plan", "no request has a request#/plan"),
        ("buy:request#/plan", "no operation 'buy' in the contract"),
        ("reply#/plan", "is no place; one is [OPERATION:]PART#/POINTER"),
    ],
)
def test_a_place_that_is_not_there(tmp_path: Path, key: str, told: str) -> None:
    """It is said what there is; the value, which may be a secret, is not repeated."""
    with pytest.raises(UsageError) as raised:
        read_given(_pack(tmp_path).contract, key, "s3cret", "--set")
    assert told in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_the_command_line_the_profile_and_the_pack(tmp_path: Path) -> None:
    """All three give values; those for every operation's path are told by name."""
    pack = _pack(
        tmp_path,
        values={"order:request#/plan": "basic"},
        profiles={"here": {"base_url": "http://127.0.0.1:1", "values": {"query#/tenant": 7}}},
    )
    settings = resolve(pack, profile="here", path_values=("path#/id=5", "order:path#/id=6"))
    assert settings.path == {"id": "5"}
    assert settings.path_of("order") == {"id": "6"}
    told = {(one.operation, one.part, one.pointer): one.value for one in settings.values}
    assert told[None, "query", "/tenant"] == "7"
    assert told["order", "request", "/plan"] == "basic"


def test_every_lawful_request_has_what_was_given(tmp_path: Path) -> None:
    """In query, header, cookie and body, but where a request is about that very place."""
    clinic = Clinic()
    seen: list[tuple[str, Any]] = []

    def answer(method: str, path: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        seen.append((path, body))
        good = isinstance(body, dict) and isinstance(body.get("plan"), str)
        seats = body.get("seats", 1) if isinstance(body, dict) else 1
        good = good and isinstance(seats, int) and not isinstance(seats, bool) and seats > 0
        return (200 if method == "GET" or good else 400), None, {}

    pack = _pack(tmp_path)
    given = (
        "id=5", "query#/tenant=acme", "header#/X-Org=12", "cookie#/sid=abc",
        "request#/plan=basic", "request#/seats=4",
    )  # fmt: skip
    with served(clinic, answer) as url:
        found = judged(pack, url, path_values=given)
    entries = [e for e in found.campaign.ledger.entries if e.case.operation == "order"]
    lawful = [entry for entry in entries if entry.case.expect == "accepted"]
    for entry in lawful:
        request = entry.exchange.request
        assert "/orders/5" in request.url
        if not is_about(entry.case, "query", "/tenant"):
            assert "tenant=acme" in request.url
        assert dict(request.headers)["X-Org"] == "12"
        assert dict(request.headers)["Cookie"] == "sid=abc"
        assert request.body == {"plan": "basic", "seats": 4}
    broken = [e.exchange.request.body for e in entries if e.case.label.startswith("/seats is")]
    assert broken
    assert all(body["plan"] == "basic" and body["seats"] != 4 for body in broken)
    # The service does not look at its headers, and says so.
    assert found.findings.keys() <= {"order:header#/X-Org:type"}


def test_a_value_in_a_planned_ones_stead_claims_nothing(tmp_path: Path) -> None:
    """A limit that is never sent is not said to be kept."""
    pack = _pack(tmp_path)
    settings = resolve(pack, base_url="http://127.0.0.1:1", path_values=("request#/seats=4",))
    plan = make_plan(pack, operations=["order"], examples=0).operations["order"]
    for case in plan.cases:
        if case.expect == "accepted" and case.levels:
            changed = with_given(plan.operation, case, settings.values)
            leaned = plan.leans_on(dict(changed.levels))
            assert "order:request#/seats:minimum" not in leaned
            assert "order:request#/seats:optional" not in leaned
