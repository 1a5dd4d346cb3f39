"""One report of several: shards of a run, nights, machines, recordings.

Reports are brought into an order of their own first, so the merged one is the same in whichever
order they were named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from clausewise.errors import UsageError
from clausewise.judging import MIN_JUDGED, traffic_report
from clausewise.pack import Pack
from clausewise.record.joining import joined_records
from clausewise.record.made import Creations
from clausewise.record.policy import JUDGED, Policy
from clausewise.record.record import Facts, Record, RecordedExchange
from clausewise.record.tally import Tally
from clausewise.report import Report, make_report
from clausewise.selftest.score import score_of


def merge(reports: Iterable[Report], pack: Pack) -> Report:
    """One report of several on one contract, that of a pack.

    A promise that was broken in one of them is broken; `history` says how often it was judged, and
    how. Recorded traffic is added up: two recordings with one exchange each may show together what
    neither does alone. Raises UsageError where reports are about other contracts.
    """
    ordered = sorted(reports, key=_digest)
    if not ordered:
        raise UsageError("there is nothing to merge")
    for report in ordered:
        _check(report, pack)
    if all(report.traffic is not UNSET for report in ordered):
        merged = _merged_traffic(ordered, pack)
    else:
        merged = _merged_runs(ordered, pack)
    return replace(merged, history=_history(ordered))


def _digest(report: Report) -> bytes:
    return blake2b(msgspec.json.encode(report, order="deterministic")).digest()


def _check(report: Report, pack: Pack) -> None:
    contract, digest = pack.contract, report.contract.digest
    if digest is not UNSET:
        same = digest == contract.clauses_digest
    else:
        same = all(clause.id in contract.clauses for clause in report.clauses)
    if not same:
        raise UsageError(
            f"a report on {report.contract.name} ({report.contract.pack}) is about other clauses "
            f"than {pack.origin} has: only reports on one contract merge"
        )


def _merged_runs(reports: Sequence[Report], pack: Pack) -> Report:
    first = reports[0]
    whole = joined_records([_record(report) for report in reports])
    named = sorted({str(report.target.base_url) for report in reports})
    target = first.target
    if len(named) > 1:
        target = replace(target, base_url=", ".join(named))
    least = max((r.run.min_judged for r in reports if r.run.min_judged is not UNSET), default=0)
    report = make_report(
        whole,
        contract=pack.contract,
        policy=Policy(first.run.fail_on, pack.waivers(whole.facts.profile), least),
        score=score_of(pack),
    )
    return replace(report, target=target)


def _record(report: Report) -> Record:
    """The run that a report is of, as far as it tells."""
    run = report.run

    def given(value: Any, otherwise: Any) -> Any:
        return otherwise if value is UNSET else value

    facts = Facts(
        pack=report.contract.pack,
        base_url=report.target.base_url,
        seed=run.seed,
        started=run.started,
        planned=run.planned,
        profile=given(run.profile, None),
        examples=given(run.examples, 0),
    )
    return Record(
        facts,
        run.seconds,
        run.requests,
        run.put_off,
        run.complete,
        run.stopped_because,
        # Waivers are those of today.
        tuple(replace(clause, waived=None) for clause in report.clauses),
        report.undocumented,
        given(report.cases, ()),
        given(report.notes, ()),
        given(report.created, Creations()),
        given(report.links, ()),
        report.exchanges,
        given(report.sources, ()),
    )


def _merged_traffic(reports: Sequence[Report], pack: Pack) -> Report:
    whole = Tally(pack.contract.clauses_digest)
    shown: dict[str, RecordedExchange] = {}
    for report in reports:
        traffic = report.traffic
        whole.merge(msgspec.convert(traffic["tally"], Tally))
        by_number = {exchange.id: exchange for exchange in report.exchanges}
        for digest, number in traffic["shown"].items():
            shown.setdefault(digest, by_number[number])
    names = sorted({str(report.target.base_url) for report in reports})
    seconds = sum(report.run.seconds for report in reports)
    policy = Policy(reports[0].run.fail_on, pack.waivers(), MIN_JUDGED)
    return traffic_report(pack, whole, shown, ", ".join(names), seconds, policy)


def _history(reports: Sequence[Report]) -> dict[str, Any]:
    """Of every clause that several reports judged, how often with which verdict.

    `flaky` is the share of these that were not always judged alike.
    """
    clauses: dict[str, dict[str, int]] = {}
    for report in reports:
        for clause in report.clauses:
            if clause.verdict in JUDGED:
                counts = clauses.setdefault(clause.id, {})
                counts[clause.verdict] = counts.get(clause.verdict, 0) + 1
    often = {
        name: dict(sorted(counts.items()))
        for name, counts in sorted(clauses.items())
        if sum(counts.values()) > 1
    }
    varied = sum(len(counts) > 1 for counts in often.values())
    return {
        "reports": len(reports),
        "flaky": round(varied / len(often), 4) if often else 0,
        "clauses": {name: counts for name, counts in often.items() if len(counts) > 1},
        "steady": len(often) - varied,
    }
