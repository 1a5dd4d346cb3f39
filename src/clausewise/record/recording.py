"""From a ledger to the record of a run: the one way, for a run at its end and for a journal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec import UNSET, Struct

from clausewise.contract import Clause, Contract
from clausewise.contract.source import Source
from clausewise.record.counts import Counts
from clausewise.record.ledger import Ledger
from clausewise.record.made import Creations
from clausewise.record.record import (
    MOST_EXCHANGES,
    Facts,
    JudgedClause,
    Proof,
    PutOff,
    Record,
    RecordedExchange,
    RecordedLink,
    WrittenAt,
)
from clausewise.record.sources import sources_of
from clausewise.record.verdicts import NOT_SELECTED, Ruling, rule_on
from clausewise.secrets.masking import Mask


class Ending(Struct, frozen=True):
    """How a run came to its end; `put_off` is None where nobody knows it."""

    seconds: float
    requests: int
    put_off: PutOff | None
    complete: bool
    stopped_because: str | None
    made: Creations
    links: tuple[RecordedLink, ...] = ()


def clauses_about(contract: Contract, operations: Iterable[str], ledger: Ledger) -> list[Clause]:
    """The clauses a run is about, in document order.

    They are those of the planned `operations`, and of others that were asked on the way; and those
    of which it is known why nothing is known.
    """
    asked = {entry.case.operation for entry in ledger.entries} | set(operations)
    return [
        clause
        for clause in contract.clauses.values()
        if clause.operation in asked or clause.id in ledger.hindered
    ]


def rulings_of(
    clauses: Iterable[Clause],
    ledger: Ledger,
    leaned: dict[str, int],
    unplanned: Mapping[str, str],
    stopped_because: str | None,
    selected: Collection[str] | None,
) -> dict[str, Ruling]:
    """The verdict on each of these clauses, by id; `selected` are those to judge, None for all."""
    clauses = list(clauses)
    reasons = dict(unplanned)
    if stopped_because:
        for clause in clauses:
            reasons.setdefault(clause.id, f"not reached: {stopped_because}")
    rulings = rule_on(clauses, ledger, leaned, reasons)
    if selected is not None:
        # What was seen of other clauses on the way is no full judgement of them.
        for name in rulings.keys() - set(selected):
            rulings[name] = Ruling(rulings[name].clause, "unexercised", NOT_SELECTED)
    return rulings


def make_record(
    facts: Facts,
    ending: Ending,
    rulings: Iterable[Ruling],
    counts: Counts,
    *,
    ids: Iterable[int],
    show: Callable[[int], RecordedExchange],
    mask: Mask,
    texts: Mapping[str, str] | None = None,
) -> Record:
    """Put a record together. `ids` are the exchanges that there are, `show` gives one of them.

    `texts` are the documents of the contract; without them none is kept, as nobody knows any more
    what in them is secret.

    Kept are the first exchanges of a run, all that evidence names, and what those rest on.
    """
    clauses = tuple(judged_clause(ruling, mask) for ruling in rulings)
    named = {proof.exchange for clause in clauses for proof in clause.evidence}
    named |= {note.exchange for note in counts.notes}
    named |= {number for link in ending.links for number in link.exchanges}
    kept: dict[int, RecordedExchange] = {}
    there = sorted(ids)
    for number in there:
        if number <= MOST_EXCHANGES or number in named:
            kept[number] = show(number)
    rests_on = {number for one in named & kept.keys() for number in kept[one].after}
    for number in sorted(rests_on & set(there) - kept.keys()):
        kept[number] = show(number)
    return Record(
        facts,
        ending.seconds,
        ending.requests,
        ending.put_off,
        ending.complete,
        mask.text(ending.stopped_because) if ending.stopped_because is not None else None,
        clauses,
        counts.undocumented(mask),
        counts.cases,
        counts.notes,
        ending.made,
        ending.links,
        tuple(kept[number] for number in sorted(kept)),
        sources_of(clauses, texts or {}, mask),
    )


def judged_clause(ruling: Ruling, mask: Mask) -> JudgedClause:
    """One clause with its verdict, masked."""
    clause = ruling.clause
    evidence = []
    for item in ruling.evidence:
        proof = {}
        if item.note is not None and item.note not in ruling.message:
            proof["note"] = mask.text(item.note)
        if item.value is not None:
            proof["value"] = mask.value(item.value)
        evidence.append(Proof(item.exchange, **proof))
    return JudgedClause(
        id=clause.id,
        operation=clause.operation,
        part=clause.part,
        group=clause.group,
        pointer=clause.pointer,
        keyword=clause.keyword,
        promise=clause.promise,
        documented=clause.documented,
        verdict=ruling.verdict,
        message=mask.text(ruling.message),
        soft=ruling.soft,
        soft_because=ruling.soft_because,
        source=_written_at(clause.source),
        exercised=ruling.exercised,
        waived=None,
        evidence=tuple(evidence),
        level=clause.level,
    )


def _written_at(source: Source | None) -> WrittenAt | None:
    if source is None:
        return None
    return WrittenAt(source.file, source.line, source.column or UNSET)
