"""All faults of a contract: what it promises about requests and replies, and the pack's rules."""

from __future__ import annotations

from collections.abc import Iterator

from clausewise.errors import UsageError
from clausewise.links.catalogue import Catalogue
from clausewise.pack import Pack
from clausewise.plan.plan import Plan
from clausewise.selftest.fault import Fault
from clausewise.selftest.headers import header_faults
from clausewise.selftest.replies import reply_faults, transport_faults
from clausewise.selftest.requests import Enforcing


def derive(pack: Pack, plan: Plan) -> list[Fault]:
    """Every fault of the planned operations, in document order, then those of the pack's rules."""
    return [*_derived(pack, plan), *pack.rule_faults]


def _derived(pack: Pack, plan: Plan) -> Iterator[Fault]:
    catalogue = Catalogue(pack)
    for operation_plan in plan.operations.values():
        yield from Enforcing(pack, operation_plan, catalogue).faults()
        yield from reply_faults(operation_plan.operation)
        yield from header_faults(operation_plan.operation)
        yield from transport_faults(operation_plan.operation)


def find_fault(faults: list[Fault], name: str) -> Fault:
    """The fault of a name. Raises UsageError that names near ones."""
    for fault in faults:
        if fault.name == name:
            return fault
    near = [fault.name for fault in faults if name in fault.name][:5]
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise UsageError(f"there is no fault {name!r}{hint} (--list-faults lists all)")
