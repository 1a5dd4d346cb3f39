"""What `clausewise run` sees and shows of the pytest session that it starts."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clausewise import pytest_plugin
from clausewise.errors import UsageError, mistake_of
from clausewise.options import add_run_options, did_you_mean
from clausewise.pack import Pack
from clausewise.pytest_state import COMMANDED
from clausewise.report import commands_off

if TYPE_CHECKING:
    from rich.console import Console

    from clausewise.campaign.campaign import Progress
    from clausewise.report import Report

_OPTIONS: list[str] = ["--dry-run"]
add_run_options(lambda name, **_: _OPTIONS.append(name))
# Pytest does not say what it knows; these are often asked for.
_OF_PYTEST = (
    "--collect-only", "--capture", "--deselect", "--durations", "--exitfirst", "--failed-first",
    "--ignore", "--junitxml", "--last-failed", "--maxfail", "--new-first", "--numprocesses",
    "--pdb", "--quiet", "--stepwise", "--verbose",
)  # fmt: skip


def named(pack: Pack, by_default: bool = False) -> str:
    """A pack in words: whose contract it has, and where it is."""
    where = "this folder" if pack.root == Path.cwd() else pack.origin
    if by_default:
        where += ", since no folder from here upward has a clausewise.yaml"
    return f"{pack.contract.name} ({where})"


class Watcher:
    """A pytest plugin: shows progress, keeps pytest quiet, and keeps the report."""

    def __init__(self, pack: Pack, target: str, console: Console, quiet: bool) -> None:
        self.pack = pack
        self.target = target
        self.console = console
        self.quiet = quiet
        # Whether nobody named the pack: it is the bundled one.
        self.by_default = False
        self.report: Report | None = None
        self.trouble: str | None = None
        # What kept pytest from going on, where it was none of our bugs.
        self.mistake: UsageError | None = None
        self.reports: list[Path] = []
        self._bar: Any = None
        self._task: Any = None
        self._phase: tuple[str, str] | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Say that all that was asked for stands in our own options."""
        config.stash[COMMANDED] = True

    @pytest.hookimpl(wrapper=True)
    def pytest_load_initial_conftests(
        self, parser: pytest.Parser, args: list[str]
    ) -> Generator[None]:
        """Refuse what neither we, pytest, a plugin nor a conftest.py knows. Raises UsageError."""
        yield
        unknown = [w for w in parser.parse_known_and_unknown_args(args)[1] if w.startswith("-")]
        if unknown:
            name = unknown[0].partition("=")[0]
            near = did_you_mean(name, (*_OPTIONS, *_OF_PYTEST))
            raise UsageError(f"no option {name!r}{near or '; see `clausewise run --help`'}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say what will be judged, before anything is sent."""
        if not self.quiet or session.config.option.collectonly:
            return
        clauses = sum(1 for item in session.items if pytest_plugin.is_clause(item))
        self._say(f"pack   {named(self.pack, self.by_default)}")
        self._say(f"target {self.target}")
        self._say(f"{clauses} clause{'' if clauses == 1 else 's'} to judge\n")
        session.config.stash[pytest_plugin.LISTENER] = self._progress

    def pytest_internalerror(self, excrepr: Any, excinfo: Any) -> bool:
        """A bug shows its traceback; a full disk is told when all is over."""
        if (mistake := mistake_of(excinfo.value)) is not None:
            self.mistake = mistake
            return True
        if self.quiet:
            self._end_bar()
            self._quote(str(excrepr))
        return False

    def pytest_collectreport(self, report: Any) -> None:
        """A test file that cannot be read is told in full."""
        if report.failed and self.quiet:
            self._quote(str(report.longrepr))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """So is a failure that is no verdict: a test of the user's own, or a bug of ours."""
        told = report.longreprtext.lstrip()
        verdict = report.when == "call" and told.startswith(("violated:", "lenient:", "strict:"))
        if report.failed and self.quiet and not verdict:
            self._end_bar()
            self._quote(f"{report.nodeid}\n{report.longreprtext}")

    def pytest_sessionfinish(self) -> None:
        """Clear the bar before pytest's last words."""
        self._end_bar()

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take the results over."""
        self._end_bar()
        self.report = pytest_plugin.report_of(config)
        self.trouble = pytest_plugin.trouble(config)
        directory = Path(config.invocation_params.dir, config.getoption("clausewise_report_dir"))
        if self.report is not None and self.trouble is None:
            here = Path.cwd()
            shown = directory.relative_to(here) if directory.is_relative_to(here) else directory
            self.reports = sorted(shown.glob("conformance.*"))

    def _progress(self, progress: Progress) -> None:
        operation = progress.operation
        if not self.console.is_terminal:
            if (operation, progress.phase) != self._phase:
                self._phase = (operation, progress.phase)
                sent = f"{progress.sent} request{'' if progress.sent == 1 else 's'}"
                self._say(f"{operation}: {progress.phase}, {sent} so far")
            return
        if self._bar is None:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            # The streams stay pytest's: put back later, those of its capture would be closed.
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                console=self.console, transient=True, redirect_stdout=False, redirect_stderr=False,
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

    def _quote(self, text: str) -> None:
        """Print what may hold words of the target."""
        with commands_off(partial(print, file=self.console.file, flush=True)):
            self.console.print(text, markup=False, highlight=False)

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self.console.file.flush()
