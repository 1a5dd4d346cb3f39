"""What a report counts: findings, warnings, judged clauses, and the order they are told in.

Every renderer reads the same model (``conformance.schema.json``) through these functions, so that a
clause cannot be a failure in one format and a pass in another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from clausewise.record.verdicts import NOT_SELECTED

from .showing import duration

Model: TypeAlias = Mapping[str, Any]
Clause: TypeAlias = Mapping[str, Any]
Exchange: TypeAlias = Mapping[str, Any]

VERDICTS = ("upheld", "violated", "lenient", "strict", "inconclusive", "unexercised")
GROUPS = ("request", "reply", "envelope", "transport", "rules")

JUDGED = frozenset({"upheld", "violated", "lenient", "strict"})
DEVIATIONS = ("violated", "lenient", "strict")
_GRAVITY = {name: rank for rank, name in enumerate((*DEVIATIONS, "inconclusive", "unexercised"))}


def findings(model: Model) -> list[Clause]:
    """Return the clauses that fail the run: gravest verdict first, then in document order.

    A finding has a verdict named in ``run.fail_on`` and is neither waived nor soft.
    """
    return _by_gravity(clause for clause in model["clauses"] if is_finding(clause, model))


def is_finding(clause: Clause, model: Model) -> bool:
    """Tell whether this clause fails the run."""
    return (
        clause["verdict"] in model["run"]["fail_on"] and not clause["waived"] and not clause["soft"]
    )


def warnings(model: Model) -> list[Clause]:
    """Return the clauses that deviate without failing the run, in the order of findings.

    These are the soft clauses and those whose deviation ``run.fail_on`` leaves out: with
    ``--fail-on violated`` a lenient endpoint must not look like a conforming one.
    """
    told = {*DEVIATIONS, *model["run"]["fail_on"]}
    return _by_gravity(
        clause
        for clause in model["clauses"]
        if clause["verdict"] in told and not clause["waived"] and not is_finding(clause, model)
    )


def waived(model: Model) -> list[Clause]:
    """Return the clauses whose deviation someone accepted, in the order of findings."""
    return _by_gravity(clause for clause in model["clauses"] if clause["waived"])


def judged(model: Model) -> int:
    """Count the clauses that got a definite verdict: neither inconclusive nor unexercised."""
    return sum(clause["verdict"] in JUDGED for clause in model["clauses"])


def tally(clauses: Iterable[Clause]) -> dict[str, int]:
    """Count clauses by verdict; every verdict is a key, in the usual order."""
    counted = Counter(clause["verdict"] for clause in clauses)
    return {verdict: counted[verdict] for verdict in VERDICTS}


def by_group(model: Model) -> list[tuple[str, list[Clause]]]:
    """Return ``(group, its clauses)`` in the usual order, without the groups that have none."""
    members: dict[str, list[Clause]] = {group: [] for group in GROUPS}
    for clause in model["clauses"]:
        members[clause["group"]].append(clause)
    return [(group, clauses) for group, clauses in members.items() if clauses]


def headline(model: Model) -> str:
    """Say in one sentence how the run went, in plain text that quotes nothing from the target."""
    count, found = judged(model), findings(model)
    if not count and not found:
        return "Nothing was judged."
    accepted, soft = len(waived(model)), len(warnings(model))
    asides = [f"{accepted} waived"] if accepted else []
    asides += [plural(soft, "warning")] if soft else []
    kinds = [f"{n} {verdict}" for verdict, n in tally(found).items() if n]
    details = "; ".join(", ".join(part) for part in (kinds, asides) if part)
    if details:
        start = plural(len(found), "finding") if found else "No findings"
        return f"{start} in {plural(count, 'judged clause')} — {details}."
    return f"All {count} judged clauses are upheld." if count > 1 else "1 judged clause, upheld."


def not_asked(model: Model) -> dict[str, str]:
    """Return the operations of which nothing is known, each with the one reason for that.

    Only of a run that came to its end: why the rest of one is missing is said elsewhere.
    """
    if not model["run"]["complete"]:
        return {}
    reasons: dict[str, set[str]] = {}
    for clause in model["clauses"]:
        known = clause["message"] if clause["verdict"] == "unexercised" else ""
        reasons.setdefault(clause["operation"], set()).add(known)
    # A single clause may be unexercised for reasons of its own.
    sizes = Counter(clause["operation"] for clause in model["clauses"])
    return {
        operation: said
        for operation, (said, *others) in reasons.items()
        if said not in ("", NOT_SELECTED) and not others and sizes[operation] > 1
    }


def patience(model: Model) -> str | None:
    """Say how often the target asked for patience, in plain text; None where it never did."""
    put_off = model["run"]["put_off"]
    if not put_off or not put_off["times"]:
        return None
    times, waited = put_off["times"], duration(put_off["seconds"])
    return f"{plural(times, 'request')} put off by the target (429 or 503), {waited} waited"


def detection(model: Model) -> str:
    """Say what the last self-test of the pack is worth, in plain text."""
    score = model["selftest"]
    if score is None:
        return "How much a run notices is not known: clausewise selftest finds out."
    could = score["faults"] - score["equivalent"]
    said = (
        f"{score['noticed']} of {could} deliberate breaches are noticed, {score['named']} named "
        f"(self-test of {score['date']}"
    )
    if not score["current"]:
        said += "; the contract was changed since, clausewise selftest repeats it"
    return f"{said})."


def outcome(model: Model) -> str:
    """Return ``failed``, ``unclear`` (incomplete, or nothing judged) or ``passed``."""
    if findings(model):
        return "failed"
    return "passed" if judged(model) and model["run"]["complete"] else "unclear"


def exchanges_by_id(model: Model) -> dict[int, Exchange]:
    """Return the recorded exchanges by their number."""
    return {exchange["id"]: exchange for exchange in model["exchanges"]}


def deciding(clause: Clause, exchanges: Mapping[int, Exchange]) -> Exchange | None:
    """Return the exchange that decided the clause: its first piece of evidence on record."""
    for item in clause["evidence"]:
        if item["exchange"] in exchanges:
            return exchanges[item["exchange"]]
    return None


def plural(count: int, noun: str) -> str:
    """Return ``1 clause``, ``2 clauses``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _by_gravity(clauses: Iterable[Clause]) -> list[Clause]:
    return sorted(clauses, key=lambda clause: _GRAVITY.get(clause["verdict"], len(_GRAVITY)))
