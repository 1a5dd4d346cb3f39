"""The decorators that contract tests are written with."""

from __future__ import annotations

from typing import Any, Literal


def clauses(
    operation: str,
    group: Literal["request", "reply", "envelope", "transport", "rules"] | None = None,
) -> Any:
    """One test item for each clause of an operation, or of one group of them.

    The test takes the fixture `clause` and calls `clause.must_be_kept()`.
    """
    import pytest

    return pytest.mark.clauses(operation, group=group)


def rule(name: str) -> Any:
    """One test item for each operation that a rule is about."""
    import pytest

    return pytest.mark.rule(name)
