"""Judging by class: what one exchange was found to keep, all exchanges of its class keep.

The judges of requests and replies are asked once a class. A class is made of what their answer
depends on (`classes.py`), and only exchanges that keep their schemas have one: what breaks
anything, or is not known as a whole, is told to nobody here and goes to the judges themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import Struct, field

from clausewise.checks import Message
from clausewise.contract import Contract, Operation
from clausewise.contract.compiled import compiled
from clausewise.judge.classes import (
    MOST_CLASSES,
    NOTHING,
    Look,
    class_of,
    exactly,
    look_at,
    projected,
    promised,
)
from clausewise.judge.history import KeyPlace
from clausewise.judge.messages import LazyMessage, Reader
from clausewise.judge.outcomes import Outcome, Refusal, outcome_of
from clausewise.judge.quick_requests import NOT_THERE, Address, QuickRequests, Sighting
from clausewise.judge.replies import ReplyJudge
from clausewise.judge.requests import RequestJudge
from clausewise.pointer import ABSENT
from clausewise.strict_json import NotQuick

_MOST_SIDES = 4_096
# Classes of one operation that are guessed, and of those with as many quotes.
_MOST_GUESSES = 64
_MOST_ALIKE = 4


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


class _Side(Struct):
    """Exchanges that are alike in all but the bodies of their replies.

    `accepts` takes the bodies that keep the contract; None where the judges must be asked. Classes
    are known by the class of the body, and guessed by its number of quotes.
    """

    accepts: Callable[[Any], bool] | None
    known: dict[Any, Class | None] = field(default_factory=dict)
    guesses: dict[int | None, list[_Guess]] = field(default_factory=dict)


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
        self._requests = QuickRequests(contract, operation, requests)
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
        self._sides: dict[tuple[Any, ...], _Side] = {}
        # How many classes there are on all sides, and how many of them are guessed.
        self._held = self._guessed = 0

    def address(self, path: dict[str, str], query: str) -> Address:
        """What the path values and the query of a URL say, for all requests that have them."""
        look, kind = self._look_of_request, None
        if look is not None and (self._tells_paths or query):
            kind = self._kind_of_request(path, query, None, look)
        return Address(path, query, self._requests.keeps_address(path, query), kind)

    def judge(self, sighting: Sighting) -> tuple[Class, Message] | None:
        """The class of an exchange, and how rules see it; None where the judges must be asked."""
        seen, address = sighting.seen, sighting.address
        if self._look is None or seen.reply_text is None or not address.is_lawful:
            return None
        body, requests = sighting.reply_quickly(), self._requests
        if body is NotQuick or not (requests.are_urls or requests.is_lawful(sighting)):
            return None
        sent, request = ABSENT, address.kind
        if seen.sent_text and self._look_of_request is not None:
            sent = sighting.sent_body()
            request = self._kind_of_request(
                address.path, address.query, sent, self._look_of_request
            )
        key = (
            seen.status,
            sighting.reply_type,
            sighting.reply_headers_known,
            sighting.sent_headers_known,
            seen.sent_text is not None,
            request,
        )
        side = self._sides.get(key)
        if side is None:
            side = self._side(key)
        accepts = side.accepts
        if accepts is None:
            return None
        if accepts is not _anything and (body is NOT_THERE or not accepts(body)):
            return None
        quotes = sighting.quotes()
        for guess in side.guesses.get(quotes, ()):
            if guess.is_right(body):
                return guess.known, LazyMessage(self._reader, seen, body, sent)
        known = self._class(sighting, body, side, quotes)
        if known is None:
            return None
        shown = None if body is NOT_THERE else body
        return known, LazyMessage(self._reader, seen, shown, sent)

    def _side(self, key: tuple[Any, ...]) -> _Side:
        if len(self._sides) >= _MOST_SIDES:
            self._forget()
        side = self._sides[key] = _Side(self._content(key[0], key[1], key[2]))
        return side

    def _forget(self) -> None:
        """Who holds a class adds its count up; it is told anew, and may be met again."""
        self._sides, self._held, self._guessed = {}, 0, 0

    def _class(
        self, sighting: Sighting, body: Any, side: _Side, quotes: int | None
    ) -> Class | None:
        """The class of an exchange by all that is in its body; `side` tells the rest."""
        kind = class_of(body, self._look_of_body)
        known: Class | None = side.known.get(kind, _UNSEEN)
        if known is None or not sighting.is_sound(None if known is _UNSEEN else known.quotes):
            return None
        if known is _UNSEEN:
            if self._held >= MOST_CLASSES:
                self._forget()
            known = side.known[kind] = self._told(sighting)
            self._held += 1
            if known is not None and not _has_list(body):
                known.quotes = sighting.quotes()
            return known
        if quotes is not None and quotes == known.quotes and not known.is_guessed:
            known.is_guessed = True
            self._guess(side, quotes, known, body)
        return known

    def _guess(self, side: _Side, quotes: int, known: Class, body: Any) -> None:
        """Tell the next body of a class by one question, if that is not much to remember."""
        guesses = side.guesses.get(quotes, [])
        if self._guessed >= _MOST_GUESSES or len(guesses) >= _MOST_ALIKE:
            return
        exact = exactly(body, self._look_of_body)
        if exact is not None:
            side.guesses[quotes] = [*guesses, _Guess(known, compiled(exact).is_valid)]
            self._guessed += 1

    def _content(
        self, status: int, sent: str | None, headers_known: bool
    ) -> Callable[[Any], bool] | None:
        """What accepts the replies of a status and type; None where the judges must be asked."""
        operation = self._operation
        reply = operation.reply_for(status)
        message = promised(operation, status, sent, headers_known)
        if message is None or (reply is not None and reply.header is not None):
            return None
        if message is NOTHING:
            return _anything
        schema = message.schema
        accepts: Callable[[Any], bool] = (
            schema.accepts if schema.parts else schema.validator.is_valid
        )
        return accepts

    def _kind_of_request(self, path: dict[str, str], query: str, body: Any, look: Look) -> Any:
        """What is told apart of a request; `body` is None where there is none."""
        request: dict[str, Any] = {}
        if self._tells_paths:
            request["path"] = dict(path)
        if "query" in look.members:
            request["query"] = dict(self._reader.query(query))
        if "body" in look.members and body is not None:
            request["body"] = body
        return projected(request, look)

    def _told(self, sighting: Sighting) -> Class | None:
        """Ask the judges of one exchange, for all of its class."""
        exchange = sighting.exchange()
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
