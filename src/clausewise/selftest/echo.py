"""A conforming target made of a contract alone: what it answers follows from the request.

It takes what the contract allows and refuses everything else, and every reply keeps the schemas
that are documented for it. It keeps no state: an id is taken unless the plan made it up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from clausewise.contract import (
    Content,
    Contract,
    DocumentedReply,
    MatchedOperation,
    Operation,
    Parameter,
    ask,
)
from clausewise.contract.codecs import LinesCodec, codec_for, encode_json, is_xml
from clausewise.contract.media_types import media_type
from clausewise.contract.message import MessagePart
from clausewise.contract.operation_clauses import example_of
from clausewise.contract.replies import has_body
from clausewise.contract.scalars import kinds_of
from clausewise.exchange import RawResponse, Response
from clausewise.judge.contents import speaks_of_events
from clausewise.judge.refusals import data_words
from clausewise.judge.requests import RequestJudge, RequestReading
from clausewise.plan.paths import values_of_nobody
from clausewise.pointer import ABSENT
from clausewise.selftest.samples import complete
from clausewise.selftest.stand_ins import is_authorized
from clausewise.values.bodies import BodyModel
from clausewise.values.classes import levels
from clausewise.values.finding import values_found

# Statuses of a refusal in the order of preference, where several are documented: those that speak
# of the request and nothing else.
_OF_REQUESTS = (400, 422, 404, 415, 405, 406, 410, 411, 412, 413, 414, 416, 417, 418)
_OF_CREDENTIALS = (401, 403)
# Those of them that no missing thing explains.
_OF_VALUES = (400, 422)
# A refusal that hardly any document names: where there is a `default`, that is it.
_BY_DEFAULT = 499
_SMALL_XML = b"<nothing/>"


class Echo:
    """Serves all operations of a contract. It holds nothing that a request changes."""

    needs_no_loop = True

    def __init__(self, contract: Contract, secrets: Mapping[str, str]) -> None:
        """`secrets` are what it takes for a credential, by the name of the security scheme."""
        self._contract = contract
        self._secrets = secrets
        self._served: dict[str, _EchoedOperation] = {}
        # Where a clause id about a body begins that the contract lets nobody keep.
        self.contradictions: set[str] = set()

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
    ) -> RawResponse:
        """Answer one request. `path` is percent-encoded, `headers` have names in lower case."""
        match = self._contract.match(method, path, anywhere=False)
        if match is None:
            return RawResponse(404, [], b"")

        def read(one: MatchedOperation) -> RequestReading:
            judge = self._of(one.operation).judge
            return judge.read(one.path, query, list(headers.items()), content)

        match = self._contract.meant(match, lambda one: read(one).lawful)
        operation = match.operation
        served = self._of(operation)
        if not is_authorized(operation, self._secrets, headers.get, query):
            return served.refusal(_OF_CREDENTIALS, int("authorization" in headers))
        reading = read(match)
        if not reading.lawful:
            broken = [breach.clause for breach in reading.broken]
            if f"{operation.id}:request:media-type" in broken:
                return served.refusal((415, *_OF_REQUESTS))
            return served.refusal(_OF_REQUESTS, served.place_of(broken))
        if any(match.path.get(p.name) in values_of_nobody(p) for p in operation.located("path")):
            return served.refusal((404, *_OF_REQUESTS))
        return served.reply(served.success(len(query) + len(content)))

    def refuse(self, operation: Operation) -> RawResponse:
        """The answer to a request as if it broke the contract of an operation.

        It says nothing of what is there or is not: that would be no answer about the request.
        """
        return self._of(operation).refusal(_OF_VALUES, plainly=True)

    def _of(self, operation: Operation) -> _EchoedOperation:
        if operation.id not in self._served:
            self._served[operation.id] = _EchoedOperation(
                self._contract, operation, self.contradictions
            )
        return self._served[operation.id]


class _EchoedOperation:
    """One operation, ready to answer."""

    def __init__(self, contract: Contract, operation: Operation, contradictions: set[str]) -> None:
        self.operation = operation
        self._contradictions = contradictions
        self.judge = RequestJudge(contract, operation)
        self._replies: dict[int, RawResponse] = {}

    def success(self, turn: int) -> int:
        """The documented statuses of a success take turns, redirects where there are no others."""
        parts = [p for p in self.operation.replies if p[0] == "2"]
        parts = parts or [p for p in self.operation.replies if p[0] == "3"] or ["200"]
        part = parts[turn % len(parts)]
        return int(part) if part.isdigit() else int(part[0]) * 100

    def refusal(
        self, preferred: tuple[int, ...], turn: int = 0, *, plainly: bool = False
    ) -> RawResponse:
        """A refusal: the documented ones of these statuses take turns; the first where none is."""
        listed = [status for status in preferred if str(status) in self.operation.replies]
        if listed and "default" in self.operation.replies and preferred is _OF_REQUESTS:
            listed.append(_BY_DEFAULT)
        status = listed[turn % len(listed)] if listed else preferred[0]
        return self._made(status, plainly) if plainly else self.reply(status)

    def place_of(self, broken: list[str]) -> int:
        """Which of the operation's clauses that a request can break is broken first."""
        clauses = [c.id for c in self.operation.requested.values() if c.keyword != "optional"]
        return clauses.index(broken[0]) if broken and broken[0] in clauses else 0

    def reply(self, status: int) -> RawResponse:
        """The reply of a status, always the same."""
        if status not in self._replies:
            self._replies[status] = self._made(status)
        return self._replies[status]

    def _made(self, status: int, plainly: bool = False) -> RawResponse:
        """The reply of a status; `plainly`, with a body that does not speak of what is there."""
        documented = self.operation.reply_for(status)
        if documented is None:
            return RawResponse(status, [], b"")
        pairs = list(_headers(documented))
        content = b""
        if documented.contents and has_body(self.operation.method, status):
            chosen = documented.json_content or documented.contents[0]
            pairs.append(("content-type", chosen.sent_as or chosen.media_range))
            value = lawful_value(chosen, _says_nothing_of_data if plainly else _any)
            if value is ABSENT:
                self._contradictions.add(f"{self.operation.id}:{chosen.message.part}#")
                value = None
            content = written_body(chosen, value)
        told = [(n.lower().encode("latin-1"), t.encode("latin-1", "replace")) for n, t in pairs]
        return RawResponse(status, told, content)


