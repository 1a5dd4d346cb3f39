"""A fault on one side alone: the comparison names that clause, and nothing on lawful pairs."""

from __future__ import annotations

import random
from functools import cache

import pytest

from clausewise.report import Report, make_report
from clausewise.selftest.fault import KINDS, Fault

from ..campaign.faults import run, the_pack
from ..campaign.test_lawful_variants import VARIANTS
from .pairs import again, compared, kept, one_sided, the_trial, told

# So many of each kind, drawn once; `benchmarks/comparing.py` takes all.
EACH = 3


@cache
def _sample(kind: str) -> list[Fault]:
    chance = random.Random(3)  # noqa: S311  # a choice of tests is no secret
    return chance.sample([fault for fault in the_trial().faults if fault.kind == kind], EACH)


@pytest.mark.parametrize("number", range(EACH))
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_on_one_side_is_named(kind: str, number: int) -> None:
    """Exactly what the fault breaks differs, whichever side has it, and what that does to tests.

    What only warns may differ beside it.
    """
    fault, on_reference = _sample(kind)[number], bool(number % 2)
    comparison, _, others = one_sided(fault, on_reference)

    found = told(comparison)
    assert found.keys() & set(fault.clauses)
    assert others == set()
    named = {found[name] for name in fault.clauses if name in found}
    if fault.kind == "lenient":
        assert named == {"fail wrongly" if on_reference else "pass wrongly"}
    elif fault.kind == "strict":
        assert named == {"pass wrongly" if on_reference else "fail wrongly"}
    elif on_reference:
        assert "pass wrongly" in named


def test_two_conforming_copies_do_not_differ() -> None:
    """Nothing differs, in clauses and requests, and most of the contract is compared."""
    names = tuple(the_trial().plan.operations)
    comparison = compared(again(names), kept(names))

    assert comparison.differences == []
    assert comparison.cases.differing == ()
    assert comparison.exit_code == 0
    assert comparison.compared == comparison.judged > 700
    assert comparison.cases.compared > 300


@cache
def _plain() -> Report:
    return make_report(run().campaign.record(), contract=the_pack().contract)


@pytest.mark.parametrize("number", range(0, len(VARIANTS), 2), ids=lambda n: VARIANTS[n].name)
def test_lawful_variants_do_not_differ(number: int) -> None:
    """Other statuses of refusals, id styles, members, orders and media types are no difference.

    What only warns may differ.
    """
    record = run(VARIANTS[number]).campaign.record()
    sides = [make_report(record, contract=the_pack().contract), _plain()]
    comparison = compared(*(reversed(sides) if number % 4 else sides))

    assert [clause.id for clause in comparison.differences if clause.matters] == []
    assert comparison.exit_code == 0
