"""Judge a target clause by clause and write the reports.

Without --base-url and --profile the pack's own mock is judged, in this process. Arguments that are
not listed here go to pytest, which then has an item for each clause: -k EXPRESSION, -x, --lf, -n 2,
-v, --junitxml=FILE, a test file …
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clausewise.commands.output import Outlet
from clausewise.errors import EXIT_NOTHING_JUDGED
from clausewise.options import ASKING_VARIABLES, add_after, add_run_options

if TYPE_CHECKING:
    from clausewise.contract import Clause
    from clausewise.pack import Pack
    from clausewise.pack.settings import Settings

EXAMPLES = (
    "clausewise run --base-url http://127.0.0.1:8080    # the pack here, else the bundled one",
    "clausewise run --pack openapi.yaml --base-url http://127.0.0.1:8080 --auth ApiKey=env:API_KEY",
)
VARIABLES = ASKING_VARIABLES | {
    "CI": "set, nothing is asked on the terminal",
    "GITHUB_ACTIONS": "`true` prints findings as annotations too",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run_options(parser.add_argument)
    add_after(parser.add_argument)
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be sent where; send nothing"
    )


def execute(options: argparse.Namespace) -> int:
    """Run the campaign, or have pytest run the suite; gives the exit code."""
    gc.disable()  # until the run begins: what is read now lives to its end
    try:
        return _executed(options)
    finally:
        gc.enable()


def _executed(options: argparse.Namespace) -> int:
    from clausewise.contract.selecting import must_have_any, selected
    from clausewise.pack import find_pack
    from clausewise.pack.resolving import settings_of
    from clausewise.report.writing import check_folder

    pack = find_pack(options.pack)
    must_have_any(pack.contract)  # a broken contract ends here, with file and line
    settings = settings_of(pack, vars(options))
    if options.after is not None:
        from clausewise.commands.parts import shown_by

        options.exclude += shown_by(options.after, pack.contract)
    clauses = None  # all: they are made when they are needed
    if options.include or options.exclude:  # a word that fits nothing ends here
        clauses = tuple(selected(pack.contract, options.include, options.exclude).values())
    if options.after is not None and clauses == () and not options.rest:
        print(f"nothing is left to ask: {options.after} shows all that can be; nothing was sent")
        return 0
    if options.dry_run:
        from clausewise.commands.asking import dry_run

        return dry_run(options, pack, settings)
    if not settings.consented:
        from clausewise.commands.asking import ask_consent

        ask_consent(options, pack, settings)
        options.yes = True
        settings = settings_of(pack, vars(options))
    check_folder(Path(options.report_dir))
    code = _shown_on_screen(options, pack, settings, clauses)
    # Whether enough was judged is for the merged report to say.
    return 0 if options.shard is not None and code == EXIT_NOTHING_JUDGED else code


def _shown_on_screen(
    options: argparse.Namespace,
    pack: Pack,
    settings: Settings,
    clauses: tuple[Clause, ...] | None,
) -> int:
    """Carry a run out, by pytest where an argument is pytest's; gives the exit code."""
    from clausewise.commands.screen import RunScreen
    from clausewise.pack.waivers import FILE

    by_default = options.pack is None and pack.origin.startswith("bundled:")
    with _own_output() as output:
        screen = RunScreen(output)

        def begin(count: Callable[[], int]) -> None:
            screen.begin(pack, settings.shown, count, by_default)
            if pack.origin.startswith("bundled:") and not options.waivers and Path(FILE).is_file():
                screen.say(f"{FILE} is not taken for a bundled pack: --waivers {FILE} does that\n")

        if options.rest:
            from clausewise.commands.by_pytest import run_by_pytest

            gc.enable()
            return run_by_pytest(options, pack, screen, begin)
        begin(lambda: len(pack.contract.clauses if clauses is None else clauses))
        from clausewise.commands.driving import drive

        return drive(options, pack, settings, clauses, screen)


@contextmanager
def _own_output() -> Iterator[Any]:
    """Standard output by a descriptor of its own: pytest captures the usual one."""
    usual = sys.stdout
    try:
        descriptor = os.dup(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # a stream in memory
        yield sys.stdout
        return
    with open(descriptor, "w", encoding=sys.stdout.encoding, errors="replace") as output:
        outlet = Outlet(output, usual if isinstance(usual, Outlet) else None)
        yield outlet
        outlet.flush()
