"""HAR 1.2, an entry at a time: an archive may be far larger than memory should be.

http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import urlencode

from clausewise.traffic.exchange import (
    ABSENT_BODY,
    UNKNOWN,
    Body,
    Headers,
    Item,
    Poisoned,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
)

_ENTRIES = re.compile(r'(?<!\\)"entries"\s*:\s*\[')
_BLANK = re.compile(r"[\s,]*")
_CHUNK = 1 << 20
# An entry that does not end within so many characters is none.
_LONGEST_ENTRY = 1 << 28
_NO_BODY = (204, 205, 304)


def read_har(stream: BinaryIO) -> Iterator[Item]:
    """Read the entries of an archive. Raises ValueError where it has none."""
    text = _Text(stream)
    found = _ENTRIES.search(text.held)
    while found is None:
        if not text.more():
            raise ValueError("it has no `entries`")
        found = _ENTRIES.search(text.held)
    text.at = found.end()
    for number, entry in enumerate(_values(text), 1):
        if isinstance(entry, Poisoned):
            yield Item(number, entry)
            continue
        try:
            read = of_entry(entry) if isinstance(entry, dict) else None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            yield Item(number, Poisoned(f"it is no entry of a HAR file: {error}"))
            continue
        yield Item(number, read or Poisoned("it is no entry of a HAR file"))


class _Text:
    """The part of a stream of UTF-8 that is not done with."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = getincrementaldecoder("utf-8-sig")("replace")
        self.held = ""
        self.at = 0
        self.more()

    def more(self) -> bool:
        """Read on; gives whether there was more."""
        read = self._stream.read(max(_CHUNK, len(self.held) - self.at))
        self.held = self.held[self.at :] + self._decoder.decode(read, not read)
        self.at = 0
        return bool(read)


def _values(text: _Text) -> Iterator[Any]:
    """The values of an array, one by one; what ends too soon is told once."""
    decode = json.JSONDecoder().raw_decode
    while True:
        text.at = _end_of_blank(text)
        if text.at == len(text.held):
            yield Poisoned("the file ends in the middle of its entries")
            return
        if text.held[text.at] == "]":
            return
        try:
            value, end = decode(text.held, text.at)
        except ValueError as error:
            if len(text.held) - text.at < _LONGEST_ENTRY and text.more():
                continue
            yield Poisoned(f"it is no JSON: {error}")
            return
        text.at = end
        yield value


def _end_of_blank(text: _Text) -> int:
    while True:
        found = _BLANK.match(text.held, text.at)
        end = found.end() if found else text.at
        text.at = end
        if end < len(text.held) or not text.more():
            return text.at


def of_entry(entry: dict[str, Any]) -> TrafficExchange | None:
    """An entry of an archive, as an exchange; None for what is none."""
    request, response = entry.get("request"), entry.get("response")
    if not isinstance(request, dict) or not {"method", "url"} <= request.keys():
        return None
    if "startedDateTime" not in entry and "content" not in (response or {}):
        return None
    wait = entry.get("time")
    return TrafficExchange(
        str(request["method"]).upper(),
        str(request["url"]),
        _request(request),
        _response(response) if isinstance(response, dict) else None,
        entry.get("startedDateTime"),
        wait / 1000 if isinstance(wait, int | float) and wait >= 0 else None,
    )


def _request(request: dict[str, Any]) -> SentRequest:
    headers, posted = _headers(request), request.get("postData")
    if not posted:
        # Browsers leave the bodies out that they do not keep.
        is_known = request.get("bodySize", 0) in (0, -1, None)
        return SentRequest(headers, ABSENT_BODY if is_known else UNKNOWN)
    headers = _with_type(headers, posted.get("mimeType"))
    text, params = posted.get("text"), posted.get("params")
    if not text and params:
        if any("fileName" in one for one in params):
            return SentRequest(headers, UNKNOWN)
        text = urlencode([(str(one["name"]), str(one.get("value", ""))) for one in params])
    return SentRequest(headers, _body(posted, text))


def _response(response: dict[str, Any]) -> ReceivedResponse | None:
    status = response.get("status")
    if not isinstance(status, int) or status < 100:
        return None  # there was no reply
    content = response.get("content") or {}
    headers = _with_type(_headers(response), content.get("mimeType"))
    text = content.get("text")
    if text is None:
        # Content that was not saved has a size all the same.
        is_absent = content.get("size") == 0 or status in _NO_BODY
        return ReceivedResponse(status, headers, ABSENT_BODY if is_absent else UNKNOWN)
    if content.get("comment") == "the body did not arrive whole":
        return ReceivedResponse(status, headers, UNKNOWN)
    return ReceivedResponse(status, headers, _body(content, text))


def _body(held: dict[str, Any], text: Any) -> Body:
    if text is None:
        return UNKNOWN
    ours = held.get("_clausewise") or {}
    cut, masked = ours.get("cut") is not None, list(ours.get("masked") or ())
    if held.get("encoding") == "base64":
        return Body(base64=str(text), cut=cut, masked=masked)
    return Body(text=str(text), cut=cut, masked=masked)


def _headers(message: dict[str, Any]) -> Headers:
    return [(str(one["name"]), str(one["value"])) for one in message.get("headers") or ()]


def _with_type(headers: Headers, kind: Any) -> Headers:
    """Headers with the type that an archive says beside them, where they have none."""
    if not kind or any(name.lower() == "content-type" for name, _ in headers):
        return headers
    return [*headers, ("Content-Type", str(kind))]
