"""No silent green: what share was judged, what the run is about, and reports written anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clausewise.report import Report

from ..conftest import Command
from .conftest import Server

DOCUMENT = """\
openapi: 3.0.3
info: {title: Things, version: '1'}
paths: {}
"""


@pytest.mark.parametrize(("least", "code"), [("100", 5), ("99", 0), ("0", 0)])
def test_too_little_is_judged(command: Command, least: str, code: int) -> None:
    """A run that judges less than --min-judged of what it asked ends with 5; else all is well."""
    result = command("run", "--examples", "0", "--min-judged", least)

    judged = result.model["judged"]
    assert 0.99 <= judged["judged"] / judged["asked"] < 1
    assert (result.code, result.model["run"]["exit_code"]) == (code, code)
    assert f"({judged['judged']} of {judged['asked']} clauses)" in " ".join(result.output.split())
    assert ("was wanted" in result.output) is (code == 5)


def test_findings_win(command: Command, broken: str) -> None:
    """Where something is broken, that is what the run ends with, however little was judged."""
    result = command("run", "--base-url", broken, "--examples", "0", "--min-judged", "100")

    assert result.code == 1
    assert "was wanted" in " ".join(result.output.split())


def test_the_shares_add_up(command: Command) -> None:
    """What is told by operation and part adds up to all, and so do the reasons for the rest."""
    judged = command("run", "--max-requests", "60").model["judged"]

    counts = [pair for parts in judged["by_operation"].values() for pair in parts.values()]
    assert sum(pair[0] for pair in counts) == judged["judged"]
    assert sum(pair[1] for pair in counts) == judged["asked"]
    missing = sum(why["clauses"] for why in judged["why"])
    assert missing == judged["asked"] - judged["judged"] > 0


def test_cases_are_named_alike_in_every_run(
    command: Command, conforming: tuple[str, Server]
) -> None:
    """The same contract, seed and options have the same cases against different targets."""
    here = command("run", "--examples", "3").model["cases"]
    there = command("run", "--examples", "3", "--base-url", conforming[0]).model["cases"]

    assert [case[:2] for case in here] == [case[:2] for case in there]
    assert len({case[0] for case in here}) == len(here) > 200


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("api.yaml", DOCUMENT),
        ("api.yml", f"# Ours.\n---\n{DOCUMENT.replace('openapi: 3.0.3', 'swagger: 2.0')}"),
        ("api.json", json.dumps({"info": {"title": "x"}, "openapi": "3.1.0", "paths": {}})),
    ],
)
@pytest.mark.parametrize("name_of_command", ["run", "plan"])
def test_a_folder_with_a_document(
    command: Command, tmp_path: Path, name_of_command: str, name: str, text: str
) -> None:
    """Who runs beside an OpenAPI document means it: the line to give is told, nothing is judged."""
    (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "other.json").write_text('{"name": "openapi", "version": "3"}', "utf-8")
    result = command(name_of_command)

    assert result.code == 4
    assert f"--pack {name}" in result.errors
    assert "other.json" not in result.errors
    assert not (tmp_path / "reports").exists()


def test_the_bundled_pack_is_named_first(command: Command) -> None:
    """With neither pack nor document, the first line says what is judged, and why."""
    result = command("run", "-k", "test_auth", "--examples", "0")

    first = result.output.splitlines()[0]
    assert "bundled:realtimekit_recordings" in first
    assert "no folder from here upward has a clausewise.yaml" in first


def test_a_report_is_written_anew(command: Command, broken: str, tmp_path: Path) -> None:
    """From a conformance.json all other formats are made again, with the exit code of its run."""
    command("run", "--base-url", broken, "--examples", "0")
    again = command("report", "reports/conformance.json", "--report-dir", "again")

    assert again.code == 1
    for name in ("conformance.json", "conformance.md", "conformance.sarif", "conformance.har"):
        assert (tmp_path / "again" / name).read_bytes() == (
            tmp_path / "reports" / name
        ).read_bytes()
    report = Report.load(tmp_path / "again" / "conformance.json")
    assert {found.id for found in report.findings} == {
        clause.id for clause in report.clauses if report.policy.fails(clause.id, clause.verdict)
    }
