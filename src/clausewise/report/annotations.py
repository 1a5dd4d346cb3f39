"""Findings as annotations of GitHub Actions, beside the lines that promise otherwise.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from . import findings as counts
from .showing import one_line, source_text
from .telling import Told, told_causes

if TYPE_CHECKING:
    from .report import Report

# GitHub shows so many errors of one step.
_MOST_ERRORS = 10
_LONGEST_TITLE = 255
_LONGEST_TEXT = 1_000


def on_github() -> bool:
    """Tell whether what this process prints is read by a runner of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def annotations_of(report: Report, pack: Path) -> list[str]:
    """Return the findings as workflow commands, a line a cause; none outside of GitHub Actions.

    ``pack`` is the pack's folder. Where it lies outside of the workspace, no file is named.
    """
    if not on_github():
        return []
    # One a cause: of what GitHub shows nothing is told twice.
    found = told_causes(report, report.findings)
    lines = [_error(told, pack) for told in found[:_MOST_ERRORS]]
    if more := sum(len(told.clauses) for told in found[_MOST_ERRORS:]):
        text = f"{counts.plural(more, 'more finding')} in the report files"
        lines.append(f"::notice title={_property(report.tool.name)}::{_data(text)}")
    return lines


@contextmanager
def commands_off(say: Callable[[str], object]) -> Iterator[None]:
    """Keep the runner from taking what is printed meanwhile for its commands.

    It looks for them in every line, also in those that quote the target. ``say`` prints a line
    where all the others go.
    """
    if not on_github():
        yield
        return
    # Nobody else can know what switches them on again.
    token = secrets.token_hex(16)
    say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        say(f"::{token}::")


def _error(told: Told, pack: Path) -> str:
    clause, others = told.first, len(told.clauses) - 1
    properties = {"title": one_line(clause.id, _LONGEST_TITLE)}
    source = clause.source
    if source and (file := _in_workspace(pack / source.file)):
        properties = {"file": file, "line": str(source.line), **properties}
    where = source_text(clause)
    text = (
        f"{clause.verdict}: {one_line(clause.message, _LONGEST_TEXT)}\n"
        f"promised: {one_line(clause.promise, _LONGEST_TEXT)}{f' ({where})' if where else ''}"
    )
    if others:
        cause = one_line(told.root.title, _LONGEST_TEXT)
        text += f"\ncause: {cause} ({counts.plural(others, 'more finding')})"
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::error {named}::{_data(text)}"


def _in_workspace(path: Path) -> str | None:
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return None
    root, file = Path(workspace).resolve(), path.resolve()
    return one_line(file.relative_to(root).as_posix()) if file.is_relative_to(root) else None


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
