"""The clauses that accepted requests lean on: each stood on the inner side of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from clausewise.campaign.requests import given_by_user
from clausewise.diagnosis.levels import telling
from clausewise.pack.settings import Settings
from clausewise.plan.plan import OperationPlan
from clausewise.record.ledger import Entry
from clausewise.values.in_items import levels_in_items


class Leaning:
    """Knows by the plans of a run, by operation, what its requests lean on."""

    def __init__(self, plans: Mapping[str, OperationPlan], settings: Settings) -> None:
        self._plans = plans
        self._settings = settings
        # By operation, the parameters that the user gives in every request, whatever is planned.
        self._given: dict[str, set[str]] = {}

    def counts(self, entries: Iterable[Entry]) -> dict[str, int]:
        """By clause, how many accepted requests stood on its inner side."""
        return dict(Counter(clause for entry in entries for clause in self.of(entry)))

    def of(self, entry: Entry) -> list[str]:
        """The clauses on whose inner side an accepted request stood, as often as it did."""
        case, plan = entry.case, self._plans.get(entry.case.operation)
        if plan is None or entry.outcome != "accepted" or case.expect == "refused":
            return []
        if not case.levels or case.media_range is not None:
            return []
        if case.operation not in self._given:
            self._given[case.operation] = given_by_user(plan.operation, self._settings)
        given, factors = self._given[case.operation], plan.model.factors
        found: list[str] = []
        for at, level in telling(case.levels, factors).items():
            if at in given and not case.is_pinned(at):
                continue
            clause = plan.clause_of(at, level)
            if clause is not None:
                found.append(clause)
            if isinstance(level.value, list):
                within = levels_in_items(factors[at].place, level.value)
                found += filter(None, (plan.clause_within(*inner) for inner in within))
        return found
