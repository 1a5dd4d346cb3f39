"""What `Content-Encoding` made of a body, taken off again where that can be done."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import suppress

from clausewise.strict_json import is_closed

_GZIP = b"\x1f\x8b"
# zlib's names for what gzip, zlib and nothing have around a stream of DEFLATE.
_AS_GZIP, _AS_ZLIB, _BARE = 47, 15, -15


def decoded(content: bytes, headers: Iterable[tuple[str, str]]) -> bytes | None:
    """A body without the encodings that its headers name; None where nobody can tell it.

    Some recorders take them off and keep the header: what reads as text, or is no gzip, is left.
    """
    codings = [
        coding.strip().lower()
        for name, value in headers
        if name.lower() == "content-encoding"
        for coding in value.split(",")
    ]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if not codings or not content:
        return content
    if len(codings) == 1 and codings[0] in ("gzip", "x-gzip") and content.startswith(_GZIP):
        return _inflated(content, _AS_GZIP)
    if codings == ["deflate"]:  # browsers take it with and without zlib's frame
        for form in (_AS_ZLIB, _BARE):
            if (found := _inflated(content, form)) is not None:
                return found
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return content


def _inflated(content: bytes, form: int) -> bytes | None:
    with suppress(zlib.error):
        return zlib.decompress(content, form)
    return None


def breaks_off(text: str) -> bool:
    """Whether a logged text is the beginning of some JSON: what logs may be cut without a word."""
    return text.lstrip()[:1] in ("{", "[") and not is_closed(text)
