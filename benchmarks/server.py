"""The servers of the benchmarks, each in a process of its own.

`mock` is the bundled pack's mock behind Uvicorn, as `clausewise mock` serves it. `canned` answers
with the replies that the mock gave to the same plan, looked up in a table: next to it, the client
is all that takes time. `waiting` is the same, and each reply takes 20 ms. All count what they are
asked; `GET /count` tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import multiprocessing
import re
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from multiprocessing.connection import Connection
from typing import Any

from msgspec.structs import replace

from clausewise.campaign.requests import Wire
from clausewise.exchange import Response
from clausewise.mock import serve
from clausewise.pack import Pack, find_pack
from clausewise.pack.resolving import resolve
from clausewise.plan.plan import Plan
from clausewise.transport.in_process import InProcessTarget

PACK = "bundled:realtimekit_recordings"
OPERATION = "start_recording"
COUNT = "/count"
# What each reply of `waiting` takes, in seconds.
WAIT = 0.02
_PROCESSES = multiprocessing.get_context("spawn")
# A run leases fresh resources; what a reply says does not depend on their ids.
_ID = re.compile(rb'("(?:meeting_id|meetingId)":\s*)"[^"]*"')
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@contextlib.contextmanager
def started(kind: str, pack: Pack, plan: Plan) -> Iterator[str]:
    """Run a server for as long as the block lasts; gives its base URL."""
    here, there = _PROCESSES.Pipe()
    if kind in ("canned", "waiting"):
        wait = WAIT if kind == "waiting" else 0.0
        process = _PROCESSES.Process(target=serve_canned, args=(Table(pack, plan), there, wait))
    else:
        process = _PROCESSES.Process(target=serve_mock, args=(pack.origin, there))
    process.start()
    try:
        if not here.poll(60):
            raise RuntimeError(f"the server {kind} did not start")
        yield str(here.recv())
    finally:
        process.terminate()
        process.join()


def count(url: str) -> int:
    """How many requests the server was asked since it was last asked this."""
    with urllib.request.urlopen(url + COUNT) as reply:  # noqa: S310  # a server of our own
        return int(json.load(reply))


class Counted:
    """An ASGI application that counts the requests to another one."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, and hand over."""
        if scope["path"] != COUNT:
            self.asked += 1
            await self.application(scope, receive, send)
            return
        asked, self.asked = self.asked, 0
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(asked).encode()})


class Table:
    """Recorded replies, by what tells the planned requests apart."""

    def __init__(self, pack: Pack, plan: Plan) -> None:
        self._replies: dict[tuple[bytes, ...], bytes] = {}
        # Requests that are a conflict when the same resource was named before.
        self._conflicts: dict[tuple[bytes, ...], bytes] = {}
        self._seen: set[bytes] = set()
        # What is said to whoever has no credential; near misses of one are in no plan.
        self._stranger = b""
        settings = replace(resolve(pack, base_url="http://127.0.0.1"), clean_up=False)
        resource = next(iter(pack.resources.values()), None)
        leased = dict(resource.members) if resource else {}
        wire = Wire(settings, leased, resource.name if resource else None)
        mock = InProcessTarget(pack.mock())
        for case in plan.cases:
            request = wire.request(pack.contract.operations[case.operation], case)
            reply = mock.send(request)
            key = _key(
                request.url.removeprefix("http://127.0.0.1").encode(),
                {name.lower(): value.encode() for name, value in request.headers},
                request.content or b"",
            )
            known = self._conflicts if reply.status == 409 else self._replies
            known[key] = _on_the_wire(reply)
            if case.credential == "none":
                self._stranger = known[key]
        mock.close()

    def reply(self, path: bytes, headers: dict[str, bytes], content: bytes) -> bytes:
        """The recorded reply."""
        key = _key(path, headers, content)
        told = _ID.search(content)
        if told is None:
            return self._replies.get(key, self._stranger)
        seen = told[0] in self._seen
        self._seen.add(told[0])
        if seen and key in self._conflicts:
            return self._conflicts[key]
        return self._replies.get(key, self._stranger)


def _key(path: bytes, headers: dict[str, bytes], content: bytes) -> tuple[bytes, ...]:
    sender = headers.get("authorization", b""), headers.get("content-type", b"")
    told = _ID.search(content)
    # An id that is itself what is wrong with a request tells it apart.
    if told is not None and len(told[0]) == len(told[1]) + 38:
        content = _ID.sub(rb"\1", content)
    return path, *sender, content


def _on_the_wire(reply: Response) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} -"]
    lines += [f"{n}: {v}" for n, v in reply.headers if n.lower() != "content-length"]
    lines.append(f"content-length: {len(reply.content)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + reply.content


class Canned(asyncio.Protocol):
    """HTTP/1.1 with as little work as the clients of this benchmark allow."""

    asked = 0

    def __init__(self, table: Table, wait: float) -> None:
        self._table = table
        self._wait = wait
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            first, *lines = head.split(b"\r\n")
            pairs = (line.partition(b":") for line in lines)
            headers = {name.decode().lower(): value.strip() for name, _, value in pairs}
            size = int(headers.get("content-length", b"0"))
            if len(rest) < size:
                return
            content, self._buffer = rest[:size], rest[size:]
            path = first.split(b" ")[1]
            if path == COUNT.encode():
                body = str(Canned.asked).encode()
                Canned.asked = 0
                length = str(len(body)).encode()
                self._transport.write(b"HTTP/1.1 200 -\r\ncontent-length: " + length + b"\r\n\r\n")
                self._transport.write(body)
                continue
            Canned.asked += 1
            reply = self._table.reply(path, headers, content)
            if self._wait:
                asyncio.get_running_loop().call_later(self._wait, self._transport.write, reply)
            else:
                self._transport.write(reply)


def serve_canned(table: Table, ready: Connection, wait: float) -> None:
    """Answer from the table, `wait` seconds after each request, until the process is ended."""
    asyncio.run(_serve_canned(table, ready, wait))


async def _serve_canned(table: Table, ready: Connection, wait: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Canned(table, wait), "127.0.0.1", 0, backlog=512)
    ready.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await server.serve_forever()


def serve_mock(origin: str, ready: Connection) -> None:
    """Serve the pack's mock until the process is ended."""
    # Uvicorn warns of each request that is no HTTP; some contenders send such.
    logging.disable(logging.WARNING)
    serve(Counted(find_pack(origin).mock()), ready=ready.send)
