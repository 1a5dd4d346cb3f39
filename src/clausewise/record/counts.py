"""What is counted over all exchanges of a run, one at a time: members, statuses, cases."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from clausewise.contract import Contract
from clausewise.plan.cases import Case
from clausewise.record.ledger import Entry
from clausewise.record.record import CaseResult, NotedKind, Undocumented
from clausewise.secrets.masking import Mask


@dataclass(slots=True)
class Counts:
    """Sums over entries. A run adds its entries at its end, a journal's reader line by line."""

    contract: Contract
    _undocumented: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _notes: dict[str, NotedKind] = field(default_factory=dict)
    _cases: dict[str, CaseResult] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Count one entry."""
        operation = entry.case.operation
        for part, pointer in entry.judgement.undocumented:
            key = (operation, part, pointer)
            self._undocumented[key] = self._undocumented.get(key, 0) + 1
        response = entry.exchange.response
        if response is not None and 400 <= response.status < 500:
            known = self.contract.operations.get(operation)
            if known is not None and known.reply_for(response.status) is None:
                self.note(f"undocumented {response.status}", operation, entry.id)
        if _is_planned(entry.case):
            self._case(entry)

    def undocumented(self, mask: Mask) -> tuple[Undocumented, ...]:
        """Members of replies that the contract does not name."""
        return tuple(
            Undocumented(operation, part, mask.text(pointer), seen)
            for (operation, part, pointer), seen in self._undocumented.items()
        )

    @property
    def notes(self) -> tuple[NotedKind, ...]:
        """What is no finding and worth knowing, once per kind."""
        return tuple(self._notes.values())

    @property
    def cases(self) -> tuple[CaseResult, ...]:
        """What came of every planned case that was sent, sorted by id."""
        return tuple(self._cases[name] for name in sorted(self._cases))

    def note(self, kind: str, operation: str, exchange: int) -> None:
        """Count what is worth knowing and no finding; the first exchange of a kind shows it."""
        known = self._notes.get(kind)
        if known is None:
            self._notes[kind] = NotedKind(kind, (operation,), 1, exchange)
            return
        operations = dict.fromkeys((*known.operations, operation))
        self._notes[kind] = replace(known, operations=tuple(operations), count=known.count + 1)

    def _case(self, entry: Entry) -> None:
        case, response = entry.case, entry.exchange.response
        status = response.status if response is not None else None
        known = self._cases.get(case.id)
        times, alike = 1, None
        if known is not None:
            same = (known.outcome, known.status) == (entry.outcome, status)
            times, alike = known.times + 1, known.alike is not False and same
        self._cases[case.id] = CaseResult(case.id, case.expect, entry.outcome, status, times, alike)


def _is_planned(case: Case) -> bool:
    """Whether a case's id depends on contract, seed and options only, not on what was answered."""
    aside = case.kind in ("supply", "scenario")
    return not aside and "/diagnosis-" not in case.id and "/lost-" not in case.id
