"""Locks: no two threads of a run may ever come to wait for each other."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from clausewise.__main__ import main
from clausewise.mock import running
from clausewise.pack import Pack

from .locks import Watch
from .odd import operation
from .services import OK, TEXT, Answer, Asked, campaign_of, lawful_body, members, placed

NUMBER = {"type": "integer"}
GROUP = members(["name"], name=TEXT)
SHOWN = {"application/json": {"schema": members(["id", "name"], id=NUMBER, name=TEXT)}}


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Watched locks in whatever is made from now on."""
    watch = Watch()
    watch.begin(monkeypatch)
    return watch


def test_no_circle_where_things_are_made_for_others(tmp_path: Path, watch: Watch) -> None:
    """What is asked for a thing may be tried with fresh values, and those may need another."""
    groups: dict[str, dict[str, Any]] = {}
    gone: list[dict[str, Any] | None] = []
    numbers = count(1)

    def service(asked: Asked) -> Answer:
        key = asked.path.removeprefix("/groups").strip("/")
        if key:
            gone.append(groups.pop(key, None))
            return (200, OK) if gone[-1] else (404, {"error": "no"})
        body, number = lawful_body(asked, GROUP), next(numbers)
        if body is None:
            return 422, {"error": "no"}
        if any(gone) or number % 3 == 0:
            return 409, {"error": "it is in use"}
        groups[str(number)] = body | {"id": number}
        return 201, groups[str(number)]

    place = placed("id", NUMBER)
    paths: dict[str, Any] = {
        "/groups": {"post": operation("found", GROUP, "201")},
        "/groups/{id}": {"parameters": [place], "delete": operation("dissolve")},
    }
    paths["/groups"]["post"]["responses"]["201"]["content"] = SHOWN
    entries = campaign_of(tmp_path, paths, service).ledger.entries
    assert any(one.case.kind == "supply" and one.exchange.status == 409 for one in entries)
    assert watch.taken_within
    assert watch.circle() == []


def test_no_circle_in_a_whole_run(tmp_path: Path, pack: Pack, watch: Watch) -> None:
    """Supplies, scenarios, plans, a budget, clean-up and the journal have their locks in order."""
    words = ["--report-dir", str(tmp_path), "--max-requests", "400", "--concurrency", "4"]
    with running(pack.mock()) as url:
        main(["run", "--pack", str(pack.root), "--base-url", url, *words])
    assert len(watch.taken_within) > 10
    assert watch.circle() == []
