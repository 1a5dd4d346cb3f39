"""Make one report of several: shards of a run, nights, machines, environments, recordings.

All are about one contract. What was broken in one is broken in the merged one; its `history` says
of the clauses that were not always judged alike how often each verdict was said.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clausewise.options import add_report_dir

if TYPE_CHECKING:
    from rich.console import Console

    from clausewise.report import Report

EXAMPLES = (
    "clausewise merge shard-*/conformance.json",
    "clausewise merge monday/conformance.json tuesday/conformance.json --report-dir week",
)
_MOST_NAMED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("reports", nargs="+", metavar="REPORT", help="a conformance.json")
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the contract")
    add_report_dir(parser.add_argument, "the merged report goes")


def execute(options: argparse.Namespace) -> int:
    """Merge and write; gives the exit code of the merged report. Raises UsageError."""
    from clausewise.commands.closing import show
    from clausewise.merging import merge
    from clausewise.pack import find_pack
    from clausewise.report import Report
    from clausewise.report.writing import check_folder

    reports = [Report.load(path) for path in options.reports]
    check_folder(Path(options.report_dir))
    pack = find_pack(options.pack or reports[0].contract.pack)
    report = merge(reports, pack)
    show(report, report.write(options.report_dir), _print_history)
    return report.run.exit_code


def _print_history(report: Report, console: Console) -> None:
    history: dict[str, Any] = report.history
    for name, counts in list(history["clauses"].items())[:_MOST_NAMED]:
        told = ", ".join(f"{verdict} {times}" for verdict, times in counts.items())
        of = sum(counts.values())
        console.print(f"not always alike: {name}: {told} of {of}", markup=False, highlight=False)
    more = len(history["clauses"]) - _MOST_NAMED
    if more > 0:
        console.print(f"… and {more} more in the report")
