"""What `clausewise run` sees and shows of the pytest session that it starts."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clausewise.errors import UsageError
from clausewise.options import did_you_mean, run_options
from clausewise.pytest_state import (
    COMMANDED,
    LISTENER,
    is_clause,
    report_of,
    reports_of,
    trouble_of,
)
from clausewise.suite.quoting import Quoting

if TYPE_CHECKING:
    from clausewise.commands.screen import RunScreen
    from clausewise.report import Report

_OPTIONS = ["--dry-run", *(f"--{name.replace('_', '-')}" for name in run_options())]
# Pytest does not say what it knows; these are often asked for.
_OF_PYTEST = (
    "--collect-only", "--capture", "--deselect", "--durations", "--exitfirst", "--failed-first",
    "--ignore", "--junitxml", "--last-failed", "--maxfail", "--new-first", "--numprocesses",
    "--pdb", "--quiet", "--stepwise", "--verbose",
)  # fmt: skip


def _nobody(text: str) -> None:
    """Pytest tells it."""


class Watcher(Quoting):
    """A pytest plugin: shows progress, keeps pytest quiet, and keeps the report."""

    def __init__(
        self, begin: Callable[[Callable[[], int]], None], screen: RunScreen, quiet: bool
    ) -> None:
        """`begin` says what will be judged; it takes what counts the clauses."""
        super().__init__(screen.quote if quiet else _nobody)
        self._begin = begin
        self.screen = screen
        self.quiet = quiet
        self.report: Report | None = None
        self.trouble: str | None = None
        self.reports: list[Path] = []

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
        self._begin(lambda: sum(1 for item in session.items if is_clause(item)))
        session.config.stash[LISTENER] = self.screen.progress

    def pytest_sessionfinish(self) -> None:
        """Clear the bar, and say what takes its time now."""
        self.screen.end_bar()
        if self.quiet:
            self.screen.say("judging what came, writing the reports")

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take the results over."""
        self.screen.end_bar()
        self.report = report_of(config)
        self.trouble = trouble_of(config)
        if self.report is not None and self.trouble is None:
            self.reports = reports_of(config)
