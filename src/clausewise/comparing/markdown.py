"""A comparison as Markdown, fit for a comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clausewise.comparing import words
from clausewise.comparing.effects import EFFECTS, MEANING
from clausewise.report.findings import plural
from clausewise.report.markdown import code, prose, within

if TYPE_CHECKING:
    from clausewise.comparing.comparison import ComparedClause, Comparison

_MOST = 40
_MOST_LINES = 10
# GitHub takes 65,536 characters in a comment.
_ROOM = 50_000


def render_markdown(comparison: Comparison) -> str:
    """Render a comparison as GitHub-flavoured Markdown, short enough for a comment.

    Text that a target may have sent stands in code only, where nothing has a meaning.
    """
    blocks = [
        f"## {prose(words.headline(comparison))}",
        f"{prose(comparison.contract)}: {prose(words.share(comparison))}.",
        f"- {code(words.side('the mock', comparison.mock))}\n"
        f"- {code(words.side('the reference', comparison.reference))}",
        _levels(comparison),
    ]
    groups = words.by_cause(comparison)
    for effect in EFFECTS:
        ours = [group for group in groups if group[0].effect == effect]
        if ours:
            count = sum(map(len, ours))
            soft = sum(one.soft for group in ours for one in group)
            warning = f" ({soft} warn only)" if soft else ""
            blocks.append(f"### {count} {effect}{warning}: {MEANING[effect]}")
            shown = within(_ROOM // len(EFFECTS), [_differences(one) for one in ours[:_MOST]])
            blocks += shown
            if len(ours) > len(shown):
                rest = sum(map(len, ours[len(shown) :]))
                blocks.append(f"… and {rest} more in the files.")
    if wrong := comparison.wrong_in_the_document:
        blocks.append(f"### {plural(len(wrong), 'clause')} kept by neither: is the document wrong?")
        blocks.append(_list([clause.id for clause in wrong]))
    if told := words.statuses(comparison) + words.asides(comparison):
        blocks += ["### Requests", _list(told)]
    if comparison.not_compared:
        reasons = [f"{one.clauses}: {one.reason}" for one in comparison.not_compared]
        blocks += ["### Not compared", _list(reasons)]
    return "\n\n".join(blocks) + "\n"


def _levels(comparison: Comparison) -> str:
    lines = ["| level | alike | compared | |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {one.level} | {one.same} | {one.compared} | {one.percent} % |"
        for one in comparison.levels
        if one.compared
    ]
    return "\n".join(lines)


def _differences(group: list[ComparedClause]) -> str:
    """The differences of one cause: what both sides do by the first, and the other names."""
    first, *others = group
    marked = words.mark(first, alone=not others)
    special = f" ({code(marked)})" if marked else ""
    lines = [f"**{code(first.id)}**{special}"]
    if others and first.cause:
        lines = [f"**{code(first.cause)}**", f"- {code(first.id)}{special}"]
    lines += [
        f"- promised: {prose(first.promise)}",
        f"- {code(words.doing('the mock', first.mock))}",
        f"- {code(words.doing('the reference', first.reference))}",
    ]
    lines += [f"- also {code(other.id)}" for other in others[:_MOST_LINES]]
    if len(others) > _MOST_LINES:
        lines.append(f"- and {len(others) - _MOST_LINES} more")
    return "\n".join(lines)


def _list(lines: list[str]) -> str:
    shown = [f"- {code(line, 300)}" for line in lines[:_MOST_LINES]]
    more = len(lines) - _MOST_LINES
    return "\n".join([*shown, *([f"- … and {more} more"] if more > 0 else [])])
