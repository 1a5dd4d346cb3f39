"""Reading and judging one request: its values by part, and the clauses that they keep and break.

Whoever plays a contract reads requests by this, and whoever judges traffic: what one of them
refuses, the other one calls unlawful.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from msgspec import Struct

from clausewise.contract import Content, Contract, Operation, Parameter
from clausewise.contract.codecs import Unreadable, codec_for, is_xml
from clausewise.contract.compiled import compiled
from clausewise.contract.message import MessagePart
from clausewise.contract.parameter_pairs import own_pairs
from clausewise.contract.parameters import DELIMITERS, LOCATIONS, Pair
from clausewise.contract.requests import object_of
from clausewise.contract.scalars import kinds_of
from clausewise.judge.breaches import Answers, Asker, Breach, first_each
from clausewise.judge.masked import masked_within, within_headers
from clausewise.pointer import ABSENT, escape, steps_of
from clausewise.strict_json import NotJSON, parse

Headers = Sequence[tuple[str, str]]


class Known(NamedTuple):
    """How much of a request is known: all its headers, its content, and which values are masked."""

    headers: bool = True
    content: bool = True
    masked: tuple[str, ...] = ()


ALL_KNOWN = Known()


class RequestReading(Struct, frozen=True):
    """A request as its contract reads it: the values by part, and what they keep and break.

    `body` is ABSENT where none was sent, or none that can be read. Values that break a clause are
    there as well. `unexplained` are parts that keep every clause but not their schema: what is
    wrong with them is nothing that a clause says by itself.
    """

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    header: Mapping[str, Any]
    cookie: Mapping[str, Any]
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
        self.parts = {
            location: MessagePart(location, object_of(operation.located(location)))
            for location in LOCATIONS
            if operation.located(location)
        }
        declared = {parameter.name for parameter in operation.located("query")}
        carrying = {one.parameter for one in operation.schemes if one.place == "query"}
        # What carries a credential is no parameter's.
        self._keys = carrying - declared
        self._rules = [
            (rule.clause(operation.id).id, rule.statement, compiled(rule.body))
            for rule in contract.rules_of(operation.id)
            if rule.body is not None
        ]

    def keeps_path(self, path: Mapping[str, str]) -> bool:
        """Whether decoded path values, all of them known, keep the whole schema of the path."""
        message = self.parts.get("path")
        if message is None:
            return True
        declared = self._operation.located("path")
        return message.accepts(dict(_values(declared, list(path.items()))))

    def read(
        self,
        path: Mapping[str, str],
        query: str,
        headers: Headers,
        content: bytes | None,
        known: Known = ALL_KNOWN,
    ) -> RequestReading:
        """Read a request: decoded path values, the query of its URL, headers, and the body.

        `known` says how much of a recorded one that is. What is not known breaks nothing.
        """
        fields = _fields(headers)
        read = parse_qsl(query, keep_blank_values=True)
        pairs = {
            "path": list(path.items()),
            "query": [pair for pair in read if pair[0] not in self._keys],
            "header": fields,
            "cookie": _cookies(dict(fields).get("cookie", "")),
        }
        answers, unexplained = Answers(), list[str]()
        values: dict[str, dict[str, Any]] = {location: {} for location in LOCATIONS}
        for location, message in self.parts.items():
            declared = self._operation.located(location)
            values[location] = dict(_values(declared, pairs[location]))
            masked = masked_within(location, known.masked)
            if location == "header" and known.masked:
                masked = within_headers(known.masked, (one.name for one in declared))
            if location in ("header", "cookie") and not known.headers:
                absent = (one.name for one in declared if one.name not in values[location])
                masked += tuple(f"/{escape(name)}" for name in absent)
            self._ask(message, values[location], answers, unexplained, masked)
        sent = dict(fields).get("content-type")
        body = self._read_body(sent, content or b"", answers, unexplained, known)
        broken = first_each(answers.broken)
        never = {breach.clause for breach in broken}
        return RequestReading(
            **values,
            body=body,
            kept=tuple(
                clause
                for clause in dict.fromkeys(answers.kept)
                if clause in self._asker.clauses and clause not in never
            ),
            broken=broken,
            unexplained=tuple(unexplained),
        )

    def _ask(
        self,
        message: MessagePart,
        value: Any,
        answers: Answers,
        unexplained: list[str],
        masked: tuple[str, ...] = (),
    ) -> None:
        before = len(answers.broken)
        self._asker.ask(message, value, answers, masked)
        if masked or len(answers.broken) > before or message.accepts(value):
            return
        error = next(iter(message.validator.iter_errors(value)))
        if message.part in LOCATIONS:
            name = next((str(step) for step in error.instance_path), "")
            unexplained.append(f"the {message.part} parameter {name}")
        else:
            unexplained.append("the body")

    def _read_body(
        self, sent: str | None, raw: bytes, answers: Answers, unexplained: list[str], known: Known
    ) -> Any:
        operation, prefix = self._operation, f"{self._operation.id}:request"
        if not operation.contents:
            return ABSENT
        content: Content | None = None
        if sent is None and not known.headers:
            # Of several types nobody knows which one it was.
            content = operation.contents[0] if len(operation.contents) == 1 else None
            if content is None:
                return ABSENT
        elif sent is not None or raw:
            content = operation.content_for(sent)
            if content is None:
                text = f"it is {sent}" if sent else "there is no Content-Type"
                answers.broken.append(Breach(f"{prefix}:media-type", text, sent))
                return ABSENT
            answers.kept.append(f"{prefix}:media-type")
        if not known.content:
            return ABSENT
        if content is None or not raw:
            if operation.body_required:
                answers.broken.append(Breach(f"{prefix}:required", "there is no body"))
            return ABSENT
        answers.kept.append(f"{prefix}:required")
        codec = codec_for(content) if content.unread is None else None
        if codec is None or is_xml(content.media_range):
            return ABSENT
        try:
            body = codec.decode(raw)
        except Unreadable as problem:
            if content.is_json:
                answers.broken.append(Breach(f"{prefix}:json", str(problem)))
            else:
                unexplained.append("the body")
            return ABSENT
        if content.is_json:
            answers.kept.append(f"{prefix}:json")
        before = len(answers.broken), len(unexplained)
        masked = masked_within("body", known.masked)
        self._ask(content.message, body, answers, unexplained, masked)
        if not masked and before == (len(answers.broken), len(unexplained)):
            # What breaks its schema is no body that a rule is about.
            self._apply_rules(body, answers)
        return body

    def _apply_rules(self, body: Any, answers: Answers) -> None:
        for clause, statement, validator in self._rules:
            if validator.is_valid(body):
                answers.kept.append(clause)
            else:
                answers.broken.append(Breach(clause, statement))


def name_of(breach: Breach) -> str:
    """The name of the parameter that a breach of a parameter's clause is about."""
    return steps_of(breach.at or "/")[0]


