"""Tallies: what is folded in comes to the same bytes, in whichever order and parts it came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausewise.errors import UsageError
from clausewise.record import tally as module
from clausewise.record.tally import Census, Tally, TallyProof, merged

# Few of everything, so that bounds are met and digests meet again.
_names = st.sampled_from("abc")
_proofs = st.builds(
    TallyProof,
    st.integers(0, 2),
    st.integers(0, 3),
    st.sampled_from("0123456789ABCDEF"),
    st.sampled_from(["", "why", "else"]),
    st.sampled_from([None, 1, "x"]),
)
_steps = st.one_of(
    st.tuples(st.just("kept"), _names),
    st.tuples(st.sampled_from(["broken", "accepted", "refused"]), _names, _proofs),
    st.tuples(st.just("doubt"), _names, st.text("xyz", max_size=3), _proofs),
    st.tuples(st.just("census"), _names, st.text("xyzw", max_size=2)),
    st.tuples(st.just("saw"), st.floats(0, 9)),
)


@pytest.fixture(autouse=True)
def _small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in (("MOST_EVIDENCE", 2), ("MOST_REASONS", 2), ("MOST_COUNTED", 3)):
        monkeypatch.setattr(module, name, bound)


def _take(tally: Tally, step: tuple[Any, ...]) -> None:
    kind, *rest = step
    if kind == "kept":
        tally.of(rest[0]).kept += 1
    elif kind == "doubt":
        if tally.of(rest[0]).doubt(rest[1], rest[2]):
            tally.keep(rest[2].digest, {"digest": rest[2].digest})
    elif kind == "census":
        tally.count(*rest)
    elif kind == "saw":
        tally.exchanges += 1
        tally.saw(rest[0])
    elif getattr(tally.of(rest[0]), kind).add(rest[1]):
        tally.keep(rest[1].digest, {"digest": rest[1].digest})


def _tally(steps: list[tuple[Any, ...]]) -> Tally:
    tally = Tally("the contract")
    for step in steps:
        _take(tally, step)
    return tally


@settings(max_examples=300)
@given(st.lists(_steps, max_size=60), st.data())
def test_any_parts_in_any_order_come_to_the_same_bytes(
    steps: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    """Whatever is added to one tally, or to several that are merged in any order and nesting."""
    whole = _tally(steps).to_bytes()
    shuffled = data.draw(st.permutations(steps))
    assert _tally(shuffled).to_bytes() == whole
    cuts = sorted(data.draw(st.lists(st.integers(0, len(steps)), max_size=4)))
    parts = [
        shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(steps)], strict=True)
    ]
    tallies = [
        Tally.from_bytes(_tally(part).to_bytes()) for part in data.draw(st.permutations(parts))
    ]
    assert merged(tallies).to_bytes() == whole
    first, *rest = tallies
    assert merged([merged(rest) if rest else _tally([]), first]).to_bytes() == whole


@settings(max_examples=100)
@given(st.lists(st.text("xyzw", max_size=3)))
def test_a_census_counts_what_it_keeps_from_the_first_on(keys: list[str]) -> None:
    """Of more keys than are kept, those kept have their whole count, and the total has all."""
    census = Census()
    for key in keys:
        census.add(key)
    written = census.sorted()
    assert written.total == len(keys)
    assert written.counts == {key: keys.count(key) for key in written.counts}
    assert len(written.counts) == min(3, len(set(keys)))


def test_tallies_of_different_contracts_never_merge() -> None:
    """What is about other clauses does not add up."""
    with pytest.raises(UsageError, match="different contracts"):
        merged([Tally("one"), Tally("another")])
    with pytest.raises(UsageError, match="nothing to merge"):
        merged([])
    with pytest.raises(UsageError, match="no tally"):
        Tally.from_bytes(b'{"contract": 7}')
