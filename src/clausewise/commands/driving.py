"""`clausewise run` with none of pytest's arguments: the campaign is driven here.

Pytest is started for the scenarios of the pack alone, and only where they ask something of it.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

    from clausewise.commands.screen import Screen
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
    clauses: Sequence[Clause],
    screen: Screen,
) -> int:
    """Run the campaign, write the reports, and tell; gives the exit code."""
    from clausewise.commands.closing import close

    plays = _who_plays(options, pack)
    scenarios = None if plays == "pytest" else [one for one, _ in _scenarios_of(pack, plays)]
    run = open_run(
        pack,
        vars(options),
        Path.cwd(),
        clauses,
        listen=screen.progress,
        scenarios=scenarios,
        settings=settings,
    )
    with _called_off_by_signals(run):
        try:
            code = _carry_out(run, options, plays, screen)
            screen.end_bar()
            if code in (EXIT_INTERNAL, EXIT_USAGE):  # it was told already
                run.abandon()
                return code
            screen.say("judging what came, writing the reports")
            records = run.records()
            report = run.finish(records, code)
        except KeyboardInterrupt:  # another one, or while reports were written
            close(pack, None, (), advice(run.journal.path if run.journal is not None else None))
            return EXIT_INTERRUPTED
        except Exception as error:
            return _broken_off(run, error, screen)
    close(pack, report, () if run.trouble else run.shown_files, run.trouble)
    return report.run.exit_code


def _who_plays(options: argparse.Namespace, pack: Pack) -> str | None:
    """Who plays the scenarios of the pack: `pytest`, `we`, or nobody where there are none."""
    if not has_scenarios(pack):
        return None
    from clausewise.suite.plain import are_plain

    # A selection of clauses is one of scenarios, too, and pytest's plugin makes it.
    selects = options.include or options.exclude
    return "we" if not selects and are_plain(pack.tests) else "pytest"


def _scenarios_of(pack: Pack, plays: str | None) -> Sequence[tuple[Scenery, Any]]:
    return pack.scenarios if plays == "we" else ()


def _carry_out(
    run: SuiteRun, options: argparse.Namespace, plays: str | None, screen: Screen
) -> int:
    """Send all that is planned; gives a code as pytest would, 2 where it was interrupted."""
    try:
        if plays == "pytest":
            from clausewise.suite.scenarios import play_all

            # Budgets and selections have to know of all scenarios before anything is planned.
            if not (options.max_requests or options.include or options.exclude):
                _start(run)
                # What pytest takes to import would keep the first request waiting.
                run.session.campaign.until_ready()
            code = play_all(run, options, screen.quote)
        else:
            _start(run)
            code = 0
            if plays == "we":
                from clausewise.suite.plain import play_here

                code = play_here(run, screen.quote)
        if code not in (EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_USAGE):
            run.session.finished()
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    if code == EXIT_INTERRUPTED:
        run.session.stop("the run was stopped")
    return code


def _start(run: SuiteRun) -> None:
    """Begin to send. What was read and planned is no garbage: nobody looks through it again."""
    run.start()
    looked_for_seldom()


def _broken_off(run: SuiteRun, error: Exception, screen: Screen) -> int:
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
