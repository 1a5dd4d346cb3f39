"""The self-test of documents that leave something open: no alarm, and what is promised is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .documents import in_path, in_query, trial_of


@pytest.mark.parametrize(
    "replies", [{}, {"405": {"description": "No."}}, {"4XX": {"description": "No."}}]
)
def test_a_document_that_tells_of_no_success(tmp_path: Path, replies: dict[str, Any]) -> None:
    """Its success is no finding, its crash is."""
    query = [in_query("page", type="integer")]
    trial = trial_of(tmp_path, list=("GET /things", {"parameters": query, "responses": replies}))
    assert trial.run([])[1] == {}
    names = [fault.name for fault in trial.faults]
    assert not any(name.startswith("list answers 20") for name in names)
    crashes = [fault for fault in trial.faults if fault.kind == "crash"]
    assert {trial.outcome(fault).state for fault in crashes} == {"named"}


@pytest.mark.parametrize("kind", ["integer", "number", "string"])
@pytest.mark.parametrize("route", ["POST /things/{thing}/parts", "PATCH /things/{thing}"])
def test_a_name_that_nobody_has(tmp_path: Path, kind: str, route: str) -> None:
    """What a run names where it knows of nothing is not what is to be refused as unknown."""
    node = {"parameters": [in_path("thing", kind)]}
    trial = trial_of(tmp_path, change=(route, node))
    assert trial.run([])[1] == {}
