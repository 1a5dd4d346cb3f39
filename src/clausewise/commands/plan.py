"""Print the exact requests that a run would send, and how many. Sends nothing."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from clausewise.contract.selecting import operations_of, selected
from clausewise.errors import UsageError
from clausewise.options import add_plan_options, add_selection_options, did_you_mean
from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    from clausewise.campaign.catalogue import Catalogue
    from clausewise.contract import Contract
    from clausewise.contract.requests import Encoded
    from clausewise.plan.cases import Case

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


def execute(options: argparse.Namespace) -> int:  # noqa: C901  # one way of telling after another
    """Print the plan; gives 0."""
    from clausewise.campaign.catalogue import Catalogue
    from clausewise.plan.cases import encoded, with_query
    from clausewise.plan.covering import sent_once
    from clausewise.plan.plan import make_plan, plans
    from clausewise.plan.selection import shorten

    pack = find_pack(options.pack)
    known = pack.contract.operations
    for name in options.operations:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are: {', '.join(known)}"
            raise UsageError(f"no operation {name!r}{hint}")
    _tell_of_nothing(pack.contract)
    catalogue = Catalogue(pack)
    names = list(known)
    if options.include or options.exclude:
        meant = selected(pack.contract, options.include, options.exclude)
        names = operations_of(meant.values(), pack.contract)
    chosen = [name for name in names if name in (options.operations or names)]
    write = sys.stdout.write
    if options.json and options.max_requests is None:
        # One operation after the other: the plans of a large document take much room together.
        for operation_plan in plans(pack, chosen, options.examples, options.seed):
            for case in operation_plan.cases:
                write(json.dumps(_plain(catalogue, pack, case), ensure_ascii=False) + "\n")
        return 0
    plan = make_plan(pack, operations=chosen, examples=options.examples, seed=options.seed)
    lost: list[str] = []
    if options.max_requests is not None:
        lost = shorten(plan, options.max_requests, options.max_requests)
    if options.json:
        for case in plan.cases:
            write(json.dumps(_plain(catalogue, pack, case), ensure_ascii=False) + "\n")
        return 0
    if not options.counts:
        for case in plan.cases:
            operation = known[case.operation]
            write(f"{case.id}  {case.kind}, {case.expect} expected: {case.label}\n")
            for clause in case.probes:
                write(f"    probes {clause}\n")
            wire = encoded(operation, case)
            body = wire.content.decode("utf-8", "replace") if wire.content is not None else ""
            shown = with_query(_path(catalogue, pack, case, wire), wire.query)
            write(f"    {operation.method} {shown} {body}".rstrip() + "\n")
            if case.needs is not None:
                supply, state = case.needs
                write(f"    needs a {supply}{f' that is {state}' if state else ''}\n")
    counts = ", ".join(f"{count} {kind}" for kind, count in plan.count().items())
    write(f"{len(plan.cases)} requests: {counts}\n")
    prepared = plan.preparations(pack)
    if prepared:
        write(f"{prepared} more, at least, supply what operations need\n")
    scenarios = [] if options.operations else [scenery for scenery, _ in pack.scenarios]
    for scenery in scenarios:
        rules = ", ".join(scenery.rules)
        write(f"at most {scenery.requests} in the scenario {scenery.name} ({rules})\n")
    if plan.repeats:
        write(f"{plan.repeats} more ask a safe operation the same once more\n")
    most = (
        len(plan.cases) + prepared + plan.repeats + sum(scenery.requests for scenery in scenarios)
    )
    if most > len(plan.cases):
        write(f"{most} requests in all\n")
    for operation_plan in plan.operations.values():
        for said in sent_once(operation_plan.model):
            write(f"{operation_plan.operation.id}: {said}\n")
        for clause, why in operation_plan.unplanned.items():
            write(f"no request for {clause}: {why}\n")
    for clause in lost:
        write(f"left out to stay within {options.max_requests} requests: {clause}\n")
    return 0


def _tell_of_nothing(contract: Contract) -> None:
    """Say why there is no request at all, where no operation could be read."""
    if not contract.operations:
        rest = "; ".join(f"{one.operation}: {one.reason}" for one in contract.not_judged[:5])
        why = f" ({rest})" if rest else ""
        print(f"{contract.name} has no operations, so nothing is planned{why}", file=sys.stderr)


def _path(catalogue: Catalogue, pack: Pack, case: Case, wire: Encoded) -> str:
    """The path of a case; `{NAME from OPERATION}` where a run puts what another one gave."""
    from clausewise.plan.cases import encoded

    given = _given(catalogue, pack, case)
    if not given:
        return wire.path
    path = {name: value for name, value in case.part("path").items() if name not in given}
    operation = pack.contract.operations[case.operation]
    text = encoded(operation, case, {**case.value, "path": path}).path
    for name, source in given.items():
        text = text.replace(f"{{{name}}}", f"{{{name} from {source}}}")
    return text


def _given(catalogue: Catalogue, pack: Pack, case: Case) -> dict[str, str]:
    """The path parameters that a run has from other operations, and from which."""
    supply = pack.supply_for(case.operation)
    if supply is not None:
        names = supply.named_in_path(case.operation) if case.needs is not None else set()
        return {name: supply.operation for name in case.part("path") if name in names}
    found = {}
    for need in catalogue.path_needs(case.operation):
        sources = [
            source
            for path in need.collections
            for source in (*catalogue.collections[path].makers, *catalogue.collections[path].lists)
            if source != case.operation
        ]
        if sources and not case.is_pinned(f"/path{need.pointer}"):
            found[need.name] = sources[0]
    return found


def _plain(catalogue: Catalogue, pack: Pack, case: Case) -> dict[str, object]:
    from clausewise.plan.cases import encoded, with_query

    operation = pack.contract.operations[case.operation]
    wire = encoded(operation, case)
    return {
        "id": case.id,
        "operation": case.operation,
        "kind": case.kind,
        "expect": case.expect,
        "label": case.label,
        "probes": list(case.probes),
        "method": operation.method,
        "path": with_query(_path(catalogue, pack, case, wire), wire.query),
        "headers": dict(wire.headers),
        "cookies": wire.cookies,
        "media_type": wire.content_type,
        "credential": case.credential,
        "content": wire.content.decode("utf-8", "replace") if wire.content is not None else None,
    }
