"""The closing words of a comparison, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clausewise.comparing import words
from clausewise.comparing.comparison import ComparedClause, Comparison
from clausewise.report.findings import plural
from clausewise.report.showing import one_line

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
    teller = _Teller(console)
    teller.levels(comparison)
    groups = words.by_cause(comparison)
    for group in groups[:_MOST]:
        teller.differences(group)
    if len(groups) > _MOST:
        rest = sum(map(len, groups[_MOST:]))
        teller.say(f"… and {plural(rest, 'more difference')} in the files", "dim")
    teller.listed("Answered otherwise:", words.statuses(comparison), _MOST_STATUSES)
    teller.listed("", words.asides(comparison), _MOST_STATUSES)
    if wrong := comparison.wrong_in_the_document:
        few = ", ".join(clause.id for clause in wrong[:3])
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        verb = "is" if len(wrong) == 1 else "are"
        teller.say(f"{plural(len(wrong), 'clause')} {verb} kept by neither: {few}{more}", "cyan")
    reasons = [f"{one.clauses}: {one.reason[:_LONGEST_REASON]}" for one in comparison.not_compared]
    teller.listed("Not compared:", reasons, _MOST_REASONS)
    style = {0: "bold green", 1: "bold red"}.get(comparison.exit_code, "bold yellow")
    teller.say(words.headline(comparison), style)
    teller.say(words.share(comparison), style)
    teller.say(words.side("the mock", comparison.mock), "dim")
    teller.say(words.side("the reference", comparison.reference), "dim")
    for role, one in (("the mock", comparison.mock), ("the reference", comparison.reference)):
        if one.left_over:
            teller.say(f"Left behind at {role}: {', '.join(one.left_over[:5])}", "bold yellow")
    if files:
        names = ", ".join(path.name for path in files)
        teller.say(f"Written into {files[0].parent}: {names}", "dim")


class _Teller:
    """Prints text as it is: never as markup, never as an escape sequence."""

    def __init__(self, console: Console) -> None:
        self._console = console

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
                self.say(f"{same} ({level.percent} %){wanted}", "red" if short else "")
        self._console.print()

    def differences(self, group: Sequence[ComparedClause]) -> None:
        """Print the differences of one cause: what both sides do by the first, and the others."""
        first, *others = group
        effect = first.effect or ""
        title = first.cause if others and first.cause else first.id
        self.say(f"{effect}  {title}", f"bold {_STYLES.get(effect, '')}", wrap=False)
        if others:
            self.say(f"  {first.id}")
        if marked := words.mark(first, alone=not others):
            self.say(f"  {marked}", "dim")
        place = f" ({first.source.file}:{first.source.line})" if first.source else ""
        self.say(f"  promised: {first.promise}{place}")
        self.say(f"  {words.doing('the mock', first.mock)}")
        self.say(f"  {words.doing('the reference', first.reference)}")
        for other in others[:_MOST_OF_ONE]:
            self.say(f"  also {other.id}", "dim", wrap=False)
        if len(others) > _MOST_OF_ONE:
            self.say(f"  and {len(others) - _MOST_OF_ONE} more", "dim")
        self._console.print()

    def listed(self, title: str, lines: Sequence[str], most: int) -> None:
        """Print some lines of a list, and how many more there are."""
        if lines and title:
            self.say(title, "bold yellow")
        for line in lines[:most]:
            self.say(f"  {line}")
        if len(lines) > most:
            self.say(f"  … and {len(lines) - most} more", "dim")

    def say(self, text: str, style: str = "", wrap: bool = True) -> None:
        """Print one paragraph; all lines but the first hang."""
        from rich.text import Text

        encoding = self._console.encoding
        body = text.lstrip(" ")
        indent = len(text) - len(body)
        shown = one_line(body, _LONGEST).encode(encoding, "backslashreplace").decode(encoding)
        if not wrap:
            self._console.print(Text(" " * indent + shown, style), soft_wrap=True)
            return
        for number, line in enumerate(
            Text(shown, style).wrap(self._console, self._console.width - indent - 2)
        ):
            line.rstrip()
            self._console.print(Text(" " * (indent + 2 if number else indent)) + line)
