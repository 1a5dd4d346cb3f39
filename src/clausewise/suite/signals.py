"""Signals: a run that is called off ends in good order, and the process is left as it was."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.pytest_state import SIGNALS

if TYPE_CHECKING:
    from clausewise.suite.run import SuiteRun


def heed_signals(config: pytest.Config, run: SuiteRun) -> None:
    """A run that is called off ends like Ctrl-C: what was made is undone, and reported.

    Interrupts are counted where they come: the second one ends the run, wherever pytest or a
    plugin is with the first one.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def interrupted(_: int, __: Any) -> None:
        if run.session.interrupt():
            raise KeyboardInterrupt

    ours: dict[int, tuple[Any, ...]] = {
        signal.SIGINT: (signal.default_int_handler,),
        signal.SIGTERM: (signal.default_int_handler, signal.SIG_DFL),
    }
    if hangup := getattr(signal, "SIGHUP", None):  # a terminal that is closed
        ours[hangup] = ours[signal.SIGTERM]
    config.stash[SIGNALS] = {
        number: signal.signal(number, interrupted)
        for number, usual in ours.items()
        if signal.getsignal(number) in usual
    }


def leave_signals(config: pytest.Config) -> None:
    """Do on signals what the process did before the run."""
    for number, handler in config.stash.get(SIGNALS, {}).items():
        signal.signal(number, handler)
