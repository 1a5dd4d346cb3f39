"""A budget of requests, shared out while operations are planned one after the other.

What an operation may have is known when its turn comes, and no other one has to be planned for
that: of those whose turn is still to come, the number of their clauses tells about how many
requests they need. What was guessed wrongly, and what an operation has no use for, goes to those
after it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from threading import RLock

from clausewise.contract import Operation
from clausewise.pack import Pack
from clausewise.plan.cases import Case
from clausewise.plan.plan import OperationPlan, Plan, Planned, to_supply
from clausewise.plan.selection import limit

Choose = Callable[[OperationPlan], OperationPlan]

# Measured on real documents: what an operation is asked in any case, and for four of its clauses.
_IN_ANY_CASE, _FOR_FOUR = 5, 7


def guessed(operation: Operation, examples: int, wanted: Collection[str] | None = None) -> int:
    """About how many requests an operation needs, before it is planned.

    `wanted` are the ids of the clauses that are to be judged; None means all.
    """
    asked = [name for name in operation.requested if wanted is None or name in wanted]
    return _IN_ANY_CASE + _FOR_FOUR * len(asked) // 4 + min(examples, len(asked))


def left_out_within(most: int) -> str:
    """Why a clause has no request, where those of its operation are more than its share."""
    return f"left out to stay within {most} request{'' if most == 1 else 's'}"


class Budget:
    """What is left of a budget for the operations that have no plan yet."""

    def __init__(self, pack: Pack, guesses: Mapping[str, int], most: int, told: int) -> None:
        """`guesses` are the sizes of all operations that want a share of `most` requests.

        `told` is what the user asked for.
        """
        self._pack = pack
        self._open = dict(guesses)
        # What it takes to supply one request of each, which no other may use up.
        self._supplied = {name: _to_supply(pack, name) for name in guesses}
        self._left = most
        self._told = told
        self._lock = RLock()
        # What was given to those that have their share.
        self._given: dict[str, int] = {}
        # What supplies have made for the operations that have their share.
        self._there: set[tuple[str, str | None]] = set()

    def cut(self, whole: OperationPlan, choose: Choose = lambda one: one) -> OperationPlan:
        """As much of the plan of an operation as its share allows; its turn is now.

        `choose` gives what of a plan is wanted at all.
        """
        with self._lock:
            share, guess = self._share_of(whole.operation.id)
            first = whole.first if share == 1 else None
            if first is not None:
                return self._first_alone(whole, first)
            # The random search takes most of the time, and is the first to be left out.
            chosen = choose(whole if share >= guess else whole.bare)
            if share < guess and self._cost(chosen) <= share:
                chosen = choose(whole)
            fitting = self._fitted(chosen, share)
            return self._taken(fitting)

    def give_back(self, operation: str, sent: int) -> None:
        """Leave the share of an operation to the others: it is given up after so many requests."""
        with self._lock:
            self._open.pop(operation, None)
            self._left += self._given.pop(operation, 0) - sent

    def _taken(self, plan: OperationPlan) -> OperationPlan:
        given = self._given[plan.operation.id] = self._cost(plan, self._there)
        self._left -= given
        return plan

    def _first_alone(self, whole: OperationPlan, first: Case) -> OperationPlan:
        """The plan with its first request, for which nothing has to be planned."""
        lost = whole.operation.requested.keys() - set(first.probes)
        reasons = dict.fromkeys(sorted(lost), left_out_within(self._told))
        return self._taken(whole.having(Planned([first], reasons, twice=False)))

    def _share_of(self, name: str) -> tuple[int, int]:
        """The share of an operation, and how much it was thought to need."""
        guess = self._open.pop(name, 0)
        left = max(1, self._left - sum(self._supplied[other] for other in self._open))
        return (shares({**self._open, name: left}, left)[name] if guess > 1 else 1), guess

    def _cost(self, plan: OperationPlan, there: set[tuple[str, str | None]] | None = None) -> int:
        """How many requests a plan takes where all goes well; `there` is brought up to date."""
        one = Plan({plan.operation.id: plan})
        prepared = one.preparations(self._pack, set(self._there) if there is None else there)
        return len(plan.cases) + prepared + one.repeats

    def _fitted(self, plan: OperationPlan, share: int) -> OperationPlan:
        """A plan with its most valuable cases, and the reason for clauses that lose all of them."""
        if self._cost(plan) <= share:
            return plan
        kept = share
        while True:
            cut, lost = limit(plan, kept)
            reasons = {**dict.fromkeys(lost, left_out_within(self._told)), **cut.unplanned}
            cut = cut.holding(cut.cases, reasons, twice=False)
            over = self._cost(cut) - share
            if over <= 0 or len(cut.cases) <= 1:
                return cut
            kept = max(1, len(cut.cases) - over)


def _to_supply(pack: Pack, operation: str) -> int:
    """How many requests it takes, at most, to have what one request of an operation needs."""
    supply = pack.supply_for(operation)
    if supply is None:
        return 0
    return to_supply(pack, (supply.name, supply.needed_by[operation].state), set())


def shares(sizes: Mapping[str, int], most: int) -> dict[str, int]:
    """So many for each, `most` in all: the small ones whole, the large ones alike; at least one."""
    given: dict[str, int] = {}
    left = most
    for place, name in enumerate(sorted(sizes, key=lambda name: sizes[name])):
        given[name] = min(sizes[name], max(1, left // (len(sizes) - place)))
        left -= given[name]
    return {name: given[name] for name in sizes}
