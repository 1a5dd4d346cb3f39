"""The report as Markdown, fit for a comment on a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import UNSET

from clausewise.cutting import cut
from clausewise.record.verdicts import VERDICTS

from . import findings as counts
from .consequences import consequences
from .fidelity import grade_of
from .showing import duration, one_line, source_text
from .telling import Told, other_clauses, repeating, told_causes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .report import Report

_MOST_CAUSES = 20
_MOST_NAMED = 3
_MOST_WARNINGS = 10
_MOST_REASONS = 10
_MOST_UNREAD = 5
# GitHub takes 65,536 characters in a comment; what stands above the findings needs less than 8,000.
_ROOM_FOR_FINDINGS = 43_000
_ROOM_FOR_CONSEQUENCES = 6_000
_ROOM_FOR_WARNINGS = 7_000
_LONGEST_TEXT = 400
_LONGEST_PROSE = 600
_LONGEST_CURL = 2_000

# What has a meaning within a line; an underscore within a word has none.
_PUNCTUATION = re.compile(r"[\\`*\[\]<>|~$&]|(?<![^\W_])_|_(?![^\W_])")
# Would notify a person, or link an issue: a character without width takes it apart.
_REFERENCE = re.compile(r"(@|#|\bGH-)(?=\w)")


def render_markdown(report: Report) -> str:
    """Render a report as GitHub-flavoured Markdown.

    It stays below the length that GitHub takes as a comment. Text that the target may have sent
    stands in code only, where neither Markdown nor HTML nor mentions have a meaning.
    """
    run, target, contract = report.run, report.target, report.contract
    where = code(target.base_url) if target.base_url else "a target in this process"
    blocks = [f"## {prose(counts.headline(report))}"]
    if reason := counts.why_incomplete(report):
        blocks.append(f"**The run is incomplete:** {code(reason)}")
    patience = counts.patience(report)
    blocks.append(
        f"Contract {prose(contract.name)} {prose(contract.version)} against {where}: "
        f"{run.requests} requests ({run.planned} planned) "
        f"in {duration(run.seconds)}{f', {patience}' if patience else ''}. "
        f"{counts.detection(report)}"
    )
    unknown = counts.not_asked(report)
    blocks += [f"**Nothing is known of {code(o)}:** {code(why, 160)}" for o, why in unknown[:5]]
    blocks += _more(len(unknown) - 5)
    left_over = counts.left_over(report)
    blocks += [f"**Left behind at the target:** {code(line, 200)}" for line in left_over[:5]]
    blocks += _more(len(left_over) - 5)
    if report.clauses:
        blocks += [*_fidelity(report), _table(report)]
    blocks += _unjudged(report)
    if stale := counts.unneeded(report):
        blocks.append(
            "\n".join(f"- stale waiver: {code(line, 200)}" for line in stale[:_MOST_UNREAD])
        )
        blocks += _more(len(stale) - _MOST_UNREAD)
    if found := told_causes(report, report.findings):
        blocks.append("### Findings")
        told = (_finding(one, report) for one in found[:_MOST_CAUSES])
        shown = within(_ROOM_FOR_FINDINGS, told)
        blocks += shown + _more(sum(len(one.clauses) for one in found[len(shown) :]))
        blocks += _consequences(report)
    if soft := told_causes(report, counts.warnings(report)):
        blocks.append("### Warnings")
        told = (f"- {_short(one)}" for one in soft[:_MOST_WARNINGS])
        shown = within(_ROOM_FOR_WARNINGS, told)
        blocks += ["\n".join(shown), *_more(sum(len(one.clauses) for one in soft[len(shown) :]))]
    return "\n\n".join(blocks) + "\n"


def _fidelity(report: Report) -> list[str]:
    """What kind of target it is, and how much of each level is kept."""
    known = report.fidelity
    if known is UNSET:
        return []
    lines = [f"**Fidelity:** {prose(grade_of(known))}"]
    lines += [f"**Kind:** {prose(known.kind)}"] if known.kind is not None else []
    lines += [f"**Not enough:** {prose(line)}" for line in counts.gates(report)]
    rows = [f"| {c.level} | {c.kept} | {c.judged} | {c.all} |" for c in known.levels if c.all]
    heading = ["| level | kept | judged | all |", "| --- | ---: | ---: | ---: |"]
    return [*lines, "\n".join([*heading, *rows])] if rows else lines


def _consequences(report: Report) -> list[str]:
    """What tests on the target get wrong, each with the request that shows it."""
    exchanges = counts.exchanges_by_id(report)
    lines = []
    for one in consequences(report):
        exchange = exchanges.get(one.exchange) if one.exchange is not None else None
        asked = f"{exchange.request.method} {exchange.request.url}" if exchange is not None else ""
        shown = f"; {code(asked, 160)}" if asked else ""
        clause = code(one.clauses[0], 160)
        lines.append(f"- **{one.kind}:** {prose(one.sentence)} {clause}{shown}")
    lines = within(_ROOM_FOR_CONSEQUENCES, lines)
    return ["### What tests on this target get wrong", "\n".join(lines)] if lines else []


def _unjudged(report: Report) -> list[str]:
    """The share that was judged, and why the rest was not: a line a reason."""
    share = counts.share(report)
    blocks = [f"{prose(share)}."] if share else []
    if unread := counts.unread(report):
        lines = [f"- cannot be judged: {code(line, 200)}" for line in unread[:_MOST_UNREAD]]
        blocks += ["\n".join(lines), *_more(len(unread) - _MOST_UNREAD)]
    if reasons := counts.reasons(report, _MOST_REASONS):
        lines = [f"- {count}: {code(reason, 200)}" for count, reason in reasons]
        blocks += ["### Asked and not judged", "\n".join(lines)]
    return blocks


def _table(report: Report) -> str:
    rows = [(group, counts.tally(clauses)) for group, clauses in counts.by_group(report)]
    if len(rows) > 1:
        rows.append(("all", counts.tally(report.clauses)))
    lines = [f"| group | {' | '.join(VERDICTS)} |"]
    lines.append("| --- |" + " ---: |" * len(VERDICTS))
    for group, tally in rows:
        lines.append(f"| {group} | {' | '.join(str(n) if n else '·' for n in tally.values())} |")
    return "\n".join(lines)


def _finding(told: Told, report: Report) -> str:
    clause = told.first
    where = source_text(clause)
    place = f" ({code(where, 160)})" if where else ""
    title = code(clause.id) if len(told.clauses) == 1 else prose(told.title)
    text = f"**{clause.verdict}** {title}\n"
    if named := other_clauses(told, _MOST_NAMED):
        count = counts.plural(len(told.clauses), "clause")
        text += f"- {count}, root `{told.root.id}`: {code(named)}\n"
    text += f"- promised: {prose(clause.promise)}{place}\n- seen: {code(clause.message)}"
    if told.said is not None:
        text += f"\n- said: {code(told.said)}"
    again = repeating(report, clause, told.exchange)
    if again is None:
        return text
    line = one_line(again.line)
    if len(line) > _LONGEST_CURL:
        return f"{text}\n- repeat: the command is in the report, too long to stand here"
    fence = _longer_than_runs(line, 3)
    summary = "<details><summary>repeat</summary>"
    return f"{text}\n\n{summary}\n\n{fence}sh\n{line}\n{fence}\n\n</details>"


def within(room: int, texts: Iterable[str]) -> list[str]:
    """Return the first of the texts, as many as fit into that number of characters."""
    lengths = 0
    kept = []
    for text in texts:
        lengths += len(text) + 2
        if lengths > room:
            break
        kept.append(text)
    return kept


def _short(told: Told) -> str:
    clause, more = told.first, len(told.clauses) - 1
    also = f" and {more} more" if more else ""
    return f"{clause.verdict} {code(clause.id)}{also}: {code(clause.message, 160)}"


def _more(count: int) -> list[str]:
    return [f"… and {count} more in the report."] if count > 0 else []


def code(text: str, limit: int = _LONGEST_TEXT) -> str:
    """Return the text as a code span on one line, which nothing in the text can close."""
    text = one_line(text, limit)
    if not text.strip():
        return "`(nothing)`"
    fence = _longer_than_runs(text, 1)
    # One blank at each end is taken off again by Markdown; without it a backtick would join ours.
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _longer_than_runs(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)


def prose(text: str) -> str:
    """Return the pack's own words as plain text, to stand within a line."""
    escaped = _PUNCTUATION.sub(r"\\\g<0>", one_line(text, _LONGEST_PROSE))
    return cut(_REFERENCE.sub(lambda match: f"{match[0]}&#8203;", escaped), _LONGEST_PROSE)
