"""The report as one HTML file that needs nothing but a browser."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec import UNSET

from clausewise.cache import cache_directory
from clausewise.record.verdicts import VERDICTS

from . import findings as counts
from .bodies import Line, laid_out
from .showing import duration, one_line, pieces, source_text, value_text

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

    from clausewise.record.bodies import Body
    from clausewise.record.record import JudgedClause, RecordedExchange

    from .report import Report

_HERE = Path(__file__).parent
_GROUP_TITLES = {
    "request": "Requests",
    "reply": "Replies",
    "envelope": "Envelopes",
    "transport": "Transport",
    "rules": "Rules",
}
# Beyond this many, the list of exchanges would drown the page; conformance.json has them all.
_MOST_EXCHANGES = 1_000
_MOST_BODIES = 100
_MOST_MASKED = 5
_MOST_REASONS = 20


def render_html(report: Report) -> str:
    """Render a report as one HTML page.

    The page has no outside references. Its Content-Security-Policy lets only the page's own style
    and script work, by their hashes, and forbids every connection.
    """
    exchanges = counts.exchanges_by_id(report)
    return _template().render(
        model=report,
        run=report.run,
        base=report.target.base_url or "",
        headline=counts.headline(report),
        outcome=counts.outcome(report),
        detection=counts.detection(report),
        patience=counts.patience(report),
        share=counts.share(report),
        reasons=counts.reasons(report, _MOST_REASONS),
        unread=counts.unread(report),
        tally=counts.tally(report.clauses),
        findings=[_told(clause, exchanges) for clause in counts.findings(report)],
        warnings=[_told(clause, exchanges) for clause in counts.warnings(report)],
        groups=[
            (_GROUP_TITLES[group], clauses, counts.tally(clauses))
            for group, clauses in counts.by_group(report)
        ],
        exchanges=_listed(report),
    )


def _told(clause: JudgedClause, exchanges: Mapping[int, RecordedExchange]) -> dict[str, Any]:
    """Return what an article about one clause shows besides the clause itself."""
    exchange = counts.deciding(clause, exchanges)
    cited = [item for item in clause.evidence if exchange and item.exchange == exchange.id]
    others = {item.exchange for item in clause.evidence} - {item.exchange for item in cited}
    values = [item.value for item in cited if item.value is not UNSET]
    return {
        "clause": clause,
        "values": [value_text(value) for value in values[:3]],
        "notes": [item.note for item in cited if item.note],
        "others": sorted(others & exchanges.keys())[:10],
        "exchange": _shown(exchange, clause, values) if exchange else None,
        "needs": counts.rests_on(exchange, exchanges) if exchange else None,
    }


def _shown(
    exchange: RecordedExchange, clause: JudgedClause | None, values: Sequence[Any]
) -> dict[str, Any]:
    """Return an exchange with its bodies laid out, marked where the clause points."""
    request, response = exchange.request, exchange.response
    part = clause.part if clause else ""
    pointer = clause.pointer if clause else None
    missing = bool(clause and clause.keyword == "required")

    def lines(body: Body | None, wanted: bool) -> list[Line]:
        if body is None or not body.shown:
            return []
        at = pointer if wanted else None
        return [*laid_out(body.shown, at, values=values, missing=missing), *_aside(body)]

    return {
        **{name: getattr(exchange, name) for name in exchange.__dataclass_fields__},
        "url": _query_marked(request.url, pointer if part == "query" else None),
        "sent": lines(request.body, part == "request"),
        "received": lines(response.body, part not in ("request", "query", "path"))
        if response
        else [],
        # Nothing to mark in a body: then a header is likely what the clause is about.
        "headers_open": bool(clause and pointer is None and clause.group == "transport"),
    }


def _aside(body: Body) -> Iterator[Line]:
    """What is said of a body beside its text."""
    if body.base64 is not UNSET:
        yield Line("", note="no UTF-8: other bytes are spelt out")
    if body.cut is not None:
        yield Line("", note=f"cut: {body.cut.kept} of {body.cut.bytes} bytes are here")
    if body.masked:
        shown = ", ".join(pointer or "the body" for pointer in body.masked[:_MOST_MASKED])
        more = len(body.masked) - _MOST_MASKED
        yield Line("", note=f"masked: {shown}{f' and {more} more' if more > 0 else ''}")


def _query_marked(url: str, pointer: str | None) -> tuple[str, str, str]:
    """Return the URL in three parts, the middle one being the parameter at the pointer."""
    if pointer and pointer != "/":
        name = re.escape(quote(pointer.split("/")[1].replace("~1", "/").replace("~0", "~")))
        if match := re.search(rf"(?<=[?&]){name}(=[^&#]*)?(?=[&#]|$)", url):
            return url[: match.start()], match[0], url[match.end() :]
    return url, "", ""


def _listed(report: Report) -> dict[str, Any]:
    """Return the exchanges to list; bodies only of those that something unusual rests on."""
    cited = _cited(clause for clause in report.clauses if clause.verdict != "upheld")
    in_full = set(sorted(cited)[:_MOST_BODIES])
    rows = [
        (exchange, _shown(exchange, None, ()) if exchange.id in in_full else None)
        for exchange in report.exchanges[:_MOST_EXCHANGES]
    ]
    return {"rows": rows, "left_out": len(report.exchanges) - len(rows)}


def _cited(clauses: Iterable[JudgedClause]) -> set[int]:
    return {item.exchange for clause in clauses for item in clause.evidence}


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
    from jinja2.bccache import Bucket
    from markupsafe import Markup

    style, script = _text("conformance.css"), _text("conformance.js")
    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(_HERE),
    )

    class Cache(FileSystemBytecodeCache):
        """Compiled templates, where there is room for them: no report fails for its cache."""

        def load_bytecode(self, bucket: Bucket) -> None:
            with suppress(OSError):
                super().load_bytecode(bucket)

        def dump_bytecode(self, bucket: Bucket) -> None:
            with suppress(OSError):
                super().dump_bytecode(bucket)

    if (kept := _cache_folder()) is not None:
        # Compiling the template takes longer than rendering it.
        environment.bytecode_cache = Cache(str(kept))
    environment.filters.update(
        seen=_seen,
        marked=_marked,
        breakable=_breakable,
        one_line=one_line,
        duration=duration,
        source=source_text,
        link=_link,
    )
    environment.globals.update(
        plural=counts.plural,
        verdicts=VERDICTS,
        style=Markup(style),  # noqa: S704 (the package's own file)
        script=Markup(script),  # noqa: S704 (the package's own file)
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)};"
        f" script-src {_hash(script)}; base-uri 'none'; form-action 'none'",
    )
    return environment.get_template("conformance.html.j2")


def _cache_folder() -> Path | None:
    folder = cache_directory()
    if folder is None:
        return None
    folder /= "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    import base64
    import hashlib

    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _seen(text: str) -> Markup:
    """Escape text for HTML and set spelt-out control characters apart from the text."""
    from markupsafe import Markup, escape

    return Markup("").join(
        Markup('<span class="unseen">{}</span>').format(piece) if hidden else escape(piece)
        for piece, hidden in pieces(text)
    )


def _marked(lines: Iterable[Line]) -> Markup:
    """Return the lines of a body, with marks and remarks."""
    from markupsafe import Markup

    shown = []
    # Plain lines go together: escaping each by itself takes most of the time of a large report.
    for plain, run in groupby(lines, lambda line: not line.marked and not line.note):
        if plain:
            shown.append(_seen("\n".join(line.text for line in run)))
            continue
        for line in run:
            text = _seen(line.text)
            if line.note:
                text += Markup(" <i>⋯ {}</i>").format(one_line(line.note))
            shown.append(Markup("<mark>{}</mark>").format(text) if line.marked else text)
    return Markup("\n").join(shown)


def _breakable(text: str) -> Markup:
    """Let a clause id or URL break where its parts meet, before it breaks anywhere else."""
    from markupsafe import Markup

    return Markup("<wbr>").join(re.split(r"(?<=[:#/?&.])(?=\w)", one_line(text)))


def _link(identifier: str) -> str:
    return "#" + quote(identifier)
