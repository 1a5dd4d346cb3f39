"""Scenarios: requests that a contract test sends one after the other, and what they show of rules.

Every exchange is judged like those of the plan and stands in the same ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from clausewise.campaign.campaign import Campaign
from clausewise.campaign.pacing import Stopped
from clausewise.campaign.requests import read_path
from clausewise.campaign.sparing import LeftOut
from clausewise.contract.parameter_pairs import query_text
from clausewise.contract.requests import BODY
from clausewise.errors import UsageError
from clausewise.judge.outcomes import answered
from clausewise.marks import Scenery
from clausewise.plan.cases import Case
from clausewise.pointer import ABSENT, escape, look
from clausewise.record.ledger import Entry, RuleObservation
from clausewise.values.values import stable_uuid


class ScenarioEnded(Exception):  # noqa: N818  # an outcome: what it was to show is inconclusive
    """A scenario cannot go on; `str()` says why."""


class ScenarioReply:
    """What a request of a scenario was answered with."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    def __repr__(self) -> str:
        return f"<{self.operation} answered {self.status}>"

    @property
    def operation(self) -> str:
        """The operation that was asked."""
        return self.entry.case.operation

    @property
    def status(self) -> int | None:
        """The status, or None where there was no reply."""
        return self.entry.exchange.status

    @property
    def body(self) -> Any:
        """The body as JSON, or None where it is none."""
        return self.entry.exchange.json_or_none

    @property
    def accepted(self) -> bool:
        """Whether it is a success."""
        return self.entry.outcome == "accepted"

    @property
    def refused(self) -> bool:
        """Whether it is a refusal of this very request: a 4xx that is not about the credential."""
        return self.entry.outcome in ("refused", "conflict")

    def at(self, pointer: str) -> Any:
        """The value at a JSON Pointer of the body; None where there is nothing."""
        value = look(self.body, pointer)
        return None if value is ABSENT else value

    def must_be_accepted(self) -> ScenarioReply:
        """The reply itself; ends the scenario as inconclusive where it is no success."""
        if not self.accepted:
            said = answered(self.entry.exchange.response)
            raise ScenarioEnded(f"{self.operation} {said} (exchange {self.entry.id})")
        return self


