"""Write the reports of a run that was cut off, from its journal.

A run over HTTP writes a journal into its report folder as it goes, and takes it away when the
reports are there. One that is left belongs to a run that was killed. A conformance.json is taken as
well: then its other formats are written anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from clausewise.options import add_formats
from clausewise.pack import find_pack

if TYPE_CHECKING:
    from clausewise.report import Report

EXAMPLES = (
    "clausewise report reports/journal-20261126T120000-1.jsonl",
    "clausewise report reports/conformance.json --report-dir elsewhere",
    "clausewise report reports/conformance.json --report ctrf.json,codequality.json",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "journal", metavar="JOURNAL|REPORT", help="a journal-….jsonl, or a conformance.json"
    )
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the contract")
    parser.add_argument(
        "--report-dir", metavar="DIR", help="where the reports go (default: beside the journal)"
    )
    add_formats(parser.add_argument)


def execute(options: argparse.Namespace) -> int:
    """Write the reports; gives the exit code of what had been found. Raises UsageError."""
    from clausewise.commands.closing import show
    from clausewise.report import Report

    path = Path(options.journal)
    report = Report.load(path) if path.suffix == ".json" else _recovered(path, options.pack)
    folder = Path(options.report_dir) if options.report_dir else path.parent
    show(report, report.write(folder, options.report))
    return report.run.exit_code


def _recovered(path: Path, named: str | None) -> Report:
    """The report of a run that was cut off."""
    from clausewise.record.recovery import JournalReader
    from clausewise.report import make_report
    from clausewise.selftest.score import score_of

    journal = JournalReader(path)
    pack = find_pack(named or journal.facts.pack)
    return make_report(
        journal.record(pack.contract),
        contract=pack.contract,
        policy=journal.policy,
        score=score_of(pack),
    )
