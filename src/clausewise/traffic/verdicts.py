"""From a tally to a verdict per clause, and to the record of a recording.

A recording shows what clients happened to send. So `lenient` needs two exchanges that break that
clause alone, were accepted, and none that was refused; `strict` is never said. What answers always
alike, as a file of stubs, shows it in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from clausewise.contract import Clause, Contract
from clausewise.record.counts import Counts
from clausewise.record.made import Creations
from clausewise.record.record import Facts, Record, RecordedExchange, Undocumented
from clausewise.record.recording import Ending, make_record
from clausewise.record.tally import MOST_EVIDENCE, ClauseTally, Counted, Tally
from clausewise.record.verdicts import (
    NO_RECORDED_EXCHANGE,
    NO_RECORDED_REPLY,
    Evidence,
    Ruling,
)
from clausewise.secrets.masking import Mask
from clausewise.traffic.adding import UNKNOWN_MEMBER
from clausewise.traffic.converting import datetime_of

_OF_REQUESTS = ("request", "path", "query", "header", "cookie")
_ONLY_ONE = "accepted once though it breaks this; one exchange alone proves nothing"
_BOTH = "requests that break this only were accepted {accepted} times and refused {refused} times"
_NO_BASE = "refused when broken, but no lawful request of this operation was accepted beside it"
_AUTH = "recordings do not tell a credential that was left out from one that was not recorded"


def traffic_rulings(contract: Contract, tally: Tally) -> dict[str, Ruling]:
    """The verdict on every clause of the operations that a tally saw, by id."""
    numbers = {digest: number for number, digest in enumerate(sorted(tally.shown), 1)}
    return {
        clause.id: _ClauseJudge(clause, tally, numbers).ruling()
        for clause in contract.clauses.values()
    }


class _ClauseJudge:
    """Says the verdict on one clause."""

    def __init__(self, clause: Clause, tally: Tally, numbers: dict[str, int]) -> None:
        self._clause = clause
        self._got = tally.clauses.get(clause.id) or ClauseTally()
        self._numbers = numbers
        self._has_base = bool(tally.lawful.get(clause.operation))

    def ruling(self) -> Ruling:
        """The verdict, in words, with what proves it."""
        got = self._got
        accepted, refused = got.accepted.count, got.refused.count
        if got.broken.count:
            said = got.broken.best[0].note
            more = got.broken.count - 1
            if more:
                said += f" (and in {more} more exchange{'' if more == 1 else 's'})"
            return self._of("violated", said, got.broken)
        if accepted:
            if refused:
                said = _BOTH.format(accepted=accepted, refused=refused)
                return self._of("inconclusive", said, got.accepted, got.refused)
            if len(got.accepted.best) < 2 and not got.fixed:
                return self._of("inconclusive", _ONLY_ONE, got.accepted)
            said = f"{accepted} requests that break this only were accepted"
            if accepted == 1:
                said = "a request that breaks this only is accepted"
            return self._of("lenient", f"{said}: {got.accepted.best[0].note}", got.accepted)
        return self._without_deviation(refused)

    def _without_deviation(self, refused: int) -> Ruling:
        got, clause = self._got, self._clause
        if refused and not self._has_base and not got.kept:
            return self._of("inconclusive", _NO_BASE, got.refused)
        if refused or got.kept:
            parts = [f"kept in {got.kept} {'reply' if got.kept == 1 else 'replies'}"] * bool(
                got.kept
            )
            times = f"{refused} time{'' if refused == 1 else 's'}"
            parts += [f"refused when broken {times}"] * bool(refused)
            return self._of("upheld", ", ".join(parts), got.refused)
        if got.doubted:
            reason = min(got.doubted, key=lambda reason: (-got.doubted[reason].count, reason))
            return self._of("inconclusive", reason, got.doubted[reason])
        return Ruling(clause, "unexercised", self._why_not())

    def _of(self, verdict: Any, message: str, *shown: Counted) -> Ruling:
        got = self._got
        doubts = sum(counted.count for counted in got.doubted.values())
        exercised = got.kept + got.broken.count + got.accepted.count + got.refused.count + doubts
        proofs = [proof for counted in shown for proof in counted.best][:MOST_EVIDENCE]
        evidence = [
            Evidence(self._numbers[proof.digest], proof.note, proof.value, proof.soft)
            for proof in proofs
        ]
        return Ruling(self._clause, verdict, message, exercised, evidence)

    def _why_not(self) -> str:
        clause = self._clause
        if clause.untestable is not None:
            return clause.untestable
        if clause.part == "auth":
            return _AUTH
        if clause.part in _OF_REQUESTS:
            return "no recorded request breaks it"
        if clause.part == "served":
            return "no lawful request that was accepted is recorded as a whole"
        if clause.part == "rule":
            return NO_RECORDED_EXCHANGE
        return NO_RECORDED_REPLY


def traffic_record(
    contract: Contract,
    tally: Tally,
    shown: Mapping[str, RecordedExchange],
    origin: str,
    seconds: float,
) -> Record:
    """The record of a recording: `origin` is where the pack is, `seconds` how long judging took.

    The tally is masked, and so are the exchanges that its evidence names: `shown`, by digest.
    """
    by_number = {number: shown[digest] for number, digest in enumerate(sorted(tally.shown), 1)}
    nothing = Mask(contract, ())  # it is done
    first = datetime_of(tally.first) or datetime.fromtimestamp(0.0, UTC)
    facts = Facts(
        pack=origin,
        base_url=None,
        seed=0,
        started=first.isoformat(timespec="seconds"),
        planned=0,
        operations=tuple(contract.operations),
    )
    ending = Ending(round(seconds, 3), tally.exchanges, None, True, None, Creations())
    return make_record(
        facts,
        ending,
        traffic_rulings(contract, tally).values(),
        _Counts(contract, tally=tally),
        ids=by_number,
        show=lambda number: replace(by_number[number], id=number),
        mask=nothing,
    )


class _Counts(Counts, kw_only=True):
    """The census of a tally, as a record has it."""

    tally: Tally

    def undocumented(self, mask: Mask) -> tuple[Undocumented, ...]:
        """Members of replies that the contract does not name."""
        return tuple(_members(self.tally, mask))


def _members(tally: Tally, mask: Mask) -> Iterator[Undocumented]:
    census = tally.census.get(UNKNOWN_MEMBER)
    for key, seen in sorted(census.counts.items()) if census is not None else ():
        where, _, pointer = key.partition("#")
        operation, _, part = where.rpartition(" ")
        yield Undocumented(operation, part, mask.text(pointer), seen)
