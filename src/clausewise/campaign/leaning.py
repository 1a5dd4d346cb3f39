"""The clauses that an accepted request leans on: it stood on the inner side of each."""

from __future__ import annotations

from collections.abc import Mapping

from clausewise.campaign.requests import given_by_user
from clausewise.pack.settings import Settings
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT
from clausewise.record.ledger import Entry
from clausewise.values.values import Level


def leaned_by(plan: OperationPlan | None, settings: Settings, entry: Entry) -> list[str]:
    """The clauses on whose inner side an accepted request stood, as often as it did."""
    if entry.outcome != "accepted" or entry.case.expect == "refused":
        return []
    if plan is None or entry.case.media_range is not None:
        return []
    found: list[str] = []
    given = given_by_user(plan.operation, settings)
    for at, level in entry.case.levels.items():
        if level.value is ABSENT and not _container_there(plan, at, entry.case.levels):
            continue
        if at in given and not entry.case.is_pinned(at):
            continue
        clause = plan.clause_of(at, level)
        if clause is not None:
            found.append(clause)
    return found


def _container_there(plan: OperationPlan, at: str, levels: Mapping[str, Level]) -> bool:
    """Whether a request has the object that a place lies in."""
    parent = plan.model.factors[at].parent
    return not parent or (parent in levels and isinstance(levels[parent].value, dict))
