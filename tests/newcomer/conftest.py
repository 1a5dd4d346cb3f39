"""A stranger's first minutes: an API of theirs, an empty folder, the command."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from ..commands.conftest import command as command

_SHOP = Path(__file__).parents[2] / "docs" / "examples" / "records.py"


@cache
def record_shop() -> ModuleType:
    """The module of the record shop that the pages are about; it has `create_app` and `KEY`."""
    spec = importlib.util.spec_from_file_location("records", _SHOP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
