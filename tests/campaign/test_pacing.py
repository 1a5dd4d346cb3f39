"""Pace and patience: waiting as long as the target asks, and stopping where it has gone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from clausewise.campaign import pacing
from clausewise.campaign.pacing import MOST_CRASHES, MOST_UNANSWERED, retry_after
from clausewise.exchange import Request, Response
from clausewise.pack.settings import Settings
from clausewise.record.policy import Policy
from clausewise.record.record import FELL_SILENT, PutOff
from clausewise.report.model import make_report
from clausewise.transport.target import Failed

from ..guards import FOR_EVER
from .faults import FaultyTarget, reply, run, text, the_pack, the_plan
from .odd import Answer, Call, carried_out, operation, pack_of
from .services import TEXT, members


def _asking(value: str) -> Response:
    return Response(429, (("Retry-After", value),), b"", 0.0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0.0), ("7", 7.0), (" 12 ", 12.0), ("soon", None), ("", None), ("-3", None), ("²", None)],
)
def test_seconds_to_wait(value: str, seconds: float | None) -> None:
    """A number of seconds is read, and nothing else is taken for one."""
    assert retry_after(_asking(value)) == seconds


def test_a_moment_to_wait_for() -> None:
    """An HTTP date counts from now on; one that is over means no wait."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    told = retry_after(_asking(format_datetime(soon, usegmt=True)))
    assert told is not None
    assert 3600 - FOR_EVER < told <= 3600
    assert retry_after(_asking("Wed, 21 Oct 2015 07:28:00 GMT")) == 0.0


class _Gone(FaultyTarget):
    """The mock, which answers otherwise after some requests."""

    def __init__(self, after: int, answer: Response | None) -> None:
        super().__init__()
        self.left = after
        self.answer = answer

    def send(self, request: Request) -> Response:
        """Answer as long as it is there."""
        self.left -= 1
        if self.left >= 0:
            return super().send(request)
        if self.answer is None:
            raise Failed("connection refused", unreachable=True)
        return self.answer


def test_a_target_that_goes_away_ends_the_run() -> None:
    """After some requests without a reply nothing more is sent; what was seen is judged."""
    found = run(target=_Gone(50, None))
    assert found.requests == 50 + MOST_UNANSWERED
    assert found.campaign.stopped_because is not None
    assert found.campaign.stopped_because.startswith("the target has gone: 20 requests in a row")
    assert found.findings == {}
    assert not found.campaign.complete
    assert found.verdict("200#/data/id:format") == "upheld"
    # What was seen is upheld, and yet nobody is told that all is well.
    record, enough = found.campaign.record(), Policy(min_judged=0)
    assert make_report(record, contract=the_pack().contract, policy=enough).run.exit_code == 6


def test_a_target_that_has_gone_is_not_waited_for_thing_by_thing() -> None:
    """After three requests in a row to undo something that got no reply, no other one is sent."""
    request = Request("DELETE", "http://127.0.0.1:9/things/7")
    pace = pacing.Pace(Settings(base_url="http://127.0.0.1:9", path={}))
    target = _Gone(0, None)
    for _ in range(2):
        with pytest.raises(Failed, match="connection refused"):
            pace.undo(target, request)
    assert pace.undo(_Gone(0, text(204)), request).status == 204
    said = []
    for _ in range(9):
        with pytest.raises(Failed) as caught:
            pace.undo(target, request)
        said.append(str(caught.value))
    assert said[:3] == ["connection refused"] * 3
    assert set(said[3:]) == {"not asked: 3 such requests in a row got no reply"}
    assert target.left == -5


