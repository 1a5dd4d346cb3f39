"""What every pytest session has in common that `clausewise run` starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clausewise.pack import Pack

# Plugins that a suite has no use for, and that take long to import.
_NOT_NEEDED = ("anyio", "hypothesispytest", "schemathesis")


def usual_arguments(pack: Pack) -> list[str]:
    """Arguments for pytest that say where its root is, and what it may leave out."""
    here = Path.cwd()
    root = pack.root if here.is_relative_to(pack.root) else here
    arguments = ["--import-mode=importlib", f"--rootdir={root}"]
    for plugin in _NOT_NEEDED:
        arguments += ["-p", f"no:{plugin}"]
    # A full disk is no error of a test, even where warnings are.
    for warning in ("PytestAssertRewriteWarning", "PytestCacheWarning"):
        arguments += ["-W", f"ignore::pytest.{warning}"]
    return arguments


@contextmanager
def silenced(quiet: bool = True) -> Iterator[None]:
    """Pytest's own report goes nowhere: the closing table says what it would."""
    if not quiet:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield
