"""What tests on a target get wrong, worst first: at most ten sentences, each with a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from clausewise.contract.clauses import pointer_name
from clausewise.contract.ids import part_name
from clausewise.pointer import everywhere
from clausewise.record.verdicts import NOT_SELECTED

from . import findings as counts
from .evidence import is_accepted, reply_of, status_of
from .showing import listed
from .telling import Told, told_causes

if TYPE_CHECKING:
    from clausewise.record.record import JudgedClause, RecordedExchange

    from .report import Report

MOST = 10
# By kind, worst first: what it says of a test, and how many sentences there are while others wait.
KINDS = {
    "pass wrongly": 3,
    "fail wrongly": 2,
    "built on what never comes": 3,
    "blind spot": 2,
    "error branch untested": 2,
}


class Consequence(Struct, frozen=True):
    """One thing that tests on a target get wrong: in a sentence, by these clauses.

    `exchange` is the number of a request that shows it, None where no request of the run did.
    """

    kind: str
    sentence: str
    clauses: tuple[str, ...]
    exchange: int | None


def consequences(report: Report) -> list[Consequence]:
    """What tests on the target get wrong, worst first; nothing of one that keeps its contract."""
    findings = report.findings
    if not findings:
        return []
    found: dict[str, list[Consequence]] = {kind: [] for kind in KINDS}
    for told in told_causes(report, findings):
        one = _of_finding(told)
        if one is not None:
            found[one.kind].append(one)
    found["blind spot"] += _blind_spots(report)
    found["error branch untested"] += _untested(report)
    first = [one for kind, most in KINDS.items() for one in found[kind][:most]][:MOST]
    for kind, most in KINDS.items():
        first += found[kind][most:][: MOST - len(first)]
    order = list(KINDS)
    return sorted(first, key=lambda one: order.index(one.kind))


_OF_VERDICT = {
    "lenient": ("pass wrongly", "a request that the contract refuses is accepted"),
    "strict": ("fail wrongly", "a request that the contract allows is refused"),
    "violated": ("built on what never comes", "replies are not those of the contract"),
}


def _of_finding(told: Told) -> Consequence | None:
    if told.first.verdict not in _OF_VERDICT:
        return None
    kind, sentence = _OF_VERDICT[told.first.verdict]
    ids = tuple(clause.id for clause in told.clauses)
    exchange = told.exchange.id if told.exchange is not None else None
    count = f" ({counts.plural(len(ids), 'clause')})" if len(ids) > 1 else ""
    what = (
        told.root.title if count else f"{told.first.operation} does not keep: {told.first.promise}"
    )
    return Consequence(kind, f"{sentence}: {what.rstrip('.')}{count}.", ids, exchange)


def _blind_spots(report: Report) -> Iterator[Consequence]:
    """Members of successful replies that never came: most of them first.

    Operations that lack the same ones share a sentence.
    """
    shown: dict[str, RecordedExchange] = {}
    for exchange in report.exchanges:
        if is_accepted(exchange):
            shown.setdefault(exchange.operation, exchange)
    missing: dict[str, list[JudgedClause]] = defaultdict(list)
    bodies = _bodies_in_doubt(report)
    for clause in report.clauses:
        unseen = _is_silent(clause) and clause.part[:1] == "2" and clause.pointer
        if unseen and clause.operation in shown and not _is_there(clause, bodies):
            missing[clause.operation].append(clause)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for operation, clauses in missing.items():
        places = dict.fromkeys(pointer_name(clause.pointer or "") for clause in clauses)
        alike[tuple(places)].append(operation)
    spots = [
        Consequence(
            "blind spot",
            f"no reply of {listed(names)} had {listed(places)}: "
            "code that reads this is not tested.",
            tuple(clause.id for name in names for clause in missing[name]),
            shown[names[0]].id,
        )
        for places, names in alike.items()
    ]
    yield from sorted(spots, key=lambda one: -len(one.clauses))


def _bodies_in_doubt(report: Report) -> dict[str, list[Any]]:
    """Accepted replies of operations of which some broke a promise.

    A value that fits no alternative is asked nothing else of them, and is there all the same.
    """
    broken = {clause.operation for clause in report.clauses if clause.verdict == "violated"}
    bodies: dict[str, list[Any]] = defaultdict(list)
    for exchange in report.exchanges:
        if exchange.operation in broken and is_accepted(exchange):
            bodies[exchange.operation].append(reply_of(exchange))
    return bodies


def _is_there(clause: JudgedClause, bodies: dict[str, list[Any]]) -> bool:
    place = clause.pointer or ""
    return any(any(True for _ in everywhere(b, place)) for b in bodies.get(clause.operation, ()))


def _is_silent(clause: JudgedClause) -> bool:
    """Whether the run was to show a clause, and did not."""
    return clause.verdict == "unexercised" and clause.message != NOT_SELECTED


def _untested(report: Report) -> Iterator[Consequence]:
    """Documented refusals that never came; operations that lack the same ones share a sentence."""
    answered: dict[str, set[int]] = defaultdict(set)
    asked: dict[str, RecordedExchange] = {}
    for exchange in report.exchanges:
        status = status_of(exchange)
        if status is not None:
            answered[exchange.operation].add(status)
            if exchange.expect == "refused":
                asked.setdefault(exchange.operation, exchange)
    silent: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for clause in report.clauses:
        documented = part_name(clause.part)
        is_error = documented[:1] in "45" or documented == "default"
        known = answered.get(clause.operation)
        came = any(_is(documented, status) for status in known or ())
        if is_error and known and not came and _is_silent(clause):
            silent[clause.operation][documented].append(clause.id)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for operation, by_status in silent.items():
        if operation in asked:  # else nothing was sent that it should have refused
            alike[tuple(by_status)].append(operation)
    for statuses, operations in alike.items():
        yield Consequence(
            "error branch untested",
            f"{listed(operations)} never answered {listed(statuses)}: "
            "code that takes this is not tested.",
            tuple(name for one in operations for names in silent[one].values() for name in names),
            asked[operations[0]].id,
        )


def _is(documented: str, status: int) -> bool:
    if documented == "default":
        return status >= 400
    return str(status) == documented or f"{status // 100}XX" == documented.upper()
