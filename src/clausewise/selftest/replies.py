"""Faults about replies: each documented clause of a reply broken by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from clausewise.contract import Clause, Content, DocumentedReply, MessagePart, Operation, ask
from clausewise.contract.codecs import Codec, JsonCodec, TextCodec, Unreadable, codec_for, cut_short
from clausewise.contract.media_types import outside
from clausewise.contract.replies import has_body
from clausewise.contract.requests import BODY
from clausewise.exchange import Response
from clausewise.judge.outcomes import is_left_open, is_success
from clausewise.pointer import ABSENT, look, put
from clausewise.selftest.fault import (
    After,
    Asked,
    Fault,
    crashed,
    plain_text,
    with_content,
    with_header,
    with_status,
)
from clausewise.selftest.samples import complete
from clausewise.values.bodies import BodyModel
from clausewise.values.breaking import GENERATORS
from clausewise.values.contexts import Contexts
from clausewise.values.isolation import Isolation
from clausewise.values.spots import Spot

# How many lawful replies are tried as a source of the place that a clause is about.
_MOST_SAMPLES = 8
_WRONG: tuple[Any, ...] = ("12", 12, True, [], {}, None, 1.5)


def reply_faults(operation: Operation) -> Iterator[Fault]:
    """One fault or more for every clause about a reply's body."""
    for content in _judged(operation):
        message = content.message
        for clause in operation.clauses.values():
            if clause.part != message.part or clause.pointer is None:
                continue
            if clause.keyword == "writeOnly":
                continue
            for label, wrong in _breaches(message, clause):
                after = _breaking(operation, content, clause, wrong)
                name = f"{clause.id} {label}"
                yield Fault(name, "reply", operation.id, (clause.id,), after=after)


def _with_bodies(operation: Operation) -> list[DocumentedReply]:
    """The replies that are documented to have a body."""
    return [
        reply
        for part, reply in operation.replies.items()
        if reply.contents and (not part.isdigit() or has_body(operation.method, int(part)))
    ]


def _judged(operation: Operation) -> list[Content]:
    """The contents of replies by whose schemas bodies are judged: of each reply the one it has."""
    sent = [reply.json_content or reply.contents[0] for reply in _with_bodies(operation)]
    return [
        content
        for content in sent
        if content.is_json or (content.item is None and isinstance(codec_for(content), TextCodec))
    ]


def transport_faults(operation: Operation) -> Iterator[Fault]:
    """Faults about a reply as a whole: status, media type, not JSON, nothing at all."""
    status = f"{operation.id}:status"

    def fault(name: str, clause: str, after: After) -> Fault:
        return Fault(f"{operation.id} {name}", "transport", operation.id, (clause,), after=after)

    def success(change: Callable[[Response], Response]) -> After:
        return lambda asked, response: change(response) if is_success(response.status) else response

    # Where there is a `default`, every status is documented.
    others = [code for code in (201, 202, 203, 206) if not _may_answer(operation, code)]
    for other in others[:1]:
        answering = success(partial(with_status, status=other))
        yield fault(f"answers {other}", status, answering)
    if not _may_answer(operation, 204):
        empty = success(lambda r: with_content(with_status(r, 204), b""))
        yield fault("answers 204", status, empty)
    crash, broken = crashed(operation)
    if broken is not None:
        yield fault(
            f"answers {crash} to refusals",
            broken,
            lambda asked, r: plain_text(crash, "no") if 400 <= r.status < 500 else r,
        )
    for reply in _with_bodies(operation):
        part = reply.part

        def of_part(change: Callable[[Response], Response], part: str = part) -> After:
            return lambda asked, response: (
                change(response) if _is_of(operation, response, part) else response
            )

        media = f"{operation.id}:{part}:media-type"
        html = "text/html" if reply.content_for("text/html") is None else None
        kind = html or outside(reply.media_ranges)
        if kind is not None:
            wrong = of_part(partial(with_header, name="content-type", value=kind))
            yield fault(f"{part} is {'HTML' if kind == html else kind}", media, wrong)
        none = of_part(lambda r: with_header(r, "content-type", None))
        yield fault(f"{part} has no media type", media, none)
        if reply.json_content is not None:
            text = f"{operation.id}:{reply.json_content.message.part}:json"
            yield fault(f"{part} is empty", text, of_part(lambda r: with_content(r, b"")))
            cut = of_part(lambda r: with_content(r, cut_short(r.content)))
            yield fault(f"{part} is cut", text, cut)


def _may_answer(operation: Operation, status: int) -> bool:
    return operation.documents(status) or is_left_open(operation, status)


def _is_of(operation: Operation, response: Response, part: str) -> bool:
    reply = operation.reply_for(response.status)
    return reply is not None and reply.part == part.partition("(")[0]


def _may_be_null(message: MessagePart, clause: Clause) -> bool:
    places = [p for p in message.place.walk() if p.pointer == clause.pointer and p.types]
    return any("null" in place.allowed_types for place in places)


def _breaches(
    message: MessagePart, clause: Clause
) -> Iterator[tuple[str, Callable[[Any], Iterator[Any]]]]:
    """Ways to break a clause: a label, and wrong values for a right one."""
    keyword = clause.keyword
    if keyword == "required":
        yield "is missing", lambda value: iter((ABSENT,))
    elif keyword == "type":
        yield "is of another type", lambda value: iter(_WRONG)
        if not _may_be_null(message, clause):
            yield "is null", lambda value: iter((None,))
    else:
        yield "is broken", _wrong_values(message, clause)


