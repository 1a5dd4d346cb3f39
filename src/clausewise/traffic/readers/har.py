"""HAR 1.2, an entry at a time: an archive may be far larger than memory should be.

http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode
from zipfile import BadZipFile, ZipFile

import msgspec

from clausewise.traffic.encodings import breaks_off
from clausewise.traffic.exchange import (
    ABSENT_BODY,
    UNKNOWN,
    Aside,
    Body,
    Headers,
    Item,
    Poisoned,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    fields_of,
    has_header,
    traffic_body,
)
from clausewise.traffic.readers.values import Text, values

_BASE_URL = re.compile(r'"_clausewise"\s*:\s*\{\s*"base_url"\s*:\s*("https?://[^"\\]*")')
_ENTRIES = re.compile(r'(?<!\\)"entries"\s*:\s*\[')
_LOG = re.compile(r'(?<!\\)"log"\s*:\s*\{')
# What a browser has itself: `chrome-extension://`, `blob:https://`, `data:`, `file:`.
_OWN = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:(?://|[a-z])", re.IGNORECASE)
# Of a file in a form browsers keep the name alone.
_LEFT_OUT = re.compile(r'filename="[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n\r?\n?--')
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
# What Firefox has in front of a body that a form sent.
_UPLOAD = re.compile(r"(?:Content-(?:Type|Length): [^\r\n]*\r\n)+\r\n", re.IGNORECASE)
# Bytes that somebody read as a text, which they are not.
_NO_TEXT = re.compile(r"[\ufffd\x00-\x08\x0e-\x1f]")
# What stands where a long text was cut, by those who say no size.
_ELLIPSIS = re.compile(r"(?:\.{3}|…|\btruncated\b[^{}\"]{0,40})\s*\Z", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"
# What Chrome shows instead of headers that it does not know.
_PROVISIONAL = "provisional headers are shown"
_NO_BODY = (204, 205, 304)
# A file that holds a body, as Playwright names it: by a digest, beside the archive or below it.
_FILE = re.compile(r"(?:\w[\w.-]*/)*[0-9a-f]{32,64}\.\w+")
# Bytes of such a body; a longer one is not known.
_LONGEST = 1 << 28
# Methods whose requests have a body where somebody says so, and else none.
_BARE = ("GET", "HEAD", "DELETE", "OPTIONS", "TRACE")


def base_url_of(head: str) -> str | None:
    """Where the API was served whose run an archive is of, by its beginning; None for others'."""
    found = _BASE_URL.search(head.partition('"entries"')[0])
    return str(msgspec.json.decode(found[1])) if found is not None else None


def is_body(name: str) -> bool:
    """Whether a file of this name may hold a body of an archive."""
    return _FILE.fullmatch(name) is not None


def read_har(stream: BinaryIO) -> Iterator[Item]:
    """Read the entries of an archive, and of those that follow it. Raises ValueError for none.

    Bodies that lie in files of their own are read where the stream has a name: beside that.
    """
    name = getattr(stream, "name", None)
    folder = Path(name).parent if isinstance(name, str | Path) else None
    yield from _entries(stream, lambda one: _beside(folder, one) if folder is not None else None)


def read_har_zip(stream: BinaryIO) -> Iterator[Item]:
    """Read an archive in a zip file, beside the files of its bodies. Raises ValueError for none."""
    try:
        packed = ZipFile(stream)
    except BadZipFile as error:
        raise ValueError(f"it is no zip file: {error}") from None
    with packed:
        found = [name for name in packed.namelist() if name.endswith(".har")]
        if len(found) != 1:
            raise ValueError(f"it has {len(found)} archives (.har) in it, not one")
        try:
            inner = packed.open(found[0])
        except (BadZipFile, RuntimeError, NotImplementedError) as error:
            raise ValueError(f"{found[0]} cannot be unpacked: {error}") from None
        with inner:
            yield from _entries(inner, lambda one: _member(packed, one))


def _beside(folder: Path, name: str) -> bytes | None:
    path = folder / name
    is_whole = path.is_file() and path.stat().st_size <= _LONGEST
    return path.read_bytes() if is_whole else None


def _member(packed: ZipFile, name: str) -> bytes | None:
    try:
        is_whole = packed.getinfo(name).file_size <= _LONGEST
        return packed.read(name) if is_whole else None
    except (KeyError, BadZipFile, RuntimeError, NotImplementedError):
        return None


def _entries(stream: Any, file: Callable[[str], bytes | None]) -> Iterator[Item]:
    """Read the entries; `file` gives what a file of the archive holds, None for none."""
    text, before = Text(stream), 0
    if not _forward(text, _ENTRIES):
        raise ValueError("it has no `entries`")
    while True:
        for entry in values(text):
            before += 1
            yield Item(before, _read(entry, file))
        if not (_forward(text, _LOG) and _forward(text, _ENTRIES)):
            return


def _forward(text: Text, pattern: re.Pattern[str]) -> bool:
    """Go on to behind a pattern; gives whether it is there."""
    while (found := pattern.search(text.held, text.at)) is None:
        if not text.more():
            return False
    text.at = found.end()
    return True


