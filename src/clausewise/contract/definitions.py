"""Schemas that are not laid out where they are referred to: each is written down once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from clausewise.contract.documents import Documents
from clausewise.contract.keywords import Direction
from clausewise.contract.surroundings import Surroundings


class Definition(Struct):
    """A schema that has a name, and where it stands."""

    name: str
    direction: Direction
    node: dict[str, Any]
    around: Surroundings
    # Made when it is first needed, with the names of the others that it refers to.
    document: dict[str, Any] | None = None
    used: frozenset[str] = frozenset()


class Definitions:
    """Schemas that are not laid out where they are referred to, each made once."""

    def __init__(self) -> None:
        self._by_key: dict[Any, Definition] = {}
        self._by_name: dict[str, Definition] = {}
        self._around: dict[frozenset[str], dict[str, Any]] = {}

    @classmethod
    def of(cls, documents: Documents) -> Definitions:
        """Those of these documents."""
        if "definitions" not in documents.memo:
            documents.memo["definitions"] = cls()
        found: Definitions = documents.memo["definitions"]
        return found

    def name(
        self, key: Any, direction: Direction, node: dict[str, Any], around: Surroundings
    ) -> str:
        """The name of a schema, which may be new."""
        if key not in self._by_key:
            inner = Surroundings(
                around.resolver, node, around.foreign, None, 0, 0, needed=False, scope=around.scope
            )
            made = Definition(f"schema{len(self._by_key) + 1}", direction, node, inner)
            self._by_key[key] = self._by_name[made.name] = made
        return self._by_key[key].name

    def around(
        self,
        names: Iterable[str],
        expand: Callable[[Definition], tuple[dict[str, Any], frozenset[str]]],
    ) -> dict[str, Any]:
        """The schemas of these names, and all that they refer to.

        `expand` lays one out, and says which others it refers to; it is asked once for each.
        """
        key = frozenset(names)
        if key not in self._around:
            found: dict[str, Any] = {}
            open_ = sorted(key)
            while open_:
                name = open_.pop()
                if name not in found:
                    one = self._by_name[name]
                    if one.document is None:
                        one.document, one.used = expand(one)
                    found[name] = one.document
                    open_ += sorted(one.used)
            self._around[key] = found
        return self._around[key]
