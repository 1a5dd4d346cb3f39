"""Media types and ranges (RFC 9110, sections 8.3 and 12.5.1)."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message as _Headers
from functools import lru_cache

from msgspec import Struct

JSON = "application/json"
# What stands for a range that names no type of its own; a server may get any.
_MEMBERS = {"application/*": JSON, "*/*": JSON, "text/*": "text/plain", "image/*": "image/png"}
# One kind of each family, for what lies outside of every documented range.
_KINDS = ("text/plain", "application/xml", "application/json", "application/octet-stream")


class MediaType(Struct, frozen=True):
    """A media type or range: `kind` is type/subtype in lower case, with its parameters."""

    kind: str
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def subtype(self) -> str:
        """What stands behind the slash."""
        return self.kind.partition("/")[2]

    @property
    def suffix(self) -> str:
        """The structured syntax behind a plus (RFC 6839): `json` of `application/problem+json`."""
        return self.subtype.rpartition("+")[2] if "+" in self.subtype else ""

    @property
    def is_range(self) -> bool:
        """Whether it stands for several types."""
        return "*" in self.kind

    @property
    def is_json(self) -> bool:
        """Whether bodies of it are JSON."""
        return self.kind == JSON or self.suffix == "json" or self.kind == "text/json"

    def covers(self, other: MediaType) -> bool:
        """Whether this range has the other type in it; its own parameters have to be there.

        `charset` does not part types from each other: JSON has none (RFC 8259, section 11), and
        of texts it says how they are written down.
        """
        wanted = {name: value for name, value in self.parameters if name != "charset"}
        return _covers(self.kind, other.kind) and wanted.items() <= dict(other.parameters).items()

    @property
    def precision(self) -> tuple[int, int]:
        """How much it says: ranges before types, then by the number of parameters."""
        vague = 0 if self.kind == "*/*" else 1 if self.is_range else 2
        return vague, len(self.parameters)


def _covers(wide: str, kind: str) -> bool:
    if wide in ("*/*", "*", kind):
        return True
    around, _, inner = wide.partition("/")
    family, _, subtype = kind.partition("/")
    if around != family:
        return False
    # `application/*+json` is in use, though RFC 9110 has no such range.
    return inner == "*" or (inner.startswith("*+") and subtype.endswith(inner[1:]))


# The types of pages that people read.
PAGES = ("text/html", "application/xhtml+xml")


@lru_cache(maxsize=1_024)
def media_type(text: str) -> MediaType:
    """A media type as it is written. What is odd about it stays part of the kind."""
    if ";" not in text:
        return MediaType(text.strip().lower())
    headers = _Headers()
    headers["Content-Type"] = text
    listed = headers.get_params() or [(text, "")]
    kind = text.partition(";")[0].strip().lower()
    parameters = {name.lower(): value for name, value in listed[1:]}
    return MediaType(kind, tuple(sorted((n, v.lower()) for n, v in parameters.items())))


def best(ranges: Iterable[str], sent: str) -> str | None:
    """The documented range that a type belongs to, the most precise of several; None for none."""
    wanted = media_type(sent)
    fitting = [written for written in ranges if media_type(written).covers(wanted)]
    return max(fitting, key=lambda written: media_type(written).precision, default=None)


def member(media_range: str) -> str:
    """A concrete type of a range, as a client may send it."""
    kind = media_type(media_range).kind
    if "*" not in kind:
        return media_range
    if "+" in kind:
        family, _, suffix = kind.partition("/*+")
        return f"{family}/vnd.clausewise+{suffix}"
    return _MEMBERS.get(kind, kind.replace("*", "octet-stream"))


def concrete(media_range: str, ranges: Iterable[str]) -> str:
    """A concrete type of a range that belongs to it and to no more precise one of `ranges`."""
    listed = list(ranges)
    first = member(media_range)
    for kind in (first, *_KINDS):
        if media_type(media_range).covers(media_type(kind)) and best(listed, kind) == media_range:
            return kind
    return first


def outside(ranges: Iterable[str]) -> str | None:
    """A type that none of these ranges has in it, or None where everything is documented."""
    listed = [media_type(written) for written in ranges]
    for kind in _KINDS:
        if not any(one.covers(MediaType(kind)) for one in listed):
            return kind
    return None
