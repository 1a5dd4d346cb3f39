"""What the tests of reports share: a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausewise.report import write_reports

from .browser import BROWSER, Page, browsing
from .pages import Opened
from .sample import as_report


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a headless browser, one for all tests."""
    if BROWSER is None:
        pytest.skip("no Chromium or Chrome to open the page in")
    with browsing(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Opened:
    """A function that shows a model's report in the browser."""

    def show(model: dict[str, Any], fragment: str = "", **window: Any) -> Page:
        path = tmp_path / "conformance.html"
        write_reports(as_report(model), tmp_path, ["html"])
        page.errors.clear()
        page.requested.clear()
        page.open(path, fragment, **window)
        assert page.errors == []
        return page

    return show
