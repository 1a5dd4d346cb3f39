"""Texts that stand for values: the same for the same ones only."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clausewise.values.values import as_text

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS | st.sampled_from([0, 0.0, 1, 1.0, True, 2**64, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_two_values_have_one_text_if_they_are_one_as_json(one: Any, other: Any) -> None:
    """1, 1.0 and true have texts of their own."""
    written = [json.dumps(value, sort_keys=True) for value in (one, other)]
    assert (as_text(one) == as_text(other)) == (written[0] == written[1])


def test_what_is_no_number_is_not_null() -> None:
    """Numbers that JSON has no form for are told from null and from each other."""
    numbers = [[float("inf")], [float("-inf")], [float("nan")], [None]]
    assert len({as_text(number) for number in numbers}) == 4


@given(st.dictionaries(st.text(), SCALARS, min_size=2, max_size=4))
def test_the_order_of_members_does_not_matter(value: dict[str, Any]) -> None:
    """An object has the same text however its members were put in."""
    assert as_text(value) == as_text(dict(reversed(value.items())))
