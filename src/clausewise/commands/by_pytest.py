"""`clausewise run` with arguments of pytest: pytest drives, and each clause is an item."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Imported before pytest starts, our modules are not searched for asserts to rewrite.
import clausewise.suite.items  # noqa: F401  # for that alone
from clausewise.commands.closing import close
from clausewise.commands.driving import end_like_an_interrupt
from clausewise.commands.watching import Watcher
from clausewise.options import spelt
from clausewise.pytest_state import DEFAULT_SUITE, PREFIX
from clausewise.suite.starting import silenced, usual_arguments

if TYPE_CHECKING:
    import argparse

    from clausewise.commands.screen import RunScreen
    from clausewise.pack import Pack

# With one of these, pytest's own output is what the user wants to see.
_TALKATIVE = ("-v", "--verbose", "-s", "--pdb", "--collect-only", "--co", "--durations", "-h")

# Options of pytest whose value may be the name of a file that is no test.
_VALUED = (
    "-c", "--config-file", "-k", "-m", "-p", "-o", "-W", "-n", "--junitxml", "--junit-xml",
    "--rootdir", "--confcutdir", "--basetemp", "--ignore", "--ignore-glob", "--deselect",
    "--log-file", "--dist",
)  # fmt: skip


def run_by_pytest(
    options: argparse.Namespace,
    pack: Pack,
    screen: RunScreen,
    begin: Callable[[Callable[[], int]], None],
) -> int:
    """Run the suite; gives pytest's exit code, or what the report made of it.

    `begin` says on the screen what will be judged.
    """
    end_like_an_interrupt()  # and the report is written
    quiet = not any(
        word == talk or word.startswith(f"{talk}=") or (talk == "-v" and word.startswith("-v"))
        for word in options.rest
        for talk in _TALKATIVE
    )
    watcher = Watcher(begin, screen, quiet)
    with silenced(quiet):
        try:
            code = int(pytest.main(_arguments(options, pack), plugins=[watcher]))
        except KeyboardInterrupt:  # another one, while pytest was about the first
            code = int(pytest.ExitCode.INTERRUPTED)
    if watcher.mistake is not None:
        raise watcher.mistake
    close(pack, watcher.report if quiet else None, watcher.reports, watcher.trouble)
    return code


def _arguments(options: argparse.Namespace, pack: Pack) -> list[str]:
    """The command line for pytest."""
    before = ["", *options.rest]
    paths = [w for at, w in enumerate(options.rest) if before[at] not in _VALUED and _is_path(w)]
    # What the pack's own tests leave out is judged all the same.
    arguments = [] if paths else list(dict.fromkeys([str(pack.tests), str(DEFAULT_SUITE)]))
    arguments += usual_arguments(pack)
    # A pack in site-packages must stay as it is: the cache goes where the user is.
    if "no:cacheprovider" not in options.rest:  # without it, pytest knows no `cache_dir`
        arguments += ["-o", f"cache_dir={Path.cwd() / '.pytest_cache'}"]
    arguments += spelt(vars(options), PREFIX)
    if options.pack is None:
        arguments.append(f"{PREFIX}pack={pack.origin}")
    return [*arguments, *options.rest]


def _is_path(word: str) -> bool:
    return not word.startswith("-") and ("::" in word or Path(word).exists())
