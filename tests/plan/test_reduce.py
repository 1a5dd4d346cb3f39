"""Making values smaller while something holds of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise.values.reduce import smaller

from ..drawn import values


@pytest.mark.parametrize(
    ("value", "still", "smallest"),
    [
        ("abcdefgh", lambda v: "d" in v, "d"),
        ("abcdefgh", lambda v: len(v) >= 3, "fgh"),
        ("abc", lambda v: True, ""),
        ("x" * 1000, lambda v: len(v) > 255, "x" * 256),
        ("", lambda v: True, ""),
        (86400, lambda v: v > 61, 62),
        (-1000, lambda v: v < -8, -9),
        (12.5, lambda v: v > 3, 4),
        (10**400, lambda v: v > 10**30, 10**30 + 1),
        (7, lambda v: True, 0),
        (0, lambda v: True, 0),
        (7, lambda v: v == 7, 7),
        (True, lambda v: True, True),
        (None, lambda v: True, None),
        ({"a": 1, "b": 2, "c": 3}, lambda v: "b" in v, {"b": 0}),
        ({"a": {"x": 9, "y": "long text"}}, lambda v: "y" in v.get("a", {}), {"a": {"y": ""}}),
        ([5, 6, 7, 8], lambda v: 7 in v, [7]),
        ([[1], [2, 3]], lambda v: any(3 in inner for inner in v), [[3]]),
        ([1, 2, 3], lambda v: len(v) >= 2, [0, 0]),
    ],
)
def test_the_smallest_value(value: Any, still: Callable[[Any], bool], smallest: Any) -> None:
    """Strings, numbers, objects and arrays shrink to the least that still shows it."""
    assert smaller(value, still) == smallest


@given(value=values(), word=st.sampled_from(["a", "7", "x"]))
def test_it_holds_of_what_comes_out(value: Any, word: str) -> None:
    """Whatever holds of a value holds of the smaller one, which is not bigger."""

    def still(part: Any) -> bool:
        return word in repr(part)

    if still(value):
        small = smaller(value, still)
        assert still(small)
        assert len(repr(small)) <= len(repr(value))


@given(value=values())
def test_the_value_itself_is_left_alone(value: Any) -> None:
    """The search makes new values and changes none."""
    before = repr(value)
    smaller(value, lambda part: True)
    assert repr(value) == before


def test_few_questions_are_asked() -> None:
    """A thousand characters, and a number of a million, take a few dozen questions."""
    for value in ("x" * 1024, 10**6):
        asked: list[Any] = []

        def still(part: Any, asked: list[Any] = asked) -> bool:
            asked.append(part)
            return (len(part) if isinstance(part, str) else part) > 255

        smaller(value, still)
        assert len(asked) < 600 if isinstance(value, str) else len(asked) < 30


def test_many_items_are_taken_out_together() -> None:
    """One of many items that shows it alone takes few questions."""
    asked: list[Any] = []

    def still(part: Any) -> bool:
        asked.append(part)
        return 0 in part

    assert smaller([*range(1, 32), 0], still) == [0]
    assert len(asked) < 16


def test_the_search_can_be_ended() -> None:
    """An exception of the question ends the search and comes out."""
    asked = []

    def still(part: Any) -> bool:
        asked.append(part)
        if len(asked) == 3:
            raise TimeoutError
        return False

    with pytest.raises(TimeoutError):
        smaller({"a": 1, "b": 2, "c": 3, "d": 4}, still)
    assert len(asked) == 3
