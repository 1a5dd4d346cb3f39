"""The report as one HTML file that needs nothing but a browser.

The page is a shell with the headline, and data. Its own script shows what is unfolded of the data,
so that thousands of findings open at once; and it makes text nodes only, so that nothing a server
or a document says becomes markup. The files of the page are in `page/`.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from clausewise.cutting import cut

from . import findings as counts
from .ascii_json import quick_ascii
from .bundle import bundle
from .page_data import page_data
from .showing import one_line

if TYPE_CHECKING:
    from .report import Report

_HERE = Path(__file__).parent / "page"
# What the shell tells where its script may not run.
_MOST_LISTED = 50
_LONGEST_NAME = 80


def render_html(report: Report) -> str:
    """Render a report as one HTML page.

    The page has no outside references. Its Content-Security-Policy lets only the page's own style
    and script work, by their hashes, and forbids every connection.
    """
    style, code = _text("page.css"), script()
    found = report.findings
    texts = {
        "title": f"{counts.headline(report)} {report.contract.name}",
        "tool": f"{report.tool.name} {report.tool.version}",
        "outcome": counts.outcome(report),
        "conclusion": counts.conclusion(report),
        "headline": counts.headline(report),
        "contract": f"{report.contract.name} {report.contract.version}",
        "target": report.target.base_url or "a target in this process",
        "policy": page_policy(style, code),
    }
    escaped = {name: html.escape(one_line(text)) for name, text in texts.items()}
    listed = "".join(
        f"<li>{clause.verdict} <code>{html.escape(one_line(clause.id))}</code></li>"
        for clause in found[:_MOST_LISTED]
    )
    more = len(found) - _MOST_LISTED
    return Template(_text("page.html")).substitute(
        escaped,
        alarm=_alarm(report),
        listed=listed + (f"<li>and {more} more</li>" if more > 0 else ""),
        style=style,
        data=embedded(page_data(report)),
        script=code,
    )


def _alarm(report: Report) -> str:
    """What has to be known before anything else, as HTML."""
    said = []
    if reason := counts.why_incomplete(report):
        said.append(f"The run is incomplete: {reason}")
    if left_over := counts.left_over(report):
        more = f" and {len(left_over) - 1} more" if len(left_over) > 1 else ""
        said.append(f"Left behind at the target: {cut(left_over[0], 2 * _LONGEST_NAME)}{more}")
    return "".join(f'<p class="alarm">{html.escape(one_line(text))}</p>' for text in said)


def embedded(data: Any) -> str:
    """The data as JSON that no HTML parser reads as anything but text, and in ASCII.

    Numbers in it are ours, and none is NaN: what a server sends stands in it as text.
    """
    try:
        text = quick_ascii(data)
    except UnicodeEncodeError:  # half a surrogate pair
        text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace("\x7f", r"\u007f")


@functools.cache
def script(entry: str = "main") -> str:
    """The module of that name, with all that it imports, as one script."""
    return bundle({path.stem: path.read_text("utf-8") for path in _HERE.glob("*.js")}, entry)


@functools.cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def page_policy(style: str, code: str) -> str:
    """The Content-Security-Policy of a page with this style and script, and nothing else."""
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)};"
        f" script-src {_hash(code)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
