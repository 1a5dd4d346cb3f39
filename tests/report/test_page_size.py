"""That an HTML report of thousands of findings is small on a screen, and short on paper."""

from __future__ import annotations

import re

import pytest

from .pages import FOCUSED, STATUS, Opened, follow, place, root
from .sample import many


def test_thousands_of_findings(opened: Opened) -> None:
    """Of 5,000 findings few elements are there at once, and each can be reached."""
    model = many(5_000)
    page = opened(model)
    at_first = page.ask("document.querySelectorAll('*').length")

    assert at_first < 1_200
    assert place(page) == "1 of 5003"
    last = model["clauses"][-1]["id"]
    follow(page, last)
    assert page.ask(FOCUSED) == last
    page.press("/", *"member_1234:")
    assert page.ask("document.querySelector('.search output').textContent") == "1 of 5,014 clauses"
    assert page.ask("document.querySelectorAll('*').length") < 4_000


def test_long_lists_come_in_portions(opened: Opened) -> None:
    """Of many causes, operations and rows some are there, and a button brings more of them."""
    page = opened(many(400))
    for section, there, then in (("findings", 20, 40), ("clauses", 10, 20), ("map", 15, 43)):
        rows = f"document.querySelectorAll('[aria-labelledby={section}] :is(.group, .single, tr)')"
        headings = int(section == "map")
        assert page.ask(f"{rows}.length") == there + headings
        page.ask(
            f"document.querySelector('[aria-labelledby={section}] > div > .more,"
            f" [aria-labelledby={section}] > .more').click()"
        )
        assert page.ask(f"{rows}.length") == then + headings


@pytest.mark.parametrize(("findings", "most"), [(0, 3), (5_000, 4)])
def test_print(opened: Opened, findings: int, most: int) -> None:
    """On paper it is a few pages, however much was found, with the first finding in full."""
    model = many(findings)
    names = [item["id"] for item in model["clauses"] if not item["waived"]]
    model["roots"] = [root("a", "one schema says so", [STATUS, *names])]

    page = opened(model)

    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", page.pdf())) <= most
