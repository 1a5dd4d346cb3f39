"""Judge recorded exchanges (HAR, JSON lines, …) by a contract: the verdicts and reports of a run.

Nothing is sent. What a recording does not hold is never missing: headers that were not logged,
bodies that were cut, values that were masked break no clause. `lenient` needs two exchanges that
break one clause and were accepted; `strict` is never said.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from clausewise.errors import UsageError
from clausewise.options import add_judging_options, add_report_dir, positive
from clausewise.pack import find_pack

if TYPE_CHECKING:
    from rich.console import Console

    from clausewise.report import Report
    from clausewise.traffic.engines import Engine

EXAMPLES = (
    "clausewise judge traffic.har --pack openapi.yaml",
    "clausewise judge - --pack openapi.yaml",
    "clausewise judge exchanges.jsonl --pack openapi.yaml --report-dir elsewhere",
)
_MOST_NAMED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "traffic",
        nargs="+",
        metavar="TRAFFIC",
        help="a recording, a folder, or - for what is piped",
    )
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the contract to judge by")
    parser.add_argument(
        "--base-url",
        action="append",
        default=[],
        metavar="URL",
        help="where the API is served as well, below a gateway's prefix say; may be repeated",
    )
    # Beside the report of a run, which may be what is judged, not in its place.
    add_report_dir(parser.add_argument, default="reports/traffic")
    parser.add_argument(
        "--engine",
        default="processes",
        metavar="ENGINE",
        help="processes, or dask (a cluster of this machine), or dask://HOST:PORT",
    )
    parser.add_argument(
        "--jobs", type=positive, default=1, metavar="N", help="processes that judge (default: 1)"
    )
    add_judging_options(parser.add_argument, min_judged=0)


def execute(options: argparse.Namespace) -> int:
    """Judge and write the reports; gives the exit code. Raises UsageError."""
    from clausewise.commands.closing import annotate, show
    from clausewise.judging import judge_files
    from clausewise.report.policies import policy_of
    from clausewise.report.writing import check_folder

    pack = find_pack(options.pack)
    with TemporaryDirectory(prefix="clausewise-") as piped, _progress() as progress:
        paths = list(_files(options.traffic, Path(piped)))
        check_folder(Path(options.report_dir))
        report = judge_files(
            pack,
            paths,
            engine=_engine(options.engine, options.jobs),
            progress=progress,
            base_urls=options.base_url,
            policy=policy_of(
                pack,
                fail_on=options.fail_on,
                min_judged=options.min_judged,
                wanted=options.min,
                baseline=options.baseline,
                waivers=options.waivers,
            ),
        )
    show(report, report.write(options.report_dir), _print_census)
    annotate(pack, report)
    return report.run.exit_code


def _files(named: list[str], piped: Path) -> Iterator[Path]:
    """The files that are meant; of a folder all in it but hidden ones. Raises UsageError.

    Beside archives may lie bodies of theirs: those are read with them.
    What is piped is read twice, so it is kept in the folder `piped`.
    """
    for name in named:
        path = Path(name)
        if name == "-":
            path = piped / "stdin"
            with path.open("wb") as kept:
                copyfileobj(sys.stdin.buffer, kept)
        if not path.exists():
            raise UsageError(f"there is no file or folder {name}")
        if path.is_dir():
            from clausewise.traffic.readers.har import is_body

            inside = sorted(
                one for one in path.rglob("*") if one.is_file() and not one.name.startswith(".")
            )
            if any(one.suffix == ".har" for one in inside):
                inside = [one for one in inside if not is_body(one.name)]
            if not inside:
                raise UsageError(f"the folder {name} is empty")
            yield from inside
        else:
            yield path


def _engine(named: str, jobs: int) -> Engine:
    from clausewise.traffic.engines import Processes

    if named == "processes":
        return Processes(jobs)
    if named == "dask" or named.startswith("dask://"):
        from clausewise.traffic.dask_engine import Dask

        scheduler = named.removeprefix("dask").removeprefix("://")
        return Dask(f"tcp://{scheduler}" if scheduler else None, jobs)
    raise UsageError(f"no engine {named!r}; there are processes, dask and dask://HOST:PORT")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, and nothing anywhere else."""
    if not sys.stderr.isatty():
        yield lambda done, whole: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("judging", total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def _print_census(report: Report, console: Console) -> None:
    """Say what breaks no clause and is worth knowing, a line a kind."""
    from clausewise.report.showing import listed

    traffic: dict[str, Any] = report.traffic
    for kind, census in sorted(traffic["census"].items()):
        counts = sorted(census["counts"].items(), key=lambda pair: (-pair[1], pair[0]))
        named = listed((f"{key} ({times})" for key, times in counts), _MOST_NAMED)
        console.print(f"{census['total']} times {kind}: {named}", markup=False, highlight=False)
