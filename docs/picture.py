"""Makes the pictures in docs/ from one real run: the terminal, run.svg, and the report, report.png.

Usage: python docs/picture.py [FOLDER]

The bundled mock is broken in four ways and judged in a pseudo-terminal; Chromium shows the report.
"""

from __future__ import annotations

import io
import os
import pty
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from clausewise.commands.demo import FAULTS
from clausewise.commands.mock import broken_mock
from clausewise.mock import running
from clausewise.pack.finding import DEFAULT, find_pack

COLUMNS = 100
WINDOW = (1280, 1480)
CRASH = "crashes on get_all_recordings /query/page_no 0 with /query/expired false"


def main(folder: str = "docs") -> None:
    """Run, and make both pictures of what came of it."""
    pack = find_pack(f"bundled:{DEFAULT}")
    with (
        tempfile.TemporaryDirectory() as place,
        running(broken_mock(pack, (*FAULTS, CRASH))) as url,
    ):
        command = ["clausewise", "run", "--base-url", url]
        text = _on_a_terminal(command, place)
        _draw(command, text, Path(folder, "run.svg"))
        _photograph(Path(place, "reports", "conformance.html"), Path(folder, "report.png"))


def _on_a_terminal(command: list[str], place: str) -> str:
    """What a command says to a terminal, in a folder of its own."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "LINES": "60", "TERM": "xterm-256color"}
    with subprocess.Popen(  # noqa: S603  # our own command
        command, stdout=follower, stderr=follower, env=environment, cwd=place
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
    return b"".join(parts).decode("utf-8", "replace").replace("\r\n", "\n")


def _draw(command: list[str], text: str, out: Path) -> None:
    """Draw what is left on the screen: the progress bar is gone by then."""
    lines = [line for line in text.split("\n") if "━" not in line]
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text(f"$ {shlex.join(command)}", style="bold"))
    console.print(Text.from_ansi("\n".join(lines)), soft_wrap=False)
    out.write_text(console.export_svg(title="clausewise run"), "utf-8")


def _photograph(page: Path, out: Path) -> None:
    """Take a picture of a page as it opens."""
    browser = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    size = ",".join(map(str, WINDOW))
    subprocess.run(  # noqa: S603  # a browser on our own page
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--window-size={size}", f"--screenshot={out.absolute()}", page.as_uri(),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
