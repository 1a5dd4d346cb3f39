"""Servers of strangers: Clausewise and Schemathesis on a fresh copy of each, side by side.

`python -m benchmarks.strangers --schemathesis COMMAND [NAME…] [--folder FOLDER] [--keep]`

Each server is installed into a folder of its own, started on empty data, given a few things that a
user would have, and asked from its bare document. On the server itself it is counted what is there
before and after. Findings were read by hand (`read/`); `--keep` writes new ones there, unread.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.strangers import (
    alertmanager,
    changedetection,
    chroma,
    jupyter,
    kinto,
    powerdns,
    todo,
)
from benchmarks.strangers.findings import counts, findings_of, judged, keep
from benchmarks.strangers.measures import Run, of_clausewise, of_schemathesis
from benchmarks.strangers.server import Copy, Server, Things
from clausewise.pack import find_pack

SERVERS = {
    one.SERVER.name: one.SERVER
    for one in (chroma, kinto, changedetection, jupyter, todo, alertmanager, powerdns)
}
SEED = 0
# A tool that takes longer is stopped; what it did until then counts.
LIMIT = 1500


def main() -> None:
    """Run what the command line says, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strangers")
    parser.add_argument("names", nargs="*", help="servers; all of them")
    parser.add_argument("--schemathesis", help="command; without it, Clausewise runs alone")
    parser.add_argument("--folder", type=Path, help="where servers are installed and runs are kept")
    parser.add_argument("--keep", action="store_true", help="write findings down, to be read")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in SERVERS]
    if unknown:
        parser.error(f"no such server: {', '.join(unknown)}; there are {', '.join(SERVERS)}")
    folder = (options.folder or Path(tempfile.gettempdir()) / "clausewise-strangers").resolve()
    rows = []
    for name in options.names or SERVERS:
        server = SERVERS[name]
        server.install(folder / "installed" / name)
        rows.append((server, "clausewise", _clausewise(server, folder, options.keep)))
        if options.schemathesis:
            rows.append((server, "schemathesis", _schemathesis(server, folder, options)))
        for row in rows[-2:]:
            print(line(*row), file=sys.stderr, flush=True)
    print(HEAD, *(line(*row) for row in rows), sep="\n")
    for server, tool, run in rows:
        for what, things in (("left", run.left), ("destroyed", run.destroyed)):
            for kind, one in sorted(things)[:5]:
                print(f"{server.name}, {tool}: {what} {kind} {one}")
        print(f"{server.name}, {tool}: server errors {dict(sorted(run.errors.items()))}")
    if options.schemathesis:
        print(*summed(rows), sep="\n")


