"""A session: the campaign of one run, begun when it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cache, cached_property

from msgspec import Struct
from msgspec.structs import replace

from clausewise.campaign.budgeting import budget_of
from clausewise.campaign.campaign import Campaign, Progress
from clausewise.contract import Clause, Contract
from clausewise.contract.selecting import operations_of
from clausewise.marks import Scenery
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.budget import Budget
from clausewise.plan.plan import OperationPlan, Plan, make_plan
from clausewise.plan.selection import part_of, select
from clausewise.record.ledger import Entry
from clausewise.record.verdicts import Ruling
from clausewise.secrets.learning import Overheard
from clausewise.secrets.masking import Mask
from clausewise.secrets.settings import mask_for
from clausewise.transport.target import Target


class Scope(Struct, frozen=True):
    """What a run is about: the clauses to judge, the scenarios to play, and how hard to look.

    `clauses` are None for all of the contract, which are made when they are needed. With scenarios
    alone, everything that they happen to show is judged. They are None where it is not known yet
    which there are. `shard` is a part of so many, from 1 up, that a run is.
    """

    clauses: tuple[Clause, ...] | None = None
    examples: int = 25
    seed: int = 0
    scenarios: tuple[Scenery, ...] | None = ()
    shard: tuple[int, int] | None = None


class Session:
    """The one campaign of a run against one target, begun when it is needed.

    Verdicts wait for its end, since any exchange may break a promise of any operation.
    """

    def __init__(
        self,
        pack: Pack,
        settings: Settings,
        scope: Scope,
        listen: Callable[[Progress], None] | None = None,
        record: Callable[[Campaign, Entry], None] | None = None,
        overhear: Callable[[Target], Target] | None = None,
    ) -> None:
        """`overhear` gives a target that is the same, and tells somebody what is sent to it."""
        self.pack = pack
        self.settings = settings
        self.scope = scope
        self._listen = listen
        self._record = record
        self._overhear = overhear
        self._campaign: Campaign | None = None
        self._lock = threading.Lock()
        self._stopped: str | None = None
        self._open_scenarios = len(scope.scenarios or ())

    @property
    def campaign(self) -> Campaign:
        """The campaign, begun if it was not yet."""
        with self._lock:
            if self._campaign is None:
                self._campaign = self._begin()
            return self._campaign

    def start(self) -> None:
        """Begin, so that requests are under way before anybody waits."""
        self.campaign  # noqa: B018  # it begins when it is looked at

    def ruling(self, clause: Clause) -> Ruling:
        """The verdict on a clause. Waits for the end of the run; raises TargetError."""
        return self.campaign.rulings()[clause.id]

    def expect(self, scenarios: tuple[Scenery, ...]) -> None:
        """Take note of the scenarios that will be played; without any, the plan is carried out."""
        self.scope = replace(self.scope, scenarios=scenarios)
        self._open_scenarios = len(scenarios)
        if self._campaign is not None:
            self._campaign.scenarios += sum(scenery.requests for scenery in scenarios)
            if not scenarios:
                self._campaign.release()

    def scenario_over(self) -> None:
        """Take note that a scenario has ended; after the last one the plan is carried out."""
        self._open_scenarios -= 1
        if self._open_scenarios <= 0:
            self.campaign.release()

    def finished(self) -> Campaign | None:
        """The campaign at its end, if it was begun.

        Raises KeyboardInterrupt where its user has interrupted twice.
        """
        if self._campaign is not None:
            if self._campaign.sender.undisturbed.given_up:
                raise KeyboardInterrupt
            self._campaign.join()
        return self._campaign

    def interrupt(self) -> bool:
        """Take note of an interrupt: after another one nothing is waited for.

        Says whether it has to be raised where it came. Takes no lock: a signal handler calls it.
        """
        campaign = self._campaign
        return campaign is None or campaign.sender.undisturbed.interrupt()

    def stop(self, reason: str) -> None:
        """Send nothing more; what was sent is judged."""
        self._stopped = reason
        if self._campaign is not None:
            self._campaign.stop(reason)

    def _begin(self) -> Campaign:
        scenarios = self.scope.scenarios
        target = open_target(self.pack, self.settings)
        campaign = Campaign(
            self.pack,
            self._plan(),
            self.settings,
            self._overhear(target) if self._overhear is not None else target,
            listen=self._listen,
            selected=self._selected(),
            scenarios=None if scenarios is None else sum(one.requests for one in scenarios),
            record=self._record,
        )
        if self._stopped:
            campaign.stop(self._stopped)
        campaign.start()
        return campaign

    def _selected(self) -> set[str] | None:
        """The ids of the clauses to judge, those of scenarios' rules with them; None means all."""
        clauses = self.scope.clauses
        if not clauses:
            return None
        names = {clause.id for clause in clauses}
        # What scenarios show of other operations than the selected ones was not asked for.
        operations = {clause.operation for clause in clauses}
        for scenery in self.scope.scenarios or ():
            names |= {
                clause.id
                for clause in self.pack.contract.clauses.values()
                if clause.part == "rule"
                and clause.keyword in scenery.rules
                and clause.operation in operations
            }
        return names

    def _plan(self) -> Plan:
        contract, clauses = self.pack.contract, self.scope.clauses
        plan = make_plan(
            self.pack,
            # In the order of the documents, whatever the order of the test files is.
            operations=contract.operations if clauses is None else operations_of(clauses, contract),
            examples=self.scope.examples,
            seed=self.scope.seed,
        )
        most = self.settings.max_requests
        if most is None:
            return plan.narrowed(self._chosen)
        budget = cache(lambda: self._budget(plan, most))
        short = plan.narrowed(lambda one: budget().cut(one, self._chosen))
        short.give_up = lambda operation, sent: budget().give_back(operation, sent)
        return short

    @cached_property
    def _wanted(self) -> Mapping[str, Sequence[Clause]]:
        """The clauses to judge by operation, where they are not all."""
        wanted: dict[str, list[Clause]] = {}
        for clause in self.scope.clauses or ():
            wanted.setdefault(clause.operation, []).append(clause)
        return wanted

    def _clauses_of(self, operation: str) -> Sequence[Clause]:
        if self.scope.clauses is None:
            return self.pack.contract.clauses_of(operation)
        return self._wanted.get(operation, ())

    def _chosen(self, whole: OperationPlan) -> OperationPlan:
        """What this run is about of the plan of an operation."""
        chosen = select(whole, self._clauses_of(whole.operation.id))
        return part_of(chosen, *self.scope.shard) if self.scope.shard else chosen

    def _budget(self, plan: Plan, most: int) -> Budget:
        """The budget of a run, beside its scenarios: all of them are known when it is needed."""
        scenarios = sum(scenery.requests for scenery in self.scope.scenarios or ())
        clauses = {
            name: {clause.id for clause in self._clauses_of(name)} for name in plan.operations
        }
        return budget_of(self.pack, self.settings, plan, most, scenarios, clauses)


