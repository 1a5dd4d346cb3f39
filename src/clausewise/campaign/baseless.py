"""Broken requests whose lawful base is refused: that they are accepted says something all the same.

Only their refusal says nothing, since what they are made of is refused as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from clausewise.exchange import Response
from clausewise.plan.cases import Case
from clausewise.record.doubts import is_page
from clausewise.record.ledger import Entry, Ledger

# So many that are not accepted in a row, and no more are sent.
MOST_IN_VAIN = 6

# How the clauses of one broken request a family end.
FAMILIES: tuple[str, ...] = (":request:required", ":request:json", "#:type", ":required", ":auth")

SendAll = Callable[[Sequence[Case]], list[Entry]]


def send_without_base(
    cases: Iterable[Case],
    ledger: Ledger,
    send_all: SendAll,
    most: int = MOST_IN_VAIN,
    why: str = "so is the lawful request that it is made of",
) -> list[Case]:
    """Send broken cases until `most` in a row were not accepted; gives those that were not sent."""
    in_vain = 0
    left: list[Case] = []
    for case in cases:
        if in_vain >= most or case.group is not None:
            left.append(case)
            continue
        for entry in send_all([case]):
            in_vain = 0 if entry.outcome == "accepted" else in_vain + 1
            if entry.outcome == "refused":
                ledger.explained[entry.id] = f"it was refused, and {why}"
    return left


def send_families(cases: Sequence[Case], ledger: Ledger, send_all: SendAll, why: str) -> None:
    """Send one broken request of each family where no lawful one is accepted.

    If one is accepted the others are sent as well. `why` says what became of the lawful ones.
    """
    first = list(_one_of_each(cases))
    seen = len(ledger.entries)
    send_without_base(first, ledger, send_all, len(first), why)
    ids = {case.id for case in first}
    if any(e.outcome == "accepted" and e.case.id in ids for e in ledger.entries[seen:]):
        rest = [case for case in cases if case.expect == "refused" and case.id not in ids]
        send_without_base(rest, ledger, send_all, why=why)


def _one_of_each(cases: Iterable[Case]) -> Iterator[Case]:
    """No body, no JSON, a root of a wrong type, one required member, no credential."""
    families = FAMILIES
    for case in cases:
        if case.expect != "refused" or not case.probes or case.group is not None:
            continue
        family = next((end for end in families if case.probes[0].endswith(end)), None)
        if family is not None:
            families = tuple(end for end in families if end != family)
            yield case


def ask_strangers(ledger: Ledger, ask: Callable[[Entry], Response | None]) -> None:
    """Ask for a path that is not in the contract, where something was accepted by chance.

    Of an operation that accepts nothing lawful, that tells a reply from any other, and so it does
    of a page where none is documented. `ask` asks like another request. Raises Stopped.
    """
    entries = ledger.entries
    accepted = [entry for entry in entries if entry.outcome == "accepted"]
    serving = {e.case.operation for e in accepted if e.case.expect == "accepted"}
    for entry in accepted:
        method = entry.exchange.request.method
        baseless = entry.case.operation not in serving or is_page(entry)
        chance = entry.case.expect == "refused" and baseless
        if chance and method not in ledger.strangers:
            stranger = ask(entry)
            if stranger is not None:
                ledger.strangers[method] = stranger
