"""Where Hypothesis keeps its tables."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from clausewise.cache import cache_directory


@contextmanager
def leaving_no_folder() -> Iterator[None]:
    """Keep Hypothesis from making a folder where the user happens to be.

    For some strategies it writes tables of characters, by default into the current one.
    """
    from hypothesis.configuration import set_hypothesis_home_dir

    kept = cache_directory()
    with tempfile.TemporaryDirectory() as folder:
        set_hypothesis_home_dir(kept / "hypothesis" if kept is not None else folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)
