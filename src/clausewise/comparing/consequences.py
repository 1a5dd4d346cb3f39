"""Consequences: rules that differ since the same reply breaks a clause, which differs as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from msgspec.structs import replace

from clausewise.comparing.clauses import Side
from clausewise.comparing.comparison import ComparedClause
from clausewise.contract import Contract
from clausewise.judge.contents import PartsJudge
from clausewise.record.exchanges import answers_of


def with_consequences(
    clauses: Iterable[ComparedClause], mock: Side, reference: Side, contract: Contract | None
) -> Iterator[ComparedClause]:
    """The clauses; a rule that differs stands beside the clause that the same reply breaks.

    Without a contract, replies are told by the exchanges that evidence names.
    """
    clauses = list(clauses)
    sides = (mock, reference)
    differing = {c.id for c in clauses if c.differs}
    shown: dict[tuple[str, int], str] = {}
    for side, name in product(sides, differing):
        exchange = side.breaking(name)
        if exchange is not None and side.clauses[name].part != "rule":
            shown.setdefault((side.role, exchange.id), name)
    for clause in clauses:
        beside = None
        if clause.differs and ":rule:" in clause.id:
            causes = (_cause(clause.id, side, shown, differing, contract) for side in sides)
            beside = next((cause for cause in causes if cause is not None), None)
        yield replace(clause, beside=beside) if beside is not None else clause


def _cause(
    name: str,
    side: Side,
    shown: Mapping[tuple[str, int], str],
    differing: set[str],
    contract: Contract | None,
) -> str | None:
    """A keyword that differs and is broken in the reply that breaks a rule on this side."""
    exchange = side.breaking(name)
    if exchange is None:
        return None
    served = side.clauses.get(f"{exchange.operation}:served")
    if exchange.outcome == "refused" and served is not None and served.verdict == "strict":
        return served.id if served.id in differing else None  # it takes nothing: no wonder
    known = shown.get((side.role, exchange.id))
    if known is not None or contract is None or exchange.operation not in contract.operations:
        return known
    judge = PartsJudge(contract, contract.operations[exchange.operation])
    broken = (breach.clause for breach in answers_of(exchange, judge).broken)
    return next((clause for clause in broken if clause in differing), None)
