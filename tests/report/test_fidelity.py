"""How far a mock can stand for the real thing, in levels and in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from clausewise.contract.levels import OF_CLAUSES
from clausewise.options import LEVELS
from clausewise.pack import Pack
from clausewise.record.record import JudgedClause
from clausewise.report.evidence import RunEvidence
from clausewise.report.fidelity import Fidelity
from clausewise.report.measuring import facts_of

from .tasks import Service, judged


def _fidelity(folder: Path, *faults: str) -> Fidelity:
    fidelity = judged(folder, Service(*faults)).fidelity
    assert isinstance(fidelity, Fidelity)
    return fidelity


def test_what_keeps_all(tmp_path: Path) -> None:
    """A service that keeps its contract has every level, and the best grade."""
    fidelity = _fidelity(tmp_path)

    assert [count.level for count in fidelity.levels] == list(LEVELS)
    assert fidelity.grade == "A"
    assert fidelity.kind is not None
    assert fidelity.kind.startswith("A fresh id for each of ")
    assert fidelity.kind.endswith("looks at tokens; keeps state.")
    assert fidelity.facts.refused == fidelity.facts.broken > 10


def test_what_answers_all_alike(tmp_path: Path) -> None:
    """A stub is told as what it is, from counted facts."""
    fidelity = _fidelity(tmp_path, "canned")

    facts = fidelity.facts
    assert (facts.ids, facts.bodies, facts.refused, facts.tokens) == (1, 1, 0, "none")
    assert facts.starts > 5
    assert facts.reads > 2
    assert fidelity.level("leniency").kept == 0
    assert fidelity.level("identity").kept == 0
    assert fidelity.level("shape").percent == 100
    # No refusal ever came: of its errors nothing is known, which ends the ladder.
    assert (fidelity.grade, fidelity.capped_by) == ("E", "errors")


def test_a_ladder_is_no_average(tmp_path: Path) -> None:
    """Nine good levels do not make up for one that is missing."""
    fidelity = _fidelity(tmp_path, "any token")

    assert fidelity.facts.tokens == "presence"
    assert fidelity.level("auth").percent == 0
    assert (fidelity.grade, fidelity.capped_by) == ("C", None)


@pytest.mark.parametrize(("fault", "least"), [("body", 4), ("title", 1)])
def test_leniency_counts_what_is_accepted(tmp_path: Path, fault: str, least: int) -> None:
    """Clauses whose breach was accepted are judged and not kept."""
    count = _fidelity(tmp_path, fault).level("leniency")

    assert count.judged == count.all
    assert count.judged - count.kept >= least


def test_every_clause_has_a_level(pack: Pack) -> None:
    """Each clause of a contract belongs to one level, and each of these has some."""
    found = {clause.level for clause in pack.contract.clauses.values()}

    assert found == set(OF_CLAUSES)


def test_one_rule_that_holds_is_no_state(tmp_path: Path) -> None:
    """Whoever takes any id and gives another one keeps no state, though a rule of state holds."""
    report = judged(tmp_path, Service("canned"))
    known = report.clauses[0]
    rule = replace(known, id="x:rule:R1", part="rule", level="state", verdict="upheld")
    unknown = replace(known, id="x:path#/id:unknown", keyword="unknown", verdict="lenient")

    def state(*clauses: JudgedClause) -> str | None:
        return facts_of(RunEvidence([*report.clauses, *clauses], report.exchanges)).state

    assert state(rule, unknown) == "none"
    assert state(rule, replace(unknown, verdict="upheld")) in ("kept", "some")