def _headers(documented: DocumentedReply) -> Iterator[tuple[str, str]]:
    """Every documented header with a value that keeps its schema."""
    for parameter in documented.headers:
        value = value_of(parameter)
        pairs = parameter.written(value) if value is not ABSENT else None
        yield from pairs or ()


def value_of(parameter: Parameter) -> Any:
    """A value of a header: the documented one, else one of its schema; ABSENT for none."""
    example = example_of(parameter)
    if example is not ABSENT and parameter.written(example):
        return example
    for level in levels(parameter.place, [], []):
        if parameter.message.accepts(level.value) and parameter.written(level.value):
            return level.value
    return ABSENT


def _any(_: Any) -> bool:
    return True


def _says_nothing_of_data(value: Any) -> bool:
    return data_words(Response(400, (), encode_json(value), 0.0)) is None


def written_body(content: Content, value: Any) -> bytes:
    """The bytes of a body of a content that has this value; of XML, the least that there is."""
    if is_xml(content.media_range):
        return _SMALL_XML
    if content.item is not None:
        return _stream_of(content, content.item, value)
    codec = codec_for(content)
    if codec is None or content.unread is not None:
        return value.encode() if isinstance(value, str) else encode_json(value)
    written = codec.encode(value)
    return written if written is not None else encode_json(value)


def _stream_of(content: Content, item: MessagePart, value: Any) -> bytes:
    """A stream of one item, or of those of a list where that is what is described."""
    kinds = kinds_of(item.place)
    items = value if kinds == {"array"} and isinstance(value, list) else [value]
    if media_type(content.media_range).kind != "text/event-stream":
        mark = b"\x1e" if media_type(content.media_range).subtype == "json-seq" else b""
        return LinesCodec(mark).encode(items) or b""
    if content.has_events and speaks_of_events(item):
        events = [value] if isinstance(value, dict) else []
    elif "string" in kinds:
        events = [{"data": one} for one in items]
    else:
        events = [{"data": encode_json(one).decode("utf-8", "replace")} for one in items]
    blocks = (_lines_of(event) for event in events)
    return "".join(f"{block}\n" for block in blocks).encode("utf-8", "replace")


def _lines_of(event: Mapping[str, Any]) -> str:
    """The lines of an event, one for each line of a field (WHATWG HTML, section 9.2.6)."""
    texts = {
        name: value if isinstance(value, str) else encode_json(value).decode("utf-8", "replace")
        for name, value in event.items()
    }
    lines = ((name, line) for name, text in texts.items() for line in text.split("\n"))
    return "".join(f"{name}: {line}\n" for name, line in lines)


def lawful_value(content: Content, wanted: Callable[[Any], bool]) -> Any:
    """A value that keeps all that is said of a content's bodies, or of the items of a stream.

    Where several forms take every value there is, one that the discriminator tells apart; ABSENT
    where none is found.
    """
    message = content.item or content.message
    examples = () if content.item is not None else content.examples.values()
    lawful = (value for value in _candidates(message, examples) if keeps(message, value))
    first = next(lawful, ABSENT)
    if first is ABSENT:
        told_apart = (one for one in _candidates(message, examples) if _is_kept(message, one))
        return next(told_apart, ABSENT)
    return next((value for value in (first, *lawful) if wanted(value)), first)


def keeps(message: MessagePart, value: Any) -> bool:
    """Whether a reply's value keeps its schema and each of its promises."""
    return message.accepts(value) and _is_kept(message, value)


def _is_kept(message: MessagePart, value: Any) -> bool:
    return all(answer.kept is not False for answer in ask(message.place, value))


def _candidates(message: MessagePart, examples: Iterable[Any]) -> Iterator[Any]:
    yield from examples
    yield complete(message.place)
    yield from (level.value for level in levels(message.place, [], []))
    model = BodyModel(message.place, ABSENT)
    found = model.completed({}, lambda value: keeps(message, value))
    if found is not None:
        yield model.build(found)
    yield from values_found(message.place)
