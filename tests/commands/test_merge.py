"""Parts of a run, recordings and nights: merged in any order, into what the whole says."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from clausewise.__main__ import main
from clausewise.errors import UsageError
from clausewise.merging import merge
from clausewise.pack import find_pack
from clausewise.report import Report

from ..conftest import REPOSITORY
from ..report.github import processed
from ..traffic.lamps import EXAMPLE, LAMP, dimmed, judge, lines, shown

_PACK = find_pack(str(EXAMPLE))
MAXIMUM = "dim_lamp:request#/brightness:maximum"


def _run(folder: Path, *words: str) -> int:
    return main(
        ["run", "--pack", str(REPOSITORY), "--examples", "0", "--report-dir", str(folder), *words]
    )


def _verdicts(report: Report) -> dict[str, tuple[str, bool]]:
    return {clause.id: (clause.verdict, clause.soft) for clause in report.clauses}


@pytest.mark.slow
def test_shards_in_any_order_are_the_one_run(tmp_path: Path) -> None:
    """Four shards come to the same bytes in any order, and to the verdicts of the one run."""
    assert _run(tmp_path / "whole") == 0
    folders = [tmp_path / f"shard-{part}" for part in range(1, 5)]
    for part, folder in enumerate(folders, 1):
        assert _run(folder, "--shard", f"{part}/4") == 0
    files = [str(folder / "conformance.json") for folder in folders]
    whole = Report.load(tmp_path / "whole" / "conformance.json")
    written = set()
    for seed in range(3):
        random.Random(seed).shuffle(files)  # noqa: S311  # an order
        assert (
            main(["merge", *files, "--pack", str(REPOSITORY), "--report-dir", str(tmp_path)]) == 0
        )
        written.add((tmp_path / "conformance.json").read_bytes())
    assert len(written) == 1
    merged = Report.load(tmp_path / "conformance.json")
    assert _verdicts(merged) == _verdicts(whole)
    sent = [Report.load(file).run.requests for file in files]
    assert max(sent) < 0.7 * whole.run.requests
    assert merged.run.requests == sum(sent)


@pytest.mark.slow
def test_a_shard_is_one_where_pytest_drives(tmp_path: Path) -> None:
    """By pytest, too, a shard sends its part alone, and says what is left to others."""
    for name, more in (("driven", ()), ("by pytest", ("-q",))):
        assert _run(tmp_path / name, "--shard", "2/4", *more) == 0
    driven, by_pytest = (
        Report.load(tmp_path / name / "conformance.json") for name in ("driven", "by pytest")
    )
    assert by_pytest.run.requests == driven.run.requests
    assert _verdicts(by_pytest) == _verdicts(driven)
    left = [clause.id for clause in by_pytest.clauses if clause.message == "left to another shard"]
    assert len(left) > 50


@pytest.mark.slow
def test_a_run_after_traffic_asks_what_that_has_not_shown(tmp_path: Path) -> None:
    """Clauses that a report has a verdict on are left out, and the requests that they take."""
    assert _run(tmp_path / "first") == 0
    har = tmp_path / "first" / "conformance.har"
    seen = tmp_path / "seen"
    assert main(["judge", "--pack", str(REPOSITORY), "--report-dir", str(seen), str(har)]) == 0
    after = tmp_path / "after"
    _run(after, "--after", str(seen / "conformance.json"), "--min-judged", "0")
    shown_before, now = (Report.load(folder / "conformance.json") for folder in (seen, after))
    # Scenarios judge the rules that they are about, all of them.
    judged = {n for n, v in now.verdicts.items() if v != "unexercised" and ":rule:" not in n}
    assert not judged & {n for n, v in shown_before.verdicts.items() if v == "upheld"}
    assert judged
    assert now.run.requests < Report.load(tmp_path / "first" / "conformance.json").run.requests


def test_a_run_after_traffic_that_shows_all_asks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to be judged any more: that is said, nothing is sent, and nothing lacks."""
    document = tmp_path / "openapi.yaml"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n"
        "      operationId: look\n      responses: {'200': {description: Fine.}}\n"
    )
    traffic = tmp_path / "traffic.jsonl"
    traffic.write_bytes(lines([shown(1, {}, url="http://127.0.0.1:9/a")]))
    seen, url = tmp_path / "seen", ["--base-url", "http://127.0.0.1:9"]
    judged = ["judge", "--pack", str(document), "--report-dir", str(seen), *url, str(traffic)]
    assert main(judged) == 0
    after = ["--after", str(seen / "conformance.json"), "--report-dir", str(tmp_path / "after")]
    assert main(["run", "--pack", str(document), *url, *after]) == 0
    assert "nothing is left to ask" in capsys.readouterr().out
    assert main(["run", "--pack", str(document), *url, *after[2:]]) == 6, "nobody is there"


