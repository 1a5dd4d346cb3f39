"""Turns a real run in a pseudo-terminal into docs/run.svg, the picture in the README.

Usage: python docs/picture.py OUT.svg COMMAND [ARGUMENT ...]
"""

from __future__ import annotations

import io
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 100


def main(out: str, *command: str) -> None:
    """Run the command at 100 columns, and draw what it left on the screen."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "LINES": "60", "TERM": "xterm-256color"}
    with subprocess.Popen(  # noqa: S603  # the command is the caller's own
        command, stdout=follower, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        parts = []
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not part:
                break
            parts.append(part)
        process.wait()
    text = b"".join(parts).decode("utf-8", "replace").replace("\r\n", "\n")
    # The progress bar is gone from the screen by then.
    lines = [line for line in text.split("\n") if "━" not in line]
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text(f"$ {shlex.join(command)}", style="bold"))
    console.print(Text.from_ansi("\n".join(lines)), soft_wrap=False)
    Path(out).write_text(console.export_svg(title="clausewise run"), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
