"""The last words of a run, and of whatever else ends with a report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from clausewise.pack import Pack
    from clausewise.report import Report


def close(pack: Pack, report: Report | None, files: Sequence[Path], trouble: str | None) -> None:
    """Print a report, where there is one, and what went wrong beside it.

    `files` are those that were written.
    """
    if report is not None:
        show(report, files)
        annotate(pack, report)
    if trouble is not None:
        from rich.console import Console

        from clausewise.report.annotations import commands_off

        text = f"clausewise: {trouble}"
        with commands_off(partial(print, file=sys.stderr, flush=True)):
            Console(stderr=True).print(text, markup=False, highlight=False, soft_wrap=True)


def show(
    report: Report, files: Sequence[Path], also: Callable[[Report, Console], None] | None = None
) -> None:
    """Print a report, and what `also` prints of it; nothing in it commands a runner of CI."""
    from rich.console import Console

    from clausewise.report.annotations import commands_off
    from clausewise.report.terminal import print_report

    console = Console()
    with commands_off(partial(print, flush=True)):
        print_report(report, console, files)
        if also is not None:
            also(report, console)


def annotate(pack: Pack, report: Report) -> None:
    """Print the findings as annotations, where somebody reads them."""
    from clausewise.report.annotations import annotations_of
    from clausewise.report.showing import encodable

    for line in annotations_of(report, pack.root):
        print(encodable(line, sys.stdout.encoding))
