"""The places of a contract that hold secrets, and the values that stand in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from clausewise.contract import Contract, Parameter
from clausewise.contract.place import Place
from clausewise.pointer import ABSENT, unescape
from clausewise.strict_json import is_number


def spoken(value: Any) -> str:
    """A value as the text that it may stand as."""
    return value if isinstance(value, str) else json.dumps(value)


def all_scalars(node: Any) -> Iterator[Any]:
    """The texts and numbers within a value of JSON."""
    if isinstance(node, Mapping):
        for inner in node.values():
            yield from all_scalars(inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from all_scalars(inner)
    elif isinstance(node, str) or is_number(node):
        yield node


class SecretPlaces:
    """The places of a contract that hold secrets, by the names of members and parameters.

    A name is enough: a server may put what it was sent anywhere. One that honest places have too
    counts only below the same parent.
    """

    def __init__(self, contract: Contract) -> None:
        self.documented: set[str] = set()
        secret, honest = _named_places(contract, self.documented)
        others = {name for _, name in honest - secret}
        self._pairs = secret
        self._members = {name for _, name in secret} - others
        self.path: set[str] = set()
        self.query: set[str] = set()
        self.headers: set[str] = set()
        for operation in contract.operations.values():
            for parameter in operation.parameters:
                items = parameter.message.place.items
                if parameter.message.place.is_secret or (items and items.is_secret):
                    self._add(parameter)
            for scheme in operation.schemes:
                if scheme.place == "query":
                    self.query.add(scheme.parameter)
                elif scheme.place == "header":
                    self.headers.add(scheme.parameter.lower())
        self._sought = [json.dumps(name)[1:-1].encode() for _, name in self._pairs]
        self.pattern = _pattern(self._members)

    def _add(self, parameter: Parameter) -> None:
        """Take note of a parameter that holds secrets, and of what the document shows of it."""
        self.documented |= _documented(parameter.message.place)
        if parameter.example is not ABSENT:
            self.documented.add(spoken(parameter.example))
        if parameter.location == "header":
            self.headers.add(parameter.name.lower())
        elif parameter.location in ("path", "query"):
            (self.path if parameter.location == "path" else self.query).add(parameter.name)

    def is_secret(self, parent: str, name: str) -> bool:
        """Whether a member holds a secret."""
        return name in self._members or (parent, name) in self._pairs

    def occur_in(self, content: bytes) -> bool:
        """Whether any of the names may stand in a body."""
        return any(name in content for name in self._sought) or b"\\u" in content

    def values(self, node: Any, parent: str = "") -> Iterator[Any]:
        """The secrets in a body."""
        if isinstance(node, Mapping):
            for name, inner in node.items():
                if self.is_secret(parent, name):
                    yield from all_scalars(inner)
                else:
                    yield from self.values(inner, name)
        elif isinstance(node, list | tuple):
            for inner in node:
                yield from self.values(inner, parent)


def _pattern(names: set[str]) -> re.Pattern[str] | None:
    """A member with its value, in JSON or in the words of Python; the value may be cut off."""
    if not names:
        return None
    one = "|".join(sorted((re.escape(name) for name in names), key=len, reverse=True))
    string = r""""(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)"""
    return re.compile(rf"""((["'])(?:{one})\2\s*:\s*)({string}|-?\d[\d.eE+-]*)""", re.DOTALL)


def _documented(place: Place) -> set[str]:
    """The values that a schema itself shows at a place."""
    found: list[Any] = []
    for body in (place.schema, *place.schema.get("allOf", ())):
        found += [body[name] for name in ("example", "default", "const") if name in body]
        for name in ("examples", "enum"):
            found += body[name] if isinstance(body.get(name), list) else []
    return {spoken(value) for value in all_scalars(found)}


def _named_places(
    contract: Contract, documented: set[str]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Parent and name of every place that holds secrets, and of every other one.

    What schemas show at the first ones is added to `documented`.
    """
    secret: set[tuple[str, str]] = set()
    honest: set[tuple[str, str]] = set()
    for operation in contract.operations.values():
        contents = [*operation.contents]
        for reply in operation.replies.values():
            contents += reply.contents
        places: list[Place] = [content.message.place for content in contents]
        for place in places:
            walked = [(inner.pointer, inner) for inner in place.walk()]
            hidden = {at for at, inner in walked if inner.is_secret}
            for at, inner in walked:
                pair = _named(at)
                if at in hidden:
                    secret.add(pair)
                    documented |= _documented(inner)
                elif not any(at.startswith(f"{above}/") for above in hidden):
                    honest.add(pair)
    secret.discard(("", ""))
    # An array of secrets is a place like any other, and so is its name.
    return secret, honest - secret


def _named(pointer: str) -> tuple[str, str]:
    """The last two names of a pointer; items have that of their array."""
    steps = [step for step in pointer.split("/")[1:] if step != "*" and not step.isdigit()]
    *_, parent, name = "", "", *map(unescape, steps)
    return parent, name
