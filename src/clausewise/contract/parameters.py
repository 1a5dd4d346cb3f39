"""Parameters, and how their values are written into a request and read from it.

OpenAPI 3.1, section 4.8.12: `in`, `style` and `explode` say how (RFC 6570 stands behind them). A
value has a written form only where a server can read nothing else from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from msgspec import Struct

from clausewise.contract.message import MessagePart
from clausewise.contract.place import Place
from clausewise.contract.scalars import (
    has_free_names,
    item_of,
    kinds_of,
    member_names,
    member_of,
    read_scalar,
    same,
    scalar_text,
)
from clausewise.contract.source import Source
from clausewise.pointer import ABSENT
from clausewise.strict_json import value_or_text

LOCATIONS = ("path", "query", "header", "cookie")
# The style of a parameter that a media type describes: its text is JSON.
CONTENT = "content"
# Of Swagger 2.0, where an array may be written so anywhere; that of tabs is its `tsv`.
_DELIMITED = ("spaceDelimited", "pipeDelimited", "tabDelimited")
STYLES = {
    "path": ("simple", "label", "matrix", *_DELIMITED),
    "query": ("form", "deepObject", *_DELIMITED),
    "header": ("simple", *_DELIMITED),
    "cookie": ("form", "cookie"),
    # Properties of a form are written as query parameters are.
    "form": ("form", "deepObject", *_DELIMITED),
}
# OpenAPI 3.1, section 4.8.12.2: the style where none is named.
DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
# Header parameters of these names mean nothing (OpenAPI 3.1, section 4.8.12.2.1).
NO_PARAMETERS = frozenset({"accept", "content-type", "authorization"})
# These say how a message goes over its connection: whoever sends it has to write them.
WRITTEN_BY_SENDERS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# What parts the items of an array that is written as one value, by style.
DELIMITERS = {
    "form": ",", "cookie": ",", "simple": ",", "label": ",", "matrix": ",", "spaceDelimited": " ",
    "pipeDelimited": "|", "tabDelimited": "\t",
}  # fmt: skip
# RFC 6265, section 4.1.1: what a cookie's value is made of.
_COOKIE_OCTETS = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('",;\\')

# A name and a text, neither of them percent-encoded.
Pair = tuple[str, str]


class Parameter(Struct):
    """One parameter of an operation; `example` is a documented value, ABSENT where there is none.

    `location` is path, query, header, cookie, or `form` for a property of a form. `allow_empty`
    says that it may be sent with nothing behind the `=`, `is_whole` that it is the whole query,
    without a name (OpenAPI 3.2, `in: querystring`).
    """

    name: str
    location: str
    message: MessagePart
    style: str
    explode: bool
    example: Any = ABSENT
    allow_empty: bool = False
    source: Source | None = None
    is_whole: bool = False

    @property
    def place(self) -> Place:
        """The place of its value."""
        return self.message.place

    @property
    def required(self) -> bool:
        """Whether every request has it."""
        return self.message.required or self.location == "path"

    def written(self, value: Any) -> list[Pair] | None:
        """The names and texts that stand for a value; one pair outside of queries and forms.

        None where there is no form that means this value and nothing else: null, an empty array,
        an item with the delimiter in it, the number 7 where a text is read.
        """
        pairs = self._pairs(value)
        if pairs is None or not all(self._can_carry(text) for _, text in pairs):
            return None
        return pairs if same(self.read(pairs), value) else None

    def read(self, pairs: list[Pair]) -> Any:
        """The value that a server reads from names and texts, ABSENT for none of its names."""
        kinds = kinds_of(self.place)
        if self.style == CONTENT or self.is_whole:
            return self._read_content(pairs)
        if self.style == "deepObject":
            return self._read_deep(pairs)
        if self._is_spread:
            return self._read_members(pairs)
        texts = [text for name, text in pairs if self._is_mine(name)]
        if not texts:
            return ABSENT
        return self._read_texts(texts, kinds)

    def _read_content(self, pairs: list[Pair]) -> Any:
        """The value of one text that a media type describes."""
        texts = [text for name, text in pairs if self._is_mine(name)]
        if self.is_whole and pairs:
            texts = ["&".join(f"{name}={text}" if text else name for name, text in pairs)]
        if not texts:
            return ABSENT
        read = value_or_text if self.style == CONTENT else partial(read_scalar, self.place)
        return read(texts[0])

    @property
    def _is_spread(self) -> bool:
        """Whether it is an object whose members stand beside the other parameters."""
        kinds = kinds_of(self.place)
        exploded = self.explode and self.location in ("query", "form", "cookie")
        plain = exploded and self.style not in (CONTENT, "deepObject") and not self.is_whole
        return plain and "object" in kinds and "string" not in kinds

    @property
    def parts_objects(self) -> bool:
        """Whether each member of an object is a name and a text of its own."""
        exploded = self.explode and self.style != CONTENT and not self.is_whole
        return exploded or self.style == "deepObject"

    @property
    def has_free_names(self) -> bool:
        """Whether whatever no other parameter claims is a member of it.

        Not of cookies: those that others set are there as well.
        """
        return self.location != "cookie" and self._is_spread and has_free_names(self.place)

    @property
    def is_list(self) -> bool:
        """Whether what is written is read as an array, of one item too."""
        kinds = kinds_of(self.place)
        return "array" in kinds and "string" not in kinds

    def _is_mine(self, name: str) -> bool:
        return name == self.name or (
            self.location == "header" and name.lower() == self.name.lower()
        )

    def encoded(self, value: Any) -> str | None:
        """What stands in a path for a value, percent-encoded (RFC 6570); None where nothing can.

        What the style puts between values stands bare where a path may have it, and is encoded
        within them.
        """
        pairs = self.written(value)
        pairs = self._pairs(value, partial(quote, safe="")) if pairs is not None else None
        return quote(pairs[0][1], safe="%.,;=") if pairs is not None else None

    def _pairs(self, value: Any, encode: Callable[[str], str] = str) -> list[Pair] | None:
        if self.style == CONTENT or self.is_whole:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            said = encode(text if self.style == CONTENT else scalar_text(value) or "")
            return None if not said else [(said, "") if self.is_whole else (self.name, said)]
        if isinstance(value, dict):
            return self._object_pairs(value, encode)
        if self.style == "deepObject":
            return None
        items = value if isinstance(value, list) else [value]
        texts = [encode(text) for text in map(scalar_text, items) if text is not None]
        if not texts or len(texts) < len(items):
            return None
        if not isinstance(value, list):
            return [(self.name, self._prefixed(texts[0]))]
        if self._repeats:
            return None if "" in texts else [(self.name, text) for text in texts]
        if self.location == "cookie" and self.explode and len(texts) > 1:
            return None  # `form` would put `&` between them (OpenAPI 3.2, section 4.12.2.2)
        return self._joined(texts)

    @property
    def _repeats(self) -> bool:
        """Whether an array is its name over and over."""
        return self.explode and (self.location in ("query", "form") or self.style == "cookie")

    def _object_pairs(
        self, value: dict[str, Any], encode: Callable[[str], str]
    ) -> list[Pair] | None:
        members = {name: scalar_text(inner) for name, inner in value.items()}
        named = ((name, text) for name, text in members.items() if text is not None and name)
        texts = {encode(name): encode(text) for name, text in named}
        if not texts or len(texts) < len(members):
            return None
        if self.style == "deepObject":
            return [(f"{self.name}[{name}]", text) for name, text in texts.items()]
        if self.explode and self.location in ("query", "form", "cookie"):
            return list(texts.items())
        if self.explode:
            if any("=" in name for name in texts):
                return None
            return self._joined([f"{name}={text}" for name, text in texts.items()])
        return self._joined([part for pair in texts.items() for part in pair])

    def _joined(self, texts: list[str]) -> list[Pair] | None:
        delimiter = self._delimiter
        if "" in texts or any(delimiter in text for text in texts):
            return None
        if self.location == "header" and any(text != text.strip() for text in texts):
            return None  # blanks around a comma are none of an item's (RFC 9110, section 5.6.1)
        if self.style == "matrix" and self.explode and "=" not in texts[0]:
            return [(self.name, "".join(f";{self.name}={text}" for text in texts))]
        return [(self.name, self._prefixed(delimiter.join(texts), exploded_object=True))]

    @property
    def _delimiter(self) -> str:
        if self.explode and self.style in ("label", "matrix"):
            return "." if self.style == "label" else ";"
        return DELIMITERS[self.style]

    def _prefixed(self, text: str, exploded_object: bool = False) -> str:
        if self.style == "label":
            return f".{text}"
        if self.style == "matrix":
            bare = exploded_object and self.explode
            # An empty value has no equals sign (RFC 6570, section 3.2.7).
            named = f"{self.name}={text}" if text else self.name
            return f";{text}" if bare else f";{named}"
        return text

    def _bare(self, text: str) -> str:
        """A path's text without what its style puts before it."""
        if self.style == "label":
            return text.removeprefix(".")
        if self.style == "matrix":
            inner = text.removeprefix(";")
            return "" if inner == self.name else inner.removeprefix(f"{self.name}=")
        return text

    def _read_texts(self, texts: list[str], kinds: frozenset[str]) -> Any:
        text = self._bare(texts[0])
        if "object" in kinds and "string" not in kinds:
            return self._read_joined_object(text)
        if not self.is_list:
            return read_scalar(self.place, text)
        if self._repeats:
            parts = texts
        elif self.style == "matrix" and self.explode:
            parts = [part.partition("=")[2] for part in texts[0].split(";")[1:]]
        else:
            parts = text.split(self._delimiter)
        return [read_scalar(item_of(self.place, at), part) for at, part in enumerate(parts)]

    def _read_joined_object(self, text: str) -> Any:
        parts = text.split(self._delimiter)
        if self.explode:
            pairs = [part.partition("=")[::2] for part in parts]
        else:
            pairs = list(zip(parts[::2], parts[1::2], strict=False))
        return {name: read_scalar(member_of(self.place, name), inner) for name, inner in pairs}

    def _read_members(self, pairs: list[Pair]) -> Any:
        """An exploded object: its members stand beside the other parameters."""
        place, names = self.place, set(member_names(self.place))
        mine = pairs if self.has_free_names else [pair for pair in pairs if pair[0] in names]
        return {n: read_scalar(member_of(place, n), text) for n, text in mine} or ABSENT

    def _read_deep(self, pairs: list[Pair]) -> Any:
        members: dict[str, Any] = {}
        for name, text in pairs:
            if name.startswith(f"{self.name}[") and name.endswith("]"):
                inner = name[len(self.name) + 1 : -1]
                members[inner] = read_scalar(member_of(self.place, inner), text)
        return members or ABSENT

    def _can_carry(self, text: str) -> bool:
        """Whether the text can stand where the parameter does."""
        if self.location == "header":
            # RFC 9110, section 5.5: visible ASCII, blanks only within.
            return all(" " <= sign <= "~" for sign in text) and text == text.strip() and text != ""
        if self.location == "cookie":
            # Some servers decode a cookie's percent signs, others don't. What OpenAPI puts between
            # the items of a list, and members, RFC 6265 does not have, and servers read.
            several = self.style != CONTENT and kinds_of(self.place) & {"array", "object"}
            between = {","} if several else set()
            return text != "" and set(text) <= _COOKIE_OCTETS | between and unquote(text) == text
        if self.location == "path":
            return text not in ("", ".", "..")
        return True
