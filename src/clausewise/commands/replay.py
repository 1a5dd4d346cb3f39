"""Send the deciding requests of a report again, and tell fixed from still broken.

What comes out right is asked again before it is fixed: more often where the report shows that the
replies vary. What is broken one time and right the next is not the same again, and not fixed.
"""

from __future__ import annotations

import argparse
import sys

from clausewise.options import ASKING_VARIABLES, add_again_options
from clausewise.pack import find_pack

EXAMPLES = (
    "clausewise replay reports/conformance.json",
    "clausewise replay reports/conformance.json start_recording:status --base-url http://127.0.0.1:8080",
)
VARIABLES = ASKING_VARIABLES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("report", metavar="REPORT", help="a conformance.json")
    parser.add_argument("clause", nargs="?", metavar="CLAUSE_ID", help="only this clause")
    add_again_options(parser.add_argument)
    parser.add_argument("--base-url", metavar="URL", help="another target than the report's")


def execute(options: argparse.Namespace) -> int:
    """Replay; gives 0 when all is fixed, else 1."""
    from clausewise.campaign.replaying import WORDS, Replay, Word
    from clausewise.campaign.session import open_overheard
    from clausewise.campaign.tokens import fetch
    from clausewise.commands.asking import meant_again
    from clausewise.commands.explain import find_clause
    from clausewise.report.report import Report
    from clausewise.report.showing import printable

    pack = find_pack(options.pack)
    report = Report.load(options.report)
    if options.clause is not None:
        find_clause(pack, options.clause)
    base_url = options.base_url or (None if options.profile else report.target.base_url)
    settings = meant_again(options, pack, base_url)
    counts: dict[Word, int] = dict.fromkeys(WORDS, 0)
    target, mask = open_overheard(pack, settings)
    again = Replay(pack, settings, target, report.clauses, report.exchanges, report.target.base_url)
    try:
        fetch(pack, settings, target)
        for replayed in again.run(options.clause):
            counts[replayed.word] += 1
            seen = printable(mask.text(replayed.seen))
            print(f"{replayed.word:12}  {replayed.clause}: {seen}")
            sys.stdout.flush()
    finally:
        target.close()
        for left in again.left_over:
            print(f"left behind   {printable(mask.text(left))}")
    if options.clause is not None and not sum(counts.values()):
        print(f"{options.clause} is no deviation in {options.report}: nothing to send again")
        return 0
    told = [f"{counts['fixed']} fixed", f"{counts['still broken']} still broken"]
    if counts["not the same again"]:
        told.append(f"{counts['not the same again']} not the same again")
    if counts["cannot say"]:
        told.append(f"{counts['cannot say']} cannot be said")
    print(", ".join(told))
    return 1 if sum(counts.values()) > counts["fixed"] else 0
