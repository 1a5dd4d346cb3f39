"""Annotations, as a runner of GitHub Actions reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausewise.report import annotations_of, commands_off

from .github import processed
from .sample import as_report, clause, sample

STATUS = "start_recording:200#/data/status:enum"
# What a reply could say to be taken for a command.
SMUGGLED = (
    "::set-output name=a::b",
    "##[set-output name=a;]b",
    "\n::add-mask::e\r::error::f\x85::error::g\u2028::error::h",
    "%0A::error file=x,line=1::i%0D",
    "::stop-commands::j\n::",
)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job in GitHub Actions, with a pack in a folder of its workspace."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    return tmp_path


def _errors(model: dict[str, Any], pack: Path) -> list[tuple[dict[str, str], str]]:
    found = processed("\n".join(annotations_of(as_report(model), pack)))
    assert {name for name, _, _ in found} <= {"error"}
    return [(properties, text) for _, properties, text in found]


def test_findings_are_errors(workspace: Path) -> None:
    """Each finding is an error at its line, from the workspace on, the gravest first."""
    errors = _errors(sample(), workspace / "api" / "contract")

    assert len(errors) == 3
    properties, text = errors[0]
    assert properties == {
        "file": "api/contract/schemas/recording.yaml",
        "line": "41",
        "title": STATUS,
    }
    assert text == (
        'violated: "STARTED" is not one of the six documented statuses (122 of 122 replies)\n'
        "promised: data.status is one of INVOKED, RECORDING, UPLOADING, UPLOADED, ERRORED, PAUSED. "
        "(schemas/recording.yaml:41; O, G:monitor)"
    )


def test_what_parts_a_command_is_escaped(workspace: Path) -> None:
    """What separates the parts of a command is escaped, in properties more than in the text."""
    model = sample()
    clause(model, STATUS).update(message="50 %, a: b", source={"file": "a,b:%.yaml", "line": 3})

    line = annotations_of(as_report(model), workspace)[0]

    assert line.startswith(
        "::error file=a%2Cb%3A%25.yaml,line=3,title=start_recording%3A200#/data/status%3Aenum::"
        "violated: 50 %25, a: b%0Apromised: "
    )


@pytest.mark.parametrize("value", ["", "false", None])
def test_elsewhere_there_are_none(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    """Outside of GitHub Actions nothing is printed, neither annotations nor switches."""
    if value is None:
        monkeypatch.delenv("GITHUB_ACTIONS")
    else:
        monkeypatch.setenv("GITHUB_ACTIONS", value)
    said: list[str] = []

    with commands_off(said.append):
        pass

    assert annotations_of(as_report(sample()), workspace) == said == []


def test_outside_of_the_workspace(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not of the repository is not named, nor one of a clause without a source."""
    inside, outside = workspace / "repository", workspace / "site-packages"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(inside))
    model = sample()
    clause(model, STATUS)["source"] = None

    assert all(properties.keys() == {"title"} for properties, _ in _errors(model, outside))
    assert _errors(model, inside)[0][0].keys() == {"title"}
    monkeypatch.delenv("GITHUB_WORKSPACE")
    assert _errors(model, inside)[1][0].keys() == {"title"}


def test_no_more_than_are_shown(workspace: Path) -> None:
    """Ten causes are annotated; how many more findings there are is told."""
    model = sample()
    prototype = clause(model, STATUS)
    of_rules = {**prototype, "part": "rule", "pointer": None}
    model["clauses"] = [{**of_rules, "id": f"a:rule:R{n}", "keyword": f"R{n}"} for n in range(12)]

    found = processed("\n".join(annotations_of(as_report(model), workspace)))

    assert [name for name, _, _ in found] == ["error"] * 10 + ["notice"]
    assert found[-1][2] == "2 more findings in the report files"


@pytest.mark.parametrize("text", SMUGGLED)
def test_no_command_is_smuggled_in(workspace: Path, text: str) -> None:
    """Text of the target stays text: a finding is one command on one line, whatever it quotes."""
    model = sample()
    for item in model["clauses"]:
        item.update(message=text, promise=text, documented=text, id=f"a:{text}:{item['id']}")
        item["source"] = {"file": f"schemas/{text}", "line": 1}

    lines = annotations_of(as_report(model), workspace)

    assert len(lines) == len(_errors(model, workspace)) == 3
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("text", SMUGGLED)
def test_quotes_are_no_commands(text: str) -> None:
    """What is printed while commands are off is not carried out; afterwards they are on again."""
    said: list[str] = []

    with commands_off(said.append):
        said.append(text)
    said.append("::notice::here")

    assert processed("\n".join(said)) == [("notice", {}, "here")]


def test_commands_are_on_again_after_an_error() -> None:
    """Also where printing fails, with a word that nobody could foresee."""
    said: list[str] = []
    for _ in range(2):
        with pytest.raises(OSError, match="full"), commands_off(said.append):
            raise OSError("the disk is full")

    assert processed("\n".join(said)) == []
    assert len(set(said)) == 4


def test_one_annotation_a_cause(workspace: Path) -> None:
    """Findings of one cause are one annotation, which says how many stand behind it."""
    model = sample()
    prototype = clause(model, STATUS)
    model["clauses"] = [
        {**prototype, "id": f"{name}:200#/data/status:enum", "operation": name} for name in "abc"
    ]

    ((_, text),) = _errors(model, workspace)

    assert text.splitlines()[-1].startswith("cause: data.status is one of ")
    assert text.endswith("violated in 3 places of one schema (2 more findings)")
