"""Several requests at a time: which may be, and what they go by."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from clausewise.campaign.at_once import Workers
from clausewise.campaign.campaign import Campaign
from clausewise.exchange import Request, Response
from clausewise.pack import Pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import make_plan
from clausewise.transport.http import HttpTarget
from clausewise.transport.in_process import InProcessTarget

from ..guards import FOR_EVER
from ..transport.raw_server import reply, serving
from .odd import Call, Endpoint, operation, pack_of
from .services import TEXT, WHOLE, members, placed


class Counting:
    """Another target, which counts how many requests of each method are under way at once."""

    kind = "http"

    def __init__(self, target: InProcessTarget | Endpoint) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._now = {"POST": 0, "PUT": 0, "GET": 0}
        self.most = dict(self._now)

    def send(self, request: Request) -> Response:
        """Send, and give others time to come."""
        with self._lock:
            self._now[request.method] += 1
            self.most[request.method] = max(self.most[request.method], self._now[request.method])
        try:
            time.sleep(0.002)
            return self._target.send(request)
        finally:
            with self._lock:
                self._now[request.method] -= 1

    def close(self) -> None:
        """Let go of the other one."""
        self._target.close()


@pytest.mark.parametrize(
    ("operation", "method", "most"),
    [("start_recording", "POST", 4), ("pause_resume_stop_recording", "PUT", 1)],
)
def test_what_changes_no_thing_of_others_goes_out_at_once(
    pack: Pack, operation: str, method: str, most: int
) -> None:
    """Makers below an account do not wait for each other; what changes one thing takes turns."""
    plan = make_plan(pack, operations=[operation], examples=0)
    target = Counting(InProcessTarget(pack.mock()))
    settings = resolve(pack, base_url="http://127.0.0.1:1", concurrency=4)
    run = Campaign(pack, plan, settings, target)
    run.run()
    run.rulings()
    assert target.most[method] == most


@pytest.mark.parametrize("given", [None, 4])
def test_a_stranger_makes_one_thing_at_a_time(tmp_path: Path, given: int | None) -> None:
    """A user's file that is read, then written, holds what came last: `--concurrency` says else."""
    held: list[str] = []

    def answer(call: Call) -> tuple[int, dict[str, bool]]:
        if call.method == "POST":
            known = list(held)
            time.sleep(0.005)
            held[:] = [*known, call.text]
        return (200 if call.method == "GET" else 201), {"ok": True}

    user = members(["name"], name=TEXT, note=TEXT, size=WHOLE)
    made = operation("make", user, status="201")
    listed = operation("list", parameters=[placed(n, WHOLE, "query") for n in ("page", "size")])
    known = pack_of(tmp_path, {"/users": {"post": made, "get": listed}})
    target = Counting(Endpoint(answer))
    settings = resolve(known, base_url="http://127.0.0.1:1", concurrency=given)
    run = Campaign(known, make_plan(known, examples=0), settings, target)
    run.run()
    assert (target.most["POST"] > 1) is (given is not None)
    assert target.most["GET"] > 1
    assert given or len(held) == sum(e.exchange.status == 201 for e in run.ledger.entries)


def test_threads_hand_on_their_connections() -> None:
    """A thread that ends leaves its connection to the next: none piles up over a run."""
    with serving(reply(b"{}"), keep=True) as server:
        target = HttpTarget(Settings(base_url=server.url, path={}))
        for _ in range(5):
            thread = threading.Thread(target=target.send, args=(Request("GET", server.url),))
            thread.start()
            thread.join()
        target.close()
        assert len(server.requests) == 5
        assert server.connections == 1


def test_threads_are_kept_for_a_run_and_no_longer(pack: Pack) -> None:
    """All rounds of a campaign go out by the same few threads; when it is over they end."""
    plan = make_plan(pack, operations=["start_recording"], examples=0)
    settings = resolve(pack, base_url="http://127.0.0.1:1", concurrency=4)
    before, seen = set(threading.enumerate()), set()

    class Watched(Counting):
        def send(self, request: Request) -> Response:
            seen.add(threading.current_thread())
            return super().send(request)

    run = Campaign(pack, plan, settings, Watched(InProcessTarget(pack.mock())))
    run.run()
    senders = {one for one in seen if one.name.startswith("clausewise-sender")}
    assert len(senders) == 4
    for one in senders:
        one.join(FOR_EVER)
    assert not [one for one in set(threading.enumerate()) - before if one in senders]


def test_what_one_of_several_raises_is_raised_when_all_are_over() -> None:
    """Nothing is under way any more when an error is told, and what was done before works again."""
    workers, over = Workers(), []

    def do(number: int) -> list[int]:
        if number == 1:
            raise ValueError("odd")
        time.sleep(0.01)
        over.append(number)
        return [number]

    with pytest.raises(ValueError, match="odd"):
        workers.at_once(range(6), do, 3)
    assert sorted(over) == [0, 2, 3, 4, 5]
    assert workers.at_once([0, 2, 3], do, 3) == [0, 2, 3]
    workers.close()
