"""A whole `clausewise run` next to a whole `schemathesis run`: start-up, requests, report.

Both are processes of their own that test one operation on the same mock, in turns. Every run gets
a mock of its own, started before the clock; it counts the requests. Schemathesis gets the pack's
contract, which documents its refusals. Two of its checks trip over that contract (rules between
members stand in no schema, and it does not read required write-only members as binding requests
alone), which ends its fuzzing early; so it is run once more with `--continue-on-failure`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.executor import versions
from benchmarks.server import OPERATION, PACK, count, started
from clausewise.pack import Pack, find_pack
from clausewise.plan.plan import Plan, make_plan

GOAL = 0.25
NEEDED = ("clausewise", "httpx", "hypothesis", "pytest", "uvicorn")


@dataclass(frozen=True)
class Run:
    """One process, in seconds."""

    wall: float
    cpu: float
    requests: int
    code: int


@dataclass(frozen=True)
class Told:
    """The medians of one contender; `ratio` is Clausewise's wall time over its."""

    name: str
    wall: float
    cpu: float
    requests: int
    codes: tuple[int, ...]
    ratio: float


def contenders(pack: Pack, url: str, peer: str) -> dict[str, list[str]]:
    """The commands, by name; `peer` is the command of Schemathesis."""
    credential = pack.credential
    token = credential.stand_in if credential else None
    schemathesis = [
        peer, "run", str(pack.root / str(pack.settings["contract"])), "--url", url,
        "--include-operation-id", OPERATION, "--seed", "1", "-H", f"Authorization: Bearer {token}",
    ]  # fmt: skip
    clausewise = [
        sys.executable, "-m", "clausewise", "run", "--pack", PACK, "--base-url", url,
        "--include", OPERATION,
    ]  # fmt: skip
    return {
        "clausewise": clausewise,
        # The folder that it runs in is new.
        "clausewise, first run": ["env", "CLAUSEWISE_CACHE_DIR=cache", *clausewise],
        "schemathesis": schemathesis,
        "schemathesis, to its end": [*schemathesis, "--continue-on-failure"],
    }


def process(command: list[str], folder: str) -> tuple[float, float, int]:
    """Run a command to its end: wall time, CPU time, exit code."""
    # Byte code may be kept: the second start of a tool is what its users see.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    pid = os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", 'cd "$0" && exec "$@" >output 2>&1', folder, *command],
        kept,
    )
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    return wall, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status)


def once(name: str, pack: Pack, plan: Plan, peer: str) -> Run:
    """One run of one contender on a mock of its own."""
    with started("mock", pack, plan) as url, tempfile.TemporaryDirectory() as folder:
        wall, cpu, code = process(contenders(pack, url, peer)[name], folder)
        requests = count(url)
        if requests == 0:
            raise RuntimeError(f"{name} sent nothing:\n{Path(folder, 'output').read_text()}")
    return Run(wall, cpu, requests, code)


def measure(rounds: int, peer: str) -> list[Told]:
    """The medians of all contenders."""
    pack = find_pack(PACK)
    plan = make_plan(pack, operations=[OPERATION])
    names = list(contenders(pack, "", peer))
    taken: dict[str, list[Run]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names:
            run = once(name, pack, plan, peer)
            if number:  # the first round is for caches and byte code
                taken[name].append(run)
    return [_told(name, runs, taken["clausewise"]) for name, runs in taken.items()]


def _told(name: str, runs: list[Run], ours: list[Run]) -> Told:
    ratios = [mine.wall / other.wall for mine, other in zip(ours, runs, strict=True)]
    return Told(
        name,
        round(statistics.median(r.wall for r in runs), 2),
        round(statistics.median(r.cpu for r in runs), 2),
        int(statistics.median(r.requests for r in runs)),
        tuple(sorted({r.code for r in runs})),
        round(statistics.median(ratios), 2),
    )


def _version(peer: str) -> str:
    said = subprocess.run([peer, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[-1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--schemathesis",
        default="schemathesis",
        metavar="COMMAND",
        help="its command, best in an environment of its own: pytest loads its plugin too",
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    options = parser.parse_args()
    results = measure(options.rounds, options.schemathesis)
    used = versions(NEEDED) | {"schemathesis": _version(options.schemathesis)}
    if options.json:
        told = {"versions": used, "goal": GOAL, "rounds": options.rounds}
        print(json.dumps({**told, "results": [asdict(result) for result in results]}, indent=1))
        return
    print(", ".join(f"{name} {number}" for name, number in used.items()))
    print(f"medians of {options.rounds} runs")
    for result in results:
        codes = "/".join(map(str, result.codes))
        print(
            f"{result.name:26} {result.wall:5.2f} s wall {result.cpu:5.2f} s CPU "
            f"{result.requests:5} requests  exit code {codes}  "
            f"Clausewise takes {result.ratio:.2f} of it"
        )
    print(f"goal: {GOAL:.2f} of Schemathesis")


if __name__ == "__main__":
    main()
