"""The servers: Prism, and our own mock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .serving import CLAUSEWISE, PACK, serving


@pytest.fixture(scope="session")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism's URL, with the public document behind it."""
    modules = Path(os.environ["CLAUSEWISE_NODE_MODULES"])
    document = Path(__file__).parent / "public.openapi.json"
    command = [str(modules / ".bin" / "prism"), "mock", "-h", "127.0.0.1", "-p", "0"]
    with serving([*command, str(document)], tmp_path_factory.mktemp("prism") / "log") as url:
        yield url


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[str]:
    """The URL of `clausewise mock`."""
    with serving([*CLAUSEWISE, "mock", "--pack", PACK, "--port", "0"], tmp_path / "log") as url:
        yield url
