"""A mock of a contract as an ASGI application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from clausewise.contract import Contract, Operation
from clausewise.errors import UsageError
from clausewise.exchange import RawResponse
from clausewise.mock.call import Handler, Refuse, Refused, Reply
from clausewise.mock.intake import LARGEST_BODY, Intake
from clausewise.mock.self_check import JSON, MockBroke, SelfCheck

_log = logging.getLogger("clausewise.mock")


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
        self._contract = contract
        self._served = {
            operation.id: _ServedOperation(
                contract, operation, tokens, handlers.get(operation.id), refuse
            )
            for operation in contract.operations.values()
        }
        # What is no request, such as the server's start and end, is for Starlette.
        self._beside = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as ASGI 3.0 has it."""
        if scope["type"] != "http":
            await self._beside(scope, receive, send)
            return
        request = Request(scope, receive)
        match = self._contract.match(scope["method"], _path(scope), anywhere=False)
        if match is None:
            await self._turn_away(request)(scope, receive, send)
            return
        try:
            content = await _content(request)
        except ClientDisconnect:
            return
        served = self._served[match.operation.id]
        await served.answer(request, match.path, content)(scope, receive, send)

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
    ) -> RawResponse:
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
        return RawResponse(start["status"], start["headers"], body["body"])

    def refuse(self, operation: Operation) -> RawResponse:
        """The answer to a request of an operation that is refused, whatever it is."""
        # No word of what is there or is not: with one, a run puts the refusal down to its data.
        refused = Refused(400, f"{operation.id} does not take this request")
        answer = _sendable(_refusal(self._refuse, refused), JSON)
        return RawResponse(answer.status_code, answer.raw_headers, bytes(answer.body))

    def _turn_away(self, request: Request) -> Response:
        methods = self._contract.methods(_path(request.scope), anywhere=False)
        refused = Refused(404, "no such path")
        if methods:
            # RFC 9110, section 15.5.6: a 405 names the methods that there are.
            allowed = ", ".join(methods)
            refused = Refused(405, f"this path takes {allowed}", {"allow": allowed})
        return _guarded(
            request, "the mock", lambda: _sendable(_refusal(self._refuse, refused), JSON)
        )


def _path(scope: Scope) -> str:
    """The path of a request, percent-encoded, below whatever the application is mounted at."""
    # The raw path tells an encoded slash from a real one; servers need not give it.
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    return path.removeprefix(quote(scope.get("root_path", "")))


async def _content(request: Request) -> bytes:
    """Read the body, to a little beyond the largest."""
    # Not Starlette's `max_body_size`: that one answers in its own words, in plain text.
    content = bytearray()
    async with aclosing(request.stream()) as parts:
        async for part in parts:
            content += part
            if len(content) > LARGEST_BODY:
                break
    return bytes(content)


class _ServedOperation:
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

    def answer(self, request: Request, path: Mapping[str, str], content: bytes) -> Response:
        """Answer a request. It never raises."""
        return _guarded(request, self.operation.id, lambda: self._answer(request, path, content))

    def _answer(self, request: Request, path: Mapping[str, str], content: bytes) -> Response:
        try:
            if self._handler is None:
                raise Refused(501, f"the mock does not play {self.operation.id}")
            reply = self._handler(self._intake.read(request, path, content))
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
