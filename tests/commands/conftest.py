"""The pack's mock as a server on loopback: as it is, with a fault, and counting."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from clausewise.mock import running
from clausewise.pack import find_pack

from ..conftest import REPOSITORY

TOKEN = "cfat_a-token-that-must-not-be-seen-0123456789"  # noqa: S105  # made up for the tests

Change = Callable[[dict[str, Any], int, dict[str, Any]], tuple[int, dict[str, Any]]]


class Server:
    """The pack's mock with its replies changed, and counts of the requests it got.

    `made` are the recordings that it started, each of which a run takes back with one request.
    """

    def __init__(self, change: Change) -> None:
        self.requests = 0
        self.made = 0
        self._change = change
        self.pack = find_pack(str(REPOSITORY))
        self._mock = self.pack.mock()

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer as the mock does, but for the change."""
        self.requests += 1
        received = b""
        sent: list[dict[str, Any]] = []

        async def listen() -> dict[str, Any]:
            nonlocal received
            message = await receive()
            received += message.get("body", b"")
            return message

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._mock(scope, listen, keep)
        content = b"".join(message.get("body", b"") for message in sent[1:])
        try:
            asked = json.loads(received)
        except ValueError:
            asked = {}
        answer = json.loads(content)
        status, answer = self._change(
            asked if isinstance(asked, dict) else {}, sent[0]["status"], answer
        )
        self.made += scope["method"] == "POST" and status == 200
        body = json.dumps(answer).encode()
        headers = [(name, value) for name, value in sent[0]["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _unchanged(
    asked: dict[str, Any], status: int, answer: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    return status, answer


@pytest.fixture
def conforming() -> Iterator[tuple[str, Server]]:
    """The URL of a mock that keeps the contract, and its counter."""
    server = Server(_unchanged)
    with running(server) as url:
        yield url, server


def no_session(
    asked: dict[str, Any], status: int, answer: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Leave the session id of a start out, and refuse portrait videos."""
    video = asked.get("video_config")
    if isinstance(video, dict) and video.get("height") == 1920 and status == 200:
        return 422, {"success": False, "error": {"code": 422, "message": "too high"}}
    if status == 200 and "meeting_id" in asked:
        answer["data"].pop("session_id", None)
    return status, answer


@pytest.fixture
def broken() -> Iterator[str]:
    """The URL of a mock with two faults."""
    with running(Server(no_session)) as url:
        yield url
