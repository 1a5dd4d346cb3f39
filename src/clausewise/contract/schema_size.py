"""How large and how deep a schema is, counted before it is laid out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from clausewise.contract.documents import Documents
from clausewise.contract.keywords import DATA, IN_PLACE, IN_PLACE_LISTS
from clausewise.errors import ContractError

# No message is that deep. What walks schemas takes some stack for each level, jsonschema the most,
# and jsonschema-rs takes none deeper than 255, where a `oneOf` that is loosened counts twice.
DEEPEST_SCHEMA = 100


def size_of(
    documents: Documents, node: Any, resolver: Any, references: int, most: int, way: int = 0
) -> int:
    """How many objects there are down to so many references, some two for each schema.

    It is not counted beyond `most`; `way` are the references that led here.
    """
    key = ("size", id(node), references, most)
    if key in documents.memo:
        return int(documents.memo[key])
    documents.memo[key] = 1  # while it is counted, for those that lead back to it
    count = 0
    open_ = [(node, 0, True)]
    while open_ and count < most:
        part, depth, in_place = open_.pop()
        if isinstance(part, list):
            open_ += [(inner, depth + 1, in_place) for inner in part]
        if not isinstance(part, dict) or depth > DEEPEST_SCHEMA:
            continue
        count += 1
        if not isinstance(part.get("$ref"), str):
            open_ += [
                (inner, depth + 1, name in IN_PLACE_LISTS or name in IN_PLACE)
                for name, inner in part.items()
                if name not in DATA
            ]
        elif (in_place or references) and way < DEEPEST_SCHEMA:
            with suppress(ContractError):
                inner, base = documents.follow(resolver, part)
                within = references if in_place else references - 1
                count += size_of(documents, inner, base, within, most, way + 1)
    documents.memo[key] = count
    return count


def is_deep(node: Any) -> bool:
    """Whether data has more levels than schemas may have."""
    level = [node]
    if not isinstance(node, dict | list):
        return False
    for _ in range(DEEPEST_SCHEMA):
        inner = (
            part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
            for part in level
        )
        level = [value for part in inner for value in part if isinstance(value, dict | list)]
        if not level:
            return False
    return True
