"""Several faults at once: how many of them a run of a document still names, and what else it says.

`python -m benchmarks.several DOCUMENT…`: for 2, 5 and 10 faults, some rounds each. Only faults that
are named alone take part, and none that refuses a whole operation: nothing behind it can be seen.
One that is not named is *told* where its clause is not called kept: inconclusive or not exercised,
with the reason. One that is neither, and changed a reply, is *silent*; one that never changed any,
since others came first, is counted apart.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator

from clausewise.pack import find_pack
from clausewise.plan.plan import make_plan
from clausewise.record.policy import DEVIATIONS
from clausewise.selftest.fault import Fault
from clausewise.selftest.running import Trial

_COUNTS = (2, 5, 10)


def _named_alone(trial: Trial, chance: random.Random) -> Iterator[Fault]:
    """Faults in a random order, without end, that a run names where they are alone."""
    pool = [fault for fault in trial.faults if not fault.name.startswith("refuses every ")]
    known: dict[str, bool] = {}
    while True:
        fault = chance.choice(pool)
        if fault.name not in known:
            known[fault.name] = trial.outcome(fault).state == "named"
        if known[fault.name]:
            yield fault


def _round(trial: Trial, chosen: dict[str, Fault]) -> Iterator[str]:
    """What a run against all of these says of each: named, told, silent or never shown."""
    faulty, record = trial.record(list(chosen.values()), tuple(trial.plan.operations))
    verdicts = {clause.id: clause.verdict for clause in record.clauses}
    for fault in chosen.values():
        said = {verdicts[clause] for clause in fault.clauses}
        if said & set(DEVIATIONS):
            yield "named"
            continue
        if faulty.applied[fault.name] == 0:
            yield "never shown"
        else:
            yield "silent" if "upheld" in said else "told"
        beside = [f.name for f in chosen.values() if f.operation == fault.operation]
        print(f"  {', '.join(sorted(said))}: {fault.name}, beside {', '.join(sorted(beside))}")


def measure(document: str, rounds: int) -> None:
    """Print what was named of so many rounds of each count."""
    pack = find_pack(document)
    trial = Trial(pack, make_plan(pack, examples=0))
    faults = _named_alone(trial, random.Random(1))  # noqa: S311  # a choice of tests is no secret
    for count in _COUNTS:
        came: Counter[str] = Counter()
        for _ in range(rounds):
            chosen: dict[str, Fault] = {}
            while len(chosen) < count:
                fault = next(faults)
                chosen[fault.name] = fault
            came.update(_round(trial, chosen))
        shown = came.total() - came["never shown"]
        rest = ", ".join(f"{came[one]} {one}" for one in ("told", "silent", "never shown"))
        print(f"{pack.name}: {count} at once, {came['named']} of {shown} named, {rest}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", nargs="+", metavar="DOCUMENT")
    parser.add_argument("--rounds", type=int, default=4, metavar="N")
    options = parser.parse_args()
    for one in options.documents:
        measure(one, options.rounds)
