"""What a run may send beside its cases, at the most: known before anything is sent.

Not counted is what waits for time to pass: looks at what is not there yet, which seconds bound,
and requests that failed on the way and go out once more.
"""

from __future__ import annotations

from msgspec import Struct

from clausewise.campaign.near_misses import MOST_NEAR_MISSES
from clausewise.campaign.reading_back import MOST_READ_BACK
from clausewise.campaign.teaching import MOST_TAUGHT
from clausewise.campaign.trying import MOST_NEAR
from clausewise.diagnosis.demands import MOST_DEMANDS
from clausewise.diagnosis.probing import BUDGET_IN_ALL
from clausewise.links.catalogue import Catalogue
from clausewise.links.things import MOST_CANDIDATES
from clausewise.pack import Pack
from clausewise.plan.plan import OperationPlan, Plan, to_supply

# A case that looks like a finding is asked again, behind a lawful request that still comes out
# right.
_AGAIN = 2


class Bounds(Struct, frozen=True):
    """How many requests there are at most beside the cases, by what they are for."""

    supplies: int
    undo: int
    asking: int

    def __str__(self) -> str:
        """As the closing line of a plan has them."""
        return (
            f"supplies ≤ {self.supplies}, undo ≤ {self.undo}, "
            f"confirmations and diagnosis ≤ {self.asking}"
        )


def bounds_of(pack: Pack, plan: Plan, catalogue: Catalogue, most: int | None = None) -> Bounds:
    """The bounds of a run of this plan; `most` is its budget of requests, if it has one."""
    supplies = undo = asking = 0
    for one in plan.operations.values():
        asked = _asked_beside(one)
        needed = _needed(pack, catalogue, one)
        if catalogue.path_needs(one.operation.id):
            # Other ids are tried where one was guessed wrongly, and one that nobody was given.
            supplies += MOST_CANDIDATES * (1 + needed)
        supplies += needed * (len(one.cases) + asked)
        made = catalogue.made_by(one.operation.id)
        if made is not None:
            # What is there may show what a create wants, and what is made is read.
            supplies += len(made.lists) + MOST_READ_BACK
            if any(
                reader.id in made.lists for reader in catalogue.at(catalogue.path_of(one.operation))
            ):
                # Where its reply has no name for it, the list is asked.
                supplies += len(one.cases) + asked
        if _is_undone(pack, catalogue, one.operation.id):
            undo += len(one.cases) + asked
        asking += asked
    undo += supplies
    if most is not None:
        left = max(0, most - len(plan.cases))
        # What is undone was made by a request of the budget.
        supplies, asking, undo = min(supplies, left), min(asking, left), min(undo, most)
    return Bounds(supplies, undo, asking)


def _asked_beside(plan: OperationPlan) -> int:
    """How many requests of an operation the plan leads to that it does not have."""
    if not plan.cases:
        return 0
    operation = plan.operation
    beside = BUDGET_IN_ALL + MOST_NEAR + MOST_DEMANDS + _AGAIN * len(plan.cases)
    beside += MOST_TAUGHT * (operation.body is not None)
    credentials = MOST_NEAR_MISSES * operation.secured + operation.safe * len(operation.security)
    return beside + bool(operation.safe) + (_AGAIN + 1) * credentials


def _needed(pack: Pack, catalogue: Catalogue, plan: OperationPlan) -> int:
    """How many requests it takes to have what one request of an operation needs."""
    name = plan.operation.id
    if pack.supply_for(name) is not None:
        states = {case.needs for case in plan.cases if case.needs is not None}
        return max((to_supply(pack, needs, set()) for needs in states), default=0)
    return _chain(catalogue, name, {})


def _chain(catalogue: Catalogue, operation: str, known: dict[str, int]) -> int:
    """The same of links: whatever may give what is needed is asked, and so for what it needs."""
    if operation not in known:
        known[operation] = 0  # whoever asks for itself has to do without
        sources = dict.fromkeys([*catalogue.sources(operation), *catalogue.showing(operation, ())])
        known[operation] = sum(1 + _chain(catalogue, source, known) for source in sources)
    return known[operation]


def _is_undone(pack: Pack, catalogue: Catalogue, operation: str) -> bool:
    """Whether what an operation makes can be taken back."""
    resource = pack.leased
    if resource is not None and operation in resource.undo:
        return True
    made = catalogue.made_by(operation)
    return made is not None and catalogue.deleter(made.path) is not None
