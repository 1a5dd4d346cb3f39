"""What the HTML report shows, as JSON values: a table of clauses, groups of findings, exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from clausewise.record.policy import DEVIATIONS
from clausewise.record.verdicts import VERDICTS

from . import findings as counts
from .consequences import consequences
from .fidelity import counted_at, grade_of
from .showing import duration, value_text
from .telling import repeating, told_causes

if TYPE_CHECKING:
    from clausewise.record.bodies import RecordedBody
    from clausewise.record.record import JudgedClause, RecordedExchange

    from .report import Report

# A page stays quick to open and to send around: beyond so many characters an exchange is told
# without its messages, which conformance.json has.
_MOST_OF_EXCHANGES = 8_000_000
_MOST_REASONS = 20
_MOST_VALUES = 3
_MOST_OTHERS = 10
_COLUMNS = (
    "id", "operation", "part", "pointer", "keyword", "promise", "documented", "verdict", "state",
    "message", "softBecause", "source", "exercised", "waived", "exchange", "values", "notes",
    "others", "repeat", "level",
)  # fmt: skip


def page_data(report: Report) -> dict[str, Any]:
    """All that the page's script shows, as JSON values; the exchanges are bounded in size."""
    exchanges = counts.exchanges_by_id(report)
    rows = [_row(clause, report, exchanges) for clause in report.clauses]
    at = {clause.id: number for number, clause in enumerate(report.clauses)}
    return {
        "verdicts": VERDICTS,
        "glance": _glance(report),
        "facts": _facts(report),
        "share": counts.share(report),
        "judged": _judged(report),
        "fidelity": _fidelity(report),
        "columns": _COLUMNS,
        "clauses": rows,
        "findings": _folded(report, report.findings, at),
        "warnings": _folded(report, counts.warnings(report), at),
        "accepted": _folded(report, [*counts.waived(report), *counts.known(report)], at),
        "consequences": _consequences(report, at),
        "gates": counts.gates(report),
        "unneeded": counts.unneeded(report),
        "unread": _unread(report),
        "reasons": counts.reasons(report, _MOST_REASONS),
        "notes": msgspec.to_builtins(_known(report.notes) or ()),
        "undocumented": msgspec.to_builtins(report.undocumented),
        "links": msgspec.to_builtins(_known(report.links) or ()),
        "leftOver": report.created.left_over if report.created is not UNSET else (),
        "sources": msgspec.to_builtins(_known(report.sources) or ()),
        "exchanges": list(_exchanges(report, exchanges)),
    }


def _known(value: Any) -> Any:
    return None if value is UNSET else value


def _unread(report: Report) -> list[str]:
    """The operations of which nothing is known, and why."""
    return [*counts.unread(report), *(f"{o}: {why}" for o, why in counts.not_asked(report))]


def _judged(report: Report) -> Any:
    if report.judged is UNSET:
        return None
    known = report.judged
    return {"asked": known.asked, "judged": known.judged, "byOperation": known.by_operation}


def _glance(report: Report) -> list[tuple[str, str]]:
    """What stands below the headline, by name, in plain text."""
    run = report.run
    facts = [
        ("Started", run.started[:19].replace("T", " ")),
        ("Requests", f"{run.requests:,} ({run.planned:,} planned) in {duration(run.seconds)}"),
        ("Patience", counts.patience(report)),
        ("Detection", counts.detection(report)),
    ]
    return [(name, text) for name, text in facts if text]


def _facts(report: Report) -> list[tuple[str, str]]:
    """What else is known of the run, by name, in plain text."""
    run, target = report.run, report.target
    facts = [
        ("Target", target.base_url or "in this process"),
        ("Contract", f"{report.contract.name} {report.contract.version}".strip()),
        ("Pack", report.contract.pack),
        ("Clauses", f"{report.contract.clauses:,} in the contract"),
        ("Seed", str(run.seed)),
        ("Fails on", ", ".join(run.fail_on) or "nothing"),
        ("Exit code", str(run.exit_code)),
    ]
    if run.baseline is not UNSET:
        facts.append(("Baseline", f"the run of {run.baseline.started}"))
    if report.created is not UNSET:
        made = report.created
        facts.append(("Created", f"{made.started}, of which {made.undone} undone"))
    facts.append(("Tool", f"{report.tool.name} {report.tool.version}"))
    return facts


def _row(
    clause: JudgedClause, report: Report, exchanges: Mapping[int, RecordedExchange]
) -> list[Any]:
    """One clause, in the order of the columns."""
    deciding = counts.deciding(clause, exchanges)
    cited = [item for item in clause.evidence if deciding and item.exchange == deciding.id]
    others = {item.exchange for item in clause.evidence} - {item.exchange for item in cited}
    values = [item.value for item in cited if item.value is not UNSET]
    return [
        clause.id,
        clause.operation,
        clause.part,
        clause.pointer,
        clause.keyword,
        clause.promise,
        clause.documented,
        clause.verdict,
        _state(clause, report),
        clause.message if clause.verdict != "upheld" else "",
        clause.soft_because if clause.soft else None,
        _place(clause),
        clause.exercised,
        msgspec.to_builtins(clause.waived),
        deciding.id if deciding else None,
        [value_text(value) for value in values[:_MOST_VALUES]],
        [item.note for item in cited if item.note],
        sorted(others & exchanges.keys())[:_MOST_OTHERS],
        _replay(clause, report, deciding),
        counted_at(clause),
    ]


