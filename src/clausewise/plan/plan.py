"""The plan: every request of a run, in order, with what each one is for."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import RLock
from typing import Any

from msgspec import Struct

from clausewise.contract import Operation
from clausewise.contract.requests import BODY
from clausewise.pack import Pack
from clausewise.plan import store
from clausewise.plan.cases import LAWFUL, Case, moved_case, renamed
from clausewise.plan.ground import Ground, disputed_in, need_of
from clausewise.plan.planning import Planner
from clausewise.plan.uses import Uses
from clausewise.pointer import look
from clausewise.values.bodies import BodyModel
from clausewise.values.isolation import Isolation
from clausewise.values.values import OF_ITEMS, Level

# Cases that are kept for operations of the same shape.
MOST_KEPT = 500


class Planned(Struct, frozen=True):
    """What is planned for an operation: its cases, in order.

    `unplanned` says of clauses without a case why there is none; `lack` why there is no case at
    all, where that is so. `twice` is whether a safe operation may be asked the same once more.
    """

    cases: list[Case]
    unplanned: dict[str, str]
    lack: str | None = None
    twice: bool = True

    def renamed(self, old: str, new: str) -> Planned:
        """The same for another operation of the same shape."""
        unplanned = {renamed(clause, old, new): why for clause, why in self.unplanned.items()}
        return Planned([moved_case(case, old, new) for case in self.cases], unplanned)


class OperationPlan:
    """The plan of one operation, and what is needed to make more cases of it on the way.

    It is made when it is first looked at, whichever thread looks; the first case of all, and what
    it stands on, can be had before. `model` and `isolation` are those of the whole request.
    """

    def __init__(
        self,
        pack: Pack,
        operation: Operation,
        lay_out: Callable[[], Ground],
        make: Callable[[OperationPlan], Planned],
        seed: int,
        make_bare: Callable[[OperationPlan], Planned] | None = None,
    ) -> None:
        """`make_bare` makes it without the random search, where that makes a difference."""
        self.pack = pack
        self.operation = operation
        self._lay_out = lay_out
        self._make = make
        self._make_bare = make_bare
        self._seed = seed
        # Told of the operation before it is planned, which may take seconds.
        self.listen: Callable[[str], object] = lambda operation: None
        self._lock = RLock()
        self._ground: Ground | None = None
        self._planned: Planned | None = None
        self._clauses: dict[tuple[str | None, str], str] | None = None
        # By place and keyword, the clause that a level leans on.
        self._leans: dict[tuple[str, str], str | None] = {}

    @property
    def ground(self) -> Ground:
        """What the plan stands on, laid out when it is first asked for."""
        with self._lock:
            if self._ground is None:
                self._ground = self._lay_out()
            return self._ground

    @property
    def is_made(self) -> bool:
        """Whether all cases are known already."""
        return self._planned is not None

    @property
    def planned(self) -> Planned:
        """The cases and the reasons for missing ones."""
        return self.make()

    def make(self) -> Planned:
        """Plan it, unless that was done: with a budget, each in its turn."""
        with self._lock:
            if self._planned is None:
                self.listen(self.operation.id)
                self._planned = self._make(self)
            return self._planned

    @property
    def bare(self) -> OperationPlan:
        """The plan without the random search, which takes most of the time of planning."""
        if self._make_bare is None:
            return self
        return self._made_by(self._make_bare)

    @property
    def asked_twice(self) -> bool:
        """Whether its first request goes out once more, to see whether the answer is the same."""
        is_lawful = any(case.kind in LAWFUL for case in self.cases)
        return self.operation.safe and self.planned.twice and is_lawful

    @property
    def first(self) -> Case | None:
        """The first case, for which no other one has to be known."""
        if self.is_made or self.ground.lack is not None:
            return next(iter(self.cases), None)
        return Planner(self.ground, 0, self._seed).first()

    @property
    def cases(self) -> list[Case]:
        """Every case in the order of sending."""
        return self.planned.cases

    @property
    def unplanned(self) -> dict[str, str]:
        """By clause, why there is no case of it."""
        return self.planned.unplanned

    @property
    def lack(self) -> str | None:
        """Why there is no lawful case at all, where that is so."""
        return self.planned.lack

    def narrowed(self, narrow: Callable[[OperationPlan], OperationPlan]) -> OperationPlan:
        """The plan with some of its cases, the first among them; chosen when they are needed."""
        return self._made_by(lambda _: narrow(self).planned)

    def holding(
        self, cases: list[Case], unplanned: Mapping[str, str] | None = None, twice: bool = True
    ) -> OperationPlan:
        """The plan with these of its cases; not `twice`: and no other request."""
        reasons = dict(self.unplanned if unplanned is None else unplanned)
        return self.having(Planned(cases, reasons, self.lack, twice and self.planned.twice))

    def having(self, planned: Planned) -> OperationPlan:
        """The plan of the same operation with what is planned already."""
        return self._made_by(lambda _: planned)

    def _made_by(self, make: Callable[[OperationPlan], Planned]) -> OperationPlan:
        """Another plan of the same operation, on the same ground."""
        return OperationPlan(self.pack, self.operation, lambda: self.ground, make, self._seed)

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
        factors = self.model.factors
        for at, level in levels.items():
            if at not in factors:
                continue
            clause = self.clause_of(at, level)
            if clause is not None:
                found.setdefault(clause, at)
        return found

    def clause_of(self, at: str, level: Level) -> str | None:
        """The clause that a level stands on the inner side of."""
        key = at, level.keyword
        if key not in self._leans:
            self._leans[key] = self._clause_of(at, level)
        return self._leans[key]

    def _clause_of(self, at: str, level: Level) -> str | None:
        pointer = self.model.factors[at].pointer
        if level.keyword.startswith(OF_ITEMS):
            keyword = level.keyword.removeprefix(OF_ITEMS)
            return self._clause_at(f"{pointer}/*", keyword)
        return self.clause_within(pointer, level)

    def clause_within(self, pointer: str, level: Level) -> str | None:
        """The clause that a level stands on the inner side of, by the pointer of its clauses."""
        # On the wire all is text, whatever it says: there the parameter itself is blamed.
        # A null that is allowed is one of its values where no `type` says more.
        for keyword in (level.keyword, "type", "enum", "required", "optional"):
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


class Plan(Struct):
    """The plans of all selected operations."""

    operations: dict[str, OperationPlan]
    # The size of the random search that it was made with.
    examples: int = 0
    # Told of an operation that is given up, and after how many requests.
    give_up: Callable[[str, int], object] = lambda operation, sent: None

    @property
    def cases(self) -> list[Case]:
        """Every case in the order of sending."""
        return [case for plan in self.operations.values() for case in plan.cases]

    @property
    def repeats(self) -> int:
        """How many safe operations are asked the same twice, to see whether they answer alike."""
        return sum(plan.asked_twice for plan in self.operations.values())

    def narrowed(self, narrow: Callable[[OperationPlan], OperationPlan]) -> Plan:
        """The plan with some of each operation's cases, chosen when they are needed."""
        operations = {name: one.narrowed(narrow) for name, one in self.operations.items()}
        return Plan(operations, self.examples)

    def requests(self, pack: Pack) -> int:
        """How many requests it takes in all, but for scenarios, where all goes well."""
        return len(self.cases) + self.preparations(pack) + self.repeats

    def preparations(self, pack: Pack, there: set[tuple[str, str | None]] | None = None) -> int:
        """How many requests it takes to supply what the cases need, where all goes well.

        A thing that has to be looked at until it is in a state counts as looked at once. `there`
        are the things that are there before, by supply and state, and then those after it.
        """
        if not pack.supplies:
            return 0
        there = set() if there is None else there
        count = 0
        for case in self.cases:
            if case.needs is None:
                continue
            supply = pack.supplies[case.needs[0]]
            count += to_supply(pack, case.needs, there)
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


