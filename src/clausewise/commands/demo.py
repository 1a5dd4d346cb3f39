"""Break three promises of the bundled contract's mock, judge it, and see what is found.

Starts the mock on a free port of this machine, runs `clausewise run` against it, and stops it.
"""

from __future__ import annotations

import argparse

from clausewise.commands import run
from clausewise.commands.mock import broken_mock
from clausewise.errors import EXIT_FINDINGS
from clausewise.options import add_report_dir
from clausewise.pack.finding import DEFAULT, find_pack

EXAMPLES = ("clausewise demo", "clausewise demo --report-dir elsewhere")
# One that takes too much, one that takes too little, and one that answers with what is not there.
FAULTS = (
    "does not enforce start_recording:request#/max_seconds:maximum",
    "refuses start_recording /body/video_config/height 1920, the most",
    "start_recording:200#/data/status:enum is broken",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_report_dir(parser.add_argument, default="clausewise-demo")


def execute(options: argparse.Namespace) -> int:
    """Serve, judge, tell; gives 0 where the faults were found, else the code of the run."""
    from clausewise.mock import running

    pack = find_pack(f"bundled:{DEFAULT}")
    print(f"{pack.contract.name}: its mock is served on this machine, with three faults:")
    for number, fault in enumerate(FAULTS, start=1):
        print(f"  {number}. {fault}")
    with running(broken_mock(pack, FAULTS)) as url:
        words = ["--pack", pack.origin, "--base-url", url, "--include", "start_recording"]
        print(f"\n$ clausewise run {' '.join(words)}\n", flush=True)
        parser = argparse.ArgumentParser()
        run.add_arguments(parser)
        asked = parser.parse_args([*words, "--report-dir", options.report_dir])
        asked.rest = []
        code = run.execute(asked)
    print(
        "\nThe mock is stopped. Each finding names the promise that was broken, by file and line.\n"
        f"Look at {options.report_dir}/conformance.html, then judge something of yours:\n"
        "  clausewise init openapi.yaml"
    )
    return 0 if code == EXIT_FINDINGS else code
