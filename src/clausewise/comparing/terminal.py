"""The closing words of a comparison, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clausewise.comparing import words
from clausewise.comparing.comparison import ComparedClause, Comparison
from clausewise.report.findings import plural
from clausewise.report.paragraphs import Paragraphs
from clausewise.report.showing import listed

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"pass wrongly": "red", "built on what never comes": "magenta", "fail wrongly": "yellow"}
_MOST = 30
_MOST_OF_ONE = 6
_MOST_REASONS = 10
_MOST_STATUSES = 8
_LONGEST = 600
_LONGEST_REASON = 120


def print_comparison(comparison: Comparison, console: Console, files: Sequence[Path] = ()) -> None:
    """Print who keeps what, the differences, why the rest is not compared, and how it ended.

    Text from a target is never read as markup, nor lets an escape sequence through.
    """
    teller = _ComparisonTeller(console, _LONGEST)
    teller.levels(comparison)
    groups = words.by_cause(comparison)
    for group in groups[:_MOST]:
        teller.differences(group)
    if len(groups) > _MOST:
        rest = sum(map(len, groups[_MOST:]))
        teller.say((f"… and {plural(rest, 'more difference')} in the files", "dim"))
    teller.listed("Answered otherwise:", words.statuses(comparison), _MOST_STATUSES)
    teller.listed("", words.asides(comparison), _MOST_STATUSES)
    if wrong := comparison.wrong_in_the_document:
        few = listed(clause.id for clause in wrong)
        verb = "is" if len(wrong) == 1 else "are"
        teller.say((f"{plural(len(wrong), 'clause')} {verb} kept by neither: {few}", "cyan"))
    reasons = [f"{one.clauses}: {one.reason[:_LONGEST_REASON]}" for one in comparison.not_compared]
    teller.listed("Not compared:", reasons, _MOST_REASONS)
    style = {0: "bold green", 1: "bold red"}.get(comparison.exit_code, "bold yellow")
    teller.say((words.headline(comparison), style))
    teller.say((words.share(comparison), style))
    teller.say((words.side("the mock", comparison.mock), "dim"))
    teller.say((words.side("the reference", comparison.reference), "dim"))
    for role, one in (("the mock", comparison.mock), ("the reference", comparison.reference)):
        if one.left_over:
            teller.say((f"Left behind at {role}: {', '.join(one.left_over[:5])}", "bold yellow"))
    if files:
        names = ", ".join(path.name for path in files)
        teller.say((f"Written into {files[0].parent}: {names}", "dim"))


class _ComparisonTeller(Paragraphs):
    """Tells a comparison."""

    def levels(self, comparison: Comparison) -> None:
        """Print of how many clauses of each level both sides do the same."""
        for level in comparison.levels:
            if level.compared:
                least = comparison.least.get(level.level)
                wanted = (
                    f", wanted {least}{' %' * isinstance(least, int)}" if least is not None else ""
                )
                same = f"{level.level:11} {level.same} of {level.compared} alike"
                short = isinstance(least, int) and level.is_below(least, None)
                self.say((f"{same} ({level.percent} %){wanted}", "red" if short else ""))
        self.space()

    def differences(self, group: Sequence[ComparedClause]) -> None:
        """Print the differences of one cause: what both sides do by the first, and the others."""
        first, *others = group
        effect = first.effect or ""
        title = first.cause if others and first.cause else first.id
        self.whole(f"{effect}  {title}", f"bold {_STYLES.get(effect, '')}", limit=_LONGEST)
        if others:
            self.say(first.id, indent=2)
        if marked := words.mark(first, alone=not others):
            self.say((marked, "dim"), indent=2)
        place = f" ({first.source.file}:{first.source.line})" if first.source else ""
        self.say(f"promised: {first.promise}{place}", indent=2)
        self.say(words.doing("the mock", first.mock), indent=2)
        self.say(words.doing("the reference", first.reference), indent=2)
        for other in others[:_MOST_OF_ONE]:
            self.whole(f"also {other.id}", "dim", indent=2, limit=_LONGEST)
        if len(others) > _MOST_OF_ONE:
            self.say((f"and {len(others) - _MOST_OF_ONE} more", "dim"), indent=2)
        self.space()

    def listed(self, title: str, lines: Sequence[str], most: int) -> None:
        """Print some lines of a list, and how many more there are."""
        if lines and title:
            self.say((title, "bold yellow"))
        for line in lines[:most]:
            self.say(line, indent=2)
        if len(lines) > most:
            self.say((f"… and {len(lines) - most} more", "dim"), indent=2)
