"""JSON as RFC 8259 has it: UTF-8, no byte order mark, no NaN, no member name twice."""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF8
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn, TypeGuard

from clausewise.cutting import cut

# Deeper values exhaust whoever walks them; no documented message comes near.
DEEPEST = 200
# To ask more of them takes seconds for one reply.
MOST_VALUES = 100_000
# With more brackets and commas than this, also in strings, a text is not even read: what it says
# takes a hundred times as much memory.
MOST_SIGNS = 10 * MOST_VALUES
# Python turns no longer integer into text, or back (sys.set_int_max_str_digits).
_MOST_DIGITS = 4_000
# Shorter texts cannot hold more values than that.
_MOST_QUICKLY = 100_000


_Errors = tuple[type[Exception], ...]


class NotJSON(ValueError):  # noqa: N818  # it is a finding about a reply, not an error of ours
    """Bytes that are not JSON; `str()` says why in a few words."""


class TooMuch(NotJSON):
    """Bytes that are JSON, as far as one can tell, and more of it than is judged here."""


def parse(content: bytes) -> Any:
    """The value that these bytes say. Raises NotJSON, TooMuch where they are too deep or too many.

    Duplicate names are refused too: receivers differ on which one counts (RFC 8259, section 4).
    """
    value = quick(content)
    return carefully(content) if value is NotQuick else value


def value_or_text(text: str) -> Any:
    """The value that a text says; the text itself where it is not JSON."""
    try:
        return parse(text.encode())
    except NotJSON:
        return text


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a number of JSON; to Python, booleans are numbers as well."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def carefully(content: bytes) -> Any:
    """The same of what `quick` cannot vouch for, which need not be tried again."""
    if not content.strip():
        raise NotJSON("the body is empty")
    if content.startswith(BOM_UTF8):
        raise NotJSON("it begins with a byte order mark, which none has (RFC 8259, section 8.1)")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJSON(f"not UTF-8: byte {error.start} is 0x{content[error.start]:02x}") from None
    try:
        opened = text.count("[") + text.count("{")
        commas = text.count(",")
        if opened + commas > MOST_SIGNS and is_closed(text):
            raise TooMuch(f"more than {MOST_VALUES} values")
        value = _decoder().decode(text)
        if _ESCAPED_SURROGATE.search(text):
            _check_surrogates(value)
        if opened > DEEPEST or opened + commas > MOST_VALUES:
            _check_size(value)
        return value
    except NotJSON:
        raise
    except RecursionError:
        problem = TooMuch if is_closed(text) else NotJSON
        raise problem(f"nested deeper than {DEEPEST} levels") from None
    except ValueError as error:
        raise NotJSON(f"not JSON: {error}") from None


_LONG_NUMBER = re.compile(rb"\d{%d}" % _MOST_DIGITS)


class NotQuick:
    """What `quick` gives for what it cannot vouch for."""


def quick(content: bytes | str) -> Any:
    """The value of lawful JSON as `parse` gives it, several times as fast; NotQuick for the rest.

    msgspec keeps to RFC 8259, but takes the last of two members with one name.
    """
    value = undoubted(content)
    return value if value is not NotQuick and is_sound(content, value) else NotQuick


def undoubted(content: bytes | str) -> Any:
    """The same, where `is_sound` is still to be asked; NotQuick where that cannot be.

    No value that is given is too deep for whoever walks it.
    """
    if isinstance(content, str):
        escaped, opened = "\\" in content, content.count("[") + content.count("{")
    else:
        escaped, opened = b"\\" in content, content.count(b"[") + content.count(b"{")
    if escaped or opened > DEEPEST:
        return NotQuick
    decode, _, refusals = _quick_codec()
    try:
        return decode(content)
    except refusals:
        return NotQuick


def is_sound(content: bytes | str, value: Any) -> bool:
    """Whether `parse` gives this value, too, of a text that is `undoubted`.

    Without escapes every name and every text has two quotes: where as many come back, no name
    stood twice.
    """
    _, encode, refusals = _quick_codec()
    try:
        again = encode(value)
    except refusals:
        return False
    double = b'"' if isinstance(content, bytes) else '"'
    if content.count(double) != again.count(b'"') or len(again) > _MOST_QUICKLY:  # type: ignore[arg-type]  # bytes or str, and so is what it is held against
        return False
    return len(again) <= _MOST_DIGITS or _LONG_NUMBER.search(again) is None


@cache
def _quick_codec() -> tuple[Callable[..., Any], Callable[..., bytes], _Errors]:
    import msgspec

    errors = (msgspec.MsgspecError, ValueError, RecursionError)
    return msgspec.json.Decoder().decode, msgspec.json.Encoder().encode, errors


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_object,
        parse_constant=_constant,
        parse_float=_float,
        parse_int=_integer,
    )


# Most JSON has no such escape, and then nothing need be looked through.
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _check_surrogates(value: Any) -> None:
    """Half a surrogate pair is no character, and no validator takes it (RFC 8259, section 8.2)."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotJSON("a string has half of a surrogate pair in it") from None


def _check_size(value: Any) -> None:
    level, number = [value], 1
    for _ in range(DEEPEST):
        inside = [outer.values() if isinstance(outer, dict) else outer for outer in level]
        number += sum(map(len, inside))
        if number > MOST_VALUES:
            raise TooMuch(f"more than {MOST_VALUES} values")
        level = [value for some in inside for value in some if isinstance(value, dict | list)]
        if not level:
            return
    raise TooMuch(f"nested deeper than {DEEPEST} levels")


# A string, closed or not, matches from its first quote on: nothing is ever looked at twice.
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


def is_closed(text: str) -> bool:
    """Whether what is opened is closed again by its like, at any depth."""
    opened: list[str] = []
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[0] in ("[", "{"):
            opened.append(match[0])
        elif match[0] in ("]", "}") and (not opened or opened.pop() + match[0] not in ("[]", "{}")):
            return False
    return not opened


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise NotJSON(f"member {cut(name, 40)!r} stands twice in one object")
            seen.add(name)
    return made


def _constant(word: str) -> NoReturn:
    raise NotJSON(f"{word} is not a JSON value")


def _integer(text: str) -> int:
    """An integer; of one that Python does not read, its beginning and its end.

    JSON bounds no number (RFC 8259, section 6). What is left is an integer beyond all bounds that
    anybody documents, with the sign and the last digits that it came with.
    """
    if len(text) > _MOST_DIGITS:
        text = text[: _MOST_DIGITS // 2] + text[-_MOST_DIGITS // 2 :]
    return int(text)


def _float(text: str) -> float | int:
    """A number with a fraction or an exponent; one beyond all doubles as an integer.

    Its digits are as good as all of it says, up to the bound of `_integer`.
    """
    number = float(text)
    if math.isfinite(number):
        return number
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    length = len(whole) + min(_integer(exponent or "0"), _MOST_DIGITS)
    return _integer(f"{whole}{fraction}"[:length].ljust(length, "0"))
