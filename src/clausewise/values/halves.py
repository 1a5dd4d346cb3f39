"""Halves of a promise: a keyword that says several things may be kept in one and not another.

A server that looks only at the `then` of a condition keeps the half of it. So each half is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from clausewise.contract.compiled import compiled
from clausewise.contract.place import Promise

# Of one clause, so many halves are broken.
MOST_HALVES = 6


def halves_of(promises: Iterable[Promise]) -> list[Any]:
    """Validators that say together what these promises of a clause say; none where it is one."""
    schemas = [schema for promise in promises for schema in _halves(promise)]
    if len(schemas) < 2:
        return []
    return [compiled(schema) for schema in islice(schemas, MOST_HALVES)]


def _halves(promise: Promise) -> Iterator[dict[str, Any]]:
    rule = promise.rule or {}
    beside = {"$defs": rule["$defs"]} if "$defs" in rule else {}
    value: Any = promise.value
    if promise.keyword == "contains":
        least = {"minContains": rule["minContains"]} if "minContains" in rule else {}
        if rule.get("minContains") != 0:
            yield {"contains": value, **least, **beside}
        if "maxContains" in rule:
            most = {"minContains": 0, "maxContains": rule["maxContains"]}
            yield {"contains": value, **most, **beside}
    elif promise.keyword == "if":
        for keyword in ("then", "else"):
            if keyword in rule:
                yield {"if": value, keyword: rule[keyword], **beside}
    elif promise.keyword == "dependentRequired":
        for name, needed in value.items():
            yield from ({promise.keyword: {name: [one]}} for one in needed)
    elif promise.keyword == "dependentSchemas":
        yield from ({promise.keyword: {name: inner}, **beside} for name, inner in value.items())
