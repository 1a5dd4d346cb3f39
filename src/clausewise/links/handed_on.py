"""What the links of a document hand on: values of replies, and the parameters that take them.

OpenAPI 3.1, section 4.8.20.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from clausewise.contract import Contract, Operation
from clausewise.contract.parameters import LOCATIONS
from clausewise.pointer import steps_of


class LinkedValue(Struct, frozen=True):
    """One value that an OpenAPI link hands on: where from, by which expression, and where to."""

    source: str
    status: str
    expression: Any
    operation: str
    part: str
    name: str


def handed_on(contract: Contract) -> Iterator[LinkedValue]:
    """What the links of a document hand on."""
    for operation in contract.operations.values():
        for status, links in operation.links.items():
            for link in links.values():
                target = _target(contract, link) if isinstance(link, dict) else None
                if target is not None:
                    for taken in _taken_by(target, link):
                        yield LinkedValue(operation.id, status, *taken)


def _taken_by(target: Operation, link: dict[str, Any]) -> Iterator[tuple[Any, str, str, str]]:
    """Each expression that a link hands on to a parameter of its target, and which one that is."""
    parameters = link.get("parameters")
    for key, expression in parameters.items() if isinstance(parameters, dict) else ():
        part, dot, name = str(key).partition(".")
        if not dot or part not in LOCATIONS:
            part, name = "", str(key)
        for parameter in target.parameters:
            if parameter.name == name and part in ("", parameter.location):
                yield expression, target.id, parameter.location, name


def _target(contract: Contract, link: dict[str, Any]) -> Operation | None:
    """The operation that a link leads to, by its id or by its place in this document."""
    if "operationId" in link:
        return contract.operations.get(str(link["operationId"]))
    steps = steps_of(str(link.get("operationRef", "")).removeprefix("#"))
    if len(steps) != 3 or steps[0] != "paths":
        return None
    operations = contract.operations.values()
    wanted = steps[1], steps[2].upper()
    return next((o for o in operations if (o.path, o.method) == wanted), None)
