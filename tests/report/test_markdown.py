"""The Markdown report, as a forge renders it."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from clausewise.report import render_markdown

from .sample import as_report, sample

HOSTILE = [
    "`</code>",
    "``` \n```\n# heading",
    "`",
    "``",
    "``````````",
    " ` ",
    "| a | b |",
    "</details><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](http://evil.test)",
    "![x](http://evil.test/pixel)",
    "\n\n- item\n\n    code",
    "@everyone #1 GH-1",
    "\\",
    "\\`",
    "<!--",
    "\r\n\u2028line",
    "",
]


class _Rendered(HTMLParser):
    """The elements of a page, and its text in code and elsewhere."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.code = self.prose = ""
        self._in_code = 0
        parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        self.feed(parser.render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in_code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code += data
        else:
            self.prose += data


def _from_server(payload: str) -> dict[str, Any]:
    model = sample()
    model["target"]["base_url"] += payload
    model["run"].update(complete=False, stopped_because=f"x{payload}")
    model["created"]["left_over"] = [f"x{payload}"]
    for item in model["clauses"]:
        item["message"] = f"x{payload}"
        item["id"] += payload
    for exchange in model["exchanges"]:
        exchange["curl"] = f"curl {payload}"
    return model


def test_headline_counts_and_findings_are_there() -> None:
    """The headline, the counts and every finding are there."""
    page = _Rendered(render_markdown(as_report(sample())))

    assert "3 findings in 12 judged clauses — 1 violated, 1 lenient, 1 strict" in page.prose
    assert "data.status is one of INVOKED" in page.prose
    assert "start_recording:200#/data/status:enum" in page.code
    assert "curl -X POST" in page.code
    assert page.tags.count("table") == 1
    assert page.tags.count("details") == 3


@pytest.mark.parametrize("payload", HOSTILE)
def test_server_text_stays_in_code(payload: str) -> None:
    """Text from the server adds no element and never leaves code."""
    harmless = _Rendered(render_markdown(as_report(_from_server(""))))

    page = _Rendered(render_markdown(as_report(_from_server(payload))))

    assert page.tags == harmless.tags
    assert page.prose.split() == harmless.prose.split()


@pytest.mark.parametrize("payload", HOSTILE)
def test_the_packs_words_stay_text(payload: str) -> None:
    """Markdown and HTML in a promise are shown, not interpreted."""
    model = sample()
    for item in model["clauses"]:
        item["promise"] = f"x {payload}"
    harmless = sample()
    for item in harmless["clauses"]:
        item["promise"] = "x"

    page = _Rendered(render_markdown(as_report(model)))

    assert page.tags == _Rendered(render_markdown(as_report(harmless))).tags
    assert not re.search(r"[@#]\w", page.prose)


def test_control_characters_are_spelt_out() -> None:
    """No escape sequence gets into the comment."""
    text = render_markdown(as_report(_from_server("\x1b[31m\x9b\u202e\ud800")))

    assert r"\u001b[31m\u009b\u202e\ud800" in text
    assert not re.search("[\x1b\x9b\u202e\ud800]", text)


@pytest.mark.parametrize("unit", ["x", "`", "``x", "<", "@a", "\x00", "\U000e0041"])
@pytest.mark.parametrize("length", [200, 390, 5_000])
def test_a_comment_stays_below_what_github_takes(unit: str, length: int) -> None:
    """However many and long the findings, the comment stays below what GitHub takes."""
    model = _from_server(unit * (length // len(unit)))
    soft = copy.deepcopy(model["clauses"][12])
    model["clauses"] = [copy.deepcopy(model["clauses"][6]) for _ in range(150)]
    model["clauses"] += [copy.deepcopy(soft) for _ in range(50)]
    for number, item in enumerate(model["clauses"]):
        # Each is a cause of its own.
        item["promise"] = f"{number}{unit * length}"
        item.update(id=f"{item['id']}{number}", pointer=f"/x{number}", keyword=f"k{number}")

    text = render_markdown(as_report(model))

    assert len(text) < 65_536
    assert text.count("seen:") <= 20
    assert f"… and {150 - text.count('seen:')} more in the report." in text


def test_a_run_without_findings_has_no_list() -> None:
    """A run without findings has a headline and a table, and no list."""
    model = sample()
    del model["created"]
    for item in model["clauses"]:
        item.update(verdict="upheld", waived=None)

    text = render_markdown(as_report(model))

    assert text.startswith("## All 14 judged clauses are upheld.")
    assert "###" not in text
