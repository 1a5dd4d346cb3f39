"""Exchanges as the functions of rules see them: what these do not look at is not made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from clausewise.checks import SETTLE_SECONDS, Message, strings_in
from clausewise.contract import Operation
from clausewise.contract.place import Place
from clausewise.pointer import ABSENT, look, put

Apart = Callable[[Any], tuple[list[str], Any]]


class Source(Protocol):
    """What a message is made of, as far as it is asked for."""

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
        put_in = object.__setattr__
        put_in(self, "operation", operation)
        put_in(self, "status", status)
        put_in(self, "response_text", text)
        put_in(self, "path", path)
        put_in(self, "_source", source)
        put_in(self, "_apart", apart)

    def __getattr__(self, name: str) -> Any:
        value: Any
        if name == "response_body":
            value = self._source.reply_body()
        elif name == "request_body":
            value = self._source.sent_body()
        elif name == "query":
            value = self._source.query()
        elif name == "response_headers":
            value = self._source.reply_headers()
        elif name in ("started", "ended"):
            started, seconds = self._source.times()
            object.__setattr__(self, "started", started)
            value = started and (
                started + timedelta(seconds=seconds) if name == "ended" else started
            )
        elif name == "settle_seconds":
            value = SETTLE_SECONDS
        elif name in ("secrets", "openly"):
            secrets, others = self._apart(self.request_body)
            object.__setattr__(self, "secrets", tuple(secrets))
            openly = name == "openly"
            value = said_openly(others, self.path, self.query) if openly else tuple(secrets)
        else:
            raise AttributeError(name)
        object.__setattr__(self, name, value)
        return value


def said_openly(others: Any, path: Mapping[str, str], query: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of a request that are no secrets; `others` is its body without those."""
    return (*strings_in(others), *path.values(), *strings_in(list(query.values())))


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
