"""Bodies that are forms: a query of names and values, or a part for each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from clausewise.contract.media_types import media_type
from clausewise.contract.message import Encoding, MessagePart
from clausewise.contract.parameter_pairs import claims, query_text, read_pairs
from clausewise.contract.parameters import CONTENT, Parameter
from clausewise.contract.place import Place
from clausewise.contract.plain_codecs import (
    BytesCodec,
    TextCodec,
    Unreadable,
    encode_json,
)
from clausewise.contract.scalars import kinds_of, same
from clausewise.contract.schemas import Schema
from clausewise.pointer import ABSENT
from clausewise.strict_json import NotJSON, parse

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
# Always the same, so that a plan has the same bytes everywhere; no value that is made up has it.
BOUNDARY = "clausewise-0c1d6f5b9e2a"


class FormCodec:
    """`application/x-www-form-urlencoded`: the properties as a query has them."""

    def __init__(self, message: MessagePart, encoding: Mapping[str, Encoding]) -> None:
        self._fields = _Fields(message, encoding)

    def encode(self, value: Any) -> bytes | None:
        """The form; None for what is no object, or has a member without a form."""
        if not isinstance(value, dict):
            return None
        text = query_text([self._fields.field(name) for name in value], value)
        return None if text is None else text.replace("%20", "+").encode("ascii")

    def decode(self, content: bytes) -> Any:
        """The members."""
        try:
            pairs = parse_qsl(content.decode("utf-8"), keep_blank_values=True)
        except (UnicodeDecodeError, ValueError) as problem:
            raise Unreadable(f"it is no form: {problem}") from None
        documented = [self._fields.field(name) for name in self._fields.names]
        names = dict.fromkeys(name for name, _ in pairs)
        free = [name for name in names if not any(claims(field, name) for field in documented)]
        if any(field.has_free_names for field in documented):
            free = []  # they are members of that one
        return read_pairs([*documented, *map(self._fields.field, free)], pairs)


# So many forms of one content are remembered, none of them longer than this.
_MOST_KEPT, _LONGEST_KEPT = 500, 10_000


class MultipartCodec:
    """`multipart/form-data` (RFC 7578): a part for each property, or for each item of an array."""

    def __init__(self, message: MessagePart, encoding: Mapping[str, Encoding]) -> None:
        self._fields = _Fields(message, encoding)
        # A plan writes each of its forms several times, by the JSON of it.
        self._written: dict[str, bytes | None] = {}

    def encode(self, value: Any) -> bytes | None:
        """The form; None for what is no object, or has a member without a form."""
        if not isinstance(value, dict):
            return None
        text = json.dumps(value)
        if len(text) > _LONGEST_KEPT:
            return self._encoded(value)
        if text not in self._written:
            if len(self._written) >= _MOST_KEPT:
                self._written.clear()
            self._written[text] = self._encoded(value)
        return self._written[text]

    def _encoded(self, value: dict[str, Any]) -> bytes | None:
        import httpx  # what writes multipart; not needed by anybody else here

        files: list[Any] = []
        for name, inner in value.items():
            items = inner if isinstance(inner, list) else [inner]
            parts = [self._fields.part(name, item) for item in items]
            if not parts or None in parts or not name:
                return None
            more = self._fields.headers(name)
            files += [(name, (*part, more) if part and more else part) for part in parts]
        if not files:
            return f"--{BOUNDARY}--\r\n".encode("ascii")
        headers = {"Content-Type": f"{MULTIPART}; boundary={BOUNDARY}"}
        form = httpx.Request("POST", "http://form.invalid", files=files, headers=headers)
        content: bytes = form.read()
        return content if same(self.decode(content), value) else None

    def depth_of_json(self, name: str) -> int | None:
        """How many steps below a property all is JSON, whatever it is; None where nothing is."""
        return self._fields.depth_of_json(name)

    def decode(self, content: bytes) -> Any:
        """The members."""
        if not content.startswith(b"--"):
            raise Unreadable("it does not begin with a boundary")
        boundary = content[2:].partition(b"\r\n")[0].removesuffix(b"--")
        parts: dict[str, list[bytes]] = {}
        for name, inner in _parts(content, boundary):
            parts.setdefault(name, []).append(inner)
        return {name: self._fields.read(name, inner) for name, inner in parts.items()}


def _parts(content: bytes, boundary: bytes) -> list[tuple[str, bytes]]:
    """The parts of a multipart body: name and content. Raises Unreadable."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    parts: list[tuple[str, bytes]] = []
    state: dict[str, Any] = {"name": "", "field": b"", "value": b"", "data": b""}

    def begin() -> None:
        state.update(name="", field=b"", value=b"", data=b"")

    def header_field(data: bytes, start: int, end: int) -> None:
        state["field"] += data[start:end]

    def header_value(data: bytes, start: int, end: int) -> None:
        state["value"] += data[start:end]

    def header_end() -> None:
        if state["field"].lower() == b"content-disposition":
            options = parse_options_header(state["value"])[1]
            state["name"] = options.get(b"name", b"").decode("utf-8", "replace")
        state.update(field=b"", value=b"")

    def part_data(data: bytes, start: int, end: int) -> None:
        state["data"] += data[start:end]

    def part_end() -> None:
        parts.append((state["name"], state["data"]))

    calls: Any = {
        "on_part_begin": begin, "on_header_field": header_field, "on_header_value": header_value,
        "on_header_end": header_end, "on_part_data": part_data, "on_part_end": part_end,
    }  # fmt: skip
    try:
        parser = MultipartParser(boundary, calls)
        parser.write(content)
        parser.finalize()
    except FormParserError as problem:
        raise Unreadable(f"it is no multipart form: {problem}") from None
    return parts


