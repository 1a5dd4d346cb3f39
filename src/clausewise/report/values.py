"""Which of the values that a contract lists for replies were ever shown."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from clausewise.contract import Contract
from clausewise.pointer import ABSENT, everywhere
from clausewise.record.record import JudgedClause

from .evidence import RunEvidence, is_accepted, reply_of
from .fidelity import ShownCounts

# Nobody expects a mock to show each value of a longer list.
_MOST_VALUES = 20


def values_shown(evidence: RunEvidence, contract: Contract) -> ShownCounts:
    """How many of the listed values of successful replies some reply showed, of how many."""
    by_operation: dict[str, list[JudgedClause]] = defaultdict(list)
    for clause in evidence.clauses:
        if clause.keyword == "enum" and clause.part[:1] == "2" and clause.exercised:
            by_operation[clause.operation].append(clause)
    seen: dict[str, set[str]] = defaultdict(set)
    for exchange in evidence.exchanges.values():
        clauses = by_operation.get(exchange.operation)
        reply = reply_of(exchange) if clauses and is_accepted(exchange) else ABSENT
        if clauses and reply is not ABSENT:
            for clause in clauses:
                for value in everywhere(reply, clause.pointer or ""):
                    seen[clause.id].add(_spelt(value))
    shown = total = 0
    for clauses in by_operation.values():
        for clause in clauses:
            known = contract.clauses.get(clause.id)
            listed = {_spelt(value) for value in (known.value if known is not None else ()) or ()}
            if len(listed) <= _MOST_VALUES:
                total += len(listed)
                shown += len(listed & seen[clause.id])
    return ShownCounts(shown, total)


def _spelt(value: Any) -> str:
    """A value as a text that no other value has."""
    return f"'{value}" if isinstance(value, str) else json.dumps(value, sort_keys=True)
