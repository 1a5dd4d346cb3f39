"""What a run may send of each operation where it has a budget: known in the order of the run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from clausewise.campaign.order import left_out, stages
from clausewise.links.catalogue import Catalogue
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.budget import Budget, guessed
from clausewise.plan.plan import Plan


def budget_of(
    pack: Pack,
    settings: Settings,
    plan: Plan,
    most: int,
    scenarios: int,
    wanted: Mapping[str, Collection[str]] | None = None,
) -> Budget:
    """The budget of a run of so many requests, of which scenarios send some.

    Operations of which nothing can be sent want no more than one. `wanted` are the ids of the
    clauses that a run is about, by operation; None means all.
    """
    idle = left_out(pack, settings, Catalogue(pack), plan.operations)
    guesses = {
        name: guessed(one.operation, plan.examples, None if wanted is None else wanted[name])
        for name, one in plan.operations.items()
    } | dict.fromkeys(idle, 1)
    return Budget(pack, guesses, most - scenarios, most)


def cut_plan(pack: Pack, settings: Settings, plan: Plan, most: int, scenarios: int) -> Plan:
    """The plan of a run that keeps to so many requests, where every first request is accepted."""
    budget = budget_of(pack, settings, plan, most, scenarios)
    short = plan.narrowed(budget.cut)
    for names in stages(pack, settings, Catalogue(pack), plan.operations):
        for name in names:
            short.operations[name].make()
    return short
