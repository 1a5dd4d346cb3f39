"""Places of requests, where it matters whether they name things: lists, what is near."""

from __future__ import annotations

from collections.abc import Iterator

from clausewise.contract import Parameter, Place


def is_listed(parameter: Parameter) -> bool:
    """Whether all values of a parameter are known: it names no thing that comes and goes."""
    schema = parameter.message.schema.document
    return "enum" in schema or "const" in schema


def outer(place: Place, depth: int) -> Iterator[Place]:
    """A place and those in it, so many steps deep: a large body has thousands further in."""
    yield place
    for choice in place.choices:
        for branch in choice.branches:
            yield from outer(branch, depth)
    if depth > 0:
        for inner in (*place.members.values(), *([place.items] if place.items else [])):
            yield from outer(inner, depth - 1)
