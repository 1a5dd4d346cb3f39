"""Names in a document that nobody reads, and that are near to one that is read where they stand.

A misspelt name is silent: what it would say is never asked. What is near to nothing is left alone,
as documents may have names of their own.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

from clausewise.contract.keywords import KEYWORDS
from clausewise.contract.path_templates import METHODS

# How alike two names are that may be one, from 0 to 1 (difflib).
_ALIKE = 0.75
# What is read of each kind of object (OpenAPI 3.2, section 4). What of a schema is for people alone
# is not missed.
_READ: dict[str, tuple[str, ...]] = {
    "the document": ("openapi", "servers", "paths", "webhooks", "components", "security"),
    "a path item": ("servers", "parameters", "additionalOperations", *METHODS),
    "an operation": (
        "operationId", "parameters", "requestBody", "responses", "callbacks", "security", "servers",
    ),
    "a parameter": (
        "name", "required", "allowEmptyValue", "style", "explode", "schema", "content", "example",
        "examples",
    ),
    "a request body": ("content", "required"),
    "a reply": ("headers", "content", "links"),
    "a media type": ("schema", "itemSchema", "example", "examples", "encoding"),
    "a schema": (
        *(name for name in KEYWORDS if not KEYWORDS[name].note), "format", "readOnly", "writeOnly",
        "nullable", "discriminator",
    ),
}  # fmt: skip
# What is as near to one of these as a slip, and is a name all the same: there, or in older words.
_OTHER = frozenset({
    "$self", "$schema", "$id", "id", "$defs", "$anchor", "$dynamicAnchor", "$recursiveRef",
    "$dynamicRef", "$recursiveAnchor", "$comment", "info", "tags", "name", "summary", "description",
    "externalDocs", "xml", "deprecated", "example", "examples", "definitions", "dependencies",
    "additionalItems", "swagger", "host", "basePath", "schemes", "consumes", "produces",
    "parameters", "responses", "securityDefinitions", "allowReserved", "collectionFormat",
    "prefixEncoding", "itemEncoding", "content", "count", "note",
})  # fmt: skip


def meant_by(name: object, kind: str) -> str | None:
    """The name that is meant by another one in an object of a kind; None where none is near.

    `kind` is one of those above, "a schema" or "a reply" for example.
    """
    return _meant(name, kind) if isinstance(name, str) else None


@lru_cache(maxsize=10_000)
def _meant(name: str, kind: str) -> str | None:
    known = {one.lower(): one for one in _READ[kind]}
    if name.startswith("x-") or name in {*_READ[kind], *_OTHER, *KEYWORDS}:
        return None
    near = get_close_matches(name.lower(), known, n=1, cutoff=_ALIKE)
    return known[near[0]] if near else None
