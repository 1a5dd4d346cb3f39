"""What can go wrong through no fault of ours.

ClausewiseError
├── UsageError        a wrong option, a missing variable, no such clause
├── ContractError     a document that cannot be read as a contract: has file and line
│   └── NothingToJudgeError   one that can be read, and promises nothing that a request could show
└── TargetError       the target cannot be judged at all (unreachable, preflight refused)

Each has a message for its user and an exit code. Anything else that
escapes is a bug of Clausewise and shows its traceback.
"""

from __future__ import annotations

import errno

EXIT_FINDINGS = 1
EXIT_INTERRUPTED = 2
EXIT_INTERNAL = 3
EXIT_USAGE = 4
EXIT_NOTHING_JUDGED = 5
EXIT_TARGET = 6


class ClausewiseError(Exception):
    """A mistake that its user can mend; `str()` says what, where and what to try."""

    exit_code = EXIT_USAGE


class UsageError(ClausewiseError):
    """An option, a variable or a name that does not fit."""


# What the machine cannot give, or does not let us do: no traceback would explain it.
_LOCAL = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.EROFS, errno.EACCES,
    errno.EPERM, errno.EIO, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP,
}  # fmt: skip


def mistake_of(error: BaseException) -> UsageError | None:
    """A full disk, a limit of the system or a file that may not be touched, as a mistake in words.

    None for every other error.
    """
    if not isinstance(error, OSError):
        return None
    # What `tempfile` makes of a full disk.
    nowhere = (error.strerror or "").startswith("No usable temporary directory")
    if error.errno not in _LOCAL and not nowhere:
        return None
    file = f"{error.filename}: " if error.filename else ""
    return UsageError(f"{file}{error.strerror}")


class ContractError(ClausewiseError):
    """A document that cannot be read as a contract.

    `file` is shown as given, `line` counts from 1 and may be unknown.
    """

    def __init__(self, problem: str, file: str | None = None, line: int | None = None) -> None:
        super().__init__(problem, file, line)
        self.problem = problem
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{place}: {self.problem}" if place else self.problem


class NothingToJudgeError(ContractError):
    """A document without any operation of a server."""

    exit_code = EXIT_NOTHING_JUDGED


class TargetError(ClausewiseError):
    """The target cannot be judged: unreachable, or it refuses everything from the start."""

    exit_code = EXIT_TARGET