def _reports(tmp_path: Path, *recordings: list[Any]) -> list[Report]:
    return [judge(tmp_path, lines(some)) for some in recordings]


def test_recordings_show_together_what_none_does_alone(tmp_path: Path) -> None:
    """One lenient exchange in each of two recordings: together they are two; duplicates are one."""
    one, two = dimmed(1, {"brightness": 101}), dimmed(2, {"brightness": 101})
    reports = _reports(tmp_path, [one], [two], [shown(n) for n in range(1, 20)])
    assert {report.verdicts[MAXIMUM] for report in reports} <= {"inconclusive", "unexercised"}
    merged = [merge(order, _PACK) for order in (reports, reports[::-1])]
    assert merged[0].as_json() == merged[1].as_json()
    assert [clause.id for clause in merged[0].findings] == [MAXIMUM]
    assert merged[0].traffic["exchanges"] == 21
    [proof, *_] = merged[0].findings[0].evidence
    assert proof.exchange in {exchange.id for exchange in merged[0].exchanges}
    again = merge(_reports(tmp_path, [one], [one]), _PACK)
    assert again.verdicts[MAXIMUM] == "inconclusive"


def test_what_varies_from_night_to_night_is_told(tmp_path: Path) -> None:
    """A clause that was broken in one night of three is violated, and known for flaky."""
    nights = _reports(tmp_path, [shown(1)], [shown(2, {**LAMP, "state": "dim"})], [shown(3)])
    history = merge(nights, _PACK).history
    assert history["clauses"] == {"show_lamp:200#/state:enum": {"upheld": 2, "violated": 1}}
    assert history["reports"] == 3
    assert history["flaky"] == round(1 / (1 + history["steady"]), 4)


def test_reports_on_other_contracts_do_not_merge(tmp_path: Path) -> None:
    """A report whose clauses differ is told by name."""
    text = EXAMPLE.read_text("utf-8").replace("maximum: 100", "maximum: 99")
    (tmp_path / "openapi.yaml").write_text(text, "utf-8")
    [report] = _reports(tmp_path, [shown(1)])
    other = find_pack(str(tmp_path / "openapi.yaml"))
    with pytest.raises(UsageError, match="about other clauses"):
        merge([report], other)
    with pytest.raises(UsageError, match="nothing to merge"):
        merge([], other)


def test_a_merged_report_is_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is written can be read, and merged again with more."""
    for number in (1, 2):
        report = judge(tmp_path, lines([dimmed(number, {"brightness": 101})]))
        report.write(tmp_path / f"night-{number}", ["json"])
    files = [str(tmp_path / f"night-{number}" / "conformance.json") for number in (1, 2)]
    code = main(["merge", *files, "--pack", str(EXAMPLE), "--report-dir", str(tmp_path / "week")])
    assert code == 1
    assert MAXIMUM in capsys.readouterr().out
    written = json.loads((tmp_path / "week" / "conformance.json").read_text("utf-8"))
    assert written["traffic"]["exchanges"] == 2
    week = Report.load(tmp_path / "week" / "conformance.json")
    more = merge([week, *_reports(tmp_path, [shown(1)])], _PACK)
    assert more.traffic["exchanges"] == 3


@pytest.mark.parametrize("command", ["merge", "report"])
def test_what_a_report_quotes_commands_no_runner(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    """A server's words are no command of GitHub Actions, whichever command prints them."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    command_of_theirs = "##[set-env name=A]b"
    report = judge(tmp_path, lines([shown(1, {**LAMP, "state": command_of_theirs})]))
    report.write(tmp_path, ["json"])
    words = [command, str(tmp_path / "conformance.json"), "--pack", str(EXAMPLE)]
    assert main([*words, "--report-dir", str(tmp_path / "again")]) == 1
    output = capsys.readouterr().out
    assert command_of_theirs in output
    assert processed(output) == []
