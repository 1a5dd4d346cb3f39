"""Two reports held against each other: who keeps what, what is left out, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from clausewise import UsageError
from clausewise.comparing import Comparison
from clausewise.comparing.comparison import problems_of
from clausewise.record.record import CaseResult
from clausewise.report import Report

from .pairs import NOW, compared, kept, ruled, with_cases

NAME = "start_recording"
CODEC = "request#/video_config/codec:enum"
ID = "200#/data/id:format"


@pytest.fixture(scope="module")
def report() -> Report:
    """A report of a copy that keeps the contract, on one operation."""
    return kept((NAME,))


def _ruled(report: Report, place: str, verdict: str, **more: object) -> Report:
    return ruled(report, **{place: {"verdict": verdict, "message": "as it was seen", **more}})


@pytest.mark.parametrize(
    ("place", "mock", "reference", "kept_by", "effect"),
    [
        (CODEC, "upheld", "upheld", "both", None),
        (CODEC, "lenient", "upheld", "the reference alone", "pass wrongly"),
        (CODEC, "upheld", "lenient", "the mock alone", "fail wrongly"),
        (CODEC, "strict", "upheld", "the reference alone", "fail wrongly"),
        (CODEC, "upheld", "strict", "the mock alone", "pass wrongly"),
        (CODEC, "lenient", "lenient", "neither", None),
        (CODEC, "lenient", "strict", "neither", "pass wrongly"),
        (CODEC, "strict", "lenient", "neither", "fail wrongly"),
        (ID, "violated", "upheld", "the reference alone", "built on what never comes"),
        (ID, "upheld", "violated", "the mock alone", "pass wrongly"),
        (ID, "violated", "violated", "neither", None),
        (CODEC, "inconclusive", "upheld", None, None),
        (CODEC, "lenient", "unexercised", None, None),
        (ID, "unexercised", "violated", None, None),
    ],
)
def test_who_keeps_a_clause(
    report: Report,
    place: str,
    mock: str,
    reference: str,
    kept_by: str | None,
    effect: str | None,
) -> None:
    """Verdicts by pair: what is nicer on the mock lets tests pass wrongly, and so on."""
    comparison = compared(_ruled(report, place, mock), _ruled(report, place, reference))
    clause = next(one for one in comparison.clauses if one.id == f"{NAME}:{place}")

    assert (clause.kept_by, clause.effect) == (kept_by, effect)
    assert [one.id for one in comparison.differences] == ([clause.id] if effect else [])
    assert comparison.exit_code == bool(effect)
    assert (clause in comparison.wrong_in_the_document) is (kept_by == "neither" and not effect)
    assert (clause.why is None) is (kept_by is not None)


@pytest.mark.parametrize(
    "reason",
    [
        "no reply of this run had that status, member or alternative",
        "no recorded reply had that status, member or alternative",
    ],
)
def test_what_the_other_side_never_shows(report: Report, reason: str) -> None:
    """A breach of what the other side never came to show is a difference, and why is said."""
    never = {"verdict": "unexercised", "message": reason}
    broken = _ruled(report, ID, "violated")
    silent = ruled(report, **{ID: never})

    built = compared(broken, silent).differences
    nicer = compared(silent, broken).breaks_in_production
    assert [one.effect for one in built] == ["built on what never comes"]
    assert [one.why for one in nicer] == [f"mock: {reason}"]


def test_what_warns_only_fails_nothing(report: Report) -> None:
    """A soft deviation is told and counted as a warning; the comparison ends with 0."""
    soft = _ruled(report, CODEC, "lenient", soft=True, soft_because="a coercion")
    comparison = compared(soft, report)

    assert [clause.soft for clause in comparison.differences] == [True]
    assert comparison.exit_code == 0


def test_two_contracts_never_compare(report: Report) -> None:
    """Other clause ids or values: an error that names both contracts; so is an old report."""
    other = replace(report, contract=replace(report.contract, digest="0" * 32, version="2"))
    with pytest.raises(UsageError, match="different contracts") as raised:
        compared(report, other)
    assert " 2 has " in str(raised.value)

    from msgspec import UNSET

    old = replace(report, contract=replace(report.contract, digest=UNSET))
    with pytest.raises(UsageError, match="older version"):
        compared(old, report)


def test_the_age_of_a_stored_report_is_said(report: Report) -> None:
    """Days since the reference was asked; a report of today is of today."""
    started = (NOW - timedelta(days=12, hours=1)).isoformat(timespec="seconds")
    old = replace(report, run=replace(report.run, started=started))
    comparison = compared(report, old, now=NOW)

    from clausewise.comparing.words import side

    assert comparison.reference.days == 12
    assert side("the reference", comparison.reference) == (
        "the reference: real.json, a report 12 days old (2026-11-14), not asked again"
    )


def test_too_little_compared_ends_with_5(report: Report) -> None:
    """Where the sides show less than a quarter of it both, no difference means nothing."""
    silent = replace(
        report, clauses=tuple(replace(one, verdict="inconclusive") for one in report.clauses)
    )
    some = replace(report, clauses=silent.clauses[:-20] + report.clauses[-20:])
    assert compared(silent, report).exit_code == 5
    assert compared(some, report).exit_code == 5
    assert compared(_ruled(some, report.clauses[-1].id.partition(":")[2], "violated"), report)


def test_levels_decide_where_they_are_given(report: Report) -> None:
    """With --min, a level that reaches its percentage lets differences pass; another fails."""
    broken = _ruled(report, CODEC, "lenient")
    share = compared(broken, report).level("leniency")

    assert share.same == share.compared - 1
    assert share.percent is not None
    assert compared(broken, report, least={"leniency": share.percent}).exit_code == 0
    assert compared(broken, report, least={"leniency": share.percent + 1}).exit_code == 1
    assert compared(broken, report, least={"shape": 100}).exit_code == 0
    assert compared(report, report, least={"auth": "value"}).exit_code == 0
    # Nobody was ever asked for state: that is no green.
    gone = replace(report, clauses=tuple(c for c in report.clauses if ":rule:" not in c.id))
    assert compared(gone, gone, least={"state": 50}).exit_code == 5


def test_a_baseline_is_a_ratchet(report: Report, tmp_path: Path) -> None:
    """What differed before is known and fails nothing; the same clause otherwise does."""
    broken = _ruled(report, CODEC, "lenient")
    compared(broken, report).write(tmp_path)
    before = Comparison.load(tmp_path / "comparison.json")
    again = compared(broken, report, baseline=before, baseline_name="comparison.json")
    worse = _ruled(broken, "request#/max_seconds:maximum", "lenient")
    other = _ruled(report, CODEC, "strict")

    assert again.exit_code == 0
    assert [clause.known for clause in again.differences] == [True]
    assert compared(worse, report, baseline=before).exit_code == 1
    assert compared(other, report, baseline=before).exit_code == 1


def test_requests_are_compared_by_kind(report: Report) -> None:
    """Another status of the same outcome is told aside; what varies on one side is left out."""
    name, varying, conflict, changed = (f"{NAME}/{n:03d}" for n in (60, 61, 62, 63))

    def case(name: str, outcome: str, status: int, alike: bool | None = None) -> CaseResult:
        return CaseResult(name, "refused", outcome, status, 1, alike)

    mock = with_cases(
        report,
        case(name, "refused", 422),
        case(varying, "accepted", 200, False),
        case(conflict, "conflict", 409),
        case(changed, "accepted", 200),
    )
    cases = compared(mock, report).cases

    assert [(one.id, one.mock, one.reference) for one in cases.differing] == [
        (changed, "accepted", "refused")
    ]
    assert cases.varying_on_mock == (varying,)
    assert cases.not_about_the_request == 1
    assert (422, 400, 1) in cases.other_status
    assert compared(mock, report).exit_code == 0


def test_requests_of_another_plan_are_not_compared(report: Report) -> None:
    """Another seed or size of the search gives the names of cases another meaning."""
    other = replace(report, run=replace(report.run, examples=3))
    cases = compared(other, report).cases

    assert cases.compared == 0
    assert cases.why_not == "the requests were not the same: --examples was 3 and 0"


def test_a_breach_that_comes_and_goes_is_left_out(report: Report) -> None:
    """A reply that was not alike when it was asked twice: no difference of the two sides."""
    exchange = next(e for e in report.exchanges if e.outcome == "accepted")
    name = exchange.case.partition(": ")[0]
    from clausewise.record.record import Proof

    broken = _ruled(report, ID, "violated", evidence=(Proof(exchange.id),))
    chance = with_cases(broken, CaseResult(name, "accepted", "accepted", 200, 2, False))
    (left,) = [c for c in compared(chance, report).clauses if c.id == f"{NAME}:{ID}"]

    assert [one.id for one in compared(broken, report).differences] == [f"{NAME}:{ID}"]
    assert (left.kept_by, left.effect) == (None, None)
    assert left.why == "the mock: the replies to one request vary"


def test_a_comparison_goes_to_json_and_back(report: Report, tmp_path: Path) -> None:
    """It keeps its schema, and is the same when it is read again; what is none is refused."""
    comparison = compared(_ruled(report, CODEC, "lenient"), report, least={"leniency": 20})
    comparison.write(tmp_path)
    assert problems_of(comparison.as_json()) == []
    assert Comparison.load(tmp_path / "comparison.json") == comparison

    (tmp_path / "odd.json").write_text('{"schema_version": 1}', "utf-8")
    with pytest.raises(UsageError, match="not a comparison"):
        Comparison.load(tmp_path / "odd.json")
    with pytest.raises(UsageError, match="cannot be read"):
        Comparison.load(tmp_path / "none.json")
