"""Documented alternatives of a credential, each alone: one is enough.

So is none at all where that is one of them (OpenAPI 3.1.1, section 4.8.2, `security`). Every other
request carries the first that the user gave. Only what changes nothing is asked, before the near
misses, for which a target may lock its door.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from clausewise.campaign.credentials import Carried, carried, is_given
from clausewise.campaign.near_misses import accepted_by, looks_at_credentials
from clausewise.contract import Operation
from clausewise.contract.security import Requirement
from clausewise.pack.settings import Settings
from clausewise.plan.cases import ALONE, Alone, Case, Credential
from clausewise.plan.plan import Plan
from clausewise.record.ledger import Entry, Ledger


class Alternatives:
    """What is asked with each alternative alone, and what its refusal proves."""

    def __init__(self, plan: Plan, ledger: Ledger, settings: Settings) -> None:
        self._operations = [one.operation for one in plan.operations.values()]
        self._ledger = ledger
        self._settings = settings

    def cases(self) -> Iterator[Case]:
        """A lawful request of each operation with each alternative that it was not sent with.

        Without a credential only what names no thing is asked for: one may be for all to see, and
        another one not.
        """
        for operation in self._operations:
            base = accepted_by(self._ledger.of(operation.id))
            if base is None or not operation.safe:
                continue
            sent = [carried(operation, "ours", self._settings)]
            for name, requirement in zip(ALONE, operation.security, strict=False):
                alone = carried(operation, name, self._settings)
                if alone not in sent and self._may_be_sent(operation, requirement):
                    sent.append(alone)
                    yield _case(operation, base, name, requirement)

    def _may_be_sent(self, operation: Operation, requirement: Requirement) -> bool:
        if not requirement:
            return "{" not in operation.path
        by_connection = any(scheme.place == "connection" for scheme in requirement)
        return not by_connection and is_given(requirement, self._settings)

    def explain(self, asked: Iterable[Entry]) -> None:
        """Note of those that were refused where that may be for something else.

        A credential that nothing was accepted with alone may be a wrong one; and what is no 401
        may say what it is good for, or what it sees (RFC 9110, sections 15.5.4 and 15.5.5).
        """
        for entry in asked:
            if entry.outcome != "refused":
                continue
            if entry.exchange.status != 401:
                why = "which may be for what it is good for"
            elif entry.case.credential != "none" and not self._is_known(entry):
                why = "and nothing took it alone: it may be a wrong one"
            else:
                continue
            said = f"{entry.case.label}, it was answered {entry.exchange.status}, {why}"
            self._ledger.explained[entry.id] = said

    def _is_known(self, entry: Entry) -> bool:
        """Whether what it carried was taken alone, by an operation that refuses made-up ones."""
        own = next(one for one in self._operations if one.id == entry.case.operation)
        shown = carried(own, entry.case.credential, self._settings)
        return any(self._takes(operation, shown) for operation in self._operations)

    def _takes(self, operation: Operation, shown: Carried) -> bool:
        entries = self._ledger.of(operation.id)
        names: tuple[Credential, ...] = ("ours", *ALONE[: len(operation.security)])
        alike = [name for name in names if carried(operation, name, self._settings) == shown]
        return looks_at_credentials(entries) and any(
            entry.outcome == "accepted" and entry.case.credential in alike for entry in entries
        )


def _case(operation: Operation, base: Entry, name: Alone, requirement: Requirement) -> Case:
    names = " and ".join(scheme.name for scheme in requirement)
    return replace(
        base.case,
        id=f"{operation.id}/{name.replace(' ', '-')}",
        kind="transport",
        expect="accepted",
        label=f"with {names} alone" if names else "without a credential, which is optional",
        probes=(f"{operation.id}:auth" if operation.secured else operation.served,),
        credential=name if names else "none",
        group=None,
    )
