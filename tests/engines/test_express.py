"""An Express application: qs reads its queries and forms, cookie-parser its cookies.

`tox -e third-party` installs them, and names where they are in CLAUSEWISE_NODE_MODULES.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..third_party.serving import serving
from .conftest import Judged, unsaid
from .shop import DOCUMENT

MODULES = Path(os.environ.get("CLAUSEWISE_NODE_MODULES", "node_modules"))
pytestmark = pytest.mark.skipif(
    not (MODULES / "express").is_dir() or not (MODULES / "cookie-parser").is_dir(),
    reason="no Express in CLAUSEWISE_NODE_MODULES; `tox -e third-party` installs it",
)
# By breach, the clauses that it breaks.
BROKEN = {
    "any size": {"listGoods:query#/filter/size:maximum"},
    "any theme": {"listGoods:cookie#/theme:enum"},
    "no total": {"listGoods:200:header#/X-Total:type"},
}


@contextmanager
def shop(folder: Path, *breaches: str) -> Iterator[str]:
    """The URL of a shop with these of the breaches."""
    script = Path(__file__).with_name("shop.mjs")
    with serving(["node", str(script), *breaches], folder / "log") as url:
        yield url


def test_a_conforming_application_has_no_findings(judged: Judged, tmp_path: Path) -> None:
    """Deep objects, delimited arrays, cookies and forms: all of them are put to the test."""
    with shop(tmp_path) as url:
        result = judged(DOCUMENT, url)
    assert result.findings == set(), result.output
    assert result.code == 0, result.output + result.errors
    assert unsaid(result) == set()


def test_breaches_are_found_and_nothing_else(judged: Judged, tmp_path: Path) -> None:
    """A member of a deep object, a cookie, and a reply's header: each by its own clause."""
    with shop(tmp_path, *BROKEN) as url:
        result = judged(DOCUMENT, url)
    assert result.findings == set().union(*BROKEN.values()), result.output
    assert result.code == 1
