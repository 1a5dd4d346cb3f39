"""A secret that comes back in a reply is noted, however it is spelt, and is no finding."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.echoes import ECHO

from .odd import hard, operation
from .services import OK, TEXT, Answer, Asked, Full, campaign_of, lawful_body, members

SAID = "tok-9f8e7d6c5b4a39281706"
BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}
BODY = members(["name", "pin"], name=TEXT, pin={**TEXT, "minLength": 9, "writeOnly": True})


@pytest.mark.parametrize(
    ("path", "told", "noted"),
    [
        ("/things", "nothing", False),
        ("/things", SAID, True),
        ("/things", base64.b64encode(f"Bearer {SAID}".encode()).decode(), True),
        ("/things", SAID[:-3], False),
        ("/tokens", SAID, False),
    ],
)
@pytest.mark.parametrize("header", [False, True])
def test_a_credential_in_a_reply(
    tmp_path: Path, path: str, told: str, noted: bool, header: bool
) -> None:
    """In its body or its headers; what gives tokens out may say them."""

    def service(asked: Asked) -> Answer | Full:
        if asked.headers.get("authorization") != f"Bearer {SAID}":
            return 401, {"error": "no"}
        return (200, OK, {"x-debug": told}) if header else (200, {**OK, "debug": told})

    campaign = campaign_of(
        tmp_path,
        {path: {"get": operation("show")}},
        service,
        environment={"TOKEN": SAID},
        security=BEARER,
        credentials={"bearer": {"env": "TOKEN"}},
    )
    assert hard(campaign.rulings()) == {}
    assert (ECHO in {note.kind for note in campaign.ledger.notes}) == noted


@pytest.mark.parametrize("shown", [None, "pin", "name"])
def test_what_only_requests_may_have(tmp_path: Path, shown: str | None) -> None:
    """A member that the document has for requests alone is a secret; another one is none."""

    def service(asked: Asked) -> Answer:
        body: Any = lawful_body(asked, BODY)
        if body is None:
            return 422, {"error": "no"}
        return 200, {**OK, "debug": body[shown]} if shown else OK

    campaign = campaign_of(tmp_path, {"/people": {"post": operation("join", BODY)}}, service)
    assert hard(campaign.rulings()) == {}
    assert (ECHO in {note.kind for note in campaign.ledger.notes}) == (shown == "pin")
