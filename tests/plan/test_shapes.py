"""Operations that ask for the same share places and plans; nothing of a row depends on that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clausewise.cache import VARIABLE
from clausewise.pack import Pack, find_pack
from clausewise.plan.plan import make_plan, plans
from clausewise.plan.planning import Planner
from clausewise.pointer import ABSENT, look

OK: dict[str, Any] = {"responses": {"204": {"description": "Done."}}}
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
    }
}
THING = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 9},
        "sort": {"enum": ["a", "b", "c"]},
        "size": {"type": "integer", "minimum": 1, "maximum": 4},
    },
}


def _pack(root: Path, paths: dict[str, Any]) -> Pack:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Made for a test", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Thing": THING}},
    }
    path = root / "openapi.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return find_pack(str(path))


pytestmark = pytest.mark.usefixtures("without_kept_plans")


def test_the_plan_of_another_of_the_same_shape_is_the_one_it_would_have_alone(
    tmp_path: Path,
) -> None:
    """Cases, their values and why there are none: under its own name, and not to be told apart."""
    item = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}]}
    pack = _pack(
        tmp_path,
        {
            "/things/{id}": {**item, "post": {"operationId": "one", **BODY, **OK}},
            "/others/{id}/things": {**item, "post": {"operationId": "another", **BODY, **OK}},
        },
    )
    together = {plan.operation.id: plan for plan in plans(pack, ["one", "another"], 0, 0)}
    (alone,) = plans(pack, ["another"], 0, 0)

    assert len(alone.cases) > 20
    assert together["another"].cases == alone.cases
    assert together["another"].unplanned == alone.unplanned
    assert {case.operation for case in together["another"].cases} == {"another"}
    assert together["another"].ground.operation.id == "another"


def test_what_asks_for_something_else_has_another_plan(tmp_path: Path) -> None:
    """A member more, another method: no cases of the first."""
    other = {"parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}]}
    pack = _pack(
        tmp_path,
        {
            "/a": {"post": {"operationId": "one", **BODY, **OK}},
            "/b": {"post": {"operationId": "another", **BODY, **OK, **other}},
        },
    )
    plan = make_plan(pack, examples=0)
    pages = [look(case.value, "/query/page") for case in plan.operations["another"].cases]

    assert any(page is not ABSENT for page in pages)
    assert all("query" not in case.value for case in plan.operations["one"].cases)


def test_no_row_is_lost_for_a_range_that_ends_before_it_starts(tmp_path: Path) -> None:
    """Every value of both ends stands in some lawful request, in all the rows that are counted."""
    number = {"type": "integer", "minimum": 1, "maximum": 40}
    ends = [{"name": name, "in": "query", "schema": number} for name in ("min_age", "max_age")]
    more = [{"name": name, "in": "query", "schema": {"enum": [1, 2, 3, 4, 5]}} for name in "abc"]
    pack = _pack(tmp_path, {"/a": {"get": {"operationId": "one", "parameters": ends + more, **OK}}})
    cases = [c for c in make_plan(pack, examples=0).cases if c.kind == "pairs"]
    queries = [case.part("query") for case in cases]

    assert {case.label.rpartition(" ")[2] for case in cases} == {str(len(cases))}
    assert all(q.get("min_age", 1) <= q.get("max_age", 40) for q in queries)
    assert {q["min_age"] for q in queries if "min_age" in q} >= {1, 40}


def test_of_one_shape_one_is_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others have its cases: planning them again would take as long again."""
    planned: list[str] = []
    plan = Planner.plan

    def noted(planner: Planner) -> Any:
        planned.append(planner.ground.operation.id)
        return plan(planner)

    monkeypatch.setattr(Planner, "plan", noted)
    posts = {f"/{n}": {"post": {"operationId": n, "summary": n, **BODY, **OK}} for n in "abc"}
    made = make_plan(_pack(tmp_path, posts), examples=0)
    assert planned == []

    assert len({len(one.cases) for one in made.operations.values()}) == 1
    assert planned == ["a"]


def test_of_one_shape_one_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever was planned first: the next run may begin with another one."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept"))
    posts = {f"/{n}": {"post": {"operationId": n, "summary": n, **BODY, **OK}} for n in "ab"}
    pack = _pack(tmp_path, posts)
    made = make_plan(pack, operations=["a"], examples=0).cases
    monkeypatch.setattr(Planner, "plan", lambda planner: pytest.fail("it is planned anew"))
    again = make_plan(pack, operations=["b"], examples=0).operations["b"]

    assert [case.id for case in again.cases] == [f"b{case.id[1:]}" for case in made]
    assert [case.value for case in again.cases] == [case.value for case in made]
    assert {probe.partition(":")[0] for case in again.cases for probe in case.probes} == {"b"}
