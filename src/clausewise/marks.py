"""The decorators that contract tests are written with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from clausewise.contract import Clause
    from clausewise.judge.verdicts import Ruling


class Judged(Protocol):
    """What the fixture `clause` gives: one clause, and the verdict on it."""

    clause: Clause

    @property
    def ruling(self) -> Ruling:
        """The verdict, once everything that could bear on it is over."""
        ...

    def must_be_kept(self) -> None:
        """Pass, fail or skip by the verdict."""
        ...


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
