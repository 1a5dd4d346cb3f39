"""The report as Markdown, fit for a comment on a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import UNSET

from clausewise.record.verdicts import VERDICTS

from . import findings as counts
from .showing import cut, duration, one_line, source_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clausewise.record.record import JudgedClause, RecordedExchange

    from .report import Report

_MOST_FINDINGS = 20
_MOST_WARNINGS = 10
_MOST_REASONS = 10
_MOST_UNREAD = 5
# GitHub takes 65,536 characters in a comment; what stands above the findings needs less than 8,000.
_ROOM_FOR_FINDINGS = 50_000
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
    if not run.complete:
        reason = run.stopped_because or "no reason was recorded"
        blocks.append(f"**The run is incomplete:** {code(reason)}")
    patience = counts.patience(report)
    blocks.append(
        f"Contract {prose(contract.name)} {prose(contract.version)} against {where}: "
        f"{run.requests} requests ({run.planned} planned) "
        f"in {duration(run.seconds)}{f', {patience}' if patience else ''}. "
        f"{counts.detection(report)}"
    )
    unknown = list(counts.not_asked(report).items())
    blocks += [f"**Nothing is known of {code(o)}:** {code(why, 160)}" for o, why in unknown[:5]]
    left_over = report.created.left_over if report.created is not UNSET else ()
    if left_over:
        things = ", ".join(code(thing, 80) for thing in left_over[:5])
        more = f" and {len(left_over) - 5} more" if len(left_over) > 5 else ""
        blocks.append(f"**Left behind at the target:** {things}{more}")
    if report.clauses:
        blocks.append(_table(report))
    blocks += _unjudged(report)
    found = counts.findings(report)
    exchanges = counts.exchanges_by_id(report)
    if found:
        blocks.append("### Findings")
        told = (_finding(clause, exchanges) for clause in found[:_MOST_FINDINGS])
        shown = within(_ROOM_FOR_FINDINGS, told)
        blocks += shown + _more(len(found) - len(shown))
    if soft := counts.warnings(report):
        blocks.append("### Warnings")
        told = (f"- {_short(clause)}" for clause in soft[:_MOST_WARNINGS])
        shown = within(_ROOM_FOR_WARNINGS, told)
        blocks += ["\n".join(shown), *_more(len(soft) - len(shown))]
    return "\n\n".join(blocks) + "\n"


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


def _finding(clause: JudgedClause, exchanges: Mapping[int, RecordedExchange]) -> str:
    where = source_text(clause)
    place = f" ({code(where, 160)})" if where else ""
    text = (
        f"**{clause.verdict}** {code(clause.id)}\n"
        f"- promised: {prose(clause.promise)}{place}\n"
        f"- seen: {code(clause.message)}"
    )
    exchange = counts.deciding(clause, exchanges)
    if exchange is None or not exchange.curl:
        return text
    curl = one_line(exchange.curl)
    if needs := counts.rests_on(exchange, exchanges):
        text += f"\n- to repeat it: {prose(needs)}"
    if len(curl) > _LONGEST_CURL:
        return f"{text}\n- repeat: the command is in the report, too long to stand here"
    fence = _longer_than_runs(curl, 3)
    summary = "<details><summary>repeat</summary>"
    return f"{text}\n\n{summary}\n\n{fence}sh\n{curl}\n{fence}\n\n</details>"


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


def _short(clause: JudgedClause) -> str:
    return f"{clause.verdict} {code(clause.id)}: {code(clause.message, 160)}"


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
