"""One file a sub-command: NAME, HELP, `add_arguments(parser)` and `execute(options)`."""

from types import ModuleType

from clausewise.commands import cleanup, explain, mock, plan, replay, report, run, selftest

COMMANDS: tuple[ModuleType, ...] = (run, plan, mock, selftest, explain, replay, report, cleanup)

__all__ = ["COMMANDS"]
