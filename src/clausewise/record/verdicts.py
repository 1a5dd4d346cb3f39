"""From the ledger to a verdict per clause. Nothing here sends anything, nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from msgspec import Struct, field

from clausewise.contract import Clause
from clausewise.contract.ids import is_of_replies
from clausewise.judge.breaches import Breach
from clausewise.judge.outcomes import ABOUT_THE_REQUEST, in_words
from clausewise.record.doubts import Doubts
from clausewise.record.excuses import Excuses
from clausewise.record.ledger import Blame, Entry, Ledger

Verdict = Literal["upheld", "violated", "lenient", "strict", "inconclusive", "unexercised"]
VERDICTS: tuple[Verdict, ...] = (
    "upheld", "violated", "lenient", "strict", "inconclusive", "unexercised",
)  # fmt: skip
MOST_EVIDENCE, MOST_BLAMES = 5, 3
# What is said of clauses that a run was not to judge.
NOT_SELECTED = "not selected for this run"
# Why nothing is known of what replies would show.
NO_REPLY = "no reply of this run had that status, member or alternative"
NO_EXCHANGE = "no exchange of this run could show it"
NO_RECORDED_REPLY = "no recorded reply had that status, member or alternative"
NO_RECORDED_EXCHANGE = "no recorded exchange could show it"
NEVER_SHOWN = frozenset({NO_REPLY, NO_EXCHANGE, NO_RECORDED_REPLY, NO_RECORDED_EXCHANGE})
SOFT_CLAUSE = "the contract marks the clause as soft"


class Evidence(Struct, frozen=True):
    """One exchange that speaks for a verdict; `soft` says why it only warns, if it does."""

    exchange: int
    note: str | None
    value: Any = None
    soft: str | None = None


class Ruling(Struct):
    """The verdict on one clause, in words, with what proves it. Best evidence first."""

    clause: Clause
    verdict: Verdict
    message: str
    exercised: int = 0
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def soft_because(self) -> str | None:
        """Why this verdict only warns: the clause is soft, or every piece of its evidence is."""
        if self.clause.soft:
            return SOFT_CLAUSE
        reasons = [item.soft for item in self.evidence]
        return reasons[0] if reasons and all(reasons) else None

    @property
    def soft(self) -> bool:
        """Whether this verdict warns, and never fails a run."""
        return self.soft_because is not None


class _Collected(Struct):
    clause: Clause
    breaches: list[tuple[Entry, Breach]] = field(default_factory=list)
    kept: int = 0
    leniencies: list[Entry] = field(default_factory=list)
    rejections: list[Entry] = field(default_factory=list)
    refusals: list[Entry] = field(default_factory=list)
    doubts: list[tuple[Entry, str]] = field(default_factory=list)
    blames: list[Blame] = field(default_factory=list)
    leaned: int = 0


def rule_on(
    clauses: Iterable[Clause], ledger: Ledger, leaned: dict[str, int], unplanned: dict[str, str]
) -> dict[str, Ruling]:
    """The verdict on every one of these clauses.

    `leaned` counts, by clause, the accepted requests that stood on its inner side; `unplanned`
    says why clauses have no case.
    """
    found = {clause.id: _Collected(clause) for clause in clauses}
    entries = list(ledger.entries)
    doubts = Doubts(entries, ledger)
    # Of what failed on the way the same request came out right: that one counts.
    counting = [entry for entry in entries if entry.id not in ledger.hiccups]
    for name, count in _kept(counting):
        if name in found:
            found[name].kept += count
    for entry in counting:
        _collect(found, entry, doubts)
    for seen in ledger.observations:
        if seen.clause not in found:
            continue
        if seen.broken is None:
            found[seen.clause].kept += 1
        else:
            entry = entries[seen.entry - 1]
            found[seen.clause].breaches.append((entry, Breach(seen.clause, seen.broken)))
    for blame in ledger.blames:
        if blame.clause not in found:
            continue
        shown = entries[blame.entry - 1]
        doubt = doubts.unconfirmed(shown)
        if doubt is None:
            found[blame.clause].blames.append(blame)
        elif not blame.crashed:
            found[blame.clause].doubts.append((shown, doubt))
    for name, count in leaned.items():
        if name in found:
            found[name].leaned = count
    excuses = Excuses(_lenient(found))
    return {name: _rule(got, ledger, unplanned, excuses) for name, got in found.items()}


def _lenient(found: dict[str, _Collected]) -> Iterator[tuple[Clause, Entry]]:
    """Broken requests that were accepted; what warns only explains nothing that does not."""
    for got in found.values():
        if not got.clause.soft:
            yield from ((got.clause, entry) for entry in got.leniencies if entry.soft is None)


def _kept(entries: Iterable[Entry]) -> Iterator[tuple[str, int]]:
    """The clauses that replies keep, and how often: most keep the very same ones as others."""
    for names, count in Counter(entry.judgement.kept for entry in entries).items():
        yield from ((name, count) for name in names)


def _collect(found: dict[str, _Collected], entry: Entry, doubts: Doubts) -> None:
    """Add what one exchange says of each clause, but for what its reply keeps."""
    for breach in (*entry.judgement.broken, *doubts.silence(entry)):
        if breach.clause not in found:
            continue
        once = doubts.passing(entry, breach)
        if once is not None:
            found[breach.clause].doubts.append((entry, once))
        else:
            found[breach.clause].breaches.append((entry, breach))
    for name, why in entry.judgement.unjudged:
        if name in found:
            found[name].doubts.append((entry, why))
    served = found.get(f"{entry.case.operation}:served")
    if entry.outcome == entry.case.expect == "accepted" and served is not None:
        served.kept += 1
    for name in entry.case.probes:
        if name in found:
            _file(found[name], entry, doubts.about(entry))


def _file(into: _Collected, entry: Entry, doubt: str | None) -> None:
    refused_expected = entry.case.expect == "refused"
    if doubt is not None and entry.outcome in ABOUT_THE_REQUEST:
        into.doubts.append((entry, doubt))
    elif entry.outcome == "accepted":
        (into.leniencies if refused_expected else into.refusals).append(entry)
    elif entry.outcome == "refused":
        (into.refusals if refused_expected else into.rejections).append(entry)
    else:
        exchange = entry.exchange
        why = in_words(entry.outcome, exchange.response, exchange.failure)
        into.doubts.append((entry, why))


def repeating_cost(entry: Entry) -> tuple[int, int, int]:
    """How much there is to repeat: exchanges before it, then bytes; the first of equal ones."""
    return len(entry.after), len(entry.exchange.request.content or b""), entry.id


def _rule(got: _Collected, ledger: Ledger, unplanned: dict[str, str], excuses: Excuses) -> Ruling:
    clause = got.clause
    probes = len(got.leniencies) + len(got.rejections) + len(got.refusals) + len(got.doubts)
    exercised = got.kept + len(got.breaches) + probes + got.leaned
    if got.breaches:
        return _violated(clause, got, exercised, excuses)
    if got.leniencies:
        # What only warns hides nothing that does not.
        entries = sorted(
            got.leniencies, key=lambda entry: (entry.soft is not None, repeating_cost(entry))
        )
        first = entries[0]
        status = first.exchange.response.status if first.exchange.response else "?"
        what = "this only" if clause.part != "rule" else "this rule"
        return Ruling(
            clause,
            "lenient",
            f"a request that breaks {what} was accepted with {status}: {first.case.label}",
            exercised,
            [Evidence(e.id, e.case.label, soft=e.soft) for e in entries[:MOST_EVIDENCE]],
        )
    if got.blames or got.rejections:
        return _strict(clause, got, exercised)
    hindered = ledger.hindered.get(clause.id)
    if got.kept and is_of_replies(clause.part):
        hindered = None  # a reply shows it, whatever else was not reached
    if got.doubts or hindered:
        doubts = sorted(got.doubts, key=lambda pair: repeating_cost(pair[0]))
        reason = doubts[0][1] if doubts else hindered or ""
        return Ruling(
            clause,
            "inconclusive",
            reason,
            exercised,
            [Evidence(entry.id, why) for entry, why in doubts[:MOST_EVIDENCE]],
        )
    if got.refusals or got.kept or (clause.keyword == "optional" and got.leaned):
        return Ruling(
            clause,
            "upheld",
            _seen(clause, got),
            exercised,
            [Evidence(e.id, e.case.label) for e in got.refusals[:MOST_EVIDENCE]],
        )
    return Ruling(clause, "unexercised", unplanned.get(clause.id, _why_not(clause)), exercised)


def _violated(clause: Clause, got: _Collected, exercised: int, excuses: Excuses) -> Ruling:
    soft = {id(breach): excuses.of(entry, breach) for entry, breach in got.breaches}
    # What only warns hides nothing that does not.
    breaches = sorted(
        got.breaches, key=lambda p: (soft[id(p[1])] is not None, repeating_cost(p[0]))
    )
    breach = breaches[0][1]
    crashes = [blame for blame in got.blames if blame.crashed]
    each = {e.id: Evidence(e.id, b.message, b.value, soft[id(b)]) for e, b in reversed(breaches)}
    evidence = [each[number] for number in dict.fromkeys(e.id for e, _ in breaches)][:MOST_EVIDENCE]
    message = breach.message
    if crashes:
        # What is explained says more than the smallest crash.
        message = _blames_in_words(crashes)
        shown = [Evidence(blame.entry, blame.message) for blame in crashes]
        evidence = [*shown, *(e for e in evidence if e.exchange not in {s.exchange for s in shown})]
    elif len(each) > 1:
        message += f" (and in {len(each) - 1} more exchange{'s' if len(each) > 2 else ''})"
    return Ruling(clause, "violated", message, exercised, evidence[:MOST_EVIDENCE])


def _strict(clause: Clause, got: _Collected, exercised: int) -> Ruling:
    if got.blames:
        # What only warns hides nothing that does not.
        blames = sorted(got.blames, key=lambda blame: blame.soft is not None)
        return Ruling(
            clause,
            "strict",
            _blames_in_words(blames),
            exercised,
            [Evidence(b.entry, b.message, soft=b.soft) for b in blames[:MOST_EVIDENCE]],
        )
    entry = min(got.rejections, key=repeating_cost)
    status = entry.exchange.response.status if entry.exchange.response else "?"
    return Ruling(
        clause,
        "strict",
        f"a lawful request was refused with {status}: {entry.case.label}",
        exercised,
        [Evidence(e.id, e.case.label, soft=e.soft) for e in got.rejections[:MOST_EVIDENCE]],
    )


def _seen(clause: Clause, got: _Collected) -> str:
    parts = []
    if got.kept:
        parts.append(f"kept in {got.kept} {'reply' if got.kept == 1 else 'replies'}")
    broken = [e for e in got.refusals if clause.part != "rule" and e.case.expect != "accepted"]
    for verb, count in (
        ("refused when broken", len(broken)),
        ("answered as documented", len(got.refusals) - len(broken)),
    ):
        if count:
            parts.append(f"{verb} {count} time{'' if count == 1 else 's'}")
    if got.leaned:
        verb = "left out" if clause.keyword == "optional" else "used to its limits"
        parts.append(f"{verb} in {got.leaned} accepted request{'' if got.leaned == 1 else 's'}")
    return ", ".join(parts)


def _blames_in_words(blames: list[Blame]) -> str:
    """What is to blame, each once: the first few."""
    told = list(dict.fromkeys(blame.message for blame in blames))
    more = len(told) - MOST_BLAMES
    return "; ".join(told[:MOST_BLAMES]) + (f"; and {more} more such values" if more > 0 else "")


def _why_not(clause: Clause) -> str:
    if clause.untestable is not None:
        return clause.untestable
    if clause.part == "rule":
        return NO_EXCHANGE
    if clause.part in ("request", "path", "query", "header", "cookie", "auth", "served"):
        return "no request of this run was about it"
    return NO_REPLY
