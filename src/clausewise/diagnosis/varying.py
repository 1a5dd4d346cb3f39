"""Varying: a lawful request that is accepted and refused by turns, though nothing is different.

What was refused once and accepted when it was sent again may have met some state of things. That
it is refused again and again in between shows that it is the server's own doing (`served`).
"""

from __future__ import annotations

from msgspec.structs import replace

from clausewise.diagnosis.confirming import VARYING, SendAll
from clausewise.judge.outcomes import GONE
from clausewise.judge.refusals import data_words, speaks_of_the_moment
from clausewise.plan.cases import AGAIN, LAWFUL, again
from clausewise.plan.plan import OperationPlan
from clausewise.record.ledger import Blame, Entry, Ledger

# So often a request is sent at most to see whether it is refused again, and accepted after that.
MOST_SENT = 24


def blame_varying(plan: OperationPlan, ledger: Ledger, send_all: SendAll) -> None:
    """Blame an operation for what it refuses now and then. Raises Stopped.

    `send_all` takes back what a case made. Who makes something below a thing that a run has changed
    meets its state, and so does who changes one: that says nothing.
    """
    refused = next((one for one in _told(plan, ledger) if _is_lawful(one)), None)
    if refused is None or not (plan.operation.safe or "{" not in plan.operation.path):
        return
    turns, first = [refused], refused.case
    for number in range(MOST_SENT):
        case = again(first, f"{AGAIN}-{number}-by-turns", plan.leased)
        sent = send_all([replace(case, kind="control", group=None)])
        if not sent or not _is_about_the_request(sent[0]):
            return
        entry = sent[0]
        turns.append(entry)
        if _by_turns([one.outcome for one in turns]):
            break
    else:
        return
    count = sum(one.outcome == "refused" for one in turns)
    response = turns[0].exchange.response
    status = response.status if response is not None else "?"
    said = f"refused with {status} {count} of the {len(turns)} times that it was sent"
    again_refused = next(one for one in turns[1:] if one.outcome == "refused")
    for one in turns:
        ledger.explained.pop(one.id, None)
    ledger.confirmed[refused.id] = again_refused.id
    ledger.confirmed[again_refused.id] = refused.id
    message = f"{said}, a lawful request which is accepted in between"
    ledger.blames.append(Blame(plan.operation.served, (), message, refused.id, False))


def _by_turns(outcomes: list[str]) -> bool:
    """Whether something was accepted, then refused, and accepted after that."""
    runs = [one for n, one in enumerate(outcomes) if n == 0 or outcomes[n - 1] != one]
    return len(runs) >= 4


def _told(plan: OperationPlan, ledger: Ledger) -> list[Entry]:
    """The refusals of an operation that were noted to come and go, and are no finding yet."""
    notes = [n for n in ledger.notes if n.kind == VARYING and n.operation == plan.operation.id]
    entries = [ledger.entries[note.entry - 1] for note in notes]
    return [e for e in entries if e.outcome == "refused" and e.id in ledger.explained]


def _is_lawful(entry: Entry) -> bool:
    lawful = entry.case.kind in LAWFUL and entry.case.expect == "accepted"
    return lawful and entry.case.needs is None and _is_about_the_request(entry)


def _is_about_the_request(entry: Entry) -> bool:
    """Whether an answer speaks of the request: not of what is there or is not, nor of the moment.

    Who is asked too often, or is busy, refuses as well by turns.
    """
    if entry.outcome != "refused":
        return entry.outcome == "accepted"
    response = entry.exchange.response
    told = data_words(response) is not None or speaks_of_the_moment(response)
    return entry.exchange.status not in GONE and not told
