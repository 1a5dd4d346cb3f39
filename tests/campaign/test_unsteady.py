"""A service that delays, lags, reorders, fails once on the way and locks out has no findings."""

from __future__ import annotations

import pytest

from clausewise.pack.resolving import resolve

from .faults import Run, the_pack
from .lagging import StillClock
from .unsteady import Unsteady
from .whole import carried_out

SEEDS = 50
# Of these, some are run every time.
USUAL = 5
ODDITIES = {"hiccup", "lag", "lock-out", "order"}


def run(seed: int, settle_seconds: float | None = None) -> tuple[Run, set[str]]:
    """A whole run of one seed: what was found, and what oddities it met."""
    clock = StillClock()
    target = Unsteady(seed, clock)
    # The first request may be sent by one connection or by four.
    settled = resolve(
        the_pack(),
        base_url="http://127.0.0.1:1",
        environment={},
        concurrency=1 if seed % 2 else 4,
        settle_seconds=settle_seconds,
    )
    return carried_out(target, settled, clock), target.oddities


@pytest.mark.parametrize(
    "seed",
    [seed if seed < USUAL else pytest.param(seed, marks=pytest.mark.slow) for seed in range(SEEDS)],
)
def test_a_lawful_but_odd_service(seed: int) -> None:
    """Whatever lies before a service that keeps its contract, no finding comes of it."""
    found, oddities = run(seed)
    assert found.findings == {}
    assert found.warnings == {}
    assert oddities >= {"lag", "order"}
    # Nearly all is judged all the same.
    assert len(found.verdicts("upheld")) > 600


def test_the_oddities_are_there() -> None:
    """The seeds that are run every time have each of them."""
    assert set.union(*(run(seed)[1] for seed in range(USUAL))) == ODDITIES


def test_without_a_settle_time_the_same_service_is_red() -> None:
    """It is the waiting that keeps a late service from findings."""
    assert run(1, settle_seconds=0.0)[0].findings
