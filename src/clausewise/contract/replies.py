"""Documented replies: their contents by media range, and their headers."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from clausewise.contract.message import Content, MessagePart, content_for
from clausewise.contract.parameters import Parameter
from clausewise.contract.requests import object_of
from clausewise.contract.source import Source


class DocumentedReply(Struct, dict=True):
    """One documented reply. `part` is its status, a range of them or `default`.

    A `soft` one (`x-soft: true`) is what a pack takes for likely and no document says.
    """

    part: str
    contents: tuple[Content, ...] = ()
    headers: tuple[Parameter, ...] = ()
    source: Source | None = None
    soft: bool = False

    @cached_property
    def header(self) -> MessagePart | None:
        """The headers as one object with a member for each; None where none is documented."""
        if not self.headers:
            return None
        return MessagePart(f"{self.part}:header", object_of(self.headers), "reply")

    @property
    def media_ranges(self) -> tuple[str, ...]:
        """The documented media ranges."""
        return tuple(content.media_range for content in self.contents)

    @property
    def json_content(self) -> Content | None:
        """The first content that is JSON."""
        return next((content for content in self.contents if content.is_json), None)

    def content_for(self, sent: str | None) -> Content | None:
        """The content that a Content-Type belongs to, or None."""
        return content_for(self.contents, sent)


def has_body(method: str, status: int) -> bool:
    """Whether a reply may have a body at all (RFC 9110, sections 9.3.2, 15.2, 15.3.5, 15.4.5)."""
    return method != "HEAD" and status >= 200 and status not in (204, 205, 304)
