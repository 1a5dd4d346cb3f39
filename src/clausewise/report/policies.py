"""What fails a run, from what its options say."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterable
from pathlib import Path

from clausewise.errors import UsageError
from clausewise.options import FAIL_ON, MIN_JUDGED, level_wanted
from clausewise.pack import Pack
from clausewise.record.policy import DEVIATIONS, Baseline, Policy


def policy_of(
    pack: Pack,
    *,
    profile: str | None = None,
    fail_on: tuple[str, ...] = FAIL_ON,
    min_judged: int = MIN_JUDGED,
    wanted: Iterable[str] = (),
    baseline: str | Path | None = None,
    waivers: str | Path | None = None,
) -> Policy:
    """The policy of a run; the parameters are the options of the same names.

    `wanted` are those of `--min`. Raises ContractError for a waiver that cannot be read, UsageError
    for a file or a level that is not there.
    """
    return Policy(
        fail_on,
        pack.waivers(profile, Path(waivers) if waivers is not None else None),
        min_judged,
        least=tuple(map(_least, wanted)),
        baseline=baseline_of(baseline) if baseline is not None else None,
    )


def baseline_of(path: str | Path) -> Baseline:
    """What a report had found, waived or not. Raises UsageError where it cannot be read."""
    # Imported here: a run begins with its policy, and needs no report before its end.
    from .report import Report

    report = Report.load(path)
    failing = {*DEVIATIONS, *report.run.fail_on}
    found = frozenset(
        (clause.id, str(clause.verdict))
        for clause in report.clauses
        if clause.verdict in failing and not clause.soft
    )
    return Baseline(found, report.run.started)


def _least(text: str) -> tuple[str, str]:
    """What a level has to reach. Raises UsageError."""
    try:
        level, _, value = level_wanted(text).partition("=")
    except ArgumentTypeError as error:
        raise UsageError(str(error)) from None
    return level, value
