"""`clausewise run`, as its user sees it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from clausewise.mock import running
from clausewise.report import validate_model

from ..conftest import REPOSITORY, Command
from ..report.github import processed
from .conftest import TOKEN, Server

REPORTS = {
    f"conformance.{ending}" for ending in ("json", "html", "junit.xml", "md", "sarif", "har")
}
# How often a run may look at a recording until it is in a state, beyond the planned looks.
LOOKS = 8
FAULTS = {
    "start_recording:200#/data/session_id:required",
    "start_recording:request#/video_config/height:maximum",
}


def test_with_nothing_else_it_judges_the_mock_of_the_pack(command: Command) -> None:
    """Without arguments: exit 0, every clause upheld or unexercised with a reason, six files."""
    result = command("run")

    assert result.code == 0, result.output + result.errors
    assert set(result.verdicts.values()) == {"upheld", "unexercised"}
    assert all(c["message"] for c in result.model["clauses"] if c["verdict"] == "unexercised")
    assert {path.name for path in (result.folder / "reports").iterdir()} == REPORTS
    assert validate_model(result.model) == []
    upheld = result.model["summary"]["upheld"]
    assert f"All {upheld} judged clauses are upheld" in result.output


def test_over_http_the_verdicts_are_the_same(
    command: Command, conforming: tuple[str, Server]
) -> None:
    """The mock judged in process and over HTTP gets the same verdicts from as many requests."""
    url, server = conforming
    inside = command("run").verdicts
    outside = command("run", "--base-url", url)

    assert outside.code == 0, outside.output + outside.errors
    # Which recordings a list shows, and how far they are, takes turns; what is said of them not.
    assert outside.verdicts.keys() == inside.keys()
    for name, verdict in outside.verdicts.items():
        assert verdict == inside[name] or "200#/data/" in name
    assert outside.model["target"] == {"base_url": url, "kind": "http"}
    run = outside.model["run"]
    assert run["requests"] <= server.requests <= run["requests"] + server.made
    assert run["requests"] <= run["planned"] + LOOKS


def test_findings_are_told_with_promise_source_and_curl(command: Command, broken: str) -> None:
    """Two faults: exit 1, both named, each with its promise, its place and a line to repeat it."""
    result = command("run", "--base-url", broken)

    assert result.code == 1
    assert result.findings == FAULTS
    for clause in FAULTS:
        assert clause in result.output
    assert "promised: /data/session_id is required (schemas/recording.yaml:10;" in result.output
    assert "refused with 422: /video_config/height = 1920" in result.output
    assert f"'{broken}/accounts/" in result.output
    # The stand-in that the pack publishes stands as it is, so that the line works.
    assert '-H "Authorization: Bearer cfat_stand-in-token-' in result.output


def test_a_token_of_the_environment_is_used_and_never_shown(command: Command, broken: str) -> None:
    """The token reaches the server, and is in no output and no file."""
    result = command("run", "--base-url", broken, CLOUDFLARE_API_TOKEN=TOKEN)

    # The mock takes another token, so this one is refused, and said to come from the variable.
    assert result.code == 6
    assert "CLOUDFLARE_API_TOKEN" in result.errors
    everything = result.output + result.errors
    for path in result.folder.rglob("*"):
        if path.is_file():
            everything += path.read_text("utf-8", errors="replace")
    assert TOKEN not in everything


def test_a_target_that_is_not_there_ends_the_run_at_once(command: Command) -> None:
    """Exit 6, one paragraph, no report of what was not judged, no traceback."""
    result = command("run", "--base-url", "http://127.0.0.1:9")

    assert result.code == 6
    assert "cannot be reached" in result.errors
    assert "--base-url" in result.errors
    assert "Traceback" not in result.output + result.errors
    assert not (result.folder / "reports").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--base-url", "nonsense"], "http://127.0.0.1:8080"),
        (["--base-url", "http://192.0.2.1"], "CLOUDFLARE_API_TOKEN"),
        (["--header", "no colon"], "Name: value"),
        (["--profile", "nowhere"], "no profile 'nowhere'"),
        (["--pack", "nowhere"], "there is no file and no folder nowhere"),
        (["--pack", "bundled:nowhere"], "realtimekit_recordings"),
        (["--rate", "fast"], "--rate"),
        (["--fail-on", "ugly"], "violated, lenient, strict"),
        (["--no-such-option"], "--no-such-option"),
        (["--base-ulr", "http://127.0.0.1:9"], "did you mean --base-url"),
        (["--junitxlm=x"], "did you mean --junitxml"),
        (["--rate"], "--rate"),
        (["--report-dir", "/dev/null/reports"], "/dev/null/reports"),
    ],
)
def test_a_mistake_has_a_message_and_exit_code_4(
    command: Command, words: list[str], told: str
) -> None:
    """Wrong usage says what is wrong, and shows no traceback."""
    result = command("run", *words)

    assert result.code == 4
    assert told in result.output + result.errors
    assert "Traceback" not in result.output + result.errors


@pytest.mark.parametrize(
    ("name", "broken"),
    [("recording.yaml", "$ref: nowhere.yaml"), ("openapi.yaml", "title: ]")],
)
def test_a_broken_contract(command: Command, tmp_path: Path, name: str, broken: str) -> None:
    """What is no YAML ends with 4, file and line; a `$ref` to nowhere costs itself, told so too."""
    pack = tmp_path / "pack"
    for folder in ("schemas", "rules", "strategies", "contract_tests", "mock"):
        shutil.copytree(REPOSITORY / folder, pack / folder)
    shutil.copy(REPOSITORY / "clausewise.yaml", pack)
    schema = pack / "schemas" / name
    text = schema.read_text("utf-8")
    schema.write_text(f"{text}\n{broken}\n", "utf-8")
    line = schema.read_text("utf-8").splitlines().index(broken) + 1

    result = command("run", "--pack", str(pack), "--examples", "0")

    if broken.startswith("title"):
        assert result.code == 4
        assert f"schemas/openapi.yaml:{line}" in result.errors.replace("\n", "")
        return
    assert result.code == 0, result.output + result.errors
    lost = [c for c in result.model["clauses"] if "nowhere.yaml" in c["message"]]
    assert {c["verdict"] for c in lost} == {"unexercised"}
    where = {"file": "schemas/recording.yaml", "line": line}
    assert all(clause["source"] == where for clause in lost)


def test_a_budget_keeps_the_most_valuable_requests(command: Command) -> None:
    """With 60 requests no more are sent, and what is lost is unexercised with the reason."""
    result = command("run", "--max-requests", "60")

    assert result.model["run"]["requests"] <= 60
    lost = [c for c in result.model["clauses"] if "60 requests" in c["message"]]
    assert lost
    assert result.findings == set()


def test_verdicts_left_out_of_fail_on_do_not_fail(command: Command, broken: str) -> None:
    """`--fail-on lenient` lets a run with violated and strict clauses pass, and says so."""
    result = command("run", "--base-url", broken, "--fail-on", "lenient")

    assert result.code == 0
    assert "warning" in result.output


def test_pytest_arguments_go_through(command: Command) -> None:
    """-k selects clauses, -v shows pytest's own output, --junitxml writes pytest's file."""
    result = command(
        "run", "-v", "-k", "test_request and height and maximum", "--junitxml", "own.xml"
    )

    assert result.code == 0
    assert "test_request[start_recording:request#/video_config/height:maximum] PASSED" in (
        result.output
    )
    assert (result.folder / "own.xml").exists()
    assert result.model["run"]["requests"] < 30


SMUGGLED = "##[set-output name=a]b\n::set-output name=a::b\r::add-mask::c"


def _smuggling(
    asked: dict[str, Any], status: int, answer: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Answer a start with commands of GitHub Actions in place of its status."""
    if status == 200 and "meeting_id" in asked:
        answer["data"]["status"] = SMUGGLED
    return status, answer


