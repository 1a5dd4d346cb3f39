"""The last words of a run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clausewise.pack import Pack
    from clausewise.report import Report


def close(pack: Pack, report: Report | None, files: Sequence[Path], trouble: str | None) -> None:
    """Print a report, where there is one, and what went wrong beside it.

    `files` are those that were written.
    """
    from rich.console import Console

    from clausewise.report.annotations import annotations_of, commands_off

    if report is not None:
        from clausewise.report.terminal import print_report

        with commands_off(partial(print, flush=True)):
            print_report(report, Console(), files)
        for line in annotations_of(report, pack.root):
            encoding = sys.stdout.encoding or "utf-8"
            print(line.encode(encoding, "backslashreplace").decode(encoding))
    if trouble is not None:
        text = f"clausewise: {trouble}"
        with commands_off(partial(print, file=sys.stderr, flush=True)):
            Console(stderr=True).print(text, markup=False, highlight=False, soft_wrap=True)
