"""The decorators that contract tests are written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from clausewise.contract import Clause
    from clausewise.judge.verdicts import Ruling

_F = TypeVar("_F", bound=Callable[..., Any])


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
) -> Callable[[_F], _F]:
    """One test item for each clause of an operation, or of one group of them.

    The test takes the fixture `clause` and calls `clause.must_be_kept()`.
    """
    import pytest

    mark: Callable[[_F], _F] = pytest.mark.clauses(operation, group=group)
    return mark


def rule(name: str) -> Callable[[_F], _F]:
    """One test item for each operation that a rule is about."""
    import pytest

    mark: Callable[[_F], _F] = pytest.mark.rule(name)
    return mark