class _Header(msgspec.Struct):
    name: Any
    value: Any = None


class _Posted(msgspec.Struct):
    text: Any = None
    params: Any = None
    mime_type: Any = msgspec.field(default=None, name="mimeType")
    file: Any = msgspec.field(default=None, name="_file")
    encoding: Any = None
    ours: Any = msgspec.field(default=None, name="_clausewise")


class _Content(msgspec.Struct):
    text: Any = None
    size: Any = None
    mime_type: Any = msgspec.field(default=None, name="mimeType")
    file: Any = msgspec.field(default=None, name="_file")
    encoding: Any = None
    comment: Any = None
    ours: Any = msgspec.field(default=None, name="_clausewise")


class _Request(msgspec.Struct):
    method: Any
    url: Any
    headers: list[_Header] | None = None
    query: Any = msgspec.field(default=None, name="queryString")
    posted: _Posted | None = msgspec.field(default=None, name="postData")
    body_size: Any = msgspec.field(default=None, name="bodySize")


class _Response(msgspec.Struct):
    status: Any = None
    headers: list[_Header] | None = None
    content: _Content | msgspec.UnsetType | None = msgspec.UNSET
    by_worker: Any = msgspec.field(default=None, name="_fetchedViaServiceWorker")
    error: Any = msgspec.field(default=None, name="_error")


class _Entry(msgspec.Struct):
    """What is read of an entry; the rest is passed over."""

    request: _Request
    response: _Response | None = None
    started: Any = msgspec.field(default=msgspec.UNSET, name="startedDateTime")
    time: Any = None
    from_cache: Any = msgspec.field(default=None, name="_fromCache")


_entry = msgspec.json.Decoder(_Entry).decode


def _read(
    written: bytes | Poisoned, file: Callable[[str], bytes | None]
) -> TrafficExchange | Aside | Poisoned:
    if isinstance(written, Poisoned):
        return written
    try:
        entry = _entry(written)
        if b'"_file"' in written:
            for held in (entry.request.posted, entry.response and entry.response.content):
                if isinstance(held, _Posted | _Content):
                    _fill_in(held, file)
        read = _of(entry)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # Half a surrogate pair, or NaN, is what some recorders write.
        try:
            read = of_entry(json.loads(written))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            return Poisoned(f"it is no entry of a HAR file: {error}")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Poisoned(f"it is no entry of a HAR file: {error}")
    return read or Poisoned("it is no entry of a HAR file")


def _fill_in(held: _Posted | _Content, file: Callable[[str], bytes | None]) -> None:
    """Put a body in its place that lies in a file."""
    if not isinstance(held.file, str) or not is_body(held.file):
        return
    content = file(held.file)
    if content is not None:
        body = traffic_body(content)
        held.file, held.text = None, body.text or body.base64 or ""
        held.encoding = "base64" if body.base64 is not None else None


def of_entry(node: Any) -> TrafficExchange | Aside | None:
    """An entry of an archive, as an exchange; None for what is none."""
    try:
        entry = msgspec.convert(node, _Entry)
    except msgspec.ValidationError:
        return None
    return _of(entry)


def _of(entry: _Entry) -> TrafficExchange | Aside | None:
    request, response = entry.request, entry.response
    if entry.started is msgspec.UNSET and not (response and response.content):
        return None
    url = str(request.url)
    if url.startswith(("ws://", "wss://")):
        return Aside("web socket")
    if _OWN.match(url):
        return Aside("URL that no server is asked for")
    received = _headers(response.headers) if response is not None else []
    if has_header(received, "non-authoritative-reason"):
        return Aside("redirect of the browser itself")
    if entry.from_cache:
        return Aside("reply of the browser's own cache")
    wait = entry.time
    return TrafficExchange(
        str(request.method).upper(),
        _url(url, request.query),
        _request(request, bool(response is not None and response.by_worker)),
        _response(response, received) if response is not None else None,
        entry.started or None,
        wait / 1000 if isinstance(wait, int | float) and wait >= 0 else None,
    )


def _url(url: str, query: Any) -> str:
    """The URL; some keep its query beside it alone."""
    if not query or "?" in url:
        return url
    pairs = [(str(one["name"]), str(one.get("value") or "")) for one in query]
    return f"{url.partition('#')[0]}?{urlencode(pairs)}"


