"""What a judged exchange shows, on its way into a tally: counts, evidence and doubts."""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from clausewise.contract import Operation
from clausewise.exchange import Exchange
from clausewise.judge.breaches import Breach
from clausewise.judge.outcomes import LATER, OF_A_PROXY, ON_THE_WAY, Outcome, is_documented
from clausewise.judge.replies import ReplyJudgement
from clausewise.judge.requests import RequestReading
from clausewise.record.softness import coerced
from clausewise.record.tally import Tally, TallyProof
from clausewise.traffic.exchange import TrafficExchange

# Kinds of the census; `judging` has the others.
UNKNOWN_STATUS = "undocumented status"
UNKNOWN_MEMBER = "undocumented member"
REFUSED_LAWFUL = "lawful request refused"

SEVERAL = "requests that break several promises at once were accepted: {clauses}"
ON_THE_WAY_ONLY = "what failed may be the way there: {status} says nothing of the API itself"
_WAY = frozenset({OF_A_PROXY, *LATER, *ON_THE_WAY})
_MOST_NAMED = 4


class ShownExchange(msgspec.Struct, omit_defaults=True):
    """An exchange that evidence names, and where it was recorded. It is not masked."""

    operation: str
    outcome: str
    where: str
    exchange: TrafficExchange


class Addition(Struct, dict=True):
    """One judged exchange on its way into a tally; `before` are so many others of its key."""

    tally: Tally
    operation: Operation
    exchange: Exchange
    outcome: Outcome
    traffic: TrafficExchange
    where: str
    before: int = 0

    def add_reply(self, judged: ReplyJudgement) -> None:
        """Add what the reply keeps and breaks."""
        tally, operation, response = self.tally, self.operation, self.exchange.response
        assert response is not None
        broken = {breach.clause for breach in judged.broken}
        for name in dict.fromkeys(judged.kept):
            if name not in broken:
                tally.of(name).kept += 1
        for breach in judged.broken:
            self._broken(breach, response.status)
        for name, why in dict.fromkeys(judged.unjudged):
            self.doubt(name, why)
        for part, pointer in judged.undocumented:
            tally.count(UNKNOWN_MEMBER, f"{operation.id} {part}#{pointer}")
        if operation.reply_for(response.status) is None:
            tally.count(UNKNOWN_STATUS, f"{operation.id} {response.status}")

    def _broken(self, breach: Breach, status: int) -> None:
        if status in _WAY and not is_documented(self.operation, status):
            self.doubt(breach.clause, ON_THE_WAY_ONLY.format(status=status))
            return
        self.proves("broken", breach.clause, breach.message, breach.value)

    def add_request(self, reading: RequestReading, clauses: Any) -> None:
        """Add what it says of a request that it was accepted, or refused."""
        tally, operation, outcome = self.tally, self.operation.id, self.outcome
        request = self.exchange.request
        if outcome not in ("accepted", "refused"):
            return
        if reading.lawful:
            whole = request.headers_known and request.content_known and not request.masked
            if outcome == "accepted":
                tally.lawful[operation] = tally.lawful.get(operation, 0) + 1
                if whole:
                    tally.of(f"{operation}:served").kept += 1
            elif self.exchange.response is not None:
                status = self.exchange.response.status
                tally.count(REFUSED_LAWFUL, f"{operation} {status}")
            return
        broken = [breach for breach in reading.broken if breach.clause in clauses]
        if len(broken) == 1 and not reading.unexplained:
            [breach] = broken
            soft = coerced(breach.value, clauses[breach.clause])
            self.proves(outcome, breach.clause, breach.message, breach.value, soft)
        elif outcome == "accepted":
            names = sorted(breach.clause for breach in broken)
            more = [f"and {len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
            said = SEVERAL.format(clauses=", ".join([*names[:_MOST_NAMED], *more]))
            for name in names:
                self.doubt(name, said)

    def proves(
        self, what: str, clause: str, note: str, value: Any = None, soft: str | None = None
    ) -> None:
        """Add a piece of evidence: `broken`, or `accepted` or `refused` although it breaks."""
        counted = getattr(self.tally.of(clause), what)
        if what == "accepted" and self.traffic.fixed:
            self.tally.of(clause).fixed += 1
        if counted.add(self._proof(note, value, soft)):
            self._keep()

    def doubt(self, clause: str, reason: str) -> None:
        """Add why nothing is said of a clause."""
        if self.tally.of(clause).doubt(reason, self._proof(reason)):
            self._keep()

    @cached_property
    def _digest(self) -> str:
        return digest_of_exchange(self.traffic)

    def _proof(self, note: str, value: Any = None, soft: str | None = None) -> TallyProof:
        size = len(self.exchange.request.content or b"")
        return TallyProof(self.before, size, self._digest, note, value, soft)

    def _keep(self) -> None:
        shown = ShownExchange(self.operation.id, self.outcome, self.where, self.traffic)
        self.tally.keep(self._digest, msgspec.to_builtins(shown))


def digest_of_exchange(traffic: TrafficExchange) -> str:
    """What names an exchange: the same one recorded twice is one."""
    return blake2b(msgspec.json.encode(traffic), digest_size=12).hexdigest()
