"""Queries of recorded URLs: the same one comes again and again, and several rules ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from clausewise.contract import Operation
from clausewise.contract.parameter_pairs import read_query

# Different queries that are remembered.
_MOST_QUERIES = 4_096
NO_VALUES: Mapping[str, Any] = MappingProxyType({})


class Queries:
    """Reads the queries of one contract's operations, each text once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Mapping[str, Any]] = {}

    def read(self, operation: Operation, query: str) -> Mapping[str, Any]:
        """The values of a query by name; not to be changed."""
        if not query:
            return NO_VALUES
        key = operation.id, query
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_QUERIES:
                self._known.clear()
            values = read_query(operation.parameters, query)
            known = self._known[key] = MappingProxyType(values)
        return known
