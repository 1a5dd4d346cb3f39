"""What a run brought into being at its target, and what would take it back."""

from __future__ import annotations

from msgspec import Struct

from clausewise.exchange import Request


class ToUndo(Struct, frozen=True):
    """A request that takes back one thing; `url` is absolute, `body` its JSON, or another text.

    `headers` are those that the contract requires of it, no credential; JSON is sent as such where
    they name no other type.
    """

    method: str
    url: str
    body: str | None
    headers: tuple[tuple[str, str], ...] = ()

    def request(self, headers: tuple[tuple[str, str], ...]) -> Request:
        """The request, with these headers (the credential among them)."""
        content = self.body.encode() if self.body is not None else None
        if content is not None and all(name.lower() != "content-type" for name, _ in headers):
            headers = (*headers, ("Content-Type", "application/json"))
        return Request(self.method, self.url, headers, content)


class Creations(Struct, frozen=True):
    """How much a run made, how much of it was undone, and what is left.

    `left_over` says it in words, `to_undo` has the requests that would take it back. Sensitive
    path parameters stand by their names in them.
    """

    started: int = 0
    undone: int = 0
    left_over: tuple[str, ...] = ()
    to_undo: tuple[ToUndo, ...] = ()
