"""Clause ids: read as they were made, whatever an operation is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise.contract.ids import (
    ClauseId,
    clause_id,
    decoded_name,
    encoded_name,
    range_part,
    read_id,
)
from clausewise.pack import Pack
from clausewise.pointer import escape

NAMES = st.text(min_size=1)
RANGES = st.sampled_from(
    [
        "text/csv",
        "Text/CSV; Charset=UTF-8;header=present",
        "application/*+json",
        "*/*",
        "a/b;c=(d:e)",
    ]
)
PLAIN = ["request", "query", "path", "header", "cookie", "200", "4XX", "default", "200:header"]
PARTS = st.one_of(
    st.sampled_from(PLAIN), st.builds(range_part, st.sampled_from(["request", "200"]), RANGES)
)
KEYWORDS = st.sampled_from(["type", "maximum", "$ref", "x-key", "media-type", "json", "required"])
POINTERS = st.lists(st.text(), max_size=4).map(
    lambda steps: "".join(f"/{escape(step)}" for step in steps)
)


@given(operation=NAMES, part=PARTS, pointer=POINTERS, keyword=KEYWORDS)
def test_an_id_with_a_pointer_is_read_as_it_was_made(
    operation: str, part: str, pointer: str, keyword: str
) -> None:
    """Colons and hashes in names, pointers and media types part nothing."""
    made = clause_id(encoded_name(operation), part, pointer, keyword)
    assert read_id(made) == ClauseId(encoded_name(operation), part, pointer, keyword)
    assert decoded_name(read_id(made).operation) == operation
    assert str(read_id(made)) == made


@given(
    operation=NAMES,
    part=st.one_of(
        st.sampled_from(["served", "auth", "status", "request", "200"]),
        st.builds(range_part, st.just("200"), RANGES),
    ),
    keyword=st.one_of(st.none(), KEYWORDS),
)
def test_an_id_without_a_pointer_is_read_as_it_was_made(
    operation: str, part: str, keyword: str | None
) -> None:
    """`x:status` has a part alone, `x:200:json` a keyword as well."""
    made = clause_id(encoded_name(operation), part, None, keyword)
    assert read_id(made) == ClauseId(encoded_name(operation), part, None, keyword)


@given(one=NAMES, other=NAMES)
def test_names_are_told_apart(one: str, other: str) -> None:
    """Two operations never share an id."""
    assert (encoded_name(one) == encoded_name(other)) is (one == other)
    assert not set(encoded_name(one)) & set(":#()")


@pytest.mark.parametrize(
    ("media_range", "part"),
    [
        ("text/csv", "200(text/csv)"),
        ("Text/CSV", "200(text/csv)"),
        (
            "text/csv ; header=present; Charset = UTF-8",
            "200(text/csv;charset=utf-8;header=present)",
        ),
        ("application/*+json", "200(application/*+json)"),
        ("a/b;c=(d:e)#%", "200(a/b;c=%28d%3Ae%29%23%25)"),
    ],
)
def test_how_a_further_content_is_named(media_range: str, part: str) -> None:
    """Lower case, no blanks, parameters sorted, and what ids are made of percent-encoded."""
    assert range_part("200", media_range) == part


@pytest.mark.parametrize("text", ["", "x", ":status", "x:200#/a", "#/a:type"])
def test_what_is_no_id(text: str) -> None:
    """An operation and a part are needed, and a keyword behind a pointer."""
    with pytest.raises(ValueError, match="is no clause id"):
        read_id(text)


def test_every_id_of_the_pack_is_one(pack: Pack) -> None:
    """What is read of an id is what its clause says."""
    for clause in pack.contract.clauses.values():
        read = read_id(clause.id)
        assert (read.operation, read.part) == (clause.operation, clause.part)
        if clause.part != "rule":
            assert read.pointer == clause.pointer
            assert read.keyword in (clause.keyword, None)
        assert str(read) == clause.id
