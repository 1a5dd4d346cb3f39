"""Lines of JSON as far as a class needs them: headers stay bytes, bodies texts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from clausewise.contract import Operation
from clausewise.exchange import Exchange
from clausewise.judge.quick_requests import NOT_THERE, Address
from clausewise.strict_json import NotJSON, NotQuick, carefully, is_sound, quick, undoubted
from clausewise.traffic.converting import datetime_of, exchange_of
from clausewise.traffic.exchange import (
    UNKNOWN,
    Body,
    Headers,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    pairs_of,
)
from clausewise.traffic.readers.lines import read_line

_CONTENT_TYPE = re.compile(rb'\[\s*"content-type"\s*,\s*"([^"\\]*)"', re.IGNORECASE)
# Headers as pairs; some have an object, or objects, which is read with more care.
_PAIRS = re.compile(rb"\s*(?:null|\[\s*[\[\]])")
_NOTHING = msgspec.Raw(b"null")
_NOT_READ: Any = object()
_SEVERAL = "\0several"
# No number in a text of so many characters is too long for Python.
_SHORT = 4_000


class _Sent(msgspec.Struct):
    headers: msgspec.Raw = _NOTHING
    body: Body = UNKNOWN
    partial: bool = False
    open_query: bool = False


class QuickReply(msgspec.Struct):
    """The reply of such a line."""

    status: int
    headers: msgspec.Raw = _NOTHING
    body: Body = UNKNOWN
    partial: bool = False


class QuickLine(msgspec.Struct):
    """A line, of which headers are not read."""

    method: str
    url: str
    request: _Sent = msgspec.field(default_factory=_Sent)
    response: QuickReply | None = None
    started: str | float | None = None
    seconds: float | None = None
    fixed: bool = False


_decode_quickly = msgspec.json.Decoder(QuickLine).decode
_encode = msgspec.json.Encoder().encode
_read_plain = msgspec.json.Decoder().decode
_decode_headers = msgspec.json.Decoder(tuple[tuple[str, str], ...] | None).decode


def quick_line(content: bytes) -> QuickLine | None:
    """A line in the form of this project; None for every other one."""
    try:
        return _decode_quickly(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def line_of(traffic: TrafficExchange) -> QuickLine:
    """An exchange of whatever form, as a line would have it."""
    sent, received = traffic.request, traffic.response
    return QuickLine(
        traffic.method,
        traffic.url,
        _Sent(_written(sent.headers), sent.body, sent.partial, sent.open_query),
        None
        if received is None
        else QuickReply(
            received.status, _written(received.headers), received.body, received.partial
        ),
        traffic.started,
        traffic.seconds,
        traffic.fixed,
    )


def _written(headers: Headers | None) -> msgspec.Raw:
    return _NOTHING if headers is None else msgspec.Raw(_encode(headers))


class SeenExchange(msgspec.Struct, array_like=True, gc=False):
    """One exchange as rules look at it; `started` and `seconds` are times in seconds, 0 for none.

    Bodies are texts, None where they are not known as a whole; that of the reply `is_plain` where
    it was read quickly before.
    """

    started: float
    source: str
    number: int
    operation: str
    path: dict[str, str]
    method: str
    url: str
    url_query: str
    status: int
    sent_text: str | None
    reply_text: str | None
    reply_headers_written: bytes
    seconds: float
    is_masked: bool
    is_plain: bool = False

    def sent_body(self) -> Any:
        """The body of the request as JSON, or None."""
        return json_of(self.sent_text)

    def reply_body(self) -> Any:
        """The body of the reply as JSON, or None."""
        text = self.reply_text
        return _read_plain(text) if text and self.is_plain else json_of(text)

    def times(self) -> tuple[datetime | None, float]:
        """When the request was sent, where that is known, and how long the reply took."""
        return datetime_of(self.started or None), self.seconds

    def reply_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the reply."""
        return headers_of(self.reply_headers_written)

    def exchange(self) -> TrafficExchange:
        """The exchange, without the headers of its request, which no rule looks at."""
        sent, received = self.sent_text, self.reply_text
        return TrafficExchange(
            self.method,
            self.url,
            SentRequest(None, UNKNOWN if sent is None else Body(text=sent, absent=not sent)),
            ReceivedResponse(
                self.status,
                list(self.reply_headers()) or None,
                UNKNOWN if received is None else Body(text=received, absent=not received),
            ),
            self.started or None,
            self.seconds or None,
        )


