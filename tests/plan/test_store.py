"""Plans on disk: the same plan as a new one, and no harm from what is odd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clausewise.cache import VARIABLE, cache_directory
from clausewise.pack import load_pack
from clausewise.plan import planning
from clausewise.plan.plan import OperationPlan
from clausewise.plan.store import MOST_FILES

from .making import plan_of, small_pack

SCHEMA = {
    "type": "object",
    "required": ["a"],
    "properties": {
        "a": {"type": "string", "default": "é"},
        "b": {"type": ["object", "null"], "properties": {"c": {"type": "integer"}}},
    },
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for plans of this test alone."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "plans"))
    return tmp_path / "plans"


def _never(*_: object) -> None:
    raise AssertionError("the plan was made anew")


def test_a_stored_plan_is_the_plan(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read back is equal to what was made, and builds the same bodies."""
    pack = small_pack(tmp_path / "pack", SCHEMA)
    first = plan_of(pack, examples=5)
    assert len(list(folder.glob("plan-*.json"))) == 1
    monkeypatch.setattr(planning.Planner, "plan", _never)
    second = plan_of(pack, examples=5)
    assert [str(case) for case in second.cases] != []
    assert second.cases == first.cases
    assert second.unplanned == first.unplanned
    assert second.model is not None
    for case in second.cases:
        if case.change is None and case.expect == "accepted":
            assert second.model.build(case.levels) == case.value


def test_another_contract_or_option_is_another_plan(tmp_path: Path, folder: Path) -> None:
    """A change of the schema, the seed or the search makes a new plan."""
    pack = small_pack(tmp_path / "pack", SCHEMA)
    plan_of(pack)
    plan_of(pack, seed=1)
    plan_of(pack, examples=2)
    assert len(list(folder.glob("plan-*.json"))) == 3
    load_pack.cache_clear()
    plan_of(small_pack(tmp_path / "pack", {**SCHEMA, "required": ["a", "b"]}))
    assert len(list(folder.glob("plan-*.json"))) == 4


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"cases": [{}], "unplanned": {}}', "5"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, folder: Path, content: str) -> None:
    """A stored plan that cannot be read is replaced."""
    pack = small_pack(tmp_path / "pack", SCHEMA)
    first = plan_of(pack)
    (path,) = folder.glob("plan-*.json")
    path.write_text(content, "utf-8")
    assert _labels(plan_of(pack)) == _labels(first)
    assert json.loads(path.read_text("utf-8"))["cases"]


def _labels(plan: OperationPlan) -> list[str]:
    return [case.label for case in plan.cases]


def test_a_folder_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a place to write to, plans are simply made each time."""
    (tmp_path / "file").write_text("in the way", "utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "plans"))
    assert plan_of(small_pack(tmp_path / "pack", SCHEMA)).cases


def test_nothing_is_kept_when_told_so(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty variable means that no plan is kept."""
    monkeypatch.setenv(VARIABLE, "")
    plan_of(small_pack(tmp_path / "pack", SCHEMA))
    assert cache_directory() is None
    assert not folder.exists()


def test_old_plans_are_taken_away(tmp_path: Path, folder: Path) -> None:
    """No more than a fixed number of plans is kept."""
    folder.mkdir()
    for number in range(MOST_FILES + 5):
        (folder / f"plan-{number:02d}.json").write_text("{}", "utf-8")
    plan_of(small_pack(tmp_path / "pack", SCHEMA))
    assert len(list(folder.glob("plan-*.json"))) == MOST_FILES
