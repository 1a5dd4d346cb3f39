"""Runs in a terminal: the progress bar leaves nothing behind, and no word is lost."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from ..conftest import REPOSITORY
from .terminals import in_terminal


def _in_terminal(folder: Path, *options: str) -> tuple[int, str]:
    """Exit code of a run of the pack, and what its terminal got but for colours and moves."""
    words = ("run", "--pack", str(REPOSITORY), *options)
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
    code, said = in_terminal(folder, *words, environment=environment)
    return code, re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", said)


def test_a_target_that_is_not_there(tmp_path: Path) -> None:
    """The bar has begun when the run ends; the message and the exit code are still told."""
    with socket.socket() as nobody:
        # Bound, but nobody listens.
        nobody.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        code, said = _in_terminal(tmp_path, "--base-url", base_url)

    assert "━" in said
    assert "cannot be reached" in said
    assert "lost sys.stderr" not in said
    assert code == 6


def test_a_run_with_nothing_to_find(tmp_path: Path) -> None:
    """The closing words come after the bar."""
    code, said = _in_terminal(tmp_path, "-k", "get_active_recording", "--examples", "0")

    bar, _, ending = said.rpartition("━")
    assert "get_active_recording" in bar
    assert "No findings" in ending or "are upheld" in ending
    assert "Reports in" in ending
    assert code == 0
