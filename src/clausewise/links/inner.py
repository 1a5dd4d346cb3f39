"""Inner things: what only the things around them show, such as the lines of orders.

Where `/orders/{}/lines/{}` is all that a document has of lines, the replies that show orders show
them too: each in a list of its order that is called like them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clausewise.contract import Operation
from clausewise.exchange import Exchange
from clausewise.links.catalogue import Catalogue
from clausewise.links.items import in_body, items_of, scalars
from clausewise.links.names import as_read
from clausewise.links.needs import fits
from clausewise.links.nouns import noun_of
from clausewise.links.seen import MOST_LISTED, Instance, named_in_path, path_values
from clausewise.pointer import escape

_DEPTH = 3


def shown_within(
    catalogue: Catalogue, operation: Operation, exchange: Exchange, made: Instance | None
) -> list[Instance]:
    """The first inner things of what an accepted reply shows; `made` is what the request made."""
    response = exchange.response
    if response is None or response.not_json is not None:
        return []
    return [
        thing
        for outer, context, at, item in _around(catalogue, operation, exchange, made)
        for path in catalogue.inner.get(outer, ())
        for thing in _in(path, operation, context, item, at, made is not None)
    ]


def _around(
    catalogue: Catalogue, operation: Operation, exchange: Exchange, made: Instance | None
) -> Iterator[tuple[str, tuple[str, ...], str, Any]]:
    """The things that a reply shows: collection, the path values that name it, pointer, value."""
    body = exchange.json_or_none
    path = catalogue.path_of(operation)
    listed = catalogue.listed_by(operation.id)
    if made is not None and made.collection in catalogue.inner:
        name = _name(catalogue, made)
        if name is not None:
            yield made.collection, (*made.context, name), "", body
    elif operation.method == "GET" and path.endswith("/{}"):
        yield path.removesuffix("/{}"), path_values(operation, exchange), "", body
    elif listed is not None and listed.path in catalogue.inner:
        at, items = items_of(body, listed.noun) or ("", [])
        for item in items[:MOST_LISTED]:
            thing = Instance(listed.path, operation.id, in_body(scalars(item, "")))
            name = _name(catalogue, thing)
            if name is not None:
                yield listed.path, (*path_values(operation, exchange), name), f"{at}/*", item


def _name(catalogue: Catalogue, thing: Instance) -> str | None:
    """What a thing is likely to be called in paths."""
    known = named_in_path(catalogue, thing)
    return next((str(value) for need, value in known if fits(need, as_read(need, value))), None)


def _in(
    path: str, operation: Operation, context: tuple[str, ...], thing: Any, at: str, made: bool
) -> Iterator[Instance]:
    """The things of an inner collection that one thing shows."""
    noun = noun_of(path.rpartition("/")[2])
    for pointer, items in _lists(thing, noun, at, 0):
        for item in items[:MOST_LISTED]:
            names = in_body(scalars(item, noun), f"{pointer}/*")
            if names:
                yield Instance(path, operation.id, names, context, made, within=True)


def _lists(value: Any, noun: str, at: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    """The lists in a thing that are called like a noun, with their pointers."""
    if not isinstance(value, dict) or depth > _DEPTH:
        return
    for name, inner in value.items():
        if isinstance(inner, list) and noun_of(name) == noun:
            yield f"{at}/{escape(name)}", inner
        elif isinstance(inner, dict):
            yield from _lists(inner, noun, f"{at}/{escape(name)}", depth + 1)
