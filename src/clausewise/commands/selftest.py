"""Break every promise on purpose, on the pack's mock, and count what a run would notice.

A document alone has no mock: what the contract says by itself is played by an echo of it.
A fault is noticed when the run has findings, and named when one of them has the clause that is
broken. What survives is listed with the reason: equivalent (no reply could show it), or a hole in
the plan.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clausewise.contract.selecting import must_have, must_have_any
from clausewise.errors import UsageError
from clausewise.options import add_report_dir, natural, positive
from clausewise.pack import FILE, Pack, find_pack

if TYPE_CHECKING:
    from clausewise.selftest.outcomes import Score

EXAMPLES = (
    "clausewise selftest --sample 100",
    "clausewise selftest --pack openapi.yaml",
)
MOST_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--pack", metavar="PATH|bundled:NAME", help="the pack, or an OpenAPI document"
    )
    parser.add_argument(
        "--sample", type=positive, metavar="N", help="about N faults, some of every kind"
    )
    parser.add_argument(
        "--jobs", type=positive, metavar="N", help="processes (default: one for each processor)"
    )
    parser.add_argument(
        "--seeds",
        type=natural,
        default=5,
        metavar="N",
        help="runs without a fault, which should find nothing (default: 5)",
    )
    add_report_dir(parser.add_argument, "selftest.json goes")
    parser.add_argument(
        "--save",
        action="store_true",
        help="write the score beside clausewise.yaml too: reports show it wherever the pack goes",
    )
    parser.add_argument("operations", nargs="*", metavar="OPERATION", help="only these operations")


def execute(options: argparse.Namespace) -> int:
    """Run; gives 0 when all was noticed that could be, and nothing without a fault, else 1."""
    from clausewise.selftest.running import selftest
    from clausewise.selftest.score import keep, save

    pack = find_pack(options.pack)
    must_have_any(pack.contract)
    must_have(pack.contract, options.operations)
    whole = options.sample is None and not options.operations
    if options.save and not whole:
        raise UsageError("--save is for a whole self-test: without --sample and OPERATION")
    if options.save and pack.is_document:
        raise UsageError(
            f"--save writes beside {FILE}, and {pack.origin} is a document without one; its score "
            "is kept for your own reports anyway"
        )
    with _Bar() as bar:
        score = selftest(
            pack,
            sample=options.sample,
            jobs=options.jobs,
            operations=options.operations or None,
            seeds=options.seeds,
            listen=bar.update,
        )
    _show(pack, score)
    folder = Path(options.report_dir)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "selftest.json"
    path.write_text(json.dumps(score.model(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"All of it: {path}")
    if whole:
        keep(pack, score.summary())
    if options.save:
        print(f"Kept: {save(pack, score.summary())}")
    return 1 if score.count("hole") or any(score.alarms.values()) else 0


class _Bar:
    """Progress in a terminal; a line now and then elsewhere."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._task: Any = None
        self._told = 0

    def __enter__(self) -> _Bar:
        if sys.stdout.isatty():
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._progress = Progress(
                TextColumn("runs"), BarColumn(), MofNCompleteColumn(), transient=True
            )
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, done: int, total: int) -> None:
        """Show how far it is."""
        if self._progress is None:
            if done * 10 // total > self._told or done == total:
                self._told = done * 10 // total
                print(f"{done} of {total} runs", flush=True)
            return
        if self._task is None:
            self._task = self._progress.add_task("runs", total=total)
        self._progress.update(self._task, completed=done)


def _show(pack: Pack, score: Score) -> None:
    from rich.console import Console
    from rich.table import Table

    from clausewise.report.showing import printable

    console = Console(width=None if sys.stdout.isatty() else 100)
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("faults", "noticed", "named", "equivalent"):
        table.add_column(name, justify="right")
    for row in score.by_kind():
        table.add_row(row[0], *map(str, row[1:]))
    totals = (
        len(score.outcomes),
        score.count("named", "noticed"),
        score.count("named"),
        score.count("equivalent"),
    )
    table.add_row("all", *map(str, totals), style="bold")
    console.print(f"{pack.name}: {score.of} faults", highlight=False)
    console.print(table)
    alarms = [f"seed {seed}: {name}" for seed, found in score.alarms.items() for name in found]
    console.print(f"{len(alarms)} false alarms under {len(score.alarms)} seeds", highlight=False)
    for alarm in alarms[:MOST_SHOWN]:
        console.print(printable(alarm), markup=False, highlight=False, soft_wrap=True)
    others = [o for o in score.outcomes if o.state == "noticed"]
    for title, outcomes in (("not noticed", score.survivors), ("noticed, not named", others)):
        for outcome in outcomes[:MOST_SHOWN]:
            why = outcome.reason or f"found instead: {', '.join(outcome.found[:3])}"
            line = f"{title} ({outcome.state}): {outcome.name}: {why}"
            console.print(printable(line), markup=False, highlight=False, soft_wrap=True)
        if len(outcomes) > MOST_SHOWN:
            print(f"… and {len(outcomes) - MOST_SHOWN} more {title}")
