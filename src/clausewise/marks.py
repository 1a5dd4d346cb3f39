"""The decorators that contract tests are written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol, TypeVar

from msgspec import Struct

from clausewise.checks import MARK

if TYPE_CHECKING:
    from clausewise.contract import Clause
    from clausewise.record.verdicts import Ruling

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


class Reply(Protocol):
    """What a request of a scenario was answered with."""

    @property
    def operation(self) -> str:
        """The operation that was asked."""
        ...

    @property
    def status(self) -> int | None:
        """The status, or None where there was no reply."""
        ...

    @property
    def body(self) -> Any:
        """The body as JSON, or None where it is none."""
        ...

    @property
    def accepted(self) -> bool:
        """Whether it is a success."""
        ...

    @property
    def refused(self) -> bool:
        """Whether it is a 4xx about this very request."""
        ...

    def at(self, pointer: str) -> Any:
        """The value at a JSON Pointer of the body; None where there is nothing."""
        ...

    def must_be_accepted(self) -> Reply:
        """The reply itself; ends the scenario as inconclusive where it is no success."""
        ...


class Scenario(Protocol):
    """What the fixture `scenario` gives: requests one after the other, and what they show."""

    def fresh(self, resource: str) -> str:
        """The id of a resource that nothing else uses."""
        ...

    def send(
        self,
        operation: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = ...,
    ) -> Reply:
        """Send one request. Path parameters that are not given are those of the run."""
        ...

    def poll(
        self,
        operation: str,
        *,
        until: Callable[[Reply], bool],
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = ...,
        most: int = 4,
    ) -> Reply:
        """Send one request again until its reply is as wanted, or the settle time is over.

        That takes `most` requests at most; gives the last reply.
        """
        ...

    def give_up(self, reason: str) -> NoReturn:
        """End the scenario: what it has not shown yet stays inconclusive."""
        ...

    def holds(self, rule: str, reply: Reply, condition: bool, message: str) -> bool:
        """Note whether a reply keeps a rule; `message` says what is wrong where it does not."""
        ...


class Scenery(Struct, frozen=True):
    """What a scenario declares: its name, the rules it may show, and the most it sends."""

    name: str
    rules: tuple[str, ...]
    requests: int


def clauses(
    operation: str | None = None,
    group: Literal["request", "reply", "envelope", "transport", "rules"] | None = None,
) -> Callable[[_F], _F]:
    """One test item for each clause of an operation, or of one group of them.

    Rules are there if their group is asked for. Without an operation it is every clause of the
    contract, rules too. The test takes the fixture `clause` and calls `clause.must_be_kept()`.
    """
    import pytest

    mark: Callable[[_F], _F] = pytest.mark.clauses(operation, group=group)
    return mark


def rule(name: str) -> Callable[[_F], _F]:
    """One test item for each operation that a rule is about."""
    import pytest

    mark: Callable[[_F], _F] = pytest.mark.rule(name)
    return mark


def scenario(*rules: str, requests: int) -> Callable[[_F], _F]:
    """Mark a test that plays a scenario: the rules it may show, and the most requests it sends.

    The test takes the fixture `scenario`. It fails where a rule that is not soft was broken.
    """

    def mark(function: _F) -> _F:
        # The plugin makes a mark of pytest's of it: a scenario may be played without pytest.
        setattr(function, MARK, ("scenario", Scenery(function.__name__, rules, requests)))
        return function

    return mark
