"""Requests that are lawful for certain, told by what they have in common with others that were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct

from clausewise.contract import Content, Contract, Operation
from clausewise.contract.codecs import JsonCodec, codec_for
from clausewise.contract.compiled import compiled
from clausewise.contract.scalars import kinds_of
from clausewise.exchange import Exchange
from clausewise.judge.classes import MOST_CLASSES, Look, class_of, look_for
from clausewise.judge.messages import MessageSource
from clausewise.judge.requests import Known, RequestJudge

_MOST_QUERIES = 4_096
NOT_THERE = "not there"


class Address(Struct, frozen=True):
    """What the URL of a request says: the values of its path, and its query as a text.

    Where it `is_lawful`, both keep the contract for certain; `kind` is what classes of requests
    that have no body tell of it.
    """

    path: dict[str, str]
    query: str
    is_lawful: bool = False
    kind: Any = None


class Sighting(Protocol):
    """What is known of an exchange before anything is made of it.

    `sent_type` and `reply_type` are the Content-Types. A body is "" where there was none, None
    where it is not known as a whole.
    """

    @property
    def seen(self) -> MessageSource:
        """What rules may look at."""
        ...

    @property
    def address(self) -> Address:
        """What its URL says."""
        ...

    sent_type: str | None
    sent_headers_known: bool
    reply_type: str | None
    reply_headers_known: bool

    def sent_body(self) -> Any:
        """The body of the request as JSON, or None."""
        ...

    def reply_quickly(self) -> Any:
        """The body of the reply as JSON; NOT_THERE for none, NotQuick where it is no JSON.

        Unless it `is_sound`, a name may stand in it twice.
        """
        ...

    def quotes(self) -> int | None:
        """How many quotes the reply has, where that tells whether it is sound."""
        ...

    def is_sound(self, quotes: int | None) -> bool:
        """Whether the reply is what a strict reader takes it for.

        It is where it has so many `quotes`, those of a sound one of its class.
        """
        ...

    def sent_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the request, as far as they are known."""
        ...

    def exchange(self) -> Exchange:
        """All of it, for the judges."""
        ...


def _keeps_value(value: str | None, accepts: Callable[[Any], bool], known: set[str]) -> bool:
    if value is None or not accepts(value):
        return False
    if len(known) >= _MOST_QUERIES:
        known.clear()
    known.add(value)
    return True


class QuickRequests:
    """Tells lawful requests of one operation by their class."""

    def __init__(self, contract: Contract, operation: Operation, judge: RequestJudge) -> None:
        self._judge = judge
        self._operation = operation
        path = judge.parts.get("path")
        # Ids come again and again: those of each parameter that keep its schema.
        parts = path.schema.parts if path is not None else {}
        self._values = [(name, part.accepts, set[str]()) for name, part in parts.items()]
        self._headers = {one.name.lower() for one in operation.located("header")}
        if operation.located("cookie"):
            self._headers.add("cookie")
        self._lawful_headers: set[Any] = set()
        # Such values are the texts that stand in the path.
        self._is_plain = all(
            parameter.style == "simple" and "string" in kinds_of(parameter.place)
            for parameter in operation.located("path")
        )
        self._rules = [
            compiled(rule.body) for rule in contract.rules_of(operation.id) if rule.body is not None
        ]
        self._contents: dict[str | None, tuple[Content, Look] | None] = {}
        self._queries: dict[str, bool] = {}
        self._known: dict[Any, bool] = {}
        # All that may be unlawful is in their URLs.
        self.are_urls = not self._headers and not operation.contents

    def is_lawful(self, sighting: Sighting) -> bool:
        """Whether a request of a lawful address is lawful for certain, as far as it is known."""
        if self._headers and not self._keeps_headers(sighting):
            return False
        return not self._operation.contents or self._keeps_body(sighting)

    def keeps_address(self, path: dict[str, str], query: str) -> bool:
        """Whether path and query of a request keep the contract for certain."""
        if self._is_plain:
            for name, accepts, known in self._values:
                value = path.get(name)
                if value not in known and not _keeps_value(value, accepts, known):
                    return False
        elif not self._judge.keeps_path(path):
            return False
        is_lawful = self._queries.get(query)
        if is_lawful is None:
            if len(self._queries) >= _MOST_QUERIES:
                self._queries.clear()
            read = self._judge.read(path, query, (), None, Known(False, False))
            is_lawful = self._queries[query] = read.lawful
        return is_lawful

    def _keeps_headers(self, sighting: Sighting) -> bool:
        sent = sighting.sent_headers()
        headers = tuple([one for one in sent if one[0].lower() in self._headers])
        if "cookie" in self._headers and not any(one[0].lower() == "cookie" for one in headers):
            return False  # recorders take cookies out
        key = headers, sighting.sent_headers_known
        if key not in self._lawful_headers:
            if len(self._lawful_headers) >= _MOST_QUERIES:
                self._lawful_headers.clear()
            address, known = sighting.address, Known(sighting.sent_headers_known, False)
            read = self._judge.read(address.path, address.query, headers, None, known)
            if not read.lawful:
                return False  # perhaps not for its headers
            self._lawful_headers.add(key)
        return True

    def _keeps_body(self, sighting: Sighting) -> bool:
        operation, kind, text = self._operation, sighting.sent_type, sighting.seen.sent_text
        if kind is None and (sighting.sent_headers_known or len(operation.contents) > 1):
            return not text and not operation.body_required and text is not None
        if kind not in self._contents:
            if len(self._contents) > _MOST_QUERIES:
                self._contents.clear()
            self._contents[kind] = self._content(kind)
        found = self._contents[kind]
        if found is None:
            return False
        if text is None:
            return True  # it is not known, and so it breaks nothing
        if not text:
            return not operation.body_required
        content, look = found
        body = sighting.sent_body()
        if body is None or not content.message.accepts(body):
            return False
        if not all(rule.is_valid(body) for rule in self._rules):
            return False
        key = (kind, class_of(body, look))
        if key not in self._known:
            if len(self._known) >= MOST_CLASSES:
                self._known.clear()
            headers = (("Content-Type", kind),) if kind is not None else ()
            address = sighting.address
            read = self._judge.read(
                address.path, address.query, headers, text.encode(), Known(headers=False)
            )
            self._known[key] = read.lawful
        return self._known[key]

    def _content(self, kind: str | None) -> tuple[Content, Look] | None:
        operation = self._operation
        content = operation.contents[0] if kind is None else operation.content_for(kind)
        if content is None or not content.is_json or content.unread is not None:
            return None
        if not isinstance(codec_for(content), JsonCodec):
            return None
        # Lawful bodies are not asked which promises they keep: any shape of one will do.
        return content, look_for(content.message.place) or Look().done()
