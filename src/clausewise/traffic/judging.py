"""Recorded exchanges, one at a time, into a tally: verdicts are said of all of them together."""

from __future__ import annotations

from functools import partial
from itertools import compress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from clausewise.checks import Broken, Message
from clausewise.contract import MatchedOperation, Operation
from clausewise.contract.keywords import DEMANDS
from clausewise.exchange import Exchange
from clausewise.judge.messages import Reader
from clausewise.judge.outcomes import outcome_of
from clausewise.judge.quick import Class, QuickJudge
from clausewise.judge.quick_requests import Address
from clausewise.judge.replies import ReplyJudge, ReplyJudgement
from clausewise.judge.requests import Known, RequestJudge, RequestReading
from clausewise.pack import Pack
from clausewise.pointer import ABSENT
from clausewise.record.tally import Tally, add_kept
from clausewise.traffic.adding import REFUSED_LAWFUL, UNKNOWN_MEMBER, UNKNOWN_STATUS, Addition
from clausewise.traffic.converting import (
    exchange_of,
    is_of_http,
    is_to_https,
    moment_of,
    redacted_in_request,
    redacted_in_response,
)
from clausewise.traffic.exchange import Aside, Item, Poisoned, TrafficExchange, sound
from clausewise.traffic.origins import OperationsByUrl, shape_of
from clausewise.traffic.queries import Queries
from clausewise.traffic.readers.lines import read_line
from clausewise.traffic.sighting import (
    QuickLine,
    SeenExchange,
    line_of,
    query_of,
    quick_line,
    seen_of,
    sighting,
)

# Kinds of the census.
UNKNOWN_PATH = "path of no operation"
UNKNOWN_BASE = "path of an operation below an undocumented base URL (yours? --base-url URL)"
POISONED = "poisoned"
NO_REPLY = "no reply recorded"
OF_HTTP = "reply of HTTP itself, to a header"
TO_HTTPS = "redirect to https"
NOT_WHOLE = "reply without its whole body"
MASKED_IN = "exchange with masked values"

# What an object that lacks members may break for that alone.
_OF_MEMBERS = DEMANDS | {"required", "anyOf", "oneOf", "$ref"}


class JudgedExchange(Struct, frozen=True, gc=False):
    """An exchange that was judged, as rules about several ones need it.

    `folds` are the rules that it concerns; `known` is its class, None where it was judged by
    itself.
    """

    message: Message
    folds: tuple[str, ...]
    seen: SeenExchange
    known: Class | None = None


class Judges(NamedTuple):
    """Who judges the exchanges of one operation, and how rules read its messages."""

    reader: Reader
    requests: RequestJudge
    replies: ReplyJudge
    quick: QuickJudge


class _Asked(NamedTuple):
    """What a method and a URL ask: an operation, by the URL's address, and who judges it."""

    operation: Operation
    judges: Judges
    address: Address


# Different URLs that are remembered: what is looked at is looked at again.
_MOST_URLS = 4_096
_LONGEST_URL = 1_000
_UNSEEN: Any = object()


