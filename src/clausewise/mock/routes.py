"""From a method and a path to what serves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Generic, TypeVar
from urllib.parse import unquote

from clausewise.mock.call import Refused

T = TypeVar("T")
_ANYTHING = "(.+)"
_PARAMETER = re.compile(r"\{([^{}]+)\}")


class Routes(Generic[T]):
    """Path templates with what serves each method of them."""

    def __init__(self) -> None:
        self._by_length: dict[int, list[_Route[T]]] = {}

    def add(self, method: str, template: str, target: T) -> None:
        """Serve this method and template by `target`."""
        route = _Route(method, template, target)
        routes = self._by_length.setdefault(len(route.segments), [])
        routes.append(route)
        # A concrete path goes before a templated one (OpenAPI 3.1, section 4.8.8.2).
        routes.sort(key=lambda route: [_freedom(part) for part in route.segments])

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]]:
        """Find what serves a percent-encoded path, and its parameters' values, decoded.

        Raises Refused: 404 where no template fits, 405 where none has this method.
        """
        # Split before decoding: an encoded slash belongs to a value.
        segments = [unquote(segment) for segment in path.split("/")[1:]]
        allowed: dict[str, None] = {}
        for route in self._by_length.get(len(segments), ()):
            values = route.match(segments)
            if values is None:
                continue
            if route.method == method:
                return route.target, values
            allowed[route.method] = None
        if not allowed:
            raise Refused(404, "no such path")
        # RFC 9110, section 15.5.6: a 405 names the methods that there are.
        raise Refused(405, f"this path takes {', '.join(allowed)}", {"allow": ", ".join(allowed)})


class _Route(Generic[T]):
    def __init__(self, method: str, template: str, target: T) -> None:
        self.method = method
        self.target = target
        self.names = _PARAMETER.findall(template)
        self.segments = [_segment(part) for part in template.split("/")[1:]]

    def match(self, segments: list[str]) -> dict[str, str] | None:
        values: list[str] = []
        for expected, segment in zip(self.segments, segments, strict=True):
            if isinstance(expected, str):
                if expected != segment:
                    return None
                continue
            found = expected.fullmatch(segment)
            if found is None:
                return None
            values += found.groups()
        return dict(zip(self.names, values, strict=True))


def _segment(part: str) -> str | re.Pattern[str]:
    """Read a template's segment: plain text, or a pattern with a group for each parameter."""
    if not _PARAMETER.search(part):
        return unquote(part)
    return re.compile("".join(_pieces(part)), re.DOTALL)


def _freedom(part: str | re.Pattern[str]) -> int:
    if isinstance(part, str):
        return 0
    return 2 if part.pattern == _ANYTHING else 1


def _pieces(part: str) -> Iterator[str]:
    for index, piece in enumerate(_PARAMETER.split(part)):
        yield _ANYTHING if index % 2 else re.escape(unquote(piece))
