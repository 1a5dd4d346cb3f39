"""Which cases a selection of clauses needs."""

from __future__ import annotations

from collections.abc import Collection

from clausewise.contract import Clause
from clausewise.plan.cases import Case
from clausewise.plan.plan import OperationPlan


def select(plan: OperationPlan, clauses: Collection[Clause]) -> OperationPlan:
    """The plan with the cases that these clauses of its operation need.

    The first request always stays: without an accepted one, no refusal means anything.
    """
    wanted = {clause.id for clause in clauses}
    if wanted >= plan.operation.clauses.keys():
        return plan
    probed = {name for case in plan.cases for name in case.probes}
    lawful = any(
        clause.part.startswith("2") or (clause.part == "rule" and clause.id not in probed)
        for clause in clauses
    )
    refused = any(clause.part.startswith(("4", "5", "default")) for clause in clauses)
    everything = any(clause.part == "status" for clause in clauses)
    cases = [
        case
        for index, case in enumerate(plan.cases)
        if index == 0
        or everything
        or wanted & set(case.probes)
        or (refused and case.expect == "refused")
        or (
            case.expect != "refused"
            and case.kind != "control"
            and (lawful or _leans(plan, case, wanted))
        )
    ]
    if any(case.expect == "refused" for case in cases):
        cases += _vouching(plan, cases)
        cases += [case for case in plan.cases if case.kind == "control" and case not in cases]
    return plan.holding(cases)


def part_of(plan: OperationPlan, part: int, parts: int) -> OperationPlan:
    """The plan of one of several machines: what has to be refused is shared out, by clause.

    All that is lawful stays: what replies show depends on what was made before. So the verdicts of
    all parts together are those of the whole.
    """
    clauses = sorted({case.probes[0] for case in plan.cases if _is_shared(case)})
    ours = {name for at, name in enumerate(clauses) if at % parts == part - 1}
    cases = [case for case in plan.cases if not _is_shared(case) or case.probes[0] in ours]
    unplanned = dict.fromkeys((name for name in clauses if name not in ours), ELSEWHERE)
    return plan.holding(cases, {**unplanned, **plan.unplanned})


# Why a part of a run has nothing to say of a clause.
ELSEWHERE = "left to another shard"


def _is_shared(case: Case) -> bool:
    return case.expect == "refused" and case.kind != "control" and bool(case.probes)


def _vouching(plan: OperationPlan, cases: list[Case]) -> list[Case]:
    """Few lawful cases that have every value of the bodies that the chosen cases break.

    A refusal of a broken body means little where nobody knows whether its other values are taken.
    """
    missing: set[tuple[str, str]] = set()
    for case in cases:
        if case.expect == "refused":
            missing |= case.labels
    for case in cases:
        if case.expect == "accepted":
            missing -= case.labels
    lawful = [case for case in plan.cases if case.kind in ("example", "pairs")]
    found: list[Case] = []
    while missing:
        best = max(lawful, key=lambda case: len(missing & case.labels))
        if not missing & best.labels:
            break
        missing -= best.labels
        found.append(best)
    return found


def _leans(plan: OperationPlan, case: Case, wanted: set[str]) -> bool:
    return case.kind != "search" and bool(wanted & plan.leans_on(dict(case.levels)).keys())


def limit(plan: OperationPlan, most: int) -> tuple[OperationPlan, list[str]]:
    """The most valuable cases of a plan, and the clauses that lose all of theirs.

    One negative a clause, with the lawful requests that give it a meaning, is worth more than the
    covering array, and that more than a second negative and the random search.
    """
    if len(plan.cases) <= most:
        return plan, []
    probed: set[str] = set()
    ranks: list[tuple[int, int]] = []
    for index, case in enumerate(plan.cases):
        first = any(clause not in probed for clause in case.probes)
        probed.update(case.probes)
        if index == 0 or case.kind == "control":
            rank = 0
        elif case.kind in ("rule", "transport") or (case.kind == "negative" and first):
            rank = 1
        elif case.kind in ("example", "pairs"):
            rank = 2
        else:
            rank = 3 if case.kind == "negative" else 4
        ranks.append((rank, index))
    order = [index for _, index in sorted(ranks)]
    kept = _vouched(plan, order, most)
    cases = [case for index, case in enumerate(plan.cases) if index in kept]
    left = {clause for case in cases for clause in case.probes}
    return plan.holding(cases), sorted(probed - left)


def _vouched(plan: OperationPlan, order: list[int], most: int) -> set[int]:
    """As many cases as fit together with the lawful ones that they need, the first ones first."""
    places = {case.id: index for index, case in enumerate(plan.cases)}
    kept: set[int] = set()
    for count in range(most, 0, -1):
        kept = set(order[:count])
        chosen = [plan.cases[index] for index in sorted(kept)]
        kept |= {places[case.id] for case in _vouching(plan, chosen)}
        if len(kept) <= most:
            break
    return kept | set([index for index in order if index not in kept][: most - len(kept)])
