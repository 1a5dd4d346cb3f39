"""The plan: every request of a run, in order, with what each one is for."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clausewise.contract import Operation
from clausewise.contract.requests import BODY
from clausewise.pack import Pack
from clausewise.plan import store
from clausewise.plan.bodies import BodyModel
from clausewise.plan.cases import LAWFUL, Case
from clausewise.plan.ground import Ground, disputed_in, need_of
from clausewise.plan.isolation import Isolation
from clausewise.plan.planning import Planner
from clausewise.plan.uses import Uses
from clausewise.plan.values import OF_ITEMS, Level
from clausewise.pointer import look

# Cases that are kept for operations of the same shape.
MOST_KEPT = 4_000


@dataclass(slots=True)
class OperationPlan:
    """The cases of one operation, and what is needed to make more of them on the way.

    `unplanned` says of clauses without a case why there is none; `lack` why there is no case at
    all, where that is so. `model` and `isolation` are those of the whole request.
    """

    pack: Pack
    operation: Operation
    cases: list[Case]
    unplanned: dict[str, str]
    lack: str | None
    _ground: Ground | None = None
    _clauses: dict[tuple[str | None, str], str] | None = None

    @property
    def ground(self) -> Ground:
        """What the plan stands on, laid out when it is first asked for."""
        if self._ground is None:
            self._ground = Ground(self.pack, self.operation.id)
        return self._ground

    def named(self, operation: Operation) -> OperationPlan:
        """The plan of an operation of the same shape."""
        old, new = self.operation.id, operation.id

        def renamed(name: str) -> str:
            return f"{new}{name.removeprefix(old)}"

        cases = [
            replace(
                case, id=renamed(case.id), operation=new, probes=tuple(map(renamed, case.probes))
            )
            for case in self.cases
        ]
        unplanned = {renamed(clause): why for clause, why in self.unplanned.items()}
        return OperationPlan(self.pack, operation, cases, unplanned, self.lack)

    @property
    def model(self) -> BodyModel:
        """The choices of a request."""
        return self.ground.model

    @property
    def isolation(self) -> Isolation:
        """Who judges the values of a request."""
        return self.ground.isolation

    @property
    def leased(self) -> str | None:
        """Where a request names a resource that no two cases share."""
        return self.ground.leased

    def needs(self, value: Any) -> tuple[str, str | None] | None:
        """The supply and the state that a request with this value needs, if any."""
        return need_of(self.pack, self.operation.id, look(value, f"/{BODY}"))

    def lawful(self, value: Any) -> bool:
        """Whether a request keeps the contract and its rules, and can be written."""
        return self.ground.lawful(value)

    def disputed(self, levels: Mapping[str, Level]) -> str | None:
        """The first member of which the documents disagree whether it may have its value."""
        return disputed_in(self.model, levels)

    def leans_on(self, levels: dict[str, Level]) -> dict[str, str]:
        """The clauses whose inner side these levels stand on, each with the factor's pointer."""
        found: dict[str, str] = {}
        for at, level in levels.items():
            if at not in self.model.factors:
                continue
            clause = self.clause_of(at, level)
            if clause is not None:
                found.setdefault(clause, at)
        return found

    def clause_of(self, at: str, level: Level) -> str | None:
        """The clause that a level stands on the inner side of."""
        pointer = self.model.factors[at].pointer
        if level.keyword.startswith(OF_ITEMS):
            keyword = level.keyword.removeprefix(OF_ITEMS)
            return self._clause_at(f"{pointer}/*", keyword)
        # On the wire all is text, whatever it says: there the parameter itself is blamed.
        for keyword in (level.keyword, "type", "required", "optional"):
            name = self._clause_at(pointer, keyword)
            if name is not None:
                return name
        return None

    def _clause_at(self, at: str, keyword: str) -> str | None:
        """The clause of a keyword at a place of the request."""
        if self._clauses is None:
            self._clauses = {
                (clause.at, clause.keyword): clause.id
                for clause in self.operation.requested.values()
                if clause.at is not None and "(" not in clause.part
            }
        return self._clauses.get((at, keyword))


