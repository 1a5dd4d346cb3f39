"""An operation: one method and path of the contract, with all that its messages carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from clausewise.contract.clauses import Clause
from clausewise.contract.later import Later
from clausewise.contract.message import Content, MessagePart, content_for
from clausewise.contract.parameters import Parameter
from clausewise.contract.replies import DocumentedReply
from clausewise.contract.requests import RequestCodec, request_part
from clausewise.contract.security import Requirement, SecurityScheme
from clausewise.contract.source import Source


class NotJudged(Struct, frozen=True):
    """What of a document is not judged, and why. `operation` is an id, or a path."""

    operation: str
    reason: str
    source: Source | None


class Operation(Struct, dict=True):
    """One method and path of the contract.

    `contents` are the documented bodies, the one that is planned in full first. `security` are its
    alternatives; none means that everybody may ask, and `is_open` that the document says so of this
    very operation (`security: []`). `unasked` says why no request can be made,
    where none can, `in_doubt` why none is known to be lawful: what it needs cannot be read.
    `servers` are base URLs of its own, where it has some; `produces` are the media types of its
    replies where none of them has a schema (Swagger 2.0). `requested` are the clauses that a
    request can speak to, `clauses` all of them; these, replies and links are read when they are
    first asked for. `twin` is the next operation, in a ring, with the same method and path but for
    the names in it, if there is one: no URL tells which of them a request is for. `lacks_body` says
    that each of its requests goes without the body that the document requires.
    """

    id: str
    method: str
    path: str
    summary: str
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    contents: tuple[Content, ...] = ()
    body_required: bool = False
    lacks_body: bool = False
    replies: Mapping[str, DocumentedReply] = field(default_factory=dict)
    security: tuple[Requirement, ...] = ()
    is_open: bool = False
    servers: tuple[str, ...] = ()
    twin: str | None = None
    links: Mapping[str, Any] = field(default_factory=dict)
    unasked: NotJudged | None = None
    in_doubt: NotJudged | None = None
    requested: Mapping[str, Clause] = field(default_factory=dict)
    clauses: Mapping[str, Clause] = field(default_factory=dict)
    source: Source | None = None
    produces: tuple[str, ...] = ()

    def promise(self, clauses: Iterable[Clause]) -> None:
        """Add clauses that no document of the contract makes."""
        more = {clause.id: clause for clause in clauses}
        before, requested = self.clauses, self.requested
        self.clauses = Later(lambda: {**before, **more})
        self.requested = Later(lambda: {**requested, **more})

    @property
    def served(self) -> str:
        """The id of the clause that a lawful request is accepted."""
        return f"{self.id}:served"

    @property
    def safe(self) -> bool:
        """Whether asking changes nothing (RFC 9110, section 9.2.1)."""
        return self.method in ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")

    @property
    def body(self) -> MessagePart | None:
        """The body that is planned in full, if there is one."""
        return self.contents[0].message if self.contents else None

    @property
    def examples(self) -> dict[str, Any]:
        """The documented values of that body, by name."""
        return dict(self.contents[0].examples) if self.contents else {}

    @cached_property
    def request(self) -> MessagePart:
        """The whole request as one object, with the first of the contents."""
        content = self.contents[0] if self.contents else None
        return request_part(self.parameters, content, self.body_required)

    @cached_property
    def codec(self) -> RequestCodec:
        """How the request object goes over the wire, with the first of the contents."""
        return self.codec_of(self.contents[0] if self.contents else None)

    def codec_of(self, content: Content | None) -> RequestCodec:
        """How a request with this content goes over the wire."""
        return RequestCodec(self.path, self.parameters, content)

    def content_for(self, sent: str | None) -> Content | None:
        """The documented content that a request's Content-Type belongs to."""
        return content_for(self.contents, sent)

    @property
    def secured(self) -> bool:
        """Whether a request without a credential has to be refused.

        An empty requirement among others makes the credential optional (OpenAPI 3.1, 4.8.2).
        """
        return bool(self.security) and all(self.security)

    @property
    def schemes(self) -> tuple[SecurityScheme, ...]:
        """Every scheme of every alternative, each once."""
        return tuple(dict.fromkeys(one for requirement in self.security for one in requirement))

    @property
    def combined(self) -> Requirement:
        """The first alternative of several schemes that go together; none where each is alone."""
        return next((needed for needed in self.security if len(needed) > 1), ())

    def suffices(self, schemes: Iterable[SecurityScheme]) -> bool:
        """Whether these schemes are all that some alternative asks for, whatever it calls them.

        One bearer token may well be good for each of two schemes that are sent alike.
        """
        given = {(one.place, one.parameter, one.word) for one in schemes}
        return any(
            given.issuperset((one.place, one.parameter, one.word) for one in requirement)
            for requirement in self.security
        )

    @property
    def media_ranges(self) -> tuple[str, ...]:
        """The documented media ranges of its replies, each once."""
        ranges = [kind for reply in self.replies.values() for kind in reply.media_ranges]
        return tuple(dict.fromkeys(ranges))

    def located(self, location: str) -> tuple[Parameter, ...]:
        """The parameters of one location."""
        return tuple(p for p in self.parameters if p.location == location)

    def reply_for(self, status: int) -> DocumentedReply | None:
        """The documented reply of a status: exact, then its range, then `default`."""
        for part in (str(status), f"{status // 100}XX", "default"):
            if part in self.replies:
                return self.replies[part]
        return None

    def documents(self, status: int) -> bool:
        """Whether this status is documented at all."""
        return self.reply_for(status) is not None

    @property
    def documents_success(self) -> bool:
        """Whether it is documented how a lawful request ends; many documents list refusals only."""
        return any(part == "default" or part[0] in "23" for part in self.replies)
