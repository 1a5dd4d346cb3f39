"""An ASGI application with faults in front of it and behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from clausewise.contract import Contract, Operation
from clausewise.contract.codecs import Unreadable
from clausewise.contract.requests import BODY, Encoded
from clausewise.exchange import Request, Response
from clausewise.judge.outcomes import outcome_of
from clausewise.pointer import ABSENT
from clausewise.selftest.fault import Asked, Fault
from clausewise.transport.in_process import InProcessTarget
from clausewise.transport.target import Failed


class Faulty:
    """Answers as a conforming application does, but for the faults.

    The first fault that answers before the application decides; those behind it work one after
    another. `applied` counts by fault how often it changed anything; `changed` are the exchanges
    in which one did.
    """

    needs_no_loop = True

    def __init__(self, application: Any, contract: Contract, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        self.applied = dict.fromkeys((fault.name for fault in self.faults), 0)
        self.changed: list[tuple[Request, Response]] = []
        self.application = application
        self._target = InProcessTarget(application)
        self._contract = contract
        self._last: dict[str, Response] = {}
        self._accepted: dict[str, Request] = {}
        self._notes: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve as ASGI 3.0 has it."""
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served")
        content = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            content += message.get("body", b"")
            if not message.get("more_body"):
                break
        raw = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        # The application may need a loop of its own: a thread has none that is running.
        status, told, body = await asyncio.to_thread(
            self.answer,
            scope["method"],
            raw.decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            headers,
            content,
        )
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": body})

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Answer one request without a server or a loop. `path` is percent-encoded."""
        response = self.respond(_request(method, path, query, dict(headers), content))
        told = [(name.encode(), value.encode("latin-1")) for name, value in response.headers]
        return response.status, told, response.content

    def respond(self, request: Request) -> Response:
        """Answer one request."""
        asked = self._asked(request)
        if asked is None:
            return self._ask(request)
        response = self._before(asked)
        untouched = None
        if response is None:
            response = untouched = self._ask(request)
            if outcome_of(asked.operation, response) == "accepted":
                self._last[asked.operation.id] = response
                self._accepted.setdefault(asked.operation.id, request)
        for fault in self.faults:
            if fault.after is None or fault.operation not in ("", asked.operation.id):
                continue
            changed = fault.after(asked, response)
            if changed is not response:
                self.applied[fault.name] += 1
                response = changed
        if response is not untouched:
            self.changed.append((request, response))
        return response

    def _before(self, asked: Asked) -> Response | None:
        for fault in self.faults:
            if fault.before is None or fault.operation not in ("", asked.operation.id):
                continue
            response = fault.before(asked)
            if response is not None:
                self.applied[fault.name] += 1
                return response
        return None

    def _ask(self, request: Request) -> Response:
        try:
            return self._target.send(request)
        except Failed as failure:
            return Response(504, (), str(failure).encode(), 0.0)

    def _asked(self, request: Request) -> Asked | None:
        found = self._contract.match(request.method, request.url)
        if found is None:
            return None
        query = urlsplit(request.url).query
        found = self._contract.meant(
            found,
            lambda one: one.operation.request.accepts(
                _value_of(one.operation, request, one.path, query)
            ),
            # What no operation of the URL takes, the one that is at fault may.
            lambda one: any(fault.operation == one.operation.id for fault in self.faults),
        )
        operation = found.operation
        value = _value_of(operation, request, found.path, query)
        return Asked(
            operation,
            request,
            dict(found.path),
            value.get("query") or {},
            value.get(BODY, ABSENT),
            value,
            self._ask,
            self._last.get(operation.id),
            self._notes,
            self._refusing(operation),
            self._accepted.get(operation.id),
        )

    def _refusing(self, operation: Operation) -> Callable[[], Response] | None:
        refuse = getattr(self.application, "refuse", None)
        if refuse is None:
            return None

        def refusal() -> Response:
            status, told, content = refuse(operation)
            headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in told)
            return Response(status, headers, content, 0.0)

        return refusal


def _value_of(
    operation: Operation, request: Request, path: Mapping[str, str], query: str
) -> dict[str, Any]:
    """The request object that a server reads; without its body, where that is unreadable."""
    headers = {name.lower(): value for name, value in request.headers}
    sent = headers.get("content-type")
    codec = operation.codec_of(operation.content_for(sent) or next(iter(operation.contents), None))
    content = request.content
    if content is not None and codec.body is not None:
        try:
            codec.body.decode(content)
        except Unreadable:
            content = None
    texts = {name: quote(text, safe="") for name, text in path.items()}
    wire = Encoded(
        codec.with_texts(texts), query, tuple(headers.items()), headers.get("cookie", ""), content
    )
    value: dict[str, Any] = codec.read(wire)
    return value


def _request(
    method: str, path: str, query: str, headers: Mapping[str, str], content: bytes
) -> Request:
    url = f"http://mock.invalid{path}{'?' if query else ''}{query}"
    return Request(method, url, tuple(headers.items()), content or None)
