"""Parameters beside each other: the query that they make, and whose a name and text in it are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote

from clausewise.contract.parameters import Pair, Parameter
from clausewise.contract.scalars import member_names
from clausewise.pointer import ABSENT


def query_text(parameters: Iterable[Parameter], values: dict[str, Any]) -> str | None:
    """The query of a URL, percent-encoded (RFC 3986); None where a value has no written form.

    Commas between items stay as they are, those inside of items are encoded. Spaces and bars are
    not allowed in a URL as they are.
    """
    by_name = {p.name: p for p in parameters}
    parts: list[str] = []
    for name, value in values.items():
        pairs = by_name[name].written(value) if name in by_name else None
        if pairs is None:
            return None
        # One text for all items has no comma inside of an item.
        together = isinstance(value, list | dict) and not by_name[name].explode
        kept = "," if together and by_name[name].style == "form" else ""
        if by_name[name].is_whole:
            parts += [quote(key, safe="") for key, _ in pairs]
            continue
        parts += [f"{quote(key, safe='')}={quote(text, safe=kept)}" for key, text in pairs]
    return "&".join(parts)


def own_pairs(
    parameters: Sequence[Parameter], pairs: list[Pair]
) -> Iterator[tuple[Parameter, list[Pair]]]:
    """Each parameter with the names and texts that may be its own.

    Of an object that takes any name, they are those that no other parameter claims.
    """
    for parameter in parameters:
        if not parameter.has_free_names:
            yield parameter, pairs
            continue
        others = [other for other in parameters if other is not parameter]
        yield parameter, [p for p in pairs if not any(claims(other, p[0]) for other in others)]


def read_declared(parameters: Sequence[Parameter], pairs: list[Pair]) -> dict[str, Any]:
    """The values of parameters as a server reads them, by name."""
    read = (
        (parameter.name, parameter.read(own)) for parameter, own in own_pairs(parameters, pairs)
    )
    return {name: value for name, value in read if value is not ABSENT}


def read_pairs(parameters: Sequence[Parameter], pairs: list[Pair]) -> dict[str, Any]:
    """The values of parameters as a server reads them, by name; of other names, the first text."""
    values: dict[str, Any] = {}
    claimed: set[str] = set()
    for parameter, own in own_pairs(parameters, pairs):
        value = parameter.read(own)
        if value is not ABSENT:
            values[parameter.name] = value
            free = parameter.has_free_names
            claimed |= {name for name, _ in own if free or claims(parameter, name)}
    for name, text in pairs:
        if name not in claimed:
            values.setdefault(name, text)
    return values


def claims(parameter: Parameter, name: str) -> bool:
    """Whether what is written under a name belongs to a parameter."""
    if parameter.is_whole:
        return True
    if name == parameter.name or name.startswith(f"{parameter.name}["):
        return True
    if parameter.location == "header":
        return name.lower() == parameter.name.lower()
    return parameter.explode and name in member_names(parameter.place)


def read_query(parameters: Iterable[Parameter], text: str) -> dict[str, Any]:
    """The values of a query as a server reads them, by name."""
    listed = [p for p in parameters if p.location == "query"]
    return read_pairs(listed, parse_qsl(text, keep_blank_values=True))
