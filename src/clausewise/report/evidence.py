"""What a report knows of a run, looked up: for what is found out of it as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from html import unescape
from http import HTTPStatus
from typing import Any

from clausewise.pointer import ABSENT
from clausewise.record.policy import DEVIATIONS
from clausewise.record.record import CaseResult, JudgedClause, RecordedExchange

_LONGEST_SAID = 200
# Where bodies of refusals say what is wrong, the most telling first.
_SAYING = (
    "message", "detail", "details", "error", "errors", "error_description", "reason", "description",
    "title", "msg", "defaultMessage", "issues", "violations", "invalid-params",
)  # fmt: skip
# Where such a body says of what it speaks.
_PLACES = ("field", "pointer", "instancePath", "property", "param", "name")
_HEAD = re.compile(r"<(head|style|script)\b.*?</\1>", re.IGNORECASE | re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")


class RunEvidence:
    """The clauses, exchanges and cases of one run; nothing of it changes."""

    def __init__(
        self,
        clauses: Sequence[JudgedClause],
        exchanges: Iterable[RecordedExchange],
        cases: Iterable[CaseResult] = (),
    ) -> None:
        self.clauses = tuple(clauses)
        self.exchanges = {exchange.id: exchange for exchange in exchanges}
        self.cases = tuple(cases)

    @cached_property
    def deviations(self) -> tuple[JudgedClause, ...]:
        """The clauses that were not kept, waived and soft ones too: the gravest verdict first."""
        found = (clause for clause in self.clauses if clause.verdict in DEVIATIONS)
        return tuple(sorted(found, key=lambda clause: DEVIATIONS.index(clause.verdict)))

    def proofs(self, clause: JudgedClause) -> Iterator[RecordedExchange]:
        """The exchanges on record that speak for a verdict, the deciding one first."""
        for proof in clause.evidence:
            if proof.exchange in self.exchanges:
                yield self.exchanges[proof.exchange]

    def deciding(self, clause: JudgedClause) -> RecordedExchange | None:
        """The exchange that decided."""
        return next(self.proofs(clause), None)


def status_of(exchange: RecordedExchange) -> int | None:
    """The status of the reply, if there was one."""
    return exchange.response.status if exchange.response is not None else None


def is_accepted(exchange: RecordedExchange) -> bool:
    """Whether the reply is 2xx."""
    return (status_of(exchange) or 0) // 100 == 2


def media_type_of(exchange: RecordedExchange) -> str:
    """The media type of the reply without its parameters, in lower case; empty without one."""
    headers = exchange.response.headers if exchange.response is not None else ()
    named = next((value for name, value in headers if name.lower() == "content-type"), "")
    return named.partition(";")[0].strip().lower()


def reply_of(exchange: RecordedExchange) -> Any:
    """The JSON value of the reply, or ABSENT; of what was cut nothing is known."""
    body = exchange.response.body if exchange.response is not None else None
    return _json(body.content) if body is not None and body.cut is None else ABSENT


def request_body(exchange: RecordedExchange) -> Any:
    """The JSON value of the request's body, or ABSENT."""
    body = exchange.request.body
    return _json(body.content) if body is not None else ABSENT


def said_by(exchange: RecordedExchange | None) -> str | None:
    """What the server says is wrong, in its own words and on one line; None where it does not.

    That a request is bad, its status says already: what else there is, comes instead.
    """
    status = status_of(exchange) if exchange is not None else None
    if exchange is None or status is None or status < 400:
        return None
    told = [" ".join(words.split()) for words in _sentences(exchange)]
    phrases = {one.phrase.lower() for one in HTTPStatus}
    telling = [words for words in told if words.rstrip(".").lower() not in phrases]
    return "; ".join(dict.fromkeys(telling or told))[:_LONGEST_SAID] or None


def _sentences(exchange: RecordedExchange) -> Iterator[str]:
    value, response = reply_of(exchange), exchange.response
    if value is not ABSENT:
        yield from list(_words(value)) or _members(value)
    elif response is not None and response.body is not None:
        kind, shown = media_type_of(exchange), response.body.shown or ""
        if kind == "text/plain":
            yield shown
        elif kind == "text/html":
            yield unescape(_TAGS.sub(" ", _HEAD.sub(" ", shown)))


def _words(value: Any) -> Iterator[str]:
    """Sentences in a body, the most telling first."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, dict):
        said = [name for name in _SAYING if name in value]
        place = next((value[name] for name in _PLACES if isinstance(value.get(name), str)), None)
        for name in said:
            for words in _words(value[name]):
                yield f"{place}: {words}" if place and place not in words else words
        if not said:
            yield from _members(value)


def _members(value: Any) -> Iterator[str]:
    """What is said of members by their names: `{"email": ["has already been taken"]}`."""
    for name, told in value.items() if isinstance(value, dict) else ():
        if isinstance(told, list) and told and all(isinstance(words, str) for words in told):
            yield from (f"{name}: {words}" for words in told)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return ABSENT
