"""Every fault of a contract on one side only, and whether a comparison names just what it breaks.

    python -m benchmarks.comparing [--every N] [--kind KIND] [--reference]

The faults are those of `clausewise selftest`. Two conforming copies come first: no difference.
Exact means: a clause of the fault is named, and beside it only what replies that the fault changed
break as well. The rest is listed.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from clausewise.errors import TargetError
from clausewise.selftest.fault import Fault
from tests.comparing.pairs import (
    again,
    broken,
    compared,
    kept,
    named_without_cause,
    operations_of,
    the_trial,
)


def main() -> int:
    """Print what was not named exactly, and the shares; gives 1 where there is a false one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every Nth fault")
    parser.add_argument("--kind", help="only faults of this kind")
    parser.add_argument("--reference", action="store_true", help="break the reference instead")
    options = parser.parse_args()
    names = tuple(the_trial().plan.operations)
    same = compared(again(names), kept(names))
    print(f"two conforming copies: {len(same.differences)} differences, {same.compared} compared")
    faults = [fault for fault in the_trial().faults if options.kind in (None, fault.kind)]
    counts = Counter(_told(fault, options.reference) for fault in faults[:: options.every])
    told = ", ".join(f"{number} {word}" for word, number in counts.most_common())
    print(f"{counts.total()} faults: {told}")
    return 1 if same.differences else 0


def _told(fault: Fault, on_reference: bool) -> str:
    names = operations_of(fault)
    try:
        report, endpoint = broken(fault, names)
    except TargetError as error:
        print(f"no run: {fault.kind} {fault.name}: {str(error)[:100]}")
        return "without a run"
    sides = (report, kept(names))
    comparison = compared(*(reversed(sides) if on_reference else sides))
    found = {clause.id for clause in comparison.differences}
    others = named_without_cause(comparison, fault, report, endpoint)
    named = found & set(fault.clauses)
    if named and not others:
        return "exact"
    if not found and not endpoint.applied[fault.name]:
        return "never met"
    word = "named beside others" if named else "missed" if not found else "named otherwise"
    print(
        f"{word}: {fault.kind} {fault.name} {fault.clauses[:2]}: {sorted(others)[:4]}", flush=True
    )
    return word


if __name__ == "__main__":
    sys.exit(main())
