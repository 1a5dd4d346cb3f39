"""What a run leaves out, for a report shows it already."""

from __future__ import annotations

from collections.abc import Iterator

from clausewise.contract import Contract


def shown_by(path: str, contract: Contract) -> Iterator[str]:
    """The clauses that a report shows as far as they can be, as words of `--exclude`.

    Raises UsageError.
    """
    from clausewise.record.policy import JUDGED
    from clausewise.report import Report

    clauses = Report.load(path).clauses
    answered = {(one.operation, one.part) for one in clauses if one.verdict in JUDGED}
    for one in clauses:
        # What replies of a status never had, more of them will not have either.
        never_had = one.part[:1].isdigit() and (one.operation, one.part) in answered
        if one.id in contract.clauses and (one.verdict in JUDGED or never_had):
            yield _word(one.id)


def _word(clause: str) -> str:
    """A word of `--exclude` that fits a clause and no other one."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in clause)
