"""What contract tests are made of: for each test one clause, or one scenario."""

from __future__ import annotations

import pytest

from clausewise.campaign.scenario import PlayedScenario
from clausewise.contract import Clause
from clausewise.record.policy import JUDGED
from clausewise.record.verdicts import Evidence, Ruling
from clausewise.report.showing import printable
from clausewise.suite.run import SuiteRun


def conclude(run: SuiteRun, played: PlayedScenario, ended: str | None) -> None:
    """Pass, fail or skip a scenario that is over; `ended` says why it could not go on."""
    played.end(ended)
    texts: list[str] = []
    failing = False
    for seen in played.broken:
        clause = run.pack.contract.clauses[seen.clause]
        text = str(seen.broken)
        ruling = Ruling(clause, "violated", text, 1, [Evidence(seen.entry, text)])
        failing = failing or run.policy.fails(clause.id, ruling.verdict, ruling.soft)
        texts.append(run.describe(ruling))
    if failing:
        pytest.fail("\n".join(texts), pytrace=False)
    if texts:
        pytest.xfail("\n".join(texts))
    if ended is not None:
        pytest.skip(f"inconclusive: {printable(ended)}")


class JudgedItem:
    """The value of the `clause` fixture: one clause, and the verdict on it."""

    def __init__(self, clause: Clause, run: SuiteRun) -> None:
        self.clause = clause
        self._run = run

    def __repr__(self) -> str:
        return f"<clause {self.clause.id}>"

    @property
    def ruling(self) -> Ruling:
        """The verdict. Waits until every exchange that could bear on it is over."""
        return self._run.session.ruling(self.clause)

    def must_be_kept(self) -> None:
        """Pass when the clause is upheld, fail on a finding, skip where nothing can be said.

        A soft or waived clause, and a verdict that `--fail-on` leaves out, is an expected failure.
        """
        ruling, policy = self.ruling, self._run.settled
        if ruling.verdict == "upheld":
            return
        if policy.fails(self.clause.id, ruling.verdict, ruling.soft):
            pytest.fail(self._run.describe(ruling), pytrace=False)
        text = f"{ruling.verdict}: {printable(ruling.message)}"
        waiver, _ = policy.waiver(self.clause.id, ruling.verdict)
        if ruling.verdict not in JUDGED and waiver is None:
            pytest.skip(text)
        if ruling.soft:
            pytest.xfail(f"{text} (it warns only: {ruling.soft_because})")
        if waiver is not None:
            pytest.xfail(f"{text} (waived until {waiver.expires} by {waiver.owner})")
        if policy.is_known(self.clause.id, ruling.verdict):
            pytest.xfail(f"{text} (the baseline had found it)")
        pytest.xfail(f"{text} (does not fail this run)")
