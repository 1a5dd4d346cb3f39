"""`clausewise completion`: a script that the shell takes, and that knows every command."""

from __future__ import annotations

import subprocess
from pathlib import Path

from clausewise.commands import COMMANDS

from ..conftest import Command


def test_bash_completes_commands_options_and_files(command: Command, tmp_path: Path) -> None:
    """The script is asked as bash asks it: after `clausewise ru`, and after `run --base`."""
    script = tmp_path / "clausewise.bash"
    script.write_text(command("completion", "bash").output, "utf-8")

    def completed(*words: str) -> set[str]:
        typed = " ".join(f"'{word}'" for word in words)
        done = subprocess.run(  # noqa: S603  # our own script
            [
                "/bin/bash",
                "-c",
                f"source {script}; COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; "
                "_shtab_clausewise; "
                'printf "%s\\n" "${COMPREPLY[@]}"',
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return set(done.stdout.split())

    assert completed("clausewise", "") >= set(COMMANDS)
    assert completed("clausewise", "ru") == {"run"}
    assert completed("clausewise", "run", "--base-u") == {"--base-url"}


def test_every_shell_has_one(command: Command) -> None:
    """The scripts for zsh and tcsh name every command too."""
    for shell in ("zsh", "tcsh"):
        script = command("completion", shell)
        assert script.code == 0, script.errors
        assert all(name in script.output for name in COMMANDS)
