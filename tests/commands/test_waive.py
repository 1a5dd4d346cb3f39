"""Waivers: written from a report, they turn a run green until something else is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from clausewise.__main__ import main

from ..report.tasks import TOKEN, Service, served, write_document

SOON = (date.today() + timedelta(days=30)).isoformat()
WHY = ("--reason", "the stub is known", "--owner", "qa@example.test", "--expires", SOON)
Run = Callable[..., tuple[int, str]]
_TITLE = "add_task:request#/title:maxLength"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in a folder with a pack for the tasks; gives exit code and output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKS_TOKEN", TOKEN)
    monkeypatch.setenv("COLUMNS", "100")
    write_document(tmp_path)
    (tmp_path / "clausewise.yaml").write_text(
        "name: tasks\ncontract: tasks.json\ncredentials:\n  key: {env: TASKS_TOKEN}\n", "utf-8"
    )

    def run(*words: str) -> tuple[int, str]:
        code = main(list(words))
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def _judge(run: Run, url: str, *words: str) -> tuple[int, str]:
    return run("run", "--base-url", url, "--examples", "0", *words)


def _model() -> Any:
    return json.loads(Path("reports/conformance.json").read_text("utf-8"))


def _waive(run: Run, *words: str) -> tuple[int, str]:
    return run("waive", "reports/conformance.json", *words, *WHY)


def test_all_is_waived_and_a_new_breach_is_not(run: Run) -> None:
    """What was found is accepted; what is broken besides fails the run."""
    with served(Service("title")) as url:
        assert _judge(run, url)[0] == 1
        code, told = _waive(run)
        assert (code, told.startswith("3 waivers written to ")) == (0, True)
        assert _judge(run, url)[0] == 0
        assert _waive_count() == 3
    with served(Service("title", "priority")) as url:
        code, _ = _judge(run, url)
        assert code == 1
        failing = [c["id"] for c in _model()["clauses"] if c["verdict"] == "lenient"]
        waived = [c["id"] for c in _model()["clauses"] if c["waived"]]
        assert _TITLE in waived
        assert set(failing) - set(waived) == {"add_task:request#/priority:enum"}


def _waive_count() -> int:
    return len(yaml.safe_load(Path("waivers.yaml").read_text("utf-8")))


def test_one_cause_is_waived(run: Run) -> None:
    """With --root the clauses of one cause are written, each by its id; others still fail."""
    with served(Service("title", "no auth")) as url:
        _judge(run, url)
        (root,) = [root for root in _model()["roots"] if root["kind"] == "auth"]
        assert _waive(run, "--root", root["id"])[0] == 0
        written = yaml.safe_load(Path("waivers.yaml").read_text("utf-8"))
        assert [one["clause"] for one in written] == root["clauses"]
        assert all("most" not in one for one in written)
        assert _judge(run, url)[0] == 1
        failing = {c["id"] for c in _model()["clauses"] if c["verdict"] in ("lenient", "violated")}
        assert {c["id"] for c in _model()["clauses"] if c["waived"]} == failing & set(
            root["clauses"]
        )


def test_a_pattern_has_a_bound(run: Run) -> None:
    """A pattern is written with as many as it excuses today; with one more it excuses none."""
    with served(Service("title")) as url:
        _judge(run, url)
        assert _waive(run, "*/title:maxLength")[0] == 0
        (written,) = yaml.safe_load(Path("waivers.yaml").read_text("utf-8"))
        assert (written["clause"], written["most"]) == ("*/title:maxLength", 3)
        assert sorted(written["verdicts"]) == ["lenient", "violated"]
        assert _judge(run, url)[0] == 0
        Path("waivers.yaml").write_text(yaml.safe_dump([written | {"most": 2}]), "utf-8")
        code, told = _judge(run, url)
        assert code == 1
        assert "it fits 3 findings and may excuse 2" in " ".join(told.split())


def test_a_waiver_ends(run: Run) -> None:
    """The day after its last one a waiver excuses nothing, and the finding says so."""
    with served(Service("title")) as url:
        _judge(run, url)
        _waive(run)
        text = Path("waivers.yaml").read_text("utf-8").replace(SOON, "2026-01-31")
        Path("waivers.yaml").write_text(text, "utf-8")
        code, told = _judge(run, url)
    assert code == 1
    assert "a waiver for it expired on 2026-01-31" in " ".join(told.split())


def test_a_waiver_is_for_its_profile(run: Run) -> None:
    """What is accepted of one target is not accepted of another."""
    with served(Service("title")) as url:
        pack = Path("clausewise.yaml")
        pack.write_text(
            pack.read_text("utf-8") + f"profiles:\n  stub: {{base_url: '{url}'}}\n", "utf-8"
        )
        assert run("run", "--profile", "stub", "--examples", "0")[0] == 1
        assert _model()["run"]["profile"] == "stub"
        code, told = _waive(run)
        assert (code, "for the profile stub" in told) == (0, True)
        assert run("run", "--profile", "stub", "--examples", "0")[0] == 0
        assert _judge(run, url)[0] == 1


def test_a_stale_waiver_is_told(run: Run) -> None:
    """What nothing needs any more is said, with where it is written, and changes no exit code."""
    with served(Service("title")) as url:
        _judge(run, url)
        _waive(run)
    with served(Service()) as url:
        code, told = _judge(run, url)
    assert code == 0
    stale = _model()["stale_waivers"]
    assert {one["why"] for one in stale} == {"what it is about is upheld now"}
    assert "waivers.yaml:1" in " ".join(told.split())


def test_waivers_elsewhere(run: Run, tmp_path: Path) -> None:
    """A file that is named holds waivers without touching the pack."""
    with served(Service("title")) as url:
        _judge(run, url)
        assert _waive(run, "--waivers", "mine.yaml")[0] == 0
        assert not (tmp_path / "waivers.yaml").exists()
        assert _judge(run, url)[0] == 1
        assert _judge(run, url, "--waivers", "mine.yaml")[0] == 0
        assert _judge(run, url, "--waivers", "no.yaml")[0] == 4


@pytest.mark.parametrize("words", [(), ("--waivers", "waivers.yaml")])
def test_waivers_of_a_bundled_pack_are_named(run: Run, words: tuple[str, ...]) -> None:
    """A waivers.yaml that lies in the folder is not taken by itself, and that is said."""
    Path("waivers.yaml").write_text("[]\n", "utf-8")
    bundled = ("--pack", "bundled:realtimekit_recordings", "--include", "get_one_recording")
    code, told = run("run", *bundled, "--examples", "0", *words)
    assert (code, "waivers.yaml is not taken for a bundled pack" in told) == (0, not words)


def test_what_is_there_is_not_written_twice(run: Run) -> None:
    """Waivers are added to what a file has; one that is there stays as it is."""
    with served(Service("title")) as url:
        _judge(run, url)
        _waive(run, _TITLE)
        before = Path("waivers.yaml").read_text("utf-8")
        code, told = _waive(run)
    assert (code, "2 waivers written" in told, "1 was there" in told) == (0, True, True)
    assert Path("waivers.yaml").read_text("utf-8").startswith(before)


def test_what_is_there_for_less_is_written_anew(run: Run) -> None:
    """A waiver of another verdict does not stand for one that excuses what was found."""
    with served(Service("title")) as url:
        _judge(run, url)
        _waive(run, _TITLE, "--verdicts", "strict")
        code, told = _waive(run)
        assert (code, "3 waivers written" in told) == (0, True)
        assert _judge(run, url)[0] == 0


def test_a_file_of_waivers_is_read_by_people(run: Run) -> None:
    """Each waiver says all of itself, and what shares a cause stands together below it."""
    with served(Service("no auth")) as url:
        _judge(run, url)
    _waive(run)
    text = Path("waivers.yaml").read_text("utf-8")
    (root,) = [root for root in _model()["roots"] if root["kind"] == "auth"]
    assert text.startswith(f"# {root['title']} (root {root['id']})\n- clause: ")
    assert text.count(f"expires: {SOON}\n") == len(root["clauses"]) > 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--root", "nothing"), "the report has no root 'nothing'"),
        (("add_task:request#/title:maxlength",), "did you mean add_task:request#/title:maxLength"),
        (("x:*",), "the report has no finding 'x:*'"),
        (("--verdicts", "upheld"), "'upheld' is no verdict that can fail a run"),
    ],
)
def test_what_cannot_be_waived(run: Run, words: tuple[str, ...], said: str) -> None:
    """A word that fits nothing writes nothing, and says what may have been meant."""
    with served(Service("title")) as url:
        _judge(run, url)
    code, told = _waive(run, *words)
    assert (code, said in " ".join(told.split())) == (4, True), told
    assert not Path("waivers.yaml").exists()


def test_a_day_that_is_over(run: Run) -> None:
    """A waiver that excuses nothing is not written."""
    words = ("--reason", "r", "--owner", "o", "--expires", "2026-01-01")
    code, told = run("waive", "reports/conformance.json", *words)
    assert (code, "2026-01-01 is over" in told) == (4, True)


def test_a_baseline_fails_on_what_is_new(run: Run) -> None:
    """What an earlier report had found is known; one finding more fails the run."""
    with served(Service("title")) as url:
        assert _judge(run, url)[0] == 1
        Path("reports/conformance.json").rename("before.json")
        code, told = _judge(run, url, "--baseline", "before.json")
        assert (code, "3 known" in told) == (0, True)
        assert _model()["run"]["baseline"]["known"] == 3
    with served(Service("title", "priority")) as url:
        assert _judge(run, url, "--baseline", "before.json")[0] == 1
        assert _judge(run, url, "--baseline", "nowhere.json")[0] == 4


@pytest.mark.parametrize(
    ("fault", "least", "code"),
    [
        ("title", "leniency=80", 0),
        ("title", "leniency=99", 1),
        ("any token", "auth=presence", 0),
        ("any token", "auth=value", 1),
        ("no auth", "auth=presence", 1),
        ("title", "auth=100", 0),
        ("canned", "errors=50", 5),
        ("title", "leniency=8O", 4),
        ("title", "lenience=80", 4),
    ],
)
def test_levels_that_have_to_be_reached(run: Run, fault: str, least: str, code: int) -> None:
    """Below what is wanted a run ends with 1, where too little is known with 5."""
    with served(Service(fault)) as url:
        words = ("--fail-on", "strict", "--min-judged", "0", "--min", least)
        done, told = _judge(run, url, *words)
    assert done == code, told
    if code in (1, 5):
        assert "was wanted (--min)" in " ".join(told.split())
