"""What share of what was asked was judged, and why the rest was not.

*Asked* are the clauses selected, less those that warn only, those that no client can observe,
those of replies whose status no case aims at, and those of members that no judged reply showed
(`never_shown`, counted apart).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from msgspec import Struct, field

from clausewise.contract import Contract
from clausewise.contract.ids import is_of_replies, part_name
from clausewise.record.doubts import ONCE
from clausewise.record.policy import JUDGED
from clausewise.record.record import JudgedClause
from clausewise.record.verdicts import NOT_SELECTED

# What a request can be refused for; `auth` and `unknown` have statuses of their own.
_REFUSED_FOR = frozenset({"request", "query", "path", "header", "cookie"})
_CREDENTIAL = ("401", "403", "407")
_UNKNOWN = ("404", "410")
# Others are about the state of things, or about time: no case brings them about.
_REFUSALS = ("400", "422", "4XX", "default")
_EXCHANGE = re.compile(r" ?\(exchange \d+\)")
_NUMBERED = re.compile(r"\bexchange \d+")
_FIRST = re.compile(r"^exchange \d+: ")
_LABEL = re.compile(r"^not sent: .*?, since ", re.DOTALL)

# So many operations are named beside a reason.
_FEW = 2

# What says that a body can be read at all.
WELL_FORMED = ("json", "well-formed")


class Reason(Struct, frozen=True):
    """Why clauses that were asked were not judged, and how many of them."""

    reason: str
    clauses: int


class Share(Struct, frozen=True):
    """How much of what was asked was judged.

    `by_operation` has, by operation and part, how many clauses were judged of how many. `why` has
    the reasons for the rest, the most frequent first; before all, what was seen only once.
    """

    asked: int
    judged: int
    never_shown: int
    by_operation: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    why: tuple[Reason, ...] = ()

    @property
    def part(self) -> float | None:
        """The share, from 0 to 1; None where nothing was asked."""
        return self.judged / self.asked if self.asked else None


class Sorted(Struct, frozen=True):
    """The clauses of a run by what was asked of them; what was not asked is in neither."""

    asked: tuple[JudgedClause, ...]
    never_shown: tuple[JudgedClause, ...]


def sorted_out(clauses: Iterable[JudgedClause], contract: Contract) -> Sorted:
    """Which of a run's clauses were asked, and which are about members that no reply showed."""
    by_operation: dict[str, list[JudgedClause]] = {}
    for clause in clauses:
        by_operation.setdefault(clause.operation, []).append(clause)
    asked: list[JudgedClause] = []
    never_shown: list[JudgedClause] = []
    for ours in by_operation.values():
        shown = {s for c in ours if c.exercised and (s := _status(c.part)) is not None}
        aimed = _aimed(ours, shown)
        for clause in ours:
            if not _is_aside(clause, contract, aimed):
                (never_shown if _is_never_shown(clause, shown) else asked).append(clause)
    return Sorted(tuple(asked), tuple(never_shown))


def share_of(known: Sorted, clauses: Iterable[JudgedClause]) -> Share:
    """The share of a run's clauses that was judged; `known` is what of them was asked."""
    counted: dict[str, dict[str, tuple[int, int]]] = {}
    reasons: Counter[str] = Counter()
    where: dict[str, set[str]] = {}
    for clause in known.asked:
        done = clause.verdict in JUDGED
        parts = counted.setdefault(clause.operation, {})
        judged, asked = parts.get(clause.part, (0, 0))
        parts[clause.part] = judged + done, asked + 1
        if not done:
            reason = grouped(clause.message)
            reasons[reason] += 1
            where.setdefault(reason, set()).add(clause.operation)
    # What may be a finding comes first.
    told = sorted(reasons.most_common(), key=lambda pair: pair[0] != ONCE)
    count = len({clause.operation for clause in clauses})
    why = tuple(Reason(_placed(reason, where[reason], count), n) for reason, n in told)
    unjudged = sum(reasons.values())
    return Share(
        len(known.asked), len(known.asked) - unjudged, len(known.never_shown), counted, why
    )


def _placed(reason: str, operations: Collection[str], count: int) -> str:
    """A reason with the operations that it is about, where these are few of so many."""
    told = any(operation in reason for operation in operations)
    if told or len(operations) > min(_FEW, count - 1):
        return reason
    return f"{reason} ({', '.join(sorted(operations))})"


def seen_once(clauses: Iterable[JudgedClause]) -> bool:
    """Whether something looks like a finding, and nobody could ask again."""
    return any(
        clause.verdict == "inconclusive" and clause.message == ONCE and not clause.soft
        for clause in clauses
    )


_OPEN = ("served", "inconclusive")


def nothing_read(clauses: Iterable[JudgedClause]) -> bool:
    """Whether replies came, and of none it could be told whether it is well-formed.

    They were cut off, or more than is judged: statuses alone are no reason to be content. Where it
    is open whether anything lawful was accepted, such replies did not come.
    """
    clauses = list(clauses)
    open_ = {one.operation for one in clauses if (one.part, one.verdict) == _OPEN}
    verdicts = {
        one.verdict
        for one in clauses
        if one.keyword in WELL_FORMED and is_of_replies(one.part) and one.operation not in open_
    }
    return "inconclusive" in verdicts and verdicts <= {"inconclusive", "unexercised"}


def grouped(message: str) -> str:
    """A reason without what tells one clause's from another's: exchange numbers and labels."""
    message = _LABEL.sub("not sent, since ", message)
    return _NUMBERED.sub("an exchange", _EXCHANGE.sub("", _FIRST.sub("", message)))


def _is_aside(clause: JudgedClause, contract: Contract, aimed: Collection[str]) -> bool:
    """Whether a clause is not asked, whatever the replies were."""
    if clause.soft or clause.message == NOT_SELECTED:
        return True
    if clause.part == "rule":
        rule = contract.rules.get(clause.keyword or "")
        return rule is not None and bool(rule.unobservable)
    status = _status(clause.part)
    return status is not None and status not in aimed


def _is_never_shown(clause: JudgedClause, shown: Collection[str]) -> bool:
    """Whether a clause is about a member that no reply had, although there were such replies."""
    below = _status(clause.part) in shown and clause.pointer is not None
    return below and clause.verdict == "unexercised"


def _aimed(clauses: Sequence[JudgedClause], shown: set[str]) -> set[str]:
    """The statuses that cases of an operation aim at.

    Of several that would do (200 and 201, 400 and 422) those count that came, else the first.
    """
    parts = {clause.part for clause in clauses}
    keywords = {clause.keyword for clause in clauses}
    replies = list(dict.fromkeys(s for c in clauses if (s := _status(c.part)) is not None))
    successes = [status for status in replies if status.startswith("2")]
    successes = successes or [s for s in replies if s.startswith("3") or s == "default"]
    aims = [successes]
    if parts & _REFUSED_FOR:
        aims.append([s for s in replies if s in _REFUSALS and s not in successes])
    if "auth" in parts:
        aims.append([status for status in replies if status in _CREDENTIAL])
    if "unknown" in keywords:
        aims.append([status for status in replies if status in _UNKNOWN])
    aimed = set(replies) & set(shown)
    for wanted in aims:
        if not aimed & set(wanted):
            aimed |= set(wanted[:1])
    return aimed


@lru_cache(maxsize=4096)
def _status(part: str) -> str | None:
    """The documented status (`200`, `4XX`, `default`) that a part of a reply is of."""
    status = part_name(part)
    return status if status[:1].isdigit() or status == "default" else None
