"""The second opinion is asked where it may differ, and nowhere else: that is proved here."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from clausewise.contract.compiled import compiled
from clausewise.values.opinions import SecondOpinion, in_python, with_python_names

from ..drawn import TEXTS, anything, requests
from .making import small

SCALARS: tuple[Any, ...] = (
    *TEXTS, None, True, False, 0, 1, -1, 7, 1.0, 0.5, 2.25, -0.0, 1e300, 2**53, 2**53 + 1, 2**63,
    10**30, "2016-12-31T23:59:60Z", "a\n", "a@b..c", "é@a.de",
)  # fmt: skip


def _values() -> SearchStrategy[Any]:
    """Values of all kinds, with members that the drawn schemas speak of."""
    return st.recursive(
        st.sampled_from(SCALARS),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["a", "b", "c", "x/y~", "m", "n"]), inner, max_size=4),
        ),
        max_leaves=6,
    )


def _agree(schema: Any, value: Any) -> bool:
    return compiled(schema).is_valid(value) is in_python(schema).is_valid(value)


@settings(max_examples=300)
@given(schema=requests(), value=_values())
def test_unasked_they_agree_about_requests(schema: Any, value: Any) -> None:
    """Where no keyword at any value is told apart, the whole verdicts are equal."""
    if not SecondOpinion(small(schema).model.root).differs(value):
        assert _agree(schema, value)


@settings(max_examples=300)
@given(schema=anything(), value=_values())
def test_unasked_they_agree_about_anything(schema: Any, value: Any) -> None:
    """The same for members with any keyword of JSON Schema, conditions and negations included."""
    whole = {"type": "object", "properties": {"m": schema}}
    message = {"m": value}
    if not SecondOpinion(small(whole).model.root).differs(message):
        assert _agree(whole, message)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"format": "date-time"}, "2016-12-31T23:59:60Z"),
        ({"format": "email"}, "a@b..c"),
        ({"items": {"format": "email"}}, ["a@b.co", "a@b..c"]),
        ({"properties": {"a": {"format": "email"}}}, {"a": "a@b..c"}),
        ({"additionalProperties": {"format": "email"}}, {"z": "a@b..c"}),
        ({"prefixItems": [{}, {"format": "email"}]}, [1, "a@b..c"]),
        ({"anyOf": [{"type": "integer"}, {"format": "email"}]}, "a@b..c"),
        ({"not": {"format": "email"}}, "a@b..c"),
        ({"if": {"format": "email"}, "then": {"maxLength": 1}}, "a@b..c"),
        ({"contains": {"format": "email"}}, ["a@b..c"]),
        ({"propertyNames": {"format": "email"}}, {"a@b..c": 1}),
        (
            {"dependentSchemas": {"a": {"properties": {"b": {"format": "email"}}}}},
            {"a": 1, "b": "a@b..c"},
        ),
    ],
)  # fmt: skip
def test_a_difference_is_seen_wherever_it_stands(schema: Any, value: Any) -> None:
    """What one validator takes and the other does not is noticed at any depth."""
    assert not _agree(schema, value)
    assert SecondOpinion(small(schema).model.root).differs(value)


@pytest.mark.parametrize("value", ["a b@c.org", "@c.org", "a@", "no", '"a b"@c.org', "a+b@c.org"])
def test_they_agree_about_plain_addresses(value: str) -> None:
    """So that more than the lack of an `@` is sent to a server that is asked for an address."""
    assert _agree({"format": "email"}, value)


def test_plain_keywords_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types, bounds, lists and choices are not put to the slow validator."""

    def never(_: Any) -> Any:
        raise AssertionError("it was asked")

    monkeypatch.setattr("clausewise.values.opinions.in_python", never)
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"type": "integer", "minimum": 1},
            "b": {"oneOf": [{"enum": ["x"]}, {"type": "array", "maxItems": 2}]},
        },
        "additionalProperties": False,
        "not": {"required": ["c"]},
    }
    opinion = SecondOpinion(small(schema).model.root)
    assert not opinion.differs({"a": 0, "b": [1, 2, 3], "c": None})


def test_names_are_rewritten_for_python_wherever_a_schema_has_them() -> None:
    """Expressions of names are rewritten; all else, and what only looks like them, is not."""
    schema = {
        "properties": {"pattern": {"pattern": "^a$"}},
        "patternProperties": {"^b$": {"items": {"patternProperties": {r"\d$": True}}}},
        "const": {"patternProperties": {"c$": True}},
    }
    assert with_python_names(schema) == {
        "properties": {"pattern": {"pattern": "^a$"}},
        "patternProperties": {r"^b\Z": {"items": {"patternProperties": {r"[0-9]\Z": True}}}},
        "const": {"patternProperties": {"c$": True}},
    }


_WANTED_BY_FEW = """
import sys
from clausewise.values.opinions import in_python
in_python({"format": "date"}).is_valid("2026-11-27")
early = [name for name in ("arrow", "rfc3986_validator") if name in sys.modules]
told = [in_python({"format": form}).is_valid(text) for form, text in (
    ("duration", "P1D"), ("duration", "P2026-99"), ("uri", "urn:a"), ("uri", "a b"))]
import arrow, rfc3986_validator
print(early, told, arrow.get(0).year, rfc3986_validator.validate_rfc3986("urn:a") is not None)
"""


def test_what_few_formats_need_is_imported_when_it_is_asked_for() -> None:
    """A value of another format imports nothing for dates and URIs, which are told all the same."""
    told = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, "-c", _WANTED_BY_FEW], capture_output=True, text=True, check=False
    )
    assert told.stdout.strip() == "[] [True, False, True, False] 1970 True", told.stderr
