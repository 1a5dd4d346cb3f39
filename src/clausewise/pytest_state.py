"""What a pytest session knows of its contract tests. Imports nothing of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.options import run_options

if TYPE_CHECKING:
    from clausewise.contract import Clause
    from clausewise.marks import Scenery
    from clausewise.report import Report

# The pack whose tests were collected, and the run that judges by it.
PACK = pytest.StashKey[Any]()
RUN = pytest.StashKey[Any]()
# Why the contract cannot be judged at all, and the exit code that this means.
TROUBLE = pytest.StashKey[str]()
CODE = pytest.StashKey[int]()
# Whether there are tests of other kinds, which go on whatever becomes of ours.
MIXED = pytest.StashKey[bool]()
# Whether an error of our own ended the run.
BUG = pytest.StashKey[bool]()
# Whether the run is driven by who started pytest: then there is one already, pytest plays its
# scenarios alone, and has nothing to do with its end.
DRIVEN = pytest.StashKey[bool]()
# Whether `clausewise run` started pytest: then all that is asked for stands in our own options.
COMMANDED = pytest.StashKey[bool]()
# The records that workers of xdist handed over, and the journals that they wrote as they went.
PARTS = pytest.StashKey[list[Any]]()
JOURNALS = pytest.StashKey[list[Path]]()
# The clauses that have a test item of the pack.
TESTED = pytest.StashKey[set[str]]()
# The ids of the clauses to judge, as far as the options say.
MEANT = pytest.StashKey[frozenset[str]]()
# The first contract test that names what is not in the contract, and why it may not be.
IN_VAIN = pytest.StashKey[str]()
# The report of a run that is over, and its files as their user would name them.
REPORT = pytest.StashKey[Any]()
FILES = pytest.StashKey[list[Path]]()
# What the process did on signals before the run, by signal.
SIGNALS = pytest.StashKey[dict[int, Any]]()
# Whoever runs pytest in this process may put a function here, to be told of every exchange.
LISTENER = pytest.StashKey[Any]()

# The marks of contract tests: one item for each clause of an operation or a rule, or a scenario.
OF_CLAUSES = ("clauses", "rule")
MARKS = (*OF_CLAUSES, "scenario")

# One test for every clause of a contract: of packs without tests, and behind those of others.
DEFAULT_SUITE = Path(__file__).with_name("suite") / "default_suite.py"
PREFIX = "--clausewise-"
_TARGETS = ("--base-url", "--profile", f"{PREFIX}base-url", f"{PREFIX}profile")


def option(config: pytest.Config, name: str) -> Any:
    """The value of one of our options, by its name in Python; None where it was not declared."""
    return config.getoption(f"clausewise_{name}", None)


def options_of(config: pytest.Config) -> dict[str, Any]:
    """The options of a run, by name.

    Where no target is named, that of pytest-base-url is taken, which has an option `base_url`.
    """
    options = {name: option(config, name) for name in run_options()}
    elsewhere = config.getoption("base_url", None)
    if not config.stash.get(COMMANDED, False) and isinstance(elsewhere, str) and elsewhere:
        named = options["base_url"] is not None or options["profile"] is not None
        options["base_url"] = options["base_url"] if named else elsewhere
    return options


def target_was_named(config: pytest.Config, as_ours: bool = False) -> bool:
    """Whether the command line names a target: who does so wants it judged.

    `as_ours`: by an option that no other plugin has.
    """
    words = [str(word).partition("=")[0] for word in config.invocation_params.args]
    names = [name for name in _TARGETS if name.startswith(PREFIX) or not as_ours]
    commanded = config.stash.get(COMMANDED, False) and not as_ours
    return commanded or any(word in names for word in words)


def run_of(config: pytest.Config) -> Any:
    """The run of this session, a `suite.run.SuiteRun`; None where there is none."""
    return config.stash.get(RUN, None)


def in_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def is_controller(config: pytest.Config) -> bool:
    """Whether this process only hands tests out to workers of pytest-xdist."""
    return config.pluginmanager.hasplugin("dsession")


def clause_of(item: pytest.Item) -> Clause | None:
    """The clause that a test item is about."""
    clause = _parameter(item, "clause")
    return clause if type(clause).__name__ == "Clause" else None


def scenery_of(item: pytest.Item) -> Scenery | None:
    """What the scenario that a test item plays declares."""
    scenery = _parameter(item, "scenario")
    return scenery if type(scenery).__name__ == "Scenery" else None


def is_clause(item: pytest.Item) -> bool:
    """Whether a test item is about a clause."""
    return clause_of(item) is not None


def is_scenario(item: pytest.Item) -> bool:
    """Whether a test item plays a scenario."""
    return scenery_of(item) is not None


def is_ours(item: pytest.Item) -> bool:
    """Whether a test item is a contract test, or what pytest makes of one that has no clauses."""
    if is_clause(item) or is_scenario(item):
        return True
    marked = any(item.get_closest_marker(name) for name in OF_CLAUSES)
    return marked and "clause" in getattr(item, "fixturenames", ())


def report_of(config: pytest.Config) -> Report | None:
    """The report of a finished run, for whoever ran pytest in this process."""
    report: Report | None = config.stash.get(REPORT, None)
    return report


def reports_of(config: pytest.Config) -> list[Path]:
    """The report files of a finished run, as their user would name them."""
    files: list[Path] = config.stash.get(FILES, [])
    return files


def trouble_of(config: pytest.Config) -> str | None:
    """Why the target could not be judged at all, if it could not."""
    return config.stash.get(TROUBLE, None)


def tell_trouble(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """Let tests of other kinds speak for themselves, unless somebody named a target to judge."""
    config = session.config
    unnoticed = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if TROUBLE in config.stash and unnoticed and target_was_named(config):
        session.exitstatus = config.stash[CODE]


def _parameter(item: pytest.Item, name: str) -> Any:
    spec = getattr(item, "callspec", None)
    return spec.params.get(name) if spec is not None else None
