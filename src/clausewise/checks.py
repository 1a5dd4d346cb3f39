"""What a pack's Python is written with: marks for the loader, and what a check sees and says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, overload

from msgspec import Struct

_F = TypeVar("_F", bound=Callable[..., Any])
# How long what is not there yet may take to show, where nobody says so.
SETTLE_SECONDS = 15.0
MARK = "__clausewise__"
# On a fold: whether it minds no order, and what says the same of several exchanges at once.
IN_ANY_ORDER = "__clausewise_in_any_order__"
AT_ONCE = "__clausewise_at_once__"


@dataclass(frozen=True, slots=True)
class Message:
    """One exchange as a check sees it.

    Bodies are parsed JSON, or None where there is none; `response_text` is the reply as text.
    `path` and `query` are the parameters that were sent. `secrets` are the values of write-only
    members of the request, `openly` the other texts that it says. `started` is when the request
    was sent and `ended` when the reply was there, where that is known. What other exchanges were
    like is for a fold to know.
    """

    operation: str
    request_body: Any
    status: int
    response_body: Any
    response_text: str | None
    secrets: tuple[str, ...] = ()
    response_headers: tuple[tuple[str, str], ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    openly: tuple[str, ...] = ()
    started: datetime | None = None
    ended: datetime | None = None
    settle_seconds: float = SETTLE_SECONDS

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status <= 299

    def settled(self, since: datetime | None) -> bool:
        """Whether what was so at a moment has to show in this reply: the settle time is over.

        Where nobody knows the times it may not be over.
        """
        if since is None or self.started is None:
            return False
        return (self.started - since).total_seconds() >= self.settle_seconds

    @property
    def parts(self) -> dict[str, Any]:
        """The exchange as `{request, response}`: what schemas and keys of rules are about."""
        request = {"path": dict(self.path), "query": dict(self.query)}
        response: dict[str, Any] = {"status": self.status}
        if self.request_body is not None:
            request["body"] = self.request_body
        if self.response_body is not None:
            response["body"] = self.response_body
        return {"request": request, "response": response}

    def reply_texts(self) -> Iterator[str]:
        """Every text of the reply: headers, the body, and its strings where JSON spells them."""
        for _, value in self.response_headers:
            yield value
        if self.response_text is not None:
            yield self.response_text
            if "\\" in self.response_text:  # else nothing is spelt otherwise
                yield from strings_in(self.response_body)


def strings_in(node: Any) -> list[str]:
    """Every string of a JSON value, names of members included."""
    found: list[str] = []
    _collect(node, found)
    return found


def _collect(node: Any, found: list[str]) -> None:
    if isinstance(node, str):
        found.append(node)
    elif isinstance(node, dict):
        found += node
        for inner in node.values():
            if isinstance(inner, str):
                found.append(inner)
            elif isinstance(inner, dict | list):
                _collect(inner, found)
    elif isinstance(node, list):
        for inner in node:
            _collect(inner, found)


class Kept(Struct, frozen=True):
    """The check's answer: the exchange keeps the rule."""


class Broken(Struct, frozen=True):
    """The check's answer: the exchange breaks the rule. `at` points into the reply's body."""

    message: str
    at: str | None = None


# What is known and some messages; gives what is known then, and what is said of each, if anything.
AtOnce = Callable[[Any, Sequence[Message]], tuple[Any, Kept | None] | None]


def mark_of(value: Any) -> tuple[str, Any] | None:
    """What a function of a pack is marked as, and with what; None for anything else."""
    mark: tuple[str, Any] | None = getattr(value, MARK, None)
    return mark


def check(function: _F) -> _F:
    """Mark a function of `rules/*.py` as a check that a rule may name.

    It takes a Message and gives Kept, Broken, or None where the rule says nothing.
    """
    setattr(function, MARK, ("check", function.__name__))
    return function


@overload
def fold(function: _F) -> _F: ...


@overload
def fold(*, in_any_order: bool, at_once: AtOnce | None = None) -> Callable[[_F], _F]: ...


def fold(
    function: _F | None = None, *, in_any_order: bool = False, at_once: AtOnce | None = None
) -> Any:
    """Mark a function of `rules/*.py` as the fold of a rule about several exchanges.

    It is called with what is known of one key so far (None at first), a Message, and the pointer
    at which the key stands in `{request, response}` (empty where the rule is about all exchanges
    at once). It gives what is known then, and Kept, Broken, or None where the rule says nothing.
    It leaves alone what it was given, and what it gives does not grow with the number of
    exchanges: a rule costs the same after ten of them and after a million.

    An exchange is held against what was over when its request was sent. Where it does not matter
    which one came first, say so: `@fold(in_any_order=True)` holds it against all that is over
    by then. Once a secret was sent it must not come back, least of all while it is under way.

    `at_once` is asked first where many recorded exchanges followed each other: it takes what is
    known and some messages, and gives what is known after all of them, and what the fold says of
    each one alike, Kept or None. None in place of that sends them through the fold, one by one.
    """

    def mark(function: _F) -> _F:
        setattr(function, MARK, ("fold", getattr(function, "__name__", "")))
        setattr(function, IN_ANY_ORDER, in_any_order)
        setattr(function, AT_ONCE, at_once)
        return function

    return mark(function) if function is not None else mark


def strategy(operation: str, pointer: str) -> Callable[[_F], _F]:
    """Mark a function of `strategies/*.py` as the source of random values of one member.

    The function takes no arguments and gives a Hypothesis strategy.
    """

    def mark(function: _F) -> _F:
        setattr(function, MARK, ("strategy", (operation, pointer)))
        return function

    return mark
