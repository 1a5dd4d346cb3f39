"""Servers in processes of their own."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..guards import FOR_EVER

PACK = "bundled:realtimekit_recordings"
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
APP = "7c1d2a90-3b58-4e0f-9d26-61a4f0e8b713"
# No secret: the bundled mock prints it.
TOKEN = "cfat_stand-in-token-of-the-bundled-mock-0000"  # noqa: S105  # made up for the tests
CLAUSEWISE = (sys.executable, "-m", "clausewise")


@contextlib.contextmanager
def serving(command: list[str], log: Path) -> Iterator[str]:
    """Run a server for as long as the block lasts; gives the URL that it says it listens at."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603  # our own command
    try:
        yield _said(process, log)
    finally:
        process.terminate()
        process.wait(FOR_EVER)


def _said(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + FOR_EVER
    while time.monotonic() < end and process.poll() is None:
        text = log.read_text("utf-8", "replace")
        said = re.search(r"(?:listening on|served at) (http://[\d.:]+)\s", text)
        if said is not None:
            return said[1]
        time.sleep(0.05)
    raise RuntimeError(f"no server: {log.read_text('utf-8', 'replace')}")
