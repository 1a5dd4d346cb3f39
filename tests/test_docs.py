"""The pages of `docs/` are true: what they show is run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if ">>> " in page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_so(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every snippet of a page gives what stands below it, in the folder of the examples."""
    monkeypatch.chdir(DOCS / "examples")
    monkeypatch.syspath_prepend(DOCS / "examples")
    found = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert found.attempted > 5
    assert found.failed == 0


def test_the_docstrings_of_the_front_door_are_so() -> None:
    """Examples in the docstrings of public names give what they say."""
    import clausewise
    from clausewise.secrets import secret_set

    assert doctest.testmod(clausewise).failed == 0
    assert doctest.testmod(secret_set).attempted > 0
    assert doctest.testmod(secret_set).failed == 0
