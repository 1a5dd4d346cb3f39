"""Near misses: credentials that are almost ours, which only a careless check takes.

They are tried once for each security scheme of a run, last of all: whoever is locked out for wrong
credentials loses nothing then.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from clausewise.contract import Operation
from clausewise.contract.security import SecurityScheme
from clausewise.plan.cases import Case, Credential
from clausewise.plan.plan import Plan
from clausewise.record.ledger import Entry, Ledger

# What each is, in words.
_LABELS: dict[Credential, str] = {
    "longer": "our credential with a character behind it",
    "other case": "our credential in the other case",
    "bare": "our credential without its scheme word",
    "other user": "our password with a made-up user",
}
# Of each scheme at most.
MOST_NEAR_MISSES = len(_LABELS)


def near_misses(plan: Plan, ledger: Ledger) -> Iterator[list[Case]]:
    """For each scheme, cases on one operation that takes our credential and no made-up one."""
    done: set[str] = set()
    # What changes nothing goes first: it can be sent as often as one likes.
    operations = sorted(
        (one.operation for one in plan.operations.values()), key=lambda one: not one.safe
    )
    for operation in operations:
        names = {scheme.name for scheme in operation.schemes}
        if names <= done:
            continue
        entries = ledger.of(operation.id)
        base = accepted_by(entries)
        if base is None or not looks_at_credentials(entries):
            continue
        done |= names
        kinds = dict.fromkeys(kind for one in operation.schemes for kind in _kinds(one))
        yield [_case(operation, base, kind) for kind in kinds]


def _kinds(scheme: SecurityScheme) -> Iterator[Credential]:
    if scheme.place == "connection":
        return
    if scheme.is_basic:
        yield "other user"
    yield "longer"
    yield "other case"
    if scheme.word:
        yield "bare"


def accepted_by(entries: list[Entry]) -> Entry | None:
    """The first lawful request of an operation that was accepted; `entries` are all of it."""
    return next(
        (
            entry
            for entry in entries
            if entry.outcome == "accepted"
            and entry.case.expect == "accepted"
            and entry.case.kind in ("example", "pairs", "control")
        ),
        None,
    )


def looks_at_credentials(entries: list[Entry]) -> bool:
    """Whether an operation refused a made-up credential: else a near miss shows nothing new."""
    return any(entry.outcome == "refused" for entry in entries if entry.case.credential == "wrong")


def _case(operation: Operation, base: Entry, kind: Credential) -> Case:
    return replace(
        base.case,
        id=f"{operation.id}/near-miss-{kind.replace(' ', '-')}",
        kind="transport",
        expect="refused",
        label=_LABELS[kind],
        probes=(f"{operation.id}:auth",),
        credential=kind,
        group=None,
    )
