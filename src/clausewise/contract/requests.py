"""A request as one object `{path, query, header, cookie, body}`: its schema, and its wire form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from msgspec import Struct
from msgspec.structs import replace

from clausewise.contract.codecs import BOUNDARY, MULTIPART, Codec, Unreadable, codec_for
from clausewise.contract.media_types import media_type, member
from clausewise.contract.message import Content, MessagePart
from clausewise.contract.origins import Below, Ignored
from clausewise.contract.parameter_pairs import query_text, read_declared
from clausewise.contract.parameters import CONTENT, LOCATIONS, Parameter
from clausewise.contract.path_templates import path_names, path_pattern
from clausewise.contract.schemas import Schema
from clausewise.contract.source import Source
from clausewise.pointer import escape, unescape

BODY = "body"
# What a request object has, in the order in which it is laid out: the body first, since what is
# said of a request begins with it.
PARTS = (BODY, *LOCATIONS)
_ALL = frozenset(PARTS)
# So many wire forms of one operation are remembered.
_MOST_WRITTEN = 1_000


def request_part(
    parameters: Iterable[Parameter], content: Content | None, body_required: bool
) -> MessagePart:
    """The message of a whole request: an object with a member for each part that it can have."""
    whole = _Whole()
    if content is not None:
        whole.add(BODY, content.message.schema, required=body_required)
    for location in LOCATIONS:
        listed = [p for p in parameters if p.location == location]
        if listed:
            whole.add(location, object_of(listed), required=True)
    return MessagePart("request", whole.schema())


def object_of(parameters: Sequence[Parameter]) -> Schema:
    """Parameters of one location as an object with a member for each."""
    whole = _Whole()
    for parameter in parameters:
        whole.add(
            parameter.name,
            parameter.message.schema,
            required=parameter.required,
            source=parameter.source,
        )
    return whole.schema()


class _Whole:
    """An object schema put together from the schemas of its members."""

    def __init__(self) -> None:
        self._properties: dict[str, Any] = {}
        self._required: list[str] = []
        self._definitions: dict[str, Any] = {}
        self._sources: Below[Source] = Below()
        self._tags: Below[str] = Below()
        self._written: Below[str] = Below()
        self._ignored: list[Ignored] = []
        self._parts: dict[str, Schema] = {}

    def add(
        self, name: str, inner: Schema, *, required: bool, source: Source | None = None
    ) -> None:
        at = f"/properties/{escape(name)}"
        self._parts[name] = inner
        document = dict(inner.document)
        # Their names are different for all schemas of one pack.
        self._definitions |= document.pop("$defs", {})
        self._properties[name] = document
        self._sources.members[at] = inner.sources
        self._tags.members[at] = inner.tags
        self._written.members[at] = inner.written
        self._ignored += [replace(one, pointer=f"{at}{one.pointer}") for one in inner.ignored]
        said = source or inner.sources.get("") or next(iter(inner.sources.values()), None)
        if said is not None:
            if "" not in inner.sources:
                self._sources.own[at] = said
            self._sources.own[f"/required/{escape(name)}"] = said
        if "" in inner.tags:
            self._tags.own[f"/required/{escape(name)}"] = inner.tags[""]
        if required:
            self._required.append(name)

    def schema(self) -> Schema:
        document: dict[str, Any] = {"type": "object", "properties": self._properties}
        if self._required:
            document["required"] = self._required
        if self._definitions:
            document["$defs"] = self._definitions
        ignored = tuple(self._ignored)
        return Schema(document, self._sources, self._tags, ignored, self._written, self._parts)


class Encoded(Struct, frozen=True):
    """A request as it goes over the wire, but for the base URL and what no parameter says.

    `path` and `query` are percent-encoded; `cookies` is the Cookie header's text.
    """

    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    cookies: str = ""
    content: bytes | None = None
    content_type: str | None = None


class RequestCodec:
    """Writes the request objects of one operation, and reads them back as a server would."""

    def __init__(
        self, template: str, parameters: Sequence[Parameter], content: Content | None
    ) -> None:
        # What a fragment says stays with the client (RFC 3986, section 3.5): it tells operations
        # of one path apart for readers. A query in a path is sent as it stands.
        self.template, _, self._fixed = template.partition("#")[0].partition("?")
        self.content = content
        self.body: Codec | None = codec_for(content) if content is not None else None
        self._by_location = {
            location: [p for p in parameters if p.location == location] for location in LOCATIONS
        }
        # What requests have but for their bodies, which is most often what others had.
        self._written: dict[tuple[Any, ...], Encoded | None] = {}

    @cached_property
    def content_type(self) -> str | None:
        """The Content-Type of its bodies."""
        if self.content is None:
            return None
        sent_as = self.content.sent_as or member(self.content.media_range)
        if media_type(sent_as).kind == MULTIPART:
            return f"{MULTIPART}; boundary={BOUNDARY}"
        return sent_as

    def written(self, value: Any) -> Encoded | None:
        """The wire form of a request object; None where it has none that means it alone."""
        if not isinstance(value, dict) or value.keys() - _ALL:
            return None
        wire = self._beside_body(value)
        if wire is None or BODY not in value:
            return wire
        content = self.body.encode(value[BODY]) if self.body is not None else None
        if not content:
            return None  # nothing at all is no body (RFC 9112, section 6.3)
        return Encoded(
            wire.path, wire.query, wire.headers, wire.cookies, content, self.content_type
        )

    def _beside_body(self, value: dict[str, Any]) -> Encoded | None:
        """The wire form of all but the body, remembered where it has no lists and objects."""
        try:
            key = tuple(
                [
                    (location, name, inner.__class__, inner)
                    for location in LOCATIONS
                    for name, inner in (value.get(location) or {}).items()
                ]
            )
            if key in self._written:
                return self._written[key]
        except TypeError:
            return self._spelt(value)
        if len(self._written) >= _MOST_WRITTEN:
            self._written.clear()
        wire = self._written[key] = self._spelt(value)
        return wire

    def _spelt(self, value: dict[str, Any]) -> Encoded | None:
        path = self._path(value.get("path") or {})
        query = query_text(self._by_location["query"], value.get("query") or {})
        headers = self._texts("header", value.get("header") or {})
        cookies = self._texts("cookie", value.get("cookie") or {})
        if path is None or query is None or headers is None or cookies is None:
            return None
        query = "&".join(filter(None, [self._fixed, query]))
        listed = "; ".join(f"{name}={text}" for name, text in cookies)
        return Encoded(path, query, tuple(headers), listed)

    def _path(self, values: dict[str, Any]) -> str | None:
        by_name = {parameter.name: parameter for parameter in self._by_location["path"]}
        texts: dict[str, str] = {}
        for name, value in values.items():
            text = by_name[name].encoded(value) if name in by_name else None
            if text is None:
                return None
            texts[name] = text
        return self.with_texts(texts)

    def _texts(self, location: str, values: dict[str, Any]) -> list[tuple[str, str]] | None:
        by_name = {p.name: p for p in self._by_location[location]}
        texts: list[tuple[str, str]] = []
        for name, value in values.items():
            pairs = by_name[name].written(value) if name in by_name else None
            if pairs is None:
                return None
            texts += pairs
        return texts

    def read(self, encoded: Encoded) -> Any:
        """The request object that a server reads. A body that is unreadable is its text."""
        query = parse_qsl(encoded.query, keep_blank_values=True)
        cookies = [part.partition("=")[::2] for part in encoded.cookies.split("; ") if part]
        value: dict[str, Any] = {}
        if encoded.content is not None and self.body is not None:
            try:
                value[BODY] = self.body.decode(encoded.content)
            except Unreadable:
                value[BODY] = encoded.content.decode("utf-8", "replace")
        pairs = {
            "path": self._segments(encoded.path),
            "query": query,
            "header": list(encoded.headers),
            "cookie": cookies,
        }
        for location in LOCATIONS:
            if self._by_location[location]:
                value[location] = read_declared(self._by_location[location], pairs[location])
        return value

    def has_types(self, at: str) -> bool:
        """Whether a number is told from its text there: in a body, and in JSON in a parameter."""
        location, _, rest = at.removeprefix("/").partition("/")
        name = unescape(rest.partition("/")[0])
        return not any(
            parameter.name == name and parameter.style != CONTENT
            for parameter in self._by_location.get(location, ())
        )

    def _segments(self, path: str) -> list[tuple[str, str]]:
        """The path parameters' names and texts."""
        names = path_names(self.template)
        found = re.fullmatch(path_pattern(self.template, "([^/]*)"), path)
        if found is None:
            return []
        return [(name, unquote(text)) for name, text in zip(names, found.groups(), strict=True)]

    def with_texts(self, texts: dict[str, str]) -> str:
        """The path with these percent-encoded texts in place of its parameters."""
        path = self.template
        for name, text in texts.items():
            path = path.replace(f"{{{name}}}", text)
        return path
