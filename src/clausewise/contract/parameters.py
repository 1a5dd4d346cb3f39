"""Parameters, and how their values are written into a URL and read from it.

OpenAPI 3.1, section 4.8.12: `style` and `explode` say how. A value has a written form only where
a server can read nothing else from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from clausewise.contract.documents import Source
from clausewise.contract.message import Message
from clausewise.contract.places import Place, read_places
from clausewise.contract.schemas import Schema
from clausewise.pointer import escape
from clausewise.strict_json import NotJSON, parse

# What parts the items of an array that is written as one value, by style.
DELIMITERS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
# The style of a parameter that a media type describes: such a one has no written form.
CONTENT = "content"


@dataclass(slots=True)
class Parameter:
    """One parameter of an operation; `example` is a documented value, if there is one.

    `allow_empty` says that it may be sent with nothing behind the `=`.
    """

    name: str
    location: str
    message: Message
    style: str
    explode: bool
    example: Any = None
    allow_empty: bool = False
    source: Source | None = None

    def written(self, value: Any) -> list[str] | None:
        """The texts that stand for a value, one for each time that the name is given.

        None where there is no form that means this value and nothing else: null, an object, an
        empty array, an item with the delimiter in it, the number 7 where a text is read.
        """
        texts = self._texts(value)
        if texts is None or json.dumps(self.read(texts)) != json.dumps(value):
            return None
        return texts

    def read(self, texts: list[str]) -> Any:
        """The value that a server reads from these texts, by the parameter's own types."""
        place = self.message.place
        delimiter = DELIMITERS.get(self.style)
        if not self.is_list or delimiter is None:
            return _read(place, texts[0])
        if not self._repeated:
            texts = [part for text in texts for part in text.split(delimiter)]
        return [_read(place.items, text) for text in texts]

    @property
    def is_list(self) -> bool:
        """Whether what is written is read as an array, of one item too."""
        allowed = self.message.place.allowed_types
        return "array" in allowed and "string" not in allowed

    def _texts(self, value: Any) -> list[str] | None:
        delimiter = DELIMITERS.get(self.style)
        texts = [_scalar(item) for item in (value if isinstance(value, list) else [value])]
        told = [text for text in texts if text is not None]
        if delimiter is None or not told or len(told) < len(texts):
            return None
        if not isinstance(value, list):
            return told
        if any(not text or (not self._repeated and delimiter in text) for text in told):
            return None
        return told if self._repeated else [delimiter.join(told)]

    @property
    def _repeated(self) -> bool:
        return self.explode and self.location == "query"


def _scalar(value: Any) -> str | None:
    if value is None or isinstance(value, list | dict):
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair is no character
        return None
    return text


def _read(place: Place | None, text: str) -> Any:
    """A scalar; the text itself where its type is open, or it is of none of the types."""
    allowed = place.allowed_types if place is not None else frozenset({"string"})
    if "string" in allowed:
        return text
    try:
        value = parse(text.encode())
    except NotJSON:
        return text
    if isinstance(value, bool):
        return value if "boolean" in allowed else text
    if isinstance(value, int | float):
        return value if allowed & {"integer", "number"} else text
    return text


def query_of(parameters: Iterable[Parameter]) -> Message | None:
    """The query parameters as one message: an object with a member for each, or None for none."""
    listed = [p for p in parameters if p.location == "query" and p.style in DELIMITERS]
    if not listed:
        return None
    document: dict[str, Any] = {
        "required": [parameter.name for parameter in listed if parameter.message.required],
        "properties": {},
    }
    sources: dict[str, Source] = {}
    tags: dict[str, str] = {}
    for parameter in listed:
        inner = parameter.message.schema
        at = f"/properties/{escape(parameter.name)}"
        body = dict(inner.document)
        document.setdefault("$defs", {}).update(body.pop("$defs", {}))
        document["properties"][parameter.name] = body
        sources |= {f"{at}{site}": source for site, source in inner.sources.items()}
        tags |= {f"{at}{site}": tag for site, tag in inner.tags.items()}
        if parameter.source is not None:
            sources[at] = sources[f"/required/{escape(parameter.name)}"] = parameter.source
        if "" in inner.tags:
            tags[f"/required/{escape(parameter.name)}"] = inner.tags[""]
    if not document.get("$defs"):
        document.pop("$defs", None)
    schema = Schema(document, sources, tags)
    return Message("query", schema, read_places(schema, "request"))


def query_string(parameters: Iterable[Parameter], values: Mapping[str, Any]) -> str | None:
    """The query of a URL, percent-encoded (RFC 3986); None where a value has no written form.

    Commas between items stay as they are, those inside of items are encoded. Spaces and bars are
    not allowed in a URL as they are.
    """
    by_name = {p.name: p for p in parameters if p.location == "query"}
    parts: list[str] = []
    for name, value in values.items():
        texts = by_name[name].written(value) if name in by_name else None
        if texts is None:
            return None
        # One text for all items has no comma inside of an item.
        together = isinstance(value, list) and not by_name[name].explode
        kept = "," if together and by_name[name].style == "form" else ""
        parts += [f"{quote(name, safe='')}={quote(text, safe=kept)}" for text in texts]
    return "&".join(parts)


def read_query(parameters: Iterable[Parameter], text: str) -> dict[str, Any]:
    """The values of a query as a server reads them, by name."""
    told: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        told.setdefault(name, []).append(value)
    by_name = {p.name: p for p in parameters if p.location == "query"}
    return {
        name: by_name[name].read(texts) if name in by_name else texts[0]
        for name, texts in told.items()
    }
