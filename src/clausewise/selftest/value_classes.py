"""The value classes of a request that a target may refuse, or crash on, by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from clausewise.campaign.unique import keys_of_requests
from clausewise.links.catalogue import Catalogue
from clausewise.plan.case_values import pointer_within
from clausewise.plan.plan import OperationPlan
from clausewise.pointer import ABSENT, escape, look
from clausewise.values.values import LEFT_OUT, Level, written_alike


class ValueClasses:
    """Those of one operation's plan."""

    def __init__(self, plan: OperationPlan, catalogue: Catalogue) -> None:
        self.plan = plan
        operation = plan.operation
        # Where a request names a thing, a target may refuse what it has never given to anybody;
        # and where a credential stands, no planned value is sent.
        self._filled = {
            pointer_within(need.part, need.pointer)
            for need in catalogue.needs(operation.id)
            if need.collections and need.part != "path"
        } | {f"/{s.place}/{escape(s.parameter)}" for s in operation.schemes}
        self._fresh = {f"/header/{escape(p.name)}" for p in keys_of_requests(operation)}

    def all(self) -> Iterator[tuple[str, Level]]:
        """Every value class of every member that is varied, and every member left out."""
        factors = self.plan.model.factors
        for at, factor in factors.items():
            # What every request has cannot be refused by itself: then nothing is accepted.
            if at == self.plan.leased or self._is_always_there(at) or self._is_filled(at):
                continue
            # What the two validators differ about is not sent.
            sent = [one for one in factor.levels if self.plan.ground.is_agreed_at(at, one)]
            if at not in self._fresh:
                yield from ((at, lv) for lv in sent if not all(map(has(at, lv), self._accepted)))
            if factor.optional and sent and self._may_be_left_out(at):
                yield at, LEFT_OUT

    def _is_filled(self, at: str) -> bool:
        """Whether what stands somewhere is what others gave, as a whole or item by item."""
        return any(one == at or one.startswith(f"{at}/*") for one in self._filled)

    def _may_be_left_out(self, at: str) -> bool:
        """Whether some lawful request is without a member: every branch may require it.

        Where none has it, to refuse it left out is to refuse the object around it.
        """
        model, parent = self.plan.model, self.plan.model.factors[at].parent
        if not any(look(value, at) is not ABSENT for value in self._accepted):
            return False
        without = {at: LEFT_OUT, **({parent: model.factors[parent].plain} if parent else {})}
        if model.completed(without, self.plan.lawful) is not None:
            return True
        return any(map(has(at, LEFT_OUT), self._accepted))

    @cached_property
    def _accepted(self) -> list[Any]:
        """What is planned to be accepted."""
        return [case.value for case in self.plan.cases if case.expect == "accepted"]

    def _is_always_there(self, at: str) -> bool:
        """Whether every request has the one value that there is at a pointer."""
        factors = self.plan.model.factors
        if len(factors[at].levels) > 1:
            return False
        around: str | None = at
        while around:
            if factors[around].optional:
                return False
            around = factors[around].parent
        return True


def has(at: str, level: Level) -> Callable[[Any], bool]:
    """Whether a value has a value class at a pointer; one left out counts in what is there."""
    around = at.rpartition("/")[0]

    def there(value: Any) -> bool:
        if not isinstance(value, dict) or not isinstance(look(value, around), dict):
            return False
        inside = look(value, at)
        if level.value is ABSENT or inside is ABSENT:
            return inside is level.value
        if level.label == "present":
            return isinstance(inside, dict)
        return written_alike(inside, level.value)

    return there
