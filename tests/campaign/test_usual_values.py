"""A format of nobody's, and what a name alone tells, is sent as it is usually written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .odd import hard, operation
from .services import NO, OK, TEXT, Answer, Asked, campaign_of, findings, lawful_body, members

KINDS = {
    "url": r"https?://[a-z0-9.-]+(/\S*)?",
    "phone": r"\+?[0-9][0-9 ()-]{5,18}",
    "color": r"#[0-9a-fA-F]{6}",
    "currency": r"[A-Z]{3}",
    "ip": r"[0-9]{1,3}(\.[0-9]{1,3}){3}",
    "uuid4": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "dateTime": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z",
    "dd/MM/yyyy": r"[0-3][0-9]/[01][0-9]/[0-9]{4}",
    "int64": r"[0-9]+",
    "snowflake": r"[0-9]{15,20}",
    "timezone": r"UTC|[A-Z][a-z]+/[A-Z][a-z]+",
}


def checking(schema: Any, kinds: dict[str, str]) -> Any:
    """A service that takes lawful bodies whose members are of their kinds, lists of them too."""

    def service(asked: Asked) -> Answer:
        body = lawful_body(asked, schema)
        if body is None:
            return NO
        for name, kind in kinds.items():
            texts = body.get(name, [])
            for text in texts if isinstance(texts, list) else [texts]:
                if not re.fullmatch(kind, text):
                    return 422, {"error": f"{name} is not valid"}
        return 200, OK

    return service


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("name", KINDS)
def test_a_format_that_only_the_server_checks(tmp_path: Path, name: str, broken: bool) -> None:
    """Values of it are taken, and all else is judged; the format itself proves nothing."""
    of_format = {"type": "string", "format": name}
    body = members(["value"], value=of_format, more={"type": "array", "items": of_format}, n=TEXT)
    taken = {**body, "required": []} if broken else body
    service = checking(taken, dict.fromkeys(("value", "more"), KINDS[name]))
    campaign = campaign_of(tmp_path, {"/things": {"post": operation("add", body)}}, service)
    rulings = campaign.rulings()
    assert hard(rulings) == ({"add:request#/value:required": "lenient"} if broken else {})
    upheld = {one.clause.id for one in rulings.values() if one.verdict == "upheld"}
    assert upheld >= {"add:served", "add:request#/n:type", "add:request#/value:type"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("user_email", r"[^@\s]+@[^@\s]+\.[a-z]+"),
        ("callbackUrl", KINDS["url"]),
        ("phone-number", KINDS["phone"]),
        ("homeCurrency", r"[A-Z]{3}"),
        ("ipAddress", KINDS["ip"]),
        ("password", r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])(?=.*[^A-Za-z0-9]).{8,}"),
    ],
)
def test_what_a_member_is_named_like(tmp_path: Path, name: str, kind: str) -> None:
    """A server that takes nothing else wants more than the document says: that member is named."""
    body = members([name, "note"], **{name: TEXT, "note": TEXT})
    paths = {"/things": {"post": operation("add", body)}}
    service = checking(body, {name: kind})
    assert findings(tmp_path, paths, service) == {f"add:request#/{name}:type": "strict"}


def test_a_list_of_what_a_name_tells(tmp_path: Path) -> None:
    """Items are named by their list; a server that takes any text has no finding."""
    body = members(["emails"], emails={"type": "array", "items": TEXT, "minItems": 1})
    first: list[Any] = []

    def service(asked: Asked) -> Answer:
        known = lawful_body(asked, body)
        if known is not None and not first:
            first.extend(known["emails"])
        return NO if known is None else (200, OK)

    assert findings(tmp_path, {"/things": {"post": operation("add", body)}}, service) == {}
    assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", first[0]), json.dumps(first)


@pytest.mark.parametrize("known", [False, True])
def test_a_choice_that_only_the_server_can_make(tmp_path: Path, known: bool) -> None:
    """Which branch fits hangs on a format that nobody checks: what is refused there is no finding.

    Where it hangs on what is known, a refused name is one.
    """
    form = {} if known else {"format": "url"}
    photos = {"type": "array", "items": {"type": "string", **form}}
    pet = members(["name", "photos"], name=TEXT, photos=photos)
    tag = members(["name"], name={"type": "string", "minLength": 3}, photos={"maxItems": 0})
    pets = members(["pet"], pet={"oneOf": [pet, tag]}, note=TEXT)
    body = members([], one=pets, many={"type": "array", "items": pets})

    def service(asked: Asked) -> Answer:
        given = lawful_body(asked, body)
        if given is None:
            return NO
        all_pets = [*given.get("many", []), *([given["one"]] if "one" in given else [])]
        names = [one["pet"].get("name") for one in all_pets if one["pet"].get("photos")]
        return NO if any(len(name) > 2 for name in names) else (200, OK)

    found = findings(tmp_path, {"/pets": {"post": operation("add", body)}}, service)
    assert bool(found) is known, found
