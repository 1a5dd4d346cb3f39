"""Documents that are JSON, read by Python's own parser, with the line of every key.

Most large documents are JSON, and to read them as YAML takes four times as long. What is odd in one
(a key that stands twice, a number beyond bounds, half of a character) is no business of this file:
it is read as YAML, which JSON is as well, and that tells what is wrong with it.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect
from typing import Any, NoReturn

from clausewise.contract.source import DEEPEST, FAR, MOST_NODES, Document


class _OddError(ValueError):
    """What the parser of YAML is to look at."""


def read_json(document: Document) -> bool:
    """Read the data of a document from its text; whether nothing was odd about it."""
    mappings: list[dict[str, Any]] = []
    keys = 0

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal keys
        made = dict(pairs)
        if len(made) < len(pairs):
            raise _OddError
        keys += len(made)
        mappings.append(made)
        return made

    try:
        data = json.loads(
            document.text,
            object_pairs_hook=mapping,
            parse_int=whole,
            parse_float=finite,
            parse_constant=_refused,
        )
    except (ValueError, RecursionError):
        return False
    if HALF.search(document.text) or not _is_bounded(data, MOST_NODES - keys):
        return False
    document.data = data
    _find_keys(document, mappings)
    return True


def finite(text: str) -> float:
    """A number. Raises ValueError for one beyond the greatest float."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def whole(text: str, base: int = 10) -> int:
    """A whole number. Raises ValueError for one that no floating point number comes near.

    Most receivers of JSON read numbers as such (RFC 8259, section 6), and a float that large is
    refused as well.
    """
    number = int(text, base)
    try:
        float(number)
    except OverflowError:
        raise ValueError(text) from None
    return number


# Half of a character beyond U+FFFF, or what looks like it.
HALF = re.compile(r"\\u[dD][89a-fA-F]")


def _refused(_: str) -> NoReturn:
    raise _OddError


def _is_bounded(data: Any, most: int) -> bool:
    """Whether there are no more values than that, and none is too deep for whoever walks them."""
    level, number = [data], 1
    for _ in range(DEEPEST):
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return True
        inside = [one.values() if isinstance(one, dict) else one for one in level]
        number += sum(map(len, inside))
        if number > most:
            return False
        level = [value for some in inside for value in some]
    return False


# A text, with the colon behind it where it is a key, or the begin or the end of a mapping.
_TEXT_OR_BRACE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]')


def _find_keys(document: Document, mappings: list[dict[str, Any]]) -> None:
    """Note where the keys of mappings stand, which come in the order of their ends."""
    text = document.text
    begins = [0, *(match.end() for match in re.finditer("\n", text))]
    open_: list[tuple[dict[str, int], dict[str, int]]] = []
    ended = iter(mappings)
    for match in _TEXT_OR_BRACE.finditer(text):
        sign = match[0]
        if sign == "{":
            open_.append(({}, {}))
        elif sign == "}":
            key = id(next(ended))
            document.lines[key], far = open_.pop()
            if far:
                document.columns[key] = far
        elif match[1]:
            named = sign[: -len(match[1])]
            name = json.loads(named) if "\\" in named else named[1:-1]
            line = bisect(begins, match.start())
            column = match.start() - begins[line - 1] + 1
            open_[-1][0][name] = line
            if column > FAR:
                open_[-1][1][name] = column
