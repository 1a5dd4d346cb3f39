"""A run's journal says what its record does; however long it is, reading it takes little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clausewise.campaign.campaign import Campaign
from clausewise.campaign.recording import Recording
from clausewise.pack import Pack
from clausewise.pack.waivers import Waiver
from clausewise.plan.plan import make_plan
from clausewise.record.journal import Journal
from clausewise.record.ledger import Entry
from clausewise.record.policy import Baseline, Policy
from clausewise.record.record import JudgedClause, Record
from clausewise.record.recovery import CUT_OFF, JournalReader

from ..campaign.small import Service, always, pack_of, settings_of


def _run(root: Path, service_of: Any, policy: Policy | None = None) -> tuple[Pack, Campaign, Path]:
    """A whole run with a journal that is kept."""
    pack = pack_of(root)
    journal = Journal(root / "reports", policy or Policy())

    def note(run: Campaign, entry: Entry) -> None:
        recording = Recording(run, 7)
        journal.note(recording, entry, recording.mask())

    campaign = Campaign(
        pack,
        make_plan(pack, examples=0),
        settings_of(pack),
        service_of(pack),
        record=note,
    )
    campaign.run()
    journal.close(keep=True)
    assert journal.path is not None
    return pack, campaign, journal.path


def _told(clause: JudgedClause) -> Any:
    return clause.verdict, clause.message, clause.exercised, clause.evidence


def _both(root: Path) -> tuple[Record, Record]:
    faults = {"list": always(200, [{"id": 7, "state": "NEW"}] * 3), "look": always(500)}
    pack, campaign, path = _run(root, lambda pack: Service(pack, faults))
    return campaign.record(seed=7), JournalReader(path).record(pack.contract)


def test_a_journal_says_what_the_record_says(tmp_path: Path) -> None:
    """Verdicts, evidence, exchanges and counts are the same by both ways."""
    at_the_end, from_journal = _both(tmp_path)

    known = {one.id: _told(one) for one in at_the_end.clauses if one.verdict != "unexercised"}
    read = {one.id: _told(one) for one in from_journal.clauses if one.verdict != "unexercised"}
    assert read == known
    assert {verdict for verdict, *_ in known.values()} >= {"violated", "lenient", "upheld"}
    assert from_journal.exchanges == at_the_end.exchanges
    assert from_journal.cases == at_the_end.cases
    assert from_journal.notes == at_the_end.notes
    assert from_journal.undocumented == at_the_end.undocumented
    assert (from_journal.complete, from_journal.stopped_because) == (False, CUT_OFF)


def test_the_head_says_what_decides_about_the_exit_code(tmp_path: Path) -> None:
    """Waivers, levels to reach, the baseline and the day are those that the run began with."""
    day = date(2026, 11, 26)
    policy = Policy(
        ("violated",),
        (Waiver("look:status", ("violated",), "known", "qa@example.test", day, "staging", 3),),
        10,
        day,
        (("shape", "95"), ("auth", "presence")),
        Baseline(frozenset({("list:200#:type", "violated")}), "2026-11-25T08:12:01Z"),
    )
    _, _, path = _run(tmp_path, Service, policy)
    journal = JournalReader(path)

    assert journal.policy == policy
    assert journal.facts.seed == 7


def test_a_record_goes_to_json_and_back(tmp_path: Path) -> None:
    """Nothing of it is lost on the way between two processes."""
    record, _ = _both(tmp_path)

    assert Record.from_json(json.loads(json.dumps(record.as_json()))) == record


def test_an_exchange_that_was_not_written(tmp_path: Path) -> None:
    """Several threads write: what is missing in the middle is not told of, and nothing breaks."""
    pack, _, path = _run(tmp_path, Service)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if '{"exchange":{"id":3,' not in line]
    assert len(kept) == len(lines) - 1
    path.write_text("".join(kept), "utf-8")

    record = JournalReader(path).record(pack.contract)
    assert 3 not in {exchange.id for exchange in record.exchanges}


MEASURE = """
import re, sys
from pathlib import Path
from clausewise.pack import load_pack
from clausewise.record.recovery import JournalReader

def most():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

contract = load_pack(Path(sys.argv[1])).contract
contract.clauses
before = most()
record = JournalReader(Path(sys.argv[2])).record(contract)
print(len(record.exchanges), (most() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_long_journal_takes_little_memory(tmp_path: Path) -> None:
    """Of 100 MB in which every reply breaks the contract, less than half is held at a time."""
    pack, _, path = _run(tmp_path, lambda pack: Service(pack, {"list": always(200, {"no": 1})}))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    entries = [line for line in lines if "exchange" in line]
    size = 0
    with path.open("a", encoding="utf-8") as file:
        turn = 0
        while size < 100_000_000:
            turn += 1
            for line in entries:
                exchange = line["exchange"]
                exchange = {**exchange, "id": exchange["id"] + turn * len(entries), "after": []}
                # As long as replies are: it is the bodies that make a journal large.
                body = {
                    **exchange["request"],
                    "body": {"text": "x" * 9000, "cut": None, "masked": []},
                }
                again = {**line, "exchange": {**exchange, "request": body}}
                size += file.write(json.dumps(again) + "\n")
    done = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, "-c", MEASURE, str(pack.root), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    kept, megabytes = map(int, done.stdout.split())
    assert kept >= 2000
    assert megabytes < 50, megabytes