class _Fields:
    """The properties of a form, each with how it is written."""

    def __init__(self, message: MessagePart, encoding: Mapping[str, Encoding]) -> None:
        self._message = message
        self._encoding = encoding
        self._known: dict[str, Parameter] = {}

    @property
    def names(self) -> list[str]:
        """The documented properties."""
        return [name for reading in self._message.place.readings() for name in reading.members]

    def place(self, name: str) -> Place | None:
        """The place of a property; that of free keys where it is none."""
        for reading in self._message.place.readings():
            if name in reading.members:
                return reading.members[name]
        for reading in self._message.place.readings():
            if reading.extras:
                return reading.extras[0].place
        return None

    def field(self, name: str) -> Parameter:
        """A property as a parameter."""
        if name not in self._known:
            place = self.place(name)
            how = self._encoding.get(name)
            style = how.style if how is not None else "form"
            if how is None and "object" in kinds_of(place) and "string" not in kinds_of(place):
                style = CONTENT  # OpenAPI 3.1, section 4.8.15.1: objects are JSON
            if how is not None and how.content_type and media_type(how.content_type).is_json:
                style = CONTENT
            message = _message_of(place)
            explode = how.explode if how is not None else True
            self._known[name] = Parameter(name, "form", message, style, explode)
        return self._known[name]

    def headers(self, name: str) -> dict[str, str]:
        """The headers that the parts of a property have to have."""
        how = self._encoding.get(name)
        return dict(how.headers) if how is not None else {}

    def part(self, name: str, value: Any) -> tuple[str | None, bytes, str | None] | None:
        """File name, content and media type of one part."""
        kind = self._media_type(name)
        if isinstance(value, dict | list) or (kind and media_type(kind).is_json):
            return None, encode_json(value), kind or "application/json"
        if value is None:
            return None
        text = value if isinstance(value, str) else json.dumps(value)
        is_file = self._is_file(name, kind)
        content = (BytesCodec() if is_file else TextCodec()).encode(text)
        if content is None:
            return None
        if is_file:
            return "upload.bin", content, kind or "application/octet-stream"
        return None, content, kind

    def read(self, name: str, contents: list[bytes]) -> Any:
        """The value of the parts of one name."""
        place = self.place(name)
        kinds = kinds_of(place)
        if "array" in kinds and "string" not in kinds and place is not None:
            return [self._read_one(name, place.items, content) for content in contents]
        return self._read_one(name, place, contents[0])

    def _read_one(self, name: str, place: Place | None, content: bytes) -> Any:
        kinds = kinds_of(place)
        if self._is_file(name, self._media_type(name)):
            return content.decode("latin-1")
        if kinds & {"object", "array"} and "string" not in kinds:
            try:
                return parse(content)
            except NotJSON:
                return content.decode("utf-8", "replace")
        message = _message_of(place)
        text = content.decode("utf-8", "replace")
        read = Parameter(name, "form", message, "form", True).read([(name, text)])
        return text if read is ABSENT else read

    def depth_of_json(self, name: str) -> int | None:
        """How many steps below a property all is JSON: an object is one part, as each item is."""
        kind, place = self._media_type(name), self.place(name)
        if self._is_file(name, kind) or place is None or place.prefix:
            return None
        if kinds_of(place) == {"object"}:
            return 1
        has_items = kinds_of(place) == {"array"} and place.items is not None
        return 2 if has_items and kinds_of(place.items) == {"object"} else None

    def _is_file(self, name: str, kind: str | None) -> bool:
        """Whether a property is a file: binary, or of a media type that is no text."""
        if kind is not None and not media_type(kind).is_json and not kind.startswith("text/"):
            return True
        return any(
            one.schema.get("format") in ("binary", "byte-stream") for one in self._single(name)
        )

    def _media_type(self, name: str) -> str | None:
        """The media type of a part, by `encoding`, else by the schema (OpenAPI 3.1, 4.8.15.1)."""
        how = self._encoding.get(name)
        if how is not None and how.content_type:
            return how.content_type.split(",")[0].strip()
        named = (one.notes.get("contentMediaType") for one in self._single(name))
        # A text that has JSON in it is written as any other.
        return next((kind for kind in named if kind and not media_type(kind).is_json), None)

    def _single(self, name: str) -> list[Place]:
        """What may be said of one part: the readings of a property, or of an array's items."""
        place = self.place(name)
        single: list[Place] = []
        for reading in place.readings() if place is not None else ():
            single += reading.items.readings() if reading.items is not None else [reading]
        return single


def _message_of(place: Place | None) -> MessagePart:
    return MessagePart("form", Schema({})) if place is None else MessagePart.laid_out("form", place)