@dataclass(slots=True)
class Plan:
    """The plans of all selected operations."""

    operations: dict[str, OperationPlan] = field(default_factory=dict)
    # The size of the random search that it was made with.
    examples: int = 0

    @property
    def cases(self) -> list[Case]:
        """Every case in the order of sending."""
        return [case for plan in self.operations.values() for case in plan.cases]

    @property
    def repeats(self) -> int:
        """How many safe operations are asked the same twice, to see whether they answer alike."""
        return sum(
            plan.operation.safe and any(case.kind in LAWFUL for case in plan.cases)
            for plan in self.operations.values()
        )

    def requests(self, pack: Pack) -> int:
        """How many requests it takes in all, but for scenarios, where all goes well."""
        return len(self.cases) + self.preparations(pack) + self.repeats

    def preparations(self, pack: Pack) -> int:
        """How many requests it takes to supply what the cases need, where all goes well.

        A thing that has to be looked at until it is in a state counts as looked at once.
        """
        there: set[tuple[str, str | None]] = set()
        count = 0
        for case in self.cases:
            if case.needs is None:
                continue
            supply = pack.supplies[case.needs[0]]
            count += _to_supply(pack, case.needs, there)
            if case.expect != "refused" and not self.operations[case.operation].operation.safe:
                there.remove(case.needs)
                reached = supply.state_after(case.needs[1], case.operation, case.body)
                if reached is not None:
                    there.add((supply.name, reached))
        return count

    def count(self) -> dict[str, int]:
        """How many cases of each kind."""
        counts: dict[str, int] = {}
        for case in self.cases:
            counts[case.kind] = counts.get(case.kind, 0) + 1
        return counts


def _to_supply(
    pack: Pack, needs: tuple[str, str | None], there: set[tuple[str, str | None]]
) -> int:
    """How many requests it takes to have a thing in a state, which then is `there`."""
    if needs in there:
        return 0
    supply = pack.supplies[needs[0]]
    count = 1 + len(supply.steps_to(needs[1]))
    around = pack.supply_for(supply.operation)
    if around is not None:
        inner = (around.name, around.needed_by[supply.operation].state)
        count += _to_supply(pack, inner, there)
        there.discard(inner)
    there.add(needs)
    return count


def make_plan(
    pack: Pack,
    *,
    operations: Iterable[str] | None = None,
    examples: int = 25,
    seed: int = 0,
) -> Plan:
    """Lay out the requests of a run. The same pack and options give the same plan, to the byte."""
    contract = pack.contract
    chosen = list(operations) if operations is not None else list(contract.operations)
    made = {plan.operation.id: plan for plan in plans(pack, chosen, examples, seed)}
    return Plan(made, examples)


def plans(pack: Pack, chosen: Iterable[str], examples: int, seed: int) -> Iterator[OperationPlan]:
    """The plans of these operations, one after the other."""
    uses = Uses(pack, examples, seed)
    # Of each shape the plan that was made last, as many as have so many cases together.
    known: OrderedDict[str, OperationPlan] = OrderedDict()
    for name in chosen:
        shape = uses.shape_of(name)
        if shape is not None and shape in known:
            known.move_to_end(shape)
            yield known[shape].named(pack.contract.operations[name])
            continue
        plan = _kept(pack, name, uses, examples, seed)
        if shape is not None and plan.lack is None:
            known[shape] = replace(plan, _ground=None)
            while sum(len(one.cases) for one in known.values()) > MOST_KEPT and len(known) > 1:
                known.popitem(last=False)
        yield plan


def _kept(pack: Pack, name: str, uses: Uses, examples: int, seed: int) -> OperationPlan:
    """The plan of one operation, from disk where it was made before."""
    key = uses.key_of(name)
    kept = store.read(key)
    planner = Planner(pack, name, examples, seed, store.agreed_of(kept))
    known = None
    if planner.lack is None and kept is not None:
        rules = (rule.clause(name) for rule in pack.contract.rules_of(name))
        requested = pack.contract.operations[name].requested
        clauses = {**requested, **{one.id: one for one in rules}}
        known = store.restored(kept, clauses, planner.ground)
    if known is None:
        known = planner.plan()
        if planner.lack is None:
            store.save(key, *known, agreed=[json.dumps(planner.ground.least_value())])
    cases, unplanned = known
    ground = planner.ground
    return OperationPlan(pack, ground.operation, cases, unplanned, ground.lack, ground)
