"""What of a silenced pytest session is told all the same: failures that are no verdicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clausewise.errors import UsageError, mistake_of


class Quoting:
    """A pytest plugin that hands on what its user has to see. `quote` takes a text."""

    def __init__(self, quote: Callable[[str], None]) -> None:
        self._quote = quote
        # What kept pytest from going on, where it was none of our bugs.
        self.mistake: UsageError | None = None
        # Whether a test file could not be read.
        self.unread = False

    def pytest_internalerror(self, excrepr: Any, excinfo: Any) -> bool:
        """A bug shows its traceback; a full disk is told when all is over."""
        if (mistake := mistake_of(excinfo.value)) is not None:
            self.mistake = mistake
            return True
        self._quote(str(excrepr))
        return False

    def pytest_collectreport(self, report: Any) -> None:
        """A test file that cannot be read is told in full."""
        if report.failed:
            self.unread = True
            self._quote(str(report.longrepr))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """So is a failure that is no verdict: a test of the user's own, or a bug of ours."""
        told = report.longreprtext.lstrip()
        verdict = report.when == "call" and told.startswith(("violated:", "lenient:", "strict:"))
        if report.failed and not verdict:
            self._quote(f"{report.nodeid}\n{report.longreprtext}")
