"""Fidelity: how far a mock can stand for the real thing, level by level.

All of it is counted from what a run recorded; nothing is sent for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import UNSET, Struct

from clausewise.contract.levels import level_of
from clausewise.options import LEVELS, Level
from clausewise.record.policy import JUDGED
from clausewise.record.record import JudgedClause
from clausewise.record.share import Sorted

from .evidence import RunEvidence
from .measuring import KindFacts, facts_of, kind_of, own_ids

# A rung holds where so much of what was judged was kept, in percent; of breadth nobody shows all …
KEPT = 95
SHOWN_ENOUGH = 80
# … and where so much was judged of what there is.
JUDGED_ENOUGH = 80
# The ladder: each rung needs those below.
LADDER: tuple[tuple[str, tuple[Level, ...]], ...] = (
    ("E", ("reach",)),
    ("D", ("shape", "errors")),
    ("C", ("leniency", "strictness")),
    ("B", ("auth", "identity", "steadiness")),
    ("A", ("state", "breadth")),
)
LOWEST = "F"
# Others may have nothing to judge: a contract without credentials loses nothing by that.
_NEEDED = ("reach", "state")
# What each grade says, in words.
MEANING = {
    "F": "it does not answer all lawful requests",
    "E": "it answers",
    "D": "it answers as documented",
    "C": "it also validates requests",
    "B": "it also knows who asks, and about what",
    "A": "it also keeps state and shows what there is",
}


class LevelCount(Struct, frozen=True):
    """Of `all` there is at a level: how much was judged, and how much of that was kept."""

    level: Level
    kept: int
    judged: int
    all: int

    @property
    def percent(self) -> int | None:
        """The share that was kept of what was judged, rounded down; None where nothing was."""
        return 100 * self.kept // self.judged if self.judged else None

    @property
    def is_judged(self) -> bool:
        """Whether enough was judged to say something of the level."""
        return self.judged * 100 >= JUDGED_ENOUGH * self.all


class Fidelity(Struct, frozen=True):
    """How far the target can stand for the real thing.

    `kind` is one sentence made of the `facts`. `grade` is the highest rung of the ladder that
    holds with all below it, F where the lowest does not, None where too little was judged to say.
    `capped_by` is the level of which too little was judged to go on.
    """

    kind: str | None
    facts: KindFacts
    levels: tuple[LevelCount, ...]
    grade: str | None
    capped_by: Level | None

    def level(self, name: str) -> LevelCount:
        """The counts of one level."""
        return next(count for count in self.levels if count.level == name)


class ShownCounts(NamedTuple):
    """Of what replies may show, members and listed values: how much they did show."""

    shown: int
    all: int


def fidelity_of(evidence: RunEvidence, known: Sorted, values: ShownCounts) -> Fidelity:
    """The fidelity of a target.

    `known` are the clauses by what was asked of them, `values` the listed values of replies.
    """
    counts: dict[Level, list[int]] = {level: [0, 0, 0] for level in LEVELS}
    for clause in (*known.asked, *_soft_errors(evidence)):
        at = counts[counted_at(clause)]
        at[0] += clause.verdict == "upheld"
        at[1] += clause.verdict in JUDGED
        at[2] += 1
    shown, places = _members(known)
    total = places + values.all
    counts["breadth"] = [shown + values.shown, total, total]
    kept, judged = own_ids(evidence)
    for place, more in enumerate((kept, judged, judged)):
        counts["identity"][place] += more
        counts["state"][place] += more  # what was made is there
    counts["steadiness"] = [*_steady(evidence)]
    levels = tuple(LevelCount(level, *counts[level]) for level in LEVELS)
    grade, end = _climbed({count.level: count for count in levels})
    capped_by = end.level if end is not None and _is_unknown(end) else None
    facts = facts_of(evidence)
    return Fidelity(kind_of(facts), facts, levels, grade, capped_by)


def counted_at(clause: JudgedClause) -> Level:
    """The level that a clause counts for: a lawful request that was refused is strictness."""
    level = clause.level if clause.level is not UNSET else level_of(clause.part, clause.keyword)
    return "strictness" if clause.verdict == "strict" and level == "leniency" else level


def _soft_errors(evidence: RunEvidence) -> Iterator[JudgedClause]:
    """What refusals are like, where some reply showed it.

    Documents say little of it, so it warns only; but whoever tests an error branch builds on it.
    """
    for clause in evidence.clauses:
        if clause.soft and clause.verdict in JUDGED and counted_at(clause) == "errors":
            yield clause


def _members(known: Sorted) -> tuple[int, int]:
    """How many members of successful replies were shown, and how many there are."""
    shown, missing = ({*_places(clauses)} for clauses in (known.asked, known.never_shown))
    return len(shown), len(shown | missing)


def _places(clauses: Iterable[JudgedClause]) -> Iterator[tuple[str, str, str]]:
    for clause in clauses:
        if clause.part[:1] == "2" and clause.pointer:
            yield clause.operation, clause.part, clause.pointer


def _steady(evidence: RunEvidence) -> Iterator[int]:
    """How many operations gave one answer to one request, of how many that got one twice."""
    alike: dict[str, bool | None] = defaultdict(lambda: None)
    for case in evidence.cases:
        operation = case.id.partition("/")[0]
        before = alike[operation]
        if case.alike is not None:
            alike[operation] = case.alike and before is not False
    told = [one for one in alike.values() if one is not None]
    yield sum(told)
    yield len(told)
    # Who was never asked twice shows nothing, for better or worse.
    yield len(told)


def _climbed(levels: Mapping[Level, LevelCount]) -> tuple[str | None, LevelCount | None]:
    """The highest rung that holds with all below it, and the level that ended the ladder."""
    grade = None
    for name, needed in LADDER:
        for level in needed:
            count = levels.get(level, LevelCount(level, 0, 0, 0))
            if _is_unknown(count):
                return grade, count
            if count.kept * 100 < _least(level) * count.judged:
                return grade or LOWEST, count
        grade = name
    return grade, None


def _is_unknown(count: LevelCount) -> bool:
    return not count.is_judged or (count.level in _NEEDED and not count.judged)


def _least(level: Level) -> int:
    """The percentage of what was judged that has to be kept."""
    return SHOWN_ENOUGH if level == "breadth" else KEPT


def grade_of(known: Fidelity) -> str:
    """The grade in words, with the level that ended the ladder."""
    _, end = _climbed({count.level: count for count in known.levels})
    if known.grade is None:
        return f"no grade: too little is known of {known.capped_by}"
    said = f"grade {known.grade}, {MEANING[known.grade]}"
    if known.capped_by is not None:
        return f"{said}; of {known.capped_by} too little is known"
    return f"{said}; next would be {end.level}" if end is not None else said


def level_text(count: LevelCount) -> tuple[str, str]:
    """The share of one level, empty where nobody knows, and how much was kept of judged of all."""
    if count.percent is None:
        return "", f"not judged (of {count.all})"
    of_all = "" if count.judged == count.all else f", of {count.all} in all"
    return f"{count.percent} %", f"{count.kept} of {count.judged}{of_all}"
