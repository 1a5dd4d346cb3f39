"""Many broken promises at once: all are named, and nothing else is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest

from clausewise.values.values import LEFT_OUT

from .catalogue import RICH, lenient_faults, of, reply_faults, strict_faults, value_classes
from .faults import (
    STATUS,
    Fault,
    crash,
    expected,
    has,
    run,
    the_operation,
    the_operation_plan,
    the_plan,
)

# `tox -e hostile` has it.
pytestmark = pytest.mark.slow

PLANNED = len(the_plan().cases)


def test_three_broken_clauses() -> None:
    """A leniency, a strictness and a broken reply do not hide each other."""
    faults = (
        strict_faults()["/max_seconds 86400, the most"],
        lenient_faults()["request#/storage_config/region:minLength"],
        reply_faults()["200#/data/session_id:required"],
    )
    assert run(*faults).findings == {
        of("request#/max_seconds:maximum"): "strict",
        of("request#/storage_config/region:minLength"): "lenient",
        of("200#/data/session_id:required"): "violated",
    }


def test_a_crash_beside_refusals_of_the_same_members() -> None:
    """Values that are refused one by one do not keep a run from naming a crash on two of them."""
    model = the_operation_plan().model
    assert model is not None
    height, width = (model.factors[f"/body/video_config/{name}"] for name in ("height", "width"))
    crashes = crash(
        "tall and wide",
        has("/video_config/height", height.levels[2]),
        has("/video_config/width", width.levels[2]),
    )
    refusals = [
        strict_faults()["/video_config/height 1, the least"],
        strict_faults()["/video_config/width 1, the least"],
        strict_faults()['/video_config/codec "VP8"'],
    ]
    found = run(*refusals, crashes)
    assert found.findings == expected(*refusals, crashes)
    assert "/video_config/height = 1920 together with /video_config/width = 1920" in (
        found.rulings[STATUS].message
    )


def _pointer(fault: Fault) -> str:
    """The place that the clause of a fault is about."""
    (clause,) = fault.expected
    return clause.partition("#")[2].rpartition(":")[0]


def _part(fault: Fault) -> str:
    (clause,) = fault.expected
    return clause.partition("#")[0]


def _apart(fault: Fault, others: Iterable[Fault]) -> bool:
    """Whether no other fault is about the same place, or about one around it or inside."""
    at = f"{_pointer(fault)}/"
    places = (f"{_pointer(other)}/" for other in others if _part(other) == _part(fault))
    return not any(at.startswith(place) or place.startswith(at) for place in places)


def _can_be_told_apart() -> list[Fault]:
    """Strict faults that leave the rest of their object to be judged.

    Where every value of a member is refused, or a whole object, nothing inside can be looked at;
    and where the plainest request is refused there is no R5 to look at.
    """
    model = the_operation_plan().model
    assert model is not None
    found = []
    for at, level in value_classes():
        factor = model.factors[f"/body{at}"]
        if level is LEFT_OUT:
            fitting = factor.parent != "/body"
        else:
            fitting = not factor.container and len(factor.levels) > 1
        if fitting and at not in ("/storage_config/type", "/storage_config/auth_method"):
            found.append(strict_faults()[f"{at} {level.label}"])
    return found


def _some(
    chance: random.Random,
    faults: Iterable[Fault],
    count: int,
    fits: Callable[[Fault, list[Fault]], bool],
) -> list[Fault]:
    """So many of these faults, each of which fits those before it."""
    pool = list(faults)
    chance.shuffle(pool)
    chosen: list[Fault] = []
    for fault in pool:
        if len(chosen) < count and fits(fault, chosen):
            chosen.append(fault)
    return chosen


def _reply_fits(fault: Fault, others: list[Fault]) -> bool:
    # A reply of a wrong type has no members; a storage of a wrong type has no form to be held
    # to; and of two envelopes, one with two faults may pass for the other one.
    if _pointer(fault) in ("", "/data", "/success") or not _apart(fault, others):
        return False
    return not any(
        _part(fault) == _part(other)
        and (_part(fault).endswith(":4XX") or (_stored(fault) and _stored(other)))
        for other in others
    )


def _stored(fault: Fault) -> bool:
    return _pointer(fault).startswith("/data/storage_config")


def nineteen(seed: int) -> list[Fault]:
    """6 strict, 8 lenient and 5 reply faults that can all be seen at once."""
    chance = random.Random(seed)  # noqa: S311  # a choice of tests is no secret
    strict = _some(
        chance, _can_be_told_apart(), 6, lambda f, others: _pointer(f) not in map(_pointer, others)
    )
    lenient = _some(
        chance,
        lenient_faults().values(),
        8,
        lambda f, others: (
            bool(_pointer(f)) and _pointer(f) not in map(_pointer, [*strict, *others])
        ),
    )
    return [*strict, *lenient, *_some(chance, _hard_ones(), 5, _reply_fits)]


def _hard_ones() -> list[Fault]:
    """Reply faults that are findings: what breaks a soft clause warns."""
    clauses = the_operation().clauses
    return [f for name, f in reply_faults().items() if not clauses[of(name)].soft]


@pytest.mark.parametrize("examples", [0, 25])
@pytest.mark.parametrize("seed", range(6))
def test_nineteen_broken_clauses(
    seed: int, examples: int, record_property: Callable[[str, object], None]
) -> None:
    """All of 19 broken clauses are named, at less than twice the planned requests."""
    faults = nineteen(seed)
    names = expected(*faults)
    assert len(names) == 19
    plan = the_plan(examples)
    found = run(RICH, *faults, plan=plan)
    record_property("planned", len(plan.cases))
    record_property("requests", found.requests)
    assert found.findings == names
    assert found.requests < 2 * PLANNED + examples
