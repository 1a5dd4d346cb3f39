"""From the record of a run to its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from clausewise import __version__
from clausewise.contract import Contract
from clausewise.contract.operation import NotJudged
from clausewise.pack.waivers import stale
from clausewise.record.policy import JUDGED, Policy
from clausewise.record.record import FELL_SILENT, JudgedClause, Record, Waived
from clausewise.record.share import Share, nothing_read, seen_once, share_of, sorted_out
from clausewise.report.evidence import RunEvidence
from clausewise.report.fidelity import fidelity_of
from clausewise.report.findings import tally
from clausewise.report.gates import Gate, gates_of
from clausewise.report.report import (
    SCHEMA_VERSION,
    BaselineFacts,
    ContractFacts,
    Report,
    ReportedNotJudged,
    RunFacts,
    SelfTest,
    TargetFacts,
    Tool,
)
from clausewise.report.roots import roots_of
from clausewise.report.values import values_shown


def make_report(
    record: Record,
    *,
    contract: Contract,
    policy: Policy | None = None,
    score: Mapping[str, Any] | None = None,
) -> Report:
    """The report of a run.

    `score` is what the last self-test of the pack said, if there was one.
    """
    given = policy or Policy()
    order = {name: place for place, name in enumerate(contract.clauses)}
    listed = sorted(record.clauses, key=lambda one: order.get(one.id, len(order)))
    policy, beyond = given.settled((one.id, one.verdict, one.soft) for one in listed)
    clauses = tuple(_known(_waived(clause, policy), policy) for clause in listed)
    asked = sorted_out(clauses, contract)
    share = share_of(asked, clauses)
    evidence = RunEvidence(clauses, record.exchanges, record.cases)
    fidelity = fidelity_of(evidence, asked, values_shown(evidence, contract))
    unneeded = stale(given.waivers, ((c.id, c.verdict) for c in clauses), contract.clauses)
    facts = record.facts
    return Report(
        schema_version=SCHEMA_VERSION,
        tool=Tool("clausewise", __version__),
        contract=ContractFacts(
            contract.name,
            contract.version,
            len(contract.clauses),
            facts.pack,
            contract.clauses_digest,
        ),
        target=TargetFacts(facts.base_url, "in-process" if facts.base_url is None else "http"),
        run=_run_facts(record, policy, clauses, share, tuple(gates_of(policy.least, fidelity))),
        selftest=msgspec.convert(dict(score), SelfTest) if score is not None else None,
        summary=tally(clauses),
        clauses=clauses,
        undocumented=record.undocumented,
        exchanges=record.exchanges,
        created=record.made,
        judged=share,
        cases=record.cases,
        notes=record.notes,
        links=record.links,
        not_judged=tuple(_not_judged(one) for one in contract.not_judged),
        sources=record.sources or UNSET,
        roots=roots_of(evidence),
        fidelity=fidelity,
        stale_waivers=(*beyond, *(unneeded if record.complete else ())) or UNSET,
    )


def _run_facts(
    record: Record,
    policy: Policy,
    clauses: tuple[JudgedClause, ...],
    share: Share,
    gates: tuple[Gate, ...],
) -> RunFacts:
    """How the run went, and what its process ends with."""
    facts = record.facts
    failing = any(policy.fails(one.id, one.verdict, one.soft) for one in clauses)
    failing = failing or any(gate.holds is False for gate in gates)
    definite = sum(count for verdict, count in tally(clauses).items() if verdict in JUDGED)
    unclear = (
        seen_once(clauses) or nothing_read(clauses) or any(gate.holds is None for gate in gates)
    )
    gone = any(note.kind == FELL_SILENT for note in record.notes)
    return RunFacts(
        started=facts.started,
        seconds=record.seconds,
        seed=facts.seed,
        requests=record.requests,
        put_off=record.put_off,
        planned=facts.planned,
        complete=record.complete,
        stopped_because=record.stopped_because,
        fail_on=tuple(policy.fail_on),
        exit_code=policy.exit_code(failing, definite, share.part, unclear, gone),
        min_judged=policy.min_judged,
        min=gates or UNSET,
        baseline=_baseline(clauses, policy),
        profile=facts.profile if facts.profile is not None else UNSET,
        examples=facts.examples,
    )


def _waived(clause: JudgedClause, policy: Policy) -> JudgedClause:
    """A clause with the waiver that accepts its verdict, or a word on one that expired."""
    waiver, lapsed = policy.waiver(clause.id, clause.verdict)
    if waiver is not None:
        waived = Waived(waiver.reason, waiver.owner, waiver.expires.isoformat())
        return replace(clause, waived=waived)
    if lapsed is not None:
        said = f"{clause.message} (a waiver for it expired on {lapsed.expires})"
        return replace(clause, message=said)
    return clause


def _known(clause: JudgedClause, policy: Policy) -> JudgedClause:
    """A clause that deviates, marked where the baseline had found that."""
    if clause.soft or not policy.is_known(clause.id, clause.verdict):
        return clause
    return replace(clause, known=True)


def _baseline(clauses: Iterable[JudgedClause], policy: Policy) -> BaselineFacts | UnsetType:
    if policy.baseline is None:
        return UNSET
    return BaselineFacts(policy.baseline.started, sum(clause.known is True for clause in clauses))


def _not_judged(known: NotJudged) -> ReportedNotJudged:
    source = known.source
    if source is None:
        return ReportedNotJudged(known.operation, known.reason)
    return ReportedNotJudged(known.operation, known.reason, source.file, source.line, source.column)
