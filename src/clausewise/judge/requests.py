"""Reading and judging one request: its values by part, and the clauses that they keep and break.

Whoever plays a contract reads requests by this, and whoever judges traffic: what one of them
refuses, the other one calls unlawful.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from clausewise.contract import Contract, Operation, Parameter, Place
from clausewise.contract.compiled import compiled
from clausewise.contract.parameters import DELIMITERS
from clausewise.judge.breaches import Asker, Breach, first_each
from clausewise.pointer import escape
from clausewise.strict_json import NotJSON, parse

# What these headers may say is not a parameter's to describe (OpenAPI 3.1, section 4.8.12.1).
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})

Headers = Sequence[tuple[str, str]]


class RequestReading(NamedTuple):
    """A request as its contract reads it: the values by part, and what they keep and break.

    `body` is None where none was sent. What breaks a clause stands there as well, as it was read.
    `unexplained` are parts that keep every clause but not their schema: what is wrong with them
    is nothing that a clause says by itself.
    """

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    header: Mapping[str, Any]
    body: Any
    kept: tuple[str, ...]
    broken: tuple[Breach, ...]
    unexplained: tuple[str, ...]

    @property
    def lawful(self) -> bool:
        """Whether the request keeps the contract."""
        return not self.broken and not self.unexplained


class RequestJudge:
    """Reads the requests of one operation. Safe to use from several threads."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._operation = operation
        self._asker = Asker(contract, operation.id)
        self._parameters: dict[str, list[_Parameter]] = {"path": [], "query": [], "header": []}
        for parameter in operation.parameters:
            ignored = parameter.location == "header" and parameter.name.lower() in _IGNORED_HEADERS
            if parameter.style in DELIMITERS and parameter.location != "cookie" and not ignored:
                self._parameters[parameter.location].append(_Parameter(parameter))
        # Compiled once: to look a schema up by its text takes longer than to validate.
        self._body: Any = compiled(operation.body.schema.document) if operation.body else None
        self._rules = [
            (rule.clause(operation.id).id, rule.statement, compiled(rule.body))
            for rule in contract.rules_of(operation.id)
            if rule.body is not None
        ]

    def read(
        self, path: Mapping[str, str], query: str, headers: Headers, content: bytes | None
    ) -> RequestReading:
        """Read a request: decoded path values, the query of its URL, headers, and the body."""
        pairs = {
            "path": list(path.items()),
            "query": parse_qsl(query, keep_blank_values=True),
            "header": _fields(headers),
        }
        reader = _Reader(self._operation, self._asker)
        values = {
            location: reader.located(location, parameters, pairs[location])
            for location, parameters in self._parameters.items()
        }
        body = reader.read_body(self._body, dict(pairs["header"]).get("content-type"), content)
        if body is not None:
            reader.apply_rules(self._rules, body)
        broken = first_each(reader.broken)
        never = {breach.clause for breach in broken}
        return RequestReading(
            {**path, **values["path"]},
            values["query"],
            values["header"],
            body,
            tuple(clause for clause in dict.fromkeys(reader.kept) if clause not in never),
            broken,
            tuple(reader.unexplained),
        )


