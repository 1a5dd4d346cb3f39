"""Values that are refused for where they stand to others beside them: neither is blamed alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.record.verdicts import Ruling

from .odd import hard, operation
from .services import NO, OK, Answer, Asked, campaign_of, lawful_body, members

MOMENT = {"type": "string", "format": "date-time"}
SIZE = {"type": "integer", "minimum": 1, "maximum": 2000}
# What the names of each pair tell: that it is a range, or nothing.
PAIRS = [
    ("startsAt", "endsAt", MOMENT),
    ("opening", "due", MOMENT),
    ("height", "width", SIZE),
    ("min_count", "max_count", SIZE),
    ("least", "most", SIZE),
]


def _run(
    tmp_path: Path, low: str, high: str, schema: dict[str, Any], alone: bool
) -> dict[str, Ruling]:
    """A service that wants the second member after the first, or breaks a promise of the first."""
    body = members([low, high], **{low: schema, high: schema, "note": {"type": "string"}})
    # What is asked for first lies in order.
    example: dict[str, Any] = {low: "2026-01-01T00:00:00Z", high: "2027-01-01T00:00:00Z"}
    if schema is SIZE:
        example = {low: 3, high: 700}
    make = operation("make", body)
    make["requestBody"]["content"]["application/json"]["example"] = example

    def service(asked: Asked) -> Answer:
        sent = lawful_body(asked, body)
        if sent is None:
            return NO
        if alone:
            refused = sent[low] > 1000 if schema is SIZE else "+" in sent[low]
            return (400, {"error": f"{low} is not right"}) if refused else (200, OK)
        if sent[low] > sent[high]:
            return 400, {"error": f"{low} has to come before {high}"}
        return 200, OK

    return dict(campaign_of(tmp_path, {"/it": {"post": make}}, service, examples=10).rulings())


@pytest.mark.parametrize(("low", "high", "schema"), PAIRS)
def test_what_goes_together_is_not_blamed_alone(
    tmp_path: Path, low: str, high: str, schema: dict[str, Any]
) -> None:
    """One that has to come before the other is told with it, or not at all where names tell."""
    found = hard(rulings := _run(tmp_path, low, high, schema, False))
    if (low, high) not in (("height", "width"), ("least", "most")):
        assert found == {}
    assert all("together with" in rulings[clause].message for clause in found)


@pytest.mark.parametrize(("low", "high", "schema"), PAIRS)
def test_what_is_refused_by_itself_is_blamed(
    tmp_path: Path, low: str, high: str, schema: dict[str, Any]
) -> None:
    """A value that is refused whatever stands beside it is a finding of its own."""
    found = hard(_run(tmp_path, low, high, schema, True))
    keyword = "maximum" if schema is SIZE else "format"
    assert found == {f"make:request#/{low}:{keyword}": "strict"}


@pytest.mark.parametrize("quoted", [True, False])
def test_a_key_that_names_a_thing(tmp_path: Path, quoted: bool) -> None:
    """Who says that nothing is there by a free key refuses a name; who does not, its object."""
    servers = {"type": "object", "additionalProperties": members([], size={"type": "integer"})}
    body = members([], servers=servers)

    def service(asked: Asked) -> Answer:
        sent = lawful_body(asked, body)
        if sent is None:
            return NO
        names = [*sent.get("servers", {})]
        said = f"No such server '{names[0]}'" if quoted and names else "this is too much"
        return (400, {"error": said}) if names else (200, OK)

    run = campaign_of(tmp_path, {"/it": {"post": operation("make", body)}}, service)
    found = {clause for clause, verdict in hard(run.rulings()).items() if verdict == "strict"}
    assert bool(found) is not quoted
