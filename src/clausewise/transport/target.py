"""What a target is: something that takes a request and gives a reply."""

from __future__ import annotations

from typing import Protocol

from clausewise.exchange import Request, Response


class Failed(Exception):  # noqa: N818  # it is a word of its own: a request that got no reply
    """There is no reply. `unreachable` means that not even a connection came about."""

    def __init__(self, reason: str, unreachable: bool = False) -> None:
        super().__init__(reason, unreachable)
        self.reason = reason
        self.unreachable = unreachable

    def __str__(self) -> str:
        return self.reason


class Target(Protocol):
    """Sends one request at a time from any thread."""

    kind: str

    def send(self, request: Request) -> Response:
        """Send a request. Raises Failed when there is no reply."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
