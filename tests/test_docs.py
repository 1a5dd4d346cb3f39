"""The pages of `docs/` are true: what they show is run."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

from .conftest import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if ">>> " in page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_so(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every snippet of a page gives what stands below it, in the folder of the examples."""
    monkeypatch.chdir(DOCS / "examples")
    monkeypatch.syspath_prepend(DOCS / "examples")
    found = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert found.attempted > 5
    assert found.failed == 0


def test_the_docstrings_are_so() -> None:
    """Examples in docstrings give what they say."""
    import clausewise
    from clausewise.contract import path_templates
    from clausewise.secrets import secret_set, sieve

    assert doctest.testmod(clausewise).failed == 0
    for module in (path_templates, secret_set, sieve):
        found = doctest.testmod(module)
        assert found.attempted > 0
        assert found.failed == 0


def test_the_functions_that_one_request_goes_through_are_there() -> None:
    """Whoever follows it with a debugger finds each function in the file before it."""
    text = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8")
    way = text.partition("## One request")[2].partition("\n## ")[0]
    named = re.findall(r"`(\w+/\w+\.py)`\s+\(`([\w.]+)`\)", way)
    assert len(named) > 15
    for file, function in named:
        module = ast.parse((REPOSITORY / "src" / "clausewise" / file).read_text("utf-8"))
        inside: list[ast.stmt] = module.body
        for name in function.split("."):
            found = [node for node in inside if getattr(node, "name", None) == name]
            assert found, (file, function)
            inside = getattr(found[0], "body", [])
