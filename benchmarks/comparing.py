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
from tests.comparing.pairs import again, compared, kept, one_sided, the_trial


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
    try:
        comparison, met, others = one_sided(fault, on_reference)
    except TargetError as error:
        print(f"no run: {fault.kind} {fault.name}: {str(error)[:100]}")
        return "without a run"
    found = {clause.id for clause in comparison.differences}
    named = found & set(fault.clauses)
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
