"""From a contract's paths to Starlette's routes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import aclosing
from urllib.parse import quote, unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from clausewise.mock.intake import LARGEST_BODY

_PARAMETER = re.compile(r"\{([^{}]+)\}")

Answer = Callable[[Request, bytes], Response]


def route(method: str, template: str, answer: Answer) -> Route:
    """Route one method of a path template.

    `answer` gets the body, and the path parameters by the template's names, decoded.
    """
    pieces = _PARAMETER.split(template)
    names = pieces[1::2]
    # A contract's parameter may have any name, Starlette's has to be an identifier.
    pieces[1::2] = [f"{{p{index}}}" for index in range(len(names))]
    pieces[::2] = [canonical(piece) for piece in pieces[::2]]
    route = Route("".join(pieces), _Endpoint(names, answer), methods=[method])
    # Starlette adds HEAD to GET; here the contract alone says what a path takes.
    route.methods = {method}
    return route


def canonical(path: str) -> str:
    """Write a percent-encoded path in the one way in which it is routed.

    Starlette routes decoded paths, in which an encoded slash would part a value.
    """
    return "/".join(quote(unquote(segment), safe="") for segment in path.split("/"))


def freedom(template: str) -> list[int]:
    """Tell how much each segment leaves open: nothing, a part, all.

    A concrete path goes before a templated one (OpenAPI 3.1, section 4.8.8.2); Starlette takes the
    first that fits.
    """
    return [
        bool(_PARAMETER.search(segment)) + bool(_PARAMETER.fullmatch(segment))
        for segment in template.split("/")
    ]


class _Endpoint:
    # An ASGI application, not a function of a request: that one would have to reply to a client
    # that went away.
    def __init__(self, names: list[str], answer: Answer) -> None:
        self._names = names
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        values = scope["path_params"]
        scope["path_params"] = {
            name: unquote(values[f"p{index}"]) for index, name in enumerate(self._names)
        }
        request = Request(scope, receive)
        try:
            content = await _content(request)
        except ClientDisconnect:
            return
        await self._answer(request, content)(scope, receive, send)


async def _content(request: Request) -> bytes:
    """Read the body, to a little beyond the largest."""
    # Not Starlette's `max_body_size`: that one answers in its own words, in plain text.
    content = bytearray()
    async with aclosing(request.stream()) as parts:
        async for part in parts:
            content += part
            if len(content) > LARGEST_BODY:
                break
    return bytes(content)
