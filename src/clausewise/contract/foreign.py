"""Members of an object that are only for the other direction: `readOnly`, `writeOnly`."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from clausewise.contract.documents import Documents
from clausewise.contract.keywords import IN_PLACE, IN_PLACE_LISTS, Direction
from clausewise.errors import ContractError

# The mark of what is not for a direction.
FOREIGN = {"request": "readOnly", "reply": "writeOnly"}


def foreign_names(
    documents: Documents, node: dict[str, Any], resolver: Any, direction: Direction
) -> frozenset[str]:
    """The members that are marked for the other direction anywhere in a composed object."""
    mark = FOREIGN[direction]
    key = ("marked", id(node), direction)
    if key not in documents.memo:
        names: set[str] = set()
        around = (*IN_PLACE_LISTS, *IN_PLACE)
        for part, base in documents.composing(node, resolver, around):
            if not isinstance(part.get("properties"), dict):
                continue
            with suppress(ContractError):  # told where the members are read
                for name, member, inner in documents.named(part, "properties", base):
                    if name not in names and _is_foreign(documents, member, inner, mark):
                        names.add(name)
        documents.memo[key] = frozenset(names)
    marked: frozenset[str] = documents.memo[key]
    return marked


def _is_foreign(documents: Documents, node: Any, resolver: Any, mark: str) -> bool:
    if not isinstance(node, dict):
        return False
    if "$ref" not in node and "allOf" not in node:
        return node.get(mark) is True
    parts = documents.composing(node, resolver, ("allOf",))
    return any(part.get(mark) is True for part, _ in parts)
