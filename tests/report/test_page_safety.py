"""That the HTML report can be read by everybody, and does nothing that others say."""

from __future__ import annotations

import json

import pytest

from clausewise.report.html import script
from clausewise.report.showing import visible

from .pages import STATUS, UNFOLD, Opened, with_causes
from .sample import clause, hostile, sample
from .test_html import HOSTILE


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_does_nothing(opened: Opened, payload: str) -> None:
    """What servers and documents say is shown as it is: it adds no element, loads nothing."""
    harmless = opened(hostile("harmless"))
    harmless.ask(UNFOLD)
    elements = "[...document.querySelectorAll(':not(wbr)')].map((one) => one.localName)"
    expected = sorted(harmless.ask(elements))

    page = opened(hostile(payload))
    page.ask(UNFOLD)

    assert sorted(page.ask(elements)) == expected
    assert payload in page.ask("document.body.textContent")
    assert payload in page.ask("document.querySelector('.told[open] .message').textContent")
    assert [
        url for url in page.requested if not url.startswith(("file:", "about:", "data:,"))
    ] == []
    assert page.errors == []


def test_what_cannot_be_seen_is_spelt_out(opened: Opened) -> None:
    """Every character that hides is spelt as other formats spell it, and nothing else is."""
    page = opened(sample())
    code = f"(() => {{ {script('elements')}; return modules.elements.visible; }})()"
    characters = [
        chr(number)
        for number in (*range(0x3000), *range(0xD7F0, 0x10000), *range(0xE0000, 0xE0100))
    ]

    spelt = page.ask(f"{json.dumps(characters)}.map({code})")

    assert [one for one in zip(characters, spelt, strict=True) if visible(one[0]) != one[1]] == []


def test_spelt_out_characters_are_set_apart(opened: Opened) -> None:
    """A reader can tell an escape that was sent from one that this page made."""
    page = opened(hostile("a\u202eb"))

    assert page.ask("document.querySelector('.told .unseen').textContent") == r"\u202e"


@pytest.mark.parametrize("width", [360, 390, 700, 1280])
def test_nothing_scrolls_sideways(opened: Opened, width: int) -> None:
    """At any width, with everything unfolded and long words in it, the page fits the window."""
    model = sample()
    clause(model, STATUS)["message"] = "x" * 3_000
    model["exchanges"][1]["response"]["headers"].append(["x-long", "y" * 3_000])
    page = opened(model, width=width)
    page.ask(UNFOLD)

    assert page.ask("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(opened: Opened, dark: bool) -> None:
    """All text stands out from what is behind it as WCAG asks (4.5 to 1), in light and dark."""
    page = opened(with_causes(sample()), dark=dark)
    page.ask(UNFOLD)

    too_faint = page.ask("""(() => {
      const luminance = (color) => {
        const [r, g, b] = color.match(/[\\d.]+/g).map((part) => part / 255)
          .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
          const color = getComputedStyle(one).backgroundColor;
          if (!/, 0\\)$/.test(color)) return color;
        }
        return "rgb(255, 255, 255)";
      };
      return [...document.querySelectorAll("body *")]
        .filter((one) => [...one.childNodes].some((node) => node.data?.trim()))
        .filter((one) => one.checkVisibility() && !one.closest("script, style"))
        .filter((one) => {
          const both = [getComputedStyle(one).color, behind(one)].map(luminance);
          return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05) < 4.5;
        })
        .map((one) => one.outerHTML.slice(0, 80));
    })()""")

    assert too_faint == []


def test_without_a_script(opened: Opened) -> None:
    """Where scripts may not run, the headline and the findings' names are there."""
    page = opened(sample())
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.go(page.requested[0])
        told = page.call("Accessibility.getFullAXTree")["nodes"]
    finally:
        page.call("Emulation.setScriptExecutionDisabled", value=False)

    texts = {node.get("name", {}).get("value") for node in told}
    assert {"This target breaks its contract", STATUS} <= texts
