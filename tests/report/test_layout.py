"""How the HTML report lays out message bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clausewise.report.html import script

from .browser import Page


def _laid_out(
    page: Page, body: str, pointer: str | None = None, *values: object, missing: bool = False
) -> list[dict[str, Any]]:
    options = {"values": [json.dumps(value) for value in values], "missing": missing}
    arguments = ", ".join(json.dumps(one) for one in (body, pointer, options))
    lines: list[dict[str, Any]] = page.ask(
        f"(() => {{ {script('layout')}; return modules.layout.laidOut({arguments}); }})()"
    )
    return lines


def _text(page: Page, body: str) -> str:
    return "\n".join(line["text"] for line in _laid_out(page, body))


def _marked(
    page: Page, body: str, pointer: str, *values: object, missing: bool = False
) -> list[str]:
    lines = _laid_out(page, body, pointer, *values, missing=missing)
    return [line["text"].strip() for line in lines if line["marked"]]


def test_json_is_indented(page: Page) -> None:
    """JSON is indented; what is empty stays on its line."""
    assert _text(page, '{"a":[1, {}],"b":[ ]}') == (
        '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'
    )


@pytest.mark.parametrize(
    "token", ["60.0", "1e400", "-0", "0.1000", "NaN", r'"\u0041\/"', "12345678901234567890.5"]
)
def test_tokens_are_untouched(page: Page, token: str) -> None:
    """Numbers and strings are shown as they were sent, not as they would be written anew."""
    assert f'"a": {token}' in _text(page, f'{{"a":{token}}}')


def test_members_given_twice(page: Page) -> None:
    """A member that was sent twice is shown twice, and marked twice."""
    assert _marked(page, '{"a":1,"a":2}', "/a") == ['"a": 1,', '"a": 2']


@pytest.mark.parametrize(
    "body",
    [
        "plain text",
        "<html>\n<p>",
        "{not json}",
        '{"a": 1 2}',
        '{"a" 1}',
        "[1}",
        "]",
        '{"a":1}]',
        '{"a":1}\n{"b":2}',
        "{1: 2}",
        "[,]",
        "12",
    ],
)
def test_anything_else_is_shown_as_it_is(page: Page, body: str) -> None:
    """What is not a JSON object or array keeps its own lines."""
    assert _text(page, body) == body


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_body_that_was_cut_is_laid_out(page: Page, cut: int) -> None:
    """A body that was cut off is laid out as far as it goes, without loss."""
    body = '{"a":[1,{"b":"c d"}],"e":null}'[:cut]

    assert "".join(_text(page, body).split()) == "".join(body.split())


@pytest.mark.parametrize(
    ("pointer", "marked"),
    [
        ("/data/1/s", ['"s": "y"']),
        ("/data/*/s", ['"s": "x"', '"s": "y"']),
        ("/a~1b", ['"a/b": 1,']),
        ("/~0", ['"~": [', "2", "]"]),
        ("/nowhere", []),
        ("/data/7", []),
        ("", []),
    ],
)
def test_the_lines_at_a_pointer_are_marked(page: Page, pointer: str, marked: list[str]) -> None:
    """The lines at a pointer are marked, stars and escapes understood."""
    body = '{"a/b":1,"data":[{"s":"x"},{"s":"y"}],"~":[2]}'

    assert _marked(page, body, pointer) == marked


def test_values_narrow_the_marks(page: Page) -> None:
    """Of several places those that hold the judged value are marked; true is not 1."""
    assert _marked(page, "[true,1,2]", "/*", 1) == ["1,"]
    assert _marked(page, "[true,1]", "/*", "elsewhere") == ["true,", "1"]


def test_objects_that_lack_the_member_are_marked(page: Page) -> None:
    """Only the objects that lack the member are marked."""
    body = '[{"id":1},{"x":2},{}]'

    assert _marked(page, body, "/*/id", missing=True) == ['"id": 1', "{", "{}"]


def test_nesting_beyond_a_parser_is_laid_out(page: Page) -> None:
    """Nesting beyond what a parser takes is laid out too, within bounds."""
    lines = _laid_out(page, "[" * 50_000, "/0/0")

    assert len(lines) < 200
    assert max(len(line["text"]) for line in lines) < 100


def test_long_lines_are_cut(page: Page) -> None:
    """A huge string is cut, and the number of characters left out is told."""
    (line,) = (one for one in _laid_out(page, '{"a":"' + "x" * 9_000 + '"}') if one["note"])

    assert len(line["text"]) < 1_100
    assert line["note"] == "8009 more characters"
