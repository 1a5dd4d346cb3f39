"""JSON Pointers (RFC 6901): where a value stands in a JSON value, and changing it there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"

    def __reduce__(self) -> str:
        return "ABSENT"


# What stands where nothing stands; JSON's null is a value.
ABSENT: Any = _Absent()


@lru_cache(maxsize=65_536)
def escape(token: str) -> str:
    """One step of a pointer (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """The reverse of `escape`."""
    return token.replace("~1", "/").replace("~0", "~")


def steps_of(at: str) -> list[str]:
    """The steps of a pointer, unescaped; none for the whole value."""
    return list(_steps(at))


@lru_cache(maxsize=65_536)
def _steps(at: str) -> tuple[str, ...]:
    """The same pointers are followed again and again."""
    return tuple([unescape(step) for step in at.split("/")[1:]])


def look(value: Any, at: str) -> Any:
    """What stands at a pointer, or ABSENT."""
    for name in _steps(at):
        # Most values on the way are objects.
        value = value.get(name, ABSENT) if value.__class__ is dict else step_into(value, name)
        if value is ABSENT:
            break
    return value


def step_into(value: Any, name: str) -> Any:
    """What stands at one unescaped step of a pointer, or ABSENT."""
    if isinstance(value, dict):
        return value.get(name, ABSENT)
    if isinstance(value, list) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    return ABSENT


def everywhere(value: Any, at: str) -> Iterator[Any]:
    """What stands at a pointer of ids, in which `*` is any item or member."""
    if "*" in at:
        yield from _everywhere(value, steps_of(at))
    elif (one := look(value, at)) is not ABSENT:
        yield one


def _everywhere(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    first, *rest = steps
    if first == "*":
        inner = value if isinstance(value, list) else []
        inner = [*value.values()] if isinstance(value, dict) else inner
    else:
        one = step_into(value, first)
        inner = [one] if one is not ABSENT else []
    for item in inner:
        yield from _everywhere(item, rest)


def anywhere(value: Any, name: str) -> Iterator[Any]:
    """The members of a name anywhere within a value."""
    if isinstance(value, dict) and name in value:
        yield value[name]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inner in inside:
        yield from anywhere(inner, name)


def copied(value: Any) -> Any:
    """A copy of a JSON value."""
    if isinstance(value, dict):
        return {name: copied(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    return value


def put(value: Any, at: str, inner: Any) -> Any:
    """A copy with `inner` at a pointer, or without what stands there for ABSENT.

    Everything around the pointer must be there.
    """
    return _put(value, _steps(at), inner)


def _put(value: Any, steps: Sequence[str], inner: Any) -> Any:
    """Copies only the containers on the way; the rest is shared, and nobody changes it."""
    if not steps:
        return copied(inner)
    step, *rest = steps
    copy: Any = value.copy()
    key: Any = int(step) if isinstance(copy, list) else step
    if rest:
        copy[key] = _put(copy[key], rest, inner)
    elif isinstance(copy, list):
        copy[key : key + 1] = [] if inner is ABSENT else [copied(inner)]
    elif inner is ABSENT:
        copy.pop(key, None)
    else:
        copy[key] = copied(inner)
    return copy
