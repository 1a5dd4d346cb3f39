"""From what was recorded to what the judge takes: an exchange, and how much of it is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from clausewise.contract import Operation
from clausewise.contract.parameters import read_query
from clausewise.exchange import Exchange, Request, Response
from clausewise.pointer import escape
from clausewise.traffic.exchange import Body, TrafficExchange

_NOT_HELD = "the recording does not hold it"
_IS_CUT = "the recording has its beginning only"
# What recorders put in place of what nobody should see.
_REDACTED = re.compile(
    r"\*{3,}|•{3,}|^[\[<({*_%]+\s*(?:redacted|masked|filtered|removed|hidden|scrubbed|saniti[sz]ed|"
    r"obfuscated|secret|sensitive)\b.*[\]>)}*_%]+$|^(?:redacted|masked|filtered)$|^[xX]{4,}$",
    re.IGNORECASE,
)


def exchange_of(
    traffic: TrafficExchange, operation: Operation, path: Mapping[str, str]
) -> Exchange:
    """A recorded exchange with an operation of a contract. Raises ValueError for a broken body."""
    sent, query = traffic.request, urlsplit(traffic.url).query
    request = Request(
        traffic.method,
        traffic.url,
        tuple(sent.headers or ()),
        None if sent.body.absent or sent.body.unknown else sent.body.content,
        dict(path),
        read_query(operation.parameters, query),
        None,
        sent.headers is not None and not sent.partial,
        sent.body.is_known,
        tuple(f"/body{pointer}" for pointer in sent.body.masked),
    )
    return Exchange(
        operation.id, request, _response(traffic), started=datetime_of(moment_of(traffic.started))
    )


def _response(traffic: TrafficExchange) -> Response | None:
    received = traffic.response
    if received is None:
        return None
    body = received.body
    return Response(
        received.status,
        tuple(received.headers or ()),
        body.content,
        traffic.seconds or 0.0,
        _why_cut(body),
        not body.is_known,
        received.headers is not None and not received.partial,
        tuple(f"/body{pointer}" for pointer in body.masked),
    )


def _why_cut(body: Body) -> str | None:
    if body.is_known:
        return None
    return _IS_CUT if body.cut else _NOT_HELD


def moment_of(started: str | float | None) -> float | None:
    """A time in seconds since 1970; None where there is none, or nothing that is a time."""
    if started is None or isinstance(started, int | float):
        return started
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return None
    # Without an offset it is the recorder's own time; for an order UTC is as good.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def datetime_of(moment: float | None) -> datetime | None:
    """A time in seconds since 1970 as a datetime; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(moment, UTC) if moment is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def is_redacted(text: str) -> bool:
    """Whether a text stands in place of one that nobody should see."""
    return _REDACTED.search(text) is not None


def redacted_in_request(exchange: Exchange) -> tuple[str, ...]:
    """Pointers to the values of a request that were replaced, as far as they look like it."""
    request = exchange.request
    found = [f"/path/{escape(name)}" for name, text in request.path.items() if is_redacted(text)]
    pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    found += [f"/query/{escape(name)}" for name, text in pairs if is_redacted(text)]
    found += [f"/header/{escape(name)}" for name, text in request.headers if is_redacted(text)]
    if request.content:
        body = Response(0, (), request.content, 0.0).json_or_none
        found += [f"/body{pointer}" for pointer in _redacted(body)]
    return tuple(found)


def redacted_in_response(response: Response) -> tuple[str, ...]:
    """The same of a reply."""
    found = [f"/header/{escape(name)}" for name, text in response.headers if is_redacted(text)]
    return (*found, *(f"/body{pointer}" for pointer in _redacted(response.json_or_none)))


def _redacted(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, str):
        if is_redacted(value):
            yield at
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _redacted(inner, f"{at}/{escape(name)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _redacted(inner, f"{at}/{index}")
