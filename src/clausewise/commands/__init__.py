"""One file a sub-command: NAME, HELP, `add_arguments(parser)` and `execute(options)`."""

from types import ModuleType

from clausewise.commands import explain, mock, plan, replay, run

COMMANDS: tuple[ModuleType, ...] = (run, plan, mock, explain, replay)

__all__ = ["COMMANDS"]
