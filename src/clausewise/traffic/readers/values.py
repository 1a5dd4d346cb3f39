"""JSON values that stand one after the other, read one at a time, however they are laid out.

The entries of an archive; an array of exchanges; objects over several lines each, as Envoy and `jq`
write them.
"""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import Any, BinaryIO

from clausewise.traffic.exchange import Item, Line, Poisoned
from clausewise.traffic.readers.opentelemetry import spans_of

_BLANK = re.compile(r"[\s,]*")
_CHUNK = 1 << 20
# A value that does not end within so many characters is none.
_LONGEST = 1 << 28


class Text:
    """The part of a stream of UTF-8 that is not done with."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = getincrementaldecoder("utf-8-sig")("replace")
        self.held = ""
        self.at = 0
        self.more()

    def more(self) -> bool:
        """Read on; gives whether there was more."""
        read = self._stream.read(max(_CHUNK, len(self.held) - self.at))
        self.held = self.held[self.at :] + self._decoder.decode(read, not read)
        self.at = 0
        return bool(read)


def values(text: Text, is_array: bool = True) -> Iterator[Any]:
    """The values of an array that began, or of a whole text, one by one.

    What is none, or ends too soon, is told once, and is the last.
    """
    decode = json.JSONDecoder().raw_decode
    while True:
        text.at = _end_of_blank(text)
        if text.at == len(text.held):
            if is_array:
                yield Poisoned("the file ends in the middle of its entries")
            return
        if is_array and text.held[text.at] == "]":
            return
        try:
            value, end = decode(text.held, text.at)
        except ValueError as error:
            if len(text.held) - text.at < _LONGEST and text.more():
                continue
            yield Poisoned(f"it is no JSON: {error}")
            return
        except RecursionError:
            yield Poisoned("it is nested too deep")
            return
        text.at = end
        yield value


def _end_of_blank(text: Text) -> int:
    while True:
        found = _BLANK.match(text.held, text.at)
        end = found.end() if found else text.at
        text.at = end
        if end < len(text.held) or not text.more():
            return text.at


def read_values(stream: BinaryIO) -> Iterator[Item]:
    """Read the objects of an array, or of a text; each is one as a line of JSON may have it."""
    text = Text(stream)
    text.at = _end_of_blank(text)
    is_array = text.held[text.at : text.at + 1] == "["
    text.at += is_array
    for number, value in enumerate(values(text, is_array), 1):
        if isinstance(value, Poisoned):
            yield Item(number, value)
            continue
        line = json.dumps(value, separators=(",", ":")).encode()
        spans = spans_of(line)
        yield from (Item(number, Line(one)) for one in ([line] if spans is None else spans))
