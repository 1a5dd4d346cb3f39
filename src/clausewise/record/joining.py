"""One record of several that are parts of one run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from clausewise.record.made import Creations
from clausewise.record.record import (
    CaseResult,
    JudgedClause,
    NotedKind,
    PutOff,
    Record,
    RecordedLink,
    Undocumented,
)
from clausewise.record.verdicts import NOT_SELECTED

# What was seen in one part is seen in the whole, and what one part doubts the whole does.
_WEIGHT = {
    name: weight
    for weight, name in enumerate(
        ("unexercised", "upheld", "inconclusive", "strict", "lenient", "violated"), 1
    )
}


def joined_records(records: Sequence[Record]) -> Record:
    """One record of several that are parts of one run; exchanges get new numbers where they clash.

    There has to be one at least.
    """
    whole = records[0]
    for part in records[1:]:
        whole = _added(whole, part, max((one.id for one in whole.exchanges), default=0))
    return whole


def _added(one: Record, other: Record, offset: int) -> Record:
    made = Creations(
        one.made.started + other.made.started,
        one.made.undone + other.made.undone,
        one.made.left_over + other.made.left_over,
        one.made.to_undo + other.made.to_undo,
    )
    put_off = None
    if one.put_off is not None and other.put_off is not None:
        put_off = PutOff(
            one.put_off.times + other.put_off.times,
            round(one.put_off.seconds + other.put_off.seconds, 3),
        )
    return Record(
        replace(
            one.facts,
            started=min(one.facts.started, other.facts.started),
            planned=one.facts.planned + other.facts.planned,
        ),
        round(one.seconds + other.seconds, 3),
        one.requests + other.requests,
        put_off,
        one.complete and other.complete,
        one.stopped_because or other.stopped_because,
        _clauses(one.clauses, (_renumbered(clause, offset) for clause in other.clauses)),
        _undocumented(one.undocumented + other.undocumented),
        _cases(one.cases + other.cases),
        _notes(one.notes + tuple(replace(n, exchange=n.exchange + offset) for n in other.notes)),
        made,
        one.links + tuple(_of_link(link, offset) for link in other.links),
        one.exchanges
        + tuple(
            replace(e, id=e.id + offset, after=tuple(number + offset for number in e.after))
            for e in other.exchanges
        ),
        one.sources or other.sources,
    )


def _clauses(
    ours: Iterable[JudgedClause], others: Iterable[JudgedClause]
) -> tuple[JudgedClause, ...]:
    """Every clause once; of two verdicts on one, the one that says more."""
    known = {clause.id: clause for clause in ours}
    for clause in others:
        mine = known.get(clause.id)
        if mine is None or _weight(clause) > _weight(mine):
            known[clause.id] = clause
    return tuple(known.values())


def _weight(clause: JudgedClause) -> tuple[int, bool]:
    """How much a verdict says; a hard one more than one that warns."""
    weight = _WEIGHT[clause.verdict]
    if clause.message == NOT_SELECTED:
        weight = 0
    elif clause.verdict == "inconclusive" and not clause.evidence:
        weight = 1  # it was not reached, and elsewhere it may have been
    return weight, not clause.soft


def _undocumented(listed: Iterable[Undocumented]) -> tuple[Undocumented, ...]:
    seen: dict[tuple[str, str, str], int] = {}
    for one in listed:
        key = (one.operation, one.part, one.pointer)
        seen[key] = seen.get(key, 0) + one.seen
    return tuple(Undocumented(*key, count) for key, count in seen.items())


def _cases(listed: Iterable[CaseResult]) -> tuple[CaseResult, ...]:
    """Every case once: how often it was sent, and whether that was always answered alike."""
    found: dict[str, CaseResult] = {}
    for one in listed:
        known = found.get(one.id)
        if known is not None:
            same = (known.outcome, known.status) == (one.outcome, one.status)
            alike = known.alike is not False and one.alike is not False and same
            one = one._replace(times=known.times + one.times, alike=alike)
        found[one.id] = one
    return tuple(found[name] for name in sorted(found))


def _notes(listed: Iterable[NotedKind]) -> tuple[NotedKind, ...]:
    found: dict[str, NotedKind] = {}
    for one in listed:
        known = found.get(one.kind)
        if known is not None:
            operations = tuple(dict.fromkeys((*known.operations, *one.operations)))
            one = replace(known, operations=operations, count=known.count + one.count)
        found[one.kind] = one
    return tuple(found.values())


def _of_link(link: RecordedLink, offset: int) -> RecordedLink:
    return msgspec.structs.replace(link, exchanges=tuple(n + offset for n in link.exchanges))


def _renumbered(clause: JudgedClause, offset: int) -> JudgedClause:
    evidence = tuple(replace(e, exchange=e.exchange + offset) for e in clause.evidence)
    return replace(clause, evidence=evidence)
