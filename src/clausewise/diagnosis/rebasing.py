"""Rebasing: a negative on another lawful body, one without what is known to be refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from clausewise.contract.codecs import cut_short, encode_json
from clausewise.contract.requests import BODY
from clausewise.diagnosis.levels import Levels, is_same
from clausewise.diagnosis.probing import Cause, Prober
from clausewise.plan.cases import Case, codec_of
from clausewise.pointer import ABSENT, look, put
from clausewise.values.values import LEFT_OUT, Level

# How many bodies are looked at, at most, to find one; none of them is sent.
MOST_BODIES = 300


def base_for(prober: Prober, levels: Levels, case: Case | None = None) -> Levels | None:
    """The levels with every known cause replaced by something harmless, or None.

    The result is lawful; of a negative, it is what the breach can be done to.
    """
    keep = _kept(case) if case is not None else None
    tried: set[str] = set()
    open_ways = [levels]
    while open_ways and len(tried) < MOST_BODIES:
        current = open_ways.pop()
        cause = prober.cause_in(current)
        if cause is None:
            if fits(prober, current, case):
                return current
            continue
        ways = []
        for changed in _changes(prober, current, cause, keep):
            body = prober.built(changed)
            text = json.dumps(body, sort_keys=True)
            if text not in tried:
                tried.add(text)
                ways.append(prober.read(body))
        open_ways += reversed(ways)
    return None


def _kept(case: Case) -> str | None:
    """Where the breach of a case will stand: what is there, and around it, may not go."""
    if case.change is not None:
        return case.change.at
    # A body cut short, or of a wrong type, takes one.
    return f"/{BODY}" if case.content is not None or case.content_type is not None else None


def rebased(prober: Prober, case: Case, levels: Levels) -> Case:
    """A case with the same breach on other levels."""
    value = _broken(prober, case, levels)
    content = case.content
    if case.kind == "transport" and BODY not in case.value:
        # No body at all, or one cut short.
        body = value.pop(BODY, ABSENT)
        if content is not None and body is not ABSENT:
            content = cut_short(encode_json(body))
    else:
        leased = prober.plan.leased
        if leased and not case.is_pinned(leased) and look(value, leased) is not ABSENT:
            value = put(value, leased, look(case.value, leased))
    needs = prober.plan.needs(value) if case.needs else None
    return replace(case, value=value, content=content, levels=levels, needs=needs)


def _broken(prober: Prober, case: Case, levels: Levels) -> Any:
    """The request of a case on other levels; ABSENT where there is no room for its change."""
    body = prober.built(levels)
    if case.change is None:
        return body
    around = case.change.at.rpartition("/")[0]
    # A text, say, where another form of the same place is an object.
    if type(look(body, around)) is not type(look(case.value, around)):
        return ABSENT
    return put(body, case.change.at, case.change.value)


def fits(prober: Prober, levels: Levels, case: Case | None) -> bool:
    """Whether levels are lawful, and a case on them breaks what it did and nothing else."""
    plan = prober.plan
    if case is None:
        return plan.lawful(prober.built(levels))
    body = _broken(prober, case, levels)
    if case.change is not None:
        if body is ABSENT or not plan.lawful(prober.built(levels)):
            return False
        clause = plan.operation.clauses[case.probes[0]]
        clause = replace(clause, pointer=clause.at)
        content = prober.written(body)
        if content is None:
            return False
        return plan.isolation.proves(clause, plan.isolation.form.read(content)) == "isolated"
    if case.kind == "negative":
        return plan.isolation.standing(body) == plan.isolation.standing(case.value)
    written = case.media_range is None or codec_of(plan.operation, case).written(body) is not None
    return written and plan.lawful(body)


def _changes(prober: Prober, levels: Levels, cause: Cause, keep: str | None) -> Iterator[Levels]:
    """Levels without one of a cause's: another one in its place, or nothing around it.

    At `keep` a breach will stand. Another plain value may be there before it, which shows that not
    all of them are refused; but it may not go, nor what is around it.
    """
    factors = prober.model.factors
    ways: list[tuple[str, Level]] = []
    for at, level in cause.levels.items():
        factor = factors[at]
        if keep != at or not factor.container:
            # First what was accepted there and is of no class: a refusal may have led to it.
            known = [*prober.beyond_classes(at), *factor.levels]
            ways += [(at, other) for other in known if not is_same(other, level)]
        around: str | None = at
        while around:
            if factors[around].optional and level.value is not ABSENT:
                ways.append((around, LEFT_OUT))
            around = factors[around].parent
    for at, other in ways:
        around_it = keep is not None and f"{keep}/".startswith(f"{at}/")
        if around_it and (keep != at or other is LEFT_OUT):
            continue
        # What was inside goes along.
        rest = {name: lv for name, lv in levels.items() if not name.startswith(f"{at}/")}
        yield {**rest, at: other}
