"""Replies that do not fit each other are noted, once per kind, and are no findings."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from clausewise import judge_traffic
from clausewise.campaign.coherence import (
    BEYOND_LIMIT,
    EFFECT,
    LACKING,
    MADE_BY_NOBODY,
    NO_CHANGE,
    ONE_ID,
    TOTAL,
    UNFILTERED,
)
from clausewise.pointer import ABSENT
from clausewise.record.policy import DEVIATIONS
from clausewise.report.evidence import RunEvidence
from clausewise.report.roots import roots_of

from .odd import operation
from .services import TEXT, Answer, Asked, campaign_of, lawful_body, members, placed

NUMBER = {"type": "integer"}
BODY = members(["title"], title={"type": "string", "maxLength": 30}, size={**NUMBER, "maximum": 9})
PATCHED = {**BODY, "required": []}
THING = members(["id"], id=NUMBER, title=TEXT, size=NUMBER)
LIST = members(["items", "total"], items={"type": "array", "items": THING}, total=NUMBER)


def _said(schema: Any) -> dict[str, Any]:
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _operation(name: str, schema: Any, body: Any = None, status: str = "200") -> dict[str, Any]:
    made = operation(name, body)
    missing = {"description": "Nothing is there."}
    made["responses"] = {status: _said(schema), "422": {"description": "No."}, "404": missing}
    return made


def paths_of(made: str = "201", paged: bool = False) -> dict[str, Any]:
    """The operations of a shop: what answers `made` to a create, and whose list may be `paged`."""
    page = {"name": "page", "in": "query", "schema": {**NUMBER, "minimum": 1}}
    listed = _operation("list", LIST)
    return {
        "/things": {
            "post": _operation("make", THING, BODY, made),
            "get": {**listed, "parameters": [page]} if paged else listed,
        },
        "/things/{id}": {
            "parameters": [placed("id", NUMBER)],
            "get": _operation("look", THING),
            "patch": _operation("change", THING, PATCHED),
            "delete": _operation("drop", THING),
        },
    }


PATHS = paths_of()


class Shop:
    """Keeps things; `odd` is how it does so oddly, if it does."""

    def __init__(self, odd: str | None = None) -> None:
        self.odd = odd
        self.things: dict[str, dict[str, Any]] = {}
        self.numbers = count(1)

    def __call__(self, asked: Asked) -> Answer:
        """Answer one request."""
        where = asked.path.removeprefix("/things").strip("/")
        if not where:
            return self._make(asked) if asked.method == "POST" else (200, self._listed())
        thing = self.things.get(where)
        if thing is None:
            return 404, {"error": "nothing is there"}
        if asked.method == "DELETE":
            return 200, self.things.pop(where)
        return self._change(asked, thing) if asked.method == "PATCH" else (200, thing)

    def _make(self, asked: Asked) -> Answer:
        body = lawful_body(asked, BODY)
        if body is None:
            if self.odd == MADE_BY_NOBODY:
                self._keep({"title": "refused"})
            return 422, {"error": "no"}
        return 201, self._keep(body)

    def _keep(self, body: dict[str, Any]) -> dict[str, Any]:
        number = 1 if self.odd == ONE_ID else next(self.numbers)
        self.things[str(number)] = {**body, "id": number}
        return self.things[str(number)]

    def _listed(self) -> dict[str, Any]:
        items = list(self.things.values())
        total = len(items) + (3 if self.odd == TOTAL else 0)
        return {"items": items[1:] if self.odd == LACKING else items, "total": total}

    def _change(self, asked: Asked, thing: dict[str, Any]) -> Answer:
        body = lawful_body(asked, PATCHED)
        if body is None:
            broken = lawful_body(asked, {"type": "object"}) or {}
            if self.odd == EFFECT:
                thing.update({n: v for n, v in broken.items() if n == "size" and type(v) is int})
            return 422, {"error": "no"}
        if self.odd != NO_CHANGE:
            thing.update(body)
        return 200, thing


def noted(
    root: Path, service: Callable[[Asked], Answer], paths: dict[str, Any] = PATHS
) -> tuple[set[str], set[str]]:
    """The kinds of notes of a run, and the verdicts in it that would be findings."""
    campaign = campaign_of(root, paths, service)
    verdicts = {str(r.verdict) for r in campaign.rulings().values() if not r.soft}
    kinds = {note.kind for note in campaign.ledger.notes}
    return kinds, verdicts & {"violated", "lenient", "strict"}


@pytest.mark.parametrize("odd", [ONE_ID, LACKING, MADE_BY_NOBODY, TOTAL, NO_CHANGE, EFFECT])
def test_what_does_not_fit_is_noted(tmp_path: Path, odd: str) -> None:
    """Each kind by its own name, and no clause is broken by it."""
    kinds, findings = noted(tmp_path, Shop(odd))
    assert odd in kinds
    assert kinds <= {odd, TOTAL}  # a list that loses something has another total
    assert findings == set()


def test_what_fits_is_not_noted(tmp_path: Path) -> None:
    """A service that keeps what it is given has no notes, and keeps nothing in the end."""
    shop = Shop()
    assert noted(tmp_path, shop) == (set(), set())
    assert shop.things == {}


@pytest.mark.parametrize("odd", [ONE_ID, LACKING, None])
def test_creates_that_are_answered_with_200(tmp_path: Path, odd: str | None) -> None:
    """Where the document has no 201, what it has in its place makes a thing just as well."""
    shop = Shop(odd)

    def service(asked: Asked) -> Answer:
        status, body = shop(asked)
        return (200 if status == 201 else status), body

    kinds, findings = noted(tmp_path, service, paths_of("200"))
    assert kinds - {TOTAL} == ({odd} if odd else set())
    assert findings == set()


@pytest.mark.parametrize("odd", [TOTAL, None])
def test_a_list_in_pages(tmp_path: Path, odd: str | None) -> None:
    """A page of one thing is no list that lacks others; a total below what it shows is told."""
    shop = Shop()

    def service(asked: Asked) -> Answer:
        status, body = shop(asked)
        if "items" not in body:
            return status, body
        page = int(asked.query.rpartition("=")[2] or 1) if asked.query[5:].isdigit() else 1
        items = body["items"][page - 1 : page]
        return status, {"items": items, "total": 0 if odd else body["total"]}

    for name in ("one", "two"):
        shop._keep({"title": name})
    kinds, findings = noted(tmp_path, service, paths_of(paged=True))
    assert kinds == ({odd} if odd else set())
    assert "violated" not in findings


@pytest.mark.parametrize(
    ("odd", "there"),
    [
        (MADE_BY_NOBODY, False),
        (MADE_BY_NOBODY, True),
        (LACKING, False),
        (None, False),
        (None, True),
    ],
)
def test_a_list_that_can_be_filtered(tmp_path: Path, odd: str | None, there: bool) -> None:
    """A query that is called like a member of what is listed parts no list it is not sent to."""
    shop = Shop(odd)
    if there:
        shop._keep({"title": "theirs"})
    told = paths_of()
    told["/things"]["get"]["parameters"] = [{"name": "title", "in": "query", "schema": TEXT}]

    def service(asked: Asked) -> Answer:
        status, body = shop(asked)
        if asked.path == "/things" and asked.query:
            return 200, {"items": [], "total": 0}
        return status, body

    kinds, findings = noted(tmp_path, service, told)
    assert kinds - {TOTAL} == ({odd} if odd else set())
    assert findings == set()


@pytest.mark.parametrize("odd", [None, BEYOND_LIMIT, UNFILTERED])
def test_a_list_that_is_asked_for_some(tmp_path: Path, odd: str | None) -> None:
    """How many things are wanted, and of which state, shows in a list; a word for all does not."""
    state = {**TEXT, "enum": ["new", "used"]}
    listed = members(["items"], items={"type": "array", "items": members(["id"], state=state)})
    told = {"/things": {"get": _operation("list", listed)}}
    told["/things"]["get"]["parameters"] = [
        {"name": "limit", "in": "query", "schema": {**NUMBER, "minimum": 1, "maximum": 9}},
        {"name": "state", "in": "query", "schema": {**TEXT, "enum": ["new", "used", "all"]}},
    ]

    def service(asked: Asked) -> Answer:
        query = parse_qs(asked.query, keep_blank_values=True)
        limit, wanted = query.get("limit", ["9"])[0], query.get("state", ["all"])[0]
        known = limit.isdigit() and 1 <= int(limit) <= 9 and wanted in ("new", "used", "all")
        if not known or "" in query:
            return 422, {"error": "no"}
        items = [{"id": n, "state": "used" if n % 2 else "new"} for n in range(4)]
        if odd != UNFILTERED:
            items = [one for one in items if wanted in ("all", one["state"])]
        return 200, {"items": items if odd == BEYOND_LIMIT else items[: int(limit)]}

    kinds, findings = noted(tmp_path, service, told)
    assert kinds == ({odd} if odd else set())
    assert findings == set()


def test_what_an_odd_request_made_is_known(tmp_path: Path) -> None:
    """A list that still shows what was deleted shows nothing that no accepted request made."""
    shop, gone = Shop(), []

    def service(asked: Asked) -> Answer:
        status, body = shop(asked)
        if asked.method == "DELETE" and status == 200:
            gone.append(body)
        if "items" in body:
            return 200, {"items": [*body["items"], *gone], "total": body["total"] + len(gone)}
        return status, body

    kinds, _ = noted(tmp_path, service)
    assert MADE_BY_NOBODY not in kinds


def test_what_a_broken_request_left_is_told_with_it(tmp_path: Path) -> None:
    """A last look shows the null that was accepted: a breach, of the cause that let it in.

    Whoever judges what was exchanged tells the same.
    """
    shop = Shop()

    def service(asked: Asked) -> Answer:
        thing = shop.things.get(asked.path.rpartition("/")[2])
        body = lawful_body(asked, {"type": "object"}) or {}
        if asked.method == "PATCH" and thing and body.get("title", ABSENT) is None:
            thing["title"] = None
            return 200, {"id": thing["id"]}
        status, answer = shop(asked)
        shown = asked.method not in ("PATCH", "DELETE") or status != 200
        return status, answer if shown else {"id": answer["id"]}

    campaign = campaign_of(tmp_path, PATHS, service)
    found = {n: r.verdict for n, r in campaign.rulings().items() if r.verdict in DEVIATIONS}
    assert found == {
        "change:request#/title:type": "lenient",
        "list:200#/items/*/title:type": "violated",
        "look:200#/title:type": "violated",
    }
    record = campaign.record()
    (root,) = roots_of(RunEvidence(record.clauses, record.exchanges, record.cases))
    assert root.kind == "stored"
    assert root.clauses[0] == "change:request#/title:type"
    sent = [(e.exchange.request, e.exchange.response) for e in campaign.ledger.entries]
    url = campaign.settings.base_url or ""
    judged = judge_traffic(tmp_path, sent, base_urls=[url]).verdicts
    broken = {name for name, verdict in judged.items() if verdict == "violated"}
    assert broken == {name for name, verdict in found.items() if verdict == "violated"}


def test_what_breaks_every_reply_is_told(tmp_path: Path) -> None:
    """What a thing always shows wrongly is seen where it is read on its own account."""
    shop = Shop()

    def service(asked: Asked) -> Answer:
        status, body = shop(asked)
        return status, {**body, "title": None} if asked.method == "GET" and "id" in body else body

    rulings = campaign_of(tmp_path, PATHS, service).rulings()
    assert rulings["look:200#/title:type"].verdict == "violated"


def test_what_is_listed_a_little_later(tmp_path: Path) -> None:
    """A list may lag behind: it is looked at until the settle time is over."""
    shop, looks = Shop(), count(1)

    def late(asked: Asked) -> Answer:
        if asked.method == "GET" and asked.path == "/things" and shop.things and next(looks) < 6:
            return 200, {"items": [], "total": 0}
        return shop(asked)

    assert noted(tmp_path, late) == (set(), set())
