"""The report as JUnit XML, for CI systems that show test results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from . import findings as counts
from .showing import one_line, source_text, value_text, visible
from .telling import causes_by_clause, repeating

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clausewise.record.record import JudgedClause, RecordedExchange

    from .report import Report


def render_junit(report: Report) -> str:
    """Render a report: one test case per clause.

    Findings are failures, clauses without a verdict are skipped, all others pass; what was
    waived or only warns says so in ``system-out``. Characters that XML cannot hold are spelt out.
    """
    run = report.run
    exchanges = counts.exchanges_by_id(report)
    behind = causes_by_clause(report)
    failing = {clause.id for clause in report.findings}
    cases, failures, skipped = [], 0, 0
    for clause in report.clauses:
        inside = []
        if cause := behind.get(clause.id):
            inside.append(_properties({"root": cause.id, "cause": cause.title}))
        if clause.id in failing:
            failures += 1
            said = {"message": one_line(clause.message), "type": clause.verdict}
            inside.append(_element("failure", said, [_escaped(_story(report, clause, exchanges))]))
        elif clause.verdict in ("inconclusive", "unexercised"):
            skipped += 1
            reason = f"{clause.verdict}: {one_line(clause.message)}"
            inside.append(_element("skipped", {"message": reason}))
        elif clause.verdict != "upheld":
            inside.append(_element("system-out", {}, [_escaped(_story(report, clause, exchanges))]))
        named = {
            "name": one_line(clause.id),
            "time": "0",
            "classname": one_line(f"{clause.operation}.{clause.group}"),
        }
        cases.append(_element("testcase", named, inside))
    if stopped := counts.why_incomplete(report):
        said_of_it = _escaped(f"The run is incomplete: {visible(stopped)}")
        cases.append(_element("system-err", {}, [said_of_it]))
    counted = {
        "tests": str(len(report.clauses)),
        "failures": str(failures),
        "errors": "0",
        "skipped": str(skipped),
        "time": f"{run.seconds:.3f}",
    }
    named = {"name": visible(report.contract.name), "timestamp": run.started, **counted}
    suite = _element("testsuite", named, [_properties(_of_run(report)), *cases])
    root = _element("testsuites", {"name": visible(report.tool.name), **counted}, [suite])
    return f'<?xml version="1.0" encoding="utf-8"?>\n{root}\n'


def _element(name: str, attributes: Mapping[str, str], inside: Sequence[str] = ()) -> str:
    """An element with what is in it, each child on a line of its own.

    ElementTree takes three times as long, and some of that to be imported.
    """
    said = "".join([f' {one}="{_in_attribute(text)}"' for one, text in attributes.items()])
    if not inside:
        return f"<{name}{said} />"
    content = "\n".join(inside)
    content = f"\n{content}\n" if inside[0].startswith("<") else content
    return f"<{name}{said}>{content}</{name}>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _in_attribute(text: str) -> str:
    """A text within quotes, whose line feeds and tabs are not read as blanks."""
    if text.isalnum():
        return text
    text = _escaped(text).replace('"', "&quot;")
    return text.replace("\n", "&#10;").replace("\t", "&#9;")


def _properties(values: Mapping[str, object]) -> str:
    told = [
        _element("property", {"name": name, "value": one_line(str(value))})
        for name, value in values.items()
    ]
    return _element("properties", {}, told)


def _of_run(report: Report) -> dict[str, object]:
    run, contract = report.run, report.contract
    values: dict[str, object] = {
        "tool": f"{report.tool.name} {report.tool.version}",
        "contract": f"{contract.name} {contract.version}",
        "pack": contract.pack,
        "target": report.target.base_url or report.target.kind,
        "seed": run.seed,
        "requests": run.requests,
        "complete": str(run.complete).lower(),
        "exit_code": run.exit_code,
        **{str(verdict): n for verdict, n in counts.tally(report.clauses).items()},
    }
    if (known := report.fidelity) is not UNSET:
        values["fidelity"] = known.grade or "none"
        values |= {f"fidelity.{c.level}": f"{c.kept}/{c.judged}/{c.all}" for c in known.levels}
    return values


def _story(report: Report, clause: JudgedClause, exchanges: Mapping[int, RecordedExchange]) -> str:
    """Tell what was promised, what was seen and how to see it again, a line each."""
    lines = [f"verdict: {clause.verdict}", f"promised: {one_line(clause.promise)}"]
    if where := source_text(clause):
        lines.append(f"documented: {where}")
    lines.append(f"seen: {one_line(clause.message)}")
    if waiver := clause.waived:
        reason = one_line(f"{waiver.reason} ({waiver.owner}, until {waiver.expires})")
        lines.append(f"waived: {reason}")
    elif clause.soft:
        lines.append(
            f"soft: it warns, and never fails a run; {one_line(clause.soft_because or '')}"
        )
    for item in clause.evidence[:5]:
        value = f" value {value_text(item.value)}" if item.value is not UNSET else ""
        note = f" {one_line(item.note)}" if item.note else ""
        lines.append(f"evidence: exchange {item.exchange}{value}{note}")
    if again := repeating(report, clause, counts.deciding(clause, exchanges)):
        lines.append(f"repeat: {one_line(again.line)}")
    return "\n".join(lines)
