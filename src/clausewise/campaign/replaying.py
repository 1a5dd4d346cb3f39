"""Sending the deciding requests of a report again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from clausewise.contract import Clause
from clausewise.exchange import Exchange, Request
from clausewise.judge.replies import ReplyJudge
from clausewise.pack import Pack
from clausewise.plan.bodies import look, put
from clausewise.plan.cases import encode
from clausewise.plan.plan import WRONG_TOKEN
from clausewise.plan.values import ABSENT
from clausewise.strict_json import NotJSON, parse
from clausewise.target.settings import Settings
from clausewise.target.target import Failed, Target

DEVIATIONS = ("violated", "lenient", "strict")
Shown = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one clause: still broken, fixed, or None where nothing can be said."""

    clause: str
    broken: bool | None
    seen: str


class Replay:
    """Replays the deviations of one report model against a target."""

    def __init__(
        self, pack: Pack, settings: Settings, target: Target, model: Mapping[str, Any]
    ) -> None:
        self.pack = pack
        self.settings = settings
        self.target = target
        self.model = model
        self._exchanges: dict[int, Shown] = {e["id"]: e for e in model["exchanges"]}
        self._resource = pack.leased

    def run(self, only: str | None = None) -> Iterator[Replayed]:
        """Replay every deviation, or one clause's."""
        for found in self.model["clauses"]:
            if found["verdict"] in DEVIATIONS and only in (None, found["id"]):
                yield self._one(found)

    def _one(self, found: Mapping[str, Any]) -> Replayed:
        name = found["id"]
        clause = self.pack.contract.clauses.get(name)
        if clause is None:
            return Replayed(name, None, "the contract has no such clause any more")
        numbers = [item["exchange"] for item in found["evidence"]]
        shown = next((self._exchanges[n] for n in numbers if n in self._exchanges), None)
        if shown is None:
            return Replayed(name, None, "the report does not hold its exchange")
        # Another resource than the first run's, which may still be in use.
        fresh = str(uuid4())
        for before in self._steps_before(shown, clause):
            self._send(before, fresh)
        return self._judged(clause, found["verdict"], shown, self._send(shown, fresh))

    def _leased(self, operation: str) -> str | None:
        return self._resource.members.get(operation) if self._resource else None

    def _steps_before(self, shown: Shown, clause: Clause) -> Iterator[Shown]:
        """The earlier requests of a rule with several steps: those about the same resource."""
        rule = self.pack.contract.rules.get(clause.keyword) if clause.part == "rule" else None
        at = self._leased(clause.operation)
        if rule is None or not rule.steps or at is None:
            return
        wanted = look(_body(shown), at)
        for number, earlier in sorted(self._exchanges.items()):
            if number < shown["id"] and wanted is not ABSENT and look(_body(earlier), at) == wanted:
                yield earlier

    def _send(self, shown: Shown, fresh: str) -> Exchange:
        """Send a recorded request again, about a fresh resource."""
        request = shown["request"]
        body = _body(shown)
        content = request["body"].encode() if request["body"] is not None else None
        at = self._leased(shown["operation"])
        if at is not None and _is_uuid(look(body, at)):
            content = encode(put(body, at, fresh))
        headers = []
        for name, value in request["headers"]:
            if name.lower() == "authorization":
                made_up = WRONG_TOKEN in shown["curl"]
                value = f"Bearer {WRONG_TOKEN if made_up else self.settings.token}"
            headers.append((name, value))
        sent = Request(request["method"], self._url(shown), tuple(headers), content)
        try:
            return Exchange(shown["operation"], sent, self.target.send(sent))
        except Failed as failure:
            return Exchange(shown["operation"], sent, None, failure.reason)

    def _url(self, shown: Shown) -> str:
        """The recorded URL at the base URL of this replay."""
        first = self.pack.contract.operations[shown["operation"]].path.split("{")[0]
        url: str = shown["request"]["url"]
        return self.settings.origin + url[url.index(first) :]

    def _judged(self, clause: Clause, verdict: str, shown: Shown, exchange: Exchange) -> Replayed:
        response = exchange.response
        if response is None:
            return Replayed(clause.id, None, f"there was no reply: {exchange.failure}")
        if verdict == "violated":
            operation = self.pack.contract.operations[clause.operation]
            judge = ReplyJudge(self.pack.contract, operation, self.pack.checks)
            for breach in judge.judge(exchange).broken:
                if breach.clause == clause.id:
                    return Replayed(clause.id, True, breach.message)
            return Replayed(clause.id, False, f"answered {response.status}")
        if response.status in (401, 403, 429, 503) and clause.part != "auth":
            return Replayed(clause.id, None, f"answered {response.status}")
        accepted = 200 <= response.status < 300
        broken = accepted if shown["expect"] == "refused" else not accepted
        word = "accepted" if accepted else "refused"
        return Replayed(clause.id, broken, f"{word} with {response.status}")


def _body(shown: Shown) -> Any:
    body = shown["request"]["body"]
    try:
        return parse(body.encode()) if body is not None else ABSENT
    except NotJSON:
        return ABSENT


def _is_uuid(value: Any) -> bool:
    try:
        UUID(value)
    except (ValueError, AttributeError, TypeError):
        return False
    return True