def _replay(clause: JudgedClause, report: Report, deciding: RecordedExchange | None) -> str | None:
    """The command that shows a deviation again, where a `curl` line alone does not."""
    if deciding is None or clause.verdict not in DEVIATIONS:
        return None
    again = repeating(report, clause, deciding)
    return again.line if again is not None and again.line != deciding.curl else None


def _place(clause: JudgedClause) -> tuple[str, int, int | None] | None:
    source = clause.source
    return (source.file, source.line, _known(source.column)) if source else None


def _state(clause: JudgedClause, report: Report) -> str | None:
    if counts.is_finding(clause, report):
        return "finding"
    return "waived" if clause.waived else "known" if clause.known is True else None


def _folded(report: Report, some: Sequence[JudgedClause], at: Mapping[str, int]) -> list[Any]:
    """Clauses that deviate, folded by the causes behind them, in the order of causes."""
    return [
        {
            "title": told.root.title,
            "said": told.said or told.root.said,
            "clauses": [at[clause.id] for clause in told.clauses],
        }
        for told in told_causes(report, some)
    ]


def _consequences(report: Report, at: Mapping[str, int]) -> list[Any]:
    """What tests on the target get wrong."""
    return [
        {
            "kind": one.kind,
            "sentence": one.sentence,
            "clause": at[one.clauses[0]],
            "exchange": one.exchange,
        }
        for one in consequences(report)
    ]


def _fidelity(report: Report) -> dict[str, Any] | None:
    """How far the target can stand for the real thing: the grade in words, and the levels."""
    if report.fidelity is UNSET:
        return None
    known = report.fidelity
    return {
        "kind": known.kind,
        "grade": known.grade,
        "words": grade_of(known).removeprefix(f"grade {known.grade}, "),
        "levels": [
            {
                "level": count.level,
                "kept": count.kept,
                "judged": count.judged,
                "all": count.all,
                "percent": count.percent,
            }
            for count in known.levels
            if count.all
        ],
    }


def _exchanges(report: Report, by_id: Mapping[int, RecordedExchange]) -> Iterator[dict[str, Any]]:
    """The exchanges in their order; those that findings rest on are told in full before others."""
    room = _MOST_OF_EXCHANGES
    in_full: dict[int, dict[str, Any]] = {}
    for number in _wanted(report, by_id):
        exchange = by_id[number]
        size = _size(exchange)
        if size > room:
            continue
        room -= size
        in_full[number] = _messages(exchange, by_id)
    for exchange in report.exchanges:
        reply = exchange.response
        yield {
            "id": exchange.id,
            "operation": exchange.operation,
            "case": exchange.case,
            "expect": exchange.expect,
            "outcome": exchange.outcome,
            "method": exchange.request.method,
            "url": exchange.request.url,
            "status": reply.status if reply else None,
            "failure": exchange.failure,
            **in_full.get(exchange.id, {}),
        }


def _wanted(report: Report, by_id: Mapping[int, RecordedExchange]) -> list[int]:
    """The ids of exchanges, those first that most depends on."""

    def cited(clauses: Iterable[JudgedClause]) -> Iterator[int]:
        return (item.exchange for clause in clauses for item in clause.evidence[:1])

    deviating = report.findings + counts.warnings(report)
    others = (clause for clause in report.clauses if clause.verdict != "upheld")
    ids = dict.fromkeys([*cited(deviating), *cited(others), *cited(report.clauses), *by_id])
    return [number for number in ids if number in by_id]


def _size(exchange: RecordedExchange) -> int:
    """About how many characters an exchange takes."""
    size = len(exchange.curl)
    for message in (exchange.request, exchange.response):
        if message is not None:
            size += len(message.body.shown) if message.body else 0
            for name, value in message.headers:
                size += len(name) + len(value) + 6
    return size


def _messages(exchange: RecordedExchange, by_id: Mapping[int, RecordedExchange]) -> dict[str, Any]:
    reply = exchange.response
    return {
        "curl": exchange.curl,
        "needs": counts.rests_on(exchange, by_id),
        "sent": {"headers": exchange.request.headers, "body": _body(exchange.request.body)},
        "received": {
            "reason": reply.reason,
            "headers": reply.headers,
            "body": _body(reply.body),
            "bytes": reply.bytes,
            "truncated": reply.truncated,
            "took": duration(reply.seconds),
        }
        if reply
        else None,
    }


def _body(body: RecordedBody | None) -> dict[str, Any] | None:
    if body is None or not body.shown:
        return None
    return {
        "text": body.shown,
        "binary": body.base64 is not UNSET,
        "cut": (body.cut.kept, body.cut.bytes) if body.cut else None,
        "masked": body.masked,
    }
