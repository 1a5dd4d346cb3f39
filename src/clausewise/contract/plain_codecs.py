"""Bodies that are one value, or one after another: JSON, texts, bytes."""

from __future__ import annotations

import json
import re
from typing import Any, Protocol

import msgspec

from clausewise.contract.media_types import media_type
from clausewise.contract.place import Place
from clausewise.contract.scalars import read_scalar, same, scalar_text
from clausewise.strict_json import NotJSON, parse


class Unreadable(ValueError):  # noqa: N818  # a finding about a message; `str()` says what is wrong
    """A body is not what its media type says."""


class Codec(Protocol):
    """Writes the values of one content, and reads them as a server or client would."""

    def encode(self, value: Any) -> bytes | None:
        """The bytes of a value; None where it has no form that means it and nothing else."""
        ...

    def decode(self, content: bytes) -> Any:
        """The value of these bytes. Raises Unreadable."""
        ...


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_quick_encoder = msgspec.json.Encoder()
# What the two may spell otherwise: a number that is very large or near to 0, and what is none. As
# it begins with one of a few signs, a text is looked through for these at once.
_SPELT_OTHERWISE = re.compile(rb"[:,\[](?:-?\d+(?:\.\d+)?e|-?0\.0000|-?\d{16,}\.|null)")
_TOLD_BY_SIGNS = (b"{", b"[", b'"')


def encode_json(value: Any) -> bytes:
    """A JSON body: UTF-8, nothing escaped that need not be."""
    try:
        content = _quick_encoder.encode(value)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        content = b"null"
    if content.startswith(_TOLD_BY_SIGNS) and _SPELT_OTHERWISE.search(content) is None:
        return content
    return _encoder.encode(value).encode("utf-8", "surrogatepass")


def cut_short(text: bytes) -> bytes:
    """A JSON text without its end, so that it is none; what is left of a number might be one."""
    whole = text.rstrip()
    return b"[" + whole if whole[-1:].isdigit() else whole[:-1]


class JsonCodec:
    """JSON, whatever its vendor's name (RFC 8259, RFC 6839)."""

    def encode(self, value: Any) -> bytes | None:
        """The body; every value has one."""
        return encode_json(value)

    def decode(self, content: bytes) -> Any:
        """The body parsed."""
        try:
            return parse(content)
        except NotJSON as problem:
            raise Unreadable(str(problem)) from None


class LinesCodec:
    """JSON texts one after another, each on a line (JSON lines), or behind a mark (RFC 7464)."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark

    def encode(self, value: Any) -> bytes | None:
        """The items of a list; nothing else has a form."""
        if not isinstance(value, list):
            return None
        return b"".join(self._mark + encode_json(item) + b"\n" for item in value)

    def decode(self, content: bytes) -> Any:
        """The list of the items."""
        try:
            lines = content.replace(b"\x1e", b"\n").split(b"\n")
            return [parse(line) for line in lines if line.strip()]
        except NotJSON as problem:
            raise Unreadable(str(problem)) from None


class TextCodec:
    """Text as UTF-8, or as a Content-Type says; of a `place`, a number or a truth value as well."""

    def __init__(self, content_type: str | None = None, place: Place | None = None) -> None:
        self._charset = dict(media_type(content_type or "").parameters).get("charset", "utf-8")
        self._place = place

    def encode(self, value: Any) -> bytes | None:
        """The text of a scalar; what would be read as something else has no form."""
        text = scalar_text(value)
        if text is None or not same(read_scalar(self._place, text), value):
            return None
        return _encoded(text, "utf-8")

    def decode(self, content: bytes) -> Any:
        """The text, or the scalar that it means."""
        try:
            return read_scalar(self._place, content.decode(self._charset))
        except LookupError:
            raise Unreadable(f"nobody here knows the charset {self._charset}") from None
        except UnicodeError as problem:
            raise Unreadable(f"it is not {self._charset.upper()}: {problem}") from None


class BytesCodec:
    """Bytes, as text of Latin-1."""

    def encode(self, value: Any) -> bytes | None:
        """The bytes of a text, a character each; None where it has other characters."""
        return _encoded(value, "latin-1")

    def decode(self, content: bytes) -> Any:
        """Each byte a character."""
        return content.decode("latin-1")


def _encoded(value: Any, charset: str) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        return value.encode(charset)
    except UnicodeEncodeError:
        return None
