"""JSON values that stand one after the other, read one at a time, however they are laid out.

The entries of an archive; an array of exchanges; objects over several lines each, as Envoy and `jq`
write them. Each is given as it is written: whoever reads it makes no more of it than is needed.
"""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from clausewise.traffic.exchange import Item, Poisoned
from clausewise.traffic.readers.batches import parted

_BLANK = re.compile(r"[\s,]*")
# The first name of an object, and what is before that of one behind another.
_FIRST_NAME = re.compile(r'\{\s*("[^"\\]*")')
_BETWEEN = re.compile(r"\}\s*,\s*(?=\{\s*\Z)")
_WIDEST_BETWEEN = 400
_several = msgspec.json.Decoder(list[msgspec.Raw]).decode
_CHUNK = 1 << 20
# A value that does not end within so many characters is none.
_LONGEST = 1 << 28


class Text:
    """The part of a stream of UTF-8 that is not done with; `is_fresh` since more of it was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = getincrementaldecoder("utf-8-sig")("replace")
        self.held = ""
        self.at = 0
        self.is_fresh = True
        self.more()

    def more(self) -> bool:
        """Read on; gives whether there was more."""
        read = self._stream.read(max(_CHUNK, len(self.held) - self.at))
        self.held = self.held[self.at :] + self._decoder.decode(read, not read)
        self.at = 0
        self.is_fresh = True
        return bool(read)


def values(text: Text, is_array: bool = True) -> Iterator[bytes | Poisoned]:
    """The values of an array that began, or of a whole text, one by one, as they are written.

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
        if text.is_fresh:
            text.is_fresh = False
            yield from _at_once(text)
        try:
            _, end = decode(text.held, text.at)
        except ValueError as error:
            if len(text.held) - text.at < _LONGEST and text.more():
                continue
            yield Poisoned(f"it is no JSON: {error}")
            return
        except RecursionError:
            yield Poisoned("it is nested too deep")
            return
        start, text.at = text.at, end
        yield text.held[start:end].encode()


def _at_once(text: Text) -> Iterator[bytes]:
    """The values of an array before the last that begins like the first, where that is plain.

    To be told the end of each takes several times as long as to be told that of all of them.
    """
    begins = _FIRST_NAME.match(text.held, text.at)
    last = text.held.rfind(begins[1], begins.end()) if begins is not None else -1
    if last < 0:
        return
    between = _BETWEEN.search(text.held, max(text.at, last - _WIDEST_BETWEEN), last)
    if between is None:
        return
    try:
        some = _several(f"[{text.held[text.at : between.start() + 1]}]")
    except msgspec.DecodeError:
        return
    text.at = between.end()
    yield from map(bytes, some)


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
        several = parted(value)
        yield from (Item(number, one) for one in ([value] if several is None else several))
