"""Rules about several recorded exchanges: those of one key, brought together and into their order.

Where a recording is judged, each exchange is laid out by the keys that rules look for (`lay_out`).
Of one bucket of keys all exchanges come together, are sorted by when they were sent, and go through
the folds of the rules (`fold_all`). Only what comes of that is in a tally, never a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from clausewise.checks import Broken, Kept, Message
from clausewise.exchange import Exchange
from clausewise.judge.breaches import short
from clausewise.judge.history import MOST_STATES, Fold, Occurrence, Verdict, occurrences
from clausewise.judge.masked import MASKED
from clausewise.judge.outcomes import Outcome
from clausewise.record.tally import Tally
from clausewise.traffic.converting import exchange_of, moment_of
from clausewise.traffic.exchange import TrafficExchange
from clausewise.traffic.judging import Addition, TrafficJudge, with_redactions

# Keys are spread over so many buckets; one more has the exchanges of rules without a key.
BUCKETS = 512
_By = tuple[str, ...]


class Laid(msgspec.Struct, array_like=True):
    """One exchange as it waits for the others of one of its keys.

    `by` is the place of the key's pointers among the contract's, `at` where the key stands.
    """

    by: int
    key: str
    started: float
    source: str
    number: int
    at: str
    operation: str
    path: dict[str, str]
    outcome: Outcome
    seconds: float
    exchange: TrafficExchange

    @property
    def order(self) -> tuple[int, str, float, str, int, str]:
        """By key, then by time; where there is none, as they were recorded."""
        return self.by, self.key, self.started, self.source, self.number, self.at


class _Rule(NamedTuple):
    """One rule: its fold, and its clause by operation, where it speaks of that."""

    fold: Fold
    clauses: dict[str, str]


class Folds:
    """The rules of several exchanges of one contract."""

    def __init__(self, judge: TrafficJudge) -> None:
        self._judge = judge
        self._rules: dict[_By, list[_Rule]] = {}
        for rule in judge.contract.rules.values():
            if rule.fold is not None:
                clauses = {name: rule.clause(name).id for name in rule.operations}
                fold = judge.pack.checks[rule.fold]
                self._rules.setdefault(rule.by, []).append(_Rule(fold, clauses))
        self._by = list(self._rules)

    def lay_out(
        self,
        exchange: Exchange,
        source: str,
        number: int,
        traffic: TrafficExchange,
        outcome: Outcome,
        tally: Tally,
    ) -> Iterator[tuple[int, Laid]]:
        """The buckets that an exchange goes into, with what goes there.

        What an object says that has no key, it says here and now.
        """
        if not self._rules or exchange.response is None:
            return
        message = self._judge.judges_of(exchange.operation)[1].message(exchange)
        if message is None:
            return
        if message.secrets:
            tally.add_secrets(message.secrets)
        both = message.parts
        started = moment_of(traffic.started) or 0.0
        for place, by in enumerate(self._by):
            found = occurrences(both, by)
            lone = [one for one in found if one.key is None]
            if lone:
                self._alone(by, lone, message, exchange, traffic, f"{source}:{number}", tally)
            for one in found:
                if one.key is None:
                    continue
                laid = Laid(
                    place, one.key, started, source, number, one.at, exchange.operation,
                    dict(exchange.request.path), outcome, traffic.seconds or 0.0, traffic,
                )  # fmt: skip
                yield _bucket_of(one.key) if by else BUCKETS, laid

    def _alone(
        self,
        by: _By,
        lone: list[Occurrence],
        message: Message,
        exchange: Exchange,
        traffic: TrafficExchange,
        where: str,
        tally: Tally,
    ) -> None:
        operation = self._judge.contract.operations[exchange.operation]
        addition = Addition(tally, operation, exchange, "accepted", traffic, where)
        for rule in self._rules[by]:
            clause = rule.clauses.get(exchange.operation)
            if clause is not None:
                for one in lone:
                    _add(addition, tally, clause, rule.fold(None, message, one.at)[1], exchange)

    def fold_all(self, ordered: Iterable[Laid], tally: Tally) -> None:
        """Fold the exchanges of whole keys, which come in their order (`Laid.order`)."""
        for (by, _), some in groupby(ordered, key=lambda one: (one.by, one.key)):
            self._fold_key(self._rules[self._by[by]], some, tally)

    def _fold_key(self, rules: list[_Rule], laid: Iterable[Laid], tally: Tally) -> None:
        states = [_States() for _ in rules]
        last: Laid | None = None
        for before, one in enumerate(laid):
            if last is not None and _is_the_same(one, last):
                continue  # recorded twice
            last = one
            operation = self._judge.contract.operations[one.operation]
            exchange = exchange_of(one.exchange, operation, one.path)
            message = self._judge.judges_of(one.operation)[1].message(exchange)
            if message is None:
                continue
            where = f"{one.source}:{one.number}"
            addition = Addition(
                tally,
                operation,
                exchange,
                one.outcome,
                one.exchange,
                where,
                before,
            )
            for rule, known in zip(rules, states, strict=True):
                verdict = known.fold(rule.fold, message, one)
                clause = rule.clauses.get(one.operation)
                if clause is not None:
                    _add(addition, tally, clause, verdict, exchange)


class _States:
    """What one rule knows of one key: a few states, each with when its exchanges were over."""

    def __init__(self) -> None:
        self._states: list[tuple[float, Any]] = []

    def fold(self, fold: Fold, message: Message, one: Laid) -> Verdict:
        """Hold an exchange against what was over when it was sent, and take it in."""
        latest_end, latest = self._states[-1] if self._states else (float("-inf"), None)
        over = next((s for s in reversed(self._states) if s[0] <= one.started), None)
        value = over[1] if over is not None else None
        after, verdict = fold(value, message, one.at)
        if value is not latest:
            after = fold(latest, message, one.at)[0]
        end = max(latest_end, one.started + one.seconds)
        self._states = [*self._states[-MOST_STATES + 1 :], (end, after)]
        # Where all that is known came too late, it may have been there before.
        return verdict if over is not None or len(self._states) == 1 else None


def _bucket_of(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogatepass")) % BUCKETS


def _is_the_same(one: Laid, other: Laid) -> bool:
    return one.started == other.started != 0 and one.exchange == other.exchange


def _add(
    addition: Addition, tally: Tally, clause: str, verdict: Verdict, exchange: Exchange
) -> None:
    """Add what a rule says, as far as nothing that it looks at was masked."""
    response = exchange.response
    masked = (*exchange.request.masked, *(response.masked if response is not None else ()))
    if verdict is None:
        return
    if masked:
        addition.doubt(clause, MASKED)
    elif isinstance(verdict, Kept):
        tally.of(clause).kept += 1
    elif with_redactions(exchange) is not exchange:
        addition.doubt(clause, MASKED)
    elif isinstance(verdict, Broken):
        addition.proves("broken", clause, short(verdict.message))
