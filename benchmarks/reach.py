"""How much of a folder of OpenAPI documents a plan reaches, and what planning it costs.

`python -m benchmarks.reach FOLDER [NAME…] [--limit SECONDS] [--json FILE]`

Each document (`.json`, `.yaml`, `.yml`) is read and planned in a process of its own, without a kept
plan and without random search. Told are its operations, those with a request, requests, CPU seconds
and peak memory, and of all clauses of requests how many have a probe (a request that breaks it, or
a lawful one that stands on its inner side) or a reason why there is none.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

ENDINGS = (".json", ".yaml", ".yml")
# What differs from one reason to the next of a kind.
_NAMES = re.compile(r"(?<=parameter )\S+(?=,)|`[^`]*`|\d[\d,]*|'[^']*'")
HEAD = (
    "| document | version | operations | asked | requests | CPU s | MB | clauses of requests | "
    "with a probe or a reason |\n|---|---|--:|--:|--:|--:|--:|--:|--:|"
)


@dataclass(slots=True)
class Reach:
    """What was reached of one document; `failed` says why nothing was, where nothing was."""

    name: str
    version: str = ""
    operations: int = 0
    asked: int = 0
    requests: int = 0
    clauses: int = 0
    probed: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    cpu: float = 0.0
    megabytes: int = 0
    failed: str = ""

    @property
    def answered(self) -> int:
        """Clauses with a probe or a reason."""
        return self.probed + sum(self.reasons.values())

    @property
    def row(self) -> str:
        """A row of the table."""
        cells = [
            self.name, self.version, self.operations, self.asked, self.requests,
            f"{self.cpu:.1f}", self.megabytes, self.clauses, _share(self.answered, self.clauses),
        ]  # fmt: skip
        return f"| {' | '.join(map(str, cells))} |{f' {self.failed}' if self.failed else ''}"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def reach_of(document: Path) -> Reach:
    """Plan all operations of a document in this process."""
    from clausewise.pack import find_pack
    from clausewise.plan.cases import encoded_case
    from clausewise.plan.plan import plans

    found = Reach(document.name, _version(document))
    pack = find_pack(str(document))
    found.operations = len(pack.contract.operations)
    reasons: Counter[str] = Counter()
    for plan in plans(pack, list(pack.contract.operations), 0, 0):
        found.requests += len(plan.cases)
        found.asked += bool(plan.cases)
        probed: set[str] = set()
        for case in plan.cases:
            encoded_case(plan.operation, case)
            probed.update(case.probes)
            if case.expect == "accepted":
                probed.update(plan.leans_on(dict(case.levels)))
        for clause in plan.operation.clauses.values():
            if clause.at is None:
                continue
            found.clauses += 1
            reason = plan.unplanned.get(clause.id) or clause.untestable or plan.lack
            if clause.id in probed:
                found.probed += 1
            elif reason is not None:
                reasons[_NAMES.sub("…", reason)] += 1
    found.reasons = dict(reasons)
    return found


def _version(document: Path) -> str:
    with document.open(encoding="utf-8", errors="replace") as file:
        text = file.read()
    said = re.search(r"""["']?\b(?:openapi|swagger)["']?\s*:\s*["']?(\d[\w.]*)""", text)
    return said[1] if said else ""


def measured(document: Path, limit: float) -> Reach:
    """The same in a process of its own, with what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [sys.executable, "-m", "benchmarks.reach", "--one", str(document), str(out)]
        environment = {**os.environ, "CLAUSEWISE_CACHE_DIR": str(Path(folder) / "plans")}
        with (Path(folder) / "said").open("w+") as said:
            process = subprocess.Popen(command, env=environment, stderr=said)
            end = time.monotonic() + limit
            pid = 0
            while not pid:
                if time.monotonic() > end:
                    process.kill()
                pid, _, usage = os.wait4(process.pid, os.WNOHANG)
                time.sleep(0 if pid else 0.05)
            said.seek(0)
            lines = said.read().strip().splitlines() or [f"not done in {limit:.0f} s"]
        if out.exists():
            found = Reach(**json.loads(out.read_text("utf-8")))
        else:
            found = Reach(document.name, _version(document), failed=lines[-1][:120])
    found.cpu = usage.ru_utime + usage.ru_stime
    found.megabytes = usage.ru_maxrss // 1024
    return found


def sums(rows: list[Reach]) -> Iterator[str]:
    """What all documents of each major version come to."""
    for major, name in (("3", "OpenAPI 3.x"), ("2", "Swagger 2.0")):
        those = [row for row in rows if row.version.startswith(major)]
        taken = sum(not row.failed for row in those)
        operations, asked = sum(r.operations for r in those), sum(r.asked for r in those)
        clauses, answered = sum(r.clauses for r in those), sum(r.answered for r in those)
        cpu = sum(row.cpu for row in those)
        yield (
            f"{name}: {taken} of {len(those)} documents taken; {asked} of {operations} operations "
            f"asked ({_share(asked, operations)}); {sum(r.requests for r in those)} requests; "
            f"{cpu:.0f} CPU s, {1000 * cpu / max(asked, 1):.1f} ms an operation; {answered} of "
            f"{clauses} clauses of requests with a probe or a reason ({_share(answered, clauses)}),"
            f" {sum(r.probed for r in those)} with a probe"
        )


def main() -> None:
    """Measure every document of the folder; print the table, the sums and the reasons."""
    if sys.argv[1:2] == ["--one"]:
        found = reach_of(Path(sys.argv[2]))
        Path(sys.argv[3]).write_text(json.dumps(asdict(found)), "utf-8")
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="only documents with one of these in their name")
    parser.add_argument("--limit", type=float, default=600, help="seconds for one document")
    parser.add_argument("--json", type=Path, help="write what was measured there as well")
    options = parser.parse_args()
    documents = sorted(path for path in options.folder.iterdir() if path.suffix in ENDINGS)
    if options.names:
        documents = [p for p in documents if any(name in p.name for name in options.names)]
    print(HEAD, flush=True)
    rows = []
    for document in documents:
        rows.append(measured(document.resolve(), options.limit))
        print(rows[-1].row, flush=True)
        if options.json is not None:
            options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), "utf-8")
    print("", *sums(rows), sep="\n\n")
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons.update(row.reasons)
    print("\nReasons, by how many clauses have them:\n")
    for reason, count in reasons.most_common():
        print(f"* {count}: {reason}")


if __name__ == "__main__":
    main()
