"""Rules about several recorded exchanges: those of one key, brought together and into their order.

Where a recording is judged, each exchange is laid out by the keys that rules look for (`lay_out`).
Of one bucket of keys all exchanges come together, are sorted by when they were sent, and go through
the folds of the rules (`fold_all`). Only what comes of that is in a tally, never a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from clausewise.checks import AT_ONCE, IN_ANY_ORDER, AtOnce, Broken, Kept, Message
from clausewise.judge.breaches import short
from clausewise.judge.history import (
    MOST_STATES,
    Fold,
    Occurrence,
    Verdict,
    keys_at,
    occurrences,
    places_of_keys,
)
from clausewise.judge.masked import MASKED
from clausewise.judge.messages import LazyMessage
from clausewise.judge.outcomes import outcome_of
from clausewise.pointer import ABSENT
from clausewise.record.tally import Tally, add_kept
from clausewise.traffic.adding import Addition
from clausewise.traffic.converting import exchange_of
from clausewise.traffic.judging import JudgedExchange, TrafficJudge, with_redactions
from clausewise.traffic.sighting import SeenExchange

# Keys are spread over so many buckets; one more has the exchanges of rules without a key.
BUCKETS = 512
# Exchanges, and characters of their replies, that a rule is asked about at once.
_AT_ONCE = 64
_MOST_AT_ONCE = 1 << 17
_ALWAYS = float("-inf")
_UNSEEN: Any = object()
_By = tuple[str, ...]


class Laid(msgspec.Struct, array_like=True, gc=False):
    """An exchange that waits for the others of one of its keys.

    `by` is the place of the key's pointers among the contract's, `at` where the key stands, `asked`
    has a bit for each rule with these pointers that it concerns. `seen` is a SeenExchange, written
    once for all its keys, and read when its turn comes.
    """

    by: int
    key: str
    at: str
    asked: int
    started: float
    source: str
    number: int
    seen: bytes


# By key, then by time; where there is none, as they were recorded.
ORDER = attrgetter("by", "key", "started", "source", "number", "at")
_write_seen = msgspec.msgpack.Encoder().encode
_read_seen = msgspec.msgpack.Decoder(SeenExchange).decode


class _KeyedRule(NamedTuple):
    """One rule: its fold, and its clause by operation, where it speaks of that.

    `bit` stands for it in what is asked of an exchange.
    """

    id: str
    bit: int
    fold: Fold
    at_once: AtOnce | None
    clauses: dict[str, str]


class _PointersAsked(NamedTuple):
    """Pointers to keys by their place, whether all are into bodies of replies, and who is asked."""

    place: int
    by: _By
    is_of_reply: bool
    asked: int


class Folds:
    """The rules of several exchanges of one contract."""

    def __init__(self, judge: TrafficJudge) -> None:
        self._judge = judge
        self._rules: dict[_By, list[_KeyedRule]] = {}
        for rule in judge.contract.rules.values():
            if rule.fold is not None:
                clauses = {name: rule.clause(name).id for name in rule.operations}
                fold = judge.pack.checks[rule.fold]
                some = self._rules.setdefault(rule.by, [])
                at_once = getattr(fold, AT_ONCE, None)
                some.append(_KeyedRule(rule.id, 1 << len(some), fold, at_once, clauses))
        self._by = list(self._rules)
        self._ways: dict[tuple[str, ...], list[_PointersAsked]] = {}

    def lay_out(
        self,
        judged: JudgedExchange,
        laid: dict[int, list[Laid]],
        tally: Tally,
    ) -> None:
        """Add an exchange to the buckets that it goes into.

        What an object says that has no key, it says here and now.
        """
        ways = self._ways.get(judged.folds)
        if ways is None:
            ways = self._ways[judged.folds] = [*self._ways_of(judged.folds)]
        if not ways:
            return
        seen = judged.seen
        started, source, number = seen.started, seen.source, seen.number
        written = _write_seen(seen)
        for place, by, is_of_reply, asked in ways:
            if not by:
                one = Laid(place, "", "", asked, started, source, number, written)
                _put(laid, BUCKETS, one)
                continue
            if is_of_reply:
                keys = _keys_of_reply(judged, by)
            else:
                keys = occurrences(judged.message.parts, by)
            for key, at in keys:
                if key is None:
                    self._alone(by, at, judged, seen, tally)
                    continue
                one = Laid(place, key, at, asked, started, source, number, written)
                _put(laid, _bucket_of(key), one)

    def _ways_of(self, asked: tuple[str, ...]) -> Iterator[_PointersAsked]:
        for place, by in enumerate(self._by):
            bits = sum(rule.bit for rule in self._rules[by] if rule.id in asked)
            if bits:
                yield _PointersAsked(place, by, _is_of_reply(by), bits)

    def _alone(
        self, by: _By, at: str, judged: JudgedExchange, seen: SeenExchange, tally: Tally
    ) -> None:
        for rule in self._rules[by]:
            clause = rule.clauses.get(judged.seen.operation)
            if clause is not None and rule.id in judged.folds:
                self._add(clause, rule.fold(None, judged.message, at)[1], seen, 0, tally)

    def fold_all(self, ordered: Iterable[Laid], tally: Tally) -> None:
        """Fold the exchanges of whole keys, which come in their order (`ORDER`)."""
        kept: dict[str, int] = {}
        for (by, _), some in groupby(ordered, key=attrgetter("by", "key")):
            self._fold_key(self._by[by], some, kept, tally)
        add_kept(tally, kept)

    def _fold_key(self, by: _By, laid: Iterable[Laid], kept: dict[str, int], tally: Tally) -> None:
        rules = [*map(_RuleOfKey, self._rules[by])]
        messages = self._messages(laid, _is_of_reply(by))
        if not any(rule.at_once for rule in rules):
            self._fold_one_by_one(rules, messages, kept, tally)
            return
        for some, end, are_apart in _stretches(messages):
            left = rules
            if are_apart:
                left = [one for one in rules if not self._fold_at_once(one, some, end, kept, tally)]
            self._fold_one_by_one(left, some, kept, tally)

    def _messages(self, laid: Iterable[Laid], of_reply: bool) -> Iterator[_LaidMessage]:
        """What was laid, each once, as rules see it."""
        judges_of = self._judge.judges_of
        last: SeenExchange | None = None
        for before, one in enumerate(laid):
            seen = _read_seen(one.seen)
            if last is not None and seen.started == last.started and _is_the_same(seen, last):
                continue  # recorded twice
            last = seen
            # Who looks for a key in a reply looks at what is around it, too.
            body = seen.reply_body() if of_reply else ABSENT
            message = LazyMessage(judges_of(seen.operation).reader, seen, body)
            yield _LaidMessage(before, one.at, one.asked, seen, message)

    def _fold_one_by_one(
        self,
        rules: list[_RuleOfKey],
        messages: Iterable[_LaidMessage],
        kept: dict[str, int],
        tally: Tally,
    ) -> None:
        asked: dict[int, list[_RuleOfKey]] = {}
        for one in messages:
            seen, at, message = one.seen, one.at, one.message
            operation, started = seen.operation, seen.started
            concerned = asked.get(one.asked)
            if concerned is None:
                concerned = asked[one.asked] = [rule for rule in rules if one.asked & rule.bit]
            for rule in concerned:
                fold, latest = rule.fold, rule.latest
                after, verdict = fold(latest, message, at)
                # What minds no order is broken by what was under way, too, as `History` has it.
                if rule.since > started and not (
                    isinstance(verdict, Broken) and getattr(fold, IN_ANY_ORDER, False)
                ):
                    verdict = rule.said_earlier(message, at, started)
                if after is not latest:
                    rule.go_on(after, started + seen.seconds)
                if verdict is None or operation not in rule.clauses:
                    continue
                clause = rule.clauses[operation]
                if verdict.__class__ is Kept and not seen.is_masked:
                    kept[clause] = kept.get(clause, 0) + 1
                else:
                    self._add(clause, verdict, seen, one.before, tally)

    def _fold_at_once(
        self,
        rule: _RuleOfKey,
        messages: list[_LaidMessage],
        end: float,
        kept: dict[str, int],
        tally: Tally,
    ) -> bool:
        """Fold exchanges that followed each other; gives whether they were told together."""
        if rule.at_once is None:
            return False
        concerned = [one for one in messages if one.asked & rule.bit]
        told = rule.at_once(rule.latest, [one.message for one in concerned]) if concerned else None
        if told is None:
            return not concerned
        after, verdict = told
        if after is not rule.latest:
            rule.go_on(after, end)
        if verdict is not None:
            clauses = rule.clauses
            for one in concerned:
                clause = clauses.get(one.seen.operation)
                if clause is not None and not one.seen.is_masked:
                    kept[clause] = kept.get(clause, 0) + 1
                elif clause is not None:
                    self._add(clause, verdict, one.seen, one.before, tally)
        return True

    def _add(
        self, clause: str, verdict: Verdict, seen: SeenExchange, before: int, tally: Tally
    ) -> None:
        """Add what a rule says, as far as nothing that it looks at was masked."""
        if isinstance(verdict, Kept) and not seen.is_masked:
            tally.of(clause).kept += 1
            return
        if verdict is None:
            return
        operation, traffic = self._judge.contract.operations[seen.operation], seen.exchange()
        exchange = exchange_of(traffic, operation, seen.path)
        outcome = outcome_of(operation, exchange.response, refusal=self._judge.pack.refusal)
        where = f"{seen.source}:{seen.number}"
        addition = Addition(tally, operation, exchange, outcome, traffic, where, before)
        if seen.is_masked or with_redactions(exchange) is not exchange:
            addition.doubt(clause, MASKED)
        elif isinstance(verdict, Broken):
            addition.proves("broken", clause, short(verdict.message))


def _is_of_reply(by: _By) -> bool:
    """Whether keys stand in bodies of replies alone."""
    return bool(by) and all(one.startswith("/response/body/") for one in by)


def _put(laid: dict[int, list[Laid]], bucket: int, one: Laid) -> None:
    if bucket in laid:
        laid[bucket].append(one)
    else:
        laid[bucket] = [one]


def _keys_of_reply(judged: JudgedExchange, by: _By) -> Iterable[Occurrence]:
    """The keys in a reply; where they are is looked for once a class."""
    reply, known = {"response": {"body": judged.message.response_body}}, judged.known
    places = known.keys.get(by, _UNSEEN) if known is not None else None
    if places is _UNSEEN:
        assert known is not None
        places = known.keys[by] = places_of_keys(reply, by)
    return occurrences(reply, by) if places is None else keys_at(reply, places)


def _is_the_same(one: SeenExchange, other: SeenExchange) -> bool:
    return (
        one.started == other.started != 0
        and one.url == other.url
        and (one.sent_text, one.reply_text) == (other.sent_text, other.reply_text)
    )


class _LaidMessage(msgspec.Struct, gc=False):
    """An exchange that was laid out, the `before`th of its key, as rules see it."""

    before: int
    at: str
    asked: int
    seen: SeenExchange
    message: Message


class _RuleOfKey:
    """One rule and what it knows of one key: the latest state, and a few earlier ones.

    Each is known since a moment: when the exchanges were over that it is made of.
    """

    __slots__ = ("at_once", "bit", "clauses", "earlier", "fold", "latest", "since")

    def __init__(self, rule: _KeyedRule) -> None:
        _, self.bit, self.fold, self.at_once, self.clauses = rule
        self.latest: Any = None
        self.since = _ALWAYS
        self.earlier: list[tuple[float, Any]] | None = None

    def said_earlier(self, message: Message, at: str, started: float) -> Verdict:
        """What is said of an exchange that was sent before all was over that is known."""
        for since, state in reversed(self.earlier or ()):
            if since <= started:
                return self.fold(state, message, at)[1]
        return None  # where all that is known came too late, it may have been there before

    def go_on(self, state: Any, end: float) -> None:
        """Know more by an exchange that was over at `end`."""
        if self.since != _ALWAYS:
            if self.earlier is None:
                self.earlier = []
            elif len(self.earlier) >= MOST_STATES - 1:
                del self.earlier[0]
            self.earlier.append((self.since, self.latest))
        self.latest = state
        if end > self.since:
            self.since = end


def _stretches(
    messages: Iterable[_LaidMessage],
) -> Iterator[tuple[list[_LaidMessage], float, bool]]:
    """Messages by some at a time, when all so far were over, and whether they followed each other.

    Then each was sent when those before it were over, also those of other stretches; so nobody asks
    any more what was known in between.
    """
    some: list[_LaidMessage] = []
    over, size, are_apart = _ALWAYS, 0, True
    for one in messages:
        seen = one.seen
        if len(some) == _AT_ONCE or size > _MOST_AT_ONCE:
            yield some, over, are_apart and over <= seen.started
            some, size, are_apart = [], 0, True
        are_apart = are_apart and over <= seen.started
        some.append(one)
        over = max(over, seen.started + seen.seconds)
        size += len(seen.reply_text or "")
    if some:
        yield some, over, are_apart


def _bucket_of(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogatepass")) % BUCKETS
