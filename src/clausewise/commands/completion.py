"""Print a script that completes the command line in a shell.

    clausewise completion bash > ~/.local/share/bash-completion/completions/clausewise
    clausewise completion zsh > ~/.zfunc/_clausewise

The scripts are made by `shtab`: pip install 'clausewise[completion]'.
"""

from __future__ import annotations

import argparse

from clausewise.commands import COMMANDS, command
from clausewise.errors import UsageError

SHELLS = ("bash", "zsh", "tcsh")
EXAMPLES = (
    "clausewise completion bash > ~/.local/share/bash-completion/completions/clausewise",
    "clausewise completion zsh > ~/.zfunc/_clausewise",
)
# What an option takes is a file or a folder where it is called so in its help.
_FILES = {"DOC", "DOCUMENT", "REPORT", "TRAFFIC", "JOURNAL|REPORT", "PATH|bundled:NAME"}
_FOLDERS = {"DIR"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def execute(options: argparse.Namespace) -> int:
    """Print the script; gives 0. Raises UsageError where `shtab` is not installed."""
    try:
        import shtab
    except ImportError:
        raise UsageError("completion needs shtab: pip install 'clausewise[completion]'") from None
    parser = argparse.ArgumentParser(prog="clausewise")
    parser.add_argument("--version", action="version", version="")
    commands = parser.add_subparsers(dest="command")
    for name, purpose in COMMANDS.items():
        sub = commands.add_parser(name, help=purpose)
        command(name).add_arguments(sub)
        for action in sub._actions:  # noqa: SLF001  # argparse has no other way to them
            if action.metavar in _FILES:
                action.complete = shtab.FILE  # type: ignore[attr-defined]  # shtab reads it there
            elif action.metavar in _FOLDERS:
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]  # shtab reads it there
    print(shtab.complete(parser, shell=options.shell))
    return 0
