"""Media ranges: what belongs to one, which of several it is, and what none of them has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise.contract.media_types import (
    JSON,
    best,
    concrete,
    media_type,
    member,
    outside,
)


@pytest.mark.parametrize(
    ("wide", "sent", "expected"),
    [
        ("application/json", "application/json", True),
        ("application/json", "Application/JSON", True),
        ("application/json", "application/json; charset=utf-8", True),
        ("application/json; charset=utf-8", "application/json", True),
        ("application/json", "application/json;profile=a", True),
        ("application/json;profile=a", "application/json", False),
        ("application/json; Profile=A", 'application/json;profile="a"', True),
        ("application/json;profile=a", "application/json;profile=b", False),
        ("application/json", "application/problem+json", False),
        ("application/json", "text/json", False),
        ("*/*", "anything/at-all;x=1", True),
        ("text/*", "text/csv", True),
        ("text/*", "application/csv", False),
        ("text/*;format=flowed", "text/plain;format=flowed", True),
        ("text/*;format=flowed", "text/plain", False),
        ("application/*+json", "application/hal+json", True),
        ("application/*+json", "application/json", False),
        ("application/*+json", "text/hal+json", False),
        ("application/vnd.a+json", "application/vnd.b+json", False),
        ("text/plain", "text/plainer", False),
    ],
)
def test_what_belongs_to_a_range(wide: str, sent: str, expected: bool) -> None:
    """RFC 9110, sections 8.3.1 and 12.5.1: by type, subtype and the range's own parameters."""
    assert media_type(wide).covers(media_type(sent)) is expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("text/plain;format=flowed", "text/plain;format=flowed"),
        ("text/plain", "text/plain"),
        ("text/html", "text/*"),
        ("text/plain;format=fixed", "text/plain"),
        ("image/jpeg", "*/*"),
        ("TEXT/HTML;level=3", "text/*"),
    ],
)
def test_the_most_precise_range_is_meant(sent: str, expected: str) -> None:
    """RFC 9110, section 12.5.1: a type before its family, parameters before none, in any order."""
    ranges = ["text/*", "text/plain", "text/plain;format=flowed", "*/*"]
    assert best(ranges, sent) == expected
    assert best(reversed(ranges), sent) == expected


def test_what_belongs_nowhere() -> None:
    """Without `*/*` something is undocumented."""
    assert best(["application/json", "text/*"], "image/png") is None
    assert best([], "image/png") is None


@pytest.mark.parametrize(
    ("media_range", "expected"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", "text/plain"),
        ("image/*", "image/png"),
        ("video/*", "video/octet-stream"),
        ("application/*+json", "application/vnd.clausewise+json"),
        ("text/csv; header=present", "text/csv; header=present"),
    ],
)
def test_a_type_of_a_range(media_range: str, expected: str) -> None:
    """What a client sends for a range belongs to it, and names no range."""
    assert member(media_range) == expected
    assert media_type(media_range).covers(media_type(expected))
    assert not media_type(expected).is_range


def test_a_type_of_a_range_beside_more_precise_ones() -> None:
    """What is sent for a range does not belong to another content."""
    assert concrete("*/*", ["application/json", "*/*"]) == "text/plain"
    assert concrete("text/*", ["text/plain", "text/*"]) == "text/plain"  # none is known
    assert concrete("application/*", ["application/json", "application/*"]) == "application/xml"


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (["application/json"], "text/plain"),
        (["text/plain", "application/json"], "application/xml"),
        (["text/*", "application/*"], None),
        (["*/*"], None),
        ([], "text/plain"),
    ],
)
def test_a_type_outside_of_all_ranges(ranges: list[str], expected: str | None) -> None:
    """One that a server has to refuse, where there is one."""
    assert outside(ranges) == expected


@pytest.mark.parametrize(
    ("text", "is_json"),
    [
        ("application/json", True),
        ("application/json;charset=utf-8", True),
        ("application/problem+json", True),
        ("text/json", True),
        ("application/jsonl", False),
        ("application/json+xml", False),
        ("application/x-json", False),
    ],
)
def test_what_is_json(text: str, is_json: bool) -> None:
    """By name, or by the structured syntax behind the last plus (RFC 6839)."""
    assert media_type(text).is_json is is_json


_TOKEN = st.text("abcXYZ019.-", min_size=1, max_size=6)
_TYPES = st.builds("{}/{}".format, _TOKEN, st.one_of(_TOKEN, st.builds("{}+json".format, _TOKEN)))
_RANGES = st.one_of(_TYPES, st.builds("{}/*".format, _TOKEN), st.just("*/*"))


@given(ranges=st.lists(_RANGES, max_size=4), sent=_TYPES)
def test_which_range_it_is(ranges: list[str], sent: str) -> None:
    """A type belongs to itself; the best range covers it; what is outside belongs to none."""
    assert media_type(sent).covers(media_type(sent.upper()))
    found = best(ranges, sent)
    covering = [one for one in ranges if media_type(one).covers(media_type(sent))]
    assert (found is None) is (not covering)
    assert found is None or found in covering
    other = outside(ranges)
    assert other is None or best(ranges, other) is None
