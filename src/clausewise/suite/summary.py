"""What pytest says at its end of the contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.pytest_state import PACK, option, run_of
from clausewise.report.annotations import annotations_of
from clausewise.report.findings import gates, headline, reasons, share, unneeded
from clausewise.report.showing import one_line

if TYPE_CHECKING:
    from clausewise.report import Report


def summarise(terminalreporter: Any, config: pytest.Config, report: Report) -> None:
    """Say what was found, and where the report is; in GitHub Actions annotate it."""
    directory = Path(config.invocation_params.dir, option(config, "report_dir"))
    terminalreporter.write_sep("=", "contract")
    terminalreporter.write_line(headline(report))
    known = [share(report), *gates(report)]
    known += [f"stale waiver: {line}" for line in unneeded(report)[:5]]
    for line in (*known, *(f"{n:5} {why}" for n, why in reasons(report, 12))):
        if line:
            terminalreporter.write_line(one_line(line, 300))
    run = run_of(config)
    if run is not None:
        terminalreporter.write_line(f"target: {run.session.settings.shown}")
    terminalreporter.write_line(f"reports: {directory}")
    for line in annotations_of(report, config.stash[PACK].root):
        terminalreporter.write_line(line)
