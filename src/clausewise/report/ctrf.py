"""The report as CTRF, the Common Test Report Format: a test a clause.

https://ctrf.io (schema/ctrf.schema.json of ctrf-io/ctrf)
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from . import findings as counts
from .showing import one_line, visible
from .telling import causes_by_clause, repeating

if TYPE_CHECKING:
    from clausewise.record.record import JudgedClause, RecordedExchange

    from .report import Report
    from .roots import Root

SPEC_VERSION = "0.0.0"
_STATUSES = ("passed", "failed", "skipped", "pending", "other")


def ctrf_of(report: Report) -> dict[str, Any]:
    """Return a report as a CTRF document.

    Findings failed, clauses without a verdict were skipped; what was waived, is known or only
    warns is ``other``. The cause and the line that repeats a finding stand in ``extra``.
    """
    exchanges = counts.exchanges_by_id(report)
    behind = causes_by_clause(report)
    tests = [
        _test(report, clause, counts.deciding(clause, exchanges), behind.get(clause.id))
        for clause in report.clauses
    ]
    counted = Counter(test["status"] for test in tests)
    run = report.run
    start = round(datetime.fromisoformat(run.started.upper()).timestamp() * 1000)
    extra: dict[str, Any] = {"requests": run.requests, "seed": run.seed, "exitCode": run.exit_code}
    if (known := report.fidelity) is not UNSET:
        extra["fidelity"] = {
            "kind": visible(known.kind) if known.kind is not None else None,
            "grade": known.grade,
            "levels": {
                count.level: [count.kept, count.judged, count.all] for count in known.levels
            },
        }
    return {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "generatedBy": f"{report.tool.name} {report.tool.version}",
        "results": {
            "tool": {"name": report.tool.name, "version": report.tool.version},
            "summary": {
                "tests": len(tests),
                **{status: counted[status] for status in _STATUSES},
                "start": start,
                "stop": start + round(run.seconds * 1000),
                "extra": extra,
            },
            "tests": tests,
            "environment": {
                "appName": one_line(report.contract.name),
                "appVersion": one_line(report.contract.version),
                "extra": {"target": report.target.base_url or report.target.kind},
            },
        },
    }


def _test(
    report: Report, clause: JudgedClause, exchange: RecordedExchange | None, root: Root | None
) -> dict[str, Any]:
    status = _status(report, clause)
    made: dict[str, Any] = {
        "name": one_line(clause.id),
        "status": status,
        "duration": 0,
        "rawStatus": clause.verdict,
        "suite": [one_line(clause.operation), clause.group],
        "type": "contract",
    }
    if clause.source is not None:
        made |= {"filePath": one_line(clause.source.file), "line": clause.source.line}
    if status != "passed":
        made["message"] = one_line(clause.message)
        extra: dict[str, Any] = {"promise": one_line(clause.promise)}
        if root is not None:
            extra |= {"root": root.id, "cause": one_line(root.title)}
        again = repeating(report, clause, exchange) if status == "failed" else None
        if again is not None:
            extra["repeat"] = one_line(again.line)
        made["extra"] = extra
    return made


def _status(report: Report, clause: JudgedClause) -> str:
    if counts.is_finding(clause, report):
        return "failed"
    if clause.verdict == "upheld":
        return "passed"
    return "skipped" if clause.verdict in ("inconclusive", "unexercised") else "other"
