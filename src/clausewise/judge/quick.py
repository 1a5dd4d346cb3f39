"""Judging by class: what one exchange was found to keep, all exchanges of its class keep.

The judges of requests and replies are asked once a class. A class is made of what their answer
depends on (`classes.py`), and only exchanges that keep their schemas have one: what breaks
anything, or is not known as a whole, is told to nobody here and goes to the judges themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from msgspec import Struct, field

from clausewise.contract import Content, Contract, Operation
from clausewise.contract.codecs import JsonCodec, codec_for
from clausewise.contract.compiled import compiled
from clausewise.contract.scalars import kinds_of
from clausewise.exchange import Exchange
from clausewise.judge.classes import (
    MOST_CLASSES,
    NOTHING,
    Look,
    class_of,
    exactly,
    look_at,
    look_for,
    projected,
    promised,
)
from clausewise.judge.history import KeyPlace
from clausewise.judge.messages import LazyMessage, MessageSource, Reader
from clausewise.judge.outcomes import Outcome, Refusal, outcome_of
from clausewise.judge.replies import ReplyJudge
from clausewise.judge.requests import Known, RequestJudge
from clausewise.strict_json import NotQuick

_MOST_QUERIES = 4_096
# Classes of one operation that are guessed, and of those with as many quotes.
_MOST_GUESSES = 64
_MOST_ALIKE = 4
NOT_THERE = "not there"


class Sighting(MessageSource, Protocol):
    """What is known of an exchange before anything is made of it.

    `sent_type` and `reply_type` are the Content-Types. A body is "" where there was none, None
    where it is not known as a whole.
    """

    method: str
    sent_type: str | None
    sent_headers_known: bool
    reply_type: str | None
    reply_headers_known: bool

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


class Class(Struct):
    """What all exchanges of a class say, and how many there were: `count`."""

    operation: str
    status: int
    outcome: Outcome
    whole: bool
    documented: bool
    kept: tuple[str, ...]
    undocumented: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, Callable[..., Any]], ...]
    folds: tuple[str, ...]
    count: int = 0
    # How often which of its checks were kept.
    kept_checks: dict[tuple[bool, ...], int] = field(default_factory=dict)
    # Whether its second body was there, of which a guess is made.
    is_guessed: bool = False
    # How many quotes each of its replies has where no name stands twice; None where they have
    # lists, and so any number.
    quotes: int | None = None
    # Where the keys of rules stand in replies; None for pointers where that is not told by class.
    keys: dict[tuple[str, ...], tuple[KeyPlace, ...] | None] = field(default_factory=dict)


class _Guess(NamedTuple):
    """A class, and what tells that a body is of it."""

    known: Class
    is_right: Callable[[Any], bool]


class QuickJudge:
    """Tells the classes of one operation's exchanges. Of one thread."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        reader: Reader,
        requests: RequestJudge,
        replies: ReplyJudge,
        refusal: Refusal | None,
        refusal_schema: Any,
    ) -> None:
        """`reader` reads messages of the operation; `refusal_schema` says what `refusal` asks."""
        self._operation, self._reader = operation, reader
        self._requests = _QuickRequests(contract, operation, requests)
        self._replies = replies
        self._refusal = refusal
        self._look = look_at(contract, operation, refusal_schema if refusal is not None else None)
        self._look_of_body = self._look.members["response"].members["body"] if self._look else None
        asked = self._look.members.get("request") if self._look else None
        self._look_of_request = asked if asked is not None and asked.members else None
        # Which parameters a path has is the same for all that ask an operation.
        paths = asked.members.get("path") if asked is not None else None
        values = paths.members.values() if paths is not None else ()
        self._tells_paths = any(one.tells or one.members or one.items for one in values)
        self._contents: dict[tuple[Any, ...], Callable[[Any], bool] | None] = {}
        self._known: dict[Any, Class | None] = {}
        # By all but the body, and its number of quotes.
        self._guesses: dict[tuple[Any, ...], list[_Guess]] = {}
        self._guessed = 0

    def judge(self, seen: Sighting) -> tuple[Class, LazyMessage] | None:
        """The class of an exchange, and how rules see it; None where the judges must be asked."""
        if self._look is None or seen.reply_text is None:
            return None
        body = seen.reply_quickly()
        if body is NotQuick or not self._requests.is_lawful(seen):
            return None
        request = None
        if self._look_of_request is not None and (
            self._tells_paths or seen.url_query or seen.sent_text
        ):
            request = self._class_of_request(seen, self._look_of_request)
        side = (
            seen.status,
            seen.reply_type,
            seen.reply_headers_known,
            seen.sent_headers_known,
            seen.sent_text is not None,
            request,
        )
        key = side[:3]
        found = self._contents.get(key, _UNSEEN)
        if found is _UNSEEN:
            if len(self._contents) > _MOST_QUERIES:
                self._contents.clear()
            found = self._contents[key] = self._content(key)
        if found is None:
            return None
        if found is not _anything and (body is NOT_THERE or not found(body)):
            return None
        quotes = seen.quotes()
        for guess in self._guesses.get((side, quotes), ()):
            if guess.is_right(body):
                return guess.known, LazyMessage(self._reader, seen, body)
        known = self._class(seen, body, side, quotes)
        if known is None:
            return None
        return known, LazyMessage(self._reader, seen, None if body is NOT_THERE else body)

    def _class(
        self, seen: Sighting, body: Any, side: tuple[Any, ...], quotes: int | None
    ) -> Class | None:
        """The class of an exchange by all that is in its body; `side` tells the rest."""
        kind = (side, class_of(body, self._look_of_body))
        known: Class | None = self._known.get(kind, _UNSEEN)
        if known is None or not seen.is_sound(None if known is _UNSEEN else known.quotes):
            return None
        if known is _UNSEEN:
            return self._known_anew(kind, seen, body)
        if quotes is not None and quotes == known.quotes and not known.is_guessed:
            known.is_guessed = True
            self._guess((side, quotes), known, body)
        return known

    def _guess(self, key: tuple[Any, ...], known: Class, body: Any) -> None:
        """Tell the next body of a class by one question, if that is not much to remember."""
        guesses = self._guesses.get(key, [])
        if self._guessed >= _MOST_GUESSES or len(guesses) >= _MOST_ALIKE:
            return
        exact = exactly(body, self._look_of_body)
        if exact is not None:
            self._guesses[key] = [*guesses, _Guess(known, compiled(exact).is_valid)]
            self._guessed += 1

    def _content(self, key: tuple[Any, ...]) -> Callable[[Any], bool] | None:
        """What accepts the replies of a status and type; None where the judges must be asked."""
        operation = self._operation
        reply, message = operation.reply_for(key[0]), promised(operation, *key)
        if message is None or (reply is not None and reply.header is not None):
            return None
        if message is NOTHING:
            return _anything
        schema = message.schema
        accepts: Callable[[Any], bool] = (
            schema.accepts if schema.parts else schema.validator.is_valid
        )
        return accepts

    def _known_anew(self, kind: Any, seen: Sighting, body: Any) -> Class | None:
        if len(self._known) >= MOST_CLASSES:
            # Who holds a class adds its count up; it is told anew, and may be met again.
            self._known, self._guesses, self._guessed = {}, {}, 0
        known = self._known[kind] = self._told(seen)
        if known is not None and not _has_list(body):
            known.quotes = seen.quotes()
        return known

    def _class_of_request(self, seen: Sighting, look: Look) -> Any:
        request: dict[str, Any] = {}
        if self._tells_paths:
            request["path"] = dict(seen.path)
        if "query" in look.members:
            request["query"] = dict(self._reader.query(seen.url_query))
        if "body" in look.members and (body := seen.sent_body()) is not None:
            request["body"] = body
        return projected(request, look)

    def _told(self, seen: Sighting) -> Class | None:
        """Ask the judges of one exchange, for all of its class."""
        exchange = seen.exchange()
        request, response = exchange.request, exchange.response
        judged = self._replies.judge(exchange, folds=False, checks=False)
        if judged.broken or judged.unjudged or response is None:
            return None
        message = self._replies.message(exchange)
        assert message is not None
        return Class(
            self._operation.id,
            response.status,
            outcome_of(self._operation, response, refusal=self._refusal),
            request.headers_known and request.content_known,
            self._operation.reply_for(response.status) is not None,
            judged.kept,
            judged.undocumented,
            self._replies.checks_asked(message.parts),
            self._replies.folds_asked(message.parts),
        )


