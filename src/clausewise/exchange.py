"""What crossed the wire: one request, and its reply or the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import force_setattr

from clausewise import __version__
from clausewise.strict_json import NotJSON, TooMuch, parse

# What our requests say of who sends them, where the contract does not speak of it.
USER_AGENT = f"clausewise/{__version__}"
# Characters of a body that a message quotes.
LONGEST_EXCERPT = 200
_DECLARED = re.compile(
    rb"""(?:\xef\xbb\xbf)?<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][\w.-]*)["']"""
)


class Request(Struct, frozen=True):
    """One request as it is sent. `url` is absolute; header names keep their case.

    `body` is what the content says as JSON, where the sender knows it; else None. Of a recorded
    one not all may be known: whether there were more headers, and whether `content` is all of it.
    `masked` are pointers to values in `{path, query, header, cookie, body}` that were replaced.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers_known: bool = True
    content_known: bool = True
    masked: tuple[str, ...] = ()


class RawResponse(NamedTuple):
    """A reply as an ASGI application sends it; header names are in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes


class Response(Struct, frozen=True, dict=True):
    """One reply. `content` is what arrived after content decoding; `seconds` is the wait.

    `cut` says why the body is not whole (closed early, too long), or is None; `limited` whether
    that is for a limit of ours, or of who recorded it: the rest may be as it should be. Of a
    recorded one there may have been more headers, and `masked` are pointers to values in
    `{header, body}` that were replaced.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    seconds: float
    cut: str | None = None
    limited: bool = False
    headers_known: bool = True
    masked: tuple[str, ...] = ()
    # Bytes of the body as it came, where less of it is kept.
    whole: int | None = None

    @property
    def size(self) -> int:
        """Bytes of the body as it came."""
        return len(self.content) if self.whole is None else self.whole

    def trim(self, most: int) -> None:
        """Let go of all but the first bytes of a body that was read and judged.

        It is the one thing that ever changes: a run holds thousands of replies, and what they take
        has a bound. Afterwards a body that was longer is no JSON any more, but too much.
        """
        if len(self.content) > most:
            force_setattr(self, "whole", self.size)
            force_setattr(self, "content", self.content[:most])
            self.__dict__["_parsed"] = (None, TooMuch("too long to be kept to the end of a run"))

    def forget_parsed(self) -> None:
        """Let go of what was read of the body: it is read again when somebody asks."""
        self.__dict__.pop("_parsed", None)

    def header(self, name: str) -> str | None:
        """The value of a header, by case-insensitive name; the first one of several."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None

    def text(self, most: int | None = None) -> str:
        """The body, or its first so many bytes, as a text; what is no UTF-8 is replaced."""
        return self.content[:most].decode("utf-8", "replace")

    @property
    def json_or_none(self) -> Any:
        """The body as JSON, or None where it is none."""
        return self.json if self.not_json is None else None

    @property
    def excerpt(self) -> str:
        """The first characters of the body, with an ellipsis where it goes on."""
        text = self.text(4 * LONGEST_EXCERPT + 4)
        return text if len(text) <= LONGEST_EXCERPT else f"{text[:LONGEST_EXCERPT]}…"

    @property
    def media_type(self) -> str | None:
        """Type and subtype of Content-Type in lower case, without parameters (RFC 9110, 8.3).

        All of them, where several lines say different things.
        """
        values = [value for name, value in self.headers if name.lower() == "content-type"]
        parts = (part for value in values for part in _listed(value))
        kinds = dict.fromkeys(part.split(";")[0].strip().lower() for part in parts)
        return ", ".join(kinds) if kinds else None

    @cached_property
    def content_type(self) -> str | None:
        """The Content-Type with its parameters; what several lines say alike is said once."""
        return _said_once(
            tuple([value for name, value in self.headers if name.lower() == "content-type"])
        )

    @property
    def not_xml(self) -> str | None:
        """Why the body is not well-formed XML, or None when it is.

        Raises LookupError for an encoding that nobody here knows.
        """
        if self.cut is not None:
            return f"the body is not whole: {self.cut}"
        from xml.parsers import expat

        try:
            # Nothing outside is read, and expat itself bounds what entities multiply to. It knows
            # few encodings, so what is declared is taken off before.
            declared, content = declared_encoding(self.content), self.content
            if declared is not None:
                content = content.decode(declared).encode()
            expat.ParserCreate("utf-8" if declared is not None else None).Parse(content, True)
        except (expat.ExpatError, UnicodeError) as problem:
            return f"it is not well-formed XML: {problem}"
        return None

    @cached_property
    def _parsed(self) -> tuple[Any, NotJSON | None]:
        if self.cut is not None:
            problem = TooMuch if self.limited else NotJSON
            return None, problem(f"the body is not whole: {self.cut}")
        try:
            return parse(self.content), None
        except NotJSON as problem:
            return None, problem

    @property
    def json(self) -> Any:
        """The body as JSON. Raises NotJSON, which says why it is none."""
        value, problem = self._parsed
        if problem is not None:
            raise problem
        return value

    @property
    def not_json(self) -> str | None:
        """Why the body is not JSON, or None when it is."""
        problem = self._parsed[1]
        return str(problem) if problem is not None else None

    @property
    def too_much(self) -> bool:
        """Whether the body is not read as JSON only since it is more than what is judged here."""
        return isinstance(self._parsed[1], TooMuch)


class Exchange(Struct, frozen=True):
    """One request and what came of it: a reply, or a failure in words.

    `started` is when the request was sent, where that was noted; `unreachable` whether not even a
    connection came about.
    """

    operation: str
    request: Request
    response: Response | None
    failure: str | None = None
    started: datetime | None = None
    unreachable: bool = False

    @property
    def status(self) -> int | None:
        """The status of the reply, or None where there is none."""
        return self.response.status if self.response is not None else None

    @property
    def json_or_none(self) -> Any:
        """The body of the reply as JSON, or None where there is none."""
        return self.response.json_or_none if self.response is not None else None


@lru_cache(maxsize=64)
def _said_once(values: tuple[str, ...]) -> str | None:
    """What several lines of Content-Type say, with what they say alike once."""
    types: dict[tuple[str, str], str] = {}
    for part in (part.strip() for value in values for part in _listed(value)):
        kind, _, parameters = part.partition(";")
        types.setdefault((kind.strip().lower(), parameters.strip()), part)
    return next(iter(types.values())) if len(types) == 1 else (", ".join(values) or None)


def _listed(value: str) -> list[str]:
    """What a proxy joined of equal lines, apart; a value with commas in quotes stays whole."""
    return [value] if '"' in value else value.split(",")


def ended_at(started: datetime | None, seconds: float) -> datetime | None:
    """When a reply had come that took so long; None where no calendar has that, or no clock."""
    try:
        return started and started + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def declared_encoding(content: bytes) -> str | None:
    """The encoding that XML declares in letters of ASCII (XML 1.0, section 4.3.3)."""
    found = _DECLARED.match(content)
    return found[1].decode() if found is not None else None
