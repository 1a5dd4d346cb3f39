"""Lines of JSON as far as a class needs them: headers stay bytes, bodies texts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from clausewise.contract import Operation
from clausewise.contract.matching import MatchedOperation
from clausewise.exchange import Exchange
from clausewise.judge.quick import NOT_THERE
from clausewise.strict_json import NotJSON, NotQuick, carefully, is_sound, quick, undoubted
from clausewise.traffic.converting import datetime_of, exchange_of, moment_of
from clausewise.traffic.exchange import UNKNOWN, Body, Headers, TrafficExchange

_CONTENT_TYPE = re.compile(rb'\[\s*"content-type"\s*,\s*"([^"\\]*)"', re.IGNORECASE)
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


class _Received(msgspec.Struct):
    status: int
    headers: msgspec.Raw = _NOTHING
    body: Body = UNKNOWN
    partial: bool = False


class QuickLine(msgspec.Struct):
    """A line, of which headers are not read."""

    method: str
    url: str
    request: _Sent = msgspec.field(default_factory=_Sent)
    response: _Received | None = None
    started: str | float | None = None
    seconds: float | None = None
    fixed: bool = False


_decode_quickly = msgspec.json.Decoder(QuickLine).decode
_decode = msgspec.json.Decoder(TrafficExchange).decode
_encode = msgspec.json.Encoder().encode
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
        else _Received(
            received.status, _written(received.headers), received.body, received.partial
        ),
        traffic.started,
        traffic.seconds,
        traffic.fixed,
    )


def _written(headers: Headers | None) -> msgspec.Raw:
    return _NOTHING if headers is None else msgspec.Raw(_encode(headers))


class LineSighting(msgspec.Struct, gc=False):
    """An exchange of a line, seen as `judge.quick` wants to see it; `sighting` makes it.

    `content` is all of the exchange, as a line or read. The reply is no `is_plain` one until it was
    read quickly.
    """

    line: QuickLine
    received: _Received
    operation: Operation
    content: bytes | TrafficExchange
    method: str
    path: dict[str, str]
    url_query: str
    status: int
    sent_text: str | None
    sent_type: str | None
    sent_headers_known: bool
    reply_text: str | None
    reply_type: str | None
    reply_headers_known: bool
    is_plain: bool = False
    _sent: Any = _NOT_READ
    _reply: Any = _NOT_READ

    @property
    def is_clear(self) -> bool:
        """Whether its bodies are texts, and their types are told without doubt."""
        if self.line.request.body.base64 is not None or self.received.body.base64 is not None:
            return False
        return self.sent_type is not _SEVERAL and self.reply_type is not _SEVERAL

    def exchange(self) -> Exchange:
        """All of it."""
        content = self.content
        read = _decode(content) if isinstance(content, bytes) else content
        return exchange_of(read, self.operation, self.path)

    def sent_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the request, as far as they are known."""
        return headers_of(self.line.request.headers)

    def sent_body(self) -> Any:
        """The body of the request as JSON, or None."""
        if self._sent is _NOT_READ:
            self._sent = json_of(self.sent_text)
        return self._sent

    def reply_quickly(self) -> Any:
        """The body of the reply as JSON; NOT_THERE for none, NotQuick where it is no JSON.

        With an escape in it, it takes longer to be read, and no longer to be judged.
        """
        text = self.reply_text
        if not text:
            return NOT_THERE if text is not None else NotQuick
        value = undoubted(text)
        if value is not NotQuick:
            self._reply, self.is_plain = value, True
            return value
        try:
            self._reply = carefully(text.encode())
        except ValueError:  # no JSON, or half a surrogate pair
            return NotQuick
        return self._reply

    def quotes(self) -> int | None:
        """How many quotes the reply has, where that tells whether it is sound."""
        text = self.reply_text
        return text.count('"') if text and self.is_plain and len(text) <= _SHORT else None

    def is_sound(self, quotes: int | None) -> bool:
        """Whether the reply is what a strict reader takes it for; it is where it has so many."""
        text = self.reply_text
        if not text or not self.is_plain:
            return True
        if quotes is not None and quotes == self.quotes():
            return True
        return is_sound(text, self._reply)

    def reply_body(self) -> Any:
        """The body of the reply as JSON, or None."""
        if self._reply is _NOT_READ:
            self._reply = json_of(self.reply_text)
        return self._reply

    def times(self) -> tuple[datetime | None, float]:
        """When the request was sent, where that is known, and how long the reply took."""
        return datetime_of(moment_of(self.line.started)), self.line.seconds or 0.0

    def reply_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the reply."""
        return headers_of(self.received.headers)


def sighting(
    line: QuickLine,
    received: _Received,
    match: MatchedOperation,
    content: bytes | TrafficExchange,
) -> LineSighting:
    """An exchange that was matched, seen quickly."""
    sent, url, operation = line.request, line.url, match.operation
    sent_headers, headers = sent.headers, received.headers
    reply_type = _type_in(headers)
    return LineSighting(
        line,
        received,
        operation,
        content,
        line.method,
        match.path,
        url.partition("?")[2].partition("#")[0] if "?" in url else "",
        received.status,
        _text_of(sent.body),
        _type_in(sent_headers) if operation.contents else None,
        sent_headers != _NOTHING and not sent.partial,
        _text_of(received.body),
        reply_type,
        # No server answers without any header: so they were not recorded.
        not received.partial
        and (
            reply_type is not None
            or bool(headers != _NOTHING and bytes(headers).strip(b"[] \t\r\n"))
        ),
    )


def headers_of(written: bytes | msgspec.Raw) -> tuple[tuple[str, str], ...]:
    """Headers that were left as bytes."""
    return _decode_headers(written) or ()


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


def _type_in(headers: msgspec.Raw) -> str | None:
    found = _CONTENT_TYPE.findall(bytes(headers))
    if not found:
        return None
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