def test_a_target_that_is_busy_for_ever_is_not_waited_for_thing_by_thing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two things are asked for again where a target here says no word on how long; others once."""
    monkeypatch.setattr(pacing, "_FIRST_HERE", 0.0)
    pace = pacing.Pace(Settings(base_url="http://127.0.0.1:9", path={}))
    target, sent = _Gone(0, text(503)), []
    for _ in range(4):
        before = target.left
        assert pace.undo(target, Request("DELETE", "http://127.0.0.1:9/things/7")).status == 503
        sent.append(before - target.left)
    assert sent == [pacing.MOST_WAITS + 1, pacing.MOST_WAITS + 1, 1, 1]


@pytest.mark.parametrize("dies", [True, False])
def test_the_request_with_which_a_silence_began_is_told(tmp_path: Path, dies: bool) -> None:
    """A target that one request ended answers nothing more, so nobody can ask for that again."""
    body = members([], name=TEXT, size=TEXT)
    names = ("grant", "give", "lend")
    paths = {f"/{name}": {"post": operation(name, body)} for name in names}
    gone: list[str] = []

    def handler(call: Call) -> Answer:
        if gone:
            raise Failed("connection refused", unreachable=True)
        if call.method == "POST" and isinstance(call.body, dict) and call.body.keys() == {"name"}:
            gone.extend([call.text] if dies else [])
            return Failed("the connection was closed")
        return 200, {"ok": True}

    campaign = carried_out(pack_of(tmp_path, paths), handler).campaign
    noted = [note.entry for note in campaign.ledger.notes if note.kind == FELL_SILENT]
    told = [campaign.ledger.entries[number - 1].exchange.request for number in noted]
    assert [(one.content or b"").decode() for one in told] == gone
    assert (len(gone), campaign.complete) == ((1, False) if dies else (0, True))
    if dies:
        assert f"it began with grant, exchange {noted[0]} (the connection was closed)" in (
            campaign.stopped_because or ""
        )


@pytest.mark.parametrize("status", [409, 502])
def test_a_target_that_answers_now_and_then_has_not_gone(status: int) -> None:
    """Any answer of its own breaks a row of requests without a reply; one of a gateway does not."""

    class Now(FaultyTarget):
        asked = 0

        def send(self, request: Request) -> Response:
            self.asked += 1
            if self.asked <= 50:
                return super().send(request)
            if self.asked % 3:
                raise Failed("no reply within 30 s")
            return text(status)

    stopped = run(target=Now()).campaign.stopped_because
    assert (stopped is None) == (status == 409)
    assert stopped is None or stopped.startswith("the target has gone: 20 requests in a row")


def test_a_target_that_only_crashes_ends_the_run() -> None:
    """The same after many lawful requests that were answered with 5xx."""
    found = run(target=_Gone(1, text(502)))
    assert found.requests <= MOST_CRASHES + len(the_plan().cases) // 2
    assert found.findings == {"start_recording:status": "violated"}


def test_patience_is_counted() -> None:
    """Waits are told: how often, and for how long."""
    asked: list[float] = []

    class Busy(FaultyTarget):
        def send(self, request: Request) -> Response:
            asked.append(time.monotonic())
            if len(asked) == 5:
                return reply(429, {}, ("Retry-After", "0"))
            return super().send(request)

    found = run(target=Busy())
    pace = found.campaign.sender.pace
    assert (pace.put_off, found.requests) == (1, len(asked))
    assert found.findings == {}
    assert found.campaign.record().put_off == PutOff(1, round(pace.waited, 3))


def test_patience_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that asks to wait for ever is waited for so long, and every pause is told."""
    monkeypatch.setattr(pacing, "LONGEST_PATIENCE", 0.05)
    told: list[float] = []
    pace = pacing.Pace(Settings(base_url="http://127.0.0.1:9", path={}), waiting=told.append)

    class Asking(FaultyTarget):
        def send(self, request: Request) -> Response:
            return Response(503, (("Retry-After", "1"),), b"", 0.0)

    pace._woken.set()  # nobody has to wait in a test
    request = Request("GET", "http://127.0.0.1:9/")

    def ask() -> None:
        for _ in range(1000):
            pace.waited += 0.02
            pace.exchange(Asking(), "any", request)

    with pytest.raises(pacing.Stopped, match=r"asked for patience . times, and 0\.05 s"):
        ask()
    assert set(told) == {1.0}
    assert len(told) < 20
    # What was made is taken back all the same, without any more patience.
    assert pace.undo(Asking(), request).status == 503
