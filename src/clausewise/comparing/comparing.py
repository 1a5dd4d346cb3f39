"""From two reports to a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import UNSET, Struct
from msgspec.structs import replace

from clausewise import __version__
from clausewise.comparing.asking import SideAsker, asked_again, without_chance
from clausewise.comparing.cases import compared_cases
from clausewise.comparing.clauses import Side, compared
from clausewise.comparing.comparison import (
    KEPT_BY,
    SCHEMA_VERSION,
    ComparedClause,
    ComparedSide,
    Comparison,
    LevelShare,
    NotCompared,
    exit_code_of,
)
from clausewise.comparing.consequences import with_consequences
from clausewise.contract import Contract
from clausewise.contract.levels import OF_CLAUSES
from clausewise.errors import UsageError
from clausewise.options import LEVELS
from clausewise.record.policy import JUDGED
from clausewise.report import Report
from clausewise.report.report import Tool

MOCK, REFERENCE = "the mock", "the reference"


class Given(Struct, frozen=True):
    """One side as it was given: its report, its name, and who asks it again, if anybody can."""

    report: Report
    name: str
    asker: SideAsker | None = None
    path: str | None = None


def compare_reports(
    mock: Given,
    reference: Given,
    *,
    contract: Contract | None = None,
    least: Mapping[str, int | str] | None = None,
    baseline: Comparison | None = None,
    baseline_name: str | None = None,
    now: datetime | None = None,
) -> Comparison:
    """Hold two reports of one contract against each other, clause by clause.

    `least` are percentages by level: where some are given, they alone decide about the exit code.
    What differs in the `baseline` as well is known. With the `contract`, rules that are broken in
    replies which break a keyword as well stand beside that one.

    Raises UsageError for reports of two contracts.
    """
    digest = _one_contract(mock.report, reference.report)
    if baseline is not None and baseline.digest != digest:
        raise UsageError(f"{baseline_name} compares another contract: its clauses are not the same")
    least = dict(least or {})
    now = now or datetime.now(UTC)
    sides = Side(MOCK, mock.report), Side(REFERENCE, reference.report)
    given = zip((MOCK, REFERENCE), (mock, reference), strict=True)
    askers = {role: one.asker for role, one in given if one.asker is not None}
    told = asked_again((without_chance(one, *sides) for one in compared(*sides)), *sides, askers)
    clauses = tuple(_known(with_consequences(told, *sides, contract), baseline))
    levels = tuple(_levels(clauses))
    judged, both = _counts(clauses)
    return Comparison(
        SCHEMA_VERSION,
        Tool("clausewise", __version__),
        reference.report.contract.name,
        digest,
        now.isoformat(timespec="seconds"),
        _side(mock, now),
        _side(reference, now),
        judged,
        both,
        _summary(clauses),
        levels,
        clauses,
        tuple(_reasons(clauses)),
        compared_cases(*sides),
        least,
        exit_code_of(clauses, levels, least, judged, both, _tokens(mock.report)),
        baseline_name,
    )


def _one_contract(mock: Report, reference: Report) -> str:
    """The digest of the clauses of both. Raises UsageError where these are not the same."""
    for role, report in ((MOCK, mock), (REFERENCE, reference)):
        if report.contract.digest is UNSET:
            raise UsageError(
                f"the report of {role} was made by an older version and does not say which "
                "clauses its contract had; run again"
            )
    if mock.contract.digest != reference.contract.digest:
        raise UsageError(
            "the two sides were judged by different contracts, so their clauses do not compare: "
            f"{mock.contract.name} {mock.contract.version} has {mock.contract.clauses} clauses, "
            f"{reference.contract.name} {reference.contract.version} has "
            f"{reference.contract.clauses}, and ids or values differ; run both with one contract"
        )
    return str(reference.contract.digest)


def _tokens(report: Report) -> str | None:
    """What a side asks of credentials: nothing, that there is one, or the right one."""
    fidelity = report.fidelity
    return fidelity.facts.tokens if fidelity is not UNSET else None


def _known(
    clauses: Iterable[ComparedClause], baseline: Comparison | None
) -> Iterable[ComparedClause]:
    """The clauses, with what differed in the baseline alike."""
    before = {(c.id, c.effect) for c in baseline.differences} if baseline is not None else set()
    return (replace(one, known=one.differs and (one.id, one.effect) in before) for one in clauses)


def _levels(clauses: Iterable[ComparedClause]) -> Iterable[LevelShare]:
    """By level, of how many clauses both sides do the same; of breadth, show the same."""
    same: Counter[str] = Counter()
    both: Counter[str] = Counter()
    for clause in clauses:
        theirs = clause.reference
        if clause.level == "shape" and theirs is not None and theirs.verdict in JUDGED:
            both["breadth"] += 1
            same["breadth"] += clause.mock is not None and clause.mock.verdict in JUDGED
        if clause.is_compared and not clause.soft:
            both[clause.level] += 1
            same[clause.level] += not clause.differs or clause.known
    return (
        LevelShare(level, same[level], both[level])
        for level in LEVELS
        if level in OF_CLAUSES or both[level]
    )


def _counts(clauses: Iterable[ComparedClause]) -> tuple[int, int]:
    """How many clauses at least one side was judged by, and how many both were."""
    judged = both = 0
    for clause in clauses:
        seen = (clause.mock, clause.reference)
        judged += any(one is not None and one.verdict in JUDGED for one in seen)
        both += clause.is_compared
    return judged, both


def _summary(clauses: Iterable[ComparedClause]) -> dict[str, int]:
    counts: Counter[str] = Counter(clause.kept_by or "not compared" for clause in clauses)
    return {name: counts[name] for name in (*KEPT_BY, "not compared")}


def _reasons(clauses: Iterable[ComparedClause]) -> Iterable[NotCompared]:
    counts = Counter(c.why for c in clauses if c.why is not None and not c.is_compared)
    return (NotCompared(reason, count) for reason, count in counts.most_common())


def _side(given: Given, now: datetime) -> ComparedSide:
    report = given.report
    began = datetime.fromisoformat(report.run.started)
    began = began if began.tzinfo is not None else began.replace(tzinfo=UTC)
    live = given.asker is not None and report.created is not UNSET
    made = report.created.left_over if live and report.created is not UNSET else ()
    return ComparedSide(
        given.name,
        given.asker is not None,
        report.target.base_url,
        report.run.started,
        max(0, (now - began).days),
        report.run.requests,
        report.run.complete,
        report.run.seed,
        given.path,
        (*made, *(given.asker.left_over if given.asker is not None else ())),
    )
