"""Fresh values: like one that is lawful, and used by nobody else."""

from __future__ import annotations

import pytest

from clausewise.values.fresh import renewed


@pytest.mark.parametrize("value", ["t", "T", "ab", "7"])
def test_a_short_text_stays_as_short(value: str) -> None:
    """At a limit of one or two characters there are few others, and one of them is taken."""
    made = {renewed(value, key, lambda text: len(text) == len(value)) for key in range(40)}
    assert None not in made
    assert value not in made
    assert len(made) > 5
    assert {text.isdigit() for text in made} == {value.isdigit()}


@pytest.mark.parametrize("value", ["", "-", "a-"])
def test_what_cannot_vary_is_left_alone(value: str) -> None:
    """Signs stay what they are: nothing fresh is known in their place."""
    assert renewed(value, 1, lambda text: len(text) <= 2) is None
