"""Exchanges as the functions of rules see them: what these do not look at is not made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from clausewise.checks import SETTLE_SECONDS, Message, strings_in
from clausewise.contract import Operation
from clausewise.contract.place import Place
from clausewise.pointer import ABSENT, look, put

Apart = Callable[[Any], tuple[list[str], Any]]


class Source(Protocol):
    """What a message is made of, as far as it is asked for.

    `sent_text` is the body of the request as a text and `url_query` the query of its URL, each
    empty (or None) where there is nothing to be read.
    """

    sent_text: str | None
    url_query: str

    def sent_body(self) -> Any:
        """The body of the request as JSON, or None."""
        ...

    def reply_body(self) -> Any:
        """The body of the reply as JSON, or None."""
        ...

    def times(self) -> tuple[datetime | None, float]:
        """When the request was sent, where that is known, and how long the reply took."""
        ...

    def query(self) -> Mapping[str, Any]:
        """The query parameters, by name."""
        ...

    def reply_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the reply."""
        ...


class LazyMessage(Message):
    """A message whose rarer members are made when a rule asks for them."""

    # A slot that nothing was put into yet has `__getattr__` called.
    __slots__ = ("_apart", "_source")

    def __init__(
        self,
        operation: str,
        status: int,
        text: str | None,
        path: Mapping[str, str],
        source: Source,
        apart: Apart,
    ) -> None:
        """`apart` tells the secrets of a request from the rest (`secrets_apart`)."""
        _put_operation(self, operation)
        _put_status(self, status)
        _put_text(self, text)
        _put_path(self, path)
        _put_source(self, source)
        _put_apart(self, apart)
        # What is plainly nothing need not be asked for.
        if not source.sent_text:
            _put_request_body(self, None)
            _put_secrets(self, ())
        if not source.url_query:
            _put_query(self, _NOTHING)

    def __getattr__(self, name: str) -> Any:
        value: Any
        of_source = _OF_SOURCE.get(name)
        if of_source is not None:
            value = of_source(self._source)
        elif name == "openly":
            sent = self.request_body
            others = self._apart(sent)[1] if sent is not None else None
            value = said_openly(others, self.path, self.query)
        elif name == "secrets":
            value = tuple(self._apart(self.request_body)[0])
        elif name == "settle_seconds":
            value = SETTLE_SECONDS
        else:
            raise AttributeError(name)
        object.__setattr__(self, name, value)
        return value


def _ended(source: Source) -> datetime | None:
    started, seconds = source.times()
    return started and started + timedelta(seconds=seconds)


_OF_SOURCE: dict[str, Callable[[Source], Any]] = {
    "response_body": lambda source: source.reply_body(),
    "request_body": lambda source: source.sent_body(),
    "query": lambda source: source.query(),
    "response_headers": lambda source: source.reply_headers(),
    "started": lambda source: source.times()[0],
    "ended": _ended,
}
# A message is frozen; so its slots are filled, as quickly as anything can do it.
_put_operation, _put_status, _put_text, _put_path, _put_request_body, _put_secrets, _put_query = (
    getattr(Message, name).__set__
    for name in (
        "operation", "status", "response_text", "path", "request_body", "secrets", "query",
    )
)  # fmt: skip
_put_source, _put_apart = (getattr(LazyMessage, name).__set__ for name in ("_source", "_apart"))
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def said_openly(others: Any, path: Mapping[str, str], query: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a request that are no secrets; `others` is its body without those."""
    texts = tuple(path.values())
    if others is not None:
        texts = (*strings_in(others), *texts)
    return (*texts, *strings_in(list(query.values()))) if query else texts


def secrets_apart(operation: Operation) -> Apart:
    """A function that tells the values of an operation's write-only members from a body's rest."""
    pointers = list(_secrets(operation.body.place)) if operation.body is not None else []

    def apart(sent: Any) -> tuple[list[str], Any]:
        secrets: list[str] = []
        others = sent
        for at in pointers if sent is not None else ():
            value = look(sent, at)
            if isinstance(value, str):
                secrets.append(value)
                others = put(others, at, ABSENT)
        return secrets, others

    return apart


def _secrets(place: Place) -> list[str]:
    return [
        inner.pointer
        for inner in place.walk()
        if inner.notes.get("writeOnly") and "*" not in inner.pointer
    ]
