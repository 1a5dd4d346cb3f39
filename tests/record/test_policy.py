"""What fails a run."""

from __future__ import annotations

from datetime import date

import pytest

from clausewise.pack.waivers import Waiver
from clausewise.record.policy import Baseline, Policy

WAIVER = Waiver("a:status", ("violated",), "known", "Ada", date(2026, 12, 31))


@pytest.mark.parametrize(
    ("clause", "verdict", "soft", "fails"),
    [
        ("b:status", "violated", False, True),
        ("b:status", "lenient", False, True),
        ("b:status", "violated", True, False),
        ("b:status", "upheld", False, False),
        ("b:status", "inconclusive", False, False),
        ("a:status", "violated", False, False),
        # The waiver is about another verdict.
        ("a:status", "strict", False, True),
    ],
)
def test_what_fails_a_run(clause: str, verdict: str, soft: bool, fails: bool) -> None:
    """A verdict of those that fail, unless it only warns or is waived as that very verdict."""
    policy = Policy(waivers=(WAIVER,), today=date(2026, 12, 31))

    assert policy.fails(clause, verdict, soft) is fails


def test_a_waiver_has_an_end() -> None:
    """The day after its last one it excuses nothing, and is told as expired."""
    policy = Policy(waivers=(WAIVER,), today=date(2027, 1, 1))

    assert policy.fails("a:status", "violated")
    assert policy.waiver("a:status", "violated") == (None, WAIVER)


@pytest.mark.parametrize(
    ("fails", "judged", "share", "code"),
    [
        (True, 0, 0.0, 1),
        (True, 9, 0.1, 1),
        (False, 9, 0.1, 5),
        (False, 9, 0.25, 0),
        (False, 9, None, 0),
        (False, 0, None, 5),
        (False, 0, 1.0, 5),
    ],
)
def test_exit_codes(fails: bool, judged: int, share: float | None, code: int) -> None:
    """Findings win; then nothing, or less than is wanted, was judged; then all is well."""
    assert Policy(min_judged=25).exit_code(fails, judged, share, once=False, gone=False) == code


def test_what_was_seen_once_is_not_green() -> None:
    """What may be a finding and was not asked again keeps a run from 0; a finding still wins."""
    assert Policy().exit_code(False, 9, 1.0, once=True, gone=False) == 5
    assert Policy().exit_code(True, 9, 1.0, once=True, gone=False) == 1


def test_enough_may_be_nothing() -> None:
    """With 0 percent, one judged clause is enough."""
    assert Policy(min_judged=0).exit_code(False, 1, 0.001, once=False, gone=False) == 0


def test_what_a_baseline_had_found_is_no_finding() -> None:
    """The verdict of the baseline is known; another one on the same clause is new."""
    policy = Policy(baseline=Baseline(frozenset({("a:status", "lenient")}), "2026-10-03T08:12:01Z"))

    assert not policy.fails("a:status", "lenient")
    assert policy.fails("a:status", "violated")
    assert policy.fails("b:status", "lenient")
