"""Where the keys of rules stand is looked for once in each shape of reply."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clausewise.judge.history import keys_at, occurrences, places_of_keys

NAMES = ("id", "data", "0", "a/b")
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["", "k", "K7"]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
POINTERS = st.lists(st.sampled_from([*("id", "data", "0", "a~1b"), "*"]), min_size=1, max_size=3)


def _alike(value: Any, draw: st.DataObject) -> Any:
    """A value with the same names and types, and perhaps other texts and numbers."""
    if isinstance(value, dict):
        return {name: _alike(inner, draw) for name, inner in value.items()}
    if isinstance(value, list):
        return [_alike(inner, draw) for inner in value]
    if isinstance(value, str):
        return draw.draw(st.sampled_from(["", "k", "other"]))
    return draw.draw(st.integers()) if type(value) is int else value


@given(VALUES, st.lists(POINTERS.map(lambda steps: "/" + "/".join(steps)), min_size=1), st.data())
def test_one_shape_has_its_keys_in_the_same_places(
    value: Any, pointers: list[str], draw: st.DataObject
) -> None:
    """What stands where another reply of the same shape has keys are all of this one's keys."""
    places = places_of_keys(value, tuple(pointers))
    other = _alike(value, draw)

    if places is not None:
        assert keys_at(other, places) == list(occurrences(other, tuple(pointers)))


def test_a_list_has_no_place_for_its_keys() -> None:
    """How many items another list has, its shape does not tell; beside it keys have places."""
    reply = {"data": [{"id": "k"}], "other": {"id": "k", "names": ["n"]}}

    assert places_of_keys(reply, ("/data/*/id",)) is None
    assert places_of_keys(reply, ("/other/*/id", "/other/id")) is not None
