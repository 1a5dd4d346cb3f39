"""Requests that break one clause each: of every part's schema, and of rules on bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from clausewise.contract import Rule
from clausewise.contract.compiled import compiled
from clausewise.contract.operation_clauses import UNKNOWN
from clausewise.contract.requests import BODY
from clausewise.plan.apart import Apart
from clausewise.plan.cases import Case
from clausewise.plan.ground import NO_FORM, Ground, overlaid, taken_by
from clausewise.plan.negatives import NO_PLACE, OF_FORMS, Negative, negatives, negatives_in
from clausewise.values.bounds import MOST_WORK, TooLarge
from clausewise.values.contexts import Contexts

# Promises that no value breaks.
_NOT_BROKEN = ("optional", "allowEmptyValue", UNKNOWN)


def broken_requests(ground: Ground) -> Iterator[Case]:
    """One isolated negative a clause, or more; the reason for none is noted in `unplanned`."""
    ground.work.allow(MOST_WORK)
    spent: str | None = None
    contexts = Contexts(ground.model, ground.isolation)
    apart = Apart(ground)
    for clause in ground.clauses:
        if clause.keyword in _NOT_BROKEN or clause.pointer is None:
            continue
        found: list[Negative] = []
        # What cannot be tested need not stand in the schema that requests are held to.
        why = clause.untestable or spent or ground.model.why_not_laid_out(clause.at or "")
        try:
            if why is None:
                # Negatives are told where in the whole request the clause stands.
                told = replace(clause, pointer=clause.at)
                alone = apart.negatives(told)
                found, why = alone if alone is not None else negatives(contexts, told)
                if why in OF_FORMS and (more := negatives_in(contexts, told, ground.rows)):
                    found, why = more, None
        except TooLarge as error:
            why = spent = error.problem
        if found and ground.operation.twin is not None:
            found = [one for one in found if not ground.is_anothers(one.body)]
            if not found:
                why = taken_by(ground.operation.twin)
        if why is not None:
            never_sent = why == NO_PLACE and ground.is_unwritten(clause)
            ground.unplanned[clause.id] = NO_FORM if never_sent else why
        for negative in found:
            case = ground.case(
                kind="negative",
                expect="refused",
                label=f"{_name(clause.part, clause.pointer)} {negative.label}",
                probes=(clause.id,),
                value=negative.body,
                levels=negative.levels,
                change=negative.change,
            )
            if ground.breach is None and clause.part.startswith("request") and clause.pointer:
                ground.breach = case
            yield case
    apart.settle()
    ground.rows = []
    yield from _broken_rules(ground)


def _name(part: str, pointer: str | None) -> str:
    if not pointer:
        return "the body"
    return pointer if part.startswith("request") else pointer[1:]


def _broken_rules(ground: Ground) -> Iterator[Case]:
    """Bodies that keep the schema and break one rule on bodies."""
    for rule in ground.rules:
        if rule.body is None or ground.content is None:
            continue
        clause = rule.clause(ground.operation.id)
        for members in rule.broken_by:
            value = ground.least_value()
            value[BODY] = overlaid(value.get(BODY, {}), members)
            if not _breaks_only(ground, rule, value[BODY]):
                ground.unplanned[clause.id] = "its `broken_by` breaks something else, or nothing"
                continue
            yield ground.case(
                kind="negative",
                expect="refused",
                label=f"breaks {rule.id}",
                probes=(clause.id,),
                value=value,
                levels=ground.model.classify(value),
            )


def _breaks_only(ground: Ground, rule: Rule, body: Any) -> bool:
    assert ground.content is not None
    others = [r for r in ground.rules if r.body is not None and r is not rule]
    return (
        not compiled(rule.body).is_valid(body)
        and ground.content.message.accepts(body)
        and all(compiled(other.body).is_valid(body) for other in others)
    )
