"""Messages: what a request or a reply carries in one of its parts, and how that is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from clausewise.contract.media_types import best, media_type
from clausewise.contract.place import Place
from clausewise.contract.places import read_places
from clausewise.contract.schemas import Direction, Schema


class MessagePart(Struct, dict=True):
    """One part: its schema, the places of its values and a validator, each made when asked for."""

    part: str
    schema: Schema
    direction: Direction = "request"
    required: bool = True

    @classmethod
    def laid_out(cls, part: str, place: Place) -> MessagePart:
        """A message of a place that is laid out already."""
        message = cls(part, Schema(place.schema))
        message.__dict__["place"] = place
        return message

    @cached_property
    def place(self) -> Place:
        """The root place."""
        return read_places(self.schema, self.direction)

    @property
    def validator(self) -> Any:
        """The jsonschema-rs validator of the whole schema, formats included."""
        return self.schema.validator

    def accepts(self, value: Any) -> bool:
        """Whether a value keeps the whole schema, formats included."""
        return self.schema.accepts(value)


class Encoding(Struct, frozen=True):
    """How one property of a form is written (OpenAPI 3.1, section 4.8.15).

    `headers` are those that its part has to have, each with a documented value, or one of its type.
    """

    content_type: str | None = None
    style: str = "form"
    explode: bool = True
    headers: tuple[tuple[str, str], ...] = ()


class Content(Struct, frozen=True):
    """One documented media range of a body, with its schema.

    `sent_as` is the concrete type that a client sends for it. `item` is the schema of each item of
    a stream. `examples` are the documented bodies by name.
    `unread` says why no schema of it is judged, where none is. `has_events` says that items of a
    stream of events may be events with all their fields (OpenAPI 3.2, Media Type Object,
    `itemSchema`), not their data alone.
    """

    media_range: str
    message: MessagePart
    item: MessagePart | None = None
    encoding: Mapping[str, Encoding] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)
    unread: str | None = None
    sent_as: str = ""
    has_events: bool = False

    @property
    def is_json(self) -> bool:
        """Whether bodies of it are JSON."""
        return media_type(self.media_range).is_json


def content_for(contents: tuple[Content, ...], sent: str | None) -> Content | None:
    """The content that a Content-Type belongs to (RFC 9110, section 12.5.1), or None."""
    found = best((content.media_range for content in contents), sent) if sent else None
    return next((content for content in contents if content.media_range == found), None)
