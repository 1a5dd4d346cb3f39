"""Compare a mock with the real thing, clause by clause, and say what tests on the mock get wrong.

A side is a report (conformance.json), a URL, a profile of the pack, or `mock`: the pack's own, in
this process. What is no report is run, both sides with the same plan; a report is compared as it
is, and its age is said. Differences are asked again, of the sides that can be asked, before they
are told. Exit code 1 says that there are differences that matter.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from clausewise.errors import UsageError
from clausewise.options import ASKING_VARIABLES, add_comparing_options
from clausewise.pack import find_pack

EXAMPLES = (
    "clausewise compare mock http://127.0.0.1:8080 --pack bundled:realtimekit_recordings",
    "clausewise compare http://127.0.0.1:4010 staging/conformance.json --min leniency=80",
)
VARIABLES = ASKING_VARIABLES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("mock", metavar="MOCK", help="a report, a URL, a profile, or `mock`")
    parser.add_argument("reference", metavar="REFERENCE", help="what the mock stands for; the same")
    add_comparing_options(parser.add_argument)


def execute(options: argparse.Namespace) -> int:
    """Compare and write what came of it; gives the exit code. Raises ClausewiseError."""
    from rich.console import Console

    from clausewise.commands.driving import end_like_an_interrupt
    from clausewise.comparing import Comparison, compare_reports
    from clausewise.comparing.terminal import print_comparison
    from clausewise.pack.resolving import way_of
    from clausewise.report import commands_off
    from clausewise.report.writing import check_folder, reason_of
    from clausewise.sides import SideSettings, both_sides

    end_like_an_interrupt()
    folder = Path(options.report_dir)
    check_folder(folder)
    baseline = Comparison.load(options.baseline) if options.baseline else None
    pack = find_pack(options.pack)
    asking = SideSettings(
        options.seed,
        options.examples,
        options.include,
        options.exclude,
        way_of(vars(options)),
    )
    with both_sides(options.mock, options.reference, pack, asking) as sides:
        comparison = compare_reports(
            *sides,
            contract=pack.contract,
            least=dict(map(_wanted, options.min)),
            baseline=baseline,
            baseline_name=options.baseline,
        )
        try:
            files = comparison.write(folder)
            for role, side in zip(("mock", "reference"), sides, strict=True):
                if side.asker is not None:
                    side.report.write(folder / role, ("json", "html"))
        except OSError as error:
            raise UsageError(f"nothing can be written into {folder}: {reason_of(error)}") from None
    with commands_off(partial(print, flush=True)):
        print_comparison(comparison, Console(), files)
    return comparison.exit_code


def _wanted(text: str) -> tuple[str, int | str]:
    """What a level has to reach: a percentage, or a word."""
    level, _, wanted = text.partition("=")
    return level, int(wanted) if wanted.isdecimal() else wanted