class PlayedScenario:
    """One scenario while it is played."""

    def __init__(self, campaign: Campaign, scenery: Scenery) -> None:
        self.scenery = scenery
        self._campaign = campaign
        self._sent = 0
        self._fresh = 0
        self._waits = 0
        # Two tests may have one name, and one test may be played twice.
        self._group = f"scenario {scenery.name}, from {len(campaign.ledger.entries) + 1}"

    def fresh(self, resource: str) -> str:
        """The id of a resource that nothing else uses: a new one, or one that the profile lists."""
        known = self._campaign.pack.resources
        if resource not in known:
            raise UsageError(f"no resource {resource!r}; there are: {', '.join(known) or 'none'}")
        self._fresh += 1
        planned = stable_uuid(self._group, resource, self._fresh)
        return str(self._campaign.sender.leased_id(resource, planned))

    def send(
        self,
        operation: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = ABSENT,
    ) -> ScenarioReply:
        """Send one request. Path parameters that are not given are those of the run."""
        if operation not in self._campaign.pack.contract.operations:
            raise UsageError(f"no operation {operation!r} in the contract")
        for name, value in (path or {}).items():
            if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
                raise ScenarioEnded(f"there is no {name} to ask {operation} about")
        self._sent += 1
        if self._sent > self.scenery.requests:
            raise UsageError(
                f"{self.scenery.name} sends more than the {self.scenery.requests} requests that "
                "it declares"
            )
        try:
            entry = self._campaign.sender.send(self._case(operation, path, query, body))
        except (Stopped, LeftOut) as end:
            raise ScenarioEnded(str(end)) from None
        self._campaign.vet(entry)
        return ScenarioReply(entry)

    def poll(
        self,
        operation: str,
        *,
        until: Callable[[ScenarioReply], bool],
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = ABSENT,
        most: int = 4,
    ) -> ScenarioReply:
        """Send one request again until its reply is as wanted, or the settle time is over.

        That takes `most` requests; gives the last reply. Ends the scenario as inconclusive where
        the run has waited as long as it may, and the reply is not as wanted.
        """
        replies: list[ScenarioReply] = []

        def look() -> bool:
            replies.append(self.send(operation, path=path, query=query, body=body))
            return until(replies[-1])

        settling = self._campaign.sender.settling
        self._waits += 1
        if not settling.until(f"{self._group}, {self._waits}", look, most) and settling.spent:
            self.give_up(
                f"{operation} may need some time, and the run has waited long enough in all"
            )
        return replies[-1]

    def holds(self, rule: str, reply: ScenarioReply, condition: bool, message: str) -> bool:
        """Note whether a reply keeps a rule; `message` says what is wrong where it does not."""
        clause = f"{reply.operation}:rule:{rule}"
        if rule not in self.scenery.rules:
            raise UsageError(f"{self.scenery.name} does not declare that it may show {rule}")
        if clause not in self._campaign.pack.contract.clauses:
            raise UsageError(f"rule {rule} is not about {reply.operation}")
        broken = None if condition else message
        self._campaign.ledger.observations.append(RuleObservation(clause, reply.entry.id, broken))
        return condition

    def give_up(self, reason: str) -> NoReturn:
        """End the scenario: what it has not shown yet stays inconclusive."""
        raise ScenarioEnded(reason)

    @property
    def broken(self) -> list[RuleObservation]:
        """What was seen to be broken of what the run was to judge, each clause once."""
        found: dict[str, RuleObservation] = {}
        selected = self._campaign.selected
        for seen in self._campaign.ledger.observations:
            asked = selected is None or seen.clause in selected
            if asked and seen.broken is not None and self._is_mine(seen):
                found.setdefault(seen.clause, seen)
        return list(found.values())

    def end(self, reason: str | None = None) -> None:
        """Undo what was made. With a reason, what was not shown stays inconclusive."""
        self._campaign.sender.undo(self._group)
        if reason is None:
            return
        shown = {seen.clause for seen in self._campaign.ledger.observations if self._is_mine(seen)}
        for clause in self._campaign.pack.contract.clauses.values():
            if clause.part == "rule" and clause.keyword in self.scenery.rules:
                rule = self._campaign.pack.contract.rules[clause.keyword]
                if rule.scenario == self.scenery.name and clause.id not in shown:
                    self._campaign.ledger.hindered.setdefault(
                        clause.id, f"{self.scenery.name} could not go on: {reason}"
                    )

    def _is_mine(self, seen: RuleObservation) -> bool:
        return self._campaign.ledger.entries[seen.entry - 1].case.group == self._group

    def _case(
        self,
        operation: str,
        path: Mapping[str, str] | None,
        query: Mapping[str, Any] | None,
        body: Any,
    ) -> Case:
        asked = self._campaign.pack.contract.operations[operation]
        texts = {name: str(value) for name, value in (path or {}).items()}
        value: dict[str, Any] = {"path": read_path(asked, texts), "query": dict(query or {})}
        if not asked.contents and body is not ABSENT:
            raise UsageError(f"{operation} takes no body")
        if query_text(asked.located("query"), value["query"]) is None:
            raise UsageError(f"{operation}: {query!r} is no query that its parameters could say")
        if body is not ABSENT:
            value[BODY] = body
        return Case(
            id=f"{self.scenery.name}/{self._sent}",
            operation=operation,
            kind="scenario",
            expect="either",
            label=self.scenery.name,
            value=value,
            group=self._group,
            pinned=frozenset(f"/path/{escape(name)}" for name in texts),
        )


def play(campaign: Campaign, scenery: Scenery, scenario: Callable[[Any], None]) -> PlayedScenario:
    """Play one scenario of a pack outside of pytest. Raises TargetError.

    What its test asserts is for pytest to tell; here it only ends the scenario.
    """
    campaign.until_ready()
    played = PlayedScenario(campaign, scenery)
    ended: str | None = "its test did not come to its end"
    try:
        scenario(played)
        ended = None
    except ScenarioEnded as end:
        ended = str(end)
    except BaseException as error:
        # pytest's own ways to end a test are no Exceptions.
        if not (isinstance(error, AssertionError) or type(error).__module__ == "_pytest.outcomes"):
            raise
    finally:
        played.end(ended)
    return played
