"""Covering arrays: every pair of values that may stand together does, in lawful bodies only."""

from __future__ import annotations

import random
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import assume, given, settings

from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT, look
from clausewise.values.bodies import BodyModel
from clausewise.values.covering import cover
from clausewise.values.values import EACH_KIND, LEFT_OUT, Level

from ..drawn import requests
from .judging import accepted
from .making import Small, small

Pair = frozenset[tuple[str, str]]
# More full assignments than this are not tried out one by one.
MOST = 1500


def _pairs(model: BodyModel, body: Any) -> set[Pair]:
    """The pairs of values that stand together in a body; items of each kind stand in one alone."""
    there = [
        (at, level.label)
        for at, level in model.classify(body).items()
        if level.value is not ABSENT and level.keyword != EACH_KIND
    ]
    return {frozenset(pair) for pair in combinations(there, 2)}


def _choices(model: BodyModel) -> dict[str, list[Level]]:
    return {
        at: [*factor.levels, *([LEFT_OUT] if factor.optional else [])]
        for at, factor in model.factors.items()
    }


def _known(model: BodyModel, pairs: set[Pair]) -> set[Pair]:
    """The pairs of values that have a class."""
    labels = {(at, level.label) for at, levels in _choices(model).items() for level in levels}
    return {pair for pair in pairs if pair <= labels}


def _feasible(made: Small) -> set[Pair]:
    """Every pair that some lawful body holds, by trying all of them out."""
    choices = _choices(made.model)
    found: set[Pair] = set()
    for levels in product(*choices.values()):
        body = made.model.build(dict(zip(choices, levels, strict=True)))
        if made.isolation.lawful(body):
            found |= _pairs(made.model, body)
    return _known(made.model, found)


def _count(model: BodyModel) -> int:
    count = 1
    for levels in _choices(model).values():
        count *= len(levels)
    return count


@settings(max_examples=120)
@given(schema=requests())
def test_all_feasible_pairs_of_small_models(schema: Any) -> None:
    """Of any small model, the rows hold every pair that some lawful body holds, and no other."""
    made = small(schema)
    assume(made.least is not None)
    assume(_count(made.model) <= MOST)
    seeds = [made.model.classify(made.model.build(made.least or {}))]
    rows = cover(made.model, made.isolation.lawful, (), seeds)
    bodies = [made.model.build(row) for row in [*seeds, *rows]]
    assert all(accepted(schema, body) for body in bodies)
    held = set().union(*(_pairs(made.model, body) for body in bodies))
    assert held == _feasible(made)


