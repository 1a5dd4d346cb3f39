"""The end of a session: its report, its exit code, and what workers of xdist hand over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clausewise.campaign.session import clauses_of
from clausewise.errors import EXIT_USAGE
from clausewise.pack import find_pack
from clausewise.pytest_state import (
    BUG,
    CODE,
    DRIVEN,
    FILES,
    JOURNALS,
    MIXED,
    PACK,
    PARTS,
    REPORT,
    TROUBLE,
    in_worker,
    option,
    options_of,
    run_of,
    tell_trouble,
)
from clausewise.record.record import Record
from clausewise.suite.run import advice, open_run

if TYPE_CHECKING:
    from clausewise.suite.run import SuiteRun


def end(session: pytest.Session, run: SuiteRun, exitstatus: int | pytest.ExitCode) -> None:
    """End the run of this process: write its report, or hand it over to the controller."""
    config = session.config
    interrupted = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    if interrupted or session.shouldstop or session.shouldfail:
        run.session.stop("the run was stopped")
    if DRIVEN in config.stash:  # who drives it ends it
        return
    if BUG in config.stash:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        run.abandon()
        return
    if TROUBLE in config.stash:
        config.stash[TROUBLE] = run.given_up(config.stash[TROUBLE], config.stash[CODE])
        tell_trouble(session, exitstatus)
        return
    try:
        records = run.records()
        if in_worker(config):
            hand_over(config, run, records)
        else:
            finish(session, run, records, exitstatus)
    except KeyboardInterrupt:
        config.stash[TROUBLE] = advice(run.journal.path if run.journal is not None else None)
        session.exitstatus = pytest.ExitCode.INTERRUPTED


def finish(
    session: pytest.Session,
    run: SuiteRun,
    records: Sequence[Record],
    exitstatus: int | pytest.ExitCode,
) -> None:
    """Write the report of a run, and let it have its say about the exit code."""
    report = run.finish(records, int(exitstatus))
    session.config.stash[REPORT] = report
    session.config.stash[FILES] = run.shown_files
    if run.trouble is not None:
        session.config.stash[TROUBLE], session.config.stash[CODE] = run.trouble, EXIT_USAGE
    # The controller of xdist has collected nothing, and does not know it yet.
    session.config.stash[PACK] = run.pack
    session.exitstatus = report.run.exit_code


def end_controller(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """End a session whose contract tests ran in workers of xdist."""
    config = session.config
    if TROUBLE in config.stash:
        if config.stash[MIXED]:
            tell_trouble(session, exitstatus)
        else:
            session.exitstatus = config.stash[CODE]
        return
    parts = config.stash[PARTS]
    if not parts:
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            # A worker undoes what it has made, and nobody waits to hear of it.
            folder = Path(config.invocation_params.dir, option(config, "report_dir"))
            config.stash[TROUBLE] = advice(max(folder.glob("journal-*.jsonl"), default=None))
        return
    finish(session, run_of(config) or _bare_run(config), parts, exitstatus)
    if TROUBLE not in config.stash:
        for journal in config.stash[JOURNALS]:
            journal.unlink(missing_ok=True)


def _bare_run(config: pytest.Config) -> SuiteRun:
    """The controller of xdist collects nothing: make the run from its options alone."""
    start = Path(str(config.args[0]).split("::")[0]) if config.args else config.rootpath
    pack = find_pack(option(config, "pack"), start=start if start.is_dir() else start.parent)
    return open_run(pack, options_of(config), config.invocation_params.dir, clauses_of(pack))


def hand_over(config: pytest.Config, run: SuiteRun, records: Sequence[Record]) -> None:
    """Give the controller of xdist what a worker found out. The journal goes with the report."""
    output: dict[str, Any] = config.workeroutput  # type: ignore[attr-defined]  # it is xdist's
    output["clausewise_parts"] = json.dumps([one.as_json() for one in records])
    if run.journal is not None and run.journal.path is not None:
        run.journal.close(keep=True)
        output["clausewise_journal"] = str(run.journal.path)


def take_over(config: pytest.Config, output: dict[str, Any]) -> None:
    """Take over what an xdist worker found out."""
    if "clausewise_parts" in output:
        found = json.loads(output["clausewise_parts"])
        config.stash[PARTS] += [Record.from_json(one) for one in found]
    if "clausewise_trouble" in output:
        text, code, mixed = output["clausewise_trouble"]
        stash = config.stash
        stash[TROUBLE], stash[CODE], stash[MIXED] = text, code, mixed
    if "clausewise_journal" in output:
        config.stash[JOURNALS].append(Path(output["clausewise_journal"]))