HEAD = (
    "| server | tool | operations: asked, judged of all | need an id, asked with a known one | "
    "findings (false, arguable, unread) | requests | s | server errors | "
    "left, then after cleanup | destroyed |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def summed(rows: list[tuple[Server, str, Run]]) -> Iterator[str]:
    """What all servers come to, and how soon there were as many server errors as the other has."""
    ours = {server.name: run for server, tool, run in rows if tool == "clausewise"}
    theirs = {server.name: run for server, tool, run in rows if tool != "clausewise"}
    for name, run in ours.items():
        other = theirs[name]
        soon, own = run.requests_until(len(other.errors)), other.requests_until(len(other.errors))
        yield (
            f"{name}: as many server errors as Schemathesis ({len(other.errors)}) after {soon} of "
            f"{run.requests} requests; Schemathesis after {own} of {other.requests}"
        )
    for tool, runs in (("clausewise", ours.values()), ("schemathesis", theirs.values())):
        needing, supplied = sum(r.needing for r in runs), sum(r.supplied for r in runs)
        yield (
            f"{tool}: {sum(r.requests for r in runs)} requests, {sum(r.seconds for r in runs):.0f} "
            f"s, {sum(len(r.errors) for r in runs)} server errors, {supplied} of {needing} "
            f"operations that need an id asked with a known one "
            f"({100 * supplied / max(needing, 1):.0f} %), left {sum(len(r.left) for r in runs)}, "
            f"destroyed {sum(len(r.destroyed) for r in runs)}"
        )
    thought = Counter(one.judgement for run in ours.values() for one in run.findings)
    total = sum(thought.values())
    share = 100 - 100 * thought["false"] / max(total, 1)
    yield f"{total} findings: {dict(thought)}; {share:.1f} % are not false"


def line(server: Server, tool: str, run: Run) -> str:
    """One row of the table."""
    thought = counts(run.findings)
    ours = tool == "clausewise"
    said = f"{thought['false']}, {thought['arguable']}, {thought['unread']}"
    share = 100 * run.supplied / run.needing if run.needing else 100
    cells = [
        server.name, tool,
        f"{run.asked}, {run.judged} of {run.operations}" if ours else f"{run.asked}",
        f"{run.supplied} of {run.needing} ({share:.0f} %)",
        f"{run.told} ({said})" if ours else run.told,
        run.requests, f"{run.seconds:.0f}",
        f"{len(run.errors)}, told {len(run.errors_told)}" if ours else len(run.errors),
        f"{len(run.left)}, then {len(run.after_cleanup)}" if ours else len(run.left),
        len(run.destroyed),
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _clausewise(server: Server, folder: Path, keeping: bool) -> Run:
    """One run from the bare document, and what it came to."""
    run, out = Run(), _emptied(folder / "runs" / server.name / "clausewise")
    with server.running(folder / "installed" / server.name, out / "copy") as copy:
        document = server.document(folder / "installed" / server.name, copy)
        command = [
            sys.executable, "-m", "clausewise", "run", "--pack", str(document),
            "--base-url", copy.base, "--report-dir", str(out / "report"), f"--seed={SEED}",
            *(f"--header={name}: {value}" for name, value in copy.headers.items()),
        ]  # fmt: skip
        before = _measured(run, server, copy, command, out)
        again = [*command[:3], "cleanup", str(out / "report" / "conformance.json")]
        again += [part for part in command[4:] if part.startswith("--header")]
        with (out / "cleanup.txt").open("wb") as said:
            subprocess.run(
                [*again, "--pack", str(document)], stdout=said, stderr=said, check=False, cwd=out
            )
        run.after_cleanup = server.things(copy) - before
    report = json.loads((out / "report" / "conformance.json").read_text("utf-8"))
    findings = judged(server.name, findings_of(report, copy.base))
    of_clausewise(run, find_pack(str(document)), report, findings)
    if keeping:
        keep(server.name, findings)
    return run


def _schemathesis(server: Server, folder: Path, options: argparse.Namespace) -> Run:
    """One run with its defaults, on another fresh copy."""
    run, out = Run(), _emptied(folder / "runs" / server.name / "schemathesis")
    with server.running(folder / "installed" / server.name, out / "copy") as copy:
        document = server.document(folder / "installed" / server.name, copy)
        command = [
            options.schemathesis, "run", str(document), "--url", copy.base, f"--seed={SEED}",
            "--no-color", "--report=har,json", f"--report-har-path={out / 'run.har'}",
            f"--report-json-path={out / 'run.json'}", "--generation-database=none",
            *(f"--header={name}: {value}" for name, value in copy.headers.items()),
        ]  # fmt: skip
        _measured(run, server, copy, command, out)
    of_schemathesis(run, find_pack(str(document)), out / "run.har", copy.base)
    return run


def _measured(run: Run, server: Server, copy: Copy, command: list[str], out: Path) -> Things:
    """Run a tool and count what it changed; gives what was there before."""
    before, begun = server.things(copy), time.monotonic()
    with (out / "said.txt").open("wb") as said:
        try:
            subprocess.run(command, stdout=said, stderr=said, timeout=LIMIT, check=False, cwd=out)
        except subprocess.TimeoutExpired:
            print(f"{server.name}: stopped after {LIMIT} s", file=sys.stderr)
    run.seconds = time.monotonic() - begun
    run.changed(before, server.things(copy))
    return before


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    main()
