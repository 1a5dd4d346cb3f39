"""Rules about several recorded exchanges: those of one key, brought together and into their order.

Where a recording is judged, each exchange is laid out by the keys that rules look for (`lay_out`).
Of one bucket of keys all exchanges come together, are sorted by when they were sent, and go through
the folds of the rules (`fold_all`). Only what comes of that is in a tally, never a state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from clausewise.checks import IN_ANY_ORDER, Broken, Kept, Message
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
from clausewise.traffic.converting import datetime_of, exchange_of
from clausewise.traffic.exchange import (
    UNKNOWN,
    Body,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
)
from clausewise.traffic.judging import JudgedExchange, TrafficJudge, with_redactions
from clausewise.traffic.sighting import headers_of, json_of

# Keys are spread over so many buckets; one more has the exchanges of rules without a key.
BUCKETS = 512
_ALWAYS = float("-inf")
_OF_ALL = (Occurrence("", ""),)
_read_plain = msgspec.json.Decoder().decode
_By = tuple[str, ...]


class SeenExchange(msgspec.Struct, array_like=True, gc=False):
    """One exchange as rules look at it; `started` and `seconds` are times in seconds.

    Bodies are texts, None where they are not known as a whole; that of the reply `is_plain` where
    it was read quickly before.
    """

    started: float
    source: str
    number: int
    operation: str
    path: dict[str, str]
    method: str
    url: str
    status: int
    sent_text: str | None
    reply_text: str | None
    reply_headers_written: bytes
    seconds: float
    is_masked: bool
    is_plain: bool

    @property
    def url_query(self) -> str:
        """The query of the URL."""
        url = self.url
        return url.partition("?")[2].partition("#")[0] if "?" in url else ""

    def sent_body(self) -> Any:
        """The body of the request as JSON, or None."""
        return json_of(self.sent_text)

    def reply_body(self) -> Any:
        """The body of the reply as JSON, or None."""
        text = self.reply_text
        return _read_plain(text) if text and self.is_plain else json_of(text)

    def times(self) -> tuple[datetime | None, float]:
        """When the request was sent, where that is known, and how long the reply took."""
        return datetime_of(self.started or None), self.seconds

    def reply_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the reply."""
        return headers_of(self.reply_headers_written)

    def exchange(self) -> TrafficExchange:
        """The exchange, without the headers of its request, which no rule looks at."""
        sent, received = self.sent_text, self.reply_text
        return TrafficExchange(
            self.method,
            self.url,
            SentRequest(None, UNKNOWN if sent is None else Body(text=sent, absent=not sent)),
            ReceivedResponse(
                self.status,
                list(self.reply_headers()) or None,
                UNKNOWN if received is None else Body(text=received, absent=not received),
            ),
            self.started or None,
            self.seconds or None,
        )


class Laid(msgspec.Struct, array_like=True, gc=False):
    """An exchange that waits for the others of one of its keys.

    `by` is the place of the key's pointers among the contract's, `at` where the key stands, `asked`
    has a bit for each rule with these pointers that it concerns.
    """

    by: int
    key: str
    at: str
    asked: int
    seen: SeenExchange


# By key, then by time; where there is none, as they were recorded.
ORDER = attrgetter("by", "key", "seen.started", "seen.source", "seen.number", "at")


