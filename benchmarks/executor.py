"""How fast a campaign sends and judges, next to a bare loop of `httpx.Client.post`.

Both send the same requests to the same server on loopback, in turns: a round of one, a round of
the other. The bare loop only sends; a campaign builds its requests, sends, judges every reply and
ends with a verdict for each clause.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from dataclasses import dataclass, replace
from importlib.metadata import version

import httpx

from benchmarks.server import OPERATION, PACK, count, started
from clausewise.campaign.campaign import Campaign
from clausewise.exchange import Request
from clausewise.pack import Pack, find_pack
from clausewise.plan.plan import Plan, make_plan
from clausewise.target.http import HttpTarget
from clausewise.target.settings import Settings, resolve
from clausewise.target.wire import Wire

GOAL = 0.9


@dataclass(frozen=True)
class Round:
    """One round of one contender."""

    wall: float
    cpu: float
    requests: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.wall


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


def campaign(pack: Pack, plan: Plan, settings: Settings) -> Round:
    """Run a campaign to its last verdict. Raises RuntimeError when a verdict is a finding."""
    wall, cpu = time.perf_counter(), time.process_time()
    run = Campaign(pack, plan, settings, HttpTarget(settings))
    run.run()
    rulings = run.rulings()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    odd = [r.clause.id for r in rulings.values() if r.verdict not in ("upheld", "unexercised")]
    if odd:
        raise RuntimeError(f"the server was not as the contract has it: {', '.join(odd)}")
    return Round(wall, cpu, len(run.ledger.entries))


def measure(kind: str, rounds: int) -> dict[str, object]:
    """Medians for one server."""
    pack = find_pack(PACK)
    plan = make_plan(pack, operations=[OPERATION])
    taken: dict[str, list[Round]] = {"bare": [], "campaign": [], "campaign, default": []}
    ratios: dict[str, list[float]] = {"campaign": [], "campaign, default": []}
    with started(kind, pack, plan) as url:
        several = replace(resolve(pack, base_url=url), clean_up=False)
        one = replace(several, concurrency=1)
        bare(prebuilt(pack, plan, one))
        campaign(pack, plan, one)
        count(url)
        for _ in range(rounds):
            first = bare(prebuilt(pack, plan, one))
            taken["bare"].append(first)
            for name, settings in (("campaign", one), ("campaign, default", several)):
                mine = campaign(pack, plan, settings)
                taken[name].append(mine)
                ratios[name].append(mine.rate / first.rate)
        served = count(url)
    return {
        "server": kind,
        "rounds": rounds,
        "requests_a_round": len(plan.cases),
        "requests_served": served,
        "requests_sent": sum(r.requests for rounds_ in taken.values() for r in rounds_),
        "concurrency": {"campaign": 1, "campaign, default": several.concurrency},
        "rate": {name: _median(r.rate for r in got) for name, got in taken.items()},
        "cpu_us": {
            name: _median(1e6 * r.cpu / r.requests for r in got) for name, got in taken.items()
        },
        "ratio": {name: round(statistics.median(got), 3) for name, got in ratios.items()},
        "spread": {name: [round(min(g), 3), round(max(g), 3)] for name, g in ratios.items()},
    }


def _median(numbers: object) -> float:
    return round(statistics.median(numbers), 1)  # type: ignore[call-overload,no-any-return]


def versions(*names: str) -> dict[str, str]:
    """The versions that a number depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def main() -> int:
    """Measure and print; gives 1 when the goal is missed on the canned server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--servers", default="canned,mock", help="of canned and mock")
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    options = parser.parse_args()
    results = [measure(kind, options.rounds) for kind in options.servers.split(",")]
    told = {"versions": versions("clausewise", "httpx", "jsonschema-rs", "uvicorn"), "goal": GOAL}
    if options.json:
        print(json.dumps({**told, "results": results}, indent=1))
    else:
        print(told)
        for result in results:
            _print(result)
    ratio = results[0]["ratio"]
    assert isinstance(ratio, dict)
    return 0 if ratio["campaign"] >= GOAL else 1


def _print(result: dict[str, object]) -> None:
    rate, cpu, ratio, spread = (result[k] for k in ("rate", "cpu_us", "ratio", "spread"))
    assert isinstance(rate, dict)
    assert isinstance(cpu, dict)
    assert isinstance(ratio, dict)
    assert isinstance(spread, dict)
    print(
        f"\nserver {result['server']}: {result['requests_a_round']} requests a round, "
        f"{result['rounds']} rounds, {result['requests_served']} served"
    )
    for name in rate:
        line = f"{name:18} {rate[name]:8.0f} requests/s  {cpu[name]:6.0f} µs CPU each"
        if name in ratio:
            low, high = spread[name]
            line += f"  {ratio[name]:.2f} of bare ({low:.2f} to {high:.2f})"
        print(line)


if __name__ == "__main__":
    sys.exit(main())
