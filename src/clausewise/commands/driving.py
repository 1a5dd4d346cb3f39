"""`clausewise run` with none of pytest's arguments: the campaign is driven here.

Pytest is started for the scenarios of the pack alone, and only where they ask something of it.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clausewise.campaign.session import is_about
from clausewise.commands.garbage import looked_for_seldom
from clausewise.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    ClausewiseError,
    mistake_of,
)
from clausewise.suite.run import SuiteRun, advice, open_run

if TYPE_CHECKING:
    import argparse

    from clausewise.commands.screen import RunScreen
    from clausewise.contract import Clause
    from clausewise.marks import Scenery
    from clausewise.pack import Pack
    from clausewise.pack.settings import Settings

# What calls a job off, where the system has it.
_CALLING_OFF = ("SIGTERM", "SIGHUP")


def drive(
    options: argparse.Namespace,
    pack: Pack,
    settings: Settings,
    clauses: Sequence[Clause] | None,
    screen: RunScreen,
) -> int:
    """Run the campaign, write the reports, and tell; gives the exit code.

    `clauses` are those to judge, None for all.
    """
    from clausewise.commands.closing import close

    plays = _Plays(pack, options, clauses)
    run = open_run(
        pack,
        vars(options),
        Path.cwd(),
        clauses,
        listen=screen.progress,
        scenarios=plays.known,
        settings=settings,
    )
    with _called_off_by_signals(run):
        try:
            code = _carry_out(run, plays, screen)
            screen.end_bar()
            if code in (EXIT_INTERNAL, EXIT_USAGE):  # it was told already
                run.abandon()
                return code
            screen.say("judging what came, writing the reports")
            gc.disable()  # what is made now is written, and then the process ends
            records = run.records()
            report = run.finish(records, code)
        except KeyboardInterrupt:  # another one, or while reports were written
            close(pack, None, (), advice(run.journal.path if run.journal is not None else None))
            return EXIT_INTERRUPTED
        except Exception as error:
            return _broken_off(run, error, screen)
    close(pack, report, () if run.trouble else run.shown_files, run.trouble)
    return report.run.exit_code


class _Plays:
    """Who plays the scenarios of a pack, and when it is known which there are."""

    def __init__(
        self, pack: Pack, options: argparse.Namespace, clauses: Sequence[Clause] | None
    ) -> None:
        self.pack = pack
        self.options = options
        self.are_there = has_scenarios(pack)
        self._clauses = clauses
        # Neither to read the scenarios nor to import pytest keeps the first request waiting, but
        # budgets and selections have to know of all of them before anything is planned.
        self.may_wait = clauses is None and not options.max_requests

    @cached_property
    def here(self) -> bool:
        """Whether we play them ourselves, and not pytest."""
        from clausewise.suite.plain import are_plain

        return are_plain(self.pack.tests)

    @property
    def known(self) -> tuple[Scenery, ...] | None:
        """The scenarios, as far as they are known when the run is opened; None is not yet."""
        if not self.are_there:
            return ()
        if self.may_wait or not self.here:
            return None
        return tuple(scenery for scenery, _ in self.ours)

    @cached_property
    def ours(self) -> tuple[tuple[Scenery, Callable[[Any], None]], ...]:
        """Those that we play, each with its function: a selection of clauses selects them, too."""
        if self._clauses is None:
            return self.pack.scenarios
        meant = {clause.id for clause in self._clauses}
        return tuple(
            one for one in self.pack.scenarios if is_about(one[0], self.pack.contract, meant)
        )


def _carry_out(run: SuiteRun, plays: _Plays, screen: RunScreen) -> int:
    """Send all that is planned; gives a code as pytest would, 2 where it was interrupted."""
    try:
        code = _sent(run, plays, screen)
        if code not in (EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_USAGE):
            run.session.finished()
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    if code == EXIT_INTERRUPTED:
        run.session.stop("the run was stopped")
    return code


def _sent(run: SuiteRun, plays: _Plays, screen: RunScreen) -> int:
    """Begin, and play the scenarios; gives a code as pytest would.

    What was read until then is no garbage: nobody looks through it again.
    """
    waits = plays.are_there and plays.may_wait
    if waits:
        run.start()
        run.session.campaign.until_ready()
        looked_for_seldom()
    if plays.are_there and not plays.here:
        from clausewise.suite.scenarios import play_all

        return play_all(run, plays.options, screen.quote)
    if waits:
        run.session.expect(tuple(scenery for scenery, _ in plays.ours))
    else:
        run.start()
        looked_for_seldom()
    if not plays.are_there:
        return 0
    from clausewise.suite.plain import play_here

    return play_here(run, plays.ours, screen.quote)


def _broken_off(run: SuiteRun, error: Exception, screen: RunScreen) -> int:
    """Tell why a run ended without a report; gives the exit code."""
    from clausewise.commands.closing import close

    screen.end_bar()
    told = mistake_of(error) if not isinstance(error, ClausewiseError) else error
    if told is None:
        import traceback

        text = run.mask.logged("".join(traceback.format_exception(error)))
        run.abandon()
        print(text, file=sys.stderr, flush=True)
        return EXIT_INTERNAL
    close(run.pack, None, (), run.given_up(run.mask.text(str(told)), told.exit_code))
    return told.exit_code


def has_scenarios(pack: Pack) -> bool:
    """Whether a test file of the pack may have a scenario: it says so where it has one."""
    if not pack.tests.is_dir():
        return False
    for path in pack.tests.rglob("*.py"):
        with suppress(OSError):  # pytest says what is wrong with it
            if b"scenario" in path.read_bytes():
                return True
    return False


def end_like_an_interrupt() -> None:
    """Have a job that is called off end like Ctrl-C: what was made is undone."""
    for number in _calling_off():
        signal.signal(number, signal.default_int_handler)


def _calling_off() -> Iterator[signal.Signals]:
    return (getattr(signal, name) for name in _CALLING_OFF if hasattr(signal, name))


@contextmanager
def _called_off_by_signals(run: SuiteRun) -> Iterator[None]:
    """A run that is called off undoes what it made, and reports.

    Interrupts are counted where they come: the second one ends the run, wherever it is with the
    first one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(_: int, __: Any) -> None:
        if run.session.interrupt():
            raise KeyboardInterrupt

    before = {}
    for number in (signal.SIGINT, *_calling_off()):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup leaves it
            before[number] = signal.signal(number, interrupted)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
