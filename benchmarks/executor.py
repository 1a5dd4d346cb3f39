"""How fast a campaign sends and judges, next to a bare loop of `httpx.Client.post`.

Both send the same requests to the same server on loopback, in turns: a round of one, a round of
the other. The bare loop only sends; a campaign builds its requests, sends, judges every reply and
ends with a verdict for each clause. What is told are medians, and of ratios the median over rounds.

`--connections N` asks a server that takes 20 ms by so many connections instead, next to as many
threads with an `httpx.Client` each; the ideal is a reply every 20 ms on every connection.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version

import httpx
from msgspec.structs import replace

from benchmarks.server import OPERATION, PACK, WAIT, count, started
from clausewise.campaign.campaign import Campaign
from clausewise.campaign.requests import Wire
from clausewise.exchange import Request
from clausewise.pack import Pack, find_pack
from clausewise.pack.resolving import resolve
from clausewise.pack.settings import Settings
from clausewise.plan.plan import Plan, make_plan
from clausewise.transport.http import HttpTarget

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


def campaign(pack: Pack, plan: Plan, settings: Settings, conforming: bool = True) -> Round:
    """Run a campaign to its last verdict.

    Raises RuntimeError when a verdict of a conforming server is a finding. Canned replies are none:
    the same ones come for things that are new, and for requests that the plan alone has.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    run = Campaign(pack, plan, settings, HttpTarget(settings))
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


def waiting(connections: int, rounds: int, examples: int) -> None:
    """Print what share of the ideal rate is reached where the server takes its time."""
    pack = find_pack(PACK)
    plan = make_plan(pack, operations=[OPERATION], examples=examples)
    rates: dict[str, list[float]] = {"httpx.Client a thread": [], "campaign": []}
    spent: dict[str, list[float]] = {name: [] for name in rates}
    with started("waiting", pack, plan) as url:
        usual = replace(resolve(pack, base_url=url, concurrency=connections), clean_up=False)
        for number in range(rounds + 1):
            for name, taken in (
                ("httpx.Client a thread", _by_threads(prebuilt(pack, plan, usual), connections)),
                ("campaign", campaign(pack, plan, usual, False)),
            ):
                if number:
                    rates[name].append(_rate(taken))
                    spent[name].append(1e6 * taken.cpu / taken.requests)
    ideal = connections / WAIT
    print(f"{connections} connections, {len(plan.cases)} requests, {1000 * WAIT:.0f} ms a reply")
    for name, reached in rates.items():
        rate = statistics.median(reached)
        print(
            f"{name:22} {rate:6.0f} requests/s  {statistics.median(spent[name]):5.0f} µs CPU  "
            f"{rate / ideal:.0%} of the ideal rate of {ideal:.0f}"
        )
    print(f"goal: {WAITING_GOAL:.0%}")


def _by_threads(requests: list[Request], connections: int) -> Round:
    """Send them with so many threads, each of which has a client of its own."""
    wall, cpu = time.perf_counter(), time.process_time()
    threads = [
        threading.Thread(target=bare, args=(requests[number::connections],))
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
