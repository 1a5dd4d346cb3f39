"""Every fault of a contract on one side only, and whether a comparison names exactly that clause.

    python benchmarks/comparing.py [--every N] [--kind KIND] [--reference]

The faults are those of `clausewise selftest`. Two conforming copies come first: no difference.
Exact means: what differs are the clauses of the fault and no others. The rest is listed.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from clausewise.comparing import Comparison, Given, compare_reports
from clausewise.errors import TargetError
from clausewise.pack import Pack, find_pack
from clausewise.plan.plan import make_plan
from clausewise.report import Report, make_report
from clausewise.selftest.fault import Fault
from clausewise.selftest.running import Trial

ROOT = Path(__file__).parents[1]


class Pair:
    """A mock and a reference that both keep the contract, but for the faults of one of them."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.trial = Trial(pack, make_plan(pack, examples=0))
        self._kept: dict[tuple[str, ...], Report] = {}

    def compared(self, fault: Fault, on_reference: bool = False) -> tuple[Comparison, bool]:
        """The comparison of two copies of which one has this fault, and whether it was met."""
        everywhere = fault.everywhere or not fault.operation
        names = tuple(self.trial.plan.operations) if everywhere else (fault.operation,)
        faulty, record = self.trial.record([fault], names)
        broken = make_report(record, contract=self.pack.contract)
        if names not in self._kept:
            self._kept[names] = self.kept(names)
        sides = Given(broken, "broken"), Given(self._kept[names], "kept")
        mock, reference = reversed(sides) if on_reference else sides
        comparison = compare_reports(mock, reference, contract=self.pack.contract)
        return comparison, bool(faulty.applied[fault.name])

    def kept(self, names: tuple[str, ...]) -> Report:
        """The report of a copy without a fault."""
        _, record = self.trial.record([], names)
        return make_report(record, contract=self.pack.contract)


def main() -> int:
    """Print what was not named exactly, and the shares; gives 1 where there is a false one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every Nth fault")
    parser.add_argument("--kind", help="only faults of this kind")
    parser.add_argument("--reference", action="store_true", help="break the reference instead")
    options = parser.parse_args()
    pair = Pair(find_pack(str(ROOT)))
    names = tuple(pair.trial.plan.operations)
    same = compare_reports(*(Given(pair.kept(names), name) for name in ("a", "b")))
    print(f"two conforming copies: {len(same.differences)} differences, {same.compared} compared")
    counts: Counter[str] = Counter()
    for fault in [f for f in pair.trial.faults if options.kind in (None, f.kind)][:: options.every]:
        word = _told(pair, fault, options.reference)
        counts[word] += 1
    total = sum(counts.values())
    print(f"{total} faults: {', '.join(f'{n} {word}' for word, n in counts.most_common())}")
    return 1 if same.differences else 0


def _told(pair: Pair, fault: Fault, on_reference: bool) -> str:
    try:
        comparison, met = pair.compared(fault, on_reference)
    except TargetError as error:
        print(f"no run: {fault.kind} {fault.name}: {str(error)[:100]}")
        return "without a run"
    found = {clause.id for clause in comparison.differences}
    named = found & set(fault.clauses)
    alone = {one.id for one in comparison.differences if one.matters and one.beside is None}
    others = alone - set(fault.clauses)
    if named and not others:
        return "exact"
    if not found and not met:
        return "never met"
    word = "named beside others" if named else "missed" if not found else "named otherwise"
    print(
        f"{word}: {fault.kind} {fault.name} {fault.clauses[:2]}: {sorted(others)[:4]}", flush=True
    )
    return word


if __name__ == "__main__":
    sys.exit(main())
