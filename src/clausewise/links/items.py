"""Items: the list that a reply shows, and the values in it that can name a thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from clausewise.links.nouns import noun_of
from clausewise.pointer import escape

# Members that only wrap what is meant.
_ENVELOPES = frozenset(
    {
        "attributes", "body", "content", "data", "embedded", "entries", "entry", "hits", "item",
        "items", "list", "object", "objects", "payload", "record", "records", "response", "result",
        "results", "rows", "value", "values",
    }
)  # fmt: skip
_DEPTH = 3
# So many characters a name may have: a URL has to have room for it.
_LONGEST = 2000


def is_name(value: Any) -> bool:
    """Whether a value can name a thing: a text, or a whole number."""
    if isinstance(value, str):
        return value not in ("", ".", "..") and len(value) <= _LONGEST
    return isinstance(value, int) and not isinstance(value, bool)


def wraps(name: str, noun: str) -> bool:
    """Whether a member only wraps what is meant: `data`, or what the thing is called."""
    return name.lower().strip("_") in _ENVELOPES or bool(noun and noun_of(name) == noun)


def scalars(value: Any, noun: str, at: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The values that can be names, with their pointers; within envelopes too."""
    if is_name(value) and not at:
        yield at, value
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if is_name(inner):
            yield f"{at}/{escape(name)}", inner
    if depth < _DEPTH:
        for name, inner in value.items():
            if isinstance(inner, dict) and wraps(name, noun):
                yield from scalars(inner, noun, f"{at}/{escape(name)}", depth + 1)


def names_anywhere(value: Any) -> list[tuple[str, Any]]:
    """The values that can be names, with their pointers: of all members, and the first of lists."""
    found: list[tuple[str, Any]] = []
    _gather(value, "", 0, found)
    return found


def _gather(value: Any, at: str, depth: int, found: list[tuple[str, Any]]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items() if depth <= _DEPTH else ():
            _gather(inner, f"{at}/{escape(name)}", depth + 1, found)
    elif isinstance(value, list):
        if depth <= _DEPTH and value and isinstance(value[0], dict):
            _gather(value[0], f"{at}/0", depth + 1, found)
    elif is_name(value):
        found.append((at, value))


def items_of(body: Any, noun: str) -> tuple[str, list[Any]] | None:
    """The list in a reply that shows things of a noun, with its pointer."""
    return _items(body, noun_of(noun), "", 0)


def names_in(item: Any) -> list[Any]:
    """The values of an item of a list that may name it."""
    return [value for _, value in scalars(item, "")]


def in_body(values: Iterable[tuple[str, Any]], at: str = "") -> dict[str, Any]:
    """Values by the expressions for them in the body of a reply; their pointers go on from `at`."""
    return {f"$response.body#{at}{pointer}": value for pointer, value in values}


def _items(value: Any, noun: str, at: str, depth: int) -> tuple[str, list[Any]] | None:
    """The list in a reply and its pointer: the body itself, or within envelopes."""
    if isinstance(value, list):
        return at, value
    if not isinstance(value, dict) or depth > _DEPTH:
        return None
    inner = [(name, one) for name, one in value.items() if isinstance(one, dict | list)]
    wrapping = [(name, one) for name, one in inner if wraps(name, noun)]
    arrays = [(name, one) for name, one in inner if isinstance(one, list)]
    for name, one in wrapping or (arrays if len(arrays) == 1 else []):
        found = _items(one, noun, f"{at}/{escape(name)}", depth + 1)
        if found is not None:
            return found
    return None
