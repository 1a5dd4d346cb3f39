"""What a fault is, and what it sees of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from clausewise.contract import Operation
from clausewise.exchange import Request, Response
from clausewise.judge.outcomes import is_documented
from clausewise.pointer import ABSENT

Kind = Literal["lenient", "strict", "crash", "reply", "transport", "rule"]
KINDS: tuple[Kind, ...] = ("lenient", "strict", "crash", "reply", "transport", "rule")


class Asked(Struct, frozen=True):
    """One request as a fault sees it.

    `value` is the request as one object, as the contract has it read; `path` and `query` are parts
    of it, the first as text. `body` is ABSENT where there is none or it is unreadable. `ask` gives
    the conforming answer to a request, `refuse` the answer to some unlawful one where the target
    can say it by itself; `last` is the last success of this operation, if there was one, and
    `accepted` the first request that had one. What a fault has to remember it keeps in `notes`.
    """

    operation: Operation
    request: Request
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    value: Mapping[str, Any]
    ask: Callable[[Request], Response]
    last: Response | None
    notes: dict[str, Any]
    refuse: Callable[[], Response] | None = None
    accepted: Request | None = None

    def header(self, name: str) -> str | None:
        """The value of a request header, by case-insensitive name."""
        wanted = name.lower()
        return next((v for key, v in self.request.headers if key.lower() == wanted), None)

    @property
    def lawful(self) -> bool:
        """Whether the contract allows the body. Who sent it, and what rules say, is left aside."""
        if not self.request.content:
            return not (self.operation.contents and self.operation.body_required)
        content = self.operation.content_for(self.header("content-type"))
        if content is None:
            return not self.operation.contents
        return self.body is not ABSENT and content.message.accepts(self.body)


Before = Callable[[Asked], Response | None]
After = Callable[[Asked, Response], Response]


class Fault(Struct, frozen=True):
    """One deliberate breach of a promise on an otherwise conforming target.

    `clauses` are the ids of which a run has to name one. It changes one `operation`, or with ""
    all of them. `before` may answer in place of the
    target, `after` may change what it answers. `everywhere` asks for a run of all operations.
    `about` are clauses of the values that set it off, where these are not what is broken.
    """

    name: str
    kind: Kind
    operation: str
    clauses: tuple[str, ...]
    before: Before | None = None
    after: After | None = None
    everywhere: bool = False
    about: tuple[str, ...] = ()


def with_body(response: Response, body: Any) -> Response:
    """A reply with another JSON body."""
    return with_content(response, json.dumps(body, ensure_ascii=False).encode("utf-8"))


def with_content(response: Response, content: bytes) -> Response:
    """A reply with other bytes for a body."""
    headers = tuple(item for item in response.headers if item[0].lower() != "content-length")
    length = ("content-length", str(len(content)))
    return Response(response.status, (*headers, length), content, response.seconds)


def with_header(response: Response, name: str, value: str | None) -> Response:
    """A reply with another value of a header, or without it."""
    headers = [item for item in response.headers if item[0].lower() != name.lower()]
    if value is not None:
        headers.append((name, value))
    return replace(response, headers=tuple(headers))


def with_status(response: Response, status: int) -> Response:
    """A reply with another status."""
    return replace(response, status=status)


def crashed(operation: Operation) -> tuple[int, str | None]:
    """The status that a target fails with, one that is not documented, and what that breaks.

    Where each of them is documented it is a reply of the wrong media type, or nothing at all.
    """
    for status in (500, 501, 505):
        if not is_documented(operation, status):
            return status, f"{operation.id}:status"
    clause = f"{operation.id}:{'500' if '500' in operation.replies else '5XX'}:media-type"
    return 500, clause if clause in operation.clauses else None


def plain_text(status: int, text: str) -> Response:
    """A reply as a server gives it that has given up."""
    content = text.encode()
    headers = (("content-type", "text/plain"), ("content-length", str(len(content))))
    return Response(status, headers, content, 0.0)