class _KeyedRule(NamedTuple):
    """One rule: its fold, and its clause by operation, where it speaks of that."""

    id: str
    fold: Fold
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
                self._rules.setdefault(rule.by, []).append(_KeyedRule(rule.id, fold, clauses))
        self._by = list(self._rules)
        self._ways: dict[tuple[str, ...], list[_PointersAsked]] = {}

    def lay_out(
        self,
        judged: JudgedExchange,
        source: str,
        number: int,
        laid: dict[int, list[Laid]],
        tally: Tally,
    ) -> None:
        """Add an exchange to the buckets that it goes into.

        What an object says that has no key, it says here and now.
        """
        message, seen = judged.message, None
        ways = self._ways.get(judged.folds)
        if ways is None:
            ways = self._ways[judged.folds] = [*self._ways_of(judged.folds)]
        for place, by, is_of_reply, asked in ways:
            if not by:
                keys: Iterable[Occurrence] = _OF_ALL
            elif is_of_reply:
                keys = _keys_of_reply(judged, by)
            else:
                keys = occurrences(message.parts, by)
            for key, at in keys:
                if seen is None:
                    seen = _seen(judged, source, number)
                if key is None:
                    self._alone(by, at, judged, seen, tally)
                    continue
                bucket = _bucket_of(key) if by else BUCKETS
                one = Laid(place, key, at, asked, seen)
                if bucket in laid:
                    laid[bucket].append(one)
                else:
                    laid[bucket] = [one]

    def _ways_of(self, asked: tuple[str, ...]) -> Iterator[_PointersAsked]:
        for place, by in enumerate(self._by):
            bits = sum(1 << at for at, rule in enumerate(self._rules[by]) if rule.id in asked)
            if bits:
                yield _PointersAsked(place, by, _is_of_reply(by), bits)

    def _alone(
        self, by: _By, at: str, judged: JudgedExchange, seen: SeenExchange, tally: Tally
    ) -> None:
        for rule in self._rules[by]:
            clause = rule.clauses.get(judged.operation)
            if clause is not None and rule.id in judged.folds:
                self._add(clause, rule.fold(None, judged.message, at)[1], seen, 0, tally)

    def fold_all(self, ordered: Iterable[Laid], tally: Tally) -> None:
        """Fold the exchanges of whole keys, which come in their order (`ORDER`)."""
        kept: dict[str, int] = {}
        for (by, _), some in groupby(ordered, key=attrgetter("by", "key")):
            self._fold_key(self._by[by], some, kept, tally)
        add_kept(tally, kept)

    def _fold_key(self, by: _By, laid: Iterable[Laid], kept: dict[str, int], tally: Tally) -> None:
        known = [(rule.fold, rule.clauses, _States()) for rule in self._rules[by]]
        # Who looks for a key in a reply looks at what is around it, too.
        of_reply, judges_of = _is_of_reply(by), self._judge.judges_of
        asked = {(1 << len(known)) - 1: known}
        last: SeenExchange | None = None
        for before, one in enumerate(laid):
            seen, at = one.seen, one.at
            operation, started = seen.operation, seen.started
            if last is not None and started == last.started and _is_the_same(seen, last):
                continue  # recorded twice
            last = seen
            body = seen.reply_body() if of_reply else ABSENT
            message = LazyMessage(judges_of(operation).reader, seen, body)
            end, is_masked = started + seen.seconds, seen.is_masked
            concerned = asked.get(one.asked)
            if concerned is None:
                some = [each for at, each in enumerate(known) if one.asked & 1 << at]
                concerned = asked[one.asked] = some
            for fold, clauses, states in concerned:
                latest = states.latest
                after, verdict = fold(latest, message, at)
                # What minds no order is broken by what was under way, too, as `History` has it.
                if states.since > started and not (
                    isinstance(verdict, Broken) and getattr(fold, IN_ANY_ORDER, False)
                ):
                    verdict = states.said_earlier(fold, message, at, started)
                if after is not latest:
                    states.go_on(after, end)
                if verdict is None or operation not in clauses:
                    continue
                clause = clauses[operation]
                if verdict.__class__ is Kept and not is_masked:
                    kept[clause] = kept.get(clause, 0) + 1
                else:
                    self._add(clause, verdict, seen, before, tally)

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


def _keys_of_reply(judged: JudgedExchange, by: _By) -> Iterable[Occurrence]:
    """The keys in a reply; where they are is looked for once a class."""
    reply, known = {"response": {"body": judged.message.response_body}}, judged.known
    if known is None:
        return occurrences(reply, by)
    if by not in known.keys:
        known.keys[by] = places_of_keys(reply, by)
    places = known.keys[by]
    return occurrences(reply, by) if places is None else keys_at(reply, places)


def _seen(judged: JudgedExchange, source: str, number: int) -> SeenExchange:
    sighting, line = judged.seen, judged.line
    response = line.response
    assert response is not None
    return SeenExchange(
        judged.started or 0.0,
        source,
        number,
        judged.operation,
        sighting.path,
        line.method,
        line.url,
        sighting.status,
        sighting.sent_text,
        sighting.reply_text,
        bytes(response.headers),
        line.seconds or 0.0,
        bool(response.body.masked or line.request.body.masked),
        sighting.is_plain,
    )


def _is_the_same(one: SeenExchange, other: SeenExchange) -> bool:
    return (
        one.started == other.started != 0
        and one.url == other.url
        and (one.sent_text, one.reply_text) == (other.sent_text, other.reply_text)
    )


class _States:
    """What one rule knows of one key: the latest state, and a few earlier ones.

    Each is known since a moment: when the exchanges were over that it is made of.
    """

    __slots__ = ("earlier", "latest", "since")

    def __init__(self) -> None:
        self.latest: Any = None
        self.since = _ALWAYS
        self.earlier: deque[tuple[float, Any]] | None = None

    def said_earlier(self, fold: Fold, message: Message, at: str, started: float) -> Verdict:
        """What is said of an exchange that was sent before all was over that is known."""
        for since, state in reversed(self.earlier or ()):
            if since <= started:
                return fold(state, message, at)[1]
        return None  # where all that is known came too late, it may have been there before

    def go_on(self, state: Any, end: float) -> None:
        """Know more by an exchange that was over at `end`."""
        if self.since != _ALWAYS:
            if self.earlier is None:
                self.earlier = deque(maxlen=MOST_STATES - 1)
            self.earlier.append((self.since, self.latest))
        self.latest, self.since = state, max(self.since, end)


def _bucket_of(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogatepass")) % BUCKETS
