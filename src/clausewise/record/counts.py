"""What is counted over all exchanges of a run, one at a time: members, statuses, cases."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.contract import Contract
from clausewise.exchange import Response
from clausewise.judge.outcomes import is_left_open
from clausewise.plan.cases import Case, planned_id
from clausewise.record.ledger import Entry
from clausewise.record.record import CaseResult, NotedKind, Undocumented
from clausewise.secrets.masking import Mask


class Counts(Struct):
    """Sums over entries. A run adds its entries at its end, a journal's reader line by line."""

    contract: Contract
    _undocumented: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _notes: dict[str, NotedKind] = field(default_factory=dict)
    _cases: dict[str, CaseResult] = field(default_factory=dict)
    # By case, the reply that counts.
    _replies: dict[str, Response | None] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Count one entry."""
        operation = entry.case.operation
        for part, pointer in entry.judgement.undocumented:
            key = (operation, part, pointer)
            self._undocumented[key] = self._undocumented.get(key, 0) + 1
        response = entry.exchange.response
        if response is not None:
            known = self.contract.operations.get(operation)
            if known is not None and is_left_open(known, response.status):
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
        """Count a request as one of its planned case: the planned one counts, or what came of it.

        Asked again, it is held against that one; what was sent with other values is not.
        """
        case, response, status = entry.case, entry.exchange.response, entry.exchange.status
        name, asked_again = planned_id(case.id)
        known = self._cases.get(name)
        if known is None or not asked_again:
            times, alike = (known.times + 1, known.alike) if known is not None else (1, None)
            self._cases[name] = CaseResult(name, case.expect, entry.outcome, status, times, alike)
            self._replies[name] = response
            return
        same = (known.outcome, known.status) == (entry.outcome, status)
        same = same and are_alike(self._replies[name], response)
        alike = known.alike is not False and same
        self._cases[name] = known._replace(times=known.times + 1, alike=alike)


def are_alike(one: Response | None, other: Response | None) -> bool:
    """Whether two replies are of one kind: media type, names of members, and JSON types.

    What a list has in it, and what is null, may be another after a while: that is no difference.
    """
    if one is None or other is None:
        return one is other
    if one.media_type != other.media_type:
        return False
    if one.not_json is not None or other.not_json is not None:
        return (one.not_json is None) == (other.not_json is None)
    return _is_kind_of(one.json, other.json)


def _is_kind_of(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        same = one.keys() == other.keys()
        return same and all(_is_kind_of(value, other[name]) for name, value in one.items())
    return _kind(one) == _kind(other)


def _kind(value: Any) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


def _is_planned(case: Case) -> bool:
    """Whether a case's id depends on contract, seed and options only, not on what was answered."""
    aside = case.kind in ("supply", "scenario")
    return not aside and "/diagnosis-" not in case.id and "/lost-" not in case.id
