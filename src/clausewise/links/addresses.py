"""Addresses: URLs in replies that lead to a thing, and the name of it that stands in them.

`Location` is one (RFC 9110, section 10.2.2); members such as `href`, `self` or `_links/self/href`
are others. What stands in the place of the path parameter NAME goes by `…#path.NAME`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clausewise.contract import Operation
from clausewise.contract.path_templates import path_names
from clausewise.contract.runtime import in_url
from clausewise.exchange import Exchange
from clausewise.links.catalogue import Catalogue
from clausewise.links.needs import Collection
from clausewise.links.nouns import noun_of
from clausewise.pointer import ABSENT, escape

LOCATION = "$response.header.Location#path"
# What parts an address from the name of the path parameter in it.
OF_PATH = "#path."
# Members that have the address of the thing itself, and those that such ones stand in.
_ADDRESSES = frozenset(
    {"@id", "href", "location", "resource_uri", "self", "self_link", "selflink", "uri", "url"}
)
_AROUND = frozenset({"_links", "attributes", "data", "links", "meta", "result", "self"})
_DEPTH = 3


def located(
    catalogue: Catalogue, collection: Collection, exchange: Exchange
) -> Iterator[tuple[str, Any]]:
    """What `Location` says stands in the place of the last path parameter."""
    for operation in catalogue.things_at(collection.path)[:1]:
        name = path_names(operation.path)[-1]
        value = in_location(exchange, name, operation)
        if value is not ABSENT:
            yield f"{LOCATION}.{name}", value


def in_location(exchange: Exchange, name: str, operation: Operation) -> Any:
    """What stands in the place of a path parameter in `Location`; or ABSENT."""
    response = exchange.response
    place = response.header("location") if response is not None else None
    return in_url(place, name, [operation]) if place else ABSENT


def linked(catalogue: Catalogue, collection: Collection, thing: Any) -> Iterator[tuple[str, Any]]:
    """What the addresses within a thing say stands there: pointer and value."""
    for operation in catalogue.things_at(collection.path)[:1]:
        name = path_names(operation.path)[-1]
        for pointer, text in _addresses(thing, collection.noun):
            value = in_url(text, name, [operation])
            if value is not ABSENT:
                yield f"{pointer}{OF_PATH}{name}", value


def _addresses(value: Any, noun: str, at: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict) or depth > _DEPTH:
        return
    for name, inner in value.items():
        where = f"{at}/{escape(name)}"
        if isinstance(inner, str) and name.lower() in _ADDRESSES and "/" in inner:
            yield where, inner
        elif name.lower() in _AROUND or (noun and noun_of(name) == noun):
            yield from _addresses(inner, noun, where, depth + 1)
