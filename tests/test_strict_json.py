"""JSON as RFC 8259 has it, and why bytes are none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from clausewise.strict_json import DEEPEST, NotJSON, parse

from .drawn import values


@given(value=values())
def test_json_is_read(value: Any) -> None:
    """Whatever Python writes as JSON is read as the same value, escaped or not."""
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert json.dumps(parse(text.encode("utf-8"))) == json.dumps(value)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b" \t\r\n{} \n", {}),
        (b"null", None),
        (b'"\\ud83c\\udfa5"', "🎥"),
        ('"🎥"'.encode(), "🎥"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'"\\u0000"', "\0"),
        (b"1.5e3", 1500.0),
        (b"-0", 0),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b'{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}', {"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}),
        (b'{"": 1, " ": 2}', {"": 1, " ": 2}),
    ],
)
def test_what_is_json(content: bytes, value: Any) -> None:
    """Any JSON text is a value: spaces around it, any escape, numbers of any size."""
    assert parse(content) == value


def test_numbers_beyond_doubles() -> None:
    """They are the integers that they say: JSON bounds no number (RFC 8259, section 6)."""
    assert parse(b"[1e309, -1.25E+400, 0]") == [10**309, -125 * 10**398, 0]
    assert parse(b"1" + b"0" * 400 + b".5") == 10**400
    assert parse(b"1" + b"0" * 400 + b"e-2") == 10**398


@pytest.mark.parametrize("digits", [4000, 4301, 5000, 100_000])
def test_integers_of_any_length(digits: int) -> None:
    """They are integers beyond every bound, with their sign and last digits, and can be told."""
    for sign in ("", "-"):
        value = parse(f"[{sign}{'9' * (digits - 1)}4]".encode())[0]
        assert isinstance(value, int)
        assert (value < 0) == bool(sign)
        assert abs(value) > 10**3000
        assert str(value).endswith("94")
        assert parse(json.dumps([value]).encode()) == [value]
        exponent = parse(f"{sign}1.5e{'9' * digits}".encode())
        assert (exponent < 0, abs(exponent) > 10**3000) == (bool(sign), True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the body is empty"),
        (b"\xef\xbb\xbf[]", "it begins with a byte order mark"),
        (b" \r\n\t", "the body is empty"),
        (b"{", "not JSON: Expecting property name"),
        (b"{'a': 1}", "not JSON: Expecting property name"),
        (b"[1,]", "not JSON: "),
        (b"01", "not JSON: Extra data"),
        (b"+1", "not JSON: Expecting value"),
        (b".5", "not JSON: Expecting value"),
        (b"{} {}", "not JSON: Extra data"),
        (b"undefined", "not JSON: Expecting value"),
        (b"True", "not JSON: Expecting value"),
        (b'"a\nb"', "not JSON: Invalid control character"),
        (b'"\\x41"', "not JSON: Invalid \\escape"),
        (b"<html></html>", "not JSON: Expecting value"),
        (b"NaN", "NaN is not a JSON value"),
        (b'{"a": [Infinity]}', "Infinity is not a JSON value"),
        (b"-Infinity", "-Infinity is not a JSON value"),
        (b'{"a": 1, "a": 1}', "member 'a' stands twice in one object"),
        (b'[{"b": {"\\u0061": 1, "a": 2}}]', "member 'a' stands twice in one object"),
        (b'"\xff"', "not UTF-8: byte 1 is 0xff"),
        ('"é"'.encode("latin-1"), "not UTF-8: byte 1 is 0xe9"),
        ('"é"'.encode("utf-16"), "not UTF-8: byte 0 is 0xff"),
        (b'"\xed\xa0\x80"', "not UTF-8: byte 1 is 0xed"),
        (b'"\\ud800"', "a string has half of a surrogate pair in it"),
        (b'{"\\udfa5": 1}', "a string has half of a surrogate pair in it"),
        (b'["\\udfa5\\ud83c"]', "a string has half of a surrogate pair in it"),
        (b"[" * 100_000, f"nested deeper than {DEEPEST} levels"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), f"nested deeper than {DEEPEST} levels"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, f"nested deeper than {DEEPEST} levels"),
    ],
)
def test_what_is_no_json(content: bytes, said: str) -> None:
    """Bytes that are not JSON, or that no two readers understand alike, are refused with why."""
    with pytest.raises(NotJSON) as caught:
        parse(content)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 300


def test_depth_is_counted_where_it_is_deepest() -> None:
    """A value as deep as allowed is read, however wide it is."""
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST) is not None
    wide = b"[" + b",".join([b'{"a": [1]}'] * 1000) + b"]"
    assert len(parse(wide)) == 1000
    deep = b"[" * (DEEPEST - 1) + b'{"a": 1}' + b"]" * (DEEPEST - 1)
    assert parse(deep) is not None
