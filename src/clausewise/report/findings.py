"""What a report counts: findings, warnings, judged clauses, and the order they are told in.

Every renderer reads a report through these functions, so that a clause cannot be a failure in one
format and a pass in another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from msgspec import UNSET

from clausewise.record.policy import DEVIATIONS, JUDGED
from clausewise.record.record import FELL_SILENT
from clausewise.record.share import nothing_read, seen_once
from clausewise.record.verdicts import NOT_SELECTED, VERDICTS

from .showing import duration, listed, one_line

if TYPE_CHECKING:
    from clausewise.record.record import JudgedClause, RecordedExchange
    from clausewise.record.verdicts import Verdict

    from .report import Report, ReportedNotJudged

GROUPS = ("request", "reply", "envelope", "transport", "rules")
# Of the name of a thing that was left behind, no more is told.
_LONGEST_NAME = 60
# A reference into a document on another host.
_REMOTE = re.compile(r"('https?://[^'#]*)#[^']*'")
_GRAVITY = {name: rank for rank, name in enumerate((*DEVIATIONS, "inconclusive", "unexercised"))}


def rests_on(exchange: RecordedExchange, exchanges: Mapping[int, RecordedExchange]) -> str | None:
    """What the `curl` line of an exchange needs that it does not make itself; None for nothing.

    A run takes back what it makes, so the line alone would ask for what is gone.
    """
    steps = [exchanges[number] for number in exchange.after if number in exchanges]
    makers = dict.fromkeys(s.operation for s in steps if s.curl not in exchange.curl)
    if not makers:
        return None
    return f"it needs what {', '.join(makers)} made; clausewise replay makes it anew"


def is_finding(clause: JudgedClause, report: Report) -> bool:
    """Tell whether this clause fails the run."""
    return report.policy.fails(clause.id, clause.verdict, clause.soft)


def warnings(report: Report) -> list[JudgedClause]:
    """Return the clauses that deviate without failing the run, in the order of findings.

    These are the soft clauses and those whose deviation ``run.fail_on`` leaves out: with
    ``--fail-on violated`` a lenient target must not look like a conforming one.
    """
    told = {*DEVIATIONS, *report.run.fail_on}
    return by_gravity(
        clause
        for clause in report.clauses
        if clause.verdict in told
        and not clause.waived
        and clause.known is not True
        and not is_finding(clause, report)
    )


def waived(report: Report) -> list[JudgedClause]:
    """Return the clauses whose deviation someone accepted, in the order of findings."""
    return by_gravity(clause for clause in report.clauses if clause.waived)


def judged(report: Report) -> int:
    """Count the clauses that got a definite verdict: neither inconclusive nor unexercised."""
    return sum(clause.verdict in JUDGED for clause in report.clauses)


def tally(clauses: Iterable[JudgedClause]) -> dict[Verdict, int]:
    """Count clauses by verdict; every verdict is a key, in the usual order."""
    counted = Counter(clause.verdict for clause in clauses)
    return {verdict: counted[verdict] for verdict in VERDICTS}


def known(report: Report) -> list[JudgedClause]:
    """Return the clauses that deviate as the baseline had found, in the order of findings."""
    return by_gravity(clause for clause in report.clauses if clause.known is True)


def gates(report: Report) -> list[str]:
    """Return what levels of fidelity did not reach what was wanted, a line each."""
    if report.run.min is UNSET:
        return []
    lines = []
    for gate in report.run.min:
        unit = " %" if gate.wanted.isdecimal() else ""
        if gate.holds is None:
            lines.append(
                f"{gate.level}: too little is known; {gate.wanted}{unit} was wanted (--min)"
            )
        elif not gate.holds:
            reached = f"{gate.reached}{' %' if (gate.reached or '').isdecimal() else ''}"
            lines.append(f"{gate.level} is {reached}; {gate.wanted}{unit} was wanted (--min)")
    return lines


def unneeded(report: Report) -> list[str]:
    """Return the waivers that excuse nothing, a line each: where, what and why."""
    if report.stale_waivers is UNSET:
        return []
    return [f"{one.written}: {one.clause}: {one.why}" for one in report.stale_waivers]


def by_group(report: Report) -> list[tuple[str, list[JudgedClause]]]:
    """Return ``(group, its clauses)`` in the usual order, without the groups that have none."""
    members: dict[str, list[JudgedClause]] = {group: [] for group in GROUPS}
    for clause in report.clauses:
        members[clause.group].append(clause)
    return [(group, clauses) for group, clauses in members.items() if clauses]


def headline(report: Report) -> str:
    """Say in one sentence how the run went, in plain text that quotes nothing from the target."""
    count, found = judged(report), report.findings
    if not count and not found:
        return "Nothing was judged."
    accepted, soft = len(waived(report)), len(warnings(report))
    asides = [f"{accepted} waived"] if accepted else []
    asides += [f"{len(before)} known"] if (before := known(report)) else []
    asides += [plural(soft, "warning")] if soft else []
    kinds = [f"{n} {verdict}" for verdict, n in tally(found).items() if n]
    if (behind := causes_of(report, found)) and behind < len(found):
        asides.insert(0, plural(behind, "cause"))
    details = "; ".join(", ".join(part) for part in (kinds, asides) if part)
    if details:
        start = plural(len(found), "finding") if found else "No findings"
        return f"{start} in {plural(count, 'judged clause')} — {details}."
    return f"All {count} judged clauses are upheld." if count > 1 else "1 judged clause, upheld."


def conclusion(report: Report) -> str:
    """Say in a few words whether the target can be trusted, in plain text."""
    what = "the recorded traffic" if report.target.kind == "traffic" else "this target"
    excused = {
        "accepted": bool(waived(report)),
        "known": bool(known(report)),
        "not to fail the run": any(not clause.soft for clause in warnings(report)),
    }
    where = " or ".join(word for word, is_so in excused.items() if is_so)
    said = {
        "failed": f"{what} breaks its contract",
        "unclear": f"whether {what} keeps its contract is not known",
        "passed": f"{what} breaks its contract only where that is {where}"
        if where
        else f"{what} keeps its contract, as far as it was judged",
    }[outcome(report)]
    return said[0].upper() + said[1:]


def causes_of(report: Report, found: Iterable[JudgedClause]) -> int:
    """Count the causes behind these clauses; 0 where nobody looked for any."""
    if report.roots is UNSET:
        return 0
    wanted = {clause.id for clause in found}
    return sum(not wanted.isdisjoint(root.clauses) for root in report.roots)


def not_asked(report: Report) -> list[tuple[str, str]]:
    """Return the operations of which nothing is known, those with the same one reason together.

    Only of a run that came to its end: why the rest of one is missing is said elsewhere.
    """
    if not report.run.complete:
        return []
    reasons: dict[str, set[str]] = {}
    for clause in report.clauses:
        known = clause.message if clause.verdict == "unexercised" else ""
        reasons.setdefault(clause.operation, set()).add(known)
    # A single clause may be unexercised for reasons of its own.
    sizes = Counter(clause.operation for clause in report.clauses)
    by_reason: dict[str, list[str]] = {}
    for operation, (said, *others) in reasons.items():
        if said not in ("", NOT_SELECTED) and not others and sizes[operation] > 1:
            by_reason.setdefault(said, []).append(operation)
    return [(listed(operations), said) for said, operations in by_reason.items()]


def left_over(report: Report) -> list[str]:
    """Return what the run left behind at the target, a line a reason: `41, 42 and 9 more: why`."""
    things: dict[str, list[str]] = {}
    for said in report.created.left_over if report.created is not UNSET else ():
        thing, _, why = said.partition(": ")
        things.setdefault(why, []).append(one_line(unquote(thing), _LONGEST_NAME))
    return [f"{listed(names)}{f': {why}' if why else ''}" for why, names in things.items()]


def patience(report: Report) -> str | None:
    """Say how often the target asked for patience, in plain text; None where it never did."""
    put_off = report.run.put_off
    if not put_off or not put_off.times:
        return None
    times, waited = put_off.times, duration(put_off.seconds)
    return f"{plural(times, 'request')} put off by the target (429 or 503), {waited} waited"


def detection(report: Report) -> str:
    """Say what the last self-test of the pack is worth, in plain text."""
    score = report.selftest
    if score is None:
        return "How much a run notices is not known: clausewise selftest finds out."
    could = score.faults - score.equivalent
    said = (
        f"{score.noticed} of {could} deliberate breaches are noticed, {score.named} named "
        f"(self-test of {score.date}"
    )
    if not score.current:
        said += "; the contract was changed since, clausewise selftest repeats it"
    return f"{said})."


def outcome(report: Report) -> str:
    """Return ``failed``, ``unclear`` (incomplete, nothing or too little judged) or ``passed``."""
    wanted = report.run.min if report.run.min is not UNSET else ()
    if report.findings or any(gate.holds is False for gate in wanted):
        return "failed"
    part = report.judged.part if report.judged is not UNSET else None
    unread = nothing_read(report.clauses)
    once = unread or seen_once(report.clauses) or any(gate.holds is None for gate in wanted)
    code = report.policy.exit_code(
        fails=False, judged=judged(report), share=part, once=once, gone=not report.run.complete
    )
    return "passed" if code == 0 else "unclear"


def why_incomplete(report: Report) -> str | None:
    """Say why a run did not come to its end; None where it did."""
    run = report.run
    return None if run.complete else run.stopped_because or "no reason was recorded"


def fell_silent(report: Report) -> RecordedExchange | None:
    """The exchange with which the silence began that ended a run; None where none did."""
    notes = report.notes if report.notes is not UNSET else ()
    number = next((note.exchange for note in notes if note.kind == FELL_SILENT), None)
    return next((one for one in report.exchanges if one.id == number), None)


def share(report: Report) -> str | None:
    """Say what share of what was asked was judged, in plain text; None where it is not known."""
    if report.judged is UNSET or report.judged.part is None:
        return None
    known = report.judged
    said = (
        f"{_percent(known.judged, known.asked)} of what was asked was judged "
        f"({known.judged} of {plural(known.asked, 'clause')})"
    )
    if known.never_shown:
        said += f"; of {known.never_shown} more no reply had the member"
    if nothing_read(report.clauses):
        said += "; no reply could be read"
    least = report.policy.min_judged
    if known.judged * 100 < least * known.asked:
        said += f"; at least {least} % was wanted (--min-judged)"
    return said


def reasons(report: Report, most: int) -> list[tuple[int, str]]:
    """Return why what was asked was not judged: how many clauses, and the reason.

    Beyond ``most`` reasons the rest is one line.
    """
    if report.judged is UNSET:
        return []
    why = [(reason.clauses, reason.reason) for reason in report.judged.why]
    if len(why) <= most:
        return why
    rest = why[most - 1 :]
    return [*why[: most - 1], (sum(n for n, _ in rest), f"for {len(rest)} other reasons")]


def unread(report: Report) -> list[str]:
    """Return what of the contract cannot be judged at all, a line a reason: which, why and where.

    What one document elsewhere would have to say is one reason, wherever in it that stands.
    """
    if report.not_judged is UNSET:
        return []
    by_reason: dict[str, list[ReportedNotJudged]] = {}
    for one in report.not_judged:
        by_reason.setdefault(_REMOTE.sub(r"\1#…'", one.reason), []).append(one)
    lines = []
    for reason, ones in by_reason.items():
        first = ones[0]
        parts = (first.file, first.line, first.column)
        place = ":".join(str(part) for part in parts if part is not None)
        more = f" and {len(ones) - 1} more" if len(ones) > 1 else ""
        where = f" ({place}{more})" if place else ""
        told = first.reason if len(ones) == 1 else reason
        lines.append(f"{listed(one.operation for one in ones)}: {told}{where}")
    return lines


def _percent(part: int, whole: int) -> str:
    """A share in percent; it never says 100 where something is missing, nor 0 for something."""
    if part in (0, whole):
        return f"{100 * part // whole} %"
    return f"{min(99, max(1, round(100 * part / whole)))} %"


def exchanges_by_id(report: Report) -> dict[int, RecordedExchange]:
    """Return the recorded exchanges by their number."""
    return {exchange.id: exchange for exchange in report.exchanges}


def deciding(
    clause: JudgedClause, exchanges: Mapping[int, RecordedExchange]
) -> RecordedExchange | None:
    """Return the exchange that decided the clause: its first piece of evidence on record."""
    for item in clause.evidence:
        if item.exchange in exchanges:
            return exchanges[item.exchange]
    return None


def plural(count: int, noun: str) -> str:
    """Return ``1 clause``, ``2 clauses``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def by_gravity(clauses: Iterable[JudgedClause]) -> list[JudgedClause]:
    """Return clauses with the gravest verdict first."""
    return sorted(clauses, key=lambda clause: _GRAVITY.get(clause.verdict, len(_GRAVITY)))
