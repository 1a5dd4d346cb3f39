"""Tallies: what exchanges say of a contract, folded; as large after a million as after a thousand.

Tallies of one contract merge, in any order, into the same bytes. What is bounded in one is bounded
by the order of what is counted, never by the order of coming: of evidence the best is kept, of a
census the keys whose digests are least. What belongs to the final ones is never let go on the way,
so their counts are whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from clausewise.errors import UsageError

MOST_EVIDENCE = 5
# Different reasons for saying nothing of one clause, and different things that a census counts.
MOST_REASONS = 8
MOST_COUNTED = 1_000
VERSION = 1


class TallyProof(msgspec.Struct, frozen=True):
    """One exchange that speaks for what is said of a clause: the smaller, the better.

    `before` counts exchanges that it rests on, `size` the bytes of its request, `digest` names it.
    `soft` says why it only warns, if it does.
    """

    before: int
    size: int
    digest: str
    note: str = ""
    value: Any = None
    soft: str | None = None


class Counted(msgspec.Struct):
    """How often something was seen, and the best few exchanges that show it."""

    count: int = 0
    best: list[TallyProof] = []

    def add(self, proof: TallyProof) -> bool:
        """Count one; gives whether it is among the best."""
        self.count += 1
        if len(self.best) == MOST_EVIDENCE and _rank(proof) > _rank(self.best[-1]):
            return False
        self.best = _best([*self.best, proof])
        return True

    def merge(self, other: Counted) -> None:
        """Add what another one counted."""
        self.count += other.count
        self.best = _best([*self.best, *other.best])


class ClauseTally(msgspec.Struct):
    """What exchanges say of one clause.

    `kept` and `broken` are about replies. `accepted` and `refused` count requests that break this
    clause and no other; `doubted` what speaks of the clause and proves nothing, by reason.
    """

    kept: int = 0
    broken: Counted = msgspec.field(default_factory=Counted)
    accepted: Counted = msgspec.field(default_factory=Counted)
    refused: Counted = msgspec.field(default_factory=Counted)
    # Accepted where one exchange is as good as many: by what answers always alike.
    fixed: int = 0
    doubted: dict[str, Counted] = {}

    def doubt(self, reason: str, proof: TallyProof) -> bool:
        """Count a reason for which nothing is said; gives whether the exchange is worth keeping."""
        best = self.doubted.setdefault(reason, Counted()).add(proof)
        if len(self.doubted) > MOST_REASONS:
            del self.doubted[max(self.doubted)]
            return reason in self.doubted and best
        return best

    def merge(self, other: ClauseTally) -> None:
        """Add what another one says."""
        self.kept += other.kept
        self.fixed += other.fixed
        self.broken.merge(other.broken)
        self.accepted.merge(other.accepted)
        self.refused.merge(other.refused)
        for reason, counted in other.doubted.items():
            self.doubted.setdefault(reason, Counted()).merge(counted)
        for reason in sorted(self.doubted)[MOST_REASONS:]:
            del self.doubted[reason]

    def proofs(self) -> Iterable[TallyProof]:
        """Every piece of evidence that is kept."""
        for counted in (self.broken, self.accepted, self.refused, *self.doubted.values()):
            yield from counted.best


class Census(msgspec.Struct):
    """Counts of things of which there may be any number; of so many the counts are kept."""

    total: int = 0
    counts: dict[str, int] = {}

    def add(self, key: str, times: int = 1) -> None:
        """Count something."""
        self.total += times
        if key in self.counts:
            self.counts[key] += times
            return
        self.counts[key] = times
        if len(self.counts) > 2 * MOST_COUNTED:
            self._trim()

    def merge(self, other: Census) -> None:
        """Add the counts of another one."""
        self.total += other.total
        for key, times in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + times
        self._trim()

    def _trim(self) -> None:
        if len(self.counts) > MOST_COUNTED:
            kept = sorted(self.counts, key=_hash)[:MOST_COUNTED]
            self.counts = {key: self.counts[key] for key in kept}

    def sorted(self) -> Census:
        """The same, as it is written: bounded, and in the order of its keys."""
        self._trim()
        return Census(self.total, dict(sorted(self.counts.items())))


class Tally(msgspec.Struct):
    """What some exchanges say of one contract: `contract` is its `clauses_digest`.

    `exchanges` counts them, `lawful` those by operation that keep the contract and were accepted.
    `census` has, by kind, what breaks no clause and is worth knowing. `shown` are the exchanges
    that evidence names, by digest, as whoever adds them has them: not masked.
    """

    contract: str
    version: int = VERSION
    exchanges: int = 0
    first: float | None = None
    last: float | None = None
    lawful: dict[str, int] = {}
    clauses: dict[str, ClauseTally] = {}
    census: dict[str, Census] = {}
    shown: dict[str, Any] = {}

    def of(self, clause: str) -> ClauseTally:
        """What is said of one clause, to be added to."""
        found = self.clauses.get(clause)
        if found is None:
            found = self.clauses[clause] = ClauseTally()
        return found

    def count(self, kind: str, key: str, times: int = 1) -> None:
        """Count something for the census."""
        self.census.setdefault(kind, Census()).add(key, times)

    def keep(self, digest: str, exchange: Any) -> None:
        """Keep an exchange that evidence names; those that none names any more are let go."""
        self.shown[digest] = exchange
        if len(self.shown) > 64 + 2 * MOST_EVIDENCE * len(self.clauses):
            self._let_go()

    def saw(self, started: float) -> None:
        """Take the time of an exchange in, in seconds since 1970."""
        if self.first is None or started < self.first:
            self.first = started
        if self.last is None or started > self.last:
            self.last = started

    def merge(self, other: Tally) -> None:
        """Add another tally. Raises UsageError where it is one of another contract."""
        if (other.contract, other.version) != (self.contract, self.version):
            raise UsageError(
                "these are about different contracts (their clauses differ), so they do not add up"
            )
        self.exchanges += other.exchanges
        for time in (other.first, other.last):
            if time is not None:
                self.saw(time)
        for operation, times in other.lawful.items():
            self.lawful[operation] = self.lawful.get(operation, 0) + times
        for name, clause in other.clauses.items():
            self.of(name).merge(clause)
        for kind, census in other.census.items():
            self.census.setdefault(kind, Census()).merge(census)
        for digest, exchange in other.shown.items():
            known = self.shown.get(digest, exchange)
            self.shown[digest] = min(known, exchange, key=_spelt)
        self._let_go()

    def to_bytes(self) -> bytes:
        """The tally as bytes: the same ones for the same contents, however they came together."""
        self._let_go()
        written = msgspec.structs.replace(
            self,
            lawful=dict(sorted(self.lawful.items())),
            clauses=dict(sorted(self.clauses.items())),
            census={kind: census.sorted() for kind, census in sorted(self.census.items())},
            shown=dict(sorted(self.shown.items())),
        )
        return _spelt(written)

    @staticmethod
    def from_bytes(written: bytes | str) -> Tally:
        """The tally that `to_bytes` made these of. Raises UsageError for anything else."""
        try:
            return msgspec.json.decode(written, type=Tally)
        except msgspec.MsgspecError as error:
            raise UsageError(f"this is no tally: {error}") from None

    def _let_go(self) -> None:
        named = {proof.digest for clause in self.clauses.values() for proof in clause.proofs()}
        self.shown = {digest: one for digest, one in self.shown.items() if digest in named}


def merged(tallies: Iterable[Tally]) -> Tally:
    """One tally of several, at least one. Raises UsageError where contracts differ."""
    whole: Tally | None = None
    for tally in tallies:
        if whole is None:
            whole = Tally(tally.contract, tally.version)
        whole.merge(tally)
    if whole is None:
        raise UsageError("there is nothing to merge")
    return whole


def add_kept(tally: Tally, kept: Mapping[str, int]) -> None:
    """Add how often clauses were kept."""
    for clause, times in kept.items():
        tally.of(clause).kept += times


def _rank(proof: TallyProof) -> tuple[int, int, str]:
    return proof.before, proof.size, proof.digest


def _best(proofs: Iterable[TallyProof]) -> list[TallyProof]:
    # One exchange may be known with two notes: the same one counts, whichever came first.
    least: dict[str, tuple[Any, ...]] = {}
    for proof in proofs:
        key = (*_rank(proof), proof.note, repr(proof.value))
        if proof.digest not in least or key < least[proof.digest][:-1]:
            least[proof.digest] = (*key, proof)
    ranked = sorted(least.values(), key=lambda one: one[:-1])
    return [one[-1] for one in ranked[:MOST_EVIDENCE]]


def _spelt(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _hash(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
