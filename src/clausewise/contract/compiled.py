"""Validators, made once for equal schemas."""

from __future__ import annotations

import json
from collections import OrderedDict
from hashlib import blake2b
from typing import Any, NoReturn

import jsonschema_rs

from clausewise.contract.formats import with_formats
from clausewise.contract.unknown import reading

# What is kept takes some ten times the text: that is up to some 300 MB.
MOST_KEPT = 30_000_000

_made: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
_kept = 0


def compiled(schema: Any, *, strict: bool = False) -> Any:
    """The jsonschema-rs validator of a schema, formats asserted; equal schemas share one.

    It refuses what surely breaks the schema; a strict one accepts what surely keeps it. They differ
    where something in the schema is unknown (`unknown.py`).
    Raises jsonschema_rs.ValidationError for what is not a JSON Schema of the 2020-12 dialect, and
    another ValueError for what is nested too deeply to be one. Patterns are matched in linear
    time; one with a look-around or a back reference gives up after a million steps back, and then
    no text has it. Of all that was ever made, what was not asked for longest is forgotten first.
    """
    global _kept
    text = json.dumps(schema)
    key = blake2b(text.encode(), digest_size=16, person=b"strict" * strict).digest()
    if key in _made:
        _made.move_to_end(key)
        return _made[key][0]
    validator = _validator(schema, text, strict)
    _made[key] = (validator, len(text))
    _kept += len(text)
    while _kept > MOST_KEPT and len(_made) > 1:
        _kept -= _made.popitem(last=False)[1][1]
    return validator


def made_once(schema: Any) -> tuple[Any, int]:
    """The same validator, made anew and kept by nobody, and how many characters the schema has.

    For a schema that is asked little.
    """
    text = json.dumps(schema)
    return _validator(schema, text), len(text)


def _validator(schema: Any, text: str, strict: bool = False) -> Any:
    schema = reading(schema, strict=strict, text=text)
    return jsonschema_rs.Draft202012Validator(
        with_formats(schema, text), validate_formats=True, retriever=_nothing
    )


def _nothing(uri: str) -> NoReturn:
    # Left to itself, jsonschema-rs would ask the network.
    raise ValueError(f"{uri} is not fetched")
