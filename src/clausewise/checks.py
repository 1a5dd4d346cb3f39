"""What a pack's Python is written with: marks for the loader, and what a check sees and says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])
MARK = "__clausewise__"


@dataclass(frozen=True, slots=True)
class Message:
    """One exchange as a check sees it.

    Bodies are parsed JSON, or None where there is none; `response_text` is the reply as text.
    `path` and `query` are the parameters that were sent. `sent_secrets` are the values of
    write-only members that the run has sent so far. `before` are the exchanges, of all
    operations, whose replies were there before this request was sent, oldest first.
    """

    operation: str
    request_body: Any
    status: int
    response_body: Any
    response_text: str | None
    sent_secrets: tuple[str, ...] = ()
    response_headers: tuple[tuple[str, str], ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    # Each of them has others before it: shown, they would never end.
    before: Sequence[Message] = field(default=(), repr=False, compare=False)
    _spoken: tuple[str, ...] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status <= 299

    def reply_holds(self, text: str) -> bool:
        """Whether a text stands anywhere in the reply: headers, body, however JSON spells it."""
        if any(text in value for _, value in self.response_headers):
            return True
        if self.response_text is not None and text in self.response_text:
            return True
        if self.response_text is not None and "\\" not in self.response_text:
            return False  # nothing is spelt otherwise
        if self._spoken is None:
            object.__setattr__(self, "_spoken", tuple(strings_in(self.response_body)))
        return any(text in spoken for spoken in self._spoken or ())


def strings_in(node: Any) -> Iterator[str]:
    """Every string of a JSON value, names of members included."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for name, inner in node.items():
            yield name
            yield from strings_in(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from strings_in(inner)


@dataclass(frozen=True, slots=True)
class Kept:
    """The check's answer: the exchange keeps the rule."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The check's answer: the exchange breaks the rule. `at` points into the reply's body."""

    message: str
    at: str | None = None


def check(function: _F) -> _F:
    """Mark a function of `rules/*.py` as a check that a rule may name.

    It takes a Message and gives Kept, Broken, or None where the rule says nothing.
    """
    setattr(function, MARK, ("check", function.__name__))
    return function


def strategy(operation: str, pointer: str) -> Callable[[_F], _F]:
    """Mark a function of `strategies/*.py` as the source of random values of one member.

    The function takes no arguments and gives a Hypothesis strategy.
    """

    def mark(function: _F) -> _F:
        setattr(function, MARK, ("strategy", (operation, pointer)))
        return function

    return mark
