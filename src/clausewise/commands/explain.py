"""Tell what a clause promises, where that is written, and how it is probed."""

from __future__ import annotations

import argparse
import difflib
import sys
from textwrap import fill
from typing import TYPE_CHECKING

from clausewise.errors import UsageError
from clausewise.options import add_plan_options
from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    from clausewise.contract import Clause

EXAMPLES = (
    "clausewise explain start_recording:request#/max_seconds:maximum",
    "clausewise explain --pack openapi.yaml get_pet:200#/name:type",
)
MOST_CASES = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_plan_options(parser.add_argument)
    parser.add_argument("clause", metavar="CLAUSE_ID", help="as it stands in a report")


def execute(options: argparse.Namespace) -> int:
    """Print the explanation; gives 0. Raises UsageError for an id that no clause has."""
    pack = find_pack(options.pack)
    clause = find_clause(pack, options.clause)
    from clausewise.plan.cases import encoded, shown
    from clausewise.plan.plan import make_plan

    plan = make_plan(
        pack, operations=[clause.operation], examples=options.examples, seed=options.seed
    ).operations[clause.operation]
    write = sys.stdout.write
    write(f"{clause.id}\n")
    write(fill(f"promise: {clause.promise}", 96, subsequent_indent="  ") + "\n")
    for source in clause.sources:
        write(f"written: {source}\n")
    if clause.documented:
        write(f"documented in: {clause.documented}\n")
    if clause.soft:
        write("soft: it warns and does not fail a run\n")
    asked = [case for case in plan.cases if clause.id in case.probes]
    leaning = [
        case
        for case in plan.cases
        if case.expect == "accepted" and clause.id in plan.leans_on(dict(case.levels))
    ]
    if clause.id in plan.unplanned:
        write(f"not probed: {plan.unplanned[clause.id]}\n")
    for case in asked[:MOST_CASES]:
        body = shown(encoded(plan.operation, case))
        write(f"must be {case.expect} ({case.id}): {case.label}\n    {body}\n")
    if leaning:
        write(f"must be accepted: {len(leaning)} lawful requests stand on its inner side\n")
    if clause.part[:1].isdigit() or clause.part == "default":
        write(f"judged in every {clause.part} reply that has the place\n")
    elif clause.part == "rule" and not asked:
        rule = pack.contract.rules[clause.keyword]
        how = rule.unobservable or "judged in every exchange that the rule speaks of"
        write(f"{how}\n")
    elif clause.part == "status":
        write("judged in every reply\n")
    return 0


def find_clause(pack: Pack, name: str) -> Clause:
    """The clause of an id. Raises UsageError that names the nearest ones."""
    clauses = pack.contract.clauses
    if name in clauses:
        return clauses[name]
    near = difflib.get_close_matches(name, clauses, n=3, cutoff=0.5)
    near += [known for known in clauses if known.endswith(name) and known not in near][:3]
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UsageError(f"no clause {name!r} in {pack.contract.name}{hint}")
