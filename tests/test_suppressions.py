"""What linter and type checker are told to leave alone, and why."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

from .conftest import REPOSITORY

FOLDERS = ("src", "tests", "mock", "rules", "strategies", "contract_tests", "benchmarks", "docs")


def _comments(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The comments of a file with their lines, each in its parts."""
    source = io.StringIO(path.read_text("utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], [part.strip() for part in token.string.split("#") if part.strip()]


def test_every_suppression_has_its_reason() -> None:
    """A `noqa` or `type: ignore` names what it is about, and says in the same line why."""
    unsaid = []
    for path in (path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("*.py")):
        for line, parts in _comments(path):
            orders = [part for part in parts if part.startswith(("noqa", "type: ignore"))]
            if orders and ({"noqa", "type: ignore"} & {*orders} or len(parts) == len(orders)):
                unsaid.append(f"{path.relative_to(REPOSITORY)}:{line}")
    assert unsaid == []
