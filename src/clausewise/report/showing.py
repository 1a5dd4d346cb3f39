"""Text from a server, made safe and visible wherever it is shown."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from clausewise.cutting import cut

if TYPE_CHECKING:
    from clausewise.record.record import JudgedClause

# Control characters (C0, DEL, C1: U+009B starts an escape sequence as ESC does), what is invisible
# or turns the reading direction, line separators, lone surrogates, and what XML 1.0 forbids.
# The class is spelt in escapes: the characters themselves could not be reviewed.
_UNSEEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
    # Blanks that look like the one that everybody knows.
    r"\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
)
_HIDDEN = re.compile(f"[{_UNSEEN}]")
_HIDDEN_OR_BREAK = re.compile(rf"[{_UNSEEN}\t\n]")
# A value is shown up to so many characters.
_LONGEST_VALUE = 400
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def escape_of(character: str) -> str:
    r"""Return the visible spelling of one character: ``\n``, ``\u001b``, ``\U000e0041``."""
    code = ord(character)
    return _SHORT.get(character) or (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")


def printable(text: str) -> str:
    """Return the text with everything spelt out that a terminal might act on, line feeds too."""
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )


def encodable(text: str, encoding: str | None) -> str:
    """Return the text with what an encoding does not have spelt out; UTF-8 where none is named."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def visible(text: str) -> str:
    """Return the text with what a reader or a terminal could be fooled by spelt out.

    Line feeds and tabs stay.
    """
    return _HIDDEN.sub(lambda match: escape_of(match[0]), text)


def one_line(text: str, limit: int | None = None) -> str:
    """Return :func:`visible` text on one line, cut to ``limit`` characters if that is given."""
    if limit is not None:
        text = text[: limit + 1]
    spelt = text
    if not (text.isascii() and text.isprintable()):  # most texts are, and have nothing hidden
        spelt = _HIDDEN_OR_BREAK.sub(lambda match: escape_of(match[0]), text)
    return cut(spelt, limit) if limit is not None else spelt


def value_text(value: Any) -> str:
    """Return a JSON value as one line of JSON, cut where it is long."""
    return one_line(json.dumps(value, ensure_ascii=False), _LONGEST_VALUE)


def source_text(clause: JudgedClause) -> str:
    """Say where a promise is documented, such as ``schemas/x.yaml:41; O, G:audio``, or ``""``."""
    source = clause.source
    place = f"{source.file}:{source.line}" if source else ""
    if source and source.column is not UNSET:
        place += f":{source.column}"
    return one_line("; ".join(part for part in (place, clause.documented) if part))


def listed(names: Iterable[str], most: int = 3) -> str:
    """Return names in words, each of them once: `a, b, c and 2 more`."""
    known = list(dict.fromkeys(names))
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def duration(seconds: float) -> str:
    """Return a length of time as people say it: ``41 ms``, ``3.2 s``, ``4 min 05 s``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def without_nan(value: Any) -> Any:
    """Return a JSON value with NaN and infinities, which JSON does not have, as strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: without_nan(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    return value
