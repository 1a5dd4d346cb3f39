"""All clauses of an operation but its rules, in document order."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import Any

from msgspec.structs import replace

from clausewise.contract.clauses import Clause, ClausePlace, message_clauses, pointer_name
from clausewise.contract.codecs import (
    BytesCodec,
    JsonCodec,
    TextCodec,
    codec_for,
    is_json_lines,
    is_xml,
)
from clausewise.contract.ids import clause_id
from clausewise.contract.media_types import media_type
from clausewise.contract.message import Content, MessagePart
from clausewise.contract.operation import Operation
from clausewise.contract.parameters import CONTENT, LOCATIONS, Parameter
from clausewise.contract.place import Place
from clausewise.contract.replies import DocumentedReply, has_body
from clausewise.contract.requests import BODY, request_part
from clausewise.contract.scalars import WRITTEN_BARE, kinds_of
from clausewise.contract.source import Source
from clausewise.pointer import ABSENT, escape, steps_of, unescape

# The keyword of the promise that an id which was never given is refused.
UNKNOWN = "unknown"
# Where the documents say something: the key of the operation's object.
Sources = Callable[[str], Source | None]
_BINARY = ("binary", "byte-stream")


def request_clauses(operation: Operation, source: Sources, tag: str | None) -> Iterator[Clause]:
    """The clauses of requests; `source` says where a key of the operation is written."""
    plain = _plain(operation, source, tag)
    yield plain("served", None, "a request that keeps the contract is accepted", "responses")
    if operation.secured:
        yield plain("auth", None, "a request without a valid credential is refused", "security")
    yield from _request_clauses(operation, plain)


def reply_clauses(operation: Operation, source: Sources, tag: str | None) -> Iterator[Clause]:
    """The clauses of replies, that of their status first."""
    plain = _plain(operation, source, tag)
    listed = ", ".join(operation.replies)
    yield plain("status", None, f"the status is a documented one: {listed}", "responses")
    for reply in operation.replies.values():
        for clause in _reply_clauses(operation, reply, plain):
            yield replace(clause, soft=True) if reply.soft else clause


Plain = Callable[..., Clause]


def _plain(operation: Operation, source: Sources, tag: str | None) -> Plain:
    def plain(part: str, keyword: str | None, promise: str, key: str, **more: Any) -> Clause:
        where = more.pop("where", None) or source(key)
        return Clause(
            id=clause_id(operation.id, part, None, keyword),
            operation=operation.id,
            part=part,
            pointer=None,
            keyword=keyword or part,
            group="transport",
            promise=promise,
            sources=(where,) if where else (),
            documented=tag,
            **more,
        )

    return plain


def _request_clauses(operation: Operation, plain: Plain) -> Iterator[Clause]:
    unknown = operation.unasked or operation.in_doubt
    if unknown is not None and not operation.parameters and not operation.contents:
        return
    clauses = list(message_clauses(operation.id, operation.request, _Addresses(operation)))
    parameters = {p: [c for c in clauses if c.part == p] for p in LOCATIONS}
    for location in ("path", "header", "cookie", "query"):
        yield from parameters[location]
        if location == "query":
            yield from _empty_values(operation, parameters[location])
    if not operation.contents:
        return
    body = [clause for clause in clauses if clause.part == "request"]
    media = " or ".join(content.media_range for content in operation.contents)
    if operation.body_required:
        # It stands at the whole body: the request object has to have one.
        promise = "a request without a body is refused"
        yield plain("request", "required", promise, "requestBody", at=f"/{BODY}")
    if operation.contents[0].is_json:
        yield plain("request", "json", "a body that is not JSON is refused", "requestBody")
    yield plain("request", "media-type", f"a body that is not {media} is refused", "requestBody")
    yield from body
    for content in operation.contents[1:]:
        yield from _further_content(operation, content)


def _further_content(operation: Operation, content: Content) -> Iterator[Clause]:
    """The clauses of another body, each with its place in the request that has it."""

    def address(at: str, keyword: str) -> ClausePlace | None:
        part, slash, inside = at[1:].partition("/")
        if part != BODY or (not slash and keyword in ("required", "optional")):
            return None
        return _of_body(content, f"{slash}{inside}", keyword)

    # Only the body is named here: parameters have their clauses from the first content.
    request = request_part((), content, operation.body_required)
    yield from message_clauses(operation.id, request, address)


def _of_body(content: Content, pointer: str, keyword: str) -> ClausePlace | None:
    """How ids name a place of a body; None for what no body of its media type could break.

    Of XML nothing is promised: what may be sent is what the document has examples of.
    """
    if is_xml(content.media_range):
        return None
    if keyword == "type" and not content.is_json and _is_text(content, pointer):
        return None
    return ClausePlace(content.message.part, pointer, pointer_name(pointer))


def _is_text(content: Content, pointer: str) -> bool:
    """Whether what stands at a pointer of a form or a text is of its type whatever it says."""
    if pointer == "":
        # A text may be a number or a boolean as a whole.
        in_text = isinstance(codec_for(content), TextCodec)
        return not (in_text and _is_scalar(content.message.place))
    if is_json_lines(content.media_range):
        return False
    name, *inside = steps_of(pointer)
    kinds = _kinds_in(content.message.place, pointer)
    encoding = content.encoding.get(name)
    if encoding is not None and encoding.content_type is None:
        return bool(kinds & {"string", "array", "object"})
    if encoding is None or not media_type(encoding.content_type or "").is_json:
        # One value is read as a list of one, and each item is written as a value of its own.
        if not inside and "array" in kinds:
            return True
        if inside == ["*"] and "object" not in _kinds_in(content.message.place, f"/{escape(name)}"):
            return "string" in kinds
    return not inside and "string" in kinds  # what is within it is JSON


class _Addresses:
    """How ids name the places of a request object."""

    def __init__(self, operation: Operation) -> None:
        self._parameters = {(p.location, escape(p.name)): p for p in operation.parameters}
        self._content = next(iter(operation.contents), None)

    def __call__(self, at: str, keyword: str) -> ClausePlace | None:
        part, slash, inside = at[1:].partition("/")
        if part == BODY:
            return self._of_body(f"{slash}{inside}", keyword)
        if not inside:
            return None  # the object of all parameters of a location is nobody's promise
        parameter = self._parameters.get((part, inside.partition("/")[0]))
        if parameter is None or not _can_be_broken(parameter, inside, keyword):
            return None
        return ClausePlace(part, f"/{inside}", _name(inside))

    def _of_body(self, pointer: str, keyword: str) -> ClausePlace | None:
        if pointer == "" and keyword == "required":
            return None  # `request:required` says it
        if pointer == "" and keyword == "optional":
            return ClausePlace("request", None, "the body")
        return _of_body(self._content, pointer, keyword) if self._content is not None else None


def _name(inside: str) -> str:
    """A place within a parameter as people read it."""
    name, _, inner = inside.partition("/")
    said = unescape(name)
    if inner == "*":
        return f"each item of {said}"
    return f"{said}/{unescape(inner)}" if inner else said


def _can_be_broken(parameter: Parameter, inside: str, keyword: str) -> bool:
    """Whether a request could break a promise of a parameter at all: on the wire, all is text.

    But for one that a media type describes: that text is JSON, which has types.
    """
    at_root = "/" not in inside
    if parameter.location == "path" and at_root and keyword in ("required", "optional"):
        return False
    if keyword != "type" or parameter.style == CONTENT:
        return True
    below = f"/{inside.partition('/')[2]}"
    kinds = kinds_of(parameter.place) if at_root else _kinds_in(parameter.place, below)
    return not kinds & {"string", "array", "object"}


def _kinds_in(whole: Place, pointer: str) -> frozenset[str]:
    """The types of the place at a pointer."""
    if "by pointer" not in whole.memo:
        places: dict[str, Place] = {}
        for place in whole.walk():
            places.setdefault(place.pointer, place)
        whole.memo["by pointer"] = places
    found: Place | None = whole.memo["by pointer"].get(pointer)
    return kinds_of(found) if found is not None else frozenset()


def _empty_values(operation: Operation, clauses: list[Clause]) -> Iterator[Clause]:
    for parameter in operation.located("query"):
        pointer = f"/{escape(parameter.name)}"
        like = next((clause for clause in clauses if clause.pointer == pointer), None)
        if not parameter.allow_empty or like is None:
            continue
        yield replace(
            like,
            id=clause_id(operation.id, "query", pointer, "allowEmptyValue"),
            keyword="allowEmptyValue",
            promise=f"{parameter.name} may be sent without a value",
            sources=(parameter.source,) if parameter.source else (),
            sites=(),
        )


def _reply_clauses(operation: Operation, reply: DocumentedReply, plain: Plain) -> Iterator[Clause]:
    part = reply.part
    if reply.contents and _may_have_body(operation.method, part):
        media = " or ".join(reply.media_ranges)
        promise = f"a {part} reply is {media}"
        yield plain(part, "media-type", promise, "responses", where=reply.source)
        for content in reply.contents:
            yield from _content_clauses(operation, reply, content, plain)
    if reply.header is not None:
        headers = {escape(p.name): p for p in reply.headers}

        def address(at: str, keyword: str) -> ClausePlace | None:
            parameter = headers.get(at[1:].partition("/")[0])
            if parameter is None or not _can_be_broken(parameter, at[1:], keyword):
                return None
            return ClausePlace(f"{part}:header", at, f"the header {_name(at[1:])}")

        yield from message_clauses(operation.id, reply.header, address)


def _may_have_body(method: str, part: str) -> bool:
    if part.isdigit():
        return has_body(method, int(part))
    return method != "HEAD"


def _content_clauses(
    operation: Operation, reply: DocumentedReply, content: Content, plain: Plain
) -> Iterator[Clause]:
    name, where = content.message.part, reply.source
    may_be_json = isinstance(codec_for(content), JsonCodec)
    if may_be_json or content.item is not None:
        own = "is" if content.is_json else "that says it is JSON is"
        promise = f"a {reply.part} reply {own} JSON" if content.item is None else _STREAM
        keyword = "json" if content.item is None else "well-formed"
        yield plain(name, keyword, promise, "responses", where=where)
    elif content.unread is not None and "XML" in content.unread:
        promise = f"a {reply.part} reply is well-formed XML"
        yield plain(name, "well-formed", promise, "responses", where=where)
    is_written = not may_be_json and content.item is None
    is_bytes = is_written and isinstance(codec_for(content), BytesCodec)
    if content.unread is not None or (_is_binary(content.message) and not is_bytes):
        return
    message = content.item or content.message

    def address(at: str, keyword: str) -> ClausePlace | None:
        if is_written and keyword == "type" and _is_text(content, at):
            return None
        # Of bytes nothing is known but how many they are.
        if is_bytes and keyword not in ("minLength", "maxLength"):
            return None
        return ClausePlace(name, at, pointer_name(at))

    yield from message_clauses(operation.id, message, address)


def _is_scalar(place: Place) -> bool:
    """Whether a text is read as a number or a boolean; it may be none."""
    kinds = kinds_of(place)
    return bool(kinds) and kinds <= WRITTEN_BARE


_STREAM = "each item of the stream is JSON"


def _is_binary(message: MessagePart) -> bool:
    return message.schema.document.get("format") in _BINARY


def unknown_clauses(
    operation: Operation, given: Container[str], source: Source
) -> Iterator[Clause]:
    """The promises that path parameters which name something refuse what nobody was given.

    No schema says so: `given` are the parameters of which it is known that they are such names,
    `source` is where that is said.
    """
    for parameter in operation.located("path"):
        if parameter.name in given:
            pointer = f"/{escape(parameter.name)}"
            yield Clause(
                id=clause_id(operation.id, "path", pointer, UNKNOWN),
                operation=operation.id,
                part="path",
                pointer=pointer,
                keyword=UNKNOWN,
                group="transport",
                promise=f"a {parameter.name} that nobody was given is refused",
                sources=(source,),
                at=f"/path{pointer}",
            )


def example_of(parameter: Parameter) -> Any:
    """A documented value of a parameter that keeps its schema, or ABSENT."""
    schema = parameter.message.schema.document
    for value in (parameter.example, *(schema.get(key, ABSENT) for key in ("default", "const"))):
        if value is not ABSENT and parameter.message.accepts(value):
            return value
    return ABSENT
