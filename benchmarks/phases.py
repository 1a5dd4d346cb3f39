"""Where the CPU time of `clausewise run` goes, beside that of importing its main libraries.

`clausewise run --examples 0` judges the bundled mock in its own process, six operations, reports
included. It takes turns with an interpreter that imports the libraries and does nothing; each is a
process of its own. What is told are medians, and ratios to the import line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LIBRARIES = "pytest, httpx, hypothesis, jsonschema_rs, yaml, rich, starlette.applications"
WHOLE, FIRST, QUICK, REPORTS = 2.5, 0.6, 0.1, 0.1
PACK = Path(__file__).parents[1]

# Runs the command, and says how much CPU time had gone when each phase was over.
_SCRIPT = """
import json, sys, time
over = {}
def note(phase, first=False):
    if not (first and phase in over):
        over[phase] = time.process_time()
def after(holder, name, phase):
    plain = getattr(holder, name)
    def noting(*args, **named):
        try:
            return plain(*args, **named)
        finally:
            note(phase)
    setattr(holder, name, noting)
note("interpreter")
from clausewise.__main__ import main
from clausewise.transport.in_process import InProcessTarget
plain = InProcessTarget.send
def send(*args, **named):
    note("first request", first=True)
    return plain(*args, **named)
InProcessTarget.send = send
import clausewise.campaign.session as session, clausewise.suite.run as run
after(session.Session, "finished", "sent and judged")
after(run.SuiteRun, "records", "verdicts and record")
after(run.SuiteRun, "report", "report")
after(run.SuiteRun, "finish", "files written")
code = main()
note("closing table")
print("PHASES" + json.dumps([code, over]))
"""


def cpu_of(words: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """Run a process; gives its CPU seconds and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}")
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent, done.stdout


def measured(rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median CPU seconds: of each contender, and of the run by phase."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    contenders: dict[str, list[float]] = {}
    phases: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        environment["CLAUSEWISE_CACHE_DIR"] = str(Path(folder, "cache"))
        environment.setdefault("PYTHONPYCACHEPREFIX", str(Path(folder, "bytecode")))
        reports = ["--pack", str(PACK), "--examples", "0", "--report-dir", str(Path(folder, "r"))]
        python = sys.executable
        lines = {
            "importing the libraries": [python, "-c", f"import {LIBRARIES}"],
            "clausewise run": [python, "-c", _SCRIPT, "run", *reports],
            "clausewise --version": [python, "-m", "clausewise", "--version"],
            "clausewise --help": [python, "-m", "clausewise", "--help"],
        }
        for number in range(rounds + 1):  # the first fills what is kept
            for name, words in lines.items():
                spent, output = cpu_of(words, environment)
                if not number:
                    continue
                contenders.setdefault(name, []).append(spent)
                if name == "clausewise run":
                    code, over = json.loads(output.rpartition("PHASES")[2])
                    assert code == 0
                    before = 0.0
                    for phase, at in sorted(over.items(), key=lambda item: item[1]):
                        phases.setdefault(phase, []).append(at - before)
                        before = at
    return (
        {name: statistics.median(spent) for name, spent in contenders.items()},
        {name: statistics.median(spent) for name, spent in phases.items()},
    )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    contenders, phases = measured(parser.parse_args().rounds)
    imports = contenders["importing the libraries"]
    print("CPU seconds, medians                 seconds   of the import line")
    for name, spent in contenders.items():
        print(f"{name:36}{spent:8.3f}{spent / imports:10.2f}")
    print("\nthe run by phase, each up to its end")
    for name, spent in phases.items():
        print(f"{name:36}{spent:8.3f}{spent / imports:10.2f}")
    first = phases["interpreter"] + phases["first request"]
    reports = phases["report"] + phases["files written"]
    print(
        f"\nrun {contenders['clausewise run'] / imports:.2f} of the import line (goal {WHOLE}), "
        f"first request after {first / imports:.2f} (goal {FIRST}), "
        f"reports {reports / contenders['clausewise run']:.0%} of the run (goal {REPORTS:.0%}), "
        f"--version {contenders['clausewise --version']:.3f} s (goal {QUICK} s)"
    )


if __name__ == "__main__":
    main()
