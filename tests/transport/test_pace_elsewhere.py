"""A target elsewhere is asked four times a second at most, what undoes included."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from clausewise.campaign.campaign import Campaign
from clausewise.campaign.pacing import Pace
from clausewise.exchange import Request, Response
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import make_plan

from ..campaign.small import Service, pack_of

URL = "http://staging.example"
SLOTS = ["5f0c7b1e-94d3-4c7a-8a55-2f6be1d0c9a4", "97440c6a-140b-40a9-9499-b23fd7a38686"]


class _Clock:
    """A clock that goes on only while somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.wait)

    def wait(self, seconds: float) -> None:
        """Let so much time go by."""
        self.now += max(0.0, seconds)


class _Timed(Service):
    """The service of the small pack, and when it was asked what."""

    clock: _Clock
    times: list[tuple[float, str]]

    def send(self, request: Request) -> Response:
        """Answer at once."""
        self.times.append((self.clock.now, request.method))
        return super().send(request)


@pytest.mark.parametrize("leased", [True, False])
def test_a_whole_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leased: bool) -> None:
    """Every request counts: of the plan, of supplies, of diagnosis, and those that undo."""
    profile = {"base_url": URL, "resources": {"slot": SLOTS if leased else []}}
    pack = pack_of(tmp_path, profiles={"staging": profile})
    plan = make_plan(pack, examples=0)
    settings = resolve(pack, profile="staging", environment={})
    assert (settings.rate, settings.concurrency) == (4.0, 1)
    target = _Timed(pack)
    target.times = []
    target.clock = _Clock(monkeypatch)
    campaign = Campaign(pack, plan, settings, target)
    monkeypatch.setattr(campaign.sender.pace, "_woken", target.clock)
    campaign.run()

    assert campaign.complete
    created = campaign.sender.created
    assert created.undone == len(target.things.states) > 10
    # Of notes there is no DELETE: each that was written is told as left over.
    assert created.started - created.undone == len(target.things.notes) == len(created.left_over)
    moments = [moment for moment, _ in target.times]
    assert len(moments) > campaign.sender.requests > 50
    waits = [later - sooner for sooner, later in zip(moments, moments[4:], strict=False)]
    assert min(waits) >= 0.999


@pytest.mark.parametrize("told", ["5", None])
def test_patience_while_undoing(monkeypatch: pytest.MonkeyPatch, told: str | None) -> None:
    """A target that is busy is asked again as late as it says, also after the end of the run."""
    clock = _Clock(monkeypatch)
    asked: list[float] = []
    headers = (("Retry-After", told),) if told else ()

    class Busy:
        kind = "http"

        def send(self, request: Request) -> Response:
            asked.append(clock.now)
            return Response(429 if len(asked) < 3 else 200, headers, b"", 0.0)

        def close(self) -> None:
            pass

    pace = Pace(Settings(base_url=URL, path={}, rate=4.0))
    pace.stop("the run was stopped")
    assert pace.undo(Busy(), Request("PUT", URL)).status == 200
    assert asked == ([1000.0, 1005.0, 1010.0] if told else [1000.0, 1001.0, 1003.0])
