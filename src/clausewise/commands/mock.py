"""Serve the pack's mock over HTTP, until Ctrl-C."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    from clausewise.plan.plan import Plan

EXAMPLES = (
    "clausewise mock --port 8080",
    "clausewise mock --list-faults",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the pack whose mock it is")
    parser.add_argument("--host", default="127.0.0.1", help="address (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=8080, help="port; 0 takes a free one (default: 8080)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="break a promise on purpose; may be repeated",
    )
    parser.add_argument(
        "--list-faults", action="store_true", help="all faults, as options to paste"
    )


def execute(options: argparse.Namespace) -> int:
    """Serve; gives 0 after Ctrl-C. Raises UsageError when the port cannot be had."""
    from clausewise.mock import serve

    pack = find_pack(options.pack)
    if options.list_faults:
        from clausewise.selftest.deriving import derive

        for fault in derive(pack, _plan(pack)):
            print(f"--fault {shlex.quote(fault.name)}  # {fault.kind}")
        return 0
    application = broken_mock(pack, options.fault) if options.fault else pack.mock()
    credential = pack.credential

    def ready(url: str) -> None:
        print(f"{pack.name} is served at {url}")
        if credential is not None and credential.stand_in:
            print(f"token: {credential.stand_in}, or what {credential.environment} holds here")
        for name in options.fault:
            print(f"broken on purpose: {name}")
        print(f"judge it: clausewise run --base-url {url}")
        sys.stdout.flush()

    serve(application, options.host, options.port, ready)
    return 0


def _plan(pack: Pack) -> Plan:
    """The plan whose value classes faults are about."""
    from clausewise.plan.plan import make_plan

    return make_plan(pack, examples=0)


def broken_mock(pack: Pack, names: Sequence[str]) -> Any:
    """The mock with these faults. Raises UsageError for a name that no fault has."""
    from clausewise.selftest import Faulty
    from clausewise.selftest.deriving import derive, find_fault

    faults = derive(pack, _plan(pack))
    return Faulty(pack.mock(), pack.contract, [find_fault(faults, name) for name in names])
