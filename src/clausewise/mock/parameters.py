"""Reading parameters as their `style` writes them (OpenAPI 3.1, section 4.8.12.2).

Scalars and arrays in path, query and header are read. Objects, cookies, `matrix` and `label` are
not: such a parameter is neither checked nor handed on.

An array may come with its name repeated whatever `explode` says: clients differ about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from starlette.datastructures import Headers, QueryParams

from clausewise.contract import Contract, Operation, Parameter, Place
from clausewise.contract.compiled import compiled
from clausewise.contract.parameters import DELIMITERS
from clausewise.mock.breaches import breaches, in_words
from clausewise.mock.call import Refused
from clausewise.strict_json import NotJSON, parse

# What these headers may say is not a parameter's to describe (OpenAPI 3.1, section 4.8.12.1).
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


class Parameters:
    """The parameters of one operation."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        readers = [
            _Reader(contract, operation.id, parameter)
            for parameter in operation.parameters
            if parameter.style in DELIMITERS and parameter.location != "cookie"
        ]
        self._path = [reader for reader in readers if reader.location == "path"]
        self._query = [reader for reader in readers if reader.location == "query"]
        self._headers = [
            reader
            for reader in readers
            if reader.location == "header" and reader.name.lower() not in _IGNORED_HEADERS
        ]

    def path(self, segments: Mapping[str, str]) -> dict[str, Any]:
        """Read the path parameters, by name. Raises Refused with 400."""
        values: dict[str, Any] = dict(segments)
        for reader in self._path:
            if reader.name in segments:
                values[reader.name] = reader.read([segments[reader.name]])
        return values

    def query(self, query: QueryParams) -> dict[str, Any]:
        """Read the query parameters that were sent, by name. Raises Refused with 400.

        One that is empty where it may be, and where its schema wants something, says nothing.
        """
        return dict(_sent(self._query, query.getlist))

    def check_headers(self, headers: Headers) -> None:
        """Check the documented headers. Raises Refused with 400."""

        def written(name: str) -> list[str]:
            text = field(headers, name)
            return [] if text is None else [text]

        dict(_sent(self._headers, written))


def field(headers: Headers, name: str) -> str | None:
    """Give what a header says, or None. Repeated fields mean one list (RFC 9110, section 5.3)."""
    texts = headers.getlist(name)
    return ", ".join(texts) if texts else None


def _sent(
    readers: Sequence[_Reader], written: Callable[[str], list[str]]
) -> Iterator[tuple[str, Any]]:
    for reader in readers:
        texts = written(reader.name)
        if texts == [""] and reader.says_nothing:
            continue
        if texts:
            yield reader.name, reader.read(texts)
        elif reader.required:
            raise Refused(400, f"the {reader.location} parameter {reader.name} is required")


class _Reader:
    def __init__(self, contract: Contract, operation: str, parameter: Parameter) -> None:
        self.name = parameter.name
        self.location = parameter.location
        self.required = parameter.message.required
        self._contract = contract
        self._operation = operation
        self._place = parameter.message.place
        self._validator = compiled(parameter.message.schema.document)
        self.says_nothing = parameter.allow_empty and not self._validator.is_valid("")
        self._delimiter = DELIMITERS[parameter.style]
        self._repeated = parameter.explode and parameter.location == "query"

    def read(self, written: list[str]) -> Any:
        """Give the first reading of the text that keeps the schema. Raises Refused with 400."""
        for value in self._readings(written):
            if self._validator.is_valid(value):
                return value
        value = next(self._readings(written), written)
        found = breaches(
            self._contract, self._operation, self.location, self._place, value, f"/{self.name}"
        )
        broken = in_words(found) or "it does not keep its schema"
        raise Refused(400, f"the {self.location} parameter {self.name} is wrong: {broken}")

    def _readings(self, written: list[str]) -> Iterator[Any]:
        if len(written) == 1:
            yield from _scalars(self._place, written[0])
        if "array" in self._place.allowed_types:
            parts = written
            if not self._repeated:
                parts = [part for text in written for part in text.split(self._delimiter)]
            yield [self._item(part) for part in parts]

    def _item(self, text: str) -> Any:
        items = self._place.items
        return next(_scalars(items, text), text) if items is not None else text


def _scalars(place: Place, text: str) -> Iterator[Any]:
    """List the scalars that the text can mean here.

    The text itself is one where the schema wants it, or wants nothing else that it can be.
    """
    allowed = place.allowed_types
    if "string" in allowed:
        yield text
    try:
        value = parse(text.encode())
    except NotJSON:
        value = text
    if _type_name(value) in allowed:
        yield value
    elif not allowed & {"string", "array"}:
        yield text


def _type_name(value: Any) -> str | None:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        # Whether a number is an integer is left to the schema.
        return "integer" if isinstance(value, int) or value.is_integer() else "number"
    return None
