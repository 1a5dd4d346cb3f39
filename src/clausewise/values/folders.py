"""Where Hypothesis keeps its tables, and which characters it draws."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clausewise.cache import cache_directory


def scalars() -> Any:
    """A strategy for what UTF-8 has: all characters but surrogates.

    By default Hypothesis finds that out by trying each of them.
    """
    from hypothesis import strategies as st

    return st.characters(exclude_categories=["Cs"])


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
