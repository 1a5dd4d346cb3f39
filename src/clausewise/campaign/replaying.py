"""Replaying: what became of the deviations of a report, told by sending their requests again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from clausewise.campaign.resending import Resender, Resent, Unrepeatable
from clausewise.contract import Clause
from clausewise.exchange import Exchange
from clausewise.judge.breaches import Answers
from clausewise.judge.contents import PartsJudge
from clausewise.judge.outcomes import (
    ABOUT_THE_REQUEST,
    GONE,
    About,
    answered,
    in_words,
    outcome_of,
)
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.cases import planned_id
from clausewise.record.exchanges import answers_of
from clausewise.record.policy import DEVIATIONS
from clausewise.record.record import JudgedClause, RecordedExchange
from clausewise.transport.target import Target

Word = Literal["fixed", "still broken", "not the same again", "cannot say"]
WORDS: tuple[Word, ...] = ("fixed", "still broken", "not the same again", "cannot say")

# What comes out right is asked so often in all before it is fixed; and so often where the report
# itself shows that the reply varies: then even a breach of every second reply shows in 99 of 100.
ENOUGH, ENOUGH_OF_CHANCE = 2, 7
# So many exchanges of an operation are looked through for that.
_MOST_LOOKED_AT = 100


class SeenAgain(Struct, frozen=True):
    """Whether a request that was sent again broke its clause; None: that cannot be said."""

    broken: bool | None
    said: str


class Replayed(Struct, frozen=True):
    """What became of one clause, and what was seen."""

    clause: str
    word: Word
    seen: str


class Replay:
    """Replays the deviations of a report against a target.

    `clauses` and `exchanges` are the report's, `base_url` that of its target (None: in process).
    """

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        target: Target,
        clauses: Iterable[JudgedClause],
        exchanges: Iterable[RecordedExchange],
        base_url: str | None,
    ) -> None:
        self.pack = pack
        self._clauses = tuple(clauses)
        self._recorded = tuple(exchanges)
        self._resender = Resender(pack, settings, target, self._recorded, base_url)

    @property
    def left_over(self) -> list[str]:
        """What this replay made and could not take back, in words."""
        return self._resender.left_over

    def run(self, only: str | None = None) -> Iterator[Replayed]:
        """Replay every deviation, or one clause's."""
        for found in self._clauses:
            if found.verdict in DEVIATIONS and only in (None, found.id):
                yield self._one(found)

    def _one(self, found: JudgedClause) -> Replayed:
        """Ask until it is broken again, or was right often enough not to be so by chance."""
        numbers = [proof.exchange for proof in found.evidence]
        known = self._resender.exchanges
        number = next((n for n in numbers if n in known), 0)
        seen = self.again(found.id, found.verdict, number)
        if seen.broken is not False:
            return Replayed(found.id, "still broken" if seen.broken else "cannot say", seen.said)
        enough = ENOUGH_OF_CHANCE if self.varies(found, known[number]) else ENOUGH
        for times in range(2, enough + 1):
            later = self.again(found.id, found.verdict, number)
            if later.broken is None:
                return Replayed(found.id, "cannot say", f"{seen.said}; asked again, {later.said}")
            if later.broken:
                told = f"{seen.said}; asked {times} times, it was broken: {later.said}"
                return Replayed(found.id, "not the same again", told)
        return Replayed(found.id, "fixed", seen.said)

    def still(self, name: str, number: int) -> SeenAgain:
        """Send an exchange again until its clause is not broken: more often where replies vary."""
        found = next(clause for clause in self._clauses if clause.id == name)
        seen = self.again(name, found.verdict, number)
        often = seen.broken and self.varies(found, self._resender.exchanges[number])
        for _ in range(ENOUGH_OF_CHANCE - 1 if often else 0):
            later = self.again(name, found.verdict, number)
            if later.broken is not True:
                return later
        return seen

    def again(self, name: str, verdict: str, number: int) -> SeenAgain:
        """Send an exchange of the report again, and see whether a clause is broken as it was."""
        clause = self.pack.contract.clauses.get(name)
        if clause is None:
            return SeenAgain(None, "the contract has no such clause any more")
        try:
            resent = self._resender.send(number)
        except Unrepeatable as why:
            return SeenAgain(None, str(why))
        shown = self._resender.exchanges[number]
        if verdict == "violated":
            return self._violated(clause, shown, resent)
        return self._taken(clause, shown, resent.exchange)

    def _violated(self, clause: Clause, shown: RecordedExchange, resent: Resent) -> SeenAgain:
        exchange = resent.exchange
        response = exchange.response
        if response is None:
            silent = shown.response is None and not exchange.unreachable
            return SeenAgain(silent or None, f"there was no reply: {exchange.failure}")
        judgement = self._resender.judge(clause.operation).judge(exchange, resent.history)
        for breach in judgement.broken:
            if breach.clause == clause.id:
                return SeenAgain(True, breach.message)
        said = answered(response)
        scenario = self._played(clause, shown)
        if scenario is not None:
            return SeenAgain(None, f"{said}; what it shows is for {scenario} to say")
        rule = self.pack.contract.rules.get(clause.keyword) if clause.part == "rule" else None
        if rule is not None and rule.fold and not self._resender.shows(shown.id, clause.id):
            return SeenAgain(None, f"{said}; what broke it is more than what this request rests on")
        before = shown.response
        if clause.part[:1].isdigit() and before and before.status != response.status:
            return SeenAgain(None, f"{said}; it is about replies of {clause.part}")
        return SeenAgain(False, said)

    def _taken(self, clause: Clause, shown: RecordedExchange, exchange: Exchange) -> SeenAgain:
        response = exchange.response
        if response is None:
            return SeenAgain(None, f"there was no reply: {exchange.failure}")
        operation = self.pack.contract.operations[shown.operation]
        outcome = outcome_of(operation, response, _about(clause, shown), self.pack.refusal)
        if outcome not in ABOUT_THE_REQUEST:
            return SeenAgain(None, in_words(outcome, response))
        if response.status in GONE and clause.part != "path" and operation.located("path"):
            return SeenAgain(None, f"{answered(response)}; what its path names may be gone")
        broken = (outcome == "accepted") == (shown.expect == "refused")
        return SeenAgain(broken, f"{outcome} with {response.status}")

    def varies(self, found: JudgedClause, shown: RecordedExchange) -> bool:
        """Whether the report itself shows that the target keeps the clause now and then."""
        if found.verdict != "violated":
            name = planned_id(shown.case.partition(": ")[0])[0]
            same = [e for e in self._recorded if planned_id(e.case.partition(": ")[0])[0] == name]
            return len({one.outcome for one in same}) > 1
        if found.part in ("rule", "status"):  # other requests are known to keep it
            return True
        judge = PartsJudge(self.pack.contract, self.pack.contract.operations[found.operation])
        ours = [e for e in self._recorded if e.operation == found.operation]
        looked_at = (answers_of(one, judge) for one in ours[:_MOST_LOOKED_AT])
        return any(_keeps(answers, found.id) for answers in looked_at)

    def _played(self, clause: Clause, shown: RecordedExchange) -> str | None:
        """The scenario that an exchange belongs to, if it may show this clause by itself."""
        name = shown.case.partition("/")[0]
        for scenery, _ in self.pack.scenarios:
            if scenery.name == name and clause.part == "rule" and clause.keyword in scenery.rules:
                return name
        return None


def _about(clause: Clause, shown: RecordedExchange) -> About:
    """What a request that decided about a clause was sent to find out."""
    if clause.part == "auth" or shown.credential:
        return "credential"
    return "state" if clause.part == "rule" else "request"


def _keeps(answers: Answers, clause: str) -> bool:
    return clause in answers.kept and clause not in {breach.clause for breach in answers.broken}
