"""Planning one operation: from its clauses to the cases that probe them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from clausewise.contract.ids import is_of_replies
from clausewise.plan.broken import broken_requests
from clausewise.plan.cases import Case, content_of
from clausewise.plan.ground import NO_FORM, Ground
from clausewise.plan.lawful import control, positives, rule_steps
from clausewise.plan.paths import path_cases
from clausewise.plan.transport import further_contents, transport_cases
from clausewise.values.bounds import MOST_CONTENT, TooLarge


class Planner:
    """Plans one operation, one family of cases after the other; `ground` is what they stand on."""

    def __init__(self, ground: Ground, examples: int, seed: int) -> None:
        self.ground = ground
        self.examples = examples
        self.seed = seed

    def first(self) -> Case:
        """The first case of the plan, of an operation that lacks nothing."""
        return self._numbered(0, next(self._drafts()))

    def plan(self) -> tuple[list[Case], dict[str, str]]:
        """The cases, in order, and by clause why there is none."""
        ground = self.ground
        try:
            if ground.lack is None:
                return self._planned(), ground.unplanned
        except TooLarge as error:
            ground.lack = error.problem
        finally:
            # What a run asks of its own requests is no planning.
            ground.work.allow(None)
            ground.isolation.settle()
        near = list(self._nearest())
        ours = ground.contract.clauses_of(ground.operation.id)
        # A request that breaks something is answered all the same, and the reply is judged.
        unplanned = (c.id for c in ours if not near or not is_of_replies(c.part))
        return near, dict.fromkeys(unplanned, ground.lack or "")

    def _nearest(self) -> Iterator[Case]:
        """Where no lawful request is known: one that is as near as can be, to see the reply."""
        value = self.ground.nearest()
        if value is not None:
            label = "as near to the contract as can be: no lawful request is known"
            draft = self.ground.case(kind="odd", expect="either", label=label, value=value)
            yield self._numbered(0, draft)

    def _planned(self) -> list[Case]:
        """Every case, numbered. Raises TooLarge where even the lawful ones are too much."""
        ground = self.ground
        cases: list[Case] = []
        size = 0
        for index, draft in enumerate(self._drafts()):
            case = self._numbered(index, draft)
            size += len(content_of(ground.operation, case) or b"")
            if size > MOST_CONTENT:
                raise TooLarge(f"its requests would have more than {MOST_CONTENT} bytes together")
            cases.append(case)
        self._say_what_is_not_sent()
        return cases

    def _numbered(self, index: int, draft: Case) -> Case:
        return self.ground.numbered(f"{self.ground.operation.id}/{index:03d}", draft, self.seed)

    def _drafts(self) -> Iterator[Case]:
        ground = self.ground
        return chain(
            positives(ground, self.examples, self.seed),
            rule_steps(ground),
            broken_requests(ground),
            transport_cases(ground),
            further_contents(ground),
            path_cases(ground),
            control(ground),
        )

    def _say_what_is_not_sent(self) -> None:
        """Give the reason for clauses of parameters that no request varies."""
        ground = self.ground
        pointers = {factor.pointer for factor in ground.model.factors.values()}
        for clause in ground.clauses:
            if clause.part == "request" or clause.at in pointers or "*" in (clause.at or ""):
                continue
            why = ground.model.why_not_laid_out(clause.at or "")
            ground.unplanned.setdefault(clause.id, why or NO_FORM)


def least_of(ground: Ground, number: object) -> Case:
    """The smallest lawful request as a case of its own, about a resource of its own."""
    draft = ground.plain("supply", "accepted", "the least that the contract asks for")
    return ground.numbered(f"{ground.operation.id}/supply-{number}", draft, 0)
