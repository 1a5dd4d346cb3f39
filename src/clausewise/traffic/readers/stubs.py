"""What files of stubs have in common: what is asked, and what will be answered, without a server.

They answer always alike, so what they accept once they accept. Where a file leaves open what is
asked (a pattern), it is not known; where it leaves open what is answered (a template), neither.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from clausewise.traffic.exchange import (
    UNKNOWN,
    Aside,
    Body,
    Headers,
    Item,
    Poisoned,
    TrafficExchange,
)

_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def each(
    nodes: Iterable[Any], read: Callable[[Any], TrafficExchange | Aside], kind: str = "stub"
) -> Iterator[Item]:
    """Read each node of a file; what is none of its `kind` is named."""
    for number, node in enumerate(nodes, 1):
        try:
            yield Item(number, read(node))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            yield Item(number, Poisoned(f"it is no {kind}: {error!r}"))


def document(stream: BinaryIO) -> dict[str, Any]:
    """The JSON object that a file is. Raises ValueError for anything else."""
    try:
        node = json.load(stream)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(node, dict):
        raise ValueError("it is no JSON object")
    return node


def members(node: dict[str, Any], name: str) -> list[Any]:
    """The list at a member, an empty one where there is none. Raises ValueError for no list."""
    found = node.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise ValueError(f"its `{name}` is no list")
    return found


def as_list(value: Any) -> list[Any]:
    """A value that may be a list as one."""
    return value if isinstance(value, list) else [value]


def json_body(value: Any) -> Body:
    """A body of a JSON value, or of its text."""
    return Body(text=value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def open_body(body: Body) -> Body:
    """A body that is a template is not known."""
    return UNKNOWN if body.text is not None and is_open(body.text) else body


def is_open(text: str) -> bool:
    """Whether a text is a template, which is filled in when it is asked for."""
    return _TEMPLATE.search(text) is not None


def closed(headers: Headers) -> Headers:
    """Headers but those that are templates."""
    return [(name, value) for name, value in headers if not is_open(value)]
