"""What contract tests are made of: a run behind them, and for each test one clause."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.campaign import Campaign, Progress
from clausewise.campaign.recording import Recording
from clausewise.campaign.scenario import PlayedScenario
from clausewise.campaign.session import Scope, Session
from clausewise.contract import Clause
from clausewise.errors import EXIT_USAGE
from clausewise.exchange import Request, Response
from clausewise.marks import Scenery
from clausewise.pack import Pack
from clausewise.pack.settings import must_be_meant, settings_of
from clausewise.record.curl import curl_for
from clausewise.record.joining import joined
from clausewise.record.journal import Journal
from clausewise.record.ledger import Entry
from clausewise.record.made import Creations
from clausewise.record.policy import JUDGED, Policy
from clausewise.record.record import Facts, PutOff, Record
from clausewise.record.verdicts import Evidence, Ruling
from clausewise.report import Report, make_report
from clausewise.report.showing import printable
from clausewise.report.writing import check_folder, reason_of
from clausewise.secrets.learning import Overheard, allow_plan, learn
from clausewise.secrets.masking import Mask, mask_for, secrets_of
from clausewise.selftest.score import score_of


def open_run(
    pack: Pack,
    options: Mapping[str, Any],
    folder: Path,
    clauses: Iterable[Clause],
    listen: Callable[[Progress], None] | None = None,
    scenarios: Iterable[Scenery] = (),
) -> SuiteRun:
    """Set a run up; nothing is sent yet.

    `options` are those of a run by name, `folder` is where its relative paths start. Raises
    ClausewiseError.
    """
    settings = settings_of(pack, options)
    must_be_meant(settings)
    check_folder(folder / options["report_dir"])
    scope = Scope(tuple(clauses), options["examples"], options["seed"], tuple(scenarios))
    # A broken waiver stops the run here.
    policy = Policy(tuple(options["fail_on"]), pack.waivers, options["min_judged"])
    report_dir = folder / options["report_dir"]
    journal = None
    if settings.base_url is not None:  # what goes on in this process alone can be had again
        journal = Journal(report_dir, policy)
    known = _Known(mask_for(pack.contract, settings, pack.token_variable))

    def note(campaign: Campaign, entry: Entry) -> None:
        known.note(campaign, entry)
        if journal is not None:
            journal.note(Recording(campaign, scope.seed), entry)

    session = Session(pack, settings, scope, listen, note, known.begin)
    return SuiteRun(pack, session, policy, report_dir, journal, known)


def first_mask(pack: Pack, options: Mapping[str, Any]) -> Mask:
    """What masks the secrets of a run that was not opened yet. Raises ClausewiseError."""
    return mask_for(pack.contract, settings_of(pack, options), pack.token_variable)


class _Known:
    """The mask of a run while it goes on. Safe to use from several threads."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self._begun = False
        self._lock = threading.Lock()

    def begin(self, campaign: Campaign) -> None:
        """Listen to a campaign: what is quoted of an exchange may come before its entry."""
        with self._lock:
            if not self._begun:
                allow_plan(self.mask, campaign.plan)
                campaign.sender.target = Overheard(campaign.sender.target, self)
                self._begun = True

    def learn(self, request: Request, response: Response | None) -> None:
        """Learn from an exchange that is not judged yet."""
        with self._lock:
            self.mask.learn(request, response)

    def note(self, campaign: Campaign, entry: Entry) -> None:
        """Learn from one exchange, and from the case that it was made for."""
        with self._lock:
            learn(self.mask, entry.case, entry.exchange)


