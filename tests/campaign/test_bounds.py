"""What a plan says of requests beside its cases is never exceeded."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from clausewise.campaign.bounds import bounds_of
from clausewise.campaign.campaign import Campaign
from clausewise.links.catalogue import Catalogue
from clausewise.plan.plan import make_plan

from .services import OK, TEXT, Answer, Asked, campaign_of, members
from .small import Instead, Service, always, pack_of, settings_of

PATHS = {
    "/pets": {
        "post": {
            "operationId": "make",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": members(["name"], name=TEXT)}},
            },
            "responses": {"201": {"description": "Made."}, "400": {"description": "No."}},
        },
    },
    "/pets/{petId}": {
        verb: {
            "operationId": name,
            "parameters": [{"name": "petId", "in": "path", "required": True, "schema": TEXT}],
            "responses": {"200": {"description": "Here."}, "404": {"description": "No."}},
        }
        for verb, name in (("get", "look"), ("delete", "drop"))
    },
}


class Pets:
    """Makes pets, refuses what it does not know, and takes any name for one, or none at all."""

    def __init__(self, refuses: int) -> None:
        self.refuses = refuses
        self.pets: dict[str, int] = {}

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request; of so many requests to make a pet one is refused."""
        pet = asked.path.rpartition("/")[2]
        if asked.method == "POST":
            made = len(self.pets) + 1
            name = json.loads(asked.content or b"null") if asked.content[:1] == b"{" else None
            if not isinstance(name, dict) or (self.refuses and made % self.refuses == 0):
                return 400, {}
            self.pets[str(made)] = made
            return 201, {"id": str(made)}
        if pet not in self.pets:
            return 404, {}
        if asked.method == "DELETE":
            del self.pets[pet]
        return 200, OK


def _sent(campaign: Campaign) -> tuple[int, int, int]:
    """Supplies, what was undone, and what was asked beside cases and these."""
    cases = {case.id for case in campaign.plan.cases}
    kinds: Counter[str] = Counter()
    for entry in campaign.ledger.entries:
        supply = entry.case.kind == "supply"
        kinds["supply" if supply else "case" if entry.case.id in cases else "beside"] += 1
    return kinds["supply"], campaign.sender.created.undone, kinds["beside"]


def _holds(campaign: Campaign) -> None:
    bounds = bounds_of(campaign.pack, campaign.plan, Catalogue(campaign.pack))
    supplies, undone, beside = _sent(campaign)
    assert supplies <= bounds.supplies
    assert undone <= bounds.undo
    assert beside <= bounds.asking


@pytest.mark.parametrize("refuses", [0, 2, 5])
def test_links_keep_to_the_bounds(tmp_path: Path, refuses: int) -> None:
    """Things are made for each request that destroys one, refused or not, and undone at the end."""
    campaign = campaign_of(tmp_path, PATHS, Pets(refuses))
    supplies, undone, _ = _sent(campaign)

    assert undone > 0
    assert refuses or supplies > 0
    _holds(campaign)


@pytest.mark.parametrize("fault", [None, always(400), always(500), always(200, {})])
def test_declared_supplies_keep_to_the_bounds(tmp_path: Path, fault: Instead | None) -> None:
    """A pack says what its operations need; whatever goes wrong, no more is sent than was said."""
    pack = pack_of(tmp_path)
    service = Service(pack, {"look": fault} if fault else {})
    campaign = Campaign(pack, make_plan(pack, examples=0), settings_of(pack), service)
    campaign.run()

    assert _sent(campaign)[0] > 0
    _holds(campaign)


def test_a_budget_bounds_what_is_beside_the_cases(tmp_path: Path) -> None:
    """Of so many requests, no more than the cases leave can be of another kind.

    And no more can be undone than was sent.
    """
    pack = pack_of(tmp_path)
    plan = make_plan(pack, examples=0)
    most = len(plan.cases) + 7
    bounds = bounds_of(pack, plan, Catalogue(pack), most=most)

    assert (bounds.supplies, bounds.asking) == (7, 7)
    assert bounds.undo == most < bounds_of(pack, plan, Catalogue(pack)).undo
