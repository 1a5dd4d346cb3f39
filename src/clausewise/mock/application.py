"""A mock of a contract as an ASGI application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from clausewise.contract import Contract, Operation
from clausewise.errors import UsageError
from clausewise.mock.call import Handler, Refuse, Refused, Reply
from clausewise.mock.intake import Intake
from clausewise.mock.routes import canonical, freedom, route
from clausewise.mock.self_check import JSON, MockBroke, SelfCheck

_log = logging.getLogger("clausewise.mock")


class Sent(NamedTuple):
    """A reply as it goes out; header names are in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes


class Application:
    """Serves the operations of a contract, each below every documented server's path and without.

    `handlers` has a function by operation id; an operation without one answers 501. `refuse`
    makes a refusal's body of a status and a message. `tokens` are the bearer tokens that secured
    operations take. Raises UsageError when these do not fit together.

    It awaits nothing but the server, and holds nothing that a request changes: where handlers are
    safe to call from several threads, so is it.
    """

    needs_no_loop = True

    def __init__(
        self,
        contract: Contract,
        handlers: Mapping[str, Handler],
        *,
        refuse: Refuse,
        tokens: Iterable[str] = (),
    ) -> None:
        self._refuse = refuse
        tokens = tuple(tokens)
        _check_fit(contract, handlers, tokens)
        prefixes = {"", *(urlsplit(server).path.rstrip("/") for server in contract.servers)}
        served: list[tuple[str, _Served]] = []
        for operation in contract.operations.values():
            target = _Served(contract, operation, tokens, handlers.get(operation.id), refuse)
            served += [(f"{prefix}{operation.path}", target) for prefix in sorted(prefixes)]
        served.sort(key=lambda entry: freedom(entry[0]))
        # Not Mount: a prefix that fits keeps the request, even where only a path without it fits.
        self._routes = [
            route(target.operation.method, template, target.answer) for template, target in served
        ]
        self._starlette = Starlette(
            routes=self._routes,
            exception_handlers={404: self._refuse_path, 405: self._refuse_method},
        )
        self._starlette.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as ASGI 3.0 has it."""
        if scope["type"] == "http":
            # The raw path tells an encoded slash from a real one; servers need not give it.
            raw = scope.get("raw_path")
            path = raw.decode("latin-1") if raw else quote(scope["path"])
            scope = {**scope, "path": canonical(path)}
        await self._starlette(scope, receive, send)

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
    ) -> Sent:
        """Answer one request without a server or a loop. `path` is percent-encoded."""
        events: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content}

        async def send(event: Message) -> None:
            events.append(event)

        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "headers": Headers(headers).raw,
        }
        # Nothing in it waits: its first step is its last.
        with suppress(StopIteration):
            self(scope, receive, send).send(None)
        start, body = events
        return Sent(start["status"], start["headers"], body["body"])

    async def _refuse_path(self, request: Request, _: Exception) -> Response:
        return self._turn_away(request, Refused(404, "no such path"))

    async def _refuse_method(self, request: Request, _: Exception) -> Response:
        # RFC 9110, section 15.5.6: a 405 names the methods that there are. Starlette names those
        # of one route alone.
        fitting = [route for route in self._routes if route.matches(request.scope)[0] != Match.NONE]
        allowed = ", ".join(sorted({method for route in fitting for method in route.methods or ()}))
        refused = Refused(405, f"this path takes {allowed}", {"allow": allowed})
        return self._turn_away(request, refused)

    def _turn_away(self, request: Request, refused: Refused) -> Response:
        return _guarded(
            request, "the mock", lambda: _sendable(_refusal(self._refuse, refused), JSON)
        )


class _Served:
    """One operation, ready to answer."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        tokens: tuple[str, ...],
        handler: Handler | None,
        refuse: Refuse,
    ) -> None:
        self.operation = operation
        self._intake = Intake(contract, operation, tokens)
        self._self_check = SelfCheck(contract, operation)
        self._handler = handler
        self._refuse = refuse

    def answer(self, request: Request, content: bytes) -> Response:
        """Answer a request. It never raises."""
        return _guarded(request, self.operation.id, lambda: self._answer(request, content))

    def _answer(self, request: Request, content: bytes) -> Response:
        try:
            if self._handler is None:
                raise Refused(501, f"the mock does not play {self.operation.id}")
            reply = self._handler(self._intake.read(request, content))
            self._self_check.check(reply)
        except HTTPException as refused:
            reply = _refusal(self._refuse, refused)
            self._self_check.check(reply, refusal=True)
        return _sendable(reply, self._self_check.media_type(reply.status))


def _check_fit(
    contract: Contract, handlers: Mapping[str, Handler], tokens: tuple[str, ...]
) -> None:
    unknown = sorted(handlers.keys() - contract.operations.keys())
    if unknown:
        there = ", ".join(sorted(contract.operations))
        raise UsageError(f"a handler is for {unknown[0]!r}; there are: {there}")
    secured = [operation.id for operation in contract.operations.values() if operation.secured]
    if secured and not all([tokens, *tokens]):
        raise UsageError(f"{secured[0]} asks for a credential: give the mock a token to accept")


def _refusal(refuse: Refuse, refused: HTTPException) -> Reply:
    status = refused.status_code
    return Reply(status, refuse(status, refused.detail), refused.headers or {})


def _sendable(reply: Reply, kind: str) -> Response:
    if reply.body is None:
        return Response(None, reply.status, reply.headers)
    if not isinstance(reply.body, bytes):
        return JSONResponse(reply.body, reply.status, reply.headers, kind)
    response = Response(reply.body, reply.status, reply.headers)
    # Not `media_type`, which would say that the bytes of a text are UTF-8.
    response.headers.setdefault("content-type", kind)
    return response


def _guarded(request: Request, name: str, answer: Callable[[], Response]) -> Response:
    """Log what goes wrong, and answer it with 500 in plain text.

    Not Starlette's handler of Exception: that one raises it again, to be told by whoever serves.
    """
    try:
        return answer()
    except Exception as problem:
        _log.exception("%s %s", request.method, request.scope["path"])
        if isinstance(problem, MockBroke):
            return PlainTextResponse(str(problem), 500)
        # Its message may hold what was sent, so it stands in the log alone.
        kind = type(problem).__name__
        return PlainTextResponse(f"{name} raised {kind}: a mistake in the mock", 500)
