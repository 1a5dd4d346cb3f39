"""Texts that stand for values: the same for the same ones only."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise.contract.codecs import encode_json
from clausewise.values import drawing
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


@given(VALUES | st.floats(-1e-3, 1e-3).map(lambda number: [number]))
def test_a_body_is_spelt_as_python_spells_it(value: Any) -> None:
    """Whichever writer has it: large numbers, and those near to 0, two writers spell otherwise."""
    spelt = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert encode_json(value) == spelt.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("pattern", ["/^a{2,3}b$/", "[0-9]^x"])
def test_a_text_that_begins_after_its_beginning_is_not_looked_for(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A literal of JavaScript in the place of an expression: to draw one in vain takes seconds."""

    def asked(matcher: object) -> list[str]:
        raise AssertionError(f"{matcher} is looked for")

    monkeypatch.setattr(drawing, "_by_hypothesis", asked)
    assert drawing.texts_of(pattern) == ()
