"""Formats: which ones somebody checks, and what OpenAPI's own say in the words of JSON Schema.

JSON Schema's formats (2020-12 validation, section 7.3) are known to both validators. Those of the
OpenAPI Format Registry are not, so that a schema says the same for them beside the `format`.
"""

from __future__ import annotations

import re
from typing import Any

from clausewise.contract.keywords import DATA

# What jsonschema-rs asserts.
_OF_JSON_SCHEMA = frozenset(
    (
        "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname",
        "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uuid", "uri-template",
        "json-pointer", "relative-json-pointer", "regex",
    )
)  # fmt: skip
# Remarks for people: a value of the right type is one of these (OpenAPI 3.0.3, Data Types).
_REMARKS = frozenset(("password", "binary", "commonmark", "string", "text", "textarea", "markdown"))

_FLOAT = 3.4028234663852886e38
_DOUBLE = 1.7976931348623157e308
_PAIRS = "^(?:[{0}]{{4}})*(?:[{0}]{{2}}{1}|[{0}]{{3}}{2})?$"


def _signed(bits: int) -> dict[str, Any]:
    return {"minimum": -(2 ** (bits - 1)), "maximum": 2 ** (bits - 1) - 1}


def _around(most: float) -> dict[str, Any]:
    return {"minimum": -most, "maximum": most}


# The OpenAPI Format Registry, as far as a schema can say it.
_OF_OPENAPI: dict[str, dict[str, Any]] = {
    **{f"int{bits}": _signed(bits) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": {"minimum": 0, "maximum": 2**bits - 1} for bits in (8, 16, 32, 64)},
    "double-int": _around(2**53 - 1),
    "float": _around(_FLOAT),
    "double": _around(_DOUBLE),
    # RFC 4648, sections 4 and 5; of the second alphabet the padding may be left out.
    "byte": {"pattern": _PAIRS.format("A-Za-z0-9+/", "==", "=")},
    "base64url": {"pattern": _PAIRS.format("A-Za-z0-9_\\-", "(?:==)?", "=?")},
}
_WRITTEN = re.compile(rf'"format": "(?:{"|".join(_OF_OPENAPI)})"')


def is_checked(name: str) -> bool:
    """Whether somebody here checks a format."""
    return name in _OF_JSON_SCHEMA or name in _OF_OPENAPI


def is_remark(name: str) -> bool:
    """Whether a format asks nothing of a value: it tells people what it is."""
    return isinstance(name, str) and name.lower() in _REMARKS


def kinds(name: str) -> tuple[type, ...]:
    """The kinds of values that a format asks something of."""
    return (str,) if limits(name) is None else (int, float)


def limits(name: str) -> tuple[int | float, int | float] | None:
    """The least and the greatest number of a format, None for a format of texts."""
    said = _OF_OPENAPI.get(name, {})
    return (said["minimum"], said["maximum"]) if "minimum" in said else None


def with_formats(schema: Any, text: str | None = None) -> Any:
    """A schema that also says in other keywords what OpenAPI's formats say.

    `text` is the schema as JSON, where somebody has it; without such a format it stays as it is.
    What is said for a `format` stands behind STANDS_FOR beside it, a keyword that no schema has
    here once its references are in place: so errors can be told from those of other keywords.
    """
    if text is not None and not _WRITTEN.search(text):
        return schema
    used: set[str] = set()
    said = _said(schema, used)
    if not used:
        return schema
    definitions = {f"format {name}": _OF_OPENAPI[name] for name in sorted(used)}
    return {**said, "$defs": {**said.get("$defs", {}), **definitions}}


STANDS_FOR = "$dynamicRef"


def _said(node: Any, used: set[str]) -> Any:
    if isinstance(node, list):
        return [_said(part, used) for part in node]
    if not isinstance(node, dict):
        return node
    result = {key: value if key in DATA else _said(value, used) for key, value in node.items()}
    name = node.get("format")
    if isinstance(name, str) and name in _OF_OPENAPI:
        used.add(name)
        result[STANDS_FOR] = f"#/$defs/format%20{name}"
    return result
