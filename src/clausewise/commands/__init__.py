"""One file a sub-command: NAME, HELP, `add_arguments(parser)` and `execute(options)`."""

from types import ModuleType

from clausewise.commands import (
    check,
    cleanup,
    explain,
    init,
    judge,
    mock,
    plan,
    replay,
    report,
    run,
    selftest,
)

COMMANDS: tuple[ModuleType, ...] = (
    run, init, plan, check, judge, mock, selftest, explain, replay, report, cleanup,
)  # fmt: skip

__all__ = ["COMMANDS"]
