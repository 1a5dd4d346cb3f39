"""The command in a terminal of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ..guards import FOR_EVER


def in_terminal(
    folder: Path, *words: str, environment: Mapping[str, str], typed: str = ""
) -> tuple[int, str]:
    """Exit code of the command, and what its terminal got; its user has `typed` so much."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    with subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "clausewise", *words],
        cwd=folder,
        env={**environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        said = b""
        try:
            while more := os.read(ours, 65536):
                said += more
        except OSError:  # how Linux says that the other side has closed it
            pass
        finally:
            os.close(ours)
        return process.wait(FOR_EVER), said.decode()
