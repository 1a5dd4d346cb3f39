"""JSON in ASCII, quickly: for documents without NaN, as those of all formats but our own are."""

from __future__ import annotations

import codecs
import json
from functools import lru_cache
from typing import Any

import msgspec


# A mask stands in an archive thousands of times.
@lru_cache(maxsize=256)
def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def _escaping(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that are no ASCII, as `codecs.register_error` wants it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _escaped(error.object[error.start : error.end]), error.end


_ESCAPING = "clausewise.escaped-in-json"
codecs.register_error(_ESCAPING, _escaping)


def quick_ascii(document: Any) -> str:
    """Return a document that has no NaN in it as compact JSON in ASCII.

    Several times as quick as `json`. Raises UnicodeEncodeError for half a surrogate pair.
    """
    quick = msgspec.json.encode(document).decode("utf-8")
    return quick.encode("ascii", _ESCAPING).decode("ascii")