def _request(request: _Request, by_worker: bool) -> SentRequest:
    """What is known of a request; of one that went `by_worker`, a service worker, less headers."""
    headers, posted = _headers(request.headers), request.posted
    partial = not headers or by_worker
    if has_header(headers, _PROVISIONAL):
        headers, partial = [one for one in headers if one[0].lower() != _PROVISIONAL], True
    if posted is not None:
        headers = _with_type(headers, posted.mime_type)
    text = _text(posted.text) if posted is not None else ""
    if posted is None or posted.file or not (text or posted.params):
        return SentRequest(headers, _unposted(request, headers), partial)
    if _LEFT_OUT.search(text):
        return SentRequest(headers, UNKNOWN, partial)
    if not text:
        if not str(posted.mime_type or _FORM).startswith(_FORM):
            return SentRequest(headers, UNKNOWN, partial)
        # Some write values as they are, some as they were sent: where that differs, nobody knows.
        if any(
            "fileName" in one or _ENCODED.search(str(one.get("value"))) for one in posted.params
        ):
            return SentRequest(headers, UNKNOWN, partial)
        pairs = [(str(one["name"]), str(one.get("value", ""))) for one in posted.params]
        text = urlencode(pairs)
    else:
        text = text[found.end() :] if (found := _UPLOAD.match(text)) is not None else text
    return SentRequest(headers, _body(posted, text, request.body_size), partial)


def _unposted(request: _Request, headers: Headers) -> Body:
    """Browsers leave the bodies out that they do not keep, and what they say of sizes differs."""
    size = request.body_size
    told = isinstance(size, int) and size > 0
    # A size of -1 is one that is not known.
    open_ = size == -1 and str(request.method).upper() not in _BARE
    is_typed = has_header(headers, "content-type") and _lengths(headers) != ["0"]
    return UNKNOWN if told or open_ or is_typed or _tells_of_a_body(headers) else ABSENT_BODY


def _tells_of_a_body(headers: Headers) -> bool:
    return _lengths(headers) not in ([], ["0"]) or has_header(headers, "transfer-encoding")


def _lengths(headers: Headers) -> list[str]:
    return [value.strip() for name, value in headers if name.lower() == "content-length"]


def _response(response: _Response, headers: Headers) -> ReceivedResponse | None:
    status = response.status
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if not isinstance(status, int) or status < 100:
        return None  # there was no reply
    content = response.content or _Content()
    body = _received(response, content, headers, status)
    return ReceivedResponse(status, _with_type(headers, content.mime_type), body, not headers)


def _received(response: _Response, content: _Content, headers: Headers, status: int) -> Body:
    """The body of a reply, as far as it was kept."""
    text, size = _text(content.text), content.size
    if response.error or content.comment == "the body did not arrive whole":
        return UNKNOWN
    if text:
        return _body(content, text, size)
    if status in _NO_BODY or _lengths(headers) == ["0"]:
        return ABSENT_BODY
    # Content that was not kept has a size, a length among the headers, or a word of why. A browser
    # follows a redirect without a look at its body; one that had a look says that a text is empty.
    is_left_out = (isinstance(size, int) and size != 0) or bool(content.comment)
    is_unseen = content.text is None and (size is None or has_header(headers, "content-type"))
    if is_left_out or is_unseen or 300 <= status < 400 or _tells_of_a_body(headers):
        return UNKNOWN
    return ABSENT_BODY


def _text(held: Any) -> str:
    """A text of an archive; some have a value of JSON there, as it is."""
    if held is None or isinstance(held, str):
        return held or ""
    return msgspec.json.encode(held).decode()


def _body(held: _Posted | _Content, text: str, size: Any) -> Body:
    """A body that was kept as a text, as far as that goes; `size` is what it had in bytes."""
    ours = held.ours or {}
    cut, masked = ours.get("cut") is not None, [*map(str, ours.get("masked") or ())]
    if str(held.encoding).lower() == "base64":
        return Body(base64=text, cut=cut, masked=masked)
    is_json = text.lstrip()[:1] in ("{", "[")
    if not is_json and not text.startswith("--") and _NO_TEXT.search(text):
        return UNKNOWN
    if not text.isascii() and "charset" not in str(held.mime_type).lower():
        text = _reread(text, size)
    return Body(text=text, cut=cut or _is_cut(text, size, is_json), masked=masked)


def _reread(text: str, size: Any) -> str:
    """As UTF-8 what mitmproxy reads as Latin-1, where no charset is named: its size tells that."""
    whole = len(text.encode("utf-8", "surrogatepass"))
    if not isinstance(size, int) or not 0 <= size < whole:
        return text
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _is_cut(text: str, size: Any, is_json: bool) -> bool:
    """Whether a text is the beginning of a longer one: browsers keep so much, and no more."""
    is_short = (
        isinstance(size, int)
        and size > len(text)
        and size > len(text.encode("utf-8", "surrogatepass"))
    )
    if is_json:
        return (is_short or _ELLIPSIS.search(text) is not None) and breaks_off(text)
    return is_short


def _headers(listed: list[_Header] | None) -> Headers:
    pairs = [(str(one.name), str(one.value)) for one in listed or () if one.value is not None]
    # Some tell one field twice, as it was asked for and as it was sent.
    return fields_of(dict.fromkeys(pairs))


def _with_type(headers: Headers, kind: Any) -> Headers:
    """Headers with the type that an archive says beside them, where they have none."""
    if not kind or kind == "x-unknown" or has_header(headers, "content-type"):
        return headers
    return [*headers, ("Content-Type", str(kind))]
