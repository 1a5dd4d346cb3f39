"""What `clausewise run` shows while it goes on: what is judged, how far it is, what goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from clausewise.campaign.campaign import Progress
    from clausewise.pack import Pack


def named(pack: Pack, by_default: bool = False) -> str:
    """A pack in words: whose contract it has, and where it is."""
    where = "this folder" if pack.root == Path.cwd() else pack.origin
    if by_default:
        where += ", since no folder from here upward has a clausewise.yaml"
    return f"{pack.contract.name} ({where})"


# Where lines are kept, as in a log of CI: a new one after so many seconds at the earliest.
_BETWEEN_LINES = 1.0


class RunScreen:
    """Lines, and in a terminal a bar. What it is told of a run may come from several threads.

    `output` is a stream of its own: pytest captures the usual one.
    """

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._is_terminal = output.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._phase: tuple[str, str] | None = None
        self._next_line = 0.0
        self._count: Callable[[], int] | None = None
        self._lock = threading.Lock()

    def begin(self, pack: Pack, target: str, count: Callable[[], int], by_default: bool) -> None:
        """Say what will be judged; `by_default`: nobody named the pack.

        The clauses are counted once there is something to tell of the run.
        """
        self.say(f"pack   {named(pack, by_default)}")
        self.say(f"target {target}")
        self._count = count

    def progress(self, progress: Progress) -> None:
        """Show how far a run is."""
        with self._lock:
            self._show(progress)

    def _show(self, progress: Progress) -> None:
        if self._count is not None:
            clauses, self._count = self._count(), None
            self.say(f"{clauses} clause{'' if clauses == 1 else 's'} to judge\n")
        operation = progress.operation
        if not self._is_terminal:
            now = time.monotonic()
            is_due = now >= self._next_line or progress.waiting
            if (operation, progress.phase) != self._phase and is_due:
                self._phase = (operation, progress.phase)
                self._next_line = now + _BETWEEN_LINES
                sent = f"{progress.sent} request{'' if progress.sent == 1 else 's'}"
                self.say(f"{operation}: {progress.phase}, {sent} so far")
            return
        if self._bar is None:
            self._start_bar(operation, progress.planned)
        self._bar.update(
            self._task,
            description=f"{operation}: {progress.phase}",
            completed=progress.sent,
            total=max(progress.planned, progress.sent),
        )

    def _start_bar(self, operation: str, planned: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        # The streams stay pytest's: put back later, those of its capture would be closed.
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            console=Console(file=self._output), transient=True,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        self._bar.start()
        self._task = self._bar.add_task(operation, total=planned)

    def end_bar(self) -> None:
        """Clear the bar: something else will be told."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def quote(self, text: str) -> None:
        """Print what may hold words of the target, below the bar."""
        from clausewise.report.annotations import commands_off

        self.end_bar()
        with commands_off(partial(print, file=self._output, flush=True)):
            self.say(text)

    def say(self, line: str) -> None:
        """Print a line as it is."""
        from clausewise.report.showing import encodable

        print(encodable(line, self._output.encoding), file=self._output, flush=True)
