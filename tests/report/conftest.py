"""What the tests of reports share: a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .browser import BROWSER, Page, browsing


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a headless browser, one for all tests."""
    if BROWSER is None:
        pytest.skip("no Chromium or Chrome to open the page in")
    with browsing(tmp_path_factory.mktemp("profile")) as page:
        yield page
