"""Pairs of reports: of copies of the pack's mock with faults, and made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from clausewise.cache import VARIABLE
from clausewise.comparing import Comparison, Given, compare_reports
from clausewise.pack import Pack, find_pack
from clausewise.plan.plan import make_plan
from clausewise.record.record import CaseResult, JudgedClause
from clausewise.report import Report, make_report
from clausewise.selftest.fault import Fault
from clausewise.selftest.running import Trial

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@cache
def the_pack() -> Pack:
    """The pack of this repository."""
    return find_pack(str(ROOT))


@cache
def the_trial() -> Trial:
    """Its plan and faults, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")
        return Trial(the_pack(), make_plan(the_pack(), examples=0))


def faulty(fault: Fault | None, names: tuple[str, ...]) -> Report:
    """The report of a copy of the mock with a fault, on some operations."""
    _, record = the_trial().record([fault] if fault is not None else [], names)
    return make_report(record, contract=the_pack().contract)


@cache
def kept(names: tuple[str, ...]) -> Report:
    """The report of a copy without a fault."""
    return faulty(None, names)


def operations_of(fault: Fault) -> tuple[str, ...]:
    """The operations that have to be asked to see a fault."""
    everywhere = fault.everywhere or not fault.operation
    return tuple(the_trial().plan.operations) if everywhere else (fault.operation,)


def compared(mock: Report, reference: Report, **settings: Any) -> Comparison:
    """Two reports, held against each other."""
    settings.setdefault("contract", the_pack().contract)
    return compare_reports(Given(mock, "mock.json"), Given(reference, "real.json"), **settings)


def told(comparison: Comparison) -> dict[str, str | None]:
    """By clause, the effect of what differs by itself: rules beside a keyword are left out."""
    return {c.id: c.effect for c in comparison.differences if c.beside is None}


def ruled(report: Report, **clauses: Any) -> Report:
    """The report with other members of some clauses, by place: `served={"verdict": …}`."""
    changed = tuple(_changed(clause, clauses) for clause in report.clauses)
    return replace(report, clauses=changed)


def _changed(clause: JudgedClause, clauses: dict[str, Any]) -> JudgedClause:
    return replace(clause, **clauses.get(clause.id.partition(":")[2], {}))


def with_cases(report: Report, *cases: CaseResult) -> Report:
    """The report with other results of some cases."""
    assert report.cases is not UNSET
    known = {case.id: case for case in report.cases} | {case.id: case for case in cases}
    return replace(report, cases=tuple(known.values()))
