"""A run with its reports: opened, begun, and written down at its end. Knows no pytest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from clausewise.campaign.campaign import Campaign, Progress
from clausewise.campaign.recording import Recording
from clausewise.campaign.scenario import PlayedScenario
from clausewise.campaign.session import Scope, Session
from clausewise.contract import Clause
from clausewise.errors import EXIT_USAGE
from clausewise.exchange import Request, Response
from clausewise.marks import Scenery
from clausewise.pack import Pack
from clausewise.pack.resolving import must_be_meant, settings_of
from clausewise.pack.settings import Settings
from clausewise.record.curl import curl_for
from clausewise.record.joining import joined_records
from clausewise.record.journal import Journal
from clausewise.record.ledger import Entry
from clausewise.record.made import Creations
from clausewise.record.policy import Policy
from clausewise.record.record import Facts, PutOff, Record
from clausewise.record.verdicts import Ruling
from clausewise.report.policies import policy_of
from clausewise.report.showing import printable
from clausewise.report.writing import check_folder, reason_of
from clausewise.secrets.learning import Overheard, allow
from clausewise.secrets.masking import Mask
from clausewise.secrets.settings import mask_for, secrets_of

if TYPE_CHECKING:
    from clausewise.report.report import Report
    from clausewise.transport.target import Target


def open_run(
    pack: Pack,
    options: Mapping[str, Any],
    folder: Path,
    clauses: Iterable[Clause] | None,
    *,
    listen: Callable[[Progress], None] | None = None,
    scenarios: Iterable[Scenery] | None = (),
    settings: Settings | None = None,
) -> SuiteRun:
    """Set a run up; nothing is sent yet.

    `options` are those of a run by name, `settings` what was made of them, if somebody has done
    that; `folder` is where its relative paths start. `clauses` are those to judge, None for all.
    `scenarios` are None where the run will be told later which it has (`Session.expect`). Raises
    ClausewiseError.
    """
    settings = settings or settings_of(pack, options)
    must_be_meant(settings)
    report_dir = folder / options["report_dir"]
    check_folder(report_dir)
    known_scenarios = None if scenarios is None else tuple(scenarios)
    scope = Scope(
        None if clauses is None else tuple(clauses),
        options["examples"],
        options["seed"],
        known_scenarios,
        options["shard"],
    )
    policy = _policy(pack, settings.profile, options, folder)  # a broken waiver stops the run here
    journal = None
    if settings.base_url is not None:  # what goes on in this process alone can be had again
        journal = Journal(report_dir, policy)
    known = _RunMask(lambda: mask_for(pack.contract, settings, pack.token_variable))
    if settings.fetched:
        known.mask  # noqa: B018  # it has to know of a credential before that is sent

    def note(campaign: Campaign, entry: Entry) -> None:
        known.note(campaign, entry)
        if journal is not None:
            journal.note(Recording(campaign, scope.seed), entry, known.mask)

    def overhear(target: Target) -> Target:
        return Overheard(target, known)

    session = Session(pack, settings, scope, listen, note, overhear)
    return SuiteRun(pack, session, policy, report_dir, journal, known, options["report"])


def _policy(pack: Pack, profile: str | None, options: Mapping[str, Any], folder: Path) -> Policy:
    """What the options say about which findings fail a run."""
    waivers, baseline = options["waivers"], options["baseline"]
    return policy_of(
        pack,
        profile=profile,
        fail_on=tuple(options["fail_on"]),
        # How much was judged is for the merged report of all shards to say.
        min_judged=0 if options["shard"] is not None else options["min_judged"],
        wanted=options["min"],
        baseline=folder / baseline if baseline else None,
        waivers=folder / waivers if waivers else None,
    )


def advice(journal: Path | None) -> str:
    """What to do after a run whose end nobody waited for."""
    if journal is None:
        return "interrupted"
    here = Path.cwd()
    shown = journal.relative_to(here) if journal.is_relative_to(here) else journal
    return (
        "interrupted before all that was made was known to be undone. Write the report with "
        f"`clausewise report {shown}`, then undo what it lists with `clausewise cleanup`"
    )


def first_mask(pack: Pack, options: Mapping[str, Any]) -> Mask:
    """What masks the secrets of a run that was not opened yet. Raises ClausewiseError."""
    return mask_for(pack.contract, settings_of(pack, options), pack.token_variable)


class _RunMask:
    """The mask of a run while it goes on. Safe to use from several threads."""

    def __init__(self, make: Callable[[], Mask]) -> None:
        self._make = make
        self._mask: Mask | None = None
        self._lock = threading.RLock()

    @property
    def mask(self) -> Mask:
        """The mask, made when something may be shown: it reads all that replies may hold."""
        with self._lock:
            if self._mask is None:
                self._mask = self._make()
            return self._mask

    def learn(self, request: Request, response: Response | None) -> None:
        """Learn from an exchange that is not judged yet, and may be quoted before its entry."""
        with self._lock:
            self.mask.learn(request, response)

    def note(self, campaign: Campaign, entry: Entry) -> None:
        """Learn what was planned for an exchange, which was learnt from when it was sent."""
        plan = campaign.plan.operations.get(entry.case.operation)
        with self._lock:
            allow(self.mask, entry.case, plan)


class SuiteRun(Struct):
    """One run of a pack's suite: its session, and how verdicts become passes and failures."""

    pack: Pack
    session: Session
    policy: Policy
    report_dir: Path
    journal: Journal | None
    known: _RunMask
    # What the report is written as, by the endings of its files.
    formats: tuple[str, ...]
    # The reports that were written.
    written: list[Path] = field(default_factory=list)
    # Why the reports are not where they belong, and where all is that was judged.
    trouble: str | None = None
    _settled: Policy | None = None

    def start(self) -> None:
        """Begin to send. Raises ClausewiseError."""
        self.session.start()

    @property
    def settled(self) -> Policy:
        """What fails this run, now that all of it is known: how much each waiver excuses."""
        if self._settled is None:
            rulings = self.session.campaign.rulings().values()
            told = ((one.clause.id, one.verdict, one.soft) for one in rulings)
            self._settled, _ = self.policy.settled(told)
        return self._settled

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
        from clausewise.report.model import make_report
        from clausewise.selftest.score import score_of

        return make_report(
            joined_records(records) if records else self._nothing(),
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
            self.written = report.write(self.report_dir, self.formats)
        except OSError as error:
            report = replace(report, run=replace(report.run, exit_code=EXIT_USAGE))
            self.trouble = self._rescued(report, error)
        if self.journal is not None:
            self.journal.close(keep=self.trouble is not None)
        return report

    def _rescued(self, report: Report, error: OSError) -> str:
        """Keep what was judged somewhere else; says what went wrong, and where it is."""
        import tempfile  # seldom needed, and slow to import

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

    @property
    def shown_files(self) -> list[Path]:
        """The reports that were written, as their user would name them."""
        here = Path.cwd()
        return sorted(
            path.relative_to(here) if path.is_relative_to(here) else path for path in self.written
        )

    def abandon(self) -> None:
        """Wait until what a broken run had made is undone: it goes on in a thread of its own."""
        self.session.stop("the run was stopped")
        with suppress(Exception):  # it was told already
            self.session.finished()

    def given_up(self, told: str, code: int) -> str:
        """End a run without a report, and give the reason, with where its journal is kept.

        `code` is the exit code that the reason means.
        """
        self.abandon()
        if self.journal is None:
            return told
        keep = code == EXIT_USAGE
        self.journal.close(keep=keep)
        if not keep or self.journal.path is None:
            return told
        return f"{told}; `clausewise report {self.journal.path}` tells what was judged before"

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
