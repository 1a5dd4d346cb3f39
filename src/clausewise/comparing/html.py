"""A comparison as one HTML file: both sides side by side, one clause a row, folded by cause."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from clausewise.comparing import words
from clausewise.comparing.effects import EFFECTS
from clausewise.record.policy import JUDGED
from clausewise.report.findings import plural
from clausewise.report.html import embedded, page_policy
from clausewise.report.showing import one_line

if TYPE_CHECKING:
    from clausewise.comparing.comparison import ComparedClause, Comparison, SideVerdict

_HERE = Path(__file__).parent / "page"
# So many differences are rows of the page from the start; the JSON has them all.
_MOST_ROWS = 2_000
_CLASSES = dict(zip(EFFECTS, ("pass", "never", "fail"), strict=True))
# The filter's choices: value and words.
_CHOICES = (
    ("production", "breaks in production"),
    ("differs", "all that differs"),
    ("neither", "kept by neither"),
    ("both", "kept by both"),
    ("unknown", "not compared"),
    ("all", "everything"),
)


def render_html(comparison: Comparison) -> str:
    """Render a comparison as one HTML page.

    It has no outside references. Its Content-Security-Policy lets only its own style and script
    work, by their hashes, and forbids every connection. What differs is there without a script.
    """
    style, script = _file("page.css"), _file("page.js")
    there: set[str] = set()
    rows = []
    for number, group in enumerate(words.by_cause(comparison)):
        told = group[: _MOST_ROWS - len(there)]
        there |= {clause.id for clause in told}
        rows.append(_of_one_cause(number, told, len(group)))
    rest = [clause for clause in comparison.clauses if clause.id not in there]
    outcome = {0: "passed", 1: "failed"}.get(comparison.exit_code, "unclear")
    texts = {
        "title": f"{words.headline(comparison)} {comparison.contract}",
        "tool": f"{comparison.tool.name} {comparison.tool.version}",
        "contract": comparison.contract,
        "outcome": outcome,
        "conclusion": words.conclusion(comparison),
        "headline": words.headline(comparison),
        "share": words.share(comparison),
        "mock": words.side("Mock", comparison.mock),
        "reference": words.side("Reference", comparison.reference),
        "policy": page_policy(style, script),
    }
    return Template(_file("page.html")).substitute(
        {name: _text(text) for name, text in texts.items()},
        style=style,
        script=script,
        levels=_levels(comparison),
        choices=_choices(comparison),
        rows="".join(rows),
        nothing=" hidden" if there else "",
        sections=_sections(comparison),
        data=embedded([_datum(clause) for clause in rest]),
    )


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _text(text: str, limit: int | None = None) -> str:
    return html.escape(one_line(text, limit))


def _kind(clause: ComparedClause) -> str:
    """What a row is filtered by."""
    if clause.differs:
        return "production" if clause.effect == "pass wrongly" else "differs"
    return {"both": "both", None: "unknown"}.get(clause.kept_by, "neither")


def _levels(comparison: Comparison) -> str:
    return "".join(
        f"<li><span>{one.level}</span> <span>{one.percent} % "
        f'<span class="quiet">{one.same} of {one.compared}</span></span>'
        f'<meter min="0" max="{one.compared}" value="{one.same}" aria-label="{one.level}"></meter>'
        "</li>"
        for one in comparison.levels
        if one.compared
    )


def _choices(comparison: Comparison) -> str:
    kinds = [_kind(clause) for clause in comparison.clauses]
    counts = {value: kinds.count(value) for value, _ in _CHOICES}
    counts["differs"] += counts["production"]
    counts["all"] = len(kinds)
    chosen = "production" if counts["production"] else "differs" if counts["differs"] else "all"
    return "".join(
        f'<label><input type="radio" name="show" value="{value}"'
        f"{' checked' if value == chosen else ''}> {said} <b>{counts[value]:,}</b></label>"
        for value, said in _CHOICES
    )


def _of_one_cause(number: int, told: Sequence[ComparedClause], count: int) -> str:
    """The rows of one cause: the first stands for all until they are unfolded."""
    if not told:
        return ""
    first = told[0]
    effect = first.effect or "fail wrongly"
    more = ""
    if count > 1:
        more = (
            f' <span class="quiet">{plural(count, "clause")}</span>'
            ' <button type="button" aria-expanded="false" hidden>show all</button>'
        )
    head = (
        f'<tr class="cause" data-cause="{number}"><th colspan="3" scope="rowgroup">'
        f'<span class="effect {_CLASSES[effect]}">{effect}</span> '
        f"<b>{_text(first.cause or first.promise, 300)}</b>{more}</th></tr>\n"
    )
    return head + "".join(
        _row(clause, number, alone=count == 1, also=clause is not first) for clause in told
    )


def _row(clause: ComparedClause, cause: int, *, alone: bool, also: bool) -> str:
    marked = words.mark(clause, alone=alone)
    source = f" ({clause.source.file}:{clause.source.line})" if clause.source else ""
    return (
        f'<tr data-kind="{_kind(clause)}" data-words="{_text(f"{clause.id} {clause.level}")}"'
        f' data-cause="{cause}"{" class=also" if also else ""}><th scope="row">'
        f"<code>{_text(clause.id)}</code>"
        f'<p class="quiet">{_text(f"{clause.level}: {clause.promise}{source}", 600)}</p>'
        f"{f'<p class=quiet>{_text(marked)}</p>' if marked else ''}</th>"
        f"{_cell('Mock', clause.mock)}{_cell('Reference', clause.reference)}</tr>\n"
    )


def _cell(side: str, seen: SideVerdict | None) -> str:
    if seen is None:
        return f'<td data-side="{side}"><span class="verdict unknown">not asked</span></td>'
    how = f"{seen.outcome} {seen.status or ''}"
    status = f" <code>{_text(how)}</code>" if seen.outcome else ""
    again = f'<p class="quiet">asked again: {_text(seen.again, 300)}</p>' if seen.again else ""
    curl = ""
    if seen.curl:
        curl = f"<details><summary>repeat</summary><code>{_text(seen.curl)}</code></details>"
    return (
        f'<td data-side="{side}"><span class="verdict {_how(seen)}">{seen.verdict}</span>{status}'
        f"<p>{_text(seen.message, 600)}</p>{again}{curl}</td>"
    )


def _how(seen: SideVerdict) -> str:
    return seen.verdict if seen.verdict in JUDGED else "unknown"


def _sections(comparison: Comparison) -> str:
    reasons = [f"{one.clauses}: {one.reason}" for one in comparison.not_compared]
    wrong = [clause.id for clause in comparison.wrong_in_the_document]
    return "".join(
        _section(title, lines)
        for title, lines in (
            ("Kept by neither: is the document wrong?", wrong),
            ("Requests that were answered otherwise", words.statuses(comparison)),
            ("Aside", words.asides(comparison)),
            ("Not compared, and why", reasons),
        )
        if lines
    )


def _section(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(line, 600)}</li>" for line in list(lines)[:100])
    return f'<section><h2>{_text(title)}</h2><ul class="list">{items}</ul></section>'


def _datum(clause: ComparedClause) -> list[str]:
    """A row as data, for the page's script."""
    row: list[str] = [_kind(clause), clause.id, clause.level, clause.promise]
    for one in (clause.mock, clause.reference):
        row += [one.verdict, one_line(one.message, 300)] if one is not None else ["", ""]
    return row
