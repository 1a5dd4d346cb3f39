"""From what was recorded to what the judge takes: an exchange, and how much of it is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from clausewise.contract import Operation
from clausewise.contract.codecs import is_stream, is_xml
from clausewise.contract.media_types import media_type
from clausewise.contract.parameter_pairs import read_query
from clausewise.exchange import Exchange, Request, Response, declared_encoding
from clausewise.pointer import ABSENT, escape
from clausewise.traffic.encodings import decoded
from clausewise.traffic.exchange import Body, TrafficExchange, has_header

_NOT_HELD = "the recording does not hold it"
_IS_CUT = "the recording has its beginning only"
# What recorders put in place of what nobody should see.
_REDACTED = re.compile(
    r"\*{3,}|•{3,}|^[\[<({*_%#-]+\s*(?:redacted|masked|filtered|removed|hidden|scrubbed|saniti[sz]ed|"
    r"obfuscated|omitted|stripped|anonymi[sz]ed|secret|sensitive)(?![a-z]).*[\]>)}*_%#-]+$|"
    # "[X-Api-Key redacted]", as Cloudflare's sanitizer of archives writes; "redacted:12".
    r"^[\[<({][\w .:-]* redacted[\]>)}]$|^(?:redacted|masked|filtered|omitted)$|^redacted[\W_]|"
    r"^[xX]{4,}$|^[#.]{3,}$|^…$|"
    # A variable of a collection or a template, which is filled in when it is sent.
    r"^\$?\{\{[^{}]*\}\}$|^\$\{[^{}]*\}$|"
    # A name in the place of a value, as the cassettes of VCR have it.
    r"(?-i:^(?:<[A-Z][A-Z0-9_]*>|\$[A-Z][A-Z0-9_]*|\{[A-Z][A-Z0-9_]*\}|%[A-Z][A-Z0-9_]*%)$)",
    re.IGNORECASE,
)


# What stands in place of a whole body is no longer than this.
_LONGEST_WORD = 80


def exchange_of(
    traffic: TrafficExchange, operation: Operation, path: Mapping[str, str]
) -> Exchange:
    """A recorded exchange with an operation of a contract. Raises ValueError for a broken body."""
    sent, query = traffic.request, urlsplit(traffic.url).query
    headers = tuple(sent.headers or ())
    content = _content(sent.body, headers)
    masked = [f"/body{pointer}" for pointer in sent.body.masked]
    # Cookies are what every recorder takes out that takes anything out.
    if operation.located("cookie") and not has_header(headers, "cookie"):
        masked.append("/cookie")
    parameters = read_query(operation.parameters, query)
    if sent.open_query:
        absent = (one.name for one in operation.located("query") if one.name not in parameters)
        masked += [f"/query/{escape(name)}" for name in absent]
    request = Request(
        traffic.method,
        traffic.url,
        headers,
        None if sent.body.absent or sent.body.unknown else content,
        dict(path),
        parameters,
        None,
        sent.headers is not None and not sent.partial,
        sent.body.is_known and content is not None,
        tuple(masked),
    )
    return Exchange(
        operation.id,
        request,
        _response(traffic, operation),
        started=datetime_of(moment_of(traffic.started)),
    )


def _response(traffic: TrafficExchange, operation: Operation) -> Response | None:
    received = traffic.response
    if received is None:
        return None
    body, headers = received.body, tuple(received.headers or ())
    content = _received_content(body, headers)
    masked = [f"/body{pointer}" for pointer in body.masked]
    if not has_header(headers, "set-cookie"):
        reply = operation.reply_for(received.status)
        names = (parameter.name for parameter in reply.headers) if reply is not None else ()
        masked += [f"/header/{escape(name)}" for name in names if name.lower() == "set-cookie"]
    return Response(
        received.status,
        headers,
        content or b"",
        traffic.seconds or 0.0,
        _NOT_HELD if content is None else _why_cut(body),
        content is None or not body.is_known,
        # No server answers without any header: so they were not recorded.
        bool(headers) and not received.partial,
        tuple(masked),
    )


def _content(body: Body, headers: tuple[tuple[str, str], ...]) -> bytes | None:
    """A body as its sender meant it; None where that cannot be told. A text is that already."""
    return body.content if body.base64 is None else decoded(body.content, headers)


def _received_content(body: Body, headers: tuple[tuple[str, str], ...]) -> bytes | None:
    """The same of a reply. A text has no bytes: it gets those of the charset that its type names.

    JSON, its lines and events have none (RFC 8259, section 8.1; WHATWG HTML, section 9.2.4), and
    XML declares its own.
    """
    content = _content(body, headers)
    if body.base64 is not None or not body.text:
        return content
    sent = next((value for name, value in headers if name.lower() == "content-type"), "")
    kind = media_type(sent)
    text, charset = body.text, dict(kind.parameters).get("charset", "utf-8")
    if is_xml(sent):
        charset = declared_encoding(body.content) or "utf-8"
        text = text.removeprefix("\ufeff")  # a charset that has such a mark gets its own
    if kind.is_json or is_stream(sent) or charset.lower() == "utf-8":
        return content
    try:
        return text.encode(charset)
    except UnicodeError:
        return None  # whoever wrote it down read it otherwise
    except LookupError:
        return content


def is_of_http(operation: Operation, exchange: Exchange) -> bool:
    """Whether a reply is one that HTTP itself has for what a header asked, and says no more.

    Switched protocols, nothing new, a part of the whole: RFC 9110, sections 15.2, 15.4.5, 15.3.7.
    What asks for nothing new is a browser's cache, behind what browsers record.
    """
    request, status = exchange.request, exchange.status
    if status is None or str(status) in operation.replies:
        return False
    names = {name.lower() for name, _ in request.headers}
    if status == 304:
        return request.method in ("GET", "HEAD") or any(name.startswith("if-") for name in names)
    if status == 206:
        return not request.headers_known or "range" in names
    return status < 200


def is_to_https(exchange: Exchange) -> bool:
    """Whether a reply says nothing but that the same is to be asked for by https.

    Where a log tells neither where to go nor that it was asked by https, that may be what it says.
    """
    request, response = exchange.request, exchange.response
    if response is None or response.status not in (301, 302, 307, 308):
        return False
    scheme, separator, rest = request.url.partition("://")
    where = [value for name, value in response.headers if name.lower() == "location"]
    if not where and not response.headers_known:
        return not separator or scheme.lower() == "http"
    return scheme.lower() == "http" and where == [f"https{separator}{rest}"]


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


def redacted_in_request(exchange: Exchange, body: Any) -> tuple[str, ...]:
    """Pointers to the values of a request that were replaced, as far as they look like it.

    `body` is its body where somebody has read that; else it is read as JSON.
    """
    request = exchange.request
    found = [
        f"/path/{escape(name)}"
        for name, text in request.path.items()
        # A parameter that was never filled in stands there by its name.
        if is_redacted(text) or text in (f"{{{name}}}", f":{name}")
    ]
    pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    found += [f"/query/{escape(name)}" for name, text in pairs if is_redacted(text)]
    found += [f"/header/{escape(name)}" for name, text in request.headers if is_redacted(text)]
    content = request.content or b""
    if _is_replaced(content):
        return (*found, "/body")
    if content and body is ABSENT:
        body = Response(0, (), content, 0.0).json_or_none
    found += [f"/body{pointer}" for pointer in _redacted(body)]
    return tuple(found)


def redacted_in_response(response: Response) -> tuple[str, ...]:
    """The same of a reply."""
    found = [f"/header/{escape(name)}" for name, text in response.headers if is_redacted(text)]
    if _is_replaced(response.content):
        return (*found, "/body")
    return (*found, *(f"/body{pointer}" for pointer in _redacted(response.json_or_none)))


def _is_replaced(content: bytes) -> bool:
    """Whether something stands in place of a whole body, and is not merely a part of it."""
    text = content[: _LONGEST_WORD + 1].decode("utf-8", "replace").strip()
    return 0 < len(text) <= _LONGEST_WORD and not set('"=&') & set(text) and is_redacted(text)


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
