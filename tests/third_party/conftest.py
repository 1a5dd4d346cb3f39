"""The servers, Prism and our own mock, and what they are asked about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from .serving import CLAUSEWISE, PACK, serving


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where npm has put Prism and the TypeScript SDK."""
    return Path(os.environ["CLAUSEWISE_NODE_MODULES"])


@pytest.fixture(scope="session")
def prism(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism's URL, with the public document behind it."""
    document = Path(__file__).parent / "public.openapi.json"
    command = [str(node_modules / ".bin" / "prism"), "mock", "-h", "127.0.0.1", "-p", "0"]
    with serving([*command, str(document)], tmp_path_factory.mktemp("prism") / "log") as url:
        yield url


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of `clausewise mock`. It remembers: every test has a meeting of its own."""
    command = [*CLAUSEWISE, "mock", "--pack", PACK, "--port", "0"]
    with serving(command, tmp_path_factory.mktemp("mock") / "log") as url:
        yield url


@pytest.fixture
def meeting() -> str:
    """A meeting of which nobody has heard."""
    return str(uuid4())
