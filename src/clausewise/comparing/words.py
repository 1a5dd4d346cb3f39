"""What a comparison says in words: one sentence each, the same in every format."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from clausewise.comparing.effects import EFFECTS
from clausewise.report.findings import plural

if TYPE_CHECKING:
    from clausewise.comparing.comparison import (
        ComparedClause,
        ComparedSide,
        Comparison,
        SideVerdict,
    )

_EXPECTED = {
    "accepted": "should be accepted",
    "refused": "should be refused",
    "either": "may be accepted or refused",
}


def headline(comparison: Comparison) -> str:
    """How it ended, in one sentence."""
    found = [clause for clause in comparison.differences if clause.matters]
    soft = sum(clause.differs and clause.soft for clause in comparison.clauses)
    known = sum(clause.known for clause in comparison.clauses)
    asides = [f"{known} in the baseline"] if known else []
    asides += [plural(soft, "warning")] if soft else []
    if not comparison.compared:
        return "Nothing could be compared."
    counts = Counter(clause.effect for clause in found)
    kinds = [f"{counts[effect]} {effect}" for effect in EFFECTS if counts[effect]]
    details = "; ".join(", ".join(part) for part in (kinds, asides) if part)
    start = plural(len(found), "difference") if found else "No difference"
    of = plural(comparison.compared, "compared clause")
    return f"{start} in {of}{f': {details}' if details else ''}."


def conclusion(comparison: Comparison) -> str:
    """What it means for who tests on the mock, in a few words."""
    if comparison.exit_code not in (0, 1):
        return "Too little was compared to tell"
    matters = [clause for clause in comparison.differences if clause.matters]
    if any(clause.effect == "pass wrongly" for clause in matters):
        return "Tests that pass on this mock can break in production"
    if matters:
        return "This mock is not what the reference is"
    if comparison.differences:
        return "This mock differs only where that is known, or warns"
    return "This mock does what the reference does, as far as they were compared"


def share(comparison: Comparison) -> str:
    """How much could be compared."""
    judged, compared = comparison.judged, comparison.compared
    if not judged:
        return "neither side was judged by any clause"
    percent = 100 * compared // judged
    return f"compared {compared} of {judged} clauses that a side was judged by ({percent} %)"


def side(role: str, one: ComparedSide) -> str:
    """What one side is, and how old what is known of it."""
    if one.live:
        where = one.base_url or "in this process"
        what = f"{one.name}, {where}" if where != one.name else where
        said = f"{role}: {what}, asked now ({plural(one.requests, 'request')})"
    else:
        day = one.started[:10]
        age = f"{plural(one.days, 'day')} old" if one.days else "of today"
        said = f"{role}: {one.name}, a report {age} ({day}), not asked again"
    return said if one.complete else f"{said}; its run was incomplete"


def doing(role: str, seen: SideVerdict | None) -> str:
    """What a side does about a clause, with the status that decided."""
    if seen is None:
        return f"{role}: nothing is known"
    status = f" ({seen.outcome} with {seen.status})" if seen.status is not None else ""
    again = f"; asked again: {seen.again}" if seen.again is not None else ""
    return f"{role}: {seen.verdict}{status}: {seen.message}{again}"


def mark(clause: ComparedClause, alone: bool = True) -> str:
    """What is special about a difference, empty for most; `alone` if no other has its cause."""
    words = ["in the baseline"] if clause.known else []
    words += ["warns only"] if clause.soft else []
    words += [f"in the reply that breaks {clause.beside}"] if clause.beside and alone else []
    return ", ".join(words)


def by_cause(comparison: Comparison) -> list[list[ComparedClause]]:
    """The differences, those of one effect and one likely cause together, gravest first."""
    groups: dict[tuple[object, ...], list[ComparedClause]] = {}
    for clause in comparison.differences:
        key = (clause.effect, clause.soft, clause.known, clause.cause or clause.id)
        groups.setdefault(key, []).append(clause)
    return list(groups.values())


def statuses(comparison: Comparison) -> list[str]:
    """By kind, how many requests were answered otherwise, the most frequent first."""
    kinds = Counter(
        (case.expect, case.mock, case.mock_status, case.reference, case.reference_status)
        for case in comparison.cases.differing
    )
    return [
        f"{plural(count, 'request')} that {_EXPECTED[expect]}: "
        f"{mock} with {ours} by the mock, {reference} with {theirs} by the reference"
        for (expect, mock, ours, reference, theirs), count in kinds.most_common()
    ]


def asides(comparison: Comparison) -> list[str]:
    """What was left out of the comparison of requests, and why."""
    cases = comparison.cases
    if cases.why_not is not None:
        return [f"requests were not compared: {cases.why_not}"]
    told = [
        f"{plural(count, 'request')} with one outcome and two statuses: {ours} by the mock, "
        f"{theirs} by the reference"
        for ours, theirs, count in cases.other_status
    ]
    for role, names in (
        ("the mock", cases.varying_on_mock),
        ("the reference", cases.varying_on_reference),
    ):
        if names:
            few = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
            told.append(
                f"left out: {plural(len(names), 'request')} that {role} answers now so, "
                f"now so ({few})"
            )
    if cases.not_about_the_request:
        told.append(
            f"left out: {plural(cases.not_about_the_request, 'request')} with a reply that is not "
            "about the request"
        )
    return told
