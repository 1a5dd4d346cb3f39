"""Read a contract alone: what can be judged of it, what not and why, where it contradicts itself.

Nothing is sent. Everything there is to say is said at once, each with file and line.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from clausewise.contract.selecting import operations_of, selected
from clausewise.errors import EXIT_NOTHING_JUDGED
from clausewise.options import add_selection_options
from clausewise.pack import find_pack

if TYPE_CHECKING:
    from clausewise.contract.checking import Remark

EXAMPLES = (
    "clausewise check openapi.yaml",
    "clausewise check openapi.yaml --include tag:pets --json",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("document", nargs="?", metavar="DOC", help="an OpenAPI document, or a pack")
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the same, as an option")
    add_selection_options(parser.add_argument)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def execute(options: argparse.Namespace) -> int:
    """Print what is found; 0 where something can be judged, 5 where nothing is.

    Raises ContractError for what is no contract at all.
    """
    from clausewise.commands.screen import named
    from clausewise.contract.checking import remarks_of
    from clausewise.plan.plan import plans
    from clausewise.report.findings import plural

    document = options.document or options.pack
    pack = find_pack(document)
    contract = pack.contract
    meant = selected(contract, options.include, options.exclude)
    names = operations_of(meant.values(), contract)
    made = plans(pack, names, examples=0, seed=0)
    lacks = {plan.operation.id: plan.lack for plan in made if plan.lack is not None}
    whole = len(names) == len(contract.operations)
    remarks = [one for one in remarks_of(contract, lacks) if whole or one.operation in names]
    if options.json:
        for remark in remarks:
            sys.stdout.write(json.dumps(_plain(remark), ensure_ascii=False) + "\n")
    else:
        for remark in remarks:
            where = f"{remark.source}: " if remark.source is not None else ""
            sys.stdout.write(f"{where}{remark.operation}: {remark.said}\n")
        asked = len(names) - len(lacks)
        by_default = document is None and pack.origin.startswith("bundled:")
        read = named(pack, by_default) if by_default else contract.name
        sys.stdout.write(
            f"{read}: {asked} of {len(names)} operations can be asked, "
            f"{plural(len(meant), 'clause')}, {plural(len(remarks), 'remark')}\n"
        )
    return 0 if len(lacks) < len(names) else EXIT_NOTHING_JUDGED


def _plain(remark: Remark) -> dict[str, object]:
    source = remark.source
    return {
        "kind": remark.kind,
        "operation": remark.operation,
        "said": remark.said,
        "file": source.file if source is not None else None,
        "line": source.line if source is not None else None,
        "column": source.column if source is not None else None,
    }
