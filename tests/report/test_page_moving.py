"""How one moves in the HTML report: filters, links, keys, the map."""

from __future__ import annotations

import pytest

from .pages import (
    CODEC,
    FOCUSED,
    HEIGHT,
    STATUS,
    UPHELD,
    VISIBLE,
    Opened,
    follow,
    place,
    shown,
    with_causes,
)
from .sample import sample


def test_filter(opened: Opened) -> None:
    """Verdicts and words filter findings and clauses; counts follow; the address remembers."""
    page = opened(sample())
    chip = "document.querySelector('.chip.{}').innerText"

    page.ask("document.querySelector('.chip.lenient').click()")
    assert shown(page) == [HEIGHT]
    assert page.ask("location.hash") == "#verdict=lenient"
    assert page.ask(chip.format("violated")) == "3 violated"
    page.ask("document.getElementById('text').focus()")
    page.press(*"Status:ENUM")
    assert shown(page) == []
    assert page.ask("location.hash") == "#verdict=lenient&text=Status%3AENUM"
    assert page.ask(chip.format("violated")) == "1 violated"
    page.press("Escape")
    assert len(shown(page)) == 3
    assert page.ask("location.hash") == ""


def test_filter_from_the_address(opened: Opened) -> None:
    """A page opened with a filter in its address shows just that."""
    page = opened(sample(), "#verdict=lenient,strict&operation=start_recording&part=body")

    assert shown(page) == [HEIGHT, CODEC]
    assert page.ask("document.querySelector('.search output').textContent") == "2 of 14 clauses"


def test_a_level_of_fidelity_shows_its_clauses(opened: Opened) -> None:
    """A level is a button: what it was counted from is shown alone, and all again."""
    page = opened(with_causes(sample()))
    level = "document.querySelector('.levels button')"

    page.ask(f"{level}.click()")
    assert shown(page) == [STATUS]
    assert page.ask("location.hash") == "#level=shape"
    assert page.ask("document.querySelector('.chosen').textContent") == "shape ✕"
    page.ask(f"{level}.click()")
    assert len(shown(page)) == 3


@pytest.mark.parametrize(
    "identifier", [STATUS, UPHELD, "exchange-40"], ids=["finding", "clause", "exchange"]
)
def test_deep_links(opened: Opened, identifier: str) -> None:
    """A link to a clause or an exchange shows it, unfolded, whatever was filtered."""
    page = opened(sample(), "#verdict=strict")
    follow(page, identifier)

    assert page.ask("document.activeElement.closest('details').open") is True
    assert page.ask(f"({VISIBLE})(document.activeElement)") is True


def test_every_clause_can_be_linked_to(opened: Opened) -> None:
    """The link to each clause leads to that clause."""
    page = opened(sample())
    for item in sample()["clauses"]:
        follow(page, item["id"])
        assert page.ask(FOCUSED) == item["id"]


def test_one_finding_after_the_other(opened: Opened) -> None:
    """The keys j and k go through the findings, one at a time; in a field they are letters."""
    page = opened(sample())
    seen = []
    for key in "jjjk":
        page.press(key)
        seen.append((place(page), page.ask(FOCUSED)))
        assert page.ask("document.querySelectorAll('.told[open]').length") == 1

    assert [place for place, _ in seen] == ["2 of 3", "3 of 3", "1 of 3", "3 of 3"]
    assert [name for _, name in seen] == [HEIGHT, CODEC, STATUS, CODEC]
    page.ask("document.querySelector('.keys button').click()")
    page.press("j")
    assert place(page) == "3 of 3"
    page.ask("document.querySelector('.keys button').click()")
    page.press("/", "j")
    assert page.ask("document.getElementById('text').value") == "j"
    assert place(page) == "0"


def test_the_map_by_keyboard(opened: Opened) -> None:
    """The map is one stop of the Tab key; arrows move in it, Enter chooses what is shown below."""
    page = opened(sample())
    page.ask("document.querySelector('.map [tabindex=\"0\"]').focus()")
    here = "document.activeElement.getAttribute('aria-label')"
    assert page.ask(here).startswith("start_recording: ")

    page.press("ArrowRight")
    assert page.ask(here) == (
        "start_recording, request body: 1 lenient, 1 strict, 1 inconclusive, 1 upheld"
    )
    assert page.ask("document.querySelectorAll('.map [tabindex=\"0\"]').length") == 1
    page.press("Enter")
    assert shown(page) == [HEIGHT, CODEC]
    assert page.ask("location.hash") == "#operation=start_recording&part=body"
    assert page.ask("document.activeElement.getAttribute('aria-pressed')") == "true"
    page.press("Tab")
    assert page.ask("document.activeElement.closest('.map')") is None


def test_the_map_follows_the_filter(opened: Opened) -> None:
    """Words and verdicts leave their squares, numbers and labels; what is chosen in it, all."""
    page = opened(sample())
    cell = "document.querySelector('.cell[data-operation=start_recording][data-part=body]')"
    squares = (
        f"[...{cell}.querySelectorAll(':scope > svg path')]"
        ".map((path) => path.getAttribute('class'))"
    )
    number = f"{cell}.querySelector('.number').textContent"
    every = page.ask(squares)

    page.ask("document.getElementById('text').focus()")
    page.press(*"height")
    assert page.ask(f"{cell}.ariaLabel") == (
        "start_recording, request body: 1 lenient (of 4 clauses)"
    )
    assert page.ask(squares) == ["lenient", "strict other", "inconclusive other", "upheld other"]
    assert page.ask(number) == "1"
    page.ask("document.querySelector('.chip.strict').click()")
    assert page.ask(f"{cell}.ariaLabel") == "start_recording, request body: nothing (of 4 clauses)"
    page.press("Escape")
    page.ask(f"{cell}.click()")
    assert page.ask(squares) == every


def test_the_map_for_screen_readers(opened: Opened) -> None:
    """Rows and columns of the map have headers, and each cell says in words what its colours do."""
    page = opened(sample())

    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    names = {
        (node["role"]["value"], node.get("name", {}).get("value"))
        for node in nodes
        if not node.get("ignored")
    }
    assert ("columnheader", "body") in names
    assert ("button", "get_all_recordings, request query: 1 lenient") in names
    assert any(role == "rowheader" and "get_one_recording" in (name or "") for role, name in names)


def test_the_map_has_forms_beside_colours(opened: Opened) -> None:
    """Verdicts differ in form, so that the map can be read without colours."""
    page = opened(sample())

    forms = page.ask(
        "[...document.querySelectorAll('.chip svg path')].map((path) => path.getAttribute('d'))"
    )
    assert len(set(forms)) == len(forms) == 6
    squares = page.ask("document.querySelectorAll('.map path.violated').length")
    assert squares > 0