def _wrong_values(message: MessagePart, clause: Clause) -> Callable[[Any], Iterator[Any]]:
    places = [place for place in message.place.walk() if place.pointer == clause.pointer]
    generate = GENERATORS.get(clause.keyword, _nothing)

    def wrong(value: Any) -> Iterator[Any]:
        for place in places:
            spot = Spot(place, f"/{BODY}{place.pointer}", value)
            yield from (broken for _, broken in generate(spot))
        yield from _plainly_wrong(value)

    return wrong


def _nothing(_: Spot) -> Iterator[tuple[str, Any]]:
    return iter(())


def _plainly_wrong(value: Any) -> Iterator[Any]:
    """Values unlike a right one, whatever is asked of it."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (-(10**9), 10**9, value + 0.5)
    elif isinstance(value, str):
        yield from ("", "STARTED", "x" * 2000, f"{value}!/", "\u0000")
    elif isinstance(value, list):
        yield from ([], [*value, *value])
    elif isinstance(value, dict):
        yield from ({}, {**value, "x_undocumented": 1})


def _breaking(
    operation: Operation,
    content: Content,
    clause: Clause,
    wrong: Callable[[Any], Iterator[Any]],
) -> After:
    """Breaks a clause wherever a reply has its place, or can lawfully be given it."""
    lawful = _Lawful(content.message, clause)
    codec: Codec = JsonCodec() if content.is_json else TextCodec()

    def after(_: Asked, response: Response) -> Response:
        if not _is_of(operation, response, content.message.part):
            return response
        try:
            body = lawful.with_place(codec.decode(response.content))
        except Unreadable:
            return response
        if body is ABSENT:
            return response
        at = lawful.pointer_in(body) or ""
        for value in wrong(look(body, at)):
            broken = put(body, at, value) if at else value
            written = codec.encode(broken) if lawful.breaks_it(broken) else None
            if written is not None:
                return with_content(response, written)
        return response

    return after


class _Lawful:
    """Lawful replies of one message in which one clause is asked."""

    def __init__(self, message: MessagePart, clause: Clause) -> None:
        self.message = message
        self.clause = clause
        self._key = (clause.pointer, clause.keyword)
        self._samples: list[Any] | None = None

    def with_place(self, body: Any) -> Any:
        """The reply where it has the place, else with the least of a sample grafted in; or ABSENT.

        The deepest graft is the smallest change. What the reply breaks already, it still breaks.
        """
        if self.pointer_in(body) is not None:
            return body
        broken = self._broken_in(body)
        steps = (self.clause.pointer or "").split("/")[1:]
        for sample in self._made():
            for depth in range(len(steps), -1, -1):
                at = "".join(f"/{'0' if step == '*' else step}" for step in steps[:depth])
                grafted = _grafted(body, sample, at)
                if grafted is ABSENT or self._broken_in(grafted) != broken:
                    continue
                if not broken and not self.message.accepts(grafted):
                    continue
                if self.pointer_in(grafted) is not None:
                    return grafted
        return ABSENT

    def _broken_in(self, body: Any) -> set[tuple[str, str]]:
        """What a reply breaks, by pointer and keyword."""
        return {a.promise.key for a in ask(self.message.place, body) if a.kept is False}

    def pointer_in(self, body: Any) -> str | None:
        """Where in a reply the clause is asked first, and kept; None where it is not asked."""
        answers = ask(self.message.place, body)
        return next((a.at for a in answers if a.promise.key == self._key and a.kept), None)

    def breaks_it(self, body: Any) -> bool:
        """Whether a reply breaks the clause."""
        return self._key in self._broken_in(body)

    def _made(self) -> list[Any]:
        if self._samples is None:
            isolation = Isolation(self.message, [])
            self._samples = []
            branches = [b for choice in self.message.place.choices for b in choice.branches]
            for place in (self.message.place, *branches):
                model = BodyModel(place, ABSENT)
                found = Contexts(model, isolation).of(self.clause)
                self._samples += [model.build(lv) for lv in islice(found, _MOST_SAMPLES)]
                self._samples.append(complete(place))
            self._samples += self._of_items()
        return self._samples

    def _of_items(self) -> Iterator[Any]:
        """Samples whose array has one item in which the clause is asked."""
        before, star, _ = (self.clause.pointer or "").rpartition("/*")
        if not star or "*" in before:
            return
        for item in self.message.place.walk():
            if item.pointer != f"{before}/*" or not item.members:
                continue
            inner = MessagePart.laid_out(self.message.part, item)
            model = BodyModel(item, ABSENT)
            for chosen in islice(
                Contexts(model, Isolation(inner, [])).of(self.clause), _MOST_SAMPLES
            ):
                whole = complete(self.message.place)
                if look(whole, before) is not ABSENT:
                    yield put(whole, before, [model.build(chosen)])


def _grafted(body: Any, sample: Any, at: str) -> Any:
    """A reply with a part of a sample, where what is around it is there in both; else ABSENT."""
    part = look(sample, at) if at else sample
    if part is ABSENT:
        return ABSENT
    if not at:
        return json.loads(json.dumps(part))
    around, _, last = at.rpartition("/")
    inside = look(body, around) if around else body
    if isinstance(inside, dict) or (
        isinstance(inside, list) and last.isdigit() and int(last) <= len(inside)
    ):
        return put(body, at, part)
    return ABSENT
