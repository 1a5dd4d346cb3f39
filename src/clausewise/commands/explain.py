"""Tell what a clause promises, where that is written, and how it is probed.

Where a report of the contract is at hand, also what the last run found, and what to try.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from clausewise.commands.planned import Shower
from clausewise.errors import UsageError
from clausewise.options import add_plan_options
from clausewise.pack import Pack, find_pack

if TYPE_CHECKING:
    from clausewise.contract import Clause, Source
    from clausewise.record.record import JudgedClause
    from clausewise.report import Report

EXAMPLES = (
    "clausewise explain start_recording:request#/max_seconds:maximum",
    "clausewise explain --pack openapi.yaml get_pet:200#/name:type",
)
MOST_CASES = 6
# Lines of a document around the keyword.
_AROUND = 2
_WIDTH = 96
# What to try, by verdict.
_TRY = {
    "upheld": "nothing: the target keeps it",
    "violated": "compare the reply with the schema: one of the two is wrong",
    "lenient": "refuse such requests, or say in the document that they are allowed",
    "strict": "accept such requests, or say in the document that they are not allowed",
    "inconclusive": "remove what stood in the way, which the message names, and run again",
    "unexercised": "give the run what it lacked: a value (--set), a supply, more requests, or what "
    "--read-only left out",
}

_OF_A_STATUS = "mend what answers so, or document the status"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_plan_options(parser.add_argument)
    parser.add_argument(
        "--report",
        metavar="REPORT",
        default="reports/conformance.json",
        help="the run to tell of (default: reports/conformance.json, where it is there)",
    )
    parser.add_argument("clause", metavar="CLAUSE_ID", help="as it stands in a report")


def execute(options: argparse.Namespace) -> int:
    """Print the explanation; gives 0. Raises UsageError for an id that no clause has."""
    pack = find_pack(options.pack)
    clause = find_clause(pack, options.clause)
    for line in (
        f"{clause.id}",
        fill(f"promise: {clause.promise}", _WIDTH, subsequent_indent="  "),
        *_written(pack, clause),
        *_probed(pack, clause, options.examples, options.seed),
        *_last_run(options.report, pack, clause),
    ):
        sys.stdout.write(f"{line}\n")
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


def _written(pack: Pack, clause: Clause) -> Iterator[str]:
    """Where a clause is written, with the lines around it."""
    from clausewise.report.showing import one_line

    for source in clause.sources:
        yield f"written: {source}"
        lines = list(_excerpt(pack, source))
        yield from lines
        if not lines and clause.value is not None:
            yield f"  > {clause.keyword}: {one_line(json.dumps(clause.value), _WIDTH)}"
    if clause.documented:
        yield f"documented in: {clause.documented}"
    if clause.soft:
        yield "soft: it warns and does not fail a run"


def _excerpt(pack: Pack, source: Source) -> Iterator[str]:
    """The lines of a document around a place; nothing of one whose lines no screen holds."""
    from clausewise.report.showing import one_line

    lines: list[str] = []
    with suppress(OSError, UnicodeDecodeError):
        lines = (pack.root / source.file).read_text("utf-8").splitlines()
    first = max(1, source.line - _AROUND)
    shown = list(enumerate(lines, start=1))[first - 1 : source.line + _AROUND]
    if any(len(line) > _WIDTH for _, line in shown):  # a document on one line
        return
    for number, line in shown:
        mark = ">" if number == source.line else " "
        yield f"  {mark} {number:5}  {one_line(line)}"


def _probed(pack: Pack, clause: Clause, examples: int, seed: int) -> Iterator[str]:
    """The requests of a plan that speak to a clause, or what else judges it."""
    from clausewise.links.catalogue import Catalogue
    from clausewise.plan.plan import make_plan

    plan = make_plan(pack, operations=[clause.operation], examples=examples, seed=seed).operations[
        clause.operation
    ]
    shower = Shower(pack, Catalogue(pack))
    asked = [case for case in plan.cases if clause.id in case.probes]
    leaning = [
        case
        for case in plan.cases
        if case.expect == "accepted" and clause.id in plan.leans_on(dict(case.levels))
    ]
    if clause.id in plan.unplanned:
        yield f"not probed: {plan.unplanned[clause.id]}"
    for case in asked[:MOST_CASES]:
        yield f"must be {case.expect} ({case.id}): {case.label}"
        yield from (f"    {line}" for line in shower.request(case))
    if leaning:
        yield f"must be accepted: {len(leaning)} lawful requests stand on its inner side"
    if clause.part[:1].isdigit() or clause.part == "default":
        yield f"judged in every {clause.part} reply that has the place"
    elif clause.part == "rule" and not asked:
        rule = pack.contract.rules[clause.keyword]
        yield rule.unobservable or "judged in every exchange that the rule speaks of"
    elif clause.part == "status":
        yield "judged in every reply"


def _last_run(named: str, pack: Pack, clause: Clause) -> Iterator[str]:
    """What a report says of a clause; nothing where there is none of this contract."""
    from clausewise.report import Report

    if not Path(named).is_file():
        return
    report = Report.load(named)
    judged = next((one for one in report.clauses if one.id == clause.id), None)
    if judged is None or report.contract.name != pack.contract.name:
        return
    yield f"last run: {judged.verdict}, {report.run.started}"
    yield fill(
        judged.message, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False
    )
    yield from _evidence(report, judged, Path(named))
    crashed = clause.part == "status" and judged.verdict == "violated"
    yield f"to try: {_OF_A_STATUS if crashed else _TRY[judged.verdict]}"
    if judged.waived is not None:
        yield f"waived until {judged.waived.expires}: {judged.waived.reason}"


def _evidence(report: Report, judged: JudgedClause, named: Path) -> Iterator[str]:
    """What shows again what a verdict rests on, as a line for a shell."""
    from clausewise.report.findings import deciding, exchanges_by_id
    from clausewise.report.telling import repeating

    exchange = deciding(judged, exchanges_by_id(report))
    again = repeating(report, judged, exchange, [named])
    if again is not None:
        yield f"  {again.line}"
