"""Exchanges as the functions of rules see them: what these do not look at is not made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from clausewise.checks import SETTLE_SECONDS, Message, strings_in
from clausewise.contract import Operation
from clausewise.contract.place import Place
from clausewise.exchange import ended_at
from clausewise.pointer import ABSENT, look, put

Apart = Callable[[Any], tuple[list[str], Any]]


class MessageSource(Protocol):
    """What a message is made of, as far as it is asked for.

    `sent_text` is the body of the request as a text and `url_query` the query of its URL, each
    empty (or None) where there is nothing to be read; `reply_text` is the body of the reply, None
    where it is not known as a whole.
    """

    status: int
    path: dict[str, str]
    url_query: str
    sent_text: str | None
    reply_text: str | None

    def sent_body(self) -> Any:
        """The body of the request as JSON, or None."""
        ...

    def reply_body(self) -> Any:
        """The body of the reply as JSON, or None."""
        ...

    def times(self) -> tuple[datetime | None, float]:
        """When the request was sent, where that is known, and how long the reply took."""
        ...

    def reply_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the reply."""
        ...


class Reader(NamedTuple):
    """How the messages of one operation are read.

    `apart` tells the secrets of a request from the rest (`secrets_apart`), `query` the parameters
    of a query by name.
    """

    operation: str
    apart: Apart
    query: Callable[[str], Mapping[str, Any]]


class LazyMessage(Message):
    """A message whose rarer members are made when a rule asks for them."""

    # A slot that nothing was put into yet has `__getattr__` called.
    __slots__ = ("_reader", "_source")
    _reader: Reader
    _source: MessageSource
    # While it is made, its slots are filled as quickly as can be.
    __setattr__ = object.__setattr__

    def __init__(
        self, reader: Reader, source: MessageSource, reply_body: Any, sent_body: Any = ABSENT
    ) -> None:
        """Bodies are JSON, where somebody has read them."""
        fill: Any = self
        fill.operation = reader.operation
        fill.status = source.status
        fill.response_text = source.reply_text
        fill.path = source.path
        self._source = source
        self._reader = reader
        if reply_body is not ABSENT:
            fill.response_body = reply_body
        # What is plainly nothing need not be asked for.
        if not source.sent_text:
            fill.request_body = None
            fill.secrets = ()
        elif sent_body is not ABSENT:
            fill.request_body = sent_body
        if not source.url_query:
            fill.query = _NOTHING
        fill.__class__ = _Frozen

    def __getattr__(self, name: str) -> Any:
        value: Any
        if name == "response_body":
            value = self._source.reply_body()
        elif name == "openly":
            sent, query = self.request_body, self.query
            others = self._reader.apart(sent)[1] if sent is not None else None
            plain = others is None and not query
            value = tuple(self.path.values()) if plain else said_openly(others, self.path, query)
        elif name == "response_headers":
            value = self._source.reply_headers()
        elif name == "request_body":
            value = self._source.sent_body()
        elif name == "secrets":
            value = tuple(self._reader.apart(self.request_body)[0])
        elif name == "query":
            value = self._reader.query(self._source.url_query)
        elif name == "ended":
            started, seconds = self._source.times()
            value = ended_at(started, seconds)
        elif name == "started":
            value = self._source.times()[0]
        elif name == "settle_seconds":
            value = SETTLE_SECONDS
        else:
            raise AttributeError(name)
        object.__setattr__(self, name, value)
        return value


class _Frozen(LazyMessage):
    """What a message is once it is made: no rule changes it, as none changes those of a run."""

    __slots__ = ()
    __setattr__ = Message.__setattr__
    __delattr__ = Message.__delattr__


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
