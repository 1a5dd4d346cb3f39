"""A second opinion on planned bodies, made from the schema as it is written."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import jsonschema
import jsonschema_rs

from clausewise.patterns.translating import for_python

_IN_PLACE = ("allOf", "anyOf", "oneOf")
# Of an address `jsonschema` asks for an `@` alone.
_FORMATS = jsonschema.FormatChecker(formats=())
_FORMATS.checkers = dict(jsonschema.Draft202012Validator.FORMAT_CHECKER.checkers)
_FORMATS.checks("email")(
    lambda value: not isinstance(value, str) or bool(re.fullmatch(r'(".+"|[^\s@]+)@[^\s@]+', value))
)


def accepted(schema: Any, value: Any) -> bool:
    """Whether both validators accept a value; AssertionError where they differ."""
    kind = jsonschema.Draft202012Validator
    # Python's `$` matches before a last line break too; that of ECMA-262 does not.
    first = kind(_for_python(schema), format_checker=_FORMATS).is_valid(value)
    second = jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(value)
    assert first is second, f"the validators disagree about {value!r} and {schema!r}"
    return first


def _for_python(schema: Any) -> Any:
    """The schema with its patterns as Python has to read them, constants and the like untouched."""
    if isinstance(schema, list):
        return [_for_python(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: for_python(value)
        if key == "pattern" and isinstance(value, str)
        else value
        if key in ("const", "enum", "default", "examples")
        else _for_python(value)
        for key, value in schema.items()
    }


def relaxed(schema: Any, pointer: str, keyword: str) -> Any:
    """The schema without one promise, wherever it is made of the values at a pointer.

    With `type` goes whatever else is asked of a value of any type: of one of a wrong type, nothing
    more is asked.
    """
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    schema = deepcopy(schema)
    if keyword == "required":
        _drop(schema, steps[:-1], ("required",), steps[-1])
    elif keyword == "type":
        _drop(schema, steps, ("type", "enum", "const", "oneOf", "not", "if"), None)
    elif keyword in ("if", "dependentSchemas"):
        _drop(schema, steps, (keyword, "unevaluatedProperties", "unevaluatedItems"), None)
    elif keyword in ("enum", "const"):
        _drop(schema, steps, ("enum", "const"), None)
    else:
        _drop(schema, steps, (keyword,), None)
    return schema


def _drop(schema: Any, steps: list[str], keywords: tuple[str, ...], name: str | None) -> bool:
    """Whether something was dropped in a schema or below it."""
    if not isinstance(schema, dict):
        return False
    dropped = False
    for keyword in _IN_PLACE:
        inside = [_drop(branch, steps, keywords, name) for branch in schema.get(keyword, [])]
        if keyword == "oneOf" and any(inside):
            # Without the promise, branches may overlap.
            schema.setdefault("allOf", []).append({"anyOf": schema.pop("oneOf")})
        dropped = dropped or any(inside)
    if not steps:
        if name is not None and name in schema.get("required", []):
            schema["required"].remove(name)
            return True
        for keyword in keywords if name is None else ():
            if keyword in schema:
                value = schema.pop(keyword)
                dropped = True
                if keyword == "oneOf":
                    schema.setdefault("allOf", []).append({"anyOf": value})
        return dropped
    step, *rest = steps
    inner = [schema.get("properties", {}).get(step)]
    if step == "*":
        inner += [schema.get("items"), schema.get("additionalProperties")]
        inner += list(schema.get("patternProperties", {}).values())
    for one in inner:
        dropped = _drop(one, rest, keywords, name) or dropped
    return dropped
