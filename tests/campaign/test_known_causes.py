"""What is known is not asked for ever: a crash by a member, a refusal in the same words."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from .odd import operation
from .services import OK, TEXT, Answer, Asked, campaign_of, lawful_body, members

BODY = members(["title"], title=TEXT, zone=TEXT, note=TEXT, weeks=TEXT, days=TEXT)


@pytest.mark.parametrize("crashes", [(), ("partial",), ("partial", "tag")])
def test_a_member_that_crashes(tmp_path: Path, crashes: tuple[str, ...]) -> None:
    """A crash by any value of a member is told once, by few requests; others are judged."""
    query = [
        {"name": name, "in": "query", "schema": TEXT, "required": name == "q"}
        for name in ("q", "partial", "tag")
    ]
    failed = []

    def service(asked: Asked) -> Answer:
        given = parse_qs(asked.query, keep_blank_values=True)
        if any(given.get(name, [""])[0] for name in crashes):
            failed.append(asked)
            return 500, {"error": "it crashed"}
        return (200, OK) if "q" in given else (400, {"error": "q is wanted"})

    paths = {"/things": {"get": operation("search", parameters=query)}}
    rulings = campaign_of(tmp_path, paths, service, examples=25).rulings()
    expected = "violated" if crashes else "upheld"
    assert rulings["search:status"].verdict == expected
    assert rulings["search:query#/q:required"].verdict == "upheld"
    assert all(f"/{name} = " in rulings["search:status"].message for name in crashes)
    assert len(failed) <= 40 * len(crashes)


@pytest.mark.parametrize("broken", [False, True])
def test_a_refusal_in_the_same_words(tmp_path: Path, broken: bool) -> None:
    """A member whose values are refused alike is diagnosed by some of them; others still are."""
    asked_for = 0

    def service(asked: Asked) -> Answer:
        nonlocal asked_for
        asked_for += 1
        body = lawful_body(asked, BODY)
        if body is None:
            return 400, {"error": "no"}
        if broken and body.get("zone"):
            return 400, {"error": f"zone {body['zone']} is not known"}
        if broken and len(body.get("note", "")) > 50:
            return 400, {"error": "note is too long"}
        return 200, OK

    found = campaign_of(tmp_path, {"/things": {"post": operation("make", BODY)}}, service)
    told = {name for name, one in found.rulings().items() if one.verdict == "strict"}
    assert any("/zone" in name for name in told) is broken
    assert any("/note" in name or name == "make:served" for name in told) is broken
    assert asked_for < (110 if broken else 60)


def test_what_is_drawn_comes_late_where_it_changes_nothing(tmp_path: Path) -> None:
    """A safe operation is asked at random after what is broken; what that is refused for is told.

    Of another one what is drawn comes first: what it leaves is there for all that follow.
    """
    size = {"type": "integer", "minimum": 0, "maximum": 1000}
    query = [{"name": name, "in": "query", "schema": size} for name in ("page", "size")]

    def service(asked: Asked) -> Answer:
        if asked.method == "POST":
            return (400, {}) if lawful_body(asked, BODY) is None else (200, OK)
        given = parse_qs(asked.query, keep_blank_values=True)
        broken = [one for values in given.values() for one in values if not one.isdigit()]
        if broken or any(int(one) > 1000 for values in given.values() for one in values):
            return 400, {"error": "no"}
        # Neither the least nor the most, nor what stands between them in a plan.
        odd = "size" in given and int(given["size"][0]) not in (0, 1, 500, 1000)
        return (400, {"error": "size is too odd"}) if odd else (200, OK)

    paths = {
        "/things": {"post": operation("make", BODY), "get": operation("find", parameters=query)}
    }
    campaign = campaign_of(tmp_path, paths, service, examples=9)

    def sent(name: str, *, drawn: bool) -> list[int]:
        entries = campaign.ledger.of(name)
        if drawn:
            return [entry.id for entry in entries if "random search" in entry.case.label]
        return [entry.id for entry in entries if entry.case.kind == "negative"]

    assert max(sent("make", drawn=True)) < min(sent("make", drawn=False))
    assert max(sent("find", drawn=False)) < min(sent("find", drawn=True))
    assert campaign.rulings()["find:query#/size:type"].verdict == "strict"