@dataclass(slots=True)
class SuiteRun:
    """One run of a pack's suite: its session, and how verdicts become passes and failures."""

    pack: Pack
    session: Session
    policy: Policy
    report_dir: Path
    journal: Journal | None
    known: _Known
    # Why the reports are not where they belong, and where all is that was judged.
    trouble: str | None = None

    def start(self) -> None:
        """Begin to send. Raises ClausewiseError."""
        self.session.start()

    def records(self) -> list[Record]:
        """What this process adds to the report."""
        campaign = self.session.finished()
        return [campaign.record(self.mask, self.session.scope.seed)] if campaign else []

    def _nothing(self) -> Record:
        """The record of a run that was never begun."""
        facts = Facts(
            self.pack.origin,
            self.session.settings.base_url,
            self.session.scope.seed,
            "1970-01-01T00:00:00Z",
            0,
        )
        return Record(
            facts, 0.0, 0, PutOff(0, 0.0), True, None, (), (), (), (), Creations(), (), ()
        )

    def report(self, records: Sequence[Record]) -> Report:
        """The report of the whole run."""
        return make_report(
            joined(records) if records else self._nothing(),
            contract=self.pack.contract,
            policy=self.policy,
            score=score_of(self.pack),
        )

    def finish(self, records: Sequence[Record], code: int) -> Report:
        """Write the reports; gives the report, whose `run.exit_code` is the run's.

        Where they cannot be written, `trouble` says so and that code is 4.

        `code` is pytest's. A finding that no test item told (a clause that another one's exchange
        broke) fails the run as well, and a run that judged nothing does not pass.
        """
        report = self.report(records)
        own = report.run.exit_code
        if code == 0 or (code == 1 and own == 1):
            code = own
        report = replace(report, run=replace(report.run, exit_code=code))
        try:
            report.write(self.report_dir)
        except OSError as error:
            report = replace(report, run=replace(report.run, exit_code=EXIT_USAGE))
            self.trouble = self._rescued(report, error)
        if self.journal is not None:
            self.journal.close(keep=self.trouble is not None)
        return report

    def _rescued(self, report: Report, error: OSError) -> str:
        """Keep what was judged somewhere else; says what went wrong, and where it is."""
        kept = []
        try:
            folder = Path(tempfile.mkdtemp(prefix="clausewise-"))
            report.write(folder)
            kept.append(f"they are in {folder}")
        except OSError:
            pass
        if self.journal is not None and self.journal.begun:
            whole = "" if self.journal.trouble is None else " in part"
            kept.append(f"`clausewise report {self.journal.path}` makes them anew{whole}")
        where = f"; {', and '.join(kept)}" if kept else ""
        return f"the reports cannot be written into {self.report_dir}: {reason_of(error)}{where}"

    @property
    def mask(self) -> Mask:
        """What masks all secrets that are known so far."""
        return self.known.mask

    def give_up(self, keep: bool) -> Path | None:
        """End a run without a report; gives the journal, where there is one that is kept."""
        if self.journal is None:
            return None
        self.journal.close(keep=keep)
        return self.journal.path if keep else None

    def describe(self, ruling: Ruling) -> str:
        """A finding as text: the promise, where it is documented, what was seen, a curl line."""
        clause = ruling.clause
        campaign = self.session.campaign
        mask = self.mask
        source = f"{clause.source}" if clause.source else "the contract"
        where = f"{source}; {clause.documented}" if clause.documented else source
        lines = [
            f"{ruling.verdict}: {clause.id}",
            f"  promised: {clause.promise} ({where})",
            f"  seen:     {mask.text(ruling.message)}",
        ]
        if ruling.evidence:
            entry = campaign.ledger.entries[ruling.evidence[0].exchange - 1]
            variables = secrets_of(campaign.settings, self.pack.token_variable)
            curl = curl_for(entry, campaign.ledger.entries, variables, mask)
            lines.append(f"  repeat:   {curl}")
        return "\n".join(printable(line) for line in lines)

    def play(self, scenery: Scenery) -> PlayedScenario:
        """Begin a scenario. Raises TargetError where the target cannot be judged at all."""
        campaign = self.session.campaign
        campaign.until_ready()
        return PlayedScenario(campaign, scenery)

    def conclude(self, played: PlayedScenario, ended: str | None) -> None:
        """Pass, fail or skip a scenario that is over; `ended` says why it could not go on."""
        played.end(ended)
        texts: list[str] = []
        failing = False
        for seen in played.broken:
            clause = self.pack.contract.clauses[seen.clause]
            text = str(seen.broken)
            ruling = Ruling(clause, "violated", text, 1, [Evidence(seen.entry, text)])
            failing = failing or self.policy.fails(clause.id, ruling.verdict, ruling.soft)
            texts.append(self.describe(ruling))
        if failing:
            pytest.fail("\n".join(texts), pytrace=False)
        if texts:
            pytest.xfail("\n".join(texts))
        if ended is not None:
            pytest.skip(f"inconclusive: {printable(ended)}")


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
        ruling, policy = self.ruling, self._run.policy
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
        pytest.xfail(f"{text} (does not fail this run)")
