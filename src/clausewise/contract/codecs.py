"""How a body's value goes over the wire, and what is read from it, by its media type.

One table, `codec_for`. A codec writes only what is read back as the same value.
"""

from __future__ import annotations

from clausewise.contract.form_codecs import (
    BOUNDARY,
    FORM,
    MULTIPART,
    FormCodec,
    MultipartCodec,
)
from clausewise.contract.media_types import MediaType, media_type
from clausewise.contract.message import Content, MessagePart
from clausewise.contract.plain_codecs import (
    BytesCodec,
    Codec,
    JsonCodec,
    LinesCodec,
    TextCodec,
    Unreadable,
    cut_short,
    encode_json,
)
from clausewise.contract.schemas import Schema

__all__ = [
    "BOUNDARY", "FORM", "MULTIPART", "BytesCodec", "Codec", "FormCodec", "JsonCodec", "LinesCodec",
    "MultipartCodec", "TextCodec", "Unreadable", "codec_for", "cut_short", "encode_json", "is_file",
    "is_json_lines", "is_stream", "is_xml", "says_text",
]  # fmt: skip


def codec_for(content: Content) -> Codec | None:
    """The codec of a content; None where nothing is known of its media type but its name."""
    kind = media_type(content.sent_as or content.media_range)
    if kind.is_json or kind.kind in ("*/*", "application/*"):
        return JsonCodec()
    if kind.kind == FORM:
        return FormCodec(content.message, content.encoding)
    if kind.kind == MULTIPART:
        return MultipartCodec(content.message, content.encoding)
    if is_json_lines(kind.kind):
        return LinesCodec(b"\x1e" if kind.subtype == "json-seq" else b"")
    if kind.kind.startswith("multipart/"):
        return None
    if _is_xml(kind):  # is never made; an example is sent as it is written
        can_be_sent = content.unread is None and content.examples
        return TextCodec(place=content.message.place) if can_be_sent else None
    if kind.kind.startswith("text/") or kind.suffix == "yaml" or kind.subtype in _TEXTS:
        return TextCodec(place=content.message.place)
    return BytesCodec()


# Texts of other families.
_TEXTS = {"yaml", "x-yaml", "javascript", "graphql", "sql", "jwt", "jose"}
_LINES = {"x-ndjson", "jsonl", "x-jsonlines", "json-seq", "jsonlines", "ndjson"}


def _is_xml(kind: MediaType) -> bool:
    return kind.suffix == "xml" or kind.subtype == "xml"


def is_xml(media_range: str) -> bool:
    """Whether bodies of a media range are XML."""
    return _is_xml(media_type(media_range))


def is_stream(media_range: str) -> bool:
    """Whether bodies of a media range are items one after another: JSON lines, events."""
    return is_events(media_range) or is_json_lines(media_range)


def is_events(media_range: str) -> bool:
    """Whether bodies of a media range are server-sent events."""
    return media_type(media_range).kind == "text/event-stream"


def is_json_lines(media_range: str) -> bool:
    """Whether bodies of a media range are JSON texts one after another."""
    return media_type(media_range).subtype in _LINES


def says_text(media_range: str) -> bool:
    """Whether bodies of a media range are one text or a number of bytes to their schema."""
    return isinstance(_bare_codec(media_range), TextCodec | BytesCodec)


def is_file(media_range: str) -> bool:
    """Whether bodies of a media range are bytes of a certain kind, which not all bytes are."""
    is_open = media_type(media_range).kind == "application/octet-stream"
    return isinstance(_bare_codec(media_range), BytesCodec) and not is_open


def _bare_codec(media_range: str) -> Codec | None:
    return codec_for(Content(media_range, MessagePart("", Schema({}))))
