"""The fixtures of contract tests. They are there only where contract tests are collected.

`clausewise_judge`, which any test may use, belongs into `pytest_plugin`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.pytest_state import BUG, CODE, MIXED, TROUBLE, in_worker, run_of

if TYPE_CHECKING:
    from clausewise.campaign.scenario import PlayedScenario
    from clausewise.suite.items import JudgedItem
    from clausewise.suite.run import SuiteRun


@pytest.fixture
def clause(request: pytest.FixtureRequest) -> JudgedItem:
    """One clause of the contract, with its verdict."""
    from clausewise.suite.items import JudgedItem

    judged = JudgedItem(request.param, _run(request.config))
    with ending_the_run(request.session):
        judged.ruling  # noqa: B018  # it waits
    return judged


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Iterator[PlayedScenario]:
    """Requests one after the other, judged like all others, and what they show of rules."""
    run = _run(request.config)
    with ending_the_run(request.session):
        played = run.play(request.param)
    yield played
    if request.session.shouldfail or request.session.shouldstop:
        run.session.stop("the run was stopped")
    run.session.scenario_over()


def _run(config: pytest.Config) -> SuiteRun:
    run: SuiteRun | None = run_of(config)
    if run is None:
        pytest.skip(config.stash[TROUBLE])
    return run


@contextmanager
def ending_the_run(session: Any, own_code: bool = False) -> Iterator[None]:
    """End the run where the target cannot be judged, or where we have a bug.

    With `own_code`, what else goes wrong is the user's, and fails one test. Tests of other kinds
    go on whatever the target is.
    """
    from clausewise.errors import ClausewiseError, TargetError, mistake_of

    config = session.config
    if TROUBLE in config.stash:
        pytest.skip(config.stash[TROUBLE])
    try:
        try:
            yield
        except OSError as error:
            raise (None if own_code else mistake_of(error)) or error from None
    except ClausewiseError as error:
        if own_code and not isinstance(error, TargetError):
            raise
        run = run_of(config)
        # It quotes what the target said.
        told = run.mask.text(str(error)) if run is not None else str(error)
        config.stash[TROUBLE], config.stash[CODE] = told, error.exit_code
        if run is not None:
            run.session.stop(told)
        if config.stash.get(MIXED, False):
            pytest.skip(told)
        if in_worker(config):
            # The controller is told when this worker is done: it ends the run with the exit code.
            session.shouldstop = told
            pytest.skip(told)
        pytest.exit(told, returncode=error.exit_code)
    except Exception:
        if own_code:
            raise
        # Our bug: show it once, not once an item.
        config.stash[BUG] = True
        session.shouldstop = "internal error of clausewise"
        raise
