"""The suite under pytest itself: selection, stopping, xdist, one report."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ..conftest import REPOSITORY, Command
from .conftest import Server
from .test_run import FAULTS, LOOKS

SUITE = str(REPOSITORY / "contract_tests")


def test_by_hand_it_is_the_same_run(command: Command, broken: str) -> None:
    """`pytest contract_tests --base-url` gives the verdicts of `clausewise run`."""
    by_command = command("run", "--base-url", broken)
    verdicts, code = by_command.verdicts, by_command.code
    by_hand = command(SUITE, "--base-url", broken, "-q", module="pytest")

    # Which optional parts a reply shows goes by the meeting, and each run has its own ones.
    assert by_hand.verdicts.keys() == verdicts.keys()
    for name, verdict in by_hand.verdicts.items():
        assert verdict == verdicts[name] or "200#/data/" in name
    assert by_hand.code == code == 1
    assert by_hand.output.count("FAILED") == 2


def test_each_clause_is_one_item(command: Command) -> None:
    """Every clause of the contract is judged by exactly one test item."""
    result = command(SUITE, "--collect-only", "-q", module="pytest")
    items = [line.partition("[")[2].rstrip("]") for line in result.output.splitlines()]
    items = [item for item in items if ":" in item and " " not in item]

    command("run", "--examples", "0")
    assert len(items) == len(set(items))
    assert set(items) == set(result.verdicts)


def test_xdist_sends_nothing_twice_and_writes_one_report(
    command: Command, conforming: tuple[str, Server]
) -> None:
    """With two workers: as many requests as with none, and the whole report."""
    url, server = conforming
    result = command(SUITE, "--base-url", url, "-q", "-n", "2", module="pytest")

    assert result.code == 0, result.output
    run = result.model["run"]
    assert run["requests"] <= server.requests <= run["requests"] + server.made
    assert run["requests"] <= run["planned"] + LOOKS
    assert set(result.verdicts.values()) == {"upheld", "unexercised"}
    # The worker's journal went with the report.
    left = {path.name for path in (result.folder / "reports").iterdir()}
    assert all(name.startswith("conformance.") for name in left), left


def test_xdist_ends_with_6_where_nothing_listens(command: Command) -> None:
    """The exit code and the paragraph get through from a worker."""
    result = command(SUITE, "--base-url", "http://127.0.0.1:9", "-n", "2", module="pytest")

    assert result.code == 6
    assert "cannot be reached" in result.output + result.errors


def test_last_failed_runs_what_failed(command: Command, broken: str) -> None:
    """--lf after a run that pytest drove judges the two broken clauses and no other."""
    command("run", "--base-url", broken, "-q")
    again = command("run", "--base-url", broken, "--lf")

    assert again.code == 1
    assert "2 clauses to judge" in again.output
    assert again.findings == FAULTS


def test_exit_first_stops_and_still_reports(command: Command, broken: str) -> None:
    """-x ends at the first finding; the report is there."""
    result = command(SUITE, "--base-url", broken, "-x", "-q", module="pytest")

    assert result.code == 1
    assert "1 failed" in result.output
    assert result.findings


def test_junit_names_every_clause(command: Command, broken: str) -> None:
    """Our JUnit file has one case a clause and marks the two failures."""
    result = command("run", "--base-url", broken)
    root = ElementTree.parse(result.folder / "reports" / "conformance.junit.xml").getroot()  # noqa: S314  # our own file
    cases = list(root.iter("testcase"))

    assert {case.get("name") for case in cases} == set(result.verdicts)
    assert {c.get("name") for c in cases if c.find("failure") is not None} == FAULTS


@pytest.mark.parametrize(
    ("expires", "code", "told"),
    [("2999-12-31", 1, "waived"), ("2020-01-01", 1, "expired on 2020-01-01")],
)
def test_a_waiver_excuses_one_verdict_until_it_ends(
    command: Command, broken: str, tmp_path: Path, expires: str, code: int, told: str
) -> None:
    """A waived finding does not fail; after its last day it fails again and says why."""
    pack = tmp_path / "pack"
    for name in ("schemas", "rules", "strategies", "contract_tests", "mock"):
        shutil.copytree(REPOSITORY / name, pack / name)
    settings = (REPOSITORY / "clausewise.yaml").read_text("utf-8")
    waivers = "".join(
        f"  - {{clause: '{clause}', verdict: {verdict}, reason: known, owner: qa, "
        f"expires: {expires}}}\n"
        for clause, verdict in zip(sorted(FAULTS), ("violated", "strict"), strict=True)
    )
    (pack / "clausewise.yaml").write_text(f"{settings}\nwaivers:\n{waivers}", "utf-8")

    result = command("run", "--pack", str(pack), "--base-url", broken)

    excused = [c["id"] for c in result.model["clauses"] if c["waived"]]
    if expires > "2026":
        assert result.code == 0
        assert set(excused) == FAULTS
    else:
        assert result.code == code
        assert excused == []
    assert told in result.output


def test_a_contract_test_of_an_operation_that_was_not_read_says_why(
    command: Command, tmp_path: Path
) -> None:
    """The test's file and line, what it asks for, and the line that could not be read; exit 4."""
    pack = tmp_path / "pack"
    (pack / "contract_tests").mkdir(parents=True)
    (pack / "clausewise.yaml").write_text("name: p\ncontract: api.yaml\ntests: contract_tests\n")
    (pack / "api.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a: {$ref: a.yaml}\n"
        "  /b:\n    get: {operationId: b, responses: {'200': {description: ok}}}\n"
    )
    (pack / "a.yaml").write_text("get: [a\n  b: c\n")
    (pack / "contract_tests" / "test_a.py").write_text(
        "import clausewise\n\n@clausewise.clauses('a')\ndef test_a(clause):\n    clause.check()\n"
    )
    result = command("run", "--pack", str(pack), "--base-url", "http://127.0.0.1:9", str(pack))

    assert result.code == 4
    assert "test_a.py:3: nothing in the contract fits clauses('a')" in result.errors
    assert "a.yaml:2: is not YAML" in result.errors
    assert "Traceback" not in result.errors
