"""Clause ids: `OPERATION:PART#POINTER:KEYWORD`, or `OPERATION:PART[:KEYWORD]`, made and read here.

The operation's own `% : # ( )` are percent-encoded, so that an id reads in one way only. Of a body
with several contents each but the first names its media range behind the part, in brackets.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SPECIAL = "%:#()"
_ENCODED = re.compile(r"%([0-9A-F]{2})")


class ClauseId(NamedTuple):
    """A clause id in its parts. `operation` and `part` are as ids write them."""

    operation: str
    part: str
    pointer: str | None
    keyword: str | None

    @property
    def kind(self) -> str:
        """What is promised there: a keyword, or what the part alone says (`status`, `auth`)."""
        return self.keyword or self.part

    def __str__(self) -> str:
        inside = f"#{self.pointer}" if self.pointer is not None else ""
        behind = f":{self.keyword}" if self.keyword is not None else ""
        return f"{self.operation}:{self.part}{inside}{behind}"


def encoded_name(name: str) -> str:
    """A name with what ids are made of percent-encoded."""
    return "".join(f"%{ord(sign):02X}" if sign in _SPECIAL else sign for sign in name)


def decoded_name(name: str) -> str:
    """The reverse of `encoded_name`."""
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), name)


def range_part(part: str, media_range: str) -> str:
    """The part that stands for one further content of a body: `200(text/csv)`.

    Lower case, no blanks, parameters sorted.
    """
    kind, *parameters = [piece.strip().lower() for piece in media_range.split(";")]
    sorted_parameters = sorted("".join(piece.split()) for piece in parameters if piece)
    return f"{part}({encoded_name(';'.join([kind, *sorted_parameters]))})"


def part_name(part: str) -> str:
    """A part without what else it says: `request` of `request(text/csv)`, `201` of `201:header`."""
    return part.partition(":")[0].partition("(")[0]


def without_keyword(clause: str) -> str:
    """An id without its keyword: where the promise is made."""
    return clause.rpartition(":")[0]


def is_of_replies(part: str) -> bool:
    """Whether a part is about what comes back, whatever was sent: `status`, `200`, `default`."""
    return part == "status" or part[:1].isdigit() or part.startswith("default")


def clause_id(operation: str, part: str, pointer: str | None, keyword: str | None) -> str:
    """The id of a clause; `operation` is an operation's id, which is encoded already."""
    return str(ClauseId(operation, part, pointer, keyword))


def read_id(text: str) -> ClauseId:
    """The parts of an id. Raises ValueError for what is none."""
    operation, colon, rest = text.partition(":")
    if not colon or not operation or set(operation) & set("#()"):
        raise ValueError(f"{text!r} is no clause id: OPERATION:PART#POINTER:KEYWORD")
    part, hash_sign, inside = rest.partition("#")
    if hash_sign:
        pointer, colon, keyword = inside.rpartition(":")
        if not colon:
            raise ValueError(f"{text!r} is no clause id: a keyword is missing behind the pointer")
        return ClauseId(operation, part, pointer, keyword)
    name, colon, keyword = part.partition(":")
    return ClauseId(operation, name, None, keyword if colon else None)