FORMS: dict[str, Any] = {
    "nested objects": {
        "properties": {
            "a": {
                "type": ["object", "null"],
                "properties": {"x": {"enum": [1, 2]}, "y": {"type": "boolean"}},
            },
            "b": {"enum": ["p", "q", "r"]},
        }
    },
    "a choice by member": {
        "required": ["kind"],
        "properties": {"kind": {"enum": ["one", "two"]}, "z": {"type": "boolean"}},
        "oneOf": [
            {"properties": {"kind": {"const": "one"}, "a": {"enum": [1, 2]}}, "required": ["a"]},
            {"properties": {"kind": {"const": "two"}, "b": {"enum": [3]}}, "required": ["b"]},
        ],
    },
    "members that need each other": {
        "properties": {"a": {"enum": [1]}, "b": {"enum": [1, 2]}, "c": {"enum": [1, 2]}},
        "dependentRequired": {"a": ["b"], "c": ["a"]},
    },
    "at least two members": {
        "properties": {"a": {"enum": [1]}, "b": {"enum": [1, 2]}, "c": {"enum": [1, 2]}},
        "minProperties": 2,
    },
    "values that exclude each other": {
        "properties": {"a": {"enum": [1, 2]}, "b": {"enum": [1, 2]}, "c": {"enum": [1, 2]}},
        "not": {"properties": {"a": {"const": 1}, "b": {"const": 1}}, "required": ["a", "b"]},
    },
    "if, then and else": {
        "properties": {"a": {"enum": [1, 2]}, "b": {"enum": [1, 2]}, "c": {"enum": [1, 2]}},
        "if": {"properties": {"a": {"const": 1}}, "required": ["a"]},
        "then": {"required": ["b"]},
        "else": {"properties": {"c": {"const": 2}}},
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_all_feasible_pairs_of_typical_forms(form: str) -> None:
    """The same for the forms that schemas of requests commonly have."""
    made = small({"type": "object", **FORMS[form]})
    seeds = [made.model.classify(made.model.build(made.least or {}))]
    rows = cover(made.model, made.isolation.lawful, (), seeds)
    bodies = [made.model.build(row) for row in [*seeds, *rows]]
    assert all(made.isolation.lawful(body) for body in bodies)
    held = set().union(*(_pairs(made.model, body) for body in bodies))
    assert held == _feasible(made)


@pytest.fixture(scope="module")
def bodies(start_recording: OperationPlan) -> list[Any]:
    """The bodies that the pack's covering array is made of, its examples included.

    In the cases themselves, each meeting is another one.
    """
    model = start_recording.model
    assert model is not None
    cases = [case for case in start_recording.cases if case.kind in ("example", "pairs")]
    return [model.build(case.levels) for case in cases]


def test_the_pack_has_every_pair_that_can_be_built(
    start_recording: OperationPlan, bodies: list[Any]
) -> None:
    """Every two values of the pack's request that make a lawful body stand together in one."""
    model = start_recording.model
    assert model is not None
    held = set().union(*(_pairs(model, body) for body in bodies))
    missing = []
    choices = {at: list(factor.levels) for at, factor in model.factors.items()}
    for (one, ones), (other, others) in combinations(choices.items(), 2):
        for first, second in product(ones, others):
            pair = frozenset({(one, first.label), (other, second.label)})
            if pair in held:
                continue
            body = model.build(model.assigned({one: first, other: second}))
            if pair in _pairs(model, body) and start_recording.lawful(body):
                missing.append(pair)
    assert missing == []


def test_the_pack_has_every_pair_of_random_lawful_bodies(
    start_recording: OperationPlan, bodies: list[Any]
) -> None:
    """No lawful body that is put together at random holds a pair that the plan lacks."""
    model = start_recording.model
    assert model is not None
    held = set().union(*(_pairs(model, body) for body in bodies))
    choices = _choices(model)
    dice = random.Random(7)  # noqa: S311  # nothing secret about it
    lawful = 0
    for _ in range(3000):
        assignment = {
            at: dice.choice(levels) for at, levels in choices.items() if dice.random() < 0.6
        }
        body = model.build(model.assigned(assignment))
        if start_recording.lawful(body):
            lawful += 1
            assert _known(model, _pairs(model, body)) <= held
    assert lawful > 300


def test_every_optional_member_of_the_pack_is_left_out_once(
    start_recording: OperationPlan, bodies: list[Any]
) -> None:
    """Each optional member is missing from some lawful body whose object around it is there."""
    model = start_recording.model
    assert model is not None
    optional = [factor for factor in model.factors.values() if factor.optional]
    assert len(optional) > 30
    for factor in optional:
        around = factor.at.rpartition("/")[0]
        assert any(
            isinstance(look(body, around), dict) and look(body, factor.at) is ABSENT
            for body in bodies
        ), factor.at


def test_the_array_of_the_pack_is_small(start_recording: OperationPlan) -> None:
    """There are at most twice the rows that the two members with the most values need."""
    model = start_recording.model
    assert model is not None
    sizes = sorted((len(factor.levels) for factor in model.factors.values()), reverse=True)
    rows = [case for case in start_recording.cases if case.kind == "pairs"]
    assert len(rows) <= 2 * sizes[0] * sizes[1]


def test_seeds_are_not_repeated() -> None:
    """What the seeds hold already needs no row; a model without members needs none at all."""
    made = small({"type": "object", "required": ["a"], "properties": {"a": {"enum": [1, 2]}}})
    seeds = [{"/a": level} for level in made.model.factors["/a"].levels]
    assert cover(made.model, made.isolation.lawful, (), seeds) == []
    empty = small({"type": "object"})
    assert cover(empty.model, empty.isolation.lawful, (), [empty.model.classify({})]) == []


def test_values_that_stand_alone_get_a_row() -> None:
    """A value that goes with no other is in a row of its own."""
    members = {"a": {"enum": [1, 2]}, "b": {"enum": [3]}}
    made = small({"type": "object", "properties": members, "maxProperties": 1})
    rows = cover(made.model, made.isolation.lawful, (), [made.model.classify({})])
    assert sorted(str(made.model.build(row)) for row in rows) == [
        "{'a': 1}",
        "{'a': 2}",
        "{'b': 3}",
    ]


def test_single_values_get_a_row_each() -> None:
    """Of a request with one member, the values come one by one."""
    made = small({"type": "object", "required": ["a"], "properties": {"a": {"enum": [1, 2, 3]}}})
    rows = cover(made.model, made.isolation.lawful, (), [])
    assert sorted(row["/a"].value for row in rows) == [1, 2, 3]


def test_the_same_rows_every_time() -> None:
    """The same model gives the same rows."""
    made = small({"type": "object", **FORMS["if, then and else"]})
    first = cover(made.model, made.isolation.lawful, (), [])
    assert first == cover(made.model, made.isolation.lawful, (), [])


def test_a_row_that_was_refused_is_not_asked_for_again() -> None:
    """Where the first half of a row is lawful by itself, the rest of it makes what was refused."""
    members = {name: {"type": "string", "enum": ["c", "a", "b"]} for name in "klmnop"}
    never = [{"properties": {one: {"const": "a"}, "p": {"const": "a"}}} for one in "klm"]
    said = {"required": [*members], "properties": members, "not": {"anyOf": never}}
    made = small({"type": "object", **said})
    asked: list[Any] = []

    def lawful(body: Any) -> bool:
        asked.append(body)
        return made.isolation.lawful(body)

    assert len(cover(made.model, lawful, (), [])) == 13
    assert len(asked) < 120  # 132 where the second half asks for the whole row again