class _Reader:
    """Reads one request."""

    def __init__(self, operation: Operation, asker: Asker) -> None:
        self.kept: list[str] = []
        self.broken: list[Breach] = []
        self.unexplained: list[str] = []
        self._operation = operation
        self._asker = asker

    def located(
        self, location: str, parameters: Iterable[_Parameter], pairs: Iterable[tuple[str, str]]
    ) -> dict[str, Any]:
        """The values of the documented parameters of one location that were sent, by name."""
        texts: dict[str, list[str]] = {}
        for name, text in pairs:
            texts.setdefault(name, []).append(text)
        values: dict[str, Any] = {}
        for parameter in parameters:
            name = parameter.name.lower() if location == "header" else parameter.name
            written = texts.get(name, [])
            at = f"/{escape(parameter.name)}"
            required = self._asker.id(location, at, "required")
            if written == [""] and parameter.says_nothing:
                continue
            if not written:
                if parameter.required and location != "path":
                    self.broken.append(Breach(required, "it is missing", None, at))
                continue
            if parameter.required:
                self.kept.append(required)
            value = values[parameter.name] = parameter.read(written)
            before = len(self.broken)
            self._asker.ask(location, parameter.place, value, self.kept, self.broken, at)
            if len(self.broken) == before and not parameter.accepts(value):
                self.unexplained.append(f"the {location} parameter {parameter.name}")
        return values

    def read_body(self, validator: Any, content_type: str | None, content: bytes | None) -> Any:
        """The body as JSON; None where there is none, or none that can be read."""
        message, prefix = self._operation.body, f"{self._operation.id}:request"
        if message is None:
            return None
        if content_type is not None or content:
            # JSON has no parameters of Content-Type (RFC 8259, section 11): they say nothing.
            media_type = (content_type or "").partition(";")[0].strip().lower()
            if media_type not in message.media_types:
                text = f"it is {media_type}" if media_type else "there is no Content-Type"
                self.broken.append(Breach(f"{prefix}:media-type", text, media_type or None))
                return None
            self.kept.append(f"{prefix}:media-type")
        if not content:
            if message.required:
                self.broken.append(Breach(f"{prefix}:required", "there is no body"))
            return None
        if message.required:
            self.kept.append(f"{prefix}:required")
        try:
            body = _parsed(content)
        except NotJSON as problem:
            self.broken.append(Breach(f"{prefix}:json", f"{problem}"))
            return None
        self.kept.append(f"{prefix}:json")
        before = len(self.broken)
        self._asker.ask(message.part, message.place, body, self.kept, self.broken)
        if len(self.broken) == before and not validator.is_valid(body):
            self.unexplained.append("the body")
        return body

    def apply_rules(self, rules: Iterable[tuple[str, str, Any]], body: Any) -> None:
        """Ask the rules about bodies; what breaks its schema is no body that they are about."""
        if any(
            breach.clause.startswith(f"{self._operation.id}:request#") for breach in self.broken
        ):
            return
        for clause, statement, validator in rules:
            if validator.is_valid(body):
                self.kept.append(clause)
            else:
                self.broken.append(Breach(clause, statement))


class _Parameter:
    """A parameter as its `style` writes it. Its own types decide between several readings.

    Scalars and arrays are read. An array may come with its name repeated whatever `explode` says:
    clients differ about it.
    """

    def __init__(self, parameter: Parameter) -> None:
        self.name = parameter.name
        self.required = parameter.message.required
        self.place = parameter.message.place
        self._validator = compiled(parameter.message.schema.document)
        self.says_nothing = parameter.allow_empty and not self._validator.is_valid("")
        self._delimiter = DELIMITERS[parameter.style]
        self._repeated = parameter.explode and parameter.location == "query"

    def accepts(self, value: Any) -> bool:
        """Whether a value keeps the whole schema."""
        return bool(self._validator.is_valid(value))

    def read(self, written: list[str]) -> Any:
        """The first reading of the texts that keeps the schema, else the first reading."""
        readings = list(self._readings(written))
        lawful = (value for value in readings if self.accepts(value))
        return next(lawful, next(iter(readings), written))

    def _readings(self, written: list[str]) -> Iterator[Any]:
        if len(written) == 1:
            yield from _scalars(self.place, written[0])
        if "array" in self.place.allowed_types:
            parts = written
            if not self._repeated:
                parts = [part for text in written for part in text.split(self._delimiter)]
            yield [self._item(part) for part in parts]

    def _item(self, text: str) -> Any:
        items = self.place.items
        return next(_scalars(items, text), text) if items is not None else text


def _scalars(place: Place, text: str) -> Iterator[Any]:
    """The scalars that a text can mean here.

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


def _fields(headers: Headers) -> list[tuple[str, str]]:
    """Headers by name in lower case; repeated fields mean one list (RFC 9110, section 5.3)."""
    texts: dict[str, list[str]] = {}
    for name, text in headers:
        texts.setdefault(name.lower(), []).append(text)
    return [(name, ", ".join(listed)) for name, listed in texts.items()]


def _parsed(content: bytes) -> Any:
    """A body as JSON. Raises NotJSON."""
    body = parse(content)
    if b"\\ud" in content or b"\\uD" in content:
        # Half a surrogate pair passes the grammar but is no text (RFC 8259, section 8.2), and
        # neither validators nor an encoder take it.
        try:
            json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise NotJSON("half a surrogate pair") from None
    return body
