"""Print the exact requests that a run would send, and how many. Sends nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from clausewise.commands.garbage import none_expected
from clausewise.commands.planned import Shower
from clausewise.contract.selecting import must_have, operations_of, selected
from clausewise.options import add_plan_options, add_selection_options
from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    from clausewise.campaign.bounds import Bounds
    from clausewise.contract import Contract
    from clausewise.marks import Scenery
    from clausewise.plan.plan import Plan

EXAMPLES = (
    "clausewise plan --counts",
    "clausewise plan --pack openapi.yaml --json get_pet",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_plan_options(parser.add_argument)
    add_selection_options(parser.add_argument)
    parser.add_argument("--json", action="store_true", help="one JSON object a line, one a request")
    parser.add_argument("--counts", action="store_true", help="only the counts")
    parser.add_argument("operations", nargs="*", metavar="OPERATION", help="only these operations")


def execute(options: argparse.Namespace) -> int:
    """Print the plan; gives 0. Raises UsageError for an operation that the contract has not."""
    from clausewise.links.catalogue import Catalogue
    from clausewise.plan.plan import make_plan, plans

    with none_expected():
        pack = find_pack(options.pack)
        chosen = _chosen(pack, options)
    _tell_of_nothing(pack.contract)
    shower = Shower(pack, Catalogue(pack))
    if options.json and options.max_requests is None:
        # One operation after the other: the plans of a large document take much room together.
        for operation_plan in plans(pack, chosen, options.examples, options.seed):
            _write(map(shower.as_json, operation_plan.cases))
        return 0
    from clausewise.campaign.bounds import bounds_of
    from clausewise.campaign.budgeting import cut_plan
    from clausewise.pack.settings import Settings

    plan = make_plan(pack, operations=chosen, examples=options.examples, seed=options.seed)
    most = options.max_requests
    scenarios = [] if options.operations else [scenery for scenery, _ in pack.scenarios]
    if most is not None:
        plan = cut_plan(
            pack, Settings(None, {}), plan, most, sum(one.requests for one in scenarios)
        )
    if options.json:
        _write(map(shower.as_json, plan.cases))
        return 0
    if not options.counts:
        _write(line for case in plan.cases for line in shower.as_lines(case))
    bounds = bounds_of(pack, plan, shower.catalogue, most)
    _write(_counted(plan, pack, scenarios, bounds))
    _write(_not_asked(plan))
    return 0


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


def _chosen(pack: Pack, options: argparse.Namespace) -> list[str]:
    """The operations that are meant, in document order. Raises UsageError."""
    known = pack.contract.operations
    must_have(pack.contract, options.operations)
    names = list(known)
    if options.include or options.exclude:
        meant = selected(pack.contract, options.include, options.exclude)
        names = operations_of(meant.values(), pack.contract)
    return [name for name in names if name in (options.operations or names)]


def _counted(plan: Plan, pack: Pack, scenarios: Sequence[Scenery], bounds: Bounds) -> Iterator[str]:
    """How many requests there are, by what they are for; the last line is where all goes well."""
    counts = ", ".join(f"{count} {kind}" for kind, count in plan.count().items())
    yield f"{len(plan.cases)} requests: {counts}"
    yield f"cases {len(plan.cases)}, {bounds}"
    prepared = plan.preparations(pack)
    if prepared:
        yield f"{prepared} more, at least, supply what operations need"
    for scenery in scenarios:
        rules = ", ".join(scenery.rules)
        yield f"at most {scenery.requests} in the scenario {scenery.name} ({rules})"
    if plan.repeats:
        yield f"{plan.repeats} more ask a safe operation the same once more"
    most = plan.requests(pack) + sum(scenery.requests for scenery in scenarios)
    if most > len(plan.cases):
        yield f"{most} requests in all"


def _not_asked(plan: Plan) -> Iterator[str]:
    """What is sent once only, and clauses that no request is about, with the reasons."""
    from clausewise.values.covering import sent_once

    for operation_plan in plan.operations.values():
        for said in sent_once(operation_plan.model):
            yield f"{operation_plan.operation.id}: {said}"
        for clause, why in operation_plan.unplanned.items():
            yield f"no request for {clause}: {why}"


def _tell_of_nothing(contract: Contract) -> None:
    """Say why there is no request at all, where no operation could be read."""
    if not contract.operations:
        rest = "; ".join(f"{one.operation}: {one.reason}" for one in contract.not_judged[:5])
        why = f" ({rest})" if rest else ""
        print(f"{contract.name} has no operations, so nothing is planned{why}", file=sys.stderr)