def open_overheard(pack: Pack, settings: Settings) -> tuple[Overheard, Mask]:
    """The target that settings name, and the mask that learns from all that is sent there."""
    mask = mask_for(pack.contract, settings, pack.token_variable)
    return Overheard(open_target(pack, settings), mask), mask


def open_target(pack: Pack, settings: Settings) -> Target:
    """The target that settings name: HTTP, or else a new instance of the pack's mock."""
    if settings.base_url is not None:
        # Imported here: a run in this process need not wait for httpx.
        from clausewise.transport.http import HttpTarget

        return HttpTarget(settings)
    from clausewise.transport.in_process import InProcessTarget

    return InProcessTarget(pack.mock())


def is_about(scenery: Scenery, contract: Contract, clauses: Container[str]) -> bool:
    """Whether a scenario tells of a rule that is among some clauses, which are ids."""
    rules = (contract.rules[name] for name in scenery.rules if name in contract.rules)
    return any(rule.clause(name).id in clauses for rule in rules for name in rule.operations)


def clauses_of(pack: Pack, operations: Iterable[str] | None = None) -> tuple[Clause, ...]:
    """All clauses of these operations, or of all."""
    wanted = set(operations) if operations is not None else None
    return tuple(
        clause
        for clause in pack.contract.clauses.values()
        if wanted is None or clause.operation in wanted
    )
