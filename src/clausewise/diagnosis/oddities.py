"""Refused oddities: long texts and unknown members, of which documents rarely say anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from clausewise.diagnosis.causes import Unsteady, find_cause
from clausewise.diagnosis.levels import within
from clausewise.diagnosis.probing import BUDGET, Cause, OutOfBudget, Prober
from clausewise.diagnosis.serving import for_its_data, proved_by
from clausewise.record.ledger import Blame, Entry, Ledger
from clausewise.values.oddities import LONG_TEXTS, UNKNOWN, UNKNOWN_MEMBERS


def blame_oddities(
    prober: Prober, ledger: Ledger, lawful: Iterable[Entry], blame: Callable[[Cause], None]
) -> None:
    """Blame, softly, the refusal of what documents rarely say that it has to be taken.

    `lawful` are the entries of an operation that accepts something; `blame` takes a cause.
    """
    for entry in lawful:
        if entry.outcome != "refused" or entry.id in ledger.explained:
            continue
        if entry.case.label.endswith(LONG_TEXTS):
            cause = _new_cause(prober, entry)
            if cause is not None:
                prober.causes.append(cause)
                blame(cause)
        elif entry.case.label.endswith(UNKNOWN_MEMBERS) and _is_to_blame(prober, ledger, entry):
            status = entry.exchange.response.status if entry.exchange.response else "?"
            said = f"a member that the contract does not name, and does not forbid ({UNKNOWN})"
            why = "documents rarely say that members which they do not name are taken"
            served = prober.plan.operation.served
            ledger.blames.append(
                Blame(served, (), f"refused with {status}: {said}", entry.id, False, why)
            )


def _new_cause(prober: Prober, entry: Entry) -> Cause | None:
    """The text that is refused; None where none is, or another cause was known before."""
    prober.grant(BUDGET)
    with suppress(OutOfBudget, Unsteady):
        cause = find_cause(prober, entry, prober.told(entry.case.levels))
        if cause and not any(within(known.levels, cause.levels) for known in prober.causes):
            return cause
    return None


def _is_to_blame(prober: Prober, ledger: Ledger, entry: Entry) -> bool:
    """Whether a request with unknown members is refused again, and the same without is not."""
    if for_its_data(prober.plan, entry, proved_by(ledger.entries)) is not None:
        return False
    prober.grant(2)
    with suppress(OutOfBudget):
        without = prober.send(prober.told(entry.case.levels), again=True)
        again = prober.post(entry.case.value, entry.case.levels, again=True)
        return (without.outcome, again.outcome) == ("accepted", "refused")
    return False
