"""One record of several that are parts of one run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec

from clausewise.record.made import Creations
from clausewise.record.record import JudgedClause, PutOff, Record, RecordedLink

_WEIGHT = {
    name: weight
    for weight, name in enumerate(
        ("unexercised", "inconclusive", "upheld", "strict", "lenient", "violated")
    )
}


def joined(records: Sequence[Record]) -> Record:
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
        one.undocumented + other.undocumented,
        one.cases + other.cases,
        one.notes + tuple(replace(n, exchange=n.exchange + offset) for n in other.notes),
        made,
        one.links + tuple(_of_link(link, offset) for link in other.links),
        one.exchanges
        + tuple(
            replace(e, id=e.id + offset, after=tuple(number + offset for number in e.after))
            for e in other.exchanges
        ),
    )


def _clauses(
    ours: Iterable[JudgedClause], others: Iterable[JudgedClause]
) -> tuple[JudgedClause, ...]:
    """Every clause once; of two verdicts on one, the one that says more."""
    known = {clause.id: clause for clause in ours}
    for clause in others:
        mine = known.get(clause.id)
        if mine is None or _WEIGHT[clause.verdict] > _WEIGHT[mine.verdict]:
            known[clause.id] = clause
    return tuple(known.values())


def _of_link(link: RecordedLink, offset: int) -> RecordedLink:
    return msgspec.structs.replace(link, exchanges=tuple(n + offset for n in link.exchanges))


def _renumbered(clause: JudgedClause, offset: int) -> JudgedClause:
    evidence = tuple(replace(e, exchange=e.exchange + offset) for e in clause.evidence)
    return replace(clause, evidence=evidence)
