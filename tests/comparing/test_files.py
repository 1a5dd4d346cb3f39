"""A comparison as people read it: terminal, Markdown and HTML, with hostile text in it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from clausewise.comparing import Comparison
from clausewise.comparing.html import render_html
from clausewise.comparing.markdown import render_markdown
from clausewise.comparing.terminal import print_comparison

from ..report.browser import Page
from .pairs import compared, kept, ruled

NAME = "start_recording"
HOSTILE = "<script>alert(1)</script> `|` @everyone \x1b[31m [bold]red[/bold] \u202egnp.exe"
CODEC = "request#/video_config/codec:enum"
SECONDS = "request#/max_seconds:maximum"
ID = "200#/data/id:format"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Three differences, one of each effect, and words that a target may have chosen."""
    real = kept((NAME,))
    said = {"message": HOSTILE}
    mock = ruled(
        real,
        **{
            CODEC: {"verdict": "lenient", **said},
            SECONDS: {"verdict": "strict", **said},
            ID: {"verdict": "violated", **said},
        },
    )
    return compared(mock, real)


def _printed(comparison: Comparison, width: int = 100) -> str:
    out = io.StringIO()
    print_comparison(comparison, Console(file=out, width=width, force_terminal=False))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_terminal(comparison: Comparison, width: int) -> None:
    """What breaks in production comes first; nothing of a target is markup or an escape."""
    text = _printed(comparison, width)

    places = [text.index(f"{effect}  {NAME}:{place}") for effect, place in (
        ("pass wrongly", CODEC),
        ("built on what never comes", ID),
        ("fail wrongly", SECONDS),
    )]  # fmt: skip
    assert places == sorted(places)
    assert "3 differences in" in text
    assert "[bold]red[/bold]" in " ".join(text.split())
    assert not {"\x1b", "\u202e"} & set(text)


def test_markdown(comparison: Comparison) -> None:
    """It has a section for each effect, fits a comment, and quotes a target in code only."""
    text = render_markdown(comparison)

    assert [line for line in text.splitlines() if line.startswith("### ")][:3] == [
        "### 1 pass wrongly: tests on the mock pass, and production breaks",
        "### 1 built on what never comes: tests are built on what the reference never answers",
        "### 1 fail wrongly: tests on the mock fail, and production would be fine",
    ]
    assert len(text) < 65_536
    outside = text.split("``")[::2]
    assert not any("<script>" in part or "@everyone" in part for part in outside)
    assert "\x1b" not in text


def test_a_page_needs_no_script_for_what_differs(comparison: Comparison) -> None:
    """The rows of differences are markup of ours, with what a target said as text."""
    text = render_html(comparison)

    assert text.count("<tr data-kind=") == 3
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "http://" not in text.split("</head>")[0]


def test_filters(page: Page, comparison: Comparison, tmp_path: Path) -> None:
    """What breaks in production is shown at first; the rest by choice, and by words."""
    path = tmp_path / "comparison.html"
    path.write_text(render_html(comparison), "utf-8")
    page.open(path)

    def shown() -> list[str]:
        rows: list[str] = page.ask(
            "[...document.querySelectorAll('#rows tr[data-kind]')].filter((r) => !r.hidden)"
            ".map((r) => r.querySelector('code').textContent)"
        )
        return rows

    def choose(value: str) -> None:
        page.ask(f"document.querySelector('input[value={value}]').click()")

    assert shown() == [f"{NAME}:{CODEC}"]
    choose("differs")
    assert shown() == [f"{NAME}:{place}" for place in (CODEC, ID, SECONDS)]
    choose("both")
    assert len(shown()) == comparison.summary["both"]
    assert page.ask("document.getElementById('count').textContent") == f"{len(shown())} clauses"
    choose("all")
    page.ask(
        "(() => { const find = document.getElementById('find'); find.value = 'Codec ENUM';"
        " find.dispatchEvent(new Event('input')); })()"
    )
    assert shown()
    assert all("codec" in name and "enum" in name for name in shown())
    assert page.errors == []
    assert [url for url in page.requested if url.startswith("http")] == []


def test_one_cause_is_one_row_until_it_is_unfolded(
    page: Page, comparison: Comparison, tmp_path: Path
) -> None:
    """The first clause stands for those of its cause; a button, or a word, shows the others."""
    alike = [
        replace(clause, id=f"{clause.id}-{number}", cause="one schema says so")
        for clause in comparison.breaks_in_production
        for number in range(3)
    ]
    path = tmp_path / "comparison.html"
    path.write_text(render_html(replace(comparison, clauses=tuple(alike))), "utf-8")
    page.open(path)
    shown = "[...document.querySelectorAll('#rows tr[data-kind]')].filter((r) => !r.hidden).length"
    button = "document.querySelector('.cause button')"

    assert "one schema says so 3 clauses" in page.ask("document.querySelector('.cause').innerText")
    assert (page.ask(shown), page.ask(f"{button}.ariaExpanded")) == (1, "false")
    page.ask(f"{button}.click()")
    assert (page.ask(shown), page.ask(f"{button}.ariaExpanded")) == (3, "true")
    page.ask(f"{button}.click()")
    page.ask("document.getElementById('find').focus()")
    page.press(*"codec")
    assert page.ask(shown) == 3


@pytest.mark.parametrize("width", [390, 1280])
def test_no_row_is_wider_than_the_window(
    page: Page, comparison: Comparison, tmp_path: Path, width: int
) -> None:
    """On a phone the sides stand below each other, named; nothing has to be scrolled sideways."""
    path = tmp_path / "comparison.html"
    path.write_text(render_html(comparison), "utf-8")
    page.open(path, width=width)

    assert page.ask("document.documentElement.scrollWidth") <= width
    side = page.ask("getComputedStyle(document.querySelector('#rows td'), '::before').content")
    assert ("Mock" in side) is (width == 390)


def test_thousands_of_clauses(page: Page, comparison: Comparison, tmp_path: Path) -> None:
    """A page of a large contract has few rows at first, and more when they are asked for."""
    many = tuple(
        replace(clause, id=f"{clause.id}-{n}")
        for n in range(10_000 // len(comparison.clauses) + 1)
        for clause in comparison.clauses
        if clause.kept_by == "both"
    )
    path = tmp_path / "comparison.html"
    path.write_text(render_html(replace(comparison, clauses=many)), "utf-8")
    page.open(path)

    assert page.ask("document.querySelectorAll('*').length") < 5_000
    before = page.ask("document.querySelectorAll('#rows tr').length")
    page.ask("document.getElementById('more-button').click()")
    assert page.ask("document.querySelectorAll('#rows tr').length") == 2 * before
