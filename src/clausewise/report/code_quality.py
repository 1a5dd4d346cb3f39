"""Deviations as a GitLab Code Quality report: each at the line that promises otherwise.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from . import findings as counts
from .sarif import place_of
from .showing import one_line

if TYPE_CHECKING:
    from clausewise.record.record import JudgedClause

    from .report import Report

_SEVERITIES = {"violated": "critical", "lenient": "major", "strict": "major"}
_OF_A_WARNING = "minor"
_LONGEST_TEXT = 1_000


def code_quality_of(report: Report) -> list[dict[str, Any]]:
    """Return findings, and what only warns, as the issues of a Code Quality report.

    What was waived or is known is none. The fingerprint stays the same as long as clause and
    verdict do, wherever the promise moves to in its file.
    """
    pack = report.contract.pack
    found, soft = report.findings, counts.warnings(report)
    issues = [_issue(clause, _SEVERITIES.get(clause.verdict, "major"), pack) for clause in found]
    return issues + [_issue(clause, _OF_A_WARNING, pack) for clause in soft]


def _issue(clause: JudgedClause, severity: str, pack: str) -> dict[str, Any]:
    file, line = place_of(clause, pack)
    text = f"{clause.verdict}: {clause.message} (promised: {clause.promise})"
    name = f"{clause.id}\n{clause.verdict}".encode("utf-8", "surrogatepass")
    return {
        "description": one_line(text, _LONGEST_TEXT),
        "check_name": one_line(clause.id),
        "fingerprint": hashlib.blake2b(name, digest_size=16).hexdigest(),
        "severity": severity,
        "location": {"path": one_line(file), "lines": {"begin": line}},
    }
