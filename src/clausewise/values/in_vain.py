"""Values that break a clause in vain: where they stand, something beside the clause refuses them.

What a schema says of a value is made of what its parts say. So where every schema that a clause
stands in refuses a value with the clause and without it, no message with that value is refused for
the clause alone. To ask this of one small value costs a hundredth of asking a whole message.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clausewise.contract.schemas import Schema
from clausewise.pointer import look

# Keywords whose schemas look at the same value: some have a list of them.
_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
_SAME = frozenset({"if", "then", "else", "not"})
# Keywords with schemas by name.
_BY_NAME = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})


class InVain:
    """Tells the values that break the keywords at some sites of a schema in vain."""

    def __init__(self, schema: Schema, sites: Iterable[str]) -> None:
        definitions = schema.document.get("$defs")
        inner: dict[str, list[str]] = {}
        for site in sites:
            around = _around(site)
            inner.setdefault(around, []).append(site.removeprefix(around))
        # Each schema of a value that the sites stand in, with and without them.
        self._pairs: list[tuple[Schema, Schema]] = []
        for around, below in inner.items():
            holder = look(schema.document, around)
            whole = Schema(holder if definitions is None else {**holder, "$defs": definitions})
            self._pairs.append((whole, whole.loosened(sorted(below))))

    def is_broken(self, value: Any) -> bool:
        """Whether what stands beside the sites refuses a value as well."""
        return all(
            not whole.accepts(value) and not relaxed.accepts(value)
            for whole, relaxed in self._pairs
        )


def _around(site: str) -> str:
    """The outermost schema of the same value that a keyword stands in, by its pointer."""
    steps = site.split("/")[1:-1]
    outermost = position = 0
    while position < len(steps):
        step = steps[position]
        position += 2 if step in _LISTS or step in _BY_NAME or step == "prefixItems" else 1
        if step not in _LISTS and step not in _SAME:
            outermost = position
    return "".join(f"/{step}" for step in steps[:outermost])
