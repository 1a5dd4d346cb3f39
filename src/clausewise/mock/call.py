"""What a handler is called with, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clausewise.contract import Operation


@dataclass(frozen=True, slots=True)
class Call:
    """One request that keeps the contract.

    `path` and `query` have the documented parameters that were sent, read as their schemas say
    (`?page_no=2` is the number 2). Header names are in lower case. `body` is parsed JSON, or None
    where none was sent.
    """

    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. `body` is JSON, or bytes that are sent as they are, or None for no body.

    The media type is the documented one unless `headers` has a `content-type`.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818  # an outcome, not an error: a handler raises it to say no
    """A refusal with this status; the pack's `refuse` makes its body of the message.

    The message goes out: no value that was sent may stand in it, since any may be a secret.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message, headers)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def __str__(self) -> str:
        return f"{self.status} {self.message}"


Handler = Callable[[Call], Reply]
Refuse = Callable[[int, str], Any]
