"""What a handler is called with, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field
from starlette.exceptions import HTTPException

from clausewise.contract import Operation


class Call(Struct, frozen=True):
    """One request that keeps the contract.

    `path` and `query` have the documented parameters that were sent, read as their schemas say
    (`?page_no=2` is the number 2). Header names are found in any case. `body` is parsed JSON, or
    None where none was sent.
    """

    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any


class Reply(Struct, frozen=True):
    """One reply. `body` is JSON, or bytes that are sent as they are, or None for no body.

    The media type is the documented one unless `headers` has a `content-type`.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(HTTPException):
    """A refusal with a status, a message and headers; a handler raises it to say no.

    The pack's `refuse` makes its body of the message. That goes out: no value that was sent may
    stand in it, since any may be a secret.
    """


Handler = Callable[[Call], Reply]
Refuse = Callable[[int, str], Any]
