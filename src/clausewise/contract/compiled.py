"""Validators, made once for equal schemas."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import jsonschema_rs

_made: dict[str, Any] = {}


def compiled(schema: Any) -> Any:
    """The jsonschema-rs validator of a schema, formats asserted; equal schemas share one.

    Raises jsonschema_rs.ValidationError for what is not a JSON Schema of the 2020-12 dialect, and
    another ValueError for what is nested too deeply to be one. Patterns are matched in linear
    time; one with a look-around or a back reference gives up after a million steps back, and then
    no text has it.
    """
    text = json.dumps(schema)
    if text not in _made:
        _made[text] = made_once(schema)
    return _made[text]


def made_once(schema: Any) -> Any:
    """The same validator, made anew and kept by nobody: for a schema that is asked little."""
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, retriever=_nothing)


def _nothing(uri: str) -> NoReturn:
    # Left to itself, jsonschema-rs would ask the network.
    raise ValueError(f"{uri} is not fetched")
