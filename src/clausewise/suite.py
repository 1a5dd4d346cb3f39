"""What contract tests are made of: a run behind them, and for each test one clause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.campaign import Progress
from clausewise.campaign.session import Scope, Session
from clausewise.contract import Clause
from clausewise.judge.verdicts import Ruling
from clausewise.pack import Pack
from clausewise.report import write_reports
from clausewise.report.curl import curl_for
from clausewise.report.masking import Mask
from clausewise.report.model import assemble, mask_of, part_of
from clausewise.report.showing import printable
from clausewise.target.settings import resolve
from clausewise.waivers import waiver_for


def open_run(
    pack: Pack,
    options: Mapping[str, Any],
    folder: Path,
    clauses: Iterable[Clause],
    listen: Callable[[str, Progress], None] | None = None,
) -> SuiteRun:
    """Set a run up; nothing is sent yet.

    `options` are those of a run by name, `folder` is where its relative paths start. Raises
    ClausewiseError.
    """
    settings = resolve(
        pack,
        base_url=options["base_url"],
        profile=options["profile"],
        headers=tuple(options["header"] or ()),
        concurrency=options["concurrency"],
        rate=options["rate"],
        max_requests=options["max_requests"],
        max_seconds=options["max_time"],
    )
    scope = Scope(tuple(clauses), options["examples"], options["seed"])
    pack.waivers  # noqa: B018  # a broken one must stop the run here
    return SuiteRun(
        pack,
        Session(pack, settings, scope, listen),
        tuple(options["fail_on"]),
        folder / options["report_dir"],
    )


@dataclass(slots=True)
class SuiteRun:
    """One run of a pack's suite: its session, and how verdicts become passes and failures."""

    pack: Pack
    session: Session
    fail_on: tuple[str, ...]
    report_dir: Path

    def parts(self) -> list[dict[str, Any]]:
        """What this process adds to the report."""
        return [part_of(campaign) for campaign in self.session.finished()]

    def model(self, parts: list[Mapping[str, Any]]) -> dict[str, Any]:
        """The report model of the whole run."""
        return assemble(
            parts,
            contract=self.pack.contract,
            origin=self.pack.origin,
            base_url=self.session.settings.base_url,
            seed=self.session.scope.seed,
            fail_on=self.fail_on,
            waivers=self.pack.waivers,
        )

    def finish(self, parts: list[Mapping[str, Any]], code: int) -> dict[str, Any]:
        """Write the reports; gives the model, whose `run.exit_code` is the run's.

        `code` is pytest's. A finding that no test item told (a clause that another one's exchange
        broke) fails the run as well, and a run that judged nothing does not pass.
        """
        model = self.model(parts)
        own = model["run"]["exit_code"]
        if code == 0 or (code == 1 and own == 1):
            code = own
        model["run"]["exit_code"] = code
        write_reports(model, self.report_dir)
        return model

    def describe(self, ruling: Ruling) -> str:
        """A finding as text: the promise, where it is documented, what was seen, a curl line."""
        clause = ruling.clause
        campaign = self.session.campaign(clause.operation)
        mask: Mask = mask_of(campaign)
        source = f"{clause.source}" if clause.source else "the contract"
        where = f"{source}; {clause.documented}" if clause.documented else source
        lines = [
            f"{ruling.verdict}: {clause.id}",
            f"  promised: {clause.promise} ({where})",
            f"  seen:     {mask.text(ruling.message)}",
        ]
        if ruling.evidence:
            entry = campaign.ledger.entries[ruling.evidence[0].exchange - 1]
            variable = self.pack.token_variable
            curl = curl_for(entry, campaign.ledger.entries, campaign.settings, variable)
            lines.append(f"  repeat:   {mask.text(curl)}")
        return "\n".join(printable(line) for line in lines)


class Judged:
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
        ruling = self.ruling
        if ruling.verdict == "upheld":
            return
        text = f"{ruling.verdict}: {printable(ruling.message)}"
        doubtful = ruling.verdict in ("inconclusive", "unexercised")
        if doubtful and (self.clause.soft or ruling.verdict not in self._run.fail_on):
            pytest.skip(text)
        if self.clause.soft:
            pytest.xfail(f"{text} (a soft clause: it warns only)")
        waiver, _ = waiver_for(self._run.pack.waivers, self.clause.id, ruling.verdict, date.today())
        if waiver is not None:
            pytest.xfail(f"{text} (waived until {waiver.expires} by {waiver.owner})")
        if ruling.verdict not in self._run.fail_on:
            pytest.xfail(f"{text} (does not fail this run)")
        pytest.fail(self._run.describe(ruling), pytrace=False)
