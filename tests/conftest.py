"""What all rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest

from clausewise.pack import Pack, find_pack


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The pack of this repository."""
    return find_pack(start=Path(__file__).parents[1])
