"""A mock of a contract as an ASGI application."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from clausewise.contract import Contract, Operation
from clausewise.errors import UsageError
from clausewise.mock.call import Handler, Refuse, Refused, Reply
from clausewise.mock.intake import Intake
from clausewise.mock.routes import Routes
from clausewise.mock.self_check import JSON, MockBroke, SelfCheck

LARGEST_BODY = 8 * 1024 * 1024

_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_log = logging.getLogger("clausewise.mock")
_Event = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Event]]
_Send = Callable[[_Event], Awaitable[None]]


class Sent(NamedTuple):
    """A reply as it goes out; header names are in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes


class _Served(NamedTuple):
    intake: Intake
    self_check: SelfCheck
    handler: Handler | None
    id: str


class Application:
    """Serves the operations of a contract, each below every documented server's path and without.

    `handlers` has a function by operation id; an operation without one answers 501. `refuse`
    makes a refusal's body of a status and a message. `tokens` are the bearer tokens that secured
    operations take. `beside` are operations that are served as well though they are not in the
    contract. Raises UsageError when these do not fit together.

    It awaits nothing but the server, and holds nothing that a request changes: where handlers are
    safe to call from several threads, so is it.
    """

    def __init__(
        self,
        contract: Contract,
        handlers: Mapping[str, Handler],
        *,
        refuse: Refuse,
        tokens: Iterable[str] = (),
        beside: Iterable[Operation] = (),
    ) -> None:
        self._refuse = refuse
        tokens = tuple(tokens)
        operations = [*contract.operations.values(), *beside]
        _check_fit(operations, handlers, tokens)
        prefixes = {"", *(urlsplit(server).path.rstrip("/") for server in contract.servers)}
        self._routes: Routes[_Served] = Routes()
        for operation in operations:
            served = _Served(
                Intake(contract, operation, tokens),
                SelfCheck(contract, operation),
                handlers.get(operation.id),
                operation.id,
            )
            for prefix in sorted(prefixes):
                self._routes.add(operation.method, f"{prefix}{operation.path}", served)

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
    ) -> Sent:
        """Answer one request.

        `path` is percent-encoded, header names are in lower case. It never raises: what goes
        wrong in a handler is logged and answered with 500, in plain text.
        """
        served: _Served | None = None
        try:
            try:
                served, segments = self._routes.find(method, path)
                if served.handler is None:
                    raise Refused(501, f"the mock does not play {served.id}")
                call = served.intake.read(segments, query, headers, content)
                reply = served.handler(call)
                served.self_check.check(reply)
            except Refused as refused:
                reply = self._refusal(served, refused)
            return _encoded(reply, served)
        except MockBroke as problem:
            _log.exception("%s %s", method, path)
            return _text(500, str(problem))
        except Exception as problem:
            _log.exception("%s %s", method, path)
            # Its message may hold what was sent, so it stands in the log alone.
            name = served.id if served else "the mock"
            return _text(500, f"{name} raised {type(problem).__name__}: a mistake in the mock")

    def _refusal(self, served: _Served | None, refused: Refused) -> Reply:
        body = self._refuse(refused.status, refused.message)
        reply = Reply(refused.status, body, refused.headers)
        if served is not None:
            served.self_check.check(reply, refusal=True)
        return reply

    async def __call__(self, scope: _Event, receive: _Receive, send: _Send) -> None:
        """Serve one HTTP request (ASGI 3.0); a life span is agreed to, other scopes are not known.

        Raises NotImplementedError for them.
        """
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            raise NotImplementedError(f"ASGI scope {scope['type']!r}")
        content = await _content(receive)
        if content is None:
            return
        if len(content) > LARGEST_BODY:
            refusal = Refused(413, f"a body has at most {LARGEST_BODY} bytes")
            status, headers, content = _encoded(self._refusal(None, refusal), None)
        else:
            status, headers, content = self.answer(
                scope["method"],
                _path(scope),
                scope.get("query_string", b"").decode("latin-1"),
                _headers(scope["headers"]),
                content,
            )
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def _check_fit(
    operations: list[Operation], handlers: Mapping[str, Handler], tokens: tuple[str, ...]
) -> None:
    names = [operation.id for operation in operations]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{twice[0]} is in the contract: do not serve it beside it")
    unknown = sorted(handlers.keys() - set(names))
    if unknown:
        raise UsageError(f"a handler is for {unknown[0]!r}; there are: {', '.join(sorted(names))}")
    secured = [operation.id for operation in operations if operation.secured]
    if secured and not all([tokens, *tokens]):
        raise UsageError(f"{secured[0]} asks for a credential: give the mock a token to accept")


def _encoded(reply: Reply, served: _Served | None) -> Sent:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in reply.headers.items()
    ]
    content = reply.body
    if content is None:
        content = b""
    else:
        if not isinstance(content, bytes):
            content = _encoder.encode(content).encode()
        if not any(name == b"content-type" for name, _ in headers):
            kind = served.self_check.media_type(reply.status) if served else JSON
            headers.append((b"content-type", kind.encode("latin-1")))
    # A reply without content has no length to state (RFC 9110, section 8.6).
    if reply.status != 204:
        headers.append((b"content-length", b"%d" % len(content)))
    return Sent(reply.status, headers, content)


def _text(status: int, text: str) -> Sent:
    content = text.encode("utf-8", "replace")
    kind = (b"content-type", b"text/plain; charset=utf-8")
    return Sent(status, [kind, (b"content-length", b"%d" % len(content))], content)


def _path(scope: _Event) -> str:
    # The raw path tells an encoded slash from a real one; servers need not give it.
    raw = scope.get("raw_path")
    return raw.decode("latin-1") if raw else quote(scope["path"])


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        # Repeated fields mean one list (RFC 9110, section 5.3).
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def _content(receive: _Receive) -> bytes | None:
    """Read the body, to a little beyond the largest; None when the client went away."""
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        part = event.get("body", b"")
        size += len(part)
        parts.append(part)
        if not event.get("more_body") or size > LARGEST_BODY:
            return b"".join(parts)


async def _live(receive: _Receive, send: _Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
