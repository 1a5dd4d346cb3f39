"""The GitHub Action and the GitLab template, as far as they can be run without the hosts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from clausewise.commands.demo import FAULTS
from clausewise.commands.mock import broken_mock
from clausewise.mock import running
from clausewise.pack import find_pack

from ..conftest import REPOSITORY
from ..guards import FOR_EVER


def _run(script: str, folder: Path, **environment: str) -> int:
    return subprocess.run(  # noqa: S603  # our own scripts
        ["/bin/bash", "-e", "-c", script],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        timeout=FOR_EVER,
        check=False,
    ).returncode


@pytest.fixture
def action(tmp_path: Path) -> dict[str, Any]:
    """The action, with the tests' own environment where it would install one."""
    home = tmp_path / "clausewise"
    home.mkdir()
    (home / "bin").symlink_to(Path(sys.executable).parent)
    loaded: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize(("faults", "code"), [((), 0), (FAULTS, 1)])
def test_the_action_judges_and_tells(
    tmp_path: Path, action: dict[str, Any], faults: tuple[str, ...], code: int
) -> None:
    """Its exit code is the run's, which is an output too; the summary has the Markdown report."""
    assert action["runs"]["using"] == "composite"
    (judge,) = [step for step in action["runs"]["steps"] if step.get("id") == "judge"]
    assert set(judge["env"]) == {"PACK", "PROFILE", "BASE_URL", "ARGUMENTS"}
    output, summary = tmp_path / "output", tmp_path / "summary"
    pack = find_pack(str(REPOSITORY))
    with running(broken_mock(pack, faults) if faults else pack.mock()) as url:
        ended = _run(
            judge["run"],
            tmp_path,
            PACK=str(REPOSITORY),
            PROFILE="",
            BASE_URL=url,
            ARGUMENTS="--include start_recording --examples 0",
            RUNNER_TEMP=str(tmp_path),
            GITHUB_OUTPUT=str(output),
            GITHUB_STEP_SUMMARY=str(summary),
        )
    assert ended == code
    assert output.read_text("utf-8") == f"exit-code={code}\n"
    assert "start_recording" in summary.read_text("utf-8")


def test_every_input_of_the_action_is_used(action: dict[str, Any]) -> None:
    """What can be given has an effect, and nothing is read that cannot be given."""
    text = (REPOSITORY / "action.yml").read_text("utf-8")
    for name in action["inputs"]:
        assert f"inputs.{name} }}}}" in text or f"inputs.{name} == " in text
    assert text.count("inputs.") == len(action["inputs"])


def test_the_gitlab_template_runs(tmp_path: Path) -> None:
    """Its last line judges what the variables say, and the reports are where it keeps them."""
    job = yaml.safe_load((REPOSITORY / "docs/ci/gitlab.yml").read_text("utf-8"))[".clausewise"]
    (tmp_path / ".clausewise-venv").mkdir()
    (tmp_path / ".clausewise-venv" / "bin").symlink_to(Path(sys.executable).parent)
    arguments = f"--pack {REPOSITORY} --include get_one_recording --examples 0"
    assert _run(job["script"][-1], tmp_path, CLAUSEWISE_ARGUMENTS=arguments) == 0
    assert (tmp_path / job["artifacts"]["reports"]["junit"]).is_file()