@pytest.mark.parametrize("words", [("run",), ("run", "-v"), ()], ids=["run", "run -v", "pytest"])
def test_annotations_on_github(command: Command, words: tuple[str, ...]) -> None:
    """In GitHub Actions findings are annotations, once, and no reply brings commands of its own."""
    job = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(REPOSITORY)}
    with running(Server(_smuggling)) as url:
        options = ("--base-url", url, "--examples", "0")
        if words:
            result = command(*words, *options, "--pack", str(REPOSITORY), **job)
        else:
            suite = str(REPOSITORY / "contract_tests")
            result = command(suite, "-rA", *options, module="pytest", **job)

    found = processed(result.output)
    assert "set-output" in result.output
    assert {name for name, _, _ in found} == {"error"}
    titles = [properties["title"] for _, properties, _ in found]
    assert "start_recording:200#/data/status:enum" in titles
    assert set(titles) == result.findings
    assert len(titles) == len(set(titles))
    assert found[0][1]["file"].startswith(("schemas/", "rules/"))
    assert processed(result.errors) == []


def test_no_annotations_elsewhere(command: Command, broken: str) -> None:
    """Anywhere else no line is a command."""
    result = command("run", "--base-url", broken, GITHUB_ACTIONS="")

    assert result.code == 1
    assert processed(result.output) == []
    assert "::stop-commands" not in result.output


def test_a_run_of_few_clauses(command: Command) -> None:
    """`--include` and `--exclude` leave the clauses that are judged, and ask for no others."""
    words = ["--include", "get_one_recording", "--exclude", "*:200#*", "--examples", "0"]
    done = command("run", *words)

    assert done.code == 0, done.output
    model = done.model
    judged = {c["id"] for c in model["clauses"] if c["verdict"] == "upheld"}
    assert judged
    # Scenarios ask other operations too, and nothing is said of these.
    assert all(n.startswith("get_one_recording:") and ":200#" not in n for n in judged)
    assert "get_one_recording:rule:R42" in judged
    assert model["run"]["requests"] < 100
