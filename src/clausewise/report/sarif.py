"""Deviations as SARIF 2.1.0, for code scanning: each at the line that promises otherwise.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec import UNSET

from . import findings as counts
from .showing import one_line, source_text
from .telling import causes_by_clause, repeating

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clausewise.record.record import JudgedClause

    from .report import Report, Tool
    from .roots import Root
    from .telling import Repeating

# GitHub shows so many results of a run, and refuses a file with more rules.
_MOST_RESULTS = 5_000
_MOST_RULES = 25_000
_LONGEST_TEXT = 1_000
_ROOT = "%SRCROOT%"
_ROOT_TEXT = (
    "The folder that the run was started in, where the pack is named from there; else the folder "
    "of the pack."
)
PACK_FILE = "clausewise.yaml"

# What has a meaning in a plain text message: [a link](to), and {0}, which stands for an argument.
_LINK = re.compile(r"\[(?=[^\]]*\]\()")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def sarif_of(report: Report) -> dict[str, Any]:
    """Return a report as the document of a SARIF log.

    Every clause is a rule. Findings are errors, what only warns is a warning; what was waived is a
    suppressed note, since GitHub knows no suppressions, and no check shall fail by it.

    Files are named from the folder that a run was started in where the pack is named from there
    (``--pack contract``), else from the pack.
    """
    told = [*_told(report)]
    kept = told[:_MOST_RESULTS]
    clauses = list(report.clauses)
    if len(clauses) > _MOST_RULES:
        clauses = [clause for clause, _ in kept]
    places = {clause.id: place for place, clause in enumerate(clauses)}
    exchanges = counts.exchanges_by_id(report)
    behind = causes_by_clause(report)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(report.tool, clauses)},
                "automationDetails": {"id": f"clausewise/{one_line(report.contract.name)}/"},
                "originalUriBaseIds": {_ROOT: {"description": {"text": _ROOT_TEXT}}},
                "invocations": [_invocation(report, len(told) - len(kept))],
                "results": [
                    {
                        "ruleId": one_line(clause.id),
                        "ruleIndex": places[clause.id],
                        "level": level,
                        **_result(
                            clause,
                            repeating(report, clause, counts.deciding(clause, exchanges)),
                            report.contract.pack,
                            behind.get(clause.id),
                        ),
                    }
                    for clause, level in kept
                ],
            }
        ],
    }


def _driver(tool: Tool, clauses: Iterable[JudgedClause]) -> dict[str, Any]:
    return {
        "name": tool.name,
        "version": tool.version,
        "rules": [_rule(clause) for clause in clauses],
    }


def _told(report: Report) -> Iterator[tuple[JudgedClause, str]]:
    """Yield the clauses that are results, with their level, the gravest first."""
    for level, clauses in (
        ("error", report.findings),
        ("warning", counts.warnings(report)),
        ("note", counts.waived(report)),
    ):
        for clause in clauses:
            yield clause, level


def _rule(clause: JudgedClause) -> dict[str, Any]:
    promise = _text(clause.promise)
    where = source_text(clause)
    help_text = f"Documented: {where}." if where else "No document is named for it."
    return {
        "id": one_line(clause.id),
        "shortDescription": {"text": promise},
        "fullDescription": {"text": promise},
        "help": {"text": _text(f"{help_text} More: clausewise explain {clause.id}")},
        "defaultConfiguration": {"level": "warning" if clause.soft else "error"},
        "properties": {
            "tags": ["contract", clause.group, one_line(clause.operation)],
            "precision": "very-high",
            "problem.severity": "warning" if clause.soft else "error",
        },
    }


def _result(
    clause: JudgedClause, again: Repeating | None, pack: str, root: Root | None
) -> dict[str, Any]:
    source = clause.source
    file, line = place_of(clause, pack)
    column = source.column if source and source.column is not UNSET else 1
    properties: dict[str, Any] = {"verdict": clause.verdict, "exercised": clause.exercised}
    if root is not None:
        properties |= {"root": root.id, "cause": one_line(root.title)}
    if again is not None:
        properties["repeat"] = one_line(again.line)
    result: dict[str, Any] = {
        "message": {"text": f"{_text(clause.message)} (promised: {_text(clause.promise)})"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(file, errors="replace"),
                        "uriBaseId": _ROOT,
                    },
                    "region": {"startLine": line, "startColumn": column},
                },
                "logicalLocations": [{"fullyQualifiedName": one_line(clause.id)}],
            }
        ],
        # The hash of the line, which GitHub wants as well, is added when the file is uploaded.
        "partialFingerprints": {"clause/v1": one_line(clause.id)},
        "properties": properties,
    }
    if waiver := clause.waived:
        reason = f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": one_line(reason)}
        ]
    return result


def _invocation(report: Report, left_out: int) -> dict[str, Any]:
    run = report.run
    notes = []
    if reason := counts.why_incomplete(report):
        notes.append(f"The run is incomplete: {reason}")
    if left_out:
        notes.append(f"{counts.plural(left_out, 'result')} more in conformance.json")
    started = datetime.fromisoformat(run.started.upper()).astimezone(UTC)
    return {
        "executionSuccessful": run.complete,
        "startTimeUtc": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "exitCode": run.exit_code,
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": _text(note)}} for note in notes
        ],
    }


def place_of(clause: JudgedClause, pack: str) -> tuple[str, int]:
    """The file and the line that a clause is written at, named as the pack is.

    That is from the current folder, where the pack lies in it. What is written nowhere stands at
    the head of the pack's file, or of the document that is all there is of a pack.
    """
    path = PurePath(pack)
    is_file = path.suffix.lower() in (".yaml", ".yml", ".json")
    own = path.name if is_file else PACK_FILE
    file, line = (clause.source.file, clause.source.line) if clause.source else (own, 1)
    if pack.startswith("bundled:") or path.is_absolute() or ".." in path.parts:
        return file, line
    parts = path.parts[:-1] if is_file else path.parts
    return "".join(f"{part}/" for part in parts) + file, line


def _text(text: str) -> str:
    """Return text as a plain text message that holds no link and no placeholder."""
    text = one_line(text, _LONGEST_TEXT)
    text = _LINK.sub(r"\\[", text) if "[" in text else text
    return _PLACEHOLDER.sub(r"{{\1}}", text) if "{" in text else text
