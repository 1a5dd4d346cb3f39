"""How findings are told: folded by their causes, each with one line that shows it again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from . import findings as counts
from .evidence import RunEvidence, said_by
from .roots import Root, roots_of
from .showing import listed

if TYPE_CHECKING:
    from clausewise.record.record import JudgedClause, RecordedExchange

    from .report import Report

# What a report is called where nobody says where it is.
_REPORT = Path("reports/conformance.json")


class Told(Struct, frozen=True):
    """One cause as it is told: of its clauses those that are told together, and what shows it."""

    root: Root
    clauses: tuple[JudgedClause, ...]
    exchange: RecordedExchange | None

    @property
    def first(self) -> JudgedClause:
        """The clause that stands for all."""
        return self.clauses[0]

    @property
    def title(self) -> str:
        """What it is about: the cause, or the clause where there is but one."""
        return self.first.id if len(self.clauses) == 1 else self.root.title

    @property
    def said(self) -> str | None:
        """The server's own words, where they say more than what was seen."""
        said = said_by(self.exchange)
        return said if said is not None and said not in self.first.message else None


def causes(report: Report) -> tuple[Root, ...]:
    """The causes of all deviations; of an older report they are found now."""
    if isinstance(report.roots, tuple):
        return report.roots
    cases = report.cases if isinstance(report.cases, tuple) else ()
    return roots_of(RunEvidence(report.clauses, report.exchanges, cases))


def causes_by_clause(report: Report) -> dict[str, Root]:
    """The cause behind each deviation, by the id of its clause."""
    return {name: root for root in causes(report) for name in root.clauses}


def told_causes(report: Report, clauses: Sequence[JudgedClause]) -> list[Told]:
    """These clauses, folded by cause and in the order of causes; then those that have none."""
    exchanges = counts.exchanges_by_id(report)
    wanted = {clause.id: clause for clause in clauses}
    made = []
    for root in causes(report):
        ours = tuple(wanted.pop(name) for name in root.clauses if name in wanted)
        if ours:
            made.append(Told(root, ours, counts.deciding(ours[0], exchanges)))
    for clause in wanted.values():
        root = Root(clause.id, "clause", clause.promise, (clause.id,), True, None, None)
        made.append(Told(root, (clause,), counts.deciding(clause, exchanges)))
    return made


def other_clauses(told: Told, most: int) -> str | None:
    """The clauses behind a cause, the first ones by name; None where there is but one."""
    if len(told.clauses) == 1:
        return None
    return listed((clause.id for clause in told.clauses), most)


class Repeating(Struct, frozen=True):
    """One line for a shell that shows a finding again; `needs` says what has to be set first."""

    line: str
    needs: str | None = None


def repeating(
    report: Report,
    clause: JudgedClause,
    exchange: RecordedExchange | None,
    files: Iterable[Path] = (),
    variables: Mapping[str, str] | None = None,
) -> Repeating | None:
    """What shows a finding again: a `curl` line, or `clausewise replay` where that takes more.

    That is where several requests are needed, and for what answers in this process alone. `files`
    are the reports that were written, `variables` the environment. None where nothing could.
    """
    if exchange is None:
        return None
    recorded = report.target.kind == "traffic"
    alone = not exchange.after and "; curl " not in exchange.curl
    if exchange.curl and (recorded or (alone and report.target.kind == "http")):
        return Repeating(exchange.curl, _unset(exchange.curl, variables))
    if recorded:
        return None
    path = next((one for one in files if one.name == _REPORT.name), _REPORT)
    words = ["clausewise", "replay", str(path), clause.id]
    if not _is_found(report.contract.pack):
        words += ["--pack", report.contract.pack]
    if isinstance(report.run.profile, str):
        words += ["--profile", report.run.profile]
    return Repeating(shlex.join(words))


def _unset(line: str, variables: Mapping[str, str] | None) -> str | None:
    """The variables of a line that the environment has not, in words."""
    if variables is None:
        return None
    named = dict.fromkeys(re.findall(r'-H "[^"$]*\$([A-Z][A-Z0-9_]*)', line))
    missing = [f"${name}" for name in named if name not in variables]
    return f"with {' and '.join(missing)} set" if missing else None


def _is_found(pack: str) -> bool:
    """Whether a pack is the one that is found from this folder upward."""
    if pack.startswith("bundled:"):
        return False
    here, root = Path.cwd(), Path(pack)
    return root.is_dir() and root.resolve() in (here, *here.parents)
