"""How fast a campaign sends and judges, next to a bare loop of `httpx.Client.post`.

Both send the same requests to the same server on loopback, in turns: a round of one, a round of
the other. The bare loop only sends; a campaign builds its requests, sends, judges every reply and
ends with a verdict for each clause. What is told are medians, and of ratios the median over rounds.

`--connections N` asks a server that takes 20 ms by so many connections instead, next to as many
threads with an `httpx.Client` each, and as many that send by this transport and look at nothing;
the ideal is a reply every 20 ms on every connection. It is told, too, what went out alone.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from itertools import accumulate

import httpx
from msgspec.structs import replace

from benchmarks.server import OPERATION, PACK, WAIT, count, started
from clausewise.campaign.campaign import Campaign
from clausewise.campaign.requests import Wire
from clausewise.exchange import Request, Response
from clausewise.pack import Pack, find_pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import Plan, make_plan
from clausewise.transport.http import HttpTarget
from clausewise.transport.target import Target

GOAL, WAITING_GOAL = 0.9, 0.85
NEEDED = ("clausewise", "httpx", "hypothesis", "jsonschema-rs", "uvicorn")


@dataclass(frozen=True)
class Round:
    """One round of one contender, in seconds."""

    wall: float
    cpu: float
    requests: int


@dataclass(frozen=True)
class Told:
    """What is told of one contender; `ratio` is its rate over that of the bare loop."""

    name: str
    concurrency: int
    requests_per_second: float
    cpu_us_per_request: float
    ratio: float
    ratio_low: float
    ratio_high: float
    cpu_ratio: float


@dataclass(frozen=True)
class Result:
    """One server's numbers. `served` was counted by the server, `sent` by the contenders."""

    server: str
    rounds: int
    requests_a_round: int
    sent: int
    served: int
    contenders: tuple[Told, ...]


def prebuilt(pack: Pack, plan: Plan, settings: Settings) -> list[Request]:
    """The plan's requests, with resources of their own."""
    resource = next(iter(pack.resources.values()), None)
    leased = dict(resource.members) if resource else {}
    wire = Wire(settings, leased, resource.name if resource else None)
    return [wire.request(pack.contract.operations[c.operation], c) for c in plan.cases]


def bare(requests: list[Request]) -> Round:
    """Send them with one client, one after the other."""
    calls = [(r.url, dict(r.headers), r.content) for r in requests]
    wall, cpu = time.perf_counter(), time.process_time()
    with httpx.Client(verify=False, trust_env=False) as client:  # noqa: S501  # plain http
        for url, headers, content in calls:
            client.post(url, headers=headers, content=content)
    return Round(time.perf_counter() - wall, time.process_time() - cpu, len(calls))


