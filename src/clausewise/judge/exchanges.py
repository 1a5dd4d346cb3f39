"""Judging one exchange, both sides: what request and reply keep, and who broke what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from clausewise.contract import Clause, Contract, Operation
from clausewise.exchange import Exchange
from clausewise.judge.breaches import Breach
from clausewise.judge.outcomes import Refusal, outcome_of
from clausewise.judge.replies import ReplyJudge
from clausewise.judge.requests import Known, RequestJudge

Side = Literal["request", "response"]


class Observation(Struct, frozen=True):
    """What one side of an exchange shows of one clause.

    `kept` says whether that side keeps it; `message` what is wrong where it does not, `value` the
    value that is wrong and `at` the JSON Pointer where it stands.
    """

    clause: Clause
    side: Side
    kept: bool
    message: str = ""
    value: Any = None
    at: str | None = None

    def __str__(self) -> str:
        where = f" ({self.clause.source})" if self.clause.source else ""
        lines = [f"{self.clause.id}: {self.clause.promise}{where}"]
        if not self.kept:
            at = f"at {self.at}: " if self.at else ""
            lines.append(f"  {at}{self.message}")
        return "\n".join(lines)


class Judgement(Struct, frozen=True):
    """What one exchange says of its contract, on both sides.

    `request` has every clause that the request could speak to, `response` those of the reply. A
    request that breaks its contract is its sender's doing, as long as it is refused; once it is
    accepted, the API has not kept what it promised: `lenient`.
    """

    operation: str
    method: str
    path: str
    status: int | None
    accepted: bool
    request: tuple[Observation, ...]
    response: tuple[Observation, ...]
    undocumented: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the API kept every clause that it could be held to; soft ones only warn."""
        return all(one.clause.soft for one in self.broken)

    @property
    def broken(self) -> tuple[Observation, ...]:
        """What the API broke: clauses of its reply, then those that it did not ask of the request.

        Of several of the latter at least one was not asked for; which one an exchange cannot say.
        """
        return (*self.violated, *self.lenient)

    @property
    def violated(self) -> tuple[Observation, ...]:
        """The clauses that the reply breaks."""
        return tuple(one for one in self.response if not one.kept)

    @property
    def lenient(self) -> tuple[Observation, ...]:
        """The clauses that the request breaks, although it was accepted."""
        return tuple(one for one in self.request if not one.kept) if self.accepted else ()

    @property
    def lawful(self) -> bool:
        """Whether the request keeps every clause that it speaks to."""
        return all(one.kept for one in self.request)

    def __str__(self) -> str:
        status = f"answered {self.status}" if self.status is not None else "no reply"
        head = f"{self.operation} ({self.method} {self.path}, {status})"
        if not self.broken:
            return f"{head}: {len(self.request) + len(self.response)} clauses judged, none broken"
        lines = [f"{head} breaks its contract:"]
        for verdict, found in (("violated", self.violated), ("lenient", self.lenient)):
            for one in found:
                soft = ", soft" if one.clause.soft else ""
                inner = str(one).replace("\n", "\n  ")
                lines.append(f"  {verdict}{soft}: {inner}")
        if self.lenient:
            this = "this clause" if len(self.lenient) == 1 else "these clauses"
            lines.append(f"  lenient means: a request that breaks {this} was accepted")
        return "\n".join(lines)


class ExchangeJudge:
    """Judges the exchanges of one contract, request and reply. Safe to use from several threads.

    `checks` are the functions that its rules name; `refusal` is a schema of bodies that refuse,
    whatever their status is.
    """

    def __init__(
        self,
        contract: Contract,
        checks: Mapping[str, Callable[..., Any]],
        refusal: Refusal | None,
    ) -> None:
        self._contract = contract
        self._checks = checks
        self._refusal = refusal
        self._judges: dict[str, tuple[RequestJudge, ReplyJudge, tuple[str, ...]]] = {}

    def judge(self, exchange: Exchange) -> Judgement:
        """What an exchange says, which stands for itself also to rules about several."""
        request, response = exchange.request, exchange.response
        operation = self._contract.operations[exchange.operation]
        requests, replies, secret = self._of(operation)
        parts = urlsplit(request.url)
        known = Known(request.headers_known, request.content_known, request.masked)
        reading = requests.read(request.path, parts.query, request.headers, request.content, known)
        judged = replies.judge(exchange)
        return Judgement(
            exchange.operation,
            request.method,
            parts.path,
            exchange.status,
            outcome_of(operation, response, refusal=self._refusal) == "accepted",
            tuple(self._observed("request", reading.kept, reading.broken, secret)),
            tuple(self._observed("response", judged.kept, judged.broken, ())),
            tuple(f"{part}#{at}" for part, at in judged.undocumented),
        )

    def _of(self, operation: Operation) -> tuple[RequestJudge, ReplyJudge, tuple[str, ...]]:
        if operation.id not in self._judges:
            self._judges[operation.id] = (
                RequestJudge(self._contract, operation),
                ReplyJudge(self._contract, operation, self._checks),
                tuple(_secret_places(operation)),
            )
        return self._judges[operation.id]

    def _observed(
        self,
        side: Side,
        kept: Iterable[str],
        broken: Iterable[Breach],
        secret: tuple[str, ...],
    ) -> Iterator[Observation]:
        """The observations of one side, each clause once; what is broken somewhere is not kept."""
        breaches = {breach.clause: breach for breach in broken}
        for name in dict.fromkeys([*kept, *breaches]):
            clause = self._contract.clauses.get(name)
            if clause is None:
                continue
            breach = breaches.get(name)
            if breach is None:
                yield Observation(clause, side, True)
            elif clause.keyword != "required" and _holds_or_is(clause.pointer, secret):
                yield Observation(clause, side, False, "it breaks this", None, breach.at)
            else:
                yield Observation(clause, side, False, breach.message, breach.value, breach.at)


def _secret_places(operation: Operation) -> Iterator[str]:
    """Where a body has what never comes back: such a value is not shown."""
    places = (place for one in operation.contents for place in one.message.place.walk())
    yield from (place.pointer for place in places if place.is_secret)


def _holds_or_is(pointer: str | None, places: tuple[str, ...]) -> bool:
    """Whether a value is one of these places, lies in one, or has one in it."""
    return pointer is not None and any(
        f"{pointer}/".startswith(f"{place}/") or place.startswith(f"{pointer}/") for place in places
    )
