"""Undoing: what requests take back what a run has made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from clausewise.exchange import Request
from clausewise.pack import Pack
from clausewise.plan.bodies import look
from clausewise.plan.cases import encode


@dataclass(frozen=True, slots=True)
class ToUndo:
    """A request that takes back one thing; `url` is absolute, `body` its JSON as text."""

    method: str
    url: str
    body: str | None

    def request(self, headers: tuple[tuple[str, str], ...]) -> Request:
        """The request, with these headers (the credential among them)."""
        content = self.body.encode() if self.body is not None else None
        if content is not None:
            headers = (*headers, ("Content-Type", "application/json"))
        return Request(self.method, self.url, headers, content)


@dataclass
class Created:
    """What a run brought into being: how much, how much of it was undone, and what is left.

    `left_over` says it in words, `to_undo` has the requests that would take it back.
    """

    started: int = 0
    undone: int = 0
    left_over: list[str] = field(default_factory=list)
    to_undo: list[ToUndo] = field(default_factory=list)


def undoing(
    pack: Pack, origin: str, path: Mapping[str, str], operation: str, reply: Any
) -> ToUndo | str | None:
    """What takes back what an accepted request made, by its reply's body.

    None where nothing was made, a text where it cannot be known: why.
    """
    resource = pack.leased
    undo = resource.undo.get(operation) if resource is not None else None
    if undo is None:
        return None
    created = look(reply, undo.id)
    if (
        isinstance(created, bool)
        or not isinstance(created, str | int)
        or created in ("", ".", "..")
    ):
        # Dots alone would name another path (RFC 3986, section 5.2.4), encoded or not.
        return f"the reply has no {undo.id}"
    filled = undo.path
    for name, value in {**path, "id": str(created)}.items():
        # An id is one segment, whatever a server puts into it.
        filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
    body = encode(undo.body).decode() if undo.body is not None else None
    return ToUndo(undo.method, origin + filled, body)
