"""The closing words of a run, in the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import UNSET

from . import findings as counts
from .consequences import consequences
from .fidelity import grade_of, level_text
from .paragraphs import Paragraphs
from .showing import duration, one_line, source_text
from .telling import Repeating, Told, other_clauses, repeating, told_causes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

    from .fidelity import LevelCount
    from .report import Report

_STYLES = {
    "upheld": "green",
    "violated": "red",
    "lenient": "yellow",
    "strict": "magenta",
    "inconclusive": "cyan",
    "unexercised": "default",
}
_OUTCOMES = {"failed": "bold red", "unclear": "bold yellow", "passed": "bold green"}
_NARROW_HEADINGS = {"inconclusive": "incon-\nclusive", "unexercised": "unexer-\ncised"}
_NARROW = 70
_WIDE = 96
_MOST_ROOTS = 50
_MOST_NAMED = 2
_MOST_WARNINGS = 20
_MOST_REASONS = 12
_MOST_UNREAD = 10
_MOST_LEFT = 5
_MOST_STALE = 5
_LONGEST_TEXT = 1_000
_LONGEST_REASON = 300


def print_report(report: Report, console: Console, files: Sequence[Path] = ()) -> None:
    """Print how far the target can be trusted, the findings by cause, and how the run ended.

    ``files`` are those that were written, to be named at the end. Text from the target is
    neither read as markup nor lets an escape sequence through, and what the console's encoding does
    not have is spelt out. Any width from 60 columns will do.
    """
    teller = _ReportTeller(console, _LONGEST_TEXT)
    if report.clauses:
        teller.fidelity(report)
        console.print(_table(report, narrow=console.width < _NARROW))
        console.print()
    found = told_causes(report, report.findings)
    for told in found[:_MOST_ROOTS]:
        teller.finding(told, repeating(report, told.first, told.exchange, files, os.environ))
    rest = sum(len(told.clauses) for told in found[_MOST_ROOTS:])
    teller.more(rest, "finding")
    teller.consequences(report)
    soft = told_causes(report, counts.warnings(report))
    for told in soft[:_MOST_WARNINGS]:
        teller.warning(told)
    teller.more(sum(len(told.clauses) for told in soft[_MOST_WARNINGS:]), "warning")
    if soft:
        console.print()
    teller.ending(report, files)


def _levels(levels: Sequence[LevelCount], console: Console) -> Table:
    """The levels below each other, in two columns where there is room."""
    from rich.table import Table
    from rich.text import Text

    down = -(-len(levels) // (2 if console.width >= _WIDE else 1))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(0, len(levels), down or 1):
        for justify in ("left", "right", "left"):
            table.add_column(justify=justify, no_wrap=True)
    for row in range(down):
        cells = []
        for level in levels[row::down]:
            share, counted = level_text(level)
            whole = level.kept == level.judged
            style = "dim" if not share else "green" if whole else "yellow"
            cells += [Text(f"  {level.level}"), Text(share, style), Text(counted, "dim")]
        table.add_row(*cells)
    return table


def _table(report: Report, *, narrow: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1 if narrow else 2, 0, 0), show_footer=True)
    rows = [(group, counts.tally(clauses)) for group, clauses in counts.by_group(report)]
    table.add_column("", footer="all", footer_style="bold")
    for verdict, total in counts.tally(report.clauses).items():
        heading = _NARROW_HEADINGS.get(verdict, verdict) if narrow else verdict
        style = _STYLES[verdict]
        table.add_column(
            Text(heading, style),
            footer=Text(str(total), f"bold {style}" if total else "dim"),
            justify="right",
            vertical="bottom",
        )
    for group, tally in rows:
        cells = [Text(str(n), _STYLES[verdict] if n else "dim") for verdict, n in tally.items()]
        table.add_row(group, *cells)
    return table


class _ReportTeller(Paragraphs):
    """Tells a report."""

    def fidelity(self, report: Report) -> None:
        """Say what kind of target it is, and how much of each level is kept."""
        known = report.fidelity
        if known is UNSET or (known.grade is None and known.kind is None):
            return
        if known.kind is not None:
            self.say(("Kind: ", "bold"), known.kind)
        self.say(("Fidelity: ", "bold"), grade_of(known))
        self._console.print(_levels([level for level in known.levels if level.all], self._console))
        self.space()

    def finding(self, told: Told, again: Repeating | None) -> None:
        clause = told.first
        style = f"bold {_STYLES[clause.verdict]}"
        if len(told.clauses) == 1:  # an id, to be copied
            self.whole(f"{clause.verdict}  {told.title}", style)
        else:
            self.say((f"{clause.verdict}  {told.title}", style))
        if named := other_clauses(told, _MOST_NAMED):
            count = counts.plural(len(told.clauses), "clause")
            self.say((f"{count}, root {told.root.id}: ", "dim"), named, indent=2)
        where = source_text(clause)
        place = (f" ({where})" if where else "", "dim")
        self.say(("promised: ", "dim"), clause.promise, place, indent=2)
        self.say(("seen: ", "dim"), clause.message, indent=2)
        if told.said is not None:
            self.say(("said: ", "dim"), told.said, indent=2)
        if again is not None:
            needs = f" ({again.needs})" if again.needs else ""
            self.say((f"repeat{needs}:", "dim"), indent=2)
            # On a line of its own, and never wrapped: so it can be copied as it stands.
            self.whole(again.line)
        self.space()

    def consequences(self, report: Report) -> None:
        """Say what tests on the target get wrong, a sentence each."""
        known = consequences(report)
        if not known:
            return
        self.say(("What tests on this target get wrong:", "bold yellow"))
        for one in known:
            self.say(
                (f"{one.kind}: ", "bold"), one.sentence, (f" {one.clauses[0]}", "dim"), indent=2
            )
        self.space()

    def warning(self, told: Told) -> None:
        clause = told.first
        kind = (f"warning: {clause.verdict} ", _STYLES[clause.verdict])
        more = len(told.clauses) - 1
        self.say(kind, f"{clause.id}{f' and {more} more' if more else ''}: {clause.message}")

    def more(self, count: int, noun: str) -> None:
        if count > 0:
            self.say((f"… and {counts.plural(count, f'more {noun}')} in the report files", "dim"))

    def ending(self, report: Report, files: Sequence[Path]) -> None:
        run = report.run
        if reason := counts.why_incomplete(report):
            self.say(("The run is incomplete: ", "bold yellow"), reason)
            silent = counts.fell_silent(report)
            if silent is not None:
                self.say(("the request with which it began:", "dim"), indent=2)
                self.whole(silent.curl)
        left_over = counts.left_over(report)
        for line in left_over[:_MOST_LEFT]:
            self.say(("Left behind at the target: ", "bold yellow"), line)
        self.more(len(left_over) - _MOST_LEFT, "such reason")
        for operations, reason in counts.not_asked(report):
            self.say((f"Nothing is known of {operations}: ", "bold yellow"), reason)
        self.unjudged(report)
        style = _OUTCOMES[counts.outcome(report)]
        self.say((counts.headline(report), style))
        if share := counts.share(report):
            self.say((share, style))
        # What would be noticed says something only beside what was judged.
        self.say((counts.detection(report), "dim"))
        for line in counts.gates(report):
            self.say((line, style))
        for line in counts.unneeded(report)[:_MOST_STALE]:
            self.say(("Stale waiver: ", "bold yellow"), line)
        self.more(len(counts.unneeded(report)) - _MOST_STALE, "stale waiver")
        requests = counts.plural(run.requests, "request")
        self.say((f"{requests} in {duration(run.seconds)}, seed {run.seed}", "dim"))
        if patience := counts.patience(report):
            self.say((patience, "dim"))
        if files:
            names = ", ".join(path.name for path in files)
            self.say(("Reports in ", "dim"), f"{files[0].parent}: {names}")

    def unjudged(self, report: Report) -> None:
        """Say why what was asked was not judged: how many clauses, a line a reason."""
        unread = counts.unread(report)
        for line in unread[:_MOST_UNREAD]:
            self.say(("Cannot be judged: ", "bold yellow"), line)
        self.more(len(unread) - _MOST_UNREAD, "reason")
        reasons = counts.reasons(report, _MOST_REASONS)
        if reasons:
            self.say(("Asked and not judged:", "bold yellow"))
        for count, reason in reasons:
            self.say((f"{count:5} ", "bold"), one_line(reason, _LONGEST_REASON), indent=0)
