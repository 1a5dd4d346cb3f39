"""Plans on disk: the same plan as a new one, and no harm from what is odd."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from clausewise.cache import VARIABLE, cache_directory
from clausewise.pack import load_pack
from clausewise.plan import planning
from clausewise.plan.plan import OperationPlan, make_plan
from clausewise.plan.store import MOST_FILES, _digest, save

from .making import plan_of, small_pack

SECURED: dict[str, Any] = {"security": [{"bearer": []}]}
SCHEMA: dict[str, Any] = {
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


def test_a_stored_plan_with_rules_is_believed(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its cases probe clauses of rules too, which no document has."""
    rules = """\
R1:
  statement: An `a` is no `x`.
  operations: [send]
  body: {properties: {a: {not: {const: x}}}}
  broken_by: [{a: x}]
"""
    pack = small_pack(tmp_path / "pack", SCHEMA, rules=rules)
    first = plan_of(pack)
    assert ("send:rule:R1",) in [case.probes for case in first.cases]
    monkeypatch.setattr(planning.Planner, "plan", _never)
    assert plan_of(pack).cases == first.cases


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
@pytest.mark.parametrize("signed", [True, False])
def test_a_damaged_file_is_made_anew(
    tmp_path: Path, folder: Path, content: str, signed: bool
) -> None:
    """A stored plan that cannot be read is replaced, even where its digest is that of its text."""
    pack = small_pack(tmp_path / "pack", SCHEMA)
    first = plan_of(pack)
    (path,) = folder.glob("plan-*.json")
    whole = path.read_text("utf-8")
    key = path.stem.removeprefix("plan-")
    path.write_text(_signed(key, content) if signed else content, "utf-8")
    assert _labels(plan_of(pack)) == _labels(first)
    assert path.read_text("utf-8") == whole


@pytest.mark.parametrize(
    ("told", "false"),
    [
        ('"expect": "refused"', '"expect": "accepted"'),
        ('"expect": "refused"', '"expect": "welcome"'),
        ('"kind": "negative"', '"kind": "control"'),
        ('"credential": "none"', '"credential": "mine"'),
        ("send:request#/a:type", "send:request#/b:type"),
        ("send:request#/a:type", "other:request#/a:type"),
        ('"operation": "send"', '"operation": "delete"'),
    ],
)
def test_a_changed_file_is_not_believed(
    tmp_path: Path, folder: Path, told: str, false: str
) -> None:
    """One changed word, and the plan is made anew; no verdict can come of what was written in."""
    pack = small_pack(tmp_path / "pack", SCHEMA, operation=SECURED)
    first = plan_of(pack)
    (path,) = folder.glob("plan-*.json")
    text = path.read_text("utf-8")
    assert told in text
    path.write_text(text.replace(told, false, 1), "utf-8")
    assert plan_of(pack).cases == first.cases
    assert path.read_text("utf-8") == text


def test_any_flipped_byte_is_noticed(tmp_path: Path, folder: Path) -> None:
    """Wherever a stored plan is damaged, what a run gets is what it would have made itself."""
    pack = small_pack(tmp_path / "pack", SCHEMA)
    first = plan_of(pack)
    (path,) = folder.glob("plan-*.json")
    whole = path.read_bytes()
    for at in range(0, len(whole), max(len(whole) // 40, 1)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        assert plan_of(pack).cases == first.cases


def test_signed_nonsense_is_not_believed(tmp_path: Path, folder: Path) -> None:
    """Whoever can sign a file still gets no word into a run that no plan has."""
    pack = small_pack(tmp_path / "pack", SCHEMA)
    first = plan_of(pack)
    (path,) = folder.glob("plan-*.json")
    key = path.stem.removeprefix("plan-")
    text = path.read_text("utf-8").rpartition("\n")[0]
    for told, false in (
        ('"kind": "negative"', '"kind": "joke"'),
        ('"expect": "refused"', '"expect": "welcome"'),
        ("send:request#/a:type", "send:request#/z:type"),
        ('"operation": "send"', '"operation": "delete"'),
        # Each of these is a word of plans, and none of this one.
        ('"expect": "refused"', '"expect": "accepted"'),
        ('"value": {"body": {"a": null}}', '"value": {"body": {"a": "x"}}'),
        ('"value": {"body": {"a": null}}', '"value": {"body": {}}'),
        ('"probes": ["send:request#/a:type"]', '"probes": ["send:request#/b:type"]'),
        ('"probes": ["send:request#/a:required"]', '"probes": ["send:request#/a:type"]'),
        ('"levels": {', '"levels": {"/body/a": ["other", "other", null, false], "x": '),
    ):
        assert told in text, told
        changed = text.replace(told, false, 1)
        path.write_text(_signed(key, changed), "utf-8")
        assert plan_of(pack).cases == first.cases


def test_words_for_people_make_no_other_plan(tmp_path: Path, folder: Path) -> None:
    """A changed summary or description plans nothing anew; a member called `title` is no word."""
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "title": {"type": "string"}}}
    told = {"summary": "Sends.", "description": "It sends.", "tags": ["sending"]}
    plan_of(small_pack(tmp_path / "pack", schema, operation=told))
    assert _count(folder) == 1
    load_pack.cache_clear()
    described = json.loads(json.dumps(schema))
    described["properties"]["a"]["description"] = "An A."
    told = {"summary": "Sends it.", "description": "It does.", "tags": []}
    plan_of(small_pack(tmp_path / "pack", described, operation=told))
    assert _count(folder) == 1
    load_pack.cache_clear()
    described["properties"]["title"]["maxLength"] = 5
    plan_of(small_pack(tmp_path / "pack", described, operation=told))
    assert _count(folder) == 2


def test_a_change_elsewhere_makes_no_other_plan(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another operation says is no part of a plan."""
    pack = small_pack(tmp_path / "pack", SCHEMA)
    first = plan_of(pack)
    load_pack.cache_clear()
    document = json.loads((tmp_path / "pack" / "openapi.json").read_text("utf-8"))
    document["paths"]["/others"] = {
        "get": {"operationId": "list", "responses": {"200": {"description": "All."}}}
    }
    (tmp_path / "pack" / "openapi.json").write_text(json.dumps(document), "utf-8")
    monkeypatch.setattr(planning.Planner, "plan", _never)
    again = make_plan(load_pack(tmp_path / "pack"), operations=["send"], examples=0)
    assert again.operations["send"].cases == first.cases


def _signed(key: str, content: str) -> str:
    return f"{content}\n{_digest(key, [content.encode()]).decode()}"


def _count(folder: Path) -> int:
    return len(list(folder.glob("plan-*.json")))


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


def test_old_plans_are_taken_away(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than a fixed number of plans is kept, the oldest ones go."""
    assert MOST_FILES >= 2_000
    monkeypatch.setattr("clausewise.plan.store.MOST_FILES", 5)
    for number in range(20):
        save(f"a{number:02d}", "send", [], {})
        os.utime(folder / f"plan-a{number:02d}.json", (number, number))
    save("0", "send", [], {})
    kept = {path.stem for path in folder.glob("plan-*.json")}
    assert kept == {"plan-0", "plan-a16", "plan-a17", "plan-a18", "plan-a19"}
