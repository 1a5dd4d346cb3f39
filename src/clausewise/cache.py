"""Where things are kept between runs that are only worth making once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "CLAUSEWISE_CACHE_DIR"


def cache_directory() -> Path | None:
    """The user's folder for it; None when CLAUSEWISE_CACHE_DIR is set to nothing."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "clausewise" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "clausewise"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clausewise"