def _values(parameters: Sequence[Parameter], pairs: list[Pair]) -> Iterator[tuple[str, Any]]:
    """The values of parameters that were sent, by name.

    One that is empty where it may be, and where its schema wants something, says nothing.
    """
    for parameter, own in own_pairs(parameters, pairs):
        readings = [value for value in _readings(parameter, own) if value is not ABSENT]
        if not readings:
            continue
        accepts = parameter.message.accepts
        value = next((value for value in readings if accepts(value)), readings[0])
        if not (parameter.allow_empty and value in ("", [""]) and not accepts(value)):
            yield parameter.name, value


def _readings(parameter: Parameter, pairs: list[Pair]) -> Iterator[Any]:
    """What a server may read: first as its style says, then as clients write it nevertheless.

    An array comes with its name repeated although it is not to, and a scalar is told by its types:
    `null` is one where a text is none.
    """
    if parameter.location == "header" and parameter.is_list:
        # A list has blanks around its commas (RFC 9110, section 5.6.1).
        pairs = [(name, ",".join(one.strip() for one in text.split(","))) for name, text in pairs]
    texts = [text for name, text in pairs if name.lower() == parameter.name.lower()]
    if parameter.location == "query" and len(texts) > 1:
        if not kinds_of(parameter.place) & {"array", "object"}:
            yield texts  # nobody knows which of them counts
            return
        if not parameter.explode and parameter.style in DELIMITERS:
            pairs = [(parameter.name, DELIMITERS[parameter.style].join(texts))]
    yield parameter.read(pairs)
    if len(texts) == 1:
        try:
            yield parse(texts[0].encode())
        except NotJSON:
            return


def _fields(headers: Headers) -> list[Pair]:
    """Headers by name in lower case; repeated fields mean one list (RFC 9110, section 5.3)."""
    texts: dict[str, list[str]] = {}
    for name, text in headers:
        texts.setdefault(name.lower(), []).append(text)
    return [
        (name, ("; " if name == "cookie" else ", ").join(listed)) for name, listed in texts.items()
    ]


def _cookies(text: str) -> list[Pair]:
    """The cookies of a Cookie header (RFC 6265, section 4.2.1)."""
    pairs = (part.partition("=") for part in text.split(";"))
    return [(name.strip(), value.strip()) for name, equals, value in pairs if equals]
