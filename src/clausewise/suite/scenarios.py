"""The scenarios of a pack, played by pytest in a run that is driven from outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.errors import EXIT_USAGE
from clausewise.pytest_state import BUG, COMMANDED, DRIVEN, PREFIX, RUN
from clausewise.suite.quoting import Quoting
from clausewise.suite.starting import silenced, usual_arguments

if TYPE_CHECKING:
    import argparse

    from clausewise.suite.run import SuiteRun

# Nothing of a run's is kept for the next one: whoever wants `--lf` has pytest drive. And nobody
# looks through all that there is for what was left open, which takes as long as the scenarios.
_LEFT_OUT = ("-p", "no:cacheprovider", "-p", "no:unraisableexception")


class Stage(Quoting):
    """A pytest plugin: there is a run already, and of a pack's tests nothing but scenarios."""

    def __init__(self, run: SuiteRun, quote: Callable[[str], None]) -> None:
        super().__init__(quote)
        self._run = run
        self.bug = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Hand the run over."""
        config.stash[RUN] = self._run
        config.stash[DRIVEN] = config.stash[COMMANDED] = True

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take note of whether an error of our own ended the run."""
        self.bug = config.stash.get(BUG, False)

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out what has no scenario, and what lies beside the pack's tests."""
        if collection_path.suffix != ".py":
            return None
        return b"scenario" not in collection_path.read_bytes() or None


def play_all(run: SuiteRun, options: argparse.Namespace, quote: Callable[[str], Any]) -> int:
    """Have pytest play every scenario of the run's pack; gives its exit code, 0 without any.

    The run begins to send, if it does not yet, once it is known which there are. `quote` is told
    what goes wrong that is no verdict. Raises UsageError for a full disk and the like.
    """
    pack = run.pack
    stage = Stage(run, quote)
    arguments = [str(pack.tests), *usual_arguments(pack), *_LEFT_OUT]
    arguments.append(f"{PREFIX}pack={options.pack or pack.origin}")
    arguments += [f"{PREFIX}include={word}" for word in options.include]
    arguments += [f"{PREFIX}exclude={word}" for word in options.exclude]
    with silenced():
        code = int(pytest.main(arguments, plugins=[stage]))
    if stage.mistake is not None:
        raise stage.mistake
    if stage.bug:
        return int(pytest.ExitCode.INTERNAL_ERROR)
    if stage.unread:
        return EXIT_USAGE
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code
