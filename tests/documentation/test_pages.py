"""Every command that a page shows is run, in the order of the page, and prints what is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from clausewise.commands.demo import FAULTS
from clausewise.commands.mock import broken_mock
from clausewise.mock import running
from clausewise.pack import find_pack

from ..conftest import REPOSITORY
from ..guards import FOR_EVER
from ..newcomer.conftest import record_shop
from .console import NEEDS, File, is_as_shown, steps_of

PAGES = sorted(
    page for page in (REPOSITORY / "docs").rglob("*.md") if "```console" in page.read_text("utf-8")
)


def _mock(*faults: str) -> AbstractContextManager[str]:
    pack = find_pack(str(REPOSITORY))
    return running(broken_mock(pack, faults) if faults else pack.mock())


# What a page may need, and the address that it shows for it.
SERVERS: dict[str, tuple[str, Callable[[], AbstractContextManager[str]]]] = {
    "shop": ("http://127.0.0.1:8000", lambda: running(record_shop().create_app())),
    "mock": ("http://127.0.0.1:8080", _mock),
    "faulty mock": ("http://127.0.0.1:8081", lambda: _mock(*FAULTS)),
}


class Shell:
    """A shell in a folder of its own that remembers variables and where it is."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self._folder = folder
        self._addresses = addresses
        self._memory = folder.parent / "environment"
        self._memory.write_text(f"cd {folder}\n", "utf-8")

    def write(self, file: File) -> None:
        """Write a file of the page into the folder."""
        path = self._folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if file.at_its_end else "w", encoding="utf-8") as stream:
            stream.write(file.text)

    def run(self, words: str) -> tuple[int, str]:
        """The exit code of a command and what it printed, errors among it."""
        for shown, url in self._addresses.items():
            words = words.replace(shown, url)
        after = f'code=$?; {{ export -p; echo "cd $PWD"; }} > {self._memory}; exit $code'
        environment = {
            name: text for name, text in os.environ.items() if name not in ("CI", "TERM")
        }
        done = subprocess.run(  # noqa: S603  # what our own pages say
            ["/bin/bash", "-c", f". {self._memory}\n{words}\n{after}"],
            env=environment
            | {
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "COLUMNS": "90",
                "PYTHONUTF8": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=FOR_EVER,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """A shell for one page, with the servers that the page needs."""
    text = request.param.read_text("utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    with ExitStack() as stack:
        addresses = {}
        for name in NEEDS.findall(text):
            address, server = SERVERS[name]
            addresses[address] = stack.enter_context(server())
        yield Shell(folder, addresses)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "shell"), [(page, page) for page in PAGES], ids=lambda page: page.stem,
    indirect=["shell"],
)  # fmt: skip
def test_what_a_page_shows_is_so(page: Path, shell: Shell) -> None:
    """From top to bottom, as a reader would type it."""
    for command in steps_of(page.read_text("utf-8")):
        if isinstance(command, File):
            shell.write(command)
            continue
        code, printed = shell.run(command.words)
        at = f"{page.name}:{command.line}: {command.words}"
        assert code == command.exit_code, f"{at}\n{printed}"
        if command.output:
            assert is_as_shown(command.output, printed), f"{at}\n{printed}"
