"""The report as JUnit XML, for CI systems that show test results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from . import findings as counts
from .showing import one_line, source_text, value_text, visible
from .telling import causes_by_clause, repeating

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from clausewise.record.record import JudgedClause, RecordedExchange

    from .report import Report


def render_junit(report: Report) -> str:
    """Render a report: one test case per clause.

    Findings are failures, clauses without a verdict are skipped, all others pass; what was
    waived or only warns says so in ``system-out``. Characters that XML cannot hold are spelt out.
    """
    from xml.etree import ElementTree as ET

    run, clauses = report.run, report.clauses
    suite = ET.Element("testsuite", name=visible(report.contract.name))
    suite.set("timestamp", run.started)
    _add_properties(suite, report)
    exchanges = counts.exchanges_by_id(report)
    behind = causes_by_clause(report)
    failing = {clause.id for clause in report.findings}
    failures = skipped = 0
    for clause in clauses:
        case = ET.SubElement(suite, "testcase", name=one_line(clause.id), time="0")
        case.set("classname", one_line(f"{clause.operation}.{clause.group}"))
        if cause := behind.get(clause.id):
            _add(case, {"root": cause.id, "cause": cause.title})
        if clause.id in failing:
            failures += 1
            failure = ET.SubElement(case, "failure", message=one_line(clause.message))
            failure.set("type", clause.verdict)
            failure.text = _story(report, clause, exchanges)
        elif clause.verdict in ("inconclusive", "unexercised"):
            skipped += 1
            reason = f"{clause.verdict}: {one_line(clause.message)}"
            ET.SubElement(case, "skipped", message=reason)
        elif clause.verdict != "upheld":
            ET.SubElement(case, "system-out").text = _story(report, clause, exchanges)
    if stopped := counts.why_incomplete(report):
        ET.SubElement(suite, "system-err").text = f"The run is incomplete: {visible(stopped)}"
    root = ET.Element("testsuites", name=visible(report.tool.name))
    root.append(suite)
    for element in (root, suite):
        element.set("tests", str(len(clauses)))
        element.set("failures", str(failures))
        element.set("errors", "0")
        element.set("skipped", str(skipped))
        element.set("time", f"{run.seconds:.3f}")
    ET.indent(root)
    # ElementTree names the encoding of the locale here, whatever the text is written in later.
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add(element: Element, values: Mapping[str, object]) -> None:
    from xml.etree import ElementTree as ET

    properties = ET.SubElement(element, "properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=one_line(str(value)))


def _add_properties(suite: Element, report: Report) -> None:
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
    _add(suite, values)


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
