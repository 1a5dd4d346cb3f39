"""By case: one and the same request that the two sides answered otherwise."""

from __future__ import annotations

from collections import Counter

from msgspec import UNSET

from clausewise.comparing.clauses import Side
from clausewise.comparing.comparison import Cases, ComparedCase
from clausewise.judge.outcomes import ABOUT_THE_REQUEST
from clausewise.record.record import CaseResult
from clausewise.report import Report

# Outcomes that say something of the target: of others, only that it could not be seen.
_SAYING = (*ABOUT_THE_REQUEST, "crashed")


def compared_cases(mock: Side, reference: Side) -> Cases:
    """What came of the requests that both sides got.

    Kinds are compared: two refusals are alike, whatever their status is. A request that one side
    answered now so, now so is left out.
    """
    why_not = _why_not(mock.report, reference.report)
    if why_not is not None:
        return Cases(0, (), (), (), (), 0, why_not)
    both = [name for name in mock.cases if name in reference.cases]
    varying = [[n for n in both if side.cases[n].alike is False] for side in (mock, reference)]
    differing: list[ComparedCase] = []
    statuses: Counter[tuple[int | None, int | None]] = Counter()
    compared = aside = 0
    for name in (n for n in both if n not in {*varying[0], *varying[1]}):
        ours, theirs = mock.cases[name], reference.cases[name]
        if ours.outcome not in _SAYING or theirs.outcome not in _SAYING:
            aside += 1
            continue
        compared += 1
        if ours.outcome != theirs.outcome:
            differing.append(_difference(ours, theirs))
        elif ours.status != theirs.status:
            statuses[ours.status, theirs.status] += 1
    told = tuple((ours, theirs, count) for (ours, theirs), count in statuses.most_common())
    return Cases(compared, tuple(differing), told, tuple(varying[0]), tuple(varying[1]), aside)


def _difference(ours: CaseResult, theirs: CaseResult) -> ComparedCase:
    return ComparedCase(
        ours.id,
        ours.expect,
        ours.outcome,
        ours.status,
        theirs.outcome,
        theirs.status,
    )


def _why_not(mock: Report, reference: Report) -> str | None:
    """Why cases of the same name need not be the same requests, or None."""
    for report in (mock, reference):
        if report.cases is UNSET or report.run.examples is UNSET:
            return "a report was made by an older version, which did not list its cases"
    for name, ours, theirs in (
        ("--seed", mock.run.seed, reference.run.seed),
        ("--examples", mock.run.examples, reference.run.examples),
        ("the version of clausewise", mock.tool.version, reference.tool.version),
    ):
        if ours != theirs:
            return f"the requests were not the same: {name} was {ours} and {theirs}"
    return None
