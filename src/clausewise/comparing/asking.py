"""Asking again: a difference is told only if the sides that can be asked still differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from clausewise.comparing.clauses import Side
from clausewise.comparing.comparison import ComparedClause, SideVerdict
from clausewise.record.policy import DEVIATIONS

# Of the differences of one root, so many first ones are asked again, and then each of so many; all
# of them where one was not the same.
FIRST, EACH = 3, 10
SAME = "the same"


class SideAnswer(Protocol):
    """What came of one exchange that was sent again."""

    @property
    def broken(self) -> bool | None:
        """Whether it broke its clause; None where that cannot be said."""
        ...

    @property
    def said(self) -> str:
        """What was seen, in words."""
        ...


class SideAsker(Protocol):
    """Somebody who sends an exchange of a side's report to that side again."""

    def again(self, name: str, verdict: str, number: int) -> SideAnswer:
        """Whether it breaks a clause, as a verdict has it."""
        ...

    def still(self, name: str, number: int) -> SideAnswer:
        """Whether it breaks a clause as the report has it, each time where replies may vary."""
        ...

    @property
    def left_over(self) -> Sequence[str]:
        """What was made for that and could not be taken back, in words."""
        ...


class _Asked(NamedTuple):
    """One difference after it was asked again; without an effect where it was not the same."""

    clause: ComparedClause
    same: bool


def asked_again(
    clauses: Iterable[ComparedClause],
    mock: Side,
    reference: Side,
    askers: Mapping[str, SideAsker],
) -> tuple[ComparedClause, ...]:
    """The clauses, with every difference asked again of those sides that have an asker.

    `askers` are by role. What varies on one side alone is no difference of the two.
    """
    told = {clause.id: clause for clause in clauses}
    sides = [side for side in (mock, reference) if side.role in askers]
    for root in _roots(told.values()) if sides else ():
        sample = [one for n, one in enumerate(root) if n < FIRST or n % EACH == EACH - 1]
        came = [_ask(one, sides, askers) for one in sample]
        if not all(one.same for one in came):
            rest = [one for one in root if one not in sample]
            came += [_ask(one, sides, askers) for one in rest]
        told |= {asked.clause.id: asked.clause for asked in came}
    return tuple(told.values())


def without_chance(clause: ComparedClause, mock: Side, reference: Side) -> ComparedClause:
    """A clause; not compared where its breach is in a reply that was not alike when asked twice."""
    for side, seen in ((mock, clause.mock), (reference, clause.reference)):
        if clause.differs and seen is not None and seen.verdict == "violated":
            case = side.cases.get(seen.case or "")
            if case is not None and case.alike is False:
                return _varying(clause, f"{side.role}: the replies to one request vary")
    return clause


def _roots(clauses: Iterable[ComparedClause]) -> list[list[ComparedClause]]:
    """The differences, those of one likely cause together."""
    roots: dict[tuple[str, ...], list[ComparedClause]] = {}
    for clause in clauses:
        if clause.differs and clause.mock is not None and clause.reference is not None:
            part = clause.id.removeprefix(f"{clause.operation}:").partition("#")[0]
            key = (clause.operation, part, clause.mock.verdict, clause.reference.verdict)
            roots.setdefault(key, []).append(clause)
    return list(roots.values())


def _ask(clause: ComparedClause, sides: Iterable[Side], askers: Mapping[str, SideAsker]) -> _Asked:
    """Ask again who breaks a clause, and who keeps it by the same request."""
    assert clause.mock is not None
    assert clause.reference is not None
    breaking = clause.mock if clause.mock.verdict in DEVIATIONS else clause.reference
    for side in sides:
        seen = clause.mock if side.role == "the mock" else clause.reference
        kept = seen.verdict not in DEVIATIONS
        if kept:
            exchange = side.kept_by(clause.id, seen.case, breaking.outcome)
        else:
            exchange = side.deciding(clause.id)
        if exchange is None:
            continue  # who keeps a clause need not have got that very request
        asker = askers[side.role]
        if kept:
            answer = asker.again(clause.id, breaking.verdict, exchange.id)
        else:
            answer = asker.still(clause.id, exchange.id)
        if answer.broken is kept:
            why = f"{side.role}: not the same when it was asked again ({answer.said})"
            return _Asked(_varying(clause, why), same=False)
        again = SAME if answer.broken is not None else answer.said
        clause = _noted(clause, side, replace(seen, again=again))
    return _Asked(clause, same=True)


def _noted(clause: ComparedClause, side: Side, seen: SideVerdict) -> ComparedClause:
    if side.role == "the mock":
        return replace(clause, mock=seen)
    return replace(clause, reference=seen)


def _varying(clause: ComparedClause, why: str) -> ComparedClause:
    """A clause that cannot be compared after all."""
    return replace(clause, kept_by=None, effect=None, soft=False, why=why)
