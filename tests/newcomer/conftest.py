"""A stranger's first minutes: an API of theirs, an empty folder, the command."""

from __future__ import annotations

from types import ModuleType

from ..conftest import REPOSITORY
from ..modules import module_at


def record_shop() -> ModuleType:
    """The module of the record shop that the pages are about; it has `create_app` and `KEY`."""
    return module_at(REPOSITORY / "docs" / "examples" / "records.py")
