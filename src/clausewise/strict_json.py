"""JSON as RFC 8259 has it: UTF-8, no NaN, no member name twice."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from typing import Any, NoReturn

# Deeper values exhaust whoever walks them; no documented message comes near.
DEEPEST = 200


class NotJSON(ValueError):  # noqa: N818  # it is a finding about a reply, not an error of ours
    """Bytes that are not JSON; `str()` says why in a few words."""


def parse(content: bytes) -> Any:
    """The value that these bytes say. Raises NotJSON.

    Duplicate names are refused too: receivers differ on which one counts (RFC 8259, section 4).
    """
    if not content.strip():
        raise NotJSON("the body is empty")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJSON(f"not UTF-8: byte {error.start} is 0x{content[error.start]:02x}") from None
    try:
        value = _decoder().decode(text)
        if _ESCAPED_SURROGATE.search(text):
            _check_surrogates(value)
        if text.count("[") + text.count("{") > DEEPEST:
            _check_depth(value)
        return value
    except NotJSON:
        raise
    except RecursionError:
        raise NotJSON(f"nested deeper than {DEEPEST} levels") from None
    except ValueError as error:
        raise NotJSON(f"not JSON: {error}") from None


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)


# Most JSON has no such escape, and then nothing need be looked through.
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _check_surrogates(value: Any) -> None:
    """Half a surrogate pair is no character, and no validator takes it (RFC 8259, section 8.2)."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotJSON("a string has half of a surrogate pair in it") from None


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        inside = (outer.values() if isinstance(outer, dict) else outer for outer in level)
        level = [value for some in inside for value in some if isinstance(value, dict | list)]
        if not level:
            return
    raise NotJSON(f"nested deeper than {DEEPEST} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise NotJSON(f"member {name!r} stands twice in one object")
            seen.add(name)
    return made


def _constant(word: str) -> NoReturn:
    raise NotJSON(f"{word} is not a JSON value")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        short = text if len(text) <= 40 else f"{text[:39]}…"
        raise NotJSON(f"{short} is beyond the numbers that JSON can carry (RFC 8259, section 6)")
    return number