class TrafficJudge:
    """Holds recorded exchanges of one contract against it, and folds what they say into a tally.

    Rules about several exchanges are left out: their exchanges have to be brought into an order.
    What exchanges say by class is added by `flush`, once for all of a class.
    """

    def __init__(self, pack: Pack, quickly: bool, base_urls: tuple[str, ...]) -> None:
        """Unless `quickly`, every exchange is judged by itself, and nothing by its class.

        `base_urls` are where the API is served beside its documented servers.
        """
        self.pack = pack
        self.contract = pack.contract
        self._origins = OperationsByUrl(pack.contract, base_urls)
        self._quickly = quickly
        self._digest = pack.contract.clauses_digest
        self._judges: dict[str, Judges] = {}
        self._classes: list[Class] = []
        self._queries = Queries()
        self._asked: dict[tuple[str, str], _Asked | None] = {}

    def tally(self) -> Tally:
        """A tally of nothing."""
        return Tally(self._digest)

    def judge(self, item: Item, source: str, tally: Tally) -> JudgedExchange | None:
        """Judge one piece; None where it is no exchange of the contract with a reply."""
        read: Any = item.read
        if read.__class__ is bytes:
            line = quick_line(read) if self._quickly else None
            if line is not None:
                judged = self._judge_line(line, read, source, item.number, tally)
                if judged is not None:
                    return judged
            read = read_line(read)
        if isinstance(read, TrafficExchange):
            read = sound(read)
            if self._quickly:
                judged = self._judge_line(line_of(read), read, source, item.number, tally)
                if judged is not None:
                    return judged
        where = f"{source}:{item.number}"
        if isinstance(read, Poisoned):
            tally.count(POISONED, f"{where}: {read.reason}")
            return None
        if isinstance(read, Aside):
            tally.count("aside", read.kind)
            return None
        return self._judge(read, source, item.number, tally)

    def flush(self, tally: Tally) -> None:
        """Add what was found by class since the last time."""
        for known in self._classes:
            times, known.count = known.count, 0
            add_kept(tally, dict.fromkeys(known.kept, times))
            for said, often in known.kept_checks.items():
                kept = compress(known.checks, said)
                add_kept(tally, dict.fromkeys([clause for clause, _ in kept], often))
            known.kept_checks.clear()
            for part, pointer in known.undocumented:
                tally.count(UNKNOWN_MEMBER, f"{known.operation} {part}#{pointer}", times)
            if not known.documented:
                tally.count(UNKNOWN_STATUS, f"{known.operation} {known.status}", times)
            if known.outcome == "accepted":
                tally.lawful[known.operation] = tally.lawful.get(known.operation, 0) + times
                if known.whole:
                    tally.of(f"{known.operation}:served").kept += times
            elif known.outcome == "refused":
                tally.count(REFUSED_LAWFUL, f"{known.operation} {known.status}", times)
        self._classes = []

    def _judge_line(
        self,
        line: QuickLine,
        content: bytes | TrafficExchange,
        source: str,
        number: int,
        tally: Tally,
    ) -> JudgedExchange | None:
        """Judge an exchange by its class; None where it has none."""
        received, request = line.response, line.request
        if received is None or received.body.masked or request.body.masked or request.open_query:
            return None
        asked = self._asked.get((line.method, line.url), _UNSEEN)
        if asked is _UNSEEN:
            asked = self._ask(line.method, line.url)
        if asked is None:
            return None
        operation, judges, address = asked
        started = moment_of(line.started)
        seen = seen_of(line, received, operation.id, address, source, number, started or 0.0)
        sighted = sighting(line, received, seen, address, operation, content)
        judged = judges.quick.judge(sighted) if sighted is not None else None
        if judged is None:
            return None
        known, message = judged
        said = []
        for _, check in known.checks:
            verdict = check(message)
            if verdict.__class__ is Broken:
                return None
            said.append(verdict is not None)
        kept = tuple(said)
        known.kept_checks[kept] = known.kept_checks.get(kept, 0) + 1
        if not known.count:
            self._classes.append(known)
        known.count += 1
        tally.exchanges += 1
        if started is not None:
            tally.saw(started)
        return JudgedExchange(message, known.folds, seen, known)

    def _ask(self, method: str, url: str) -> _Asked | None:
        """What a method and a URL ask; None for nothing of the contract's."""
        try:
            found = self._origins.match(method, url)
        except ValueError:
            return None  # what is poisoned is told where it is judged by itself
        asked = None
        if found is not None:
            judges = self.judges_of(found.operation.id)
            address = judges.quick.address(found.path, query_of(url))
            asked = _Asked(found.operation, judges, address)
        if len(url) <= _LONGEST_URL:
            if len(self._asked) >= _MOST_URLS:
                self._asked.clear()
            self._asked[method, url] = asked
        return asked

    def _with_gaps(self, exchange: Exchange, judged: ReplyJudgement) -> Exchange:
        """An exchange with what may have been in its reply, beside what was recorded, as masked."""
        response, clauses = exchange.response, self.contract.clauses
        assert response is not None
        gaps = [
            f"/body{breach.at or ''}"
            for breach in judged.broken
            if breach.clause in clauses and clauses[breach.clause].keyword in _OF_MEMBERS
        ]
        masked = tuple(dict.fromkeys([*response.masked, *gaps]))
        return replace(exchange, response=replace(response, masked=masked))

    def judges_of(self, operation: str) -> Judges:
        """Who judges the exchanges of an operation."""
        found = self._judges.get(operation)
        if found is None:
            known, pack = self.contract.operations[operation], self.pack
            requests = RequestJudge(self.contract, known)
            replies = ReplyJudge(self.contract, known, pack.checks)
            refusal = pack.settings.get("refusal")
            reader = Reader(operation, replies.apart, partial(self._queries.read, known))
            quick = QuickJudge(
                self.contract, known, reader, requests, replies, pack.refusal, refusal
            )
            found = self._judges[operation] = Judges(reader, requests, replies, quick)
        return found

    def _judge(
        self, traffic: TrafficExchange, source: str, number: int, tally: Tally
    ) -> JudgedExchange | None:
        """Judge an exchange by itself."""
        where = f"{source}:{number}"
        tally.exchanges += 1
        started = moment_of(traffic.started)
        if started is not None:
            tally.saw(started)
        try:
            found = self._origins.match(traffic.method, traffic.url)
        except ValueError as error:
            tally.count(POISONED, f"{where}: {error}")
            return None
        if found is None:
            self._pass_by(traffic, tally)
            return None
        try:
            found = self.contract.meant(
                found,
                partial(self._keeps, traffic, both=True),
                partial(self._keeps, traffic, both=False),
            )
            operation = found.operation
            exchange = exchange_of(traffic, operation, found.path)
        except ValueError as error:
            tally.count(POISONED, f"{where}: {error}")
            return None
        response = exchange.response
        if response is None or response.status < 100:
            tally.count(NO_REPLY, operation.id)
            return None
        if is_of_http(operation, exchange):
            tally.count(OF_HTTP, f"{operation.id} {response.status}")
            return None
        if is_to_https(exchange) and str(response.status) not in operation.replies:
            tally.count(TO_HTTPS, operation.id)
            return None
        judges = self.judges_of(operation.id)
        outcome = outcome_of(operation, response, refusal=self.pack.refusal)
        judged = judges.replies.judge(exchange, folds=False)
        reading = _read(judges.requests, exchange)
        if judged.broken or reading.broken:
            # What looks like a breach may be what a recorder put there.
            masked = with_redactions(exchange, reading.body)
            if masked is not exchange:
                judged = judges.replies.judge(masked, folds=False)
                reading = _read(judges.requests, masked)
        if judged.broken and traffic.response is not None and traffic.response.body.partial:
            judged = judges.replies.judge(self._with_gaps(exchange, judged), folds=False)
        if response.cut is not None:
            tally.count(NOT_WHOLE, operation.id)
        if exchange.request.masked or response.masked:
            tally.count(MASKED_IN, operation.id)
        entry = Addition(tally, operation, exchange, outcome, traffic, where)
        entry.add_reply(judged)
        entry.add_request(reading, self.contract.clauses)
        message = judges.replies.message(exchange)
        line = line_of(traffic)
        assert message is not None
        assert line.response is not None
        address = Address(found.path, query_of(traffic.url))
        seen = seen_of(line, line.response, operation.id, address, source, number, started or 0.0)
        return JudgedExchange(message, judges.replies.folds_asked(message.parts), seen)

    def _keeps(self, traffic: TrafficExchange, found: MatchedOperation, *, both: bool) -> bool:
        """Whether a request, or both sides, keep the contract of an operation that its URL asks."""
        exchange = exchange_of(traffic, found.operation, found.path)
        judges = self.judges_of(found.operation.id)
        if not _read(judges.requests, exchange).lawful:
            return False
        return not both or not judges.replies.judge(exchange, folds=False).broken

    def _pass_by(self, traffic: TrafficExchange, tally: Tally) -> None:
        """Count an exchange that is not of the contract."""
        elsewhere = self._origins.elsewhere(traffic.method, traffic.url)
        if elsewhere is not None:
            tally.count(UNKNOWN_BASE, elsewhere)
        else:
            tally.count(UNKNOWN_PATH, f"{traffic.method} {shape_of(urlsplit(traffic.url).path)}")


def _read(judge: RequestJudge, exchange: Exchange) -> RequestReading:
    request = exchange.request
    known = Known(request.headers_known, request.content_known, request.masked)
    query = urlsplit(request.url).query
    return judge.read(request.path, query, request.headers, request.content, known)


def with_redactions(exchange: Exchange, body: Any = ABSENT) -> Exchange:
    """An exchange with what was replaced in it marked as that; `body` is that of its request."""
    request, response = exchange.request, exchange.response
    assert response is not None
    sent, received = redacted_in_request(exchange, body), redacted_in_response(response)
    if sent:
        known = request.content_known and "/body" not in sent
        request = replace(request, masked=(*request.masked, *sent), content_known=known)
    if received:
        response = replace(response, masked=(*response.masked, *received))
    if not sent and not received:
        return exchange
    return replace(exchange, request=request, response=response)
