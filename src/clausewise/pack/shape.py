"""What clausewise.yaml may say: its published JSON Schema, and its complaints in plain words.

The schema (`clausewise.schema.json`) is the one list of settings: editors complete by it, the
reader checks by it, and the reference page is made of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from clausewise.contract.source import Document
from clausewise.cutting import brief
from clausewise.errors import ContractError
from clausewise.options import did_you_mean

SCHEMA = Path(__file__).with_name("clausewise.schema.json")
_WORDS = {
    "string": "a text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


@cache
def schema_of_settings() -> dict[str, Any]:
    """The JSON Schema (2020-12) of clausewise.yaml."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return schema


def check_settings(document: Document) -> None:
    """Hold settings against their schema.

    Raises ContractError for what stands first in the file: its line, and what may have been meant.
    """
    validator = jsonschema_rs.Draft202012Validator(schema_of_settings())
    complaints = [_complaint(document, error) for error in validator.iter_errors(document.data)]
    if complaints:
        line, problem = min(complaints)
        raise ContractError(brief(problem), document.name, line)


def _complaint(document: Document, error: jsonschema_rs.ValidationError) -> tuple[int, str]:
    """The line of one violation, and what is wrong in words."""
    path = list(error.instance_path)
    name = ".".join(map(str, path))
    said = error.kind.as_dict()
    match error.kind.name:
        case "additionalProperties":
            word = said["unexpected"][0]
            known = list(_at(schema_of_settings(), error.schema_path[:-1])["properties"])
            full = f"{name}.{word}" if name else word
            hint = did_you_mean(word, known) or f"; known are {', '.join(sorted(known))}"
            return _line(document, [*path, word]), f"{full!r} is not a setting{hint}"
        case "required":
            missing = f"{name}.{said['property']}" if name else said["property"]
            return _first_line(document, path), f"`{missing}` is missing"
        case "minLength" | "minProperties":
            return _line(document, path), f"`{name}` is empty"
        case "type":
            form = " or ".join(_WORDS[one] for one in sorted(said["types"]) if one != "null")
        case "enum":
            form = " or ".join(said["options"])
        case _:
            return _line(document, path), f"`{name}`: {error.message}"
    return _line(document, path), f"`{name}` is {form}, not {error.instance!r}"


def _at(schema: Any, path: Sequence[str | int]) -> Any:
    """The part of a schema that a path of an error leads to, through its references."""
    for step in path:
        if step == "$ref":
            schema = _at(schema_of_settings(), schema["$ref"].removeprefix("#/").split("/"))
        else:
            schema = schema[step]
    return schema


def _line(document: Document, path: Sequence[str | int]) -> int:
    """The line of the innermost key on the way to a value."""
    return _found(document, path)[0]


def _first_line(document: Document, path: Sequence[str | int]) -> int:
    """The line where the mapping at a path begins."""
    line, node = _found(document, path)
    return min(document.lines.get(id(node), {}).values(), default=line)


def _found(document: Document, path: Sequence[str | int]) -> tuple[int, Any]:
    """The line of a value and the value itself."""
    line = 1
    node: Any = document.data
    for step in path:
        if isinstance(node, dict):
            key = str(step)  # of a key that is made of digits, a path has the number
            line, node = document.lines.get(id(node), {}).get(key, line), node.get(key)
        elif isinstance(node, list) and isinstance(step, int):
            node = node[step]
            if isinstance(node, dict):
                line = min(document.lines.get(id(node), {}).values(), default=line)
    return line, node
