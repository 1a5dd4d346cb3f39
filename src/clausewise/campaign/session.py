"""A session: the campaigns of one run, one an operation, each begun when it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clausewise.campaign.campaign import Campaign, Progress
from clausewise.contract import Clause
from clausewise.judge.verdicts import Ruling
from clausewise.pack import Pack
from clausewise.plan.plan import Plan, make_plan
from clausewise.plan.selection import limit, select
from clausewise.target.in_process import InProcessTarget
from clausewise.target.settings import Settings
from clausewise.target.target import Target


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run is about: the clauses to judge, and how hard to look."""

    clauses: tuple[Clause, ...]
    examples: int = 25
    seed: int = 0

    @property
    def operations(self) -> list[str]:
        """The operations of the clauses, in document order."""
        return list(dict.fromkeys(clause.operation for clause in self.clauses))


class Session:
    """The campaigns of one run against one target.

    The campaign of an operation starts when its first verdict is asked for; `start` begins the
    first one right away, so that requests are under way before anybody waits.
    """

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        scope: Scope,
        listen: Callable[[str, Progress], None] | None = None,
    ) -> None:
        self.pack = pack
        self.settings = settings
        self.scope = scope
        self._listen = listen or (lambda operation, progress: None)
        self._campaigns: dict[str, Campaign] = {}
        self._lock = threading.Lock()
        self._application: object | None = None
        self._stopped: str | None = None

    def start(self) -> None:
        """Begin with the first operation."""
        for name in self.scope.operations[:1]:
            self.campaign(name)

    def campaign(self, operation: str) -> Campaign:
        """The campaign of an operation, begun if it was not yet."""
        with self._lock:
            if operation not in self._campaigns:
                self._campaigns[operation] = self._begin(operation)
            return self._campaigns[operation]

    def ruling(self, clause: Clause) -> Ruling:
        """The verdict on a clause. Waits for its operation; raises TargetError."""
        return self.campaign(clause.operation).rulings()[clause.id]

    def finished(self) -> list[Campaign]:
        """The campaigns that were begun, each of them at its end."""
        campaigns = list(self._campaigns.values())
        for campaign in campaigns:
            campaign.join()
        return campaigns

    def stop(self, reason: str) -> None:
        """Send nothing more; what was sent is judged."""
        self._stopped = reason
        for campaign in list(self._campaigns.values()):
            campaign.stop(reason)

    def _begin(self, operation: str) -> Campaign:
        plan = make_plan(
            self.pack,
            operations=[operation],
            examples=self.scope.examples,
            seed=self.scope.seed,
        )
        wanted = [clause for clause in self.scope.clauses if clause.operation == operation]
        chosen = select(plan.operations[operation], wanted)
        if self.settings.max_requests is not None:
            chosen, lost = limit(chosen, self.settings.max_requests)
            for clause in lost:
                chosen.unplanned.setdefault(
                    clause, f"left out to stay within {self.settings.max_requests} requests"
                )
        campaign = Campaign(
            self.pack,
            Plan({operation: chosen}),
            self.settings,
            self._target(),
            lambda progress: self._listen(operation, progress),
            {clause.id for clause in wanted},
        )
        if self._stopped:
            campaign.stop(self._stopped)
        campaign.start()
        return campaign

    def _target(self) -> Target:
        if self.settings.base_url is None and self._application is None:
            self._application = self.pack.mock()
        return open_target(self.pack, self.settings, self._application)


def open_target(pack: Pack, settings: Settings, application: object | None = None) -> Target:
    """The target that settings name: HTTP, or an application in this process.

    Without an application it is a new instance of the pack's mock.
    """
    if settings.base_url is not None:
        # Imported here: a run in this process need not wait for httpx.
        from clausewise.target.http import HttpTarget

        return HttpTarget(settings)
    return InProcessTarget(application if application is not None else pack.mock())


def clauses_of(pack: Pack, operations: Iterable[str] | None = None) -> tuple[Clause, ...]:
    """All clauses of these operations, or of all."""
    wanted = set(operations) if operations is not None else None
    return tuple(
        clause
        for clause in pack.contract.clauses.values()
        if wanted is None or clause.operation in wanted
    )
