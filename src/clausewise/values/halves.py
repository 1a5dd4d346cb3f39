"""Halves of a promise: a keyword that says several things may be kept in one and not another.

A server that looks only at the `then` of a condition keeps the half of it. So each half is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from typing import Any

from clausewise.contract.compiled import compiled
from clausewise.contract.keywords import CONSTANTS, KEYWORDS, OF_NUMBERS, OF_TEXTS
from clausewise.contract.place import Promise
from clausewise.patterns.halves import halves_of_pattern

# Of one clause, so many halves are broken.
MOST_HALVES = 8
# What says one thing by itself, whatever stands beside it.
_ALONE = OF_NUMBERS | OF_TEXTS | {*CONSTANTS, "type", "minItems", "maxItems", "uniqueItems"}


def halves_of(promises: Iterable[Promise]) -> list[Any]:
    """Validators that say together what these promises of a clause say; none where it is one."""
    # What is said on each condition takes turns, so that none is left out for another.
    groups = [
        group
        for promise in promises
        for group in (
            [[*_of_reference(promise)]] if promise.keyword == "$ref" else _halves(promise)
        )
    ]
    schemas = [one for turn in zip_longest(*groups) for one in turn if one is not None]
    if len(schemas) < 2:
        return []
    return [compiled(schema) for schema in islice(schemas, MOST_HALVES)]


def things_said(schema: Any) -> Iterator[Any]:
    """A schema as several that say one thing each, and together what it says."""
    if not isinstance(schema, dict):
        yield schema
        return
    rest: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "required":
            yield from ({keyword: [name]} for name in value)
        elif keyword == "properties":
            for name, inner in value.items():
                yield from ({keyword: {name: one}} for one in things_said(inner))
        elif keyword == "allOf":
            for inner in value:
                yield from things_said(inner)
        elif keyword in _ALONE:
            yield {keyword: value}
        elif keyword in KEYWORDS and not KEYWORDS[keyword].note:
            rest[keyword] = value
    if rest:
        beside = {key: value for key, value in schema.items() if key in ("properties", "$defs")}
        yield {**rest, **beside}


def _halves(promise: Promise) -> Iterator[list[dict[str, Any]]]:
    """Groups of schemas that each say a part of a promise."""
    rule = promise.rule or {}
    beside = {"$defs": rule["$defs"]} if "$defs" in rule else {}
    value: Any = promise.value
    if promise.keyword == "contains":
        least = {"minContains": rule["minContains"]} if "minContains" in rule else {}
        if rule.get("minContains") != 0:
            yield [{"contains": value, **least, **beside}]
        if "maxContains" in rule:
            most = {"minContains": 0, "maxContains": rule["maxContains"]}
            yield [{"contains": value, **most, **beside}]
    elif promise.keyword == "if":
        for keyword in ("then", "else"):
            if keyword in rule:
                said = things_said(rule[keyword])
                yield [{"if": value, keyword: one, **beside} for one in said]
    elif promise.keyword == "dependentRequired":
        for name, needed in value.items():
            yield [{promise.keyword: {name: [one]}} for one in needed]
    elif promise.keyword == "dependentSchemas":
        for name, inner in value.items():
            yield [{promise.keyword: {name: one}, **beside} for one in things_said(inner)]
    elif promise.keyword == "pattern":
        for one in halves_of_pattern(value):
            yield [{promise.keyword: one}]
    elif promise.keyword == "propertyNames":
        yield [{promise.keyword: one, **beside} for one in things_said(value)]


def _of_reference(promise: Promise) -> Iterator[dict[str, Any]]:
    """Of each kind of thing that the schema behind a `$ref` says one, then what lies deeper.

    A server may look there at what is required alone, or at types, or no deeper than once.
    """
    definitions = (promise.rule or {}).get("$defs", {})
    target = definitions.get(str(promise.value).rpartition("/")[2])
    if not isinstance(target, dict):
        return
    shallow = _shallow(target, definitions)
    kinds: set[str] = set()
    for thing in things_said(shallow):
        kind = _kind_of(thing)
        if kind not in kinds:
            kinds.add(kind)
            yield thing
    if shallow != target:
        yield {"if": shallow, "then": target, "$defs": definitions}


def _shallow(node: Any, definitions: dict[str, Any]) -> Any:
    """A schema without what its references lead to, but for the types of that."""
    if isinstance(node, list):
        return [_shallow(inner, definitions) for inner in node]
    if not isinstance(node, dict):
        return node
    told = {key: _shallow(inner, definitions) for key, inner in node.items() if key != "$ref"}
    if isinstance(node.get("$ref"), str):
        types = _types(definitions.get(node["$ref"].rpartition("/")[2]))
        told.update({"type": types} if types else {})
    return told


def _types(schema: Any) -> list[str]:
    """The types that a schema names, or that its branches do; none where one of them has none."""
    if not isinstance(schema, dict):
        return []
    if "type" in schema:
        told = schema["type"]
        return [told] if isinstance(told, str) else list(told)
    branches = [_types(inner) for key in ("oneOf", "anyOf") for inner in schema.get(key, ())]
    return sorted({kind for one in branches for kind in one}) if all(branches) else []


def _kind_of(thing: Any) -> str:
    """Which kind of thing a schema says that says one."""
    keyword = next(iter(thing), "") if isinstance(thing, dict) else ""
    if keyword != "properties" or len(thing) > 1:
        return str(keyword)
    inner = next(iter(thing["properties"].values()))
    return "type of a member" if isinstance(inner, dict) and "type" in inner else "of a member"
