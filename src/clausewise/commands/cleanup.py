"""Take back what a run left behind at its target, as its report lists it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from clausewise.errors import UsageError
from clausewise.options import ASKING_VARIABLES, add_again_options
from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    from clausewise.exchange import Response
    from clausewise.pack.settings import Settings
    from clausewise.record.made import ToUndo

EXAMPLES = (
    "clausewise cleanup reports/conformance.json",
    "clausewise cleanup reports/conformance.json --profile staging",
)
VARIABLES = ASKING_VARIABLES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("report", metavar="REPORT", help="a conformance.json")
    add_again_options(parser.add_argument)


def execute(options: argparse.Namespace) -> int:
    """Send what is to be sent; gives 0 when nothing is left, else 1. Raises UsageError."""
    from clausewise.commands.asking import meant_again
    from clausewise.record.made import Creations
    from clausewise.report.report import Report

    pack = find_pack(options.pack)
    report = Report.load(options.report)
    made = report.created or Creations()
    things = list(made.to_undo)
    unknown = len(made.left_over) - len(things)
    if unknown > 0:
        print(f"{unknown} left that no request is known for; see left_over in {options.report}")
    if not things:
        print("Nothing is left to take back." if unknown <= 0 else "0 undone")
        return 1 if unknown > 0 else 0
    base_url = report.target.base_url
    foreign = [thing.url for thing in things if not thing.url.startswith(f"{base_url}/")]
    if foreign:
        raise UsageError(f"{options.report} names another target than its own: {foreign[0]}")
    settings = meant_again(options, pack, base_url)
    left = _take_back(things, pack, settings)
    print(f"{len(things) - left} undone, {left} left")
    return 1 if left or unknown > 0 else 0


def _take_back(things: Iterable[ToUndo], pack: Pack, settings: Settings) -> int:
    """Send what takes things back, and say what came of each; gives how many are left.

    What is shown still is left, whatever its DELETE was answered.
    """
    from clausewise.campaign.lingering import shows_still
    from clausewise.campaign.pacing import Pace
    from clausewise.campaign.requests import taking_back
    from clausewise.campaign.session import open_overheard
    from clausewise.campaign.tokens import fetch
    from clausewise.judge.outcomes import answered, took_back
    from clausewise.links.catalogue import Catalogue
    from clausewise.report.showing import printable
    from clausewise.secrets.learning import filled
    from clausewise.transport.target import Failed

    left, pace, catalogue = 0, Pace(settings), Catalogue(pack)
    target, mask = open_overheard(pack, settings)

    def ask(thing: ToUndo) -> Response | None:
        with suppress(Failed):
            return pace.undo(target, taking_back(thing, pack.contract, settings))
        return None

    try:
        fetch(pack, settings, target)
        for made in things:
            # Sensitive path parameters are not in a report.
            thing = replace(made, url=filled(made.url, settings.path))
            try:
                reply = pace.undo(target, taking_back(thing, pack.contract, settings))
                said, done = answered(reply), took_back(thing.method, reply)
                shown = shows_still(catalogue, settings.origin, thing, ask) if done else None
                if shown is not None:
                    said, done = f"{said}, and {shown.method} {shown.path} shows it still", False
            except Failed as failure:
                said, done = failure.reason, False
            left += not done
            line = mask.text(f"{'undone' if done else 'left  '}  {thing.url}: {said}")
            print(printable(line), flush=True)
    finally:
        target.close()
    return left
