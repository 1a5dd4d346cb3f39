"""Write the reports of a run that was cut off, from its journal.

A run over HTTP writes a journal into its report folder as it goes, and takes it away when the
reports are there. One that is left belongs to a run that was killed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from clausewise.pack import find_pack

NAME = "report"
HELP = "write the reports of a run that was cut off, from its journal"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("journal", metavar="JOURNAL", help="a journal-….jsonl")
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the contract")
    parser.add_argument(
        "--report-dir", metavar="DIR", help="where the reports go (default: beside the journal)"
    )


def execute(options: argparse.Namespace) -> int:
    """Write the reports; gives the exit code of what had been found. Raises UsageError."""
    from rich.console import Console

    from clausewise.report import print_report, write_reports
    from clausewise.report.recovering import read_journal, recovered
    from clausewise.selftest.score import score_of

    path = Path(options.journal)
    lines = read_journal(path)
    pack = find_pack(options.pack or lines[0]["pack"])
    model = recovered(pack, lines, score_of(pack))
    folder = Path(options.report_dir) if options.report_dir else path.parent
    print_report(model, Console(), write_reports(model, folder))
    code: int = model["run"]["exit_code"]
    return code
