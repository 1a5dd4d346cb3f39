"""The random search: lawful, repeatable, and no more than asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from clausewise.contract.compiled import compiled
from clausewise.pack import Pack
from clausewise.plan.cases import Case
from clausewise.plan.plan import make_plan
from clausewise.values.search import search

from .judging import accepted
from .making import plan_of, small, small_pack


def _found(pack: Pack, examples: int, seed: int) -> list[Case]:
    plan = make_plan(pack, operations=["start_recording"], examples=examples, seed=seed)
    return [case for case in plan.cases if case.kind == "search"]


def _bodies(cases: list[Case]) -> list[str]:
    return [json.dumps(case.body, sort_keys=True) for case in cases]


@pytest.mark.parametrize("examples", [0, 1, 12])
def test_no_more_than_asked_for(pack: Pack, examples: int) -> None:
    """There are at most so many random cases, all different, all lawful for both validators."""
    found = _found(pack, examples, 3)
    assert len(found) <= examples
    assert bool(found) is bool(examples)
    body = pack.contract.operations["start_recording"].body
    assert body is not None
    assert all(accepted(body.schema.document, case.body) for case in found)
    assert len(set(_bodies(found))) == len(found)


def test_the_seed_decides(pack: Pack) -> None:
    """The same seed gives the same cases, another one gives others."""
    first, again, other = (_bodies(_found(pack, 10, seed)) for seed in (1, 1, 2))
    assert first == again
    without_ids = [
        [{**json.loads(body), "meeting_id": ""} for body in bodies] for bodies in (first, other)
    ]
    assert without_ids[0] != without_ids[1]


def test_a_smaller_search_changes_nothing_else(pack: Pack) -> None:
    """The fixed part of a plan is the same with and without a search."""
    with_it = [c.label for c in make_plan(pack, examples=5).cases if c.kind != "search"]
    assert with_it == [c.label for c in make_plan(pack, examples=0).cases]


def test_what_the_plan_has_already_is_not_repeated() -> None:
    """Known assignments are not found again: a small model is soon used up."""
    made = small({"type": "object", "properties": {"a": {"enum": [1, 2]}}})
    found = search(made.model, made.isolation.lawful, {}, frozenset(), 20, 0, [])
    again = search(made.model, made.isolation.lawful, {}, frozenset(), 20, 0, found)
    assert sorted(str(made.model.build(levels)) for levels in found) == [
        "{'a': 1}",
        "{'a': 2}",
        "{}",
    ]
    assert again == []


@pytest.mark.parametrize(
    ("schema", "least", "most"),
    [
        ({"type": "integer"}, -(2**31), 2**31 - 1),
        ({"type": "integer", "format": "int32"}, -(2**31), 2**31 - 1),
        ({"type": "integer", "minimum": 5}, 5, 2**31 - 1),
        ({"type": "integer", "minimum": 2**40}, 2**40, 2**40),
        ({"type": "integer", "maximum": -(2**40)}, -(2**40), -(2**40)),
        ({"type": "integer", "maximum": 2**40}, -(2**31), 2**40),
    ],
)
def test_numbers_that_every_endpoint_can_count_with(
    schema: dict[str, Any], least: int, most: int
) -> None:
    """Beyond 32 bits are only numbers that the contract speaks of: refusing others is no breach."""
    made = small({"type": "object", "properties": {"a": schema}})
    found = search(made.model, made.isolation.lawful, {}, frozenset(), 40, 0, [])
    drawn = [
        level.value
        for levels in found
        for level in levels.values()
        if level.label == "a random value"
    ]
    assert all(least <= number <= most for number in drawn)
    assert bool(drawn) == (least < most)


def test_unlawful_combinations_are_not_found() -> None:
    """What breaks a condition between members is no lawful assignment."""
    members = {"a": {"enum": [1, 2]}, "b": {"enum": [1, 2]}}
    made = small(
        {"type": "object", "properties": members, "not": {"required": ["a", "b"]}},
    )
    found = search(made.model, made.isolation.lawful, {}, frozenset(), 30, 0, [])
    bodies = [made.model.build(levels) for levels in found]
    assert len(bodies) == 5
    assert all(made.isolation.lawful(body) for body in bodies)


def test_a_pack_s_own_strategies_are_used() -> None:
    """Where the pack has a strategy for a member, its values and the plan's classes are drawn."""
    made = small({"type": "object", "properties": {"a": {"type": "string"}}})
    classes = {level.value for level in made.model.factors["/a"].levels}
    strategies = {"/a": lambda: st.sampled_from(["mine", "mine too"])}
    found = search(made.model, made.isolation.lawful, strategies, frozenset(), 30, 0, [])
    values = {made.model.build(levels).get("a", "x") for levels in found} - classes - {"x"}
    assert values == {"mine", "mine too"}


def test_fixed_members_are_not_drawn() -> None:
    """A member that is leased keeps its plain value."""
    made = small(
        {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "n": {"type": "integer"}},
        }
    )
    found = search(made.model, made.isolation.lawful, {}, frozenset({"/id"}), 15, 0, [])
    assert len(found) > 5
    assert {made.model.build(levels)["id"] for levels in found} == {"id-1"}


@pytest.mark.parametrize(
    "member",
    [
        {"type": "number", "minimum": 0.2, "maximum": 0.8},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "number", "multipleOf": 0.5, "minimum": 2.5, "maximum": 3.5},
        {"type": "integer", "minimum": -(10**30), "maximum": 10**30},
        {"type": "integer", "maximum": -5},
        {"type": "string", "pattern": "^\\p{L}+$", "examples": ["é"]},
        {"type": "string", "pattern": "^[a-f]{3}-[0-9]{2}$"},
        {"type": "string", "format": "uri"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "ipv6"},
        {"type": "string", "minLength": 5, "maxLength": 6},
        {"type": ["boolean", "null"]},
        {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        {},
    ],
)
def test_any_member_can_be_drawn(tmp_path: Path, member: Any) -> None:
    """Every kind of member gets lawful random values, without an error."""
    schema = {"type": "object", "required": ["m"], "properties": {"m": member}}
    plan = plan_of(small_pack(tmp_path, schema), examples=8)
    lawful = [case for case in plan.cases if case.expect == "accepted"]
    assert any(case.kind == "search" for case in lawful) or len(lawful) > 3
    assert all(compiled(member).is_valid(case.body["m"]) for case in lawful)


def test_nothing_to_draw() -> None:
    """A body without members has no random search."""
    made = small({"type": "object"})
    assert search(made.model, made.isolation.lawful, {}, frozenset(), 0, 0, []) == []
    levels = search(made.model, made.isolation.lawful, {}, frozenset(), 5, 0, [])
    assert all(made.model.build(found) == {} for found in levels)


def test_what_else_is_imported_does_not_matter(tmp_path: Path) -> None:
    """The same seed gives the same values, whatever constants the user's own modules have."""
    (tmp_path / "noise.py").write_text("TEXTS = ['noisy constant', 123456789, 'another one']\n")
    script = (
        "import sys; from pathlib import Path; from clausewise.pack import find_pack\n"
        "from clausewise.plan.plan import make_plan\n"
        "for case in make_plan(find_pack(start=Path(sys.argv[1])), examples=10).cases:\n"
        "    print(case.id, case.value)\n"
    )
    root = str(Path(__file__).parents[2])
    outputs = {
        subprocess.run(  # noqa: S603  # our own script
            [sys.executable, "-c", first + script, root],
            cwd=tmp_path,
            capture_output=True,
            check=True,
        ).stdout
        for first in ("", "import noise\n")
    }
    assert len(outputs) == 1