class LineSighting(msgspec.Struct, gc=False):
    """An exchange of a line, seen as `judge.quick` wants to see it; `sighting` makes it.

    `content` is all of the exchange, as a line or read.
    """

    seen: SeenExchange
    address: Address
    operation: Operation
    content: bytes | TrafficExchange
    headers: msgspec.Raw
    sent_type: str | None
    sent_headers_known: bool
    reply_type: str | None
    reply_headers_known: bool
    _sent: Any = _NOT_READ
    _reply: Any = None

    def exchange(self) -> Exchange:
        """All of it."""
        content = self.content
        read = read_line(content) if isinstance(content, bytes) else content
        assert isinstance(read, TrafficExchange)
        return exchange_of(read, self.operation, self.address.path)

    def sent_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the request, as far as they are known."""
        return headers_of(self.headers)

    def sent_body(self) -> Any:
        """The body of the request as JSON, or None."""
        if self._sent is _NOT_READ:
            self._sent = self.seen.sent_body()
        return self._sent

    def reply_quickly(self) -> Any:
        """The body of the reply as JSON; NOT_THERE for none, NotQuick where it is no JSON.

        With an escape in it, it takes longer to be read, and no longer to be judged.
        """
        seen = self.seen
        text = seen.reply_text
        if not text:
            return NOT_THERE if text is not None else NotQuick
        value = undoubted(text)
        if value is not NotQuick:
            seen.is_plain = True
        else:
            try:
                value = carefully(text.encode())
            except ValueError:  # no JSON, or half a surrogate pair
                return NotQuick
        self._reply = value
        return value

    def quotes(self) -> int | None:
        """How many quotes the reply has, where that tells whether it is sound."""
        seen = self.seen
        text = seen.reply_text
        return text.count('"') if text and seen.is_plain and len(text) <= _SHORT else None

    def is_sound(self, quotes: int | None) -> bool:
        """Whether the reply is what a strict reader takes it for; it is where it has so many."""
        text = self.seen.reply_text
        if not text or not self.seen.is_plain:
            return True
        if quotes is not None and quotes == self.quotes():
            return True
        return is_sound(text, self._reply)


def seen_of(
    line: QuickLine,
    received: QuickReply,
    operation: str,
    address: Address,
    source: str,
    number: int,
    started: float,
) -> SeenExchange:
    """A line as rules see it, by its place in a recording; `started` is 0 where it is not known."""
    sent, body = line.request.body, received.body
    return SeenExchange(
        started,
        source,
        number,
        operation,
        address.path,
        line.method,
        line.url,
        address.query,
        received.status,
        _text_of(sent),
        _text_of(body),
        bytes(received.headers),
        line.seconds or 0.0,
        bool(body.masked or sent.masked),
    )


def sighting(
    line: QuickLine,
    received: QuickReply,
    seen: SeenExchange,
    address: Address,
    operation: Operation,
    content: bytes | TrafficExchange,
) -> LineSighting | None:
    """An exchange that was matched, seen quickly.

    None unless its bodies are texts, its headers pairs, and the types are told without doubt.
    """
    sent, written = line.request, seen.reply_headers_written
    if sent.body.base64 is not None or received.body.base64 is not None:
        return None
    if _PAIRS.match(sent.headers) is None:
        return None
    sent_type = _type_in(bytes(sent.headers)) if operation.contents else None
    reply_type = _type_in(written)
    if sent_type is _SEVERAL or reply_type is _SEVERAL:
        return None
    return LineSighting(
        seen,
        address,
        operation,
        content,
        sent.headers,
        sent_type,
        sent.headers != _NOTHING and not sent.partial,
        reply_type,
        # No server answers without any header: so they were not recorded.
        not received.partial
        and (reply_type is not None or (written != b"null" and bool(written.strip(b"[] \t\r\n")))),
    )


def query_of(url: str) -> str:
    """The query of a URL."""
    return url.partition("?")[2].partition("#")[0] if "?" in url else ""


def headers_of(written: bytes | msgspec.Raw) -> tuple[tuple[str, str], ...]:
    """Headers that were left as bytes."""
    try:
        return _decode_headers(written) or ()
    except msgspec.ValidationError:  # a number, where a text should be
        return tuple(pairs_of(_read_plain(written)) or ())


def _text_of(body: Body) -> str | None:
    """A body that is known as a whole, as a text; None for every other one."""
    text = body.text
    if text is not None and body.base64 is None:
        return None if body.cut or body.unknown else text
    if body.base64 is not None:
        return _decoded(body) if body.is_known else None
    return "" if body.absent and not body.unknown else None


def _decoded(body: Body) -> str | None:
    try:
        return body.content.decode()
    except ValueError:  # no base64, or no UTF-8
        return None


def _type_in(headers: bytes) -> str | None:
    found = _CONTENT_TYPE.findall(headers)
    if not found:
        return None if _PAIRS.match(headers) is not None else _SEVERAL
    return found[0].decode("utf-8", "replace") if len(found) == 1 else _SEVERAL


def json_of(text: str | None) -> Any:
    """The JSON of a text, or None where it is none."""
    if not text:
        return None
    value = quick(text)
    if value is not NotQuick:
        return value
    try:
        return carefully(text.encode("utf-8", "surrogatepass"))
    except NotJSON:
        return None
