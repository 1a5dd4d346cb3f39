"""The parts of one reply, each asked its promises: status, media type, body and headers."""

from __future__ import annotations

from itertools import islice
from typing import Any

from clausewise.contract import Content, Contract, DocumentedReply, MessagePart, Operation, Place
from clausewise.contract.codecs import (
    BytesCodec,
    JsonCodec,
    MultipartCodec,
    TextCodec,
    Unreadable,
    codec_for,
    is_xml,
)
from clausewise.contract.media_types import media_type
from clausewise.contract.parameters import Parameter
from clausewise.contract.replies import has_body
from clausewise.contract.scalars import kinds_of
from clausewise.exchange import Response
from clausewise.judge.breaches import Answers, Asker, Breach, short
from clausewise.judge.masked import MASKED, masked_within, within_headers
from clausewise.judge.streams import EventForm, stream_items
from clausewise.pointer import escape
from clausewise.strict_json import value_or_text

# What a server sends may be long: of one reply no more members are told that nobody documented.
MOST_STRANGERS = 100


class PartsJudge:
    """Asks the replies of one operation what their contents and headers promise."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self.operation = operation
        self._asker = Asker(contract, operation.id)

    def ask(self, reply: DocumentedReply | None, response: Response, answers: Answers) -> Any:
        """Ask everything that is documented of a reply; gives its body as JSON, or None."""
        if reply is not None:
            self.headers(reply, response, answers)
        return self.body(reply, response, answers)

    def body(self, reply: DocumentedReply | None, response: Response, answers: Answers) -> Any:
        """Ask the body of a reply all that is documented of it; gives it as JSON, or None."""
        if (
            reply is not None
            and reply.contents
            and has_body(self.operation.method, response.status)
        ):
            return self._body_of(reply, response, answers)
        return response.json_or_none

    def _body_of(self, reply: DocumentedReply, response: Response, answers: Answers) -> Any:
        content = reply.content_for(response.content_type)
        clause = f"{self.operation.id}:{reply.part}:media-type"
        if _is_unsaid(response):
            content = reply.json_content if _means_json(reply, response) else None
        elif content is not None:
            answers.kept.append(clause)
        else:
            sent = response.content_type
            said = f"it was {sent}" if sent else "there was no Content-Type"
            expected = " or ".join(reply.media_ranges)
            said = f"{said}; documented is {expected}"
            answers.broken.append(Breach(clause, said, response.media_type))
            content = reply.json_content
            if content is not None and not _means_json(reply, response):
                why = f"the reply says that it is {sent}" if sent else said
                answers.unjudged.append((f"{self.operation.id}:{content.message.part}:json", why))
                content = None
        if content is None:
            return response.json_or_none
        return self._content(content, response, answers)

    def _content(self, content: Content, response: Response, answers: Answers) -> Any:
        if content.item is not None:
            self._stream(content, content.item, response, answers)
            return None
        if content.is_json or _is_any(content, response):
            return self._json(content, response, answers)
        if is_xml(content.media_range):
            self._xml(content, response, answers)
        elif content.unread is None and response.cut is None:
            self._written(content, response, answers)
        return response.json_or_none

    def _written(self, content: Content, response: Response, answers: Answers) -> None:
        """Ask a body that is a text, a number of bytes or a form."""
        codec, place = codec_for(content), content.message.place
        if isinstance(codec, TextCodec):
            codec = TextCodec(response.content_type, place)
        elif isinstance(codec, MultipartCodec) and not response.content.startswith(b"--"):
            return  # a preamble, which hardly anybody writes
        # How a text or bytes mean a list or an object, nobody knows.
        is_plain = isinstance(codec, TextCodec | BytesCodec)
        if codec is None or (is_plain and not kinds_of(place) - {"array", "object"}):
            return
        try:
            value = codec.decode(response.content)
        except Unreadable:
            return
        self._asker.ask(content.message, value, answers, masked_within("body", response.masked))

    def _json(self, content: Content, response: Response, answers: Answers) -> Any:
        clause = f"{self.operation.id}:{content.message.part}:json"
        problem = response.not_json
        if problem is None:
            answers.kept.append(clause)
            masked = masked_within("body", response.masked)
            self._asker.ask(content.message, response.json, answers, masked)
            answers.undocumented += _some_strangers(content.message, response.json)
            return response.json
        if "/body" in response.masked:
            answers.unjudged.append((clause, MASKED))
        elif response.too_much or _is_unsaid(response):
            answers.unjudged.append((clause, problem))
        else:
            answers.broken.append(Breach(clause, problem, response.excerpt))
        return None

    def _xml(self, content: Content, response: Response, answers: Answers) -> None:
        clause = f"{self.operation.id}:{content.message.part}:well-formed"
        try:
            problem = response.not_xml
        except LookupError as error:
            answers.unjudged.append((clause, str(error)))
            return
        if problem is None:
            answers.kept.append(clause)
        elif "/body" in response.masked:
            answers.unjudged.append((clause, MASKED))
        elif response.limited:
            answers.unjudged.append((clause, problem))
        else:
            answers.broken.append(Breach(clause, problem, response.excerpt))

    def _stream(
        self, content: Content, message: MessagePart, response: Response, answers: Answers
    ) -> None:
        clause = f"{self.operation.id}:{content.message.part}:well-formed"
        kind = media_type(content.media_range).kind
        kinds, is_cut = kinds_of(message.place), response.cut is not None
        form: EventForm = "text" if "string" in kinds else "json"
        form = "fields" if content.has_events and speaks_of_events(message) else form
        items, problem = stream_items(kind, response.content, is_cut, form)
        if form == "fields":
            items = [_data_read(message, event) for event in items]
        if kinds == {"array"} and not any(isinstance(item, list) for item in items):
            # What is described is the list of all items.
            items = [items] if items and problem is None and not is_cut else []
        if problem is not None and "/body" in response.masked:
            answers.unjudged.append((clause, MASKED))
        elif problem is not None:
            answers.broken.append(Breach(clause, problem))
        elif items:
            answers.kept.append(clause)
        for item in items:
            self._asker.ask(message, item, answers)

    def headers(self, reply: DocumentedReply, response: Response, answers: Answers) -> None:
        """Ask the headers of a reply all that is documented of them."""
        if reply.header is None:
            return
        values: dict[str, Any] = {}
        masked = within_headers(response.masked, (one.name for one in reply.headers))
        for parameter in reply.headers:
            lines = [v for n, v in response.headers if n.lower() == parameter.name.lower()]
            if not lines:
                if not response.headers_known:
                    masked = (*masked, f"/{escape(parameter.name)}")
                continue
            values[parameter.name] = _header_read(parameter, ", ".join(lines))
        self._asker.ask(reply.header, values, answers, masked)


def _header_read(parameter: Parameter, text: str) -> Any:
    """What stands in a documented header of a reply.

    An object or a list that is written as JSON is read so: documents that mean JSON mostly have a
    `schema`, which says `style: simple`, and not `content`.
    """
    kinds = kinds_of(parameter.place)
    if "string" not in kinds and kinds & {"array", "object"} and text[:1] in ("[", "{"):
        value = value_or_text(text)
        if isinstance(value, dict | list):
            return value
    if parameter.is_list:
        # Blanks around its commas and empty items mean nothing (RFC 9110, section 5.6.1).
        text = ",".join(part.strip() for part in text.split(",") if part.strip())
        if not text:
            return []
    return parameter.read([(parameter.name, text)])


def speaks_of_events(message: MessagePart) -> bool:
    """Whether a schema knows what an event is made of; else it is one of what events carry."""
    return any(
        not reading.members.keys().isdisjoint(("data", "event", "retry"))
        for reading in message.place.readings()
    )


def _data_read(message: MessagePart, event: dict[str, Any]) -> dict[str, Any]:
    """An event with the value that its data holds, where its schema is about that and no text."""
    kinds = [
        kinds_of(one.members["data"]) for one in message.place.readings() if "data" in one.members
    ]
    if not kinds or all("string" in listed for listed in kinds):
        return event
    read = {**event, "data": value_or_text(event["data"])}
    if not any("string" in listed for listed in kinds) or message.accepts(read):
        return read
    # Of neither, what looks like an object is taken for one.
    is_text = message.accepts(event) or not isinstance(read["data"], dict | list)
    return event if is_text else read


def _is_unsaid(response: Response) -> bool:
    """Whether nobody knows which Content-Type a reply had."""
    return not response.headers_known and response.content_type is None


def _means_json(reply: DocumentedReply, response: Response) -> bool:
    """Whether a body of no documented type is held against the JSON that is documented.

    One that says that it is something else is that (RFC 9110, section 8.3), and not JSON that is
    malformed; unless it is an object or a list of JSON all the same.
    """
    sent = response.content_type
    if sent is not None and not media_type(sent).is_json:
        return isinstance(response.json_or_none, dict | list)
    return len(reply.contents) == 1 or response.not_json is None


def _is_any(content: Content, response: Response) -> bool:
    """Whether a content is a range that may be JSON, and JSON came for it."""
    sent = response.content_type
    is_json = sent is not None and media_type(sent).is_json
    return is_json and isinstance(codec_for(content), JsonCodec)


def _some_strangers(message: MessagePart, body: Any) -> tuple[tuple[str, str], ...]:
    found = _strangers(message.place, body, message.part)
    return tuple((part, short(at)) for part, at in islice(found, MOST_STRANGERS))


def _strangers(place: Place, value: Any, part: str) -> Any:
    """Pointers of members that no schema mentions."""
    if isinstance(value, dict):
        members: dict[str, list[Place]] = {}
        for inner in place.readings():
            for name, member in inner.members.items():
                members.setdefault(name, []).append(member)
        free = [extra for inner in place.readings() for extra in inner.extras]
        if not members and not free:
            return
        for name, inside in value.items():
            for member in members.get(name, [])[:1]:
                yield from _strangers(member, inside, part)
            if name not in members and not free:
                yield part, f"{place.pointer}/{name}"
    elif isinstance(value, list) and place.items is not None:
        for item in value:
            yield from _strangers(place.items, item, part)
