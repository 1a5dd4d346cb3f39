"""By clause: who keeps it, who does not, and what tests on the mock get wrong for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import UNSET

from clausewise.comparing.comparison import ComparedClause, KeptBy, SideVerdict
from clausewise.comparing.effects import Effect
from clausewise.plan.cases import planned_id
from clausewise.record.policy import DEVIATIONS, JUDGED
from clausewise.record.record import CaseResult, JudgedClause, RecordedExchange
from clausewise.record.share import grouped
from clausewise.record.verdicts import NEVER_SHOWN
from clausewise.report import Report
from clausewise.report.evidence import status_of
from clausewise.report.fidelity import counted_at
from clausewise.report.findings import deciding, exchanges_by_id

_NOT_ASKED = "its report does not have this clause"


class Side:
    """One side's report, looked up by clause, exchange and case."""

    def __init__(self, role: str, report: Report) -> None:
        """`role` is `the mock` or `the reference`."""
        self.role = role
        self.report = report

    @cached_property
    def clauses(self) -> Mapping[str, JudgedClause]:
        """Every clause by id."""
        return {clause.id: clause for clause in self.report.clauses}

    @cached_property
    def exchanges(self) -> Mapping[int, RecordedExchange]:
        """Every exchange that the report holds, by number."""
        return exchanges_by_id(self.report)

    @cached_property
    def cases(self) -> Mapping[str, CaseResult]:
        """What came of every planned case, by id."""
        cases = self.report.cases
        return {case.id: case for case in cases} if cases is not UNSET else {}

    @cached_property
    def causes(self) -> Mapping[str, str]:
        """By clause, the likely cause of its breach and of others, in words."""
        roots = self.report.roots
        if roots is UNSET:
            return {}
        return {name: root.title for root in roots for name in root.clauses}

    @cached_property
    def _exchange_of(self) -> Mapping[str, RecordedExchange]:
        found: dict[str, RecordedExchange] = {}
        for exchange in self.report.exchanges:
            name, asked_again = planned_id(case_id(exchange))
            if not asked_again or name not in found:
                found[name] = exchange
        return found

    def kept_by(self, name: str, case: str | None, outcome: str | None) -> RecordedExchange | None:
        """The exchange of a planned case that shows this side keeping a clause, where there is one.

        What a reply promises, a reply of another kind does not keep: `outcome` is what came of it
        where the clause is broken.
        """
        exchange = self._exchange_of.get(case or "")
        part = self.clauses[name].part
        of_replies = part == "rule" or part[:1].isdigit() or part.startswith("default")
        if exchange is not None and of_replies and exchange.outcome != outcome:
            return None
        return exchange

    def deciding(self, name: str) -> RecordedExchange | None:
        """The exchange that decided about a clause, if there is one."""
        clause = self.clauses.get(name)
        return deciding(clause, self.exchanges) if clause is not None else None

    def breaking(self, name: str) -> RecordedExchange | None:
        """The exchange that shows this side breaking a clause, if it does."""
        clause = self.clauses.get(name)
        broken = clause is not None and clause.verdict in DEVIATIONS
        return self.deciding(name) if broken else None


def case_id(exchange: RecordedExchange) -> str:
    """The id of the case that an exchange was made for."""
    return exchange.case.partition(": ")[0]


def compared(mock: Side, reference: Side) -> Iterator[ComparedClause]:
    """Every clause that one of the sides was judged by, in the order of the reference."""
    for name in dict.fromkeys([*reference.clauses, *mock.clauses]):
        yield _one(name, mock, reference)


def _one(name: str, mock: Side, reference: Side) -> ComparedClause:
    ours, theirs = mock.clauses.get(name), reference.clauses.get(name)
    told = theirs or ours
    assert told is not None
    kept_by: KeptBy | None = None
    effect: Effect | None = None
    why: str | None = None
    if ours is not None and theirs is not None and {ours.verdict, theirs.verdict} <= JUDGED:
        kept_by = _KEPT_BY[ours.verdict == "upheld", theirs.verdict == "upheld"]
        effect = _effect(ours, theirs)
    else:
        why = _why_not(ours, theirs)
        if _shown_by_one(ours, theirs):
            effect = "built on what never comes"
        elif _shown_by_one(theirs, ours):
            effect = "pass wrongly"
    broken = (one for one in (ours, theirs) if one is not None and one.verdict in DEVIATIONS)
    soft = effect is not None and any(one.soft for one in broken)
    shown = _shown(name, mock, reference) if effect is not None else None
    return ComparedClause(
        name,
        told.operation,
        # On whichever side lawful requests are refused, that is strictness.
        counted_at(ours if ours is not None and ours.verdict == "strict" else told),
        told.promise,
        told.source,
        kept_by,
        _seen(ours, mock, shown) if ours is not None else None,
        _seen(theirs, reference, shown) if theirs is not None else None,
        effect,
        soft,
        why=why,
        cause=next(
            (s.causes[name] for s in (mock, reference) if effect and name in s.causes), None
        ),
    )


_KEPT_BY: dict[tuple[bool, bool], KeptBy] = {
    (True, True): "both",
    (True, False): "the mock alone",
    (False, True): "the reference alone",
    (False, False): "neither",
}


def _effect(mock: JudgedClause, reference: JudgedClause) -> Effect | None:
    """What tests on the mock get wrong; None where both sides do the same.

    Two verdicts that are no opposites do the same: neither side keeps its promise.
    """
    ours, theirs = mock.verdict, reference.verdict
    if (ours, theirs) in (("lenient", "strict"), ("lenient", "upheld")):
        return "pass wrongly"
    if (ours, theirs) in (("strict", "lenient"), ("strict", "upheld"), ("upheld", "lenient")):
        return "fail wrongly"
    if ours == "upheld" and theirs != "upheld":
        return "pass wrongly"
    return "built on what never comes" if theirs == "upheld" != ours else None


def _shown_by_one(breaking: JudgedClause | None, other: JudgedClause | None) -> bool:
    """Whether one side breaks a promise of what the other never came to show."""
    if breaking is None or other is None or breaking.verdict != "violated":
        return False
    return other.verdict == "unexercised" and other.message in NEVER_SHOWN


def _why_not(ours: JudgedClause | None, theirs: JudgedClause | None) -> str:
    mock, reference = _lack(ours), _lack(theirs)
    if mock == reference:
        return f"both: {mock}"
    told = [f"{role}: {lack}" for role, lack in (("mock", mock), ("reference", reference)) if lack]
    return "; ".join(told)


def _lack(clause: JudgedClause | None) -> str | None:
    """Why nothing is known of a clause; None where something is."""
    if clause is None:
        return _NOT_ASKED
    return None if clause.verdict in JUDGED else grouped(clause.message) or clause.verdict


def _shown(name: str, mock: Side, reference: Side) -> RecordedExchange | None:
    """The exchange that shows a difference best: that by which the clause is broken."""
    return mock.breaking(name) or reference.breaking(name)


def _seen(clause: JudgedClause, side: Side, shown: RecordedExchange | None) -> SideVerdict:
    """What one side did; who keeps a clause, by the case that shows how the other breaks it."""
    exchange = side.deciding(clause.id)
    if clause.verdict not in DEVIATIONS and shown is not None:
        exchange = side.kept_by(clause.id, planned_id(case_id(shown))[0], shown.outcome)
    if exchange is None:
        return SideVerdict(clause.verdict, clause.message)
    return SideVerdict(
        clause.verdict,
        clause.message,
        planned_id(case_id(exchange))[0],
        exchange.outcome,
        status_of(exchange),
        curl=exchange.curl,
    )
