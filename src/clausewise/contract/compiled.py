"""Validators, made once for equal schemas."""

from __future__ import annotations

import json
import re
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
    schema, text = with_what_is_meant(schema)
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
    schema, text = with_what_is_meant(schema)
    return _validator(schema, text), len(text)


# Of schemas in `$defs`, by identity: the schema, its text, and the names of those it refers to.
_written: OrderedDict[int, tuple[Any, str, list[str]]] = OrderedDict()
_MOST_WRITTEN = 4_000
_REFERENCE = re.compile(r'"\$ref": "#/\$defs/([^"/]+)')


def with_what_is_meant(schema: Any) -> tuple[Any, str]:
    """A schema without what stands in its `$defs` and nobody refers to, and its text.

    What stands there is written once for all schemas that share it: many a place has all of it.
    """
    if not isinstance(schema, dict) or not isinstance(schema.get("$defs"), dict):
        return schema, json.dumps(schema)
    definitions = schema["$defs"]
    body = {key: value for key, value in schema.items() if key != "$defs"}
    texts = [json.dumps(body)]
    meant: dict[str, Any] = {}
    open_ = _REFERENCE.findall(texts[0])
    while open_:
        name = open_.pop()
        if name not in meant and name in definitions:
            meant[name] = definitions[name]
            text, names = _written_once(definitions[name])
            texts.append(f'"{name}": {text}')
            open_ += names
    return ({**body, "$defs": meant} if meant else body), "\n".join(texts)


def _written_once(definition: Any) -> tuple[str, list[str]]:
    known = _written.get(id(definition))
    if known is None:
        text = json.dumps(definition)
        known = _written[id(definition)] = definition, text, _REFERENCE.findall(text)
        if len(_written) > _MOST_WRITTEN:
            _written.popitem(last=False)
    return known[1], known[2]


def _validator(schema: Any, text: str, strict: bool = False) -> Any:
    schema = reading(schema, strict=strict, text=text)
    return jsonschema_rs.Draft202012Validator(
        with_formats(schema, text), validate_formats=True, retriever=_nothing
    )


def _nothing(uri: str) -> NoReturn:
    # Left to itself, jsonschema-rs would ask the network.
    raise ValueError(f"{uri} is not fetched")
