"""Pairs of reports: of copies of the pack's mock with faults, and made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from clausewise.cache import VARIABLE
from clausewise.comparing import Comparison, Given, compare_reports
from clausewise.comparing.clauses import Side
from clausewise.exchange import Request, Response
from clausewise.plan.plan import make_plan
from clausewise.record.record import CaseResult, JudgedClause, RecordedExchange
from clausewise.report import Report, make_report
from clausewise.selftest.fault import Fault
from clausewise.selftest.faulty import Faulty
from clausewise.selftest.running import Trial

from ..campaign.faults import the_pack

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@cache
def the_trial() -> Trial:
    """Its plan and faults, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")
        return Trial(the_pack(), make_plan(the_pack(), examples=0))


class OneSided(NamedTuple):
    """The comparison of two copies of the mock, of which one has a fault.

    `met` says whether the fault changed anything, `others` are the clauses that are named although
    it does not break them.
    """

    comparison: Comparison
    met: bool
    others: set[str]


def one_sided(fault: Fault, on_reference: bool) -> OneSided:
    """A fault of the mock, or of the reference, on the operations that have to be asked to see it.

    Raises TargetError.
    """
    everywhere = fault.everywhere or not fault.operation
    names = tuple(the_trial().plan.operations) if everywhere else (fault.operation,)
    endpoint, record = the_trial().record([fault], names)
    report = make_report(record, contract=the_pack().contract)
    sides = (report, kept(names))
    comparison = compared(*(reversed(sides) if on_reference else sides))
    others = _named_without_cause(comparison, fault, report, endpoint)
    return OneSided(comparison, bool(endpoint.applied[fault.name]), others)


def _named_without_cause(
    comparison: Comparison, fault: Fault, report: Report, endpoint: Faulty
) -> set[str]:
    """What differs by itself, fails, and is not broken by the fault.

    A fault breaks the clauses that it is about, and whatever else is broken by a reply that it
    changed: in that reply, or, by a rule of several exchanges, in one that contradicts it.
    """
    alone = {one.id for one in comparison.differences if one.matters and one.beside is None}
    side = Side("broken", report)
    return {
        name
        for name in alone - set(fault.clauses)
        if not _is_broken_by(endpoint, side.breaking(name), name)
    }


def _is_broken_by(endpoint: Faulty, shown: RecordedExchange | None, name: str) -> bool:
    if shown is None:
        return False
    changed = {_spelt(request, response) for request, response in endpoint.changed}
    sent, reply = shown.request, shown.response
    content = reply.body.content if reply is not None and reply.body is not None else b""
    status = reply.status if reply is not None else None
    asked = sent.body.content if sent.body is not None else b""
    target = urlsplit(sent.url)
    if (sent.method, target.path, target.query, asked, status, content) in changed:
        return True
    contract = the_pack().contract
    rule = contract.rules.get(name.rpartition(":rule:")[2])
    met = (contract.match(request.method, request.url) for request, _ in endpoint.changed)
    touched = {match.operation.id for match in met if match is not None}
    return rule is not None and rule.fold is not None and not touched.isdisjoint(rule.operations)


def _spelt(request: Request, response: Response) -> tuple[Any, ...]:
    """What tells an exchange: its request but for headers, status and body."""
    target = urlsplit(request.url)
    asked = request.content or b""
    return request.method, target.path, target.query, asked, response.status, response.content


@cache
def kept(names: tuple[str, ...]) -> Report:
    """The report of a copy without a fault."""
    return again(names)


def again(names: tuple[str, ...]) -> Report:
    """The report of another copy without a fault."""
    _, record = the_trial().record([], names)
    return make_report(record, contract=the_pack().contract)


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