_UNSEEN: Any = object()


def _anything(_: Any) -> bool:
    return True


def _has_list(value: Any) -> bool:
    if value.__class__ is dict:
        return any(map(_has_list, value.values()))
    return value.__class__ is list


def _keeps_value(value: str | None, accepts: Callable[[Any], bool], known: set[str]) -> bool:
    if value is None or not accepts(value):
        return False
    if len(known) >= _MOST_QUERIES:
        known.clear()
    known.add(value)
    return True


class _QuickRequests:
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

    def is_lawful(self, seen: Sighting) -> bool:
        """Whether a request is lawful for certain, as far as it is known."""
        if self._headers and not self._keeps_headers(seen):
            return False
        path = seen.path
        if self._is_plain:
            for name, accepts, known in self._values:
                value = path.get(name)
                if value not in known and not _keeps_value(value, accepts, known):
                    return False
        elif not self._judge.keeps_path(path):
            return False
        query = seen.url_query
        is_lawful = self._queries.get(query)
        if is_lawful is None:
            if len(self._queries) >= _MOST_QUERIES:
                self._queries.clear()
            is_lawful = self._queries[query] = self._keeps_query(seen)
        return is_lawful and (not self._operation.contents or self._keeps_body(seen))

    def _keeps_headers(self, seen: Sighting) -> bool:
        headers = tuple([one for one in seen.sent_headers() if one[0].lower() in self._headers])
        if "cookie" in self._headers and not any(one[0].lower() == "cookie" for one in headers):
            return False  # recorders take cookies out
        key = headers, seen.sent_headers_known
        if key not in self._lawful_headers:
            if len(self._lawful_headers) >= _MOST_QUERIES:
                self._lawful_headers.clear()
            known = Known(seen.sent_headers_known, False)
            read = self._judge.read(seen.path, seen.url_query, headers, None, known)
            if not read.lawful:
                return False  # perhaps not for its headers
            self._lawful_headers.add(key)
        return True

    def _keeps_query(self, seen: Sighting) -> bool:
        read = self._judge.read(seen.path, seen.url_query, (), None, Known(False, False))
        return read.lawful

    def _keeps_body(self, seen: Sighting) -> bool:
        operation, kind, text = self._operation, seen.sent_type, seen.sent_text
        if kind is None and (seen.sent_headers_known or len(operation.contents) > 1):
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
        body = seen.sent_body()
        if body is None or not content.message.accepts(body):
            return False
        if not all(rule.is_valid(body) for rule in self._rules):
            return False
        key = (kind, class_of(body, look))
        if key not in self._known:
            if len(self._known) >= MOST_CLASSES:
                self._known.clear()
            headers = (("Content-Type", kind),) if kind is not None else ()
            read = self._judge.read(
                seen.path, seen.url_query, headers, text.encode(), Known(headers=False)
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
