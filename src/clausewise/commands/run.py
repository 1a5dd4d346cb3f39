"""Judge a target clause by clause and write the reports.

Without --base-url and --profile the pack's own mock is judged, in this process. Arguments that are
not listed here go to pytest: -k EXPRESSION, -x, --lf, -n 2, -v, --junitxml=FILE, a test file …
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from clausewise.options import add_run_options
from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    import pytest
    from rich.console import Console

    from clausewise.campaign.campaign import Progress

NAME = "run"
HELP = "judge a target clause by clause and write the reports"

# With one of these, pytest's own output is what the user wants to see.
_TALKATIVE = ("-v", "--verbose", "-s", "--pdb", "--collect-only", "--co", "--durations", "-h")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_run_options(parser.add_argument)


def execute(options: argparse.Namespace) -> int:
    """Run the suite; gives pytest's exit code, or 6."""
    pack = find_pack(options.pack)
    pack.contract  # noqa: B018  # a broken contract ends here, with file and line
    if not options.rest:
        _plan_ahead(options, pack)
    import pytest
    from rich.console import Console

    # Imported before pytest starts, our modules are not searched for asserts to rewrite.
    import clausewise.report
    import clausewise.suite  # noqa: F401

    quiet = not any(
        word == talk or word.startswith(f"{talk}=") or (talk == "-v" and word.startswith("-v"))
        for word in options.rest
        for talk in _TALKATIVE
    )
    with _own_output() as output, _silenced(quiet):
        console = Console(file=output)
        watcher = _Watcher(pack, console, quiet)
        code = int(pytest.main(_arguments(options, pack), plugins=[watcher]))
    return _close(watcher, code, quiet)


def _plan_ahead(options: argparse.Namespace, pack: Pack) -> None:
    """Make the plans before pytest is there, which would rewrite all of Hypothesis' asserts.

    The suite finds them where plans are kept. A selection of tests plans only what it needs.
    """
    from clausewise.plan.plan import make_plan

    make_plan(pack, examples=options.examples, seed=options.seed)


def _close(watcher: _Watcher, code: int, quiet: bool) -> int:
    """The last words, and the exit code."""
    from rich.console import Console

    if watcher.trouble is not None:
        Console(stderr=True).print(f"clausewise: {watcher.trouble}", markup=False, highlight=False)
        return 6
    if watcher.model is not None and quiet:
        from clausewise.report import print_report

        print_report(watcher.model, Console(), watcher.reports)
    return code


@contextmanager
def _own_output() -> Iterator[IO[str]]:
    """Standard output by a descriptor of its own: pytest captures the usual one."""
    try:
        descriptor = os.dup(sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # a stream in memory
        yield sys.stdout
        return
    with open(descriptor, "w", encoding=sys.stdout.encoding, errors="replace") as output:
        yield output


@contextmanager
def _silenced(quiet: bool) -> Iterator[None]:
    """Pytest's own report goes nowhere: the closing table says what it would."""
    if not quiet:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def _arguments(options: argparse.Namespace, pack: Pack) -> list[str]:
    """The command line for pytest."""
    paths = [word for word in options.rest if _is_path(word)]
    arguments = [] if paths else [str(pack.tests)]
    inside = Path.cwd().is_relative_to(pack.root)
    arguments += ["--import-mode=importlib", f"--rootdir={pack.root if inside else Path.cwd()}"]
    # A pack in site-packages must stay as it is: the cache goes where the user is.
    arguments += ["-o", f"cache_dir={Path.cwd() / '.pytest_cache'}"]
    # Plugins that the suite has no use for, and that take long to import.
    for plugin in ("anyio", "hypothesispytest", "schemathesis"):
        arguments += ["-p", f"no:{plugin}"]
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    for name in ("pack", "profile", "base_url", "report_dir", "examples", "seed", "max_requests",
                 "max_time", "rate", "concurrency"):  # fmt: skip
        value = getattr(options, name)
        if value is not None:
            arguments.append(f"--{name.replace('_', '-')}={value}")
    arguments += [f"--header={line}" for line in options.header]
    arguments.append(f"--fail-on={','.join(options.fail_on)}")
    if options.pack is None:
        arguments.append(f"--pack={pack.origin}")
    return [*arguments, *options.rest]


def _is_path(word: str) -> bool:
    return not word.startswith("-") and ("::" in word or Path(word).exists())


class _Watcher:
    """A pytest plugin: shows progress, keeps pytest quiet, and keeps the report model."""

    def __init__(self, pack: Pack, console: Console, quiet: bool) -> None:
        self.pack = pack
        self.console = console
        self.quiet = quiet
        self.model: dict[str, Any] | None = None
        self.trouble: str | None = None
        self.reports: list[Path] = []
        self._bar: Any = None
        self._task: Any = None
        self._phase: tuple[str, str] | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say what will be judged, before anything is sent."""
        from clausewise import pytest_plugin

        if not self.quiet or session.config.option.collectonly:
            return
        clauses = sum(1 for item in session.items if pytest_plugin.is_clause(item))
        base_url = session.config.getoption("clausewise_base_url") or "its own mock, in process"
        self._say(f"pack   {self.pack.origin}: {self.pack.contract.name}")
        self._say(f"target {base_url}")
        self._say(f"{clauses} clause{'' if clauses == 1 else 's'} to judge\n")
        session.config.stash[pytest_plugin.LISTENER] = self._progress

    def pytest_internalerror(self, excrepr: Any) -> None:
        """A bug shows its traceback."""
        if self.quiet:
            self._end_bar()
            self.console.print(str(excrepr), markup=False, highlight=False)

    def pytest_collectreport(self, report: Any) -> None:
        """A test file that cannot be read is told in full."""
        if report.failed and self.quiet:
            self.console.print(str(report.longrepr), markup=False, highlight=False)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """So is a failure that is no verdict: a test of the user's own, or a bug of ours."""
        verdict = report.when == "call" and "[" in report.nodeid.rpartition("::")[2]
        if report.failed and self.quiet and not verdict:
            self._end_bar()
            self.console.print(
                f"{report.nodeid}\n{report.longreprtext}", markup=False, highlight=False
            )

    def pytest_sessionfinish(self) -> None:
        """Clear the bar before pytest's last words."""
        self._end_bar()

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take the results over."""
        from clausewise import pytest_plugin

        self._end_bar()
        self.model = pytest_plugin.report_model(config)
        self.trouble = pytest_plugin.trouble(config)
        directory = Path(config.invocation_params.dir, config.getoption("clausewise_report_dir"))
        if self.model is not None:
            here = Path.cwd()
            shown = directory.relative_to(here) if directory.is_relative_to(here) else directory
            self.reports = sorted(shown.glob("conformance.*"))

    def _progress(self, operation: str, progress: Progress) -> None:
        if not self.console.is_terminal:
            if (operation, progress.phase) != self._phase:
                self._phase = (operation, progress.phase)
                self._say(f"{operation}: {progress.phase}, {progress.sent} requests so far")
            return
        if self._bar is None:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                console=self.console, transient=True,
            )  # fmt: skip
            self._bar.start()
            self._task = self._bar.add_task(operation, total=progress.planned)
        self._bar.update(
            self._task,
            description=f"{operation}: {progress.phase}",
            completed=progress.sent,
            total=max(progress.planned, progress.sent),
        )

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self.console.file.flush()
