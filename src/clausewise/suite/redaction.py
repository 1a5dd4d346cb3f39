"""What pytest itself says in a run, masked: failures, captured output, logs and warnings.

Contract tests, and the checks of a pack, may quote what they like.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from clausewise.secrets.masking import Mask

Text = Callable[[str], str]


class Discretion:
    """A pytest plugin for one run: masks log records, warnings and internal errors.

    Reports are masked where they are made, by `mask_report`.
    """

    def __init__(self, mask: Callable[[], Mask]) -> None:
        """`mask` gives what masks all that is known by now."""
        self._mask = mask
        self._make = logging.getLogRecordFactory()
        logging.setLogRecordFactory(self._record)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: Any) -> None:
        """A warning of a test may quote anything."""
        told = str(warning_message.message)
        masked = self._mask().logged(told)
        if masked != told:
            warning_message.message = UserWarning(masked)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any) -> None:
        """So may the traceback of a bug."""
        chain = getattr(excrepr, "chain", None) or [(getattr(excrepr, "reprtraceback", None),)]
        for traceback, *_ in chain:
            for entry in getattr(traceback, "reprentries", ()):
                if hasattr(entry, "lines"):
                    whole = self._mask().logged("\n".join(entry.lines))
                    entry.lines = whole.split("\n")
                # Arguments and local variables, where somebody asked for them.
                entry.reprfuncargs = entry.reprlocals = None

    def pytest_unconfigure(self) -> None:
        """Leave the process as it was."""
        if logging.getLogRecordFactory() == self._record:
            logging.setLogRecordFactory(self._make)

    def _record(self, *args: Any, **settings: Any) -> logging.LogRecord:
        """A log record that any handler may show; one that is fine stays as it is."""
        record = self._make(*args, **settings)
        masked = self._mask().logged
        try:
            told = record.getMessage()
        except Exception:  # whoever formats it says what is wrong
            return record
        shown = masked(told)
        if shown != told:
            record.msg, record.args = shown, None
        if record.exc_info:
            traceback = logging.Formatter().formatException(record.exc_info)
            if masked(traceback) != traceback:
                record.exc_text, record.exc_info = masked(traceback), None
        if record.stack_info:
            record.stack_info = masked(record.stack_info)
        return record


def mask_report(report: Any, mask: Mask) -> None:
    """Mask a report of pytest: why it failed or was skipped, and what was captured meanwhile."""
    report.longrepr = _masked(report.longrepr, mask.logged)
    report.sections = [(title, mask.logged(text)) for title, text in report.sections]
    if hasattr(report, "wasxfail"):
        report.wasxfail = mask.logged(report.wasxfail)
    if getattr(report, "user_properties", None):
        report.user_properties = [
            (name, mask.logged(value) if isinstance(value, str) else value)
            for name, value in report.user_properties
        ]


def _masked(told: Any, text: Text) -> Any:
    """A representation as it is, or as text where something in it has to be masked."""
    if told is None:
        return None
    if isinstance(told, tuple):
        return tuple(text(part) if isinstance(part, str) else part for part in told)
    whole = str(told)
    masked = text(whole)
    return told if masked == whole else masked
