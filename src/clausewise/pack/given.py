"""Values that the user gives: for one place of one operation's requests, or of all that have it.

    --set [OPERATION:]PART#POINTER=VALUE

and `values:` of clausewise.yaml, with the same keys. A bare NAME is a path parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from clausewise.contract import Contract, Operation, Place
from clausewise.errors import UsageError
from clausewise.pointer import escape, steps_of
from clausewise.strict_json import is_number, value_or_text

PARTS = ("path", "query", "header", "cookie", "request")


class GivenValue(Struct, frozen=True):
    """One value for one place; `operation` None means every operation that has the place."""

    operation: str | None
    part: str
    pointer: str
    value: Any

    def is_for(self, operation: str) -> bool:
        """Whether it is used in the requests of an operation."""
        return self.operation in (None, operation)

    @property
    def name(self) -> str:
        """The first step of the pointer: the name of a parameter."""
        return steps_of(self.pointer)[0]


def read_given(contract: Contract, key: str, value: Any, where: str) -> GivenValue:
    """Read one given value; a text is taken as the place's schema has it.

    Raises UsageError for a place that no operation has. The value may be a secret: it is not
    repeated.
    """
    if "#" not in key:
        key = f"path#/{key}"
    head, _, pointer = key.partition("#")
    name, _, part = head.rpartition(":")
    operation = unquote(name) or None
    if part not in PARTS or not pointer.startswith("/"):
        raise UsageError(
            f"{where}: {key!r} is no place; one is [OPERATION:]PART#/POINTER, and PART is "
            f"{', '.join(PARTS)}"
        )
    if operation is not None and operation not in contract.operations:
        raise UsageError(f"{where}: no operation {operation!r} in the contract")
    operations = [contract.operations[operation]] if operation else contract.operations.values()
    places = [place for one in operations for place in _places(one, part, pointer)]
    if not places:
        known = sorted({at for one in operations for at in _known(one, part)})
        there = f"; there are: {', '.join(known[:20])}" if known else ""
        raise UsageError(f"{where}: no request has a {part}#{pointer}{there}")
    return GivenValue(operation, part, pointer, _typed(places[0], value))


def _places(operation: Operation, part: str, pointer: str) -> Iterator[Place]:
    for around, place in _all(operation, part):
        if f"{around}{place.pointer}" == pointer:
            yield place


def _known(operation: Operation, part: str) -> Iterator[str]:
    for around, place in _all(operation, part):
        if around or place.pointer:
            yield f"{around}{place.pointer}"


def _all(operation: Operation, part: str) -> Iterator[tuple[str, Place]]:
    """The places of a part, with what stands before their own pointers."""
    if part == "request":
        if operation.body is not None:
            yield from (("", place) for place in operation.body.place.walk())
        return
    for parameter in operation.located(part):
        around = f"/{escape(parameter.name)}"
        yield from ((around, place) for place in parameter.message.place.walk())


def _typed(place: Place, value: Any) -> Any:
    """A value as the place has it: a text stays one where texts are allowed, else it is JSON."""
    allowed = place.allowed_types
    if not isinstance(value, str):
        return json.dumps(value) if is_number(value) and allowed == {"string"} else value
    return value if "string" in allowed else value_or_text(value)