def campaign(
    pack: Pack,
    plan: Plan,
    settings: Settings,
    conforming: bool = True,
    target: Target | None = None,
) -> Round:
    """Run a campaign to its last verdict; `target` is what sends.

    Raises RuntimeError when a verdict of a conforming server is a finding. Canned replies are none:
    the same ones come for things that are new, and for requests that the plan alone has.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    run = Campaign(pack, plan, settings, target or HttpTarget(settings))
    run.run()
    rulings = run.rulings()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    odd = [r.clause.id for r in rulings.values() if r.verdict not in ("upheld", "unexercised")]
    if odd and conforming:
        raise RuntimeError(f"the server was not as the contract has it: {', '.join(odd)}")
    return Round(wall, cpu, len(run.ledger.entries))


def measure(kind: str, rounds: int) -> Result:
    """Medians for one server."""
    pack = find_pack(PACK)
    plan = make_plan(pack, operations=[OPERATION])
    with started(kind, pack, plan) as url:
        usual = replace(resolve(pack, base_url=url), clean_up=False)
        ways = {1: replace(usual, concurrency=1), usual.concurrency: usual}
        loops: list[Round] = []
        campaigns: dict[int, list[Round]] = {connections: [] for connections in ways}
        # The first round is for caches and byte code.
        for number in range(rounds + 1):
            if number == 1:
                loops.clear()
                for taken in campaigns.values():
                    taken.clear()
                count(url)
            loops.append(bare(prebuilt(pack, plan, usual)))
            for connections, settings in ways.items():
                campaigns[connections].append(campaign(pack, plan, settings, kind == "mock"))
        served = count(url)
    contenders = [_told("httpx.Client.post", 1, loops, loops)]
    contenders += [_told("campaign", c, taken, loops) for c, taken in campaigns.items()]
    sent = sum(r.requests for taken in (loops, *campaigns.values()) for r in taken)
    return Result(kind, rounds, len(plan.cases), sent, served, tuple(contenders))


class Watched:
    """A target that notes when each request went out, and when its reply was there."""

    kind = "http"

    def __init__(self, settings: Settings) -> None:
        self._target = HttpTarget(settings)
        self.times: list[tuple[float, float]] = []

    def send(self, request: Request) -> Response:
        """Send, and note both times."""
        start = time.perf_counter()
        try:
            return self._target.send(request)
        finally:
            self.times.append((start, time.perf_counter()))

    def close(self) -> None:
        """Close its connections."""
        self._target.close()

    @property
    def alone(self) -> int:
        """How many requests were never under way beside another one."""
        times = sorted(self.times)
        before = [0.0, *accumulate((end for _, end in times), max)]
        after = [*(start for start, _ in times[1:]), math.inf]
        return sum(
            before[number] <= start and end <= after[number]
            for number, (start, end) in enumerate(times)
        )

    @property
    def under_way(self) -> float:
        """The seconds in which any request was under way."""
        seconds = until = 0.0
        for start, end in sorted(self.times):
            seconds += max(0.0, end - max(start, until))
            until = max(until, end)
        return seconds


def waiting(connections: int, rounds: int, examples: int) -> None:
    """Print what share of the ideal rate is reached where the server takes its time."""
    pack = find_pack(PACK)
    plan = make_plan(pack, operations=[OPERATION], examples=examples)
    taken: dict[str, list[Round]] = {}
    alone: list[int] = []
    idle: list[float] = []
    with started("waiting", pack, plan) as url:
        usual = replace(resolve(pack, base_url=url, concurrency=connections), clean_up=False)
        requests = prebuilt(pack, plan, usual)
        for number in range(rounds + 1):
            target, watched = HttpTarget(usual), Watched(usual)
            round_of = {
                "httpx.Client a thread": _by_threads(bare, requests, connections),
                "this transport alone": _by_threads(partial(_sent, target), requests, connections),
                "campaign": campaign(pack, plan, usual, False, watched),
            }
            target.close()
            if number:
                for name, one in round_of.items():
                    taken.setdefault(name, []).append(one)
                alone.append(watched.alone)
                idle.append(1 - watched.under_way / round_of["campaign"].wall)
    ideal = connections / WAIT
    print(f"{connections} connections, {len(plan.cases)} requests, {1000 * WAIT:.0f} ms a reply")
    for name, seen in taken.items():
        rate = statistics.median(map(_rate, seen))
        spent = statistics.median(1e6 * one.cpu / one.requests for one in seen)
        print(
            f"{name:22} {rate:6.0f} requests/s  {spent:5.0f} µs CPU  {rate / ideal:.0%} of the "
            f"ideal rate of {ideal:.0f}"
        )
    waits, sent = statistics.median(alone), taken["campaign"][0].requests
    print(
        f"of the campaign's {sent} requests {waits:.0f} went out alone, which takes "
        f"{1000 * waits * WAIT:.0f} ms; the ideal takes {1000 * sent / ideal:.0f} ms for all. "
        f"For {statistics.median(idle):.0%} of its time none was under way"
    )
    print(f"goal: {WAITING_GOAL:.0%}")


def _sent(target: Target, requests: list[Request]) -> Round:
    """Send them by a transport of ours, one after the other, and look at nothing."""
    wall, cpu = time.perf_counter(), time.process_time()
    for request in requests:
        target.send(request)
    return Round(time.perf_counter() - wall, time.process_time() - cpu, len(requests))


def _by_threads(
    send: Callable[[list[Request]], Round], requests: list[Request], connections: int
) -> Round:
    """Send them with so many threads, each of which has its part of them."""
    wall, cpu = time.perf_counter(), time.process_time()
    threads = [
        threading.Thread(target=send, args=(requests[number::connections],))
        for number in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Round(time.perf_counter() - wall, time.process_time() - cpu, len(requests))


def _told(name: str, concurrency: int, taken: list[Round], loops: list[Round]) -> Told:
    pairs = list(zip(taken, loops, strict=True))
    ratios = [_rate(mine) / _rate(loop) for mine, loop in pairs]
    return Told(
        name,
        concurrency,
        _median(map(_rate, taken), 0),
        _median((1e6 * r.cpu / r.requests for r in taken), 0),
        _median(ratios, 2),
        round(min(ratios), 2),
        round(max(ratios), 2),
        _median((loop.cpu * mine.requests / mine.cpu / loop.requests for mine, loop in pairs), 2),
    )


def _rate(taken: Round) -> float:
    return taken.requests / taken.wall


def _median(numbers: Iterable[float], digits: int) -> float:
    return round(statistics.median(numbers), digits)


def versions(names: Iterable[str]) -> dict[str, str]:
    """The versions that a number depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def show(result: Result) -> None:
    """Print one server's numbers."""
    print(
        f"\nserver {result.server}: {result.requests_a_round} requests a round, {result.rounds} "
        f"rounds, {result.sent} requests sent and {result.served} served"
    )
    for told in result.contenders:
        print(
            f"{told.name:18} {told.concurrency} connection{'s' if told.concurrency > 1 else ' '} "
            f"{told.requests_per_second:6.0f} requests/s {told.cpu_us_per_request:5.0f} µs CPU  "
            f"{told.ratio:.2f} of bare ({told.ratio_low:.2f} to {told.ratio_high:.2f}), "
            f"by CPU {told.cpu_ratio:.2f}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.executor", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--servers", default="canned,mock", help="of: canned, mock")
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    parser.add_argument("--connections", type=int, metavar="N", help="a server that takes 20 ms")
    parser.add_argument("--examples", type=int, default=300, help="with --connections")
    options = parser.parse_args()
    if options.connections:
        waiting(options.connections, options.rounds, options.examples)
        return
    results = [measure(kind, options.rounds) for kind in options.servers.split(",")]
    if options.json:
        told = {"versions": versions(NEEDED), "goal": GOAL}
        print(json.dumps({**told, "results": [asdict(result) for result in results]}, indent=1))
        return
    print(", ".join(f"{name} {number}" for name, number in versions(NEEDED).items()))
    for result in results:
        show(result)
    print(f"\ngoal: {GOAL:.2f} of bare with one connection")


if __name__ == "__main__":
    main()
