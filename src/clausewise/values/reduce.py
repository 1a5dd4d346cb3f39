"""Making a value smaller while something still holds of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clausewise.strict_json import is_number


def smaller(value: Any, still: Callable[[Any], bool]) -> Any:
    """The smallest value found of which `still` is true, as it is of `value`.

    Strings and arrays are halved, numbers bisected towards 0, members taken out.
    `still` may raise to end the search; what it last accepted is then the caller's to know.
    """
    if isinstance(value, str):
        return _halved(value, still)
    if is_number(value):
        return _number(value, still)
    if isinstance(value, dict):
        return _object(value, still)
    if isinstance(value, list):
        return _array(value, still)
    return value


def _halved(value: Any, still: Callable[[Any], bool]) -> Any:
    """A string or an array without halves, quarters, … and at last single parts of it."""
    size = max(1, len(value) // 2)
    while size >= 1:
        start = 0
        while start < len(value):
            shorter = value[:start] + value[start + size :]
            if shorter != value and still(shorter):
                value = shorter
            else:
                start += size
        if size == 1:
            break
        size //= 2
    return value


def _number(value: Any, still: Callable[[Any], bool]) -> Any:
    if value != 0 and still(0):
        return 0
    good, bad = value, 0
    while abs(good - bad) > 1:
        both = good + bad
        # Whole numbers may be too large for a float.
        middle = (
            abs(both) // 2 * (1 if both > 0 else -1) if isinstance(both, int) else int(both / 2)
        )
        if middle in (good, bad):
            break
        if still(middle):
            good = middle
        else:
            bad = middle
    return good


def _object(value: dict[str, Any], still: Callable[[Any], bool]) -> dict[str, Any]:
    for name in list(value):
        less = {key: inner for key, inner in value.items() if key != name}
        if still(less):
            value = less
    for name in list(value):
        whole = value

        def around(inner: Any, name: str = name, whole: dict[str, Any] = whole) -> bool:
            return still({**whole, name: inner})

        value = {**value, name: smaller(value[name], around)}
    return value


def _array(value: list[Any], still: Callable[[Any], bool]) -> list[Any]:
    value = _halved(value, still)
    for index in range(len(value)):
        whole = value

        def around(inner: Any, index: int = index, whole: list[Any] = whole) -> bool:
            return still([*whole[:index], inner, *whole[index + 1 :]])

        value = [*value[:index], smaller(value[index], around), *value[index + 1 :]]
    return value