def to_supply(pack: Pack, needs: tuple[str, str | None], there: set[tuple[str, str | None]]) -> int:
    """How many requests it takes to have a thing in a state, which then is `there`."""
    if needs in there:
        return 0
    supply = pack.supplies[needs[0]]
    count = 1 + len(supply.steps_to(needs[1]))
    around = pack.supply_for(supply.operation)
    if around is not None:
        inner = (around.name, around.needed_by[supply.operation].state)
        count += to_supply(pack, inner, there)
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
    """Lay out the requests of a run, those of an operation when they are first looked at.

    The same pack and options give the same plan, to the byte.
    """
    chosen = list(operations) if operations is not None else list(pack.contract.operations)
    made = {plan.operation.id: plan for plan in plans(pack, chosen, examples, seed)}
    return Plan(made, examples)


def plans(pack: Pack, chosen: Iterable[str], examples: int, seed: int) -> Iterator[OperationPlan]:
    """The plans of these operations, one after the other."""
    planning = _Planning(pack, examples, seed)
    return map(planning.plan_of, chosen)


class _Planning:
    """Makes the plans of one pack with the same options, and keeps them on disk."""

    def __init__(self, pack: Pack, examples: int, seed: int) -> None:
        self._pack = pack
        self._examples = examples
        self._seed = seed
        self._bare = _Planning(pack, 0, seed) if examples else None
        self._uses = Uses(pack, examples, seed)
        # Of each shape what was planned last, with the operation's name; as many as have so many
        # cases together.
        self._known: OrderedDict[str, tuple[str, Planned]] = OrderedDict()

    def plan_of(self, name: str) -> OperationPlan:
        """The plan of an operation, not made yet."""

        def lay_out() -> Ground:
            agreed = store.agreed(self._uses.key_of(name))
            return Ground(self._pack, name, agreed=agreed)

        operation = self._pack.contract.operations[name]
        make_bare = self._bare.planned if self._bare is not None else None
        return OperationPlan(self._pack, operation, lay_out, self.planned, self._seed, make_bare)

    def planned(self, plan: OperationPlan) -> Planned:
        """What is planned for an operation: known of one like it, kept, or made."""
        name = plan.operation.id
        shape = self._uses.shape_of(name)
        if shape is not None and shape in self._known:
            self._known.move_to_end(shape)
            other, planned = self._known[shape]
            return planned.renamed(other, name)
        planned = self._kept(plan) or self._made(plan)
        if shape is not None and planned.lack is None:
            self._known[shape] = name, planned
            sizes = [len(one.cases) for _, one in self._known.values()]
            while sum(sizes) > MOST_KEPT and len(sizes) > 1:
                self._known.popitem(last=False)
                del sizes[0]
        return planned

    def _kept(self, plan: OperationPlan) -> Planned | None:
        """What is on disk since it was made before."""
        ground, name = plan.ground, plan.operation.id
        stored = store.read(self._uses.key_of(name)) if ground.lack is None else None
        if stored is None:
            return None
        rules = (rule.clause(name) for rule in self._pack.contract.rules_of(name))
        clauses = {**plan.operation.requested, **{one.id: one for one in rules}}
        known = store.restored(stored, clauses, ground)
        return Planned(*known) if known is not None else None

    def _made(self, plan: OperationPlan) -> Planned:
        """What is made anew, and then kept."""
        ground = plan.ground
        cases, unplanned = Planner(ground, self._examples, self._seed).plan()
        if ground.lack is None:
            agreed = [json.dumps(ground.least_value())]
            store.save(
                self._uses.key_of(plan.operation.id), plan.operation.id, cases, unplanned, agreed
            )
        return Planned(cases, unplanned, ground.lack)
