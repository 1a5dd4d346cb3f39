"""Pact files, of version 1 to 4.

https://docs.pact.io
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

import msgspec

from clausewise.traffic.exchange import (
    ABSENT_BODY,
    UNKNOWN,
    Aside,
    Body,
    Headers,
    Item,
    ReceivedResponse,
    SentRequest,
    TrafficExchange,
    has_header,
)
from clausewise.traffic.readers.stubs import as_list, document, each, json_body, members


def read_pact(stream: BinaryIO) -> Iterator[Item]:
    """Read the interactions of a pact."""
    yield from each(members(document(stream), "interactions"), _pact)


def _pact(interaction: dict[str, Any]) -> TrafficExchange | Aside:
    if interaction.get("type", "Synchronous/HTTP") != "Synchronous/HTTP":
        return Aside("interaction of no HTTP")
    request, response = _flat(interaction, "request"), _flat(interaction, "response")
    query = request.get("query")
    if isinstance(query, dict):
        query = "&".join(
            quote(n) if one is None else urlencode([(n, one)])
            for n, v in query.items()
            for one in as_list(v)
        )
    path = request["path"]
    if not isinstance(path, str):  # as Ruby's first pacts have terms
        return Aside("stub for a pattern of URLs")
    return TrafficExchange(
        str(request["method"]).upper(),
        f"{path}?{query}" if query else path,
        # A pact says what is expected at least: there may be more headers.
        SentRequest(_pact_headers(request), _pact_body(request), True),
        ReceivedResponse(
            int(response.get("status", 200)),
            _pact_headers(response),
            # Its consumer names what it reads; a provider may send more.
            msgspec.structs.replace(_pact_body(response), partial=True),
            True,
        ),
        fixed=True,
    )


def _flat(interaction: dict[str, Any], side: str) -> dict[str, Any]:
    """A message of an interaction; of version 4 its body stands in an object with its type.

    Only there: before, an object with such members is the body itself.
    """
    message: dict[str, Any] = interaction[side]
    held = message.get("body")
    if "type" not in interaction or not isinstance(held, dict) or "content" not in held:
        return message
    return {**message, "body": held["content"], "held": held}


def _pact_headers(message: dict[str, Any]) -> Headers:
    held = message.get("headers") or {}
    headers = [(str(n), ", ".join(map(str, as_list(v)))) for n, v in held.items()]
    kind = message.get("held", {}).get("contentType")
    if kind and not has_header(headers, "content-type"):
        headers.append(("Content-Type", str(kind)))
    return headers


def _pact_body(message: dict[str, Any]) -> Body:
    if "body" not in message:
        return UNKNOWN  # whatever it is
    body = message["body"]
    if message.get("held", {}).get("encoded") == "base64":
        return Body(base64=str(body))
    if body is None or body == "":
        return ABSENT_BODY
    return Body(text=body) if isinstance(body, str) else json_body(body)
